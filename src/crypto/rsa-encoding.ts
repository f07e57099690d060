import { concatBytes, equalBytes, fromHex } from "../bytes/bytes.js";
import { bitLength } from "./bigint.js";
import type { AnyHashName, RsaScheme } from "./primitives.js";

/** A hash function and the bytes of its digest. */
export interface HashFunction {
  readonly size: number;
  readonly digest: (data: Uint8Array) => Uint8Array;
}

/** Hash functions by name, as the backend has them. */
export type HashTable = (name: AnyHashName) => HashFunction;

/** DigestInfo up to the digest itself, DER with NULL parameters (RFC 8017 §9.2, note 1). */
const DIGEST_INFO: Readonly<Record<AnyHashName, string>> = {
  "SHA-1": "3021300906052b0e03021a05000414",
  "SHA-224": "302d300d06096086480165030402040500041c",
  "SHA-256": "3031300d060960864801650304020105000420",
  "SHA-384": "3041300d060960864801650304020205000430",
  "SHA-512": "3051300d060960864801650304020305000440",
};

/**
 * EMSA-PKCS1-v1_5: the block 00 01 FF … FF 00‖DigestInfo. A verifier makes the block and compares all of it, so that nothing
 * can stand behind the hash or between the parts (Bleichenbacher's forgery of 2006).
 *
 * Spec: RFC 8017 §9.2. Pinned by the Wycheproof vectors `rsa_signature_*`.
 *
 * @param size - Bytes of the modulus.
 * @param nullParameters - Whether DigestInfo states NULL parameters, as it should; without them it is the second form that
 *   RFC 8017 appendix B.1 mentions.
 * @returns undefined when the modulus is too short.
 */
export function encodePkcs1(
  hash: AnyHashName,
  digest: Uint8Array,
  size: number,
  nullParameters = true,
): Uint8Array | undefined {
  const prefix = fromHex(DIGEST_INFO[hash]);
  const info = nullParameters ? concatBytes(prefix, digest) : concatBytes(withoutNull(prefix), digest);
  // At least eight bytes FF.
  if (info.length + 11 > size) return undefined;
  const block = new Uint8Array(size).fill(0xff);
  block[0] = 0;
  block[1] = 1;
  block[size - info.length - 1] = 0;
  block.set(info, size - info.length);
  return block;
}

/** 30 L1 30 L2 06 … 05 00 04 n, without the NULL and so two bytes shorter at both levels. */
function withoutNull(prefix: Uint8Array): Uint8Array {
  const nullAt = prefix.length - 4;
  const shorter = concatBytes(prefix.subarray(0, nullAt), prefix.subarray(nullAt + 2));
  for (const at of [1, 3]) shorter[at] = (shorter[at] as number) - 2;
  return shorter;
}

/** MGF1 (RFC 8017 appendix B.2.1). */
export function mgf1(seed: Uint8Array, length: number, { size, digest }: HashFunction): Uint8Array {
  const mask = new Uint8Array(Math.ceil(length / size) * size);
  const input = new Uint8Array(seed.length + 4);
  input.set(seed);
  // The counter takes four bytes; no modulus needs more than the last of them.
  for (let counter = 0; counter * size < length; counter++) {
    input[input.length - 1] = counter;
    mask.set(digest(input), counter * size);
  }
  return mask.subarray(0, length);
}

/**
 * EMSA-PSS-ENCODE.
 *
 * Spec: RFC 8017 §9.1.1.
 *
 * @param digest - Hash of the message.
 * @param bits - Bits of the modulus; the block has one bit less.
 * @returns As many bytes as the block of `bits - 1` bits takes; undefined when the modulus is too short for hash and salt.
 */
export function encodePss(
  digest: Uint8Array,
  salt: Uint8Array,
  bits: number,
  hash: HashFunction,
  mgf: HashFunction,
): Uint8Array | undefined {
  const size = Math.ceil((bits - 1) / 8);
  const maskedSize = size - hash.size - 1;
  if (maskedSize < salt.length + 1) return undefined;
  const block = new Uint8Array(size);
  const h = hash.digest(concatBytes(new Uint8Array(8), digest, salt));
  block[maskedSize - salt.length - 1] = 1;
  block.set(salt, maskedSize - salt.length);
  const mask = mgf1(h, maskedSize, mgf);
  for (let i = 0; i < maskedSize; i++) block[i] = (block[i] as number) ^ (mask[i] as number);
  block[0] = (block[0] as number) & (0xff >> (8 * size - (bits - 1)));
  block.set(h, maskedSize);
  block[size - 1] = 0xbc;
  return block;
}

/**
 * EMSA-PSS-VERIFY with a salt of exactly `saltLength` bytes.
 *
 * Spec: RFC 8017 §9.1.2. Pinned by the Wycheproof vectors `rsa_pss_*`.
 *
 * @param block - Result of RSAVP1, as long as the modulus.
 * @param bits - Bits of the modulus.
 */
export function verifyPss(
  digest: Uint8Array,
  block: Uint8Array,
  saltLength: number,
  bits: number,
  hash: HashFunction,
  mgf: HashFunction,
): boolean {
  const size = Math.ceil((bits - 1) / 8);
  const maskedSize = size - hash.size - 1;
  // With 8k + 1 bits the block is a byte shorter than the modulus, and the byte before it is zero.
  if (block.length !== size && block[0] !== 0) return false;
  const em = block.subarray(block.length - size);
  if (maskedSize < saltLength + 1 || em[size - 1] !== 0xbc) return false;
  const topMask = 0xff >> (8 * size - (bits - 1));
  if (((em[0] as number) & ~topMask) !== 0) return false;
  const h = em.subarray(maskedSize, size - 1);
  const db = mgf1(h, maskedSize, mgf);
  for (let i = 0; i < maskedSize; i++) db[i] = (db[i] as number) ^ (em[i] as number);
  db[0] = (db[0] as number) & topMask;
  const saltAt = maskedSize - saltLength;
  for (let i = 0; i < saltAt - 1; i++) if (db[i] !== 0) return false;
  if (db[saltAt - 1] !== 1) return false;
  return equalBytes(h, hash.digest(concatBytes(new Uint8Array(8), digest, db.subarray(saltAt))));
}

/** RSASSA verification (RFC 8017 §8.1.2 and §8.2.2) over any RSAVP1. */
export function verifyBlock(
  recover: (signature: Uint8Array) => Uint8Array,
  modulus: Uint8Array,
  hashes: HashTable,
  name: AnyHashName,
  message: Uint8Array,
  signature: Uint8Array,
  scheme: RsaScheme,
): boolean {
  if (!isRepresentative(signature, modulus)) return false;
  const hash = hashes(name);
  const digest = hash.digest(message);
  const block = recover(signature);
  if (scheme.scheme === "PSS") {
    return verifyPss(digest, block, scheme.saltLength, bitLength(modulus), hash, hashes(scheme.mgfHash));
  }
  const expected = encodePkcs1(name, digest, modulus.length);
  return expected !== undefined && equalBytes(block, expected);
}

/** Whether a signature is as long as the modulus and less than it. */
export function isRepresentative(signature: Uint8Array, modulus: Uint8Array): boolean {
  if (signature.length !== modulus.length) return false;
  for (let i = 0; i < modulus.length; i++) {
    const difference = (signature[i] as number) - (modulus[i] as number);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
