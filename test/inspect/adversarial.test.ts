import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../src/bytes/bytes.js";
import { cryptoBackend } from "../../src/crypto/backend.js";
import { hash } from "../../src/crypto/hash.js";
import type { CardFiles } from "../../src/inspect/card-files.js";
import type { ValidateCardOptions } from "../../src/inspect/validate-card.js";
import { efSod } from "../../src/lds/security-object.js";
import { type Certificate, parseCertificate } from "../../src/pki/certificate.js";
import { CMS, contentInfo, parseCms } from "../../src/pki/cms.js";
import { EXTENSION } from "../../src/pki/extensions.js";
import { buildCertificate, extension } from "../../src/pki/issue/certificate.js";
import { encodeRsaSpki } from "../../src/pki/public-key.js";
import { buildTrustStore } from "../../src/pki/trust.js";
import { describeValidation } from "../../src/report/text.js";
import { renderValidationReport } from "../../src/report/validation-report.js";
import { encodeTlv } from "../../src/tlv/ber.js";
import { encodeFile, encodeObject, parseFile, parseObject } from "../../src/tlv/file.js";
import { CSCA_SUBJECT, date, flipBit, newSigner } from "../pki/support.js";
import { type Authority, crlOf, newAuthority, signerUnder } from "../pki/trust-support.js";
import {
  checkOf,
  filesOf,
  idsWith,
  judge,
  replace,
  type SampleCard,
  sampleCard,
  trustOfCertificates,
  variantOf,
} from "../support/inspect.js";

/** The set of attacks and faults that a verdict has to refuse, each with the check that says why. */

let card: SampleCard;
let other: SampleCard;
let good: CardFiles;
let authority: Authority;
beforeAll(async () => {
  card = await sampleCard({ index: 0 });
  other = await sampleCard({ index: 1, chain: card.chain });
  good = filesOf(card.image);
  authority = { signer: card.chain.cscaSigner, root: card.chain.csca };
});

/** Fewer mutations where every verification is slow. */
const RUNS = cryptoBackend() === "node" ? 400 : 40;

const signedDataOf = ({ files }: CardFiles) =>
  parseObject(contentInfo, parseFile(efSod, files[efSod.name] as Uint8Array)).content.signedData;
type Data = ReturnType<typeof signedDataOf>;

function remade(change: (data: Data) => Data, from = good): CardFiles {
  const content = { signedData: change(signedDataOf(from)) };
  return replace(from, {
    [efSod.name]: encodeFile(efSod, encodeObject(contentInfo, { contentType: CMS.signedData, content })),
  });
}
function signatureOf(from: CardFiles): Uint8Array {
  const [info] = signedDataOf(from).signerInfos;
  if (info === undefined) throw new Error("there is no signer");
  return info.signature;
}
const withSignature = (signature: Uint8Array) =>
  remade((data) => ({ ...data, signerInfos: data.signerInfos.map((info) => ({ ...info, signature })) }));

/** The card signed by a certificate under its CSCA that is other than it should be. */
async function signedUnder(
  change: (parts: Parameters<typeof buildCertificate>[0]) => Partial<Parameters<typeof buildCertificate>[0]>,
) {
  const signer = newSigner();
  const { certificate } = card.chain;
  const parts = {
    ...certificate,
    signer: card.chain.cscaSigner,
    algorithm: "ECDSA-SHA256" as const,
    publicKey: signer.publicKey,
  };
  const der = await buildCertificate({ ...parts, ...change(parts) });
  return variantOf(card, { signedBy: { signer, certificate: parseCertificate(der) } });
}

/** A CSCA with the card's key, and other extensions or dates. */
const cscaWith = (change: Partial<Certificate>) => trustOfCertificates([{ ...card.chain.csca, ...change }]);

interface Attack {
  readonly files?: () => CardFiles | Promise<CardFiles>;
  readonly options?: () => Partial<ValidateCardOptions> | Promise<Partial<ValidateCardOptions>>;
  /** The checks that have to fail. */
  readonly failed: readonly string[];
}

