import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../src/bytes/bytes.js";
import { dhGroupByParameterId } from "../../src/crypto/dh-groups.js";
import { generateEcPrivateKey } from "../../src/crypto/ecdsa.js";
import { infosOfCardAccess, signedOffer, version2Offers } from "../../src/inspect/version-2.js";
import type { SecurityInfo, SecurityInfoInput } from "../../src/lds/security-info-content.js";
import { encodeSecurityInfos, parseSecurityInfos } from "../../src/lds/security-infos.js";
import { parseCms } from "../../src/pki/cms.js";
import { ALL_DEPARTURES } from "../../src/pki/departures.js";
import { encodeSpki } from "../../src/pki/public-key.js";
import { encodeTlv, parseTlv } from "../../src/tlv/ber.js";

const ID_CA = "0.4.0.127.0.7.2.2.3";
const TA2: SecurityInfoInput = { kind: "terminalAuthenticationInfo", protocol: "0.4.0.127.0.7.2.2.2", version: 2 };
const ca = (protocol: string, keyId?: number, version = 2): SecurityInfoInput => ({
  kind: "chipAuthenticationInfo",
  protocol: `${ID_CA}.${protocol}`,
  version,
  ...(keyId !== undefined && { keyId }),
});
const domain = (kind: 1 | 2, algorithm: string, parameters: Uint8Array, keyId?: number): SecurityInfoInput => ({
  kind: "chipAuthenticationDomainParameterInfo",
  protocol: `${ID_CA}.${kind}`,
  domainParameter: { algorithm, parameters },
  ...(keyId !== undefined && { keyId }),
});
const standardized = (kind: 1 | 2, id: number, keyId?: number) =>
  domain(kind, "0.4.0.127.0.7.1.2", Uint8Array.of(2, 1, id), keyId);
const infos = (...list: readonly SecurityInfoInput[]): readonly SecurityInfo[] =>
  parseSecurityInfos(encodeSecurityInfos(list)).infos;
const told = (...list: readonly SecurityInfoInput[]) =>
  version2Offers(infos(...list)).map(({ protocol, keyId, group }) => [protocol.suite, keyId, group.name]);
/** Parameters of a curve, as they stand in a key. */
const curveParameters = (form: "named" | "explicit"): Uint8Array => {
  const [algorithm] = [...parseTlv(encodeSpki("P-384", generateEcPrivateKey("P-384").point, form)).children];
  const [, parameters] = [...(algorithm as NonNullable<typeof algorithm>).children];
  return (parameters as NonNullable<typeof parameters>).raw;
};
const EC = "1.2.840.10045.2.1";

describe("version 2 in EF.CardAccess", () => {
  it("is found in that of a German identity card, and its key in EF.CardSecurity", () => {
    const file = new URL("../vectors/lds/german-eid-profile01.json", import.meta.url);
    const { files_in_order: files } = JSON.parse(readFileSync(file, "utf8")) as {
      files_in_order: readonly { readonly fid: string; readonly content: string }[];
    };
    // EF.SOD and EF.CVCA have the same identifiers in their application
    const found = (fid: string, tag: string) =>
      fromHex(files.find((each) => each.fid === fid && each.content.startsWith(tag))?.content ?? "");
    const access = found("011C", "31");
    const offers = version2Offers(infosOfCardAccess(access));
    expect(offers.map(({ protocol, group }) => [protocol.suite, group.name])).toContainEqual([
      "AES-128",
      "brainpoolP256r1",
    ]);
    const security = found("011D", "30");
    const [best] = offers;
    const offer = best && signedOffer(security, best);
    expect(offer).toMatchObject({ version: 2, keyId: best?.keyId, protocol: { oid: best?.protocol.oid } });
    // Nothing that is signed there is missing here, so that nobody is suspected.
    const stated = (list: readonly SecurityInfo[]) =>
      list.flatMap((info) => (/^chipAuthentication(Info|Domain)|^terminal/.test(info.kind) ? [toHex(info.raw)] : []));
    const signed = stated(parseSecurityInfos(parseCms(security, { tolerate: ALL_DEPARTURES }).eContent).infos);
    expect(signed.length).toBeGreaterThan(1);
    expect(stated(infosOfCardAccess(access))).toEqual(expect.arrayContaining(signed));
  });

  it("has its group in any form: by number, by name, by numbers", () => {
    const p384 = [["AES-128", 1, "P-384"]];
    expect(told(TA2, ca("2.2", 1), standardized(2, 15, 1))).toEqual(p384);
    expect(told(TA2, ca("2.2", 1), domain(2, EC, curveParameters("named"), 1))).toEqual(p384);
    expect(told(TA2, ca("2.2", 1), domain(2, EC, curveParameters("explicit"), 1))).toEqual(p384);
    const row = dhGroupByParameterId(2);
    if (row === undefined) throw new Error("no group");
    expect(told(TA2, ca("1.2"), standardized(1, 2))).toEqual([["AES-128", undefined, row.name]]);
    const numbers = encodeTlv(
      0x30,
      ...[row.p, row.g, row.q].map((hex) =>
        encodeTlv(0x02, fromHex(Number.parseInt(hex.slice(0, 2), 16) >= 0x80 ? `00${hex}` : hex)),
      ),
    );
    expect(told(TA2, ca("1.2"), domain(1, "1.2.840.10046.2.1", numbers))).toEqual([["AES-128", undefined, row.name]]);
  });

  it("is offered best first, each protocol with the group of its key", () => {
    expect(
      told(
        TA2,
        ca("1.4", 3),
        ca("2.2", 1),
        ca("2.4", 2),
        standardized(2, 13, 1),
        standardized(2, 12, 2),
        standardized(1, 2, 3),
      ),
    ).toEqual([
      ["AES-256", 2, "P-256"],
      ["AES-256", 3, dhGroupByParameterId(2)?.name],
      ["AES-128", 1, "brainpoolP256r1"],
    ]);
  });

  it("is nothing without both protocols, in another version, in a group of another kind or an unknown one", () => {
    expect(told(ca("2.2"), standardized(2, 13))).toEqual([]);
    expect(told({ ...TA2, version: 1 } as SecurityInfoInput, ca("2.2"), standardized(2, 13))).toEqual([]);
    expect(told(TA2, ca("2.2", undefined, 1), standardized(2, 13))).toEqual([]);
    expect(told(TA2, ca("2.2"))).toEqual([]);
    expect(told(TA2, ca("2.2", 1), standardized(2, 13, 2))).toEqual([]);
    expect(told(TA2, ca("2.2"), standardized(1, 2))).toEqual([]);
    expect(told(TA2, ca("2.2"), standardized(2, 99))).toEqual([]);
    expect(told(TA2, ca("2.2"), domain(2, EC, fromHex("06032a0304")))).toEqual([]);
    expect(infosOfCardAccess(undefined)).toEqual([]);
    expect(infosOfCardAccess(fromHex("3103"))).toEqual([]);
  });

  it("has no key in a file that is none, or of another group", () => {
    const [offer] = version2Offers(infos(TA2, ca("2.2", 1), standardized(2, 13, 1)));
    if (offer === undefined) throw new Error("no offer");
    for (const file of [undefined, new Uint8Array(0), fromHex("3003020100")]) {
      expect(signedOffer(file, offer)).toBeUndefined();
    }
  });
});
