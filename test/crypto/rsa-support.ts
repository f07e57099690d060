import { generateKeyPairSync, type KeyPairKeyObjectResult } from "node:crypto";
import type { RsaPrivateNumbers } from "../../src/crypto/primitives.js";

const NAMES = [
  ["modulus", "n"],
  ["publicExponent", "e"],
  ["privateExponent", "d"],
  ["prime1", "p"],
  ["prime2", "q"],
  ["exponent1", "dp"],
  ["exponent2", "dq"],
  ["coefficient", "qi"],
] as const;

const made = new Map<string, RsaPrivateNumbers>();

/** The numbers of an RSA key that OpenSSL made; one of a size for a file of tests. */
export function rsaNumbers(bits: number, publicExponent = 65_537): RsaPrivateNumbers {
  const id = `${bits}/${publicExponent}`;
  let numbers = made.get(id);
  if (numbers === undefined) {
    const jwk = generateKeyPairSync("rsa", { modulusLength: bits, publicExponent }).privateKey.export({
      format: "jwk",
    });
    const entries = NAMES.map(([name, field]) => [
      name,
      Uint8Array.from(Buffer.from(jwk[field] as string, "base64url")),
    ]);
    numbers = Object.fromEntries(entries) as unknown as RsaPrivateNumbers;
    made.set(id, numbers);
  }
  return numbers;
}

/** A key of OpenSSL for RSASSA-PSS alone, with its parameters. */
export function pssKeyPair(
  hashAlgorithm: string,
  mgf1HashAlgorithm: string,
  saltLength: number,
): KeyPairKeyObjectResult {
  // The declarations want the length of the salt as text, which Node refuses.
  const salt = { saltLength } as unknown as { saltLength: string };
  return generateKeyPairSync("rsa-pss", { modulusLength: 2048, hashAlgorithm, mgf1HashAlgorithm, ...salt });
}