const ATTACKS: Readonly<Record<string, Attack>> = {
  "a signature by a different key": {
    files: async () => {
      const { signer } = await signerUnder(authority);
      const [info] = signedDataOf(
        variantOf(card, {
          signedBy: { signer, certificate: { ...card.chain.certificate, spkiRaw: signer.publicKey } },
        }),
      ).signerInfos;
      return withSignature(info?.signature as Uint8Array);
    },
    failed: ["signature.signature"],
  },
  "a signer in the wrong role": {
    files: async () => variantOf(card, { signedBy: await signerUnder(authority, "2.23.136.1.1.3") }),
    failed: ["path.signerRole"],
  },
  "a hash list with one group missing": {
    files: () =>
      variantOf(card, { lds: (lds) => ({ ...lds, dataGroupHashValues: lds.dataGroupHashValues.slice(0, -1) }) }),
    failed: ["hash.EF.DG12", "com.dataGroups"],
  },
  "a hash list with one group extra": {
    files: () =>
      variantOf(card, {
        lds: (lds) => ({
          ...lds,
          dataGroupHashValues: [
            ...lds.dataGroupHashValues,
            { dataGroupNumber: 15, dataGroupHashValue: new Uint8Array(32) },
          ],
        }),
      }),
    failed: ["com.dataGroups"],
  },
  "a hash of the wrong length for its algorithm": {
    files: () =>
      variantOf(card, {
        lds: (lds) => ({
          ...lds,
          dataGroupHashValues: lds.dataGroupHashValues.map((row) => ({
            ...row,
            dataGroupHashValue: row.dataGroupHashValue.subarray(0, 28),
          })),
        }),
      }),
    failed: ["hash.EF.DG1", "hash.EF.DG2", "hash.EF.DG11", "hash.EF.DG12"],
  },
  "data groups of another valid card": {
    files: () =>
      replace(good, {
        "EF.DG1": filesOf(other.image).files["EF.DG1"],
        "EF.DG11": filesOf(other.image).files["EF.DG11"],
      }),
    failed: ["hash.EF.DG1", "hash.EF.DG11"],
  },
  "an expired signer": { options: () => ({ at: date("2038-01-01T00:00:00") }), failed: ["path.signerValidity"] },
  "a signer that is not valid yet": {
    options: () => ({ at: date("2025-06-01T00:00:00") }),
    failed: ["path.signerValidity"],
  },
  "a signer for another document type": {
    files: () =>
      signedUnder(({ extensions }) => ({
        extensions: [
          ...extensions.filter(({ oid }) => oid !== EXTENSION.documentTypeList),
          extension("documentTypeList", ["P"]),
        ],
      })),
    failed: ["path.documentType"],
  },
  "a signer whose subject is of another country": {
    files: () => signedUnder(({ subjectRaw }) => ({ subjectRaw: renamed(subjectRaw) })),
    failed: ["path.country", "path.issuingState"],
  },
  "a CSCA without keyCertSign": {
    options: () => ({ trust: cscaWith({ keyUsage: ["cRLSign"] }) }),
    failed: ["path.cscaAuthority"],
  },
  "an authority between CSCA and signer": {
    files: async () => {
      const middle = newSigner();
      const between = parseCertificate(
        await buildCertificate({
          ...card.chain.csca,
          serialNumber: Uint8Array.of(7),
          subjectRaw: card.chain.certificate.subjectRaw,
          signer: card.chain.cscaSigner,
          algorithm: "ECDSA-SHA256",
          publicKey: middle.publicKey,
          extensions: [
            extension("basicConstraints", { ca: true, pathLength: 0 }, true),
            extension("keyUsage", ["keyCertSign", "cRLSign"], true),
          ],
        }),
      );
      const signedBy = await signerUnder({
        signer: middle,
        root: { ...between, extensions: card.chain.csca.extensions },
      } as Authority).catch(() => signedByHand(middle, between));
      return remade(
        (data) => ({ ...data, certificates: [...(data.certificates ?? []), between.raw].sort(byBytes) }),
        variantOf(card, { signedBy }),
      );
    },
    failed: ["path.cscaKnown", "path.pathLength"],
  },
  "a CRL that is out of date, where one is required": {
    options: async () => {
      const crl = await crlOf(authority, [], { thisUpdate: date("2026-06-01T00:00:00") });
      return { trust: storeWith(crl), revocation: { crl: "require" } };
    },
    failed: ["path.revocation", "path.cscaRevocation"],
  },
  "a revoked signer": {
    options: async () => ({
      trust: storeWith(await crlOf(authority, [card.chain.certificate], { thisUpdate: date("2026-11-01T00:00:00") })),
    }),
    failed: ["path.revocation"],
  },
  "a revoked CSCA": {
    options: async () => ({
      trust: storeWith(await crlOf(authority, [card.chain.csca], { thisUpdate: date("2026-11-01T00:00:00") })),
    }),
    failed: ["path.cscaRevocation"],
  },
  "an ECDSA signature of zeros": {
    files: () => withSignature(fromHex("3006020100020100")),
    failed: ["signature.signature"],
  },
  "an ECDSA signature with s = n": {
    files: () =>
      withSignature(fromHex("3026020101022100ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")),
    failed: ["signature.signature"],
  },
  "an ECDSA signature of negative numbers": {
    files: () => withSignature(fromHex("30060201ff0201ff")),
    failed: ["signature.signature"],
  },
  "an ECDSA signature with bytes behind it": {
    files: () => withSignature(Uint8Array.of(...signatureOf(good), 0)),
    failed: ["signature.signature"],
  },
  "an RSA signature that is right only in its suffix": { files: forgedRsa, failed: ["signature.signature"] },
  "two signers of which the second is good": {
    files: () =>
      remade((data) => {
        const [info] = data.signerInfos;
        if (info === undefined) throw new Error("no signer");
        const bad = { ...info, signature: flipBit(info.signature, info.signature.length * 8 - 1) };
        return { ...data, signerInfos: [bad, info] };
      }, good),
    failed: ["signature.singleSigner"],
  },
  "an algorithm that is no longer secure, where the policy forbids it": {
    files: () => variantOf(card, { lds: (lds) => ({ ...lds, hashAlgorithm: { algorithm: "1.3.14.3.2.26" } }) }),
    options: () => ({ legacy: "fail" }),
    failed: ["legacyAlgorithms"],
  },
};

