import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes, fromHex, toHex } from "../../src/bytes/bytes.js";
import { EncodeError, MalformedError } from "../../src/errors.js";
import { efCardAccess } from "../../src/lds/card-access.js";
import { efCardSecurity, ID_SECURITY_OBJECT } from "../../src/lds/card-security.js";
import { dg14 } from "../../src/lds/dg14.js";
import { efDir } from "../../src/lds/dir.js";
import { publicKeyOf } from "../../src/lds/public-key-info.js";
import type { SecurityInfo, SecurityInfoContent, SecurityInfos } from "../../src/lds/security-info-content.js";
import { SECURITY_INFO_KINDS } from "../../src/lds/security-info-kinds.js";
import {
  ACTIVE_AUTHENTICATION_SIGNATURES,
  protocolSignatureByOid,
  SECURITY_PROTOCOLS,
  securityProtocolByOid,
  TERMINAL_AUTHENTICATION_SIGNATURES,
} from "../../src/lds/security-info-oids.js";
import {
  buildSecurityInfo,
  encodeSecurityInfo,
  encodeSecurityInfos,
  parseDg14SecurityInfos,
  parseSecurityInfos,
  securityInfoOf,
} from "../../src/lds/security-infos.js";
import { parseUntagged } from "../../src/lds/untagged.js";
import { arbitraryOf } from "../../src/testing/arbitrary.js";
import { encodeTlv, parseTlv } from "../../src/tlv/ber.js";
import { encodeFile, parseFile } from "../../src/tlv/file.js";
import { readVectors } from "../crypto/vectors.js";
import { damaged, malformed, readVector, thrownBy } from "../property/strict.js";

const PACE_ECDH_GM_AES128 = "0.4.0.127.0.7.2.2.4.2.2";
const CA_ECDH_AES128 = "0.4.0.127.0.7.2.2.3.2.2";
const STANDARDIZED_13 = { algorithm: "0.4.0.127.0.7.1.2", parameters: fromHex("02010d") };

/** What an info says, without its bytes. */
const said = (info: SecurityInfo): unknown => {
  const { raw, ...content } = info;
  if (content.kind !== "privilegedTerminalInfo") return content;
  return { ...content, privilegedTerminalInfos: content.privilegedTerminalInfos.infos.map(said) };
};
const kinds = ({ infos }: SecurityInfos) => infos.map(({ kind }) => kind);

/** The law over `raw`: written again each info is what it was, and the set is that of the file in DER order. */
function holds(set: Uint8Array, { infos, sorted }: SecurityInfos): void {
  expect(toHex(concatBytes(...infos.map(({ raw }) => raw)))).toBe(toHex(parseTlv(set).value));
  for (const info of infos) expect(toHex(encodeSecurityInfo(info))).toBe(toHex(info.raw));
  const again = encodeSecurityInfos(infos);
  expect(toHex(again) === toHex(set)).toBe(sorted);
  expect(again.length).toBe(set.length);
  expect(parseSecurityInfos(again)).toMatchObject({ sorted: true });
}

/** The content that a SignedData of EF.CardSecurity carries. */
function signedContent(file: Uint8Array): Uint8Array {
  const signedData = parseTlv(parseFile(efCardSecurity, file).content, 0x30);
  const [, , encapsulated] = signedData.children;
  expect(toHex(encapsulated?.child(0x06)?.value as Uint8Array)).toBe("04007f0007030201"); // ID_SECURITY_OBJECT
  return encapsulated?.child(0xa0)?.child(0x04)?.value as Uint8Array;
}

const profile = readVectors<{ files_in_order: { fid?: string; content?: string; end_of_application?: string }[] }>(
  "lds/german-eid-profile01.json",
).files_in_order;
/** A file of the master file, which is the last one in the image. */
const profileFile = (fid: string): Uint8Array => {
  const file = profile
    .slice(profile.findIndex((row) => row.end_of_application === "A0000002471001"))
    .find((row) => row.fid === fid);
  return fromHex(file?.content as string);
};

