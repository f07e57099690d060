import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { toHex, utf8 } from "../../src/bytes/bytes.js";
import { indexCertificate } from "../../src/pki/certificate-index.js";
import { signCms } from "../../src/pki/cms-sign.js";
import { toPem } from "../../src/pki/pem.js";
import { validateSignerPath } from "../../src/pki/signer-path.js";
import { buildTrustStore, fingerprintOf, type TrustStore } from "../../src/pki/trust.js";
import { encodeTlv } from "../../src/tlv/ber.js";
import { type Chain, flipBit, issueChain, notPassed, OPEN, TODAY, vector } from "./support.js";
import { type Authority, crlOf, linkBetween, masterListOf, newAuthority, signerUnder } from "./trust-support.js";

let chain: Chain;
let [old, next, foreign]: Authority[] = [];
beforeAll(async () => {
  chain = await issueChain();
  [old, next, foreign] = [await newAuthority(), await newAuthority(), await newAuthority({ country: "UT" })];
});
const the = (authority: Authority | undefined) => authority as Authority;

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
const ldif = (entries: Readonly<Record<string, Uint8Array>>) =>
  utf8(
    Object.entries(entries)
      .map(
        ([attribute, bytes], i) =>
          `dn: cn=${i},c=UT\n${attribute}:: ${base64(bytes).replace(/(.{70})(?=.)/g, "$1\n ")}\n`,
      )
      .join("\n"),
  );
const origins = (store: TrustStore) =>
  store.anchors.flatMap((anchor) => anchor.origins.map(({ how }) => how)).toSorted();
const reasons = (store: TrustStore) => store.unused.map(({ reason }) => reason).join("\n");

