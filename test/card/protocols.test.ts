import { describe, expect, it } from "vitest";
import { SEQUENCE, subjectPublicKeyInfo } from "../../src/asn1/types.js";
import { fromHex } from "../../src/bytes/bytes.js";
import { type InstalledProtocol, statementsOf } from "../../src/card/protocols.js";
import { CHIP_SECRETS } from "../../src/card/secrets.js";
import { generateEcPrivateKey } from "../../src/crypto/ecdsa.js";
import { encodeSecurityInfos, parseSecurityInfos } from "../../src/lds/security-infos.js";
import { encodeSpki } from "../../src/pki/public-key.js";
import { dataObject, parseObject } from "../../src/tlv/file.js";
import { AA, CA1, CA2, CAM, GM, NATIONAL_PROTOCOLS, RI, TA1, TA2 } from "../support/chips.js";

const kinds = (infos: readonly { readonly kind: string }[]) => infos.map(({ kind }) => kind);

describe("what the files of a card state", () => {
  it("is where ICAO 9303-11 and TR-03110-3 have it, from one list", () => {
    const { cardAccess, cardSecurity, dg14, activeAuthenticationKey, secrets } = statementsOf(NATIONAL_PROTOCOLS);
    expect(kinds(cardAccess)).toEqual([
      "paceInfo",
      "chipAuthenticationInfo",
      "chipAuthenticationDomainParameterInfo",
      "terminalAuthenticationInfo",
    ]);
    expect(kinds(cardSecurity)).toEqual([
      "chipAuthenticationPublicKeyInfo",
      "restrictedIdentificationInfo",
      "restrictedIdentificationDomainParameterInfo",
    ]);
    expect(kinds(dg14)).toEqual([
      "chipAuthenticationInfo",
      "chipAuthenticationPublicKeyInfo",
      "terminalAuthenticationInfo",
      "activeAuthenticationInfo",
    ]);
    expect(activeAuthenticationKey).toBeInstanceOf(Uint8Array);
    expect(secrets).toEqual([
      CHIP_SECRETS.can,
      CHIP_SECRETS.pin,
      CHIP_SECRETS.puk,
      CHIP_SECRETS.chipAuthentication(1),
      CHIP_SECRETS.trustPoints,
      CHIP_SECRETS.activeAuthentication,
      CHIP_SECRETS.restrictedIdentification(1),
      CHIP_SECRETS.signaturePin,
    ]);
    for (const infos of [cardAccess, cardSecurity, dg14]) {
      expect(kinds(parseSecurityInfos(encodeSecurityInfos(infos)).infos).sort()).toEqual(kinds(infos).sort());
    }
  });

  it("has the group of version 2 by its number when it is told, else by its parameters", () => {
    const domain = (protocol: InstalledProtocol) =>
      statementsOf([protocol]).cardAccess.find(({ kind }) => kind === "chipAuthenticationDomainParameterInfo");
    const number = { algorithm: "0.4.0.127.0.7.1.2", parameters: fromHex("02010d") };
    expect(domain(CA2)).toMatchObject({ domainParameter: number, keyId: 1 });
    const { parameterId: _number, ...whole } = CA2 as Extract<InstalledProtocol, { kind: "chipAuthentication" }>;
    const { algorithm } = parseObject(
      dataObject("SubjectPublicKeyInfo", SEQUENCE, subjectPublicKeyInfo),
      whole.publicKey as Uint8Array,
    );
    expect(domain(whole)).toMatchObject({ domainParameter: algorithm });
  });

  it("has the key of a mapping in EF.CardSecurity, called by its domain parameters", () => {
    const { cardSecurity, secrets } = statementsOf([CAM]);
    expect(cardSecurity).toMatchObject([{ kind: "chipAuthenticationPublicKeyInfo", keyId: 13 }]);
    expect(secrets).toEqual([CHIP_SECRETS.chipAuthentication(13), CHIP_SECRETS.can]);
  });

  it("is nothing for nothing, and one thing for each protocol", () => {
    expect(statementsOf([])).toEqual({ cardAccess: [], cardSecurity: [], dg14: [], secrets: [] });
    expect(statementsOf([TA1]).cardAccess).toEqual([]);
    expect(statementsOf([TA2]).dg14).toEqual([]);
    expect(kinds(statementsOf([CA1]).dg14)).toEqual(["chipAuthenticationInfo", "chipAuthenticationPublicKeyInfo"]);
    expect(statementsOf([CA2]).dg14).toEqual([]);
    expect(statementsOf([RI]).cardAccess).toEqual([]);
    expect(statementsOf([{ ...AA, signatureAlgorithm: undefined } as never]).dg14).toEqual([]);
  });

  it("is refused when a protocol is not of its kind, or its key is", () => {
    expect(() => statementsOf([{ ...GM, protocol: "1.2.3" } as never])).toThrow(RangeError);
    expect(() => statementsOf([{ ...CA1, protocol: "0.4.0.127.0.7.2.2.4.2.2" } as never])).toThrow(RangeError);
    const { publicKey: _key, ...keyless } = CAM as typeof CAM & { publicKey: unknown };
    expect(() => statementsOf([keyless as never])).toThrow("a static key belongs to chip authentication mapping");
    expect(() => statementsOf([{ ...GM, publicKey: new Uint8Array(1) } as never])).toThrow(RangeError);
    const named = encodeSpki("brainpoolP256r1", generateEcPrivateKey("brainpoolP256r1").point, "named");
    for (const protocol of [CA1, CA2, CAM]) {
      expect(() => statementsOf([{ ...protocol, publicKey: named } as never])).toThrow("not by name");
    }
  });
});