describe("EF.CardAccess", () => {
  it("of a German test card", () => {
    const bytes = readVector("lds/npa-ecdh/ef_cardaccess.bin");
    const parsed = parseSecurityInfos(bytes);
    holds(bytes, parsed);
    expect(parsed.sorted).toBe(true);
    const domain = (keyId: number) => ({
      kind: "chipAuthenticationDomainParameterInfo",
      protocol: "0.4.0.127.0.7.2.2.3.2",
      domainParameter: STANDARDIZED_13,
      keyId,
    });
    const chipAuthentication = (keyId: number) => ({
      kind: "chipAuthenticationInfo",
      protocol: CA_ECDH_AES128,
      version: 2,
      keyId,
    });
    expect(parsed.infos.map(said)).toEqual([
      { kind: "terminalAuthenticationInfo", protocol: "0.4.0.127.0.7.2.2.2", version: 2 },
      chipAuthentication(1),
      { kind: "paceInfo", protocol: PACE_ECDH_GM_AES128, version: 2, parameterId: 13 },
      domain(1),
      { kind: "cardInfo", protocol: "0.4.0.127.0.7.2.2.6", urlCardInfo: "https://www.hjp-consulting.com/home" },
      {
        kind: "privilegedTerminalInfo",
        protocol: "0.4.0.127.0.7.2.2.8",
        privilegedTerminalInfos: [chipAuthentication(2), domain(2)],
      },
    ]);
    const value = parseFile(efCardAccess, bytes);
    expect(value.map(securityInfoOf)).toEqual(parsed.infos);
    expect(toHex(encodeFile(efCardAccess, value))).toBe(toHex(bytes));
  });

  it("of two German test cards: one with bytes behind it, one with explicit parameters and PACE of version 1", () => {
    const recent = readVector("lds/cardaccess/ef_cardaccess_new_testcard.bin");
    expect(malformed(() => parseSecurityInfos(recent))).toMatchObject({ code: "TRAILING_BYTES", offset: 133 });
    expect(malformed(() => parseFile(efCardAccess, recent))).toMatchObject({ code: "TRAILING_BYTES", offset: 133 });
    const parsed = parseSecurityInfos(recent.subarray(0, 133));
    holds(recent.subarray(0, 133), parsed);
    expect(parsed.infos[1]).toMatchObject({ kind: "chipAuthenticationInfo", keyId: 65 });
    expect(parsed.infos[4]).toMatchObject({ kind: "cardInfo", urlCardInfo: "ePA - BDr GmbH - Testkarte v2.0" });

    const old = readVector("lds/cardaccess/ef_cardaccess_old_testcard.bin");
    const { infos } = parseSecurityInfos(old);
    holds(old, parseSecurityInfos(old));
    expect(toHex(encodeFile(efCardAccess, parseFile(efCardAccess, old)))).toBe(toHex(old));
    expect(infos[2]).toMatchObject({ kind: "paceInfo", version: 1 });
    expect(infos[5]).toMatchObject({
      kind: "paceDomainParameterInfo",
      protocol: "0.4.0.127.0.7.2.2.4.2",
      domainParameter: { algorithm: "0.4.0.127.0.7.1.1.5.2.2.2" },
    });
  });

  it("of a Slovenian card: two bytes behind it, not in DER order, a file of CVCA, and a protocol that is not known", () => {
    const file = readVector("lds/cardaccess/ef_cardaccess_slowenia.bin");
    expect(malformed(() => parseSecurityInfos(file))).toMatchObject({ code: "TRAILING_BYTES", offset: 93 });
    const bytes = file.subarray(0, 93);
    const parsed = parseSecurityInfos(bytes);
    holds(bytes, parsed);
    expect(parsed.sorted).toBe(false);
    expect(malformed(() => parseFile(efCardAccess, bytes))).toMatchObject({
      code: "BAD_VALUE",
      detail: "the set is not in DER order",
      path: "EF.CardAccess[2]",
      offset: 52,
    });
    expect(parsed.infos[2]).toMatchObject({ version: 1, efCvca: { fid: 0x011a, sfi: 0x1a } });
    expect(said(parsed.infos[3] as SecurityInfo)).toEqual({ kind: "unknown", protocol: "1.0.24727.3.0.9" });
    expect(toHex(parsed.infos[3]?.raw as Uint8Array)).toBe("300f06072881c117030009020101020106");
  });

  it("of a small collection", () => {
    const { cardaccess_at } = readVectors<{ cardaccess_at: string[] }>("lds/small-files-gmrtd.json");
    const [set, info] = cardaccess_at.map(fromHex) as [Uint8Array, Uint8Array];
    expect(parseSecurityInfos(set).infos.map(({ raw }) => toHex(raw))).toEqual([toHex(info)]);
    expect(toHex(encodeFile(efCardAccess, parseFile(efCardAccess, set)))).toBe(toHex(set));
  });

  it("of the full image of a German card", () => {
    const bytes = profileFile("011C");
    const parsed = parseSecurityInfos(bytes);
    holds(bytes, parsed);
    expect(parsed.sorted).toBe(false);
    expect(said(parsed.infos[7] as SecurityInfo)).toEqual({
      kind: "psaInfo",
      protocol: "0.4.0.127.0.7.2.2.11.1.2.3",
      requiredData: { version: 1, ps1AuthInfo: 0, ps2AuthInfo: 1 },
      keyId: 42,
    });
    expect(parsed.infos[8]).toMatchObject({ urlCardInfo: "http://bsi.bund.de/cif/npa.xml" });
  });
});

