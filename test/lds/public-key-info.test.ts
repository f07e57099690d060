import { createPublicKey } from "node:crypto";
import { describe, expect, it } from "vitest";
import { concatBytes, fromHex, toHex } from "../../src/bytes/bytes.js";
import { dg15 } from "../../src/lds/dg15.js";
import { buildRsaPublicKeyInfo, parsePublicKeyInfo, publicKeyOf } from "../../src/lds/public-key-info.js";
import { parseDg14SecurityInfos } from "../../src/lds/security-infos.js";
import { encodeSpki } from "../../src/pki/public-key.js";
import { encodeTlv, parseTlv } from "../../src/tlv/ber.js";
import { encodeFile, parseFile } from "../../src/tlv/file.js";
import { readVectors } from "../crypto/vectors.js";
import { malformed, readVector } from "../property/strict.js";

const P256_POINT = fromHex(
  "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
);

/** The numbers of an RSA key as OpenSSL reads them. */
function opensslRsa(spki: Uint8Array): { modulus: string; exponent: string } {
  const { n, e } = createPublicKey({ key: spki as never, format: "der", type: "spki" }).export({ format: "jwk" });
  const hex = (text: unknown) => toHex(new Uint8Array(Buffer.from(text as string, "base64url")));
  return { modulus: hex(n), exponent: hex(e) };
}

describe("EF.DG15", () => {
  const { dg15: aa } = readVectors<{ dg15: string }>("icao9303/active-authentication-sm-3des.json");

  it.each([
    ["RSA-1024 of the BSI reference data set", readVector("lds/bsi-silver/DG15.bin"), 1024, true],
    ["RSA-1792", fromHex(aa), 1792, undefined],
  ])("%s: OpenSSL reads the same numbers", (_, bytes, bits, signMissing) => {
    const value = parseFile(dg15, bytes);
    expect(toHex(encodeFile(dg15, value))).toBe(toHex(bytes));
    const key = publicKeyOf(value.publicKeyInfo);
    if (key.kind !== "RSA") throw new Error(key.kind);
    expect(toHex(key.raw)).toBe(toHex(parseTlv(bytes).value));
    expect({ modulus: toHex(key.modulus), exponent: toHex(key.exponent) }).toEqual(opensslRsa(key.raw));
    expect(key.modulus.length * 8 - Math.clz32(key.modulus[0] as number) + 24).toBe(bits);
    expect(key.signMissing).toBe(signMissing);
    const built = buildRsaPublicKeyInfo(key.modulus, key.exponent);
    if (signMissing === undefined) expect(built).toEqual(value.publicKeyInfo);
    else
      expect(publicKeyOf(built)).toEqual({
        kind: "RSA",
        modulus: key.modulus,
        exponent: key.exponent,
        raw: expect.anything(),
      });
  });

  it("with a curve by name and by parameters", () => {
    const named = encodeSpki("P-256", P256_POINT, "named");
    expect(parsePublicKeyInfo(named)).toEqual({
      kind: "EC",
      curve: { form: "named", oid: "1.2.840.10045.3.1.7" },
      point: P256_POINT,
      raw: named,
    });
    const explicit = parsePublicKeyInfo(encodeSpki("P-256", P256_POINT, "explicit"));
    if (explicit.kind !== "EC" || explicit.curve.form !== "explicit") throw new Error("no explicit curve");
    const { p, a, base, order, cofactor, raw } = explicit.curve;
    expect(toHex(p)).toBe("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
    expect(toHex(a)).toBe("ffffffff00000001000000000000000000000000fffffffffffffffffffffffc");
    expect(base).toEqual(P256_POINT);
    expect(toHex(order)).toBe("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    expect(toHex(cofactor as Uint8Array)).toBe("01");
    expect(raw[0]).toBe(0x30);
    const bytes = encodeTlv(0x6f, named);
    expect(toHex(encodeFile(dg15, parseFile(dg15, bytes)))).toBe(toHex(bytes));
  });
});

describe("keys of chip authentication", () => {
  it.each([
    ["bsi-silver", "d7c134aa264366862a18302575d1d787b09f075797da89f57ec8c0ff", 57], // brainpoolP224r1, RFC 5639 §3.3
    [
      "gmrtd-sample", // brainpoolP384r1, RFC 5639 §3.6
      "8cb91e82a3386d280f5d6f7e50e641df152f7109ed5456b412b1da197fb71123acd3a729901d1a71874700133107ec53",
      97,
    ],
  ])("%s: explicit parameters", (folder, prime, size) => {
    const [info] = parseDg14SecurityInfos(readVector(`lds/${folder}/DG14.bin`)).infos;
    if (info?.kind !== "chipAuthenticationPublicKeyInfo") throw new Error("no key");
    const key = publicKeyOf(info.chipAuthenticationPublicKey);
    if (key.kind !== "EC" || key.curve.form !== "explicit") throw new Error("no explicit curve");
    expect(toHex(key.curve.p)).toBe(prime);
    expect(key.point).toHaveLength(size);
    expect(key.point[0]).toBe(0x04);
  });

  const spki = (algorithm: string, key: string) =>
    encodeTlv(0x30, encodeTlv(0x30, fromHex(algorithm)), encodeTlv(0x03, concatBytes(Uint8Array.of(0), fromHex(key))));

  it("modulo a prime: PKCS #3, X9.42 and standardized parameters", () => {
    const pkcs3 = parsePublicKeyInfo(spki("06092a864886f70d010301 3006020117020105", "020200ff"));
    expect(pkcs3).toMatchObject({ kind: "DH", publicValue: fromHex("ff"), parameters: fromHex("3006020117020105") });
    expect(parsePublicKeyInfo(spki("06072a8648ce3e0201 3000", "020107")).kind).toBe("DH");
    expect(parsePublicKeyInfo(spki("060704007f00070102 020101", "020107"))).toMatchObject({
      kind: "DH",
      parameters: fromHex("020101"),
    });
    expect(parsePublicKeyInfo(spki("060704007f00070102 02010c", "04"))).toMatchObject({
      kind: "EC",
      curve: { form: "standardized", parameterId: 12 },
    });
  });

  it("of other algorithms and curves are kept", () => {
    expect(parsePublicKeyInfo(spki("06032b6570", "00"))).toMatchObject({ kind: "unknown", algorithm: "1.3.101.112" });
    expect(parsePublicKeyInfo(spki("06072a8648ce3d0201", "04"))).toMatchObject({ curve: { form: "other" } });
    expect(parsePublicKeyInfo(spki("06072a8648ce3d0201 0500", "04"))).toMatchObject({
      curve: { form: "other", raw: fromHex("0500") },
    });
  });

  it.each([
    [
      "an RSA key that is no key",
      "06092a864886f70d010101 0500",
      "3003020107",
      "subjectPublicKey.RSAPublicKey.publicExponent",
      25,
    ],
    [
      "a negative exponent",
      "06092a864886f70d010101 0500",
      "3006020107020183",
      "subjectPublicKey.RSAPublicKey.publicExponent",
      27,
    ],
    ["a curve that is no object identifier", "06072a8648ce3d0201 0600", "04", "parameters.namedCurve", 15],
    ["a DH value that is no integer", "06072a8648ce3e0201 3000", "0401ff", "subjectPublicKey.INTEGER", 18],
  ])("%s is refused with path and offset", (_, algorithm, key, path, offset) => {
    const error = malformed(() => parsePublicKeyInfo(spki(algorithm, key)));
    expect(error).toMatchObject({ path: `SubjectPublicKeyInfo.${path}`, offset });
  });
});
