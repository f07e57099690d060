import { primitives } from "#primitives";
import { HASHES, type HashAlgorithm } from "../hash.js";
import type { AnyHashName } from "../primitives.js";

/** SHA-1 as a table row, kept apart from `HASHES` so that no list of hash functions to sign with contains it. */
export const SHA1: HashAlgorithm<"SHA-1"> = { name: "SHA-1", oid: "1.3.14.3.2.26", size: 20 };

/**
 * SHA-1 digest (20 bytes), behind a fence.
 *
 * Spec: FIPS 180-4 §6.1.
 *
 * Collisions can be made for SHA-1, so nothing new may be signed with it. Two uses remain, and an import from `legacy/`
 * marks each: key derivation that the standard fixes on SHA-1 (ICAO 9303-11 §9.7.1, where a collision gains nothing), and
 * checking signatures on documents already issued, where the use is a finding of the report.
 */
export function sha1(data: Uint8Array): Uint8Array {
  return primitives.hash("SHA-1", data);
}

/**
 * Digest with any hash function, SHA-1 included, for checking what exists; to make something new use `hash`.
 *
 * @throws {RangeError} for a name that is no hash function of this package.
 */
export function hashAny(name: AnyHashName, data: Uint8Array): Uint8Array {
  if (name !== SHA1.name && !HASHES.some((row) => row.name === name)) {
    throw new RangeError(`hashAny: ${JSON.stringify(name)} is not a hash function of this package`);
  }
  return primitives.hash(name, data);
}

/** The row of any hash function's object identifier, SHA-1 included, or undefined; for checking what exists. */
export function anyHashByOid(oid: string): HashAlgorithm<AnyHashName> | undefined {
  return oid === SHA1.oid ? SHA1 : HASHES.find((row) => row.oid === oid);
}