describe("EF.CardSecurity", () => {
  it("of a German test card", () => {
    const file = readVector("lds/npa-ecdh/ef_cardsecurity.bin");
    const value = parseFile(efCardSecurity, file);
    expect(value.contentType).toBe("1.2.840.113549.1.7.2");
    expect(toHex(encodeFile(efCardSecurity, value))).toBe(toHex(file));
    const content = signedContent(file);
    const parsed = parseSecurityInfos(content);
    holds(content, parsed);
    expect(parsed.infos.slice(5, 8).map(said)).toEqual([
      ...[1, 2].map((keyId) => ({
        kind: "restrictedIdentificationInfo",
        protocol: "0.4.0.127.0.7.2.2.5.2.3",
        params: { version: 1, keyId, authorizedOnly: keyId === 2 },
      })),
      {
        kind: "restrictedIdentificationDomainParameterInfo",
        protocol: "0.4.0.127.0.7.2.2.5.2",
        domainParameter: STANDARDIZED_13,
      },
    ]);
    const key = parsed.infos[8];
    if (key?.kind !== "chipAuthenticationPublicKeyInfo") throw new Error("no key");
    expect(key.keyId).toBe(1);
    expect(publicKeyOf(key.chipAuthenticationPublicKey)).toMatchObject({
      kind: "EC",
      curve: { form: "standardized", parameterId: 13 },
    });
    expect(ID_SECURITY_OBJECT).toBe("0.4.0.127.0.7.3.2.1");
  });

  it.each(["011D", "011B"])("of the full image of a German card, %s", (fid) => {
    const file = profileFile(fid);
    expect(toHex(encodeFile(efCardSecurity, parseFile(efCardSecurity, file)))).toBe(toHex(file));
    const content = signedContent(file);
    const parsed = parseSecurityInfos(content);
    holds(content, parsed);
    const found = kinds(parsed);
    expect(found).toHaveLength(fid === "011D" ? 15 : 14);
    expect(found).toContain("psPublicKeyInfo");
    expect(found).toContain("psaInfo");
    expect(found.includes("privilegedTerminalInfo")).toBe(true);
    expect(found).not.toContain("unknown");
  });

  it("of a worked example whose public key is no SubjectPublicKeyInfo: refused, or kept as malformed", () => {
    const file = readVector("lds/cardsecurity-jmrtd.bin");
    const content = signedContent(file);
    const path = "SecurityInfos[3].chipAuthenticationPublicKey.algorithm";
    expect(malformed(() => parseSecurityInfos(content))).toMatchObject({ code: "BAD_TAG", path, offset: 77 });
    const parsed = parseSecurityInfos(content, { keepMalformed: true });
    expect(kinds(parsed)).toEqual([
      "terminalAuthenticationInfo",
      "chipAuthenticationInfo",
      "chipAuthenticationDomainParameterInfo",
      "malformed",
    ]);
    expect(parsed.infos[3]).toMatchObject({
      protocol: "0.4.0.127.0.7.2.2.1.2",
      problem: { code: "BAD_TAG", path: "chipAuthenticationPublicKey.algorithm", offset: 77 },
    });
    expect(toHex(encodeSecurityInfos(parsed.infos))).toBe(toHex(content));
  });
});