async function signedByHand(middle: ReturnType<typeof newSigner>, between: Certificate) {
  const signer = newSigner();
  const { certificate } = card.chain;
  const der = await buildCertificate({
    ...certificate,
    issuerRaw: between.subjectRaw,
    subjectRaw: card.chain.csca.subjectRaw,
    signer: middle,
    algorithm: "ECDSA-SHA256",
    publicKey: signer.publicKey,
    extensions: certificate.extensions.filter(({ oid }) => oid !== EXTENSION.authorityKeyIdentifier),
  });
  return { signer, certificate: parseCertificate(der) };
}

const SHA256_DIGEST_INFO = "003031300d060960864801650304020105000420";

/** A signature under a key with exponent 3 whose cube ends as a good block does: bytes in front are what has to be looked at. */
async function forgedRsa(): Promise<CardFiles> {
  const modulus = fromHex("c1".repeat(256));
  const publicKey = encodeRsaSpki({ modulus, publicExponent: Uint8Array.of(3) });
  const der = await buildCertificate({
    ...card.chain.certificate,
    signer: card.chain.cscaSigner,
    algorithm: "ECDSA-SHA256",
    publicKey,
  });
  for (let minor = 10; minor < 99; minor++) {
    const unicodeVersion = `04${minor}00`;
    const files = variantOf(card, {
      lds: (lds) => ({ ...lds, ldsVersionInfo: { ldsVersion: "0108", unicodeVersion } }),
    });
    const { signerInfos } = parseCms(parseFile(efSod, files.files[efSod.name] as Uint8Array));
    const digest = toHex(hash("SHA-256", signerInfos[0]?.signedAttrsRaw as Uint8Array));
    const suffix = BigInt(`0x${SHA256_DIGEST_INFO}${digest}`);
    if (suffix % 2n === 0n) continue;
    const bits = BigInt((SHA256_DIGEST_INFO.length + digest.length) * 4);
    // Bit by bit the one odd number whose cube ends so.
    let root = 1n;
    for (let bit = 1n; bit < bits; bit++) if ((root ** 3n - suffix) & ((1n << (bit + 1n)) - 1n)) root |= 1n << bit;
    expect(root ** 3n % (1n << bits)).toBe(suffix);
    const signature = fromHex(root.toString(16).padStart(512, "0"));
    const signatureAlgorithm = { algorithm: "1.2.840.113549.1.1.11", parameters: fromHex("0500") };
    return remade(
      (data) => ({
        ...data,
        certificates: [der],
        signerInfos: data.signerInfos.map((info) => ({ ...info, signature, signatureAlgorithm })),
      }),
      files,
    );
  }
  throw new Error("no hash is odd");
}

const byBytes = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b);
const renamed = (name: Uint8Array) =>
  Uint8Array.from(Buffer.from(Buffer.from(name).toString("latin1").replace("UT", "DE"), "latin1"));
const storeWith = (crl: Uint8Array) =>
  buildTrustStore({ cscas: [card.chain.csca.raw], files: [{ name: "crl", bytes: crl }] });

