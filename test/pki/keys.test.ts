import { createPrivateKey, createPublicKey } from "node:crypto";
import { describe, expect, it } from "vitest";
import { fromHex, toHex, utf8 } from "../../src/bytes/bytes.js";
import { CURVES, curveByName } from "../../src/crypto/curves.js";
import { exportEcScalar, generateEcPrivateKey, importEcPrivateKey } from "../../src/crypto/ecdsa.js";
import { CardwrightError, MalformedError } from "../../src/errors.js";
import { encodePkcs8, parsePkcs8 } from "../../src/pki/pkcs8.js";
import {
  encodeSpki,
  ID_EC_PUBLIC_KEY,
  publicKeyForm,
  publicKeyFromSpki,
  signatureLength,
} from "../../src/pki/public-key.js";
import { encodeSignatureValue, signatureAlgorithmIdentifier } from "../../src/pki/signature-algorithm.js";
import { memorySigner } from "../../src/pki/signer.js";
import { verifySignature } from "../../src/pki/verify-signature.js";
import { encodeTlv, parseTlv } from "../../src/tlv/ber.js";
import { flipBit, thrownBy } from "./support.js";

const forms = CURVES.flatMap(({ name }) => (["named", "explicit"] as const).map((form) => [name, form] as const));

/** The key on a curve, which every key here is. */
function ecOf<K extends { readonly kind: "EC" | "RSA" }>(key: K): K & { readonly kind: "EC" } {
  if (key.kind !== "EC") throw new Error("no key on a curve");
  return key as K & { readonly kind: "EC" };
}

/** SubjectPublicKeyInfo with other ECParameters: a part of them replaced, and the lengths around it set anew. */
function rewrapped(spki: Uint8Array, from: string, to: string): Uint8Array {
  const [algorithm, bits] = [...parseTlv(spki).children];
  const [id, parameters] = [...(algorithm?.children ?? [])];
  if (bits === undefined || id === undefined || parameters === undefined) throw new Error("no SubjectPublicKeyInfo");
  const changed = replaced(parameters.value, from, to);
  expect(changed).not.toEqual(parameters.value);
  return encodeTlv(
    0x30,
    encodeTlv(0x30, encodeTlv(id.tag, id.value), encodeTlv(0x30, changed)),
    encodeTlv(bits.tag, bits.value),
  );
}

const replaced = (bytes: Uint8Array, from: string, to: string): Uint8Array =>
  Uint8Array.from(Buffer.from(toHex(bytes).replace(from, to), "hex"));

describe.each(forms)("keys on %s, %s parameters", (curve, form) => {
  const key = generateEcPrivateKey(curve);
  const spki = encodeSpki(curve, key.point, form);
  const pkcs8 = encodePkcs8(key, form);

  it("SubjectPublicKeyInfo gives the point back", () => {
    const parsed = ecOf(publicKeyFromSpki(spki));
    expect(parsed.curve).toBe(curve);
    expect(parsed.point).toEqual(key.point);
    expect(publicKeyForm(spki)).toEqual({ algorithm: ID_EC_PUBLIC_KEY, curve: form, point: "uncompressed" });
    expect(signatureLength(parsed)).toBe(2 * curveByName(curve).bytes);
  });

  it("OpenSSL reads both, as the same key", () => {
    const ours = createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
    const theirs = createPublicKey(createPrivateKey({ key: Buffer.from(pkcs8), format: "der", type: "pkcs8" }));
    expect(ours.equals(theirs)).toBe(true);
    expect(toHex(ours.export({ format: "der", type: "spki" })).endsWith(toHex(key.point))).toBe(true);
    expect(ours.asymmetricKeyDetails?.namedCurve).toBe(curveByName(curve).openssl);
  });

  it("PKCS#8 gives the private key back", () => {
    const parsed = ecOf(parsePkcs8(pkcs8));
    expect(parsed.curve).toBe(curve);
    expect(exportEcScalar(parsed)).toEqual(exportEcScalar(key));
  });

  it("no flipped bit of SubjectPublicKeyInfo gives the key, or another exception than the two announced", () => {
    for (let bit = 0; bit < spki.length * 8; bit += form === "named" ? 3 : 17) {
      const error = thrownBy(() => publicKeyFromSpki(flipBit(spki, bit)));
      expect(error).toBeInstanceOf(CardwrightError);
      const { code } = error as CardwrightError;
      expect(error instanceof MalformedError || code === "ALGORITHM_UNSUPPORTED", `bit ${bit}: ${code}`).toBe(true);
    }
  });
});