describe("EF.DG14", () => {
  it.each([
    ["of the BSI reference data set", "bsi-silver", "0.4.0.127.0.7.2.2.3.2.1", [1]],
    ["of another collection", "gmrtd-sample", "0.4.0.127.0.7.2.2.3.2.4", [1]],
  ])("%s is not in DER order", (_, folder, chipAuthentication) => {
    const file = readVector(`lds/${folder}/DG14.bin`);
    const parsed = parseDg14SecurityInfos(file);
    holds(parseTlv(file).value, parsed);
    expect(parsed.sorted).toBe(false);
    expect(kinds(parsed).slice(0, 3)).toEqual([
      "chipAuthenticationPublicKeyInfo",
      "chipAuthenticationInfo",
      "terminalAuthenticationInfo",
    ]);
    expect(parsed.infos[1]).toMatchObject({ protocol: chipAuthentication, version: 1 });
    expect(malformed(() => parseFile(dg14, file))).toMatchObject({
      detail: "the set is not in DER order",
      path: "EF.DG14.securityInfos[1]",
    });
    const written = encodeFile(dg14, { securityInfos: parsed.infos.map(buildSecurityInfo) });
    expect(written.length).toBe(file.length);
    expect(parseFile(dg14, written).securityInfos.map(securityInfoOf).map(said)).toEqual(
      parseDg14SecurityInfos(written).infos.map(said),
    );
  });

  it("of a card that does PACE with chip authentication mapping", () => {
    const { infos } = parseDg14SecurityInfos(readVector("lds/gmrtd-sample/DG14.bin"));
    expect(infos.slice(3).map(({ protocol }) => securityProtocolByOid(protocol))).toMatchObject([
      { mapping: "GM", keyAgreement: "ECDH", cipher: "AES", keyBits: 256, mac: "CMAC" },
      { mapping: "CAM", name: "id-PACE-ECDH-CAM-AES-CBC-CMAC-256" },
    ]);
  });

  it.each(["ca-ecdh-3des", "ca-ecdh-aes128-nokeyid"])("of %s: the key is the one of the run", (name) => {
    const vector = readVectors<{ dg14: string; chip_public: string }>(`icao9303/${name}.json`);
    const file = fromHex(vector.dg14);
    const { infos, sorted } = parseDg14SecurityInfos(file);
    const key = infos.find((info) => info.kind === "chipAuthenticationPublicKeyInfo");
    expect(toHex(key?.chipAuthenticationPublicKey.subjectPublicKey as Uint8Array)).toBe(
      vector.chip_public.toLowerCase(),
    );
    if (sorted) expect(toHex(encodeFile(dg14, parseFile(dg14, file)))).toBe(toHex(file));
    else expect(malformed(() => parseFile(dg14, file)).detail).toBe("the set is not in DER order");
  });

  it("that is none is refused with its path", () => {
    expect(malformed(() => parseDg14SecurityInfos(fromHex("6f00")))).toMatchObject({
      code: "BAD_TAG",
      path: "EF.DG14",
    });
    expect(malformed(() => parseDg14SecurityInfos(fromHex("6e0000")))).toMatchObject({
      code: "TRAILING_BYTES",
      offset: 2,
    });
    expect(malformed(() => parseDg14SecurityInfos(fromHex("6e023100")))).toMatchObject({
      code: "BAD_VALUE",
      path: "EF.DG14.securityInfos",
      offset: 4,
    });
    expect(() => parseDg14SecurityInfos("6e" as never)).toThrow(TypeError);
    expect(() => parseSecurityInfos("31" as never)).toThrow(TypeError);
  });
});