describe("buildTrustStore", () => {
  it("takes DER and PEM bundles, each certificate once, and says where each came from", () => {
    const german = vector("csca/DE_ROOT_CA_CSCA07.cer");
    const bundle = utf8(`${toPem("CERTIFICATE", german)}${toPem("CERTIFICATE", chain.csca.raw)}`);
    const store = buildTrustStore({ cscas: [german, bundle, chain.csca.raw], source: "test" });
    const found = store.anchors.map(({ raw }) => toHex(raw)).toSorted();
    expect(found).toEqual([toHex(german), toHex(chain.csca.raw)].toSorted());
    expect(store.anchors.flatMap((anchor) => anchor.origins)).toEqual(
      expect.arrayContaining([{ how: "pinned", source: "test" }]),
    );
    expect(Object.isFrozen(store) && Object.isFrozen(store.anchors)).toBe(true);
  });

  it("does not change when the caller's bytes do", () => {
    const bytes = Uint8Array.from(chain.csca.raw);
    const store = buildTrustStore({ cscas: [bytes] });
    bytes.fill(0);
    expect(validateSignerPath(chain.certificate, store, TODAY).good).toBe(true);
  });

  it("lists what it cannot use, and goes on", () => {
    const store = buildTrustStore({
      cscas: [chain.csca.raw, Uint8Array.of(0x30, 0), utf8("-----BEGIN CMS-----\n"), utf8("hello")],
      files: [{ name: "EF.SOD", bytes: encodeTlv(0x77, chain.csca.raw) }],
    });
    expect(store.anchors).toHaveLength(1);
    expect(store.unused.map(({ source }) => source)).toEqual([
      "EF.SOD",
      "certificate 2",
      "certificate 3",
      "certificate 4",
    ]);
    expect(reasons(store)).toContain("what came with a document is never trusted");
    expect(() => buildTrustStore({ pins: ["00"] })).toThrow(RangeError);
    expect(() => buildTrustStore({ at: new Date(Number.NaN) })).toThrow(RangeError);
    expect(() => buildTrustStore({ cscas: ["x" as never] })).toThrow(TypeError);
  });

  it("a link certificate makes an anchor out of an old one, whatever comes first, and along a row", async () => {
    const third = await newAuthority();
    const [first, second] = [await linkBetween(the(old), the(next)), await linkBetween(the(next), third)];
    for (const cscas of [
      [the(old).root.raw, first.raw, second.raw],
      [second.raw, first.raw, the(old).root.raw],
    ]) {
      const store = buildTrustStore({ cscas });
      expect(origins(store)).toEqual(["link", "link", "pinned"]);
      const { certificate } = await signerUnder(third);
      const path = validateSignerPath(certificate, store, TODAY);
      expect(notPassed(path.findings)).toEqual(OPEN);
      expect(path.anchor?.origins).toMatchObject([{ how: "link", via: { raw: first.raw } }]);
    }
    const alone = buildTrustStore({ cscas: [first.raw, second.raw] });
    expect(alone.anchors).toEqual([]);
    expect(reasons(alone)).toContain(`pin ${fingerprintOf(first)}`);
    expect(buildTrustStore({ cscas: [first.raw], pins: [fingerprintOf(first)] }).anchors).toHaveLength(1);
  });

  it("a link between two names has to say so, and a forged one is none", async () => {
    const renamed = await newAuthority({ commonName: "Utopia CSCA, renamed" as never });
    const link = await linkBetween(the(old), renamed);
    const store = buildTrustStore({ cscas: [the(old).root.raw, link.raw] });
    expect(store.anchors).toHaveLength(2);
    const { certificate } = await signerUnder(renamed);
    expect(validateSignerPath(certificate, store, TODAY).good).toBe(true);
    const at = link.signature.byteOffset - link.raw.byteOffset;
    const forged = buildTrustStore({ cscas: [the(old).root.raw, flipBit(link.raw, 8 * (at + 20))] });
    expect(forged.anchors).toHaveLength(1);
  });

  it("a master list counts once its signer leads to an anchor, or is pinned", async () => {
    const { list, certificate } = await masterListOf(the(old), [the(old).root.raw, the(next).root.raw]);
    const file = { name: "a.ml", bytes: list };
    const none = buildTrustStore({ files: [file] });
    expect([none.anchors, reasons(none)]).toEqual([[], expect.stringContaining("leads to nothing that is trusted")]);
    const trusted = buildTrustStore({ cscas: [the(old).root.raw], files: [file] });
    expect(origins(trusted)).toEqual(["masterList", "masterList", "pinned"]);
    for (const pinned of [certificate, the(old).root]) {
      const store = buildTrustStore({ files: [file], pins: [fingerprintOf(pinned).toUpperCase()] });
      expect(store.anchors.map(({ raw }) => raw.length)).toHaveLength(2);
    }
  });

  it("and not with a bad signature, a signer without the role, or a revoked one", async () => {
    const cscas = [the(old).root.raw];
    const { list, certificate } = await masterListOf(the(old), [the(next).root.raw]);
    const broken = flipBit(list, list.length * 8 - 9);
    expect(buildTrustStore({ cscas, files: [{ name: "x", bytes: broken }] }).anchors).toHaveLength(1);
    const { signer, certificate: plain } = await signerUnder(the(old));
    const { eContent } = (await import("../../src/pki/master-list.js")).parseMasterList(list).signedData;
    const wrong = signCms({ content: eContent, contentType: "2.23.136.1.1.2", signer, certificate: plain, at: TODAY });
    const roleless = buildTrustStore({ cscas, files: [{ name: "x", bytes: wrong }] });
    expect([roleless.anchors.length, reasons(roleless)]).toEqual([1, expect.stringContaining("role")]);
    const crl = await crlOf(the(old), [certificate]);
    for (const files of [
      [
        { name: "crl", bytes: crl },
        { name: "list", bytes: list },
      ],
      [
        { name: "list", bytes: list },
        { name: "crl", bytes: crl },
      ],
    ]) {
      const revoked = buildTrustStore({ cscas, files });
      expect([revoked.anchors.length, reasons(revoked)]).toEqual([1, expect.stringContaining("revoked")]);
    }
  });

  it("one list leads to the next, and a date makes an expired signer count no more", async () => {
    const second = await masterListOf(the(foreign), [the(next).root.raw]);
    const first = await masterListOf(the(old), [the(foreign).root.raw]);
    const files = [
      { name: "second", bytes: second.list },
      { name: "first", bytes: first.list },
    ];
    const store = buildTrustStore({ cscas: [the(old).root.raw], files });
    expect(store.anchors).toHaveLength(3);
    const late = buildTrustStore({ cscas: [the(old).root.raw], files, at: new Date("2039-01-01T00:00:00Z") });
    expect(late.anchors).toHaveLength(1);
  });

  it("an export of a directory vouches for nothing by itself", async () => {
    const { list } = await masterListOf(the(old), [the(next).root.raw]);
    const { certificate } = await signerUnder(the(next));
    const link = await linkBetween(the(next), the(foreign));
    const bytes = ldif({
      CscaMasterListData: list,
      "userCertificate;binary": certificate.raw,
      "certificateRevocationList;binary": await crlOf(the(next), []),
      "cACertificate;binary": link.raw,
      pkdVersion: utf8("1"),
    });
    const none = buildTrustStore({ files: [{ name: "pkd.ldif", bytes }] });
    expect([none.anchors.length, none.signers.length, none.crls.length]).toEqual([0, 1, 0]);
    const store = buildTrustStore({ cscas: [the(old).root.raw], files: [{ name: "pkd.ldif", bytes }] });
    expect([store.anchors.length, store.signers.length, store.crls.length]).toEqual([3, 1, 1]);
    expect(store.unused).toEqual([]);
    const root = buildTrustStore({ files: [{ name: "x.ldif", bytes: ldif({ userCertificate: the(old).root.raw }) }] });
    expect([root.anchors.length, reasons(root)]).toEqual([0, expect.stringContaining("its own word is no reason")]);
  });

  it("the order of the inputs does not matter", async () => {
    const { list, certificate } = await masterListOf(the(old), [the(next).root.raw, chain.csca.raw]);
    const link = await linkBetween(the(next), the(foreign));
    const inputs = [
      the(old).root.raw,
      list,
      link.raw,
      certificate.raw,
      await crlOf(the(old), []),
      await crlOf(the(next), [chain.certificate]),
      Uint8Array.of(0x30, 0),
    ].map((bytes, i) => ({ name: `file ${i}`, bytes }));
    const shown = (files: typeof inputs) => {
      const store = buildTrustStore({ files });
      return JSON.stringify({
        ...store,
        anchors: store.anchors.map((anchor) => [fingerprintOf(anchor), anchor.origins]),
      });
    };
    const expected = shown(inputs);
    expect(buildTrustStore({ files: inputs }).anchors).toHaveLength(4);
    fc.assert(
      fc.property(fc.shuffledSubarray(inputs, { minLength: inputs.length }), (files) => {
        expect(shown(files)).toBe(expected);
      }),
      { numRuns: 12 },
    );
  });

  it("finds the one key among many of the same name", async () => {
    const many = await Promise.all(Array.from({ length: 20 }, () => newAuthority()));
    const store = buildTrustStore({ cscas: many.map(({ root }) => root.raw) });
    const { certificate } = await signerUnder(many[13] as Authority);
    expect(validateSignerPath(certificate, store, TODAY).csca?.raw).toEqual(many[13]?.root.raw);
    const { authorityKeyIdentifier: _, ...unnamed } = certificate;
    expect(validateSignerPath(unnamed, store, TODAY).csca?.raw).toEqual(many[13]?.root.raw);
  });

  it("takes a name in another form as a finding", () => {
    const store = buildTrustStore({ cscas: [chain.csca.raw] });
    // PrintableString became UTF8String, as some issuers write it.
    const issuerRaw = chain.certificate.issuerRaw.map((byte, i, all) =>
      byte === 0x13 && all[i - 2] === 0x04 && all[i - 1] === 0x0a ? 0x0c : byte,
    );
    const { findings, csca } = validateSignerPath({ ...chain.certificate, issuerRaw }, store, TODAY);
    expect(toHex(issuerRaw)).not.toBe(toHex(chain.certificate.issuerRaw));
    expect(csca?.raw).toEqual(chain.csca.raw);
    expect(findings[0]).toMatchObject({ status: "warning", detail: expect.stringContaining("NAME_FORM") });
  });

  it("any bytes as inputs give a store", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(), (bytes, at) => {
        const raw = chain.csca.raw;
        const mutated = Uint8Array.from(raw);
        mutated.set(bytes.subarray(0, 4), at % (raw.length - 4));
        const store = buildTrustStore({ files: [bytes, mutated].map((one, i) => ({ name: `${i}`, bytes: one })) });
        expect(store.anchors.length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 60 },
    );
  });

  it("an index alone does not make a list's certificate good", () => {
    expect(indexCertificate(chain.csca.raw).subjectRaw).toEqual(chain.csca.subjectRaw);
    const store = buildTrustStore({ cscas: [chain.csca.raw] });
    expect(store.anchors[0]?.certificate).toBe(store.anchors[0]?.certificate);
  });
});