describe("publicKeyFromSpki", () => {
  const key = importEcPrivateKey(
    "P-256",
    Uint8Array.from({ length: 32 }, (_, i) => i + 1),
  );
  const explicit = encodeSpki("P-256", key.point, "explicit");
  const named = encodeSpki("P-256", key.point, "named");

  it("refuses explicit parameters with another base point (CVE-2020-0601)", () => {
    const forged = replaced(explicit, curveByName("P-256").g, toHex(key.point));
    expect(forged).not.toEqual(explicit);
    expect(thrownBy(() => publicKeyFromSpki(forged))).toMatchObject({ code: "ALGORITHM_UNSUPPORTED" });
  });

  it("calls an unknown curve, a curve over a binary field and another kind of key unsupported", () => {
    // secp256k1 instead of P-256: another OID, one byte shorter
    const k1 = replaced(
      named,
      "3059301306072a8648ce3d020106082a8648ce3d030107",
      "3056301006072a8648ce3d020106052b8104000a",
    );
    expect(thrownBy(() => publicKeyFromSpki(k1))).toMatchObject({ code: "ALGORITHM_UNSUPPORTED" });
    const ed25519 = fromHex(`302a300506032b6570032100${"11".repeat(32)}`);
    expect(thrownBy(() => publicKeyFromSpki(ed25519))).toMatchObject({ code: "ALGORITHM_UNSUPPORTED" });
    const binary = replaced(explicit, "06072a8648ce3d0101", "06072a8648ce3d0102");
    expect(thrownBy(() => publicKeyFromSpki(binary))).toMatchObject({ code: "ALGORITHM_UNSUPPORTED" });
  });

  it("takes explicit parameters with a seed, with none and without cofactor", () => {
    const { a, b } = curveByName("P-256");
    const seed = "031500c49d360886e704936a6678e1139d26b7819f7e90";
    const withSeed = rewrapped(explicit, `3044${`0420${a}`}0420${b}`, `305b0420${a}0420${b}${seed}`);
    expect(ecOf(publicKeyFromSpki(withSeed)).point).toEqual(key.point);
    const { n } = curveByName("P-256");
    const withoutCofactor = rewrapped(explicit, `022100${n}020101`, `022100${n}`);
    expect(ecOf(publicKeyFromSpki(withoutCofactor)).point).toEqual(key.point);
  });

  it("takes a compressed point, as OpenSSL does, and tells; one off the curve is malformed", () => {
    const at = named.length - 65;
    const compressed = named.slice(0, at + 33);
    compressed[at] = 2 + ((key.point[64] as number) & 1);
    compressed[1] = (compressed[1] as number) - 32;
    compressed[at - 2] = (compressed[at - 2] as number) - 32;
    expect(ecOf(publicKeyFromSpki(compressed)).point).toEqual(key.point);
    expect(publicKeyForm(compressed)).toMatchObject({ curve: "named", point: "compressed" });
    expect(createPublicKey({ key: Buffer.from(compressed), format: "der", type: "spki" }).asymmetricKeyType).toBe("ec");
    const off = flipBit(named, named.length * 8 - 1);
    expect(thrownBy(() => publicKeyFromSpki(off))).toMatchObject({ code: "BAD_VALUE", offset: at });
  });

  it("is explicit, with cofactor, unless told otherwise", () => {
    expect(encodeSpki("P-256", key.point)).toEqual(explicit);
    // … INTEGER order, INTEGER 1, then the BIT STRING of the key
    expect(toHex(explicit)).toContain(`022100${curveByName("P-256").n}020101034200`);
  });

  it("does not write a point that is not on the curve", () => {
    expect(() => encodeSpki("P-256", flipBit(key.point, 100))).toThrow(RangeError);
  });
});