describe("SecurityInfos of every kind", () => {
  const all = Object.keys(SECURITY_INFO_KINDS) as (keyof typeof SECURITY_INFO_KINDS)[];

  it("have protocols in the table", () => {
    expect(new Set(SECURITY_PROTOCOLS.map(({ kind }) => kind))).toEqual(new Set(all));
  });

  it.each(all.filter((kind) => kind !== "privilegedTerminalInfo"))("%s is read as it was written", (kind) => {
    const rows = SECURITY_PROTOCOLS.filter((row) => row.kind === kind);
    fc.assert(
      fc.property(arbitraryOf(SECURITY_INFO_KINDS[kind]), fc.constantFrom(...rows), (fields, { oid }) => {
        const content = { ...(fields as object), kind, protocol: oid } as SecurityInfoContent;
        const bytes = encodeSecurityInfos([content as never]);
        const { infos } = parseSecurityInfos(bytes);
        expect(infos.map(said)).toEqual([content]);
        expect(securityInfoOf(buildSecurityInfo(content as never))).toEqual(infos[0]);
      }),
      { numRuns: 60 },
    );
  });

  it("are sorted when they are written, inside others too", () => {
    const pace = { kind: "paceInfo", protocol: PACE_ECDH_GM_AES128, version: 2, parameterId: 13 } as const;
    const terminal = { kind: "terminalAuthenticationInfo", protocol: "0.4.0.127.0.7.2.2.2", version: 1 } as const;
    const privileged = {
      kind: "privilegedTerminalInfo",
      protocol: "0.4.0.127.0.7.2.2.8",
      privilegedTerminalInfos: { infos: [pace, terminal] },
    } as const;
    const { infos, sorted } = parseSecurityInfos(encodeSecurityInfos([privileged, pace, terminal]));
    expect(sorted).toBe(true);
    expect(infos.map(({ kind }) => kind)).toEqual(["terminalAuthenticationInfo", "paceInfo", "privilegedTerminalInfo"]);
    expect(infos[2]).toMatchObject({ privilegedTerminalInfos: { sorted: true } });
    const nested = { ...privileged, privilegedTerminalInfos: { infos: [privileged] } };
    expect(thrownBy(() => encodeSecurityInfos([nested]))).toBeInstanceOf(EncodeError);
  });

  it("carry a copy of EF.DIR", () => {
    const efDirBytes = fromHex("61094F07A000000247100161094F07A0000002472001");
    const bytes = encodeSecurityInfo({ kind: "efDirInfo", protocol: "2.23.136.1.1.13", efDir: efDirBytes });
    const [info] = parseSecurityInfos(encodeTlv(0x31, bytes)).infos;
    if (info?.kind !== "efDirInfo") throw new Error("no EFDIRInfo");
    expect(parseUntagged(efDir, info.efDir)).toHaveLength(2);
    expect(toHex(bytes.subarray(0, 12))).toBe("3020060667810801010d0416");
  });

  it("name a protocol of their kind", () => {
    const wrong = { kind: "paceInfo", protocol: CA_ECDH_AES128, version: 2 } as const;
    expect(thrownBy(() => encodeSecurityInfo(wrong))).toMatchObject({ path: "paceInfo.protocol" });
    const raw = fromHex("3003020100");
    expect(thrownBy(() => encodeSecurityInfo({ kind: "unknown", protocol: "1.2", raw }))).toMatchObject({
      path: "unknown.raw",
    });
    const two = fromHex("300506012a0500300506012a0500");
    expect(thrownBy(() => encodeSecurityInfo({ kind: "unknown", protocol: "1.2", raw: two }))).toBeInstanceOf(
      EncodeError,
    );
  });
});

describe("SecurityInfos that are damaged", () => {
  it.each([
    ["lds/npa-ecdh/ef_cardaccess.bin", false],
    ["lds/npa-ecdh/ef_cardaccess.bin", true],
  ])("%s: give values or a MalformedError inside the input (keepMalformed: %s)", (path, keepMalformed) => {
    let values = 0;
    let refused = 0;
    for (const bytes of damaged(readVector(path))) {
      let parsed: SecurityInfos;
      try {
        parsed = parseSecurityInfos(bytes, { keepMalformed });
      } catch (error) {
        if (!(error instanceof MalformedError)) throw error;
        expect(error.path.startsWith("SecurityInfos")).toBe(true);
        expect(error.offset >= 0 && error.offset <= bytes.length).toBe(true);
        refused++;
        continue;
      }
      values++;
      for (const info of parsed.infos) {
        // a nested set in another order is written in DER order
        const nested = info.kind === "privilegedTerminalInfo" && !info.privilegedTerminalInfos.sorted;
        if (toHex(encodeSecurityInfo(info)) !== toHex(info.raw)) expect(nested).toBe(true);
      }
    }
    expect(values).toBeGreaterThan(50);
    expect(refused).toBeGreaterThan(50);
  });

  it("more than 32 are refused, nested ones counted", () => {
    const tiny = fromHex("300506012a0500");
    const many = (count: number) => concatBytes(...Array.from({ length: count }, () => tiny));
    expect(parseSecurityInfos(encodeTlv(0x31, many(32))).infos).toHaveLength(32);
    expect(malformed(() => parseSecurityInfos(encodeTlv(0x31, many(33))))).toMatchObject({
      detail: "more than 32 entries",
    });
    const privileged = encodeTlv(0x30, fromHex("060804007f0007020208"), encodeTlv(0x31, many(30)));
    expect(parseSecurityInfos(encodeTlv(0x31, privileged, tiny)).infos).toHaveLength(2);
    for (const keepMalformed of [false, true]) {
      expect(
        malformed(() => parseSecurityInfos(encodeTlv(0x31, privileged, tiny, tiny), { keepMalformed })),
      ).toMatchObject({ path: "SecurityInfos", detail: "more than 32 entries" });
    }
  });

  it("privileged terminals are not nested", () => {
    const oid = fromHex("060804007f0007020208");
    const inner = encodeTlv(0x30, oid, encodeTlv(0x31, fromHex("300506012a0500")));
    const error = malformed(() => parseSecurityInfos(encodeTlv(0x31, encodeTlv(0x30, oid, encodeTlv(0x31, inner)))));
    expect(error).toMatchObject({
      code: "NESTED_TOO_DEEP",
      path: "SecurityInfos[0].privilegedTerminalInfos[0]",
      offset: 16,
    });
  });
});

