import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { concatBytes, fromHex, toHex, utf8 } from "../../src/bytes/bytes.js";
import { exportRsaPrivateNumbers, importRsaPrivateKey, importRsaPublicKey, rsaPss } from "../../src/crypto/rsa.js";
import { CardwrightError, MalformedError } from "../../src/errors.js";
import { encodePkcs8, parsePkcs8 } from "../../src/pki/pkcs8.js";
import {
  encodeRsaSpki,
  isSamePublicKey,
  publicKeyForm,
  publicKeyFromSpki,
  signatureLength,
} from "../../src/pki/public-key.js";
import { encodeSignatureValue, signatureAlgorithmIdentifier } from "../../src/pki/signature-algorithm.js";
import { memorySigner } from "../../src/pki/signer.js";
import { verifySignature } from "../../src/pki/verify-signature.js";
import { encodeTlv } from "../../src/tlv/ber.js";
import { pssKeyPair, rsaNumbers } from "../crypto/rsa-support.js";
import { flipBit, newSigner, thrownBy } from "./support.js";

const key = importRsaPrivateKey(rsaNumbers(2048));
const parameters = { ...rsaPss("SHA-256"), hash: "SHA-256" } as const;
const message = utf8("message");

/** SubjectPublicKeyInfo of rsaEncryption with these contents of the two INTEGERs. */
function spkiOf(modulus: Uint8Array, exponent: Uint8Array): Uint8Array {
  const numbers = encodeTlv(0x30, encodeTlv(0x02, modulus), encodeTlv(0x02, exponent));
  const algorithm = fromHex("300d06092a864886f70d0101010500");
  return encodeTlv(0x30, algorithm, encodeTlv(0x03, Uint8Array.of(0), numbers));
}

const padded = (bytes: Uint8Array) => concatBytes(Uint8Array.of(0), bytes);

describe.each([
  ["rsaEncryption", undefined, "rsa"],
  ["id-RSASSA-PSS", {}, "rsa-pss"],
  ["id-RSASSA-PSS with parameters", { parameters }, "rsa-pss"],
] as const)("an RSA key of %s", (_, pss, theirType) => {
  const own = importRsaPrivateKey(rsaNumbers(2048), pss);
  const spki = encodeRsaSpki(own, pss);
  const pkcs8 = encodePkcs8(own);

  it("SubjectPublicKeyInfo gives the key back, with its restriction", () => {
    const parsed = publicKeyFromSpki(spki);
    expect(parsed.kind === "RSA" && [parsed.modulus, parsed.publicExponent, parsed.pss]).toEqual([
      own.modulus,
      own.publicExponent,
      pss,
    ]);
    expect(signatureLength(parsed)).toBe(256);
    expect(isSamePublicKey(parsed, importRsaPublicKey(own))).toBe(true);
    expect(Object.keys(publicKeyForm(spki))).toEqual(["algorithm"]);
  });

  it("PKCS#8 gives the private key back", () => {
    const parsed = parsePkcs8(pkcs8);
    if (parsed.kind !== "RSA") throw new Error("no RSA key");
    expect(exportRsaPrivateNumbers(parsed)).toEqual(rsaNumbers(2048));
    expect(parsed.pss).toEqual(pss);
  });

  it("OpenSSL reads both, as the same key of the same type, and writes the same bytes", () => {
    const ours = createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
    const theirs = createPrivateKey({ key: Buffer.from(pkcs8), format: "der", type: "pkcs8" });
    expect(ours.asymmetricKeyType).toBe(theirType);
    expect(createPublicKey(theirs).equals(ours)).toBe(true);
    expect(toHex(ours.export({ format: "der", type: "spki" }))).toBe(toHex(spki));
    expect(toHex(theirs.export({ format: "der", type: "pkcs8" }))).toBe(toHex(pkcs8));
  });

  it("no flipped bit of SubjectPublicKeyInfo gives another exception than the two announced", () => {
    for (let bit = 0; bit < spki.length * 8; bit += bit < 80 * 8 ? 1 : 13) {
      try {
        const parsed = publicKeyFromSpki(flipBit(spki, bit));
        // What is read is another key, or the same with another restriction.
        const same = isSamePublicKey(parsed, importRsaPublicKey(own));
        expect(same && parsed.kind === "RSA" && JSON.stringify(parsed.pss) === JSON.stringify(pss), `${bit}`).toBe(
          false,
        );
      } catch (error) {
        expect(error).toBeInstanceOf(CardwrightError);
        const unsupported = (error as CardwrightError).code === "ALGORITHM_UNSUPPORTED";
        expect(error instanceof MalformedError || unsupported, `bit ${bit}: ${String(error)}`).toBe(true);
      }
    }
  });

  it("a signer signs with every algorithm it offers", () => {
    const signer = memorySigner(own);
    expect(signer.algorithms[0]).toBe("RSASSA-PSS-SHA256");
    expect(signer.algorithms).toHaveLength(pss === undefined ? 8 : "parameters" in pss ? 1 : 4);
    for (const name of signer.algorithms) {
      const signature = signer.sign(message, name);
      expect(signature).toHaveLength(256);
      expect(encodeSignatureValue(name, signature)).toBe(signature);
      expect(verifySignature(signer.publicKey, signatureAlgorithmIdentifier(name), message, signature)).toBe(true);
    }
  });
});