describe("parsePkcs8", () => {
  const key = importEcPrivateKey(
    "P-256",
    Uint8Array.from({ length: 32 }, (_, i) => i + 1),
  );
  const der = encodePkcs8(key);

  it("reads what OpenSSL writes", () => {
    const openssl = createPrivateKey({ key: Buffer.from(der), format: "der", type: "pkcs8" });
    const written = Uint8Array.from(openssl.export({ format: "der", type: "pkcs8" }));
    expect(exportEcScalar(ecOf(parsePkcs8(written)))).toEqual(exportEcScalar(key));
  });

  it("refuses a public key that is not the scalar's, and a scalar out of range", () => {
    expect(() => parsePkcs8(flipBit(der, der.length * 8 - 1))).toThrow("the public key is not that of the scalar");
    const zero = replaced(der, toHex(exportEcScalar(key)), "00".repeat(32));
    expect(() => parsePkcs8(zero)).toThrow("the scalar does not fit P-256");
  });

  it("never puts the scalar into an error", () => {
    const secret = toHex(exportEcScalar(key));
    for (let bit = 0; bit < der.length * 8; bit++) {
      try {
        parsePkcs8(flipBit(der, bit));
      } catch (error) {
        expect(error).toBeInstanceOf(CardwrightError);
        expect(String(error)).not.toContain(secret.slice(8, 24));
      }
    }
  });

  it("throws a TypeError for a key that has been wiped", () => {
    const wiped = importEcPrivateKey("P-256", exportEcScalar(key));
    wiped.wipe();
    expect(() => encodePkcs8(wiped)).toThrow(TypeError);
  });
});

describe("memorySigner", () => {
  it.each([
    ["P-256", "ECDSA-SHA256", "SHA-256"],
    ["P-384", "ECDSA-SHA384", "SHA-384"],
    ["P-521", "ECDSA-SHA512", "SHA-512"],
    ["P-224", "ECDSA-SHA256", "SHA-256"],
    ["brainpoolP224r1", "ECDSA-SHA256", "SHA-256"],
    ["brainpoolP256r1", "ECDSA-SHA256", "SHA-256"],
    ["brainpoolP320r1", "ECDSA-SHA384", "SHA-384"],
    ["brainpoolP384r1", "ECDSA-SHA384", "SHA-384"],
    ["brainpoolP512r1", "ECDSA-SHA512", "SHA-512"],
  ] as const)("on %s prefers %s, and its public key verifies", (curve, algorithm, hash) => {
    const signer = memorySigner(generateEcPrivateKey(curve));
    expect(signer.algorithms[0]).toBe(algorithm);
    const message = utf8("message");
    expect(ecOf(publicKeyFromSpki(signer.publicKey)).verify(hash, message, signer.sign(message, algorithm))).toBe(true);
  });

  it("signs with every algorithm it offers, and prefers the one asked for", () => {
    const signer = memorySigner(generateEcPrivateKey("P-384"), { algorithm: "ECDSA-SHA512" });
    expect(signer.algorithms).toEqual(["ECDSA-SHA512", "ECDSA-SHA384", "ECDSA-SHA256", "ECDSA-SHA224"]);
    const message = utf8("message");
    for (const name of signer.algorithms) {
      const signature = encodeSignatureValue(name, signer.sign(message, name));
      expect(verifySignature(signer.publicKey, signatureAlgorithmIdentifier(name), message, signature)).toBe(true);
    }
  });

  it("refuses curves that are too short, and algorithms of another kind of key", () => {
    expect(() => memorySigner(generateEcPrivateKey("P-192"))).toThrow(RangeError);
    expect(() => memorySigner(generateEcPrivateKey("P-256"), { algorithm: "RSA-SHA256" })).toThrow(RangeError);
    const signer = memorySigner(generateEcPrivateKey("P-256"));
    expect(() => signer.sign(utf8("message"), "RSASSA-PSS-SHA256")).toThrow(RangeError);
  });

  it("refuses an algorithm for old documents", () => {
    const signer = memorySigner(generateEcPrivateKey("P-256"));
    expect(() => signer.sign(utf8("message"), "ECDSA-SHA1" as never)).toThrow(RangeError);
  });
});