describe("refused", () => {
  it.each(Object.entries(ATTACKS))("%s", async (_, { files, options, failed }) => {
    const report = judge((await files?.()) ?? good, { trust: card.trust, ...(await options?.()) });
    expect(report.verdict).toBe("failed");
    for (const id of failed) expect([id, checkOf(report, id).status]).toEqual([id, "failed"]);
    // Nothing about the chip is shown as good.
    expect(idsWith(report, "passed").filter((id) => id.startsWith("chip."))).toEqual([]);
  });

  it("trailing data behind the security object, and behind the message in it", () => {
    const sod = good.files[efSod.name] as Uint8Array;
    const inside = encodeTlv(0x77, Uint8Array.of(...parseFile(efSod, sod), 0x05, 0x00));
    for (const bytes of [Uint8Array.of(...sod, 0), Uint8Array.of(...sod, 0x05, 0x00), inside]) {
      const report = judge(replace(good, { [efSod.name]: bytes }), { trust: card.trust });
      expect(checkOf(report, "parse.EF.SOD")).toMatchObject({ status: "failed" });
      expect(report.verdict).toBe("failed");
    }
  });

  it("a content type of plain data is a warning with its code, and of anything else a failure", () => {
    const data = judge(variantOf(card, { contentType: CMS.data }), { trust: card.trust });
    expect(checkOf(data, "securityObject.contentType")).toMatchObject({ status: "warning" });
    expect(data.verdict).toBe("passed");
    const list = judge(variantOf(card, { contentType: "2.23.136.1.1.2" }), { trust: card.trust });
    expect(checkOf(list, "securityObject.contentType").status).toBe("failed");
  });

  it("validity at the date of issue is an assumption that the checks state", () => {
    const at = date("2038-01-01T00:00:00");
    const report = judge(good, { trust: card.trust, at, validity: "issue" });
    expect(checkOf(report, "path.signerValidity")).toMatchObject({
      status: "passed",
      message: expect.stringContaining("assumed"),
    });
    expect(idsWith(report, "failed")).toEqual(["dates.expiry"]);
  });

  it("text of certificates and cards that is HTML or steers a terminal stays text", async () => {
    const nasty = `</td><script>alert(1)</script>"'&\u001b[2J\u202e`;
    const evil = await newAuthority({ ...CSCA_SUBJECT, commonName: nasty as never });
    const files = variantOf(card, {
      signedBy: await signerUnder(evil),
      dg11: (value) => ({ ...value, otherNames: [nasty] }),
    });
    const report = judge(files, { trust: buildTrustStore({ cscas: [evil.root.raw], source: nasty }) });
    const html = renderValidationReport(report, { title: nasty, card: files });
    expect(report.certificates.at(-1)?.subject).toContain("script");
    expect(html).not.toContain("<script");
    for (const text of [html, describeValidation(report)]) {
      for (const steering of ["\u001b", "\u202e"]) expect(text).not.toContain(steering);
    }
  });
});

describe("law 3: a bit flipped", () => {
  it("in any signed byte of EF.SOD fails, and anywhere gives a verdict", () => {
    const sod = good.files[efSod.name] as Uint8Array;
    const { eContent, signerInfos } = parseCms(parseFile(efSod, sod));
    const signature = signerInfos[0]?.signature as Uint8Array;
    const spans = [eContent, signature].map((part) => [part.byteOffset - sod.byteOffset, part.length] as const);
    fc.assert(
      fc.property(fc.nat(sod.length * 8 - 1), (bit) => {
        const report = judge(replace(good, { [efSod.name]: flipBit(sod, bit) }), { trust: card.trust });
        const signed = spans.some(([from, length]) => bit >> 3 >= from && bit >> 3 < from + length);
        expect(signed && report.verdict !== "failed").toBe(false);
      }),
      { numRuns: RUNS },
    );
  });

  it("in any byte of a certificate, a CRL or a list of the trust store gives a verdict", async () => {
    const crl = await crlOf(authority, [], { thisUpdate: date("2026-11-01T00:00:00") });
    const sources = [card.chain.csca.raw, crl];
    fc.assert(
      fc.property(
        fc.nat(sources.length - 1),
        fc.nat(),
        fc.uint8Array({ minLength: 1, maxLength: 3 }),
        (which, at, bytes) => {
          const files = sources.map((source, i) => {
            const copy = Uint8Array.from(source);
            if (i === which) copy.set(bytes.subarray(0, 1), at % copy.length);
            return { name: `${i}`, bytes: copy };
          });
          const report = judge(good, { trust: buildTrustStore({ files }) });
          expect(["passed", "failed", "incomplete"]).toContain(report.verdict);
        },
      ),
      { numRuns: RUNS },
    );
  });
});