describe("publicKeyFromSpki", () => {
  const { modulus, publicExponent } = key;

  it("reads rsaEncryption without parameters too, as certificates in the field have it", () => {
    const spki = encodeRsaSpki(key);
    const numbers = spki.subarray(19);
    const without = encodeTlv(0x30, fromHex("300b06092a864886f70d010101"), numbers);
    expect(isSamePublicKey(publicKeyFromSpki(without), publicKeyFromSpki(spki))).toBe(true);
  });

  it.each([
    ["a negative modulus", spkiOf(modulus, publicExponent), "modulus: is negative"],
    ["an even modulus", spkiOf(padded(flipBit(modulus, 2047)), publicExponent), "modulus: is even"],
    ["an exponent of 1", spkiOf(padded(modulus), fromHex("01")), "publicExponent: is 1"],
    ["an even exponent", spkiOf(padded(modulus), fromHex("010000")), "publicExponent: is even"],
    ["a negative exponent", spkiOf(padded(modulus), fromHex("ff")), "publicExponent: is negative"],
    ["parameters of rsaEncryption", flipBit(encodeRsaSpki(key), 17 * 8 + 7), "parameters"],
    ["a modulus with two leading zeros", spkiOf(padded(padded(modulus)), publicExponent), "minimal"],
  ])("calls %s malformed", (_, spki, text) => {
    expect(() => publicKeyFromSpki(spki)).toThrow(MalformedError);
    expect(() => publicKeyFromSpki(spki)).toThrow(text);
  });

  it.each([
    ["768 bits", spkiOf(padded(flipBit(modulus.subarray(0, 96), 767).fill(0xff, 95)), publicExponent)],
    ["an exponent of 65 bits", spkiOf(padded(modulus), fromHex("010000000000000001"))],
  ])("calls %s unsupported", (_, spki) => {
    expect(thrownBy(() => publicKeyFromSpki(spki))).toMatchObject({ code: "ALGORITHM_UNSUPPORTED" });
  });

  it("reads 1024 bits, for old documents", () => {
    const old = rsaNumbers(1024);
    const parsed = publicKeyFromSpki(spkiOf(padded(old.modulus), old.publicExponent));
    expect(parsed.kind === "RSA" && parsed.bits).toBe(1024);
    expect(() => encodeRsaSpki(old)).toThrow(RangeError);
  });
});

describe("parsePkcs8", () => {
  it("reads what OpenSSL makes: a key for RSASSA-PSS alone", () => {
    const { privateKey } = pssKeyPair("sha512", "sha512", 64);
    const parsed = parsePkcs8(Uint8Array.from(privateKey.export({ format: "der", type: "pkcs8" })));
    expect(parsed.kind === "RSA" && parsed.pss).toEqual({ parameters: { ...rsaPss("SHA-512"), hash: "SHA-512" } });
    expect(memorySigner(parsed).algorithms).toEqual(["RSASSA-PSS-SHA512"]);
  });

  it("refuses keys of another size, and numbers that do not fit together, without showing them", () => {
    const small = generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey;
    const der = Uint8Array.from(small.export({ format: "der", type: "pkcs8" }));
    expect(thrownBy(() => parsePkcs8(der))).toMatchObject({ code: "ALGORITHM_UNSUPPORTED" });
    const good = encodePkcs8(key);
    const secret = toHex(rsaNumbers(2048).prime1);
    for (let bit = 27 * 8; bit < good.length * 8; bit += 61) {
      const error = thrownBy(() => parsePkcs8(flipBit(good, bit)));
      expect(error).toBeInstanceOf(CardwrightError);
      expect(String(error)).not.toContain(secret.slice(8, 24));
    }
  });

  it("encodePkcs8 throws a TypeError for a key that has been wiped", () => {
    const wiped = importRsaPrivateKey(rsaNumbers(2048));
    wiped.wipe();
    expect(() => encodePkcs8(wiped)).toThrow(TypeError);
  });
});

describe("memorySigner", () => {
  it("prefers the algorithm asked for, and refuses those of another kind", () => {
    expect(memorySigner(key, { algorithm: "RSA-SHA512" }).algorithms[0]).toBe("RSA-SHA512");
    expect(() => memorySigner(key, { algorithm: "ECDSA-SHA256" })).toThrow(RangeError);
    expect(() => memorySigner(key).sign(message, "ECDSA-SHA256")).toThrow(RangeError);
    const restricted = importRsaPrivateKey(rsaNumbers(2048), { parameters: { ...parameters, mgfHash: "SHA-1" } });
    expect(() => memorySigner(restricted)).toThrow(RangeError);
  });

  it("keys of two kinds are never the same", () => {
    const [a, b] = [publicKeyFromSpki(encodeRsaSpki(key)), publicKeyFromSpki(newSigner().publicKey)];
    expect([isSamePublicKey(a, b), isSamePublicKey(b, a), isSamePublicKey(a, a), isSamePublicKey(b, b)]).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });
});