describe("protocols (ICAO 9303-11 §9.2, TR-03110-3 A.1.1)", () => {
  it("are named once", () => {
    const rows = [...SECURITY_PROTOCOLS, ...TERMINAL_AUTHENTICATION_SIGNATURES, ...ACTIVE_AUTHENTICATION_SIGNATURES];
    expect(new Set(rows.map(({ oid }) => oid)).size).toBe(rows.length);
    expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
    expect(SECURITY_PROTOCOLS.filter(({ kind }) => kind === "paceInfo")).toHaveLength(19);
    expect(SECURITY_PROTOCOLS.filter(({ kind }) => kind === "chipAuthenticationInfo")).toHaveLength(8);
    expect(SECURITY_PROTOCOLS.filter(({ kind }) => kind === "restrictedIdentificationInfo")).toHaveLength(10);
  });

  it.each([
    ["0.4.0.127.0.7.2.2.4.1.1", "id-PACE-DH-GM-3DES-CBC-CBC", { keyBits: 112, mac: "retail" }],
    ["0.4.0.127.0.7.2.2.4.4.3", "id-PACE-ECDH-IM-AES-CBC-CMAC-192", { keyBits: 192, mapping: "IM" }],
    ["0.4.0.127.0.7.2.2.4.6.2", "id-PACE-ECDH-CAM-AES-CBC-CMAC-128", { keyBits: 128, mapping: "CAM" }],
    ["0.4.0.127.0.7.2.2.4.6", "id-PACE-ECDH-CAM", { kind: "paceDomainParameterInfo" }],
    ["0.4.0.127.0.7.2.2.3.1.4", "id-CA-DH-AES-CBC-CMAC-256", { keyAgreement: "DH", keyBits: 256 }],
    ["0.4.0.127.0.7.2.2.5.1.5", "id-RI-DH-SHA-512", { hash: "SHA-512" }],
    ["2.23.136.1.1.5", "id-icao-mrtd-security-aaProtocolObject", { kind: "activeAuthenticationInfo" }],
  ])("%s is %s", (oid, name, facts) => {
    expect(securityProtocolByOid(oid)).toMatchObject({ name, ...facts });
  });

  it("and signatures", () => {
    expect(protocolSignatureByOid("0.4.0.127.0.7.2.2.2.1.4")).toMatchObject({ name: "id-TA-RSA-PSS-SHA-256" });
    expect(protocolSignatureByOid("0.4.0.127.0.7.2.2.2.2.3")).toMatchObject({ name: "id-TA-ECDSA-SHA-256" });
    expect(protocolSignatureByOid("0.4.0.127.0.7.1.1.4.1.3")).toMatchObject({
      name: "ecdsa-plain-SHA256",
      hash: "SHA-256",
    });
    expect(securityProtocolByOid("0.4.0.127.0.7.2.2.4.6.1")).toBeUndefined();
    expect(protocolSignatureByOid("0.4.0.127.0.7.2.2.2")).toBeUndefined();
  });
});
