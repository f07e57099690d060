import { primitives } from "#primitives";
import type { AnyHashName } from "./primitives.js";

/** Hash functions fit for new signatures; SHA-1 lives behind `legacy/sha1.ts`. */
export type HashName = Exclude<AnyHashName, "SHA-1">;

/** One row of {@link HASHES}. */
export interface HashAlgorithm<Name extends AnyHashName = HashName> {
  readonly name: Name;
  /** Object identifier, dotted. */
  readonly oid: string;
  /** Bytes of a digest. */
  readonly size: number;
}

/**
 * The hash functions of ICAO 9303, as data.
 *
 * Spec: FIPS 180-4; object identifiers of NIST CSOR (RFC 5754 §2); ICAO 9303-12 §4.1.6.4.
 */
export const HASHES: readonly HashAlgorithm[] = [
  { name: "SHA-224", oid: "2.16.840.1.101.3.4.2.4", size: 28 },
  { name: "SHA-256", oid: "2.16.840.1.101.3.4.2.1", size: 32 },
  { name: "SHA-384", oid: "2.16.840.1.101.3.4.2.2", size: 48 },
  { name: "SHA-512", oid: "2.16.840.1.101.3.4.2.3", size: 64 },
];

const BY_NAME: ReadonlyMap<string, HashAlgorithm> = new Map(HASHES.map((row) => [row.name, row]));

/** Whether a name is that of a hash function for new signatures, also where types are circumvented. */
export const isModernHash = (name: string): name is HashName => BY_NAME.has(name);

/** The row of a hash function's object identifier (dotted), or undefined when it is not one of {@link HASHES}. */
export function hashByOid(oid: string): HashAlgorithm | undefined {
  return HASHES.find((row) => row.oid === oid);
}

/**
 * Digest of `data`.
 *
 * Spec: FIPS 180-4.
 *
 * @param name - A hash function of {@link HASHES}; SHA-1 is refused here even when the types are circumvented.
 * @returns A new array of 28, 32, 48 or 64 bytes.
 * @throws {RangeError} for any other name.
 * @example
 * toHex(hash("SHA-256", utf8("abc"))); // "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
 */
export function hash(name: HashName, data: Uint8Array): Uint8Array {
  if (!BY_NAME.has(name)) throw new RangeError(`hash: ${JSON.stringify(name)} is not offered here`);
  return primitives.hash(name, data);
}

/**
 * Digest of `data` into the caller's bytes: in a batch, the small arrays that {@link hash} returns cost more than copying.
 *
 * @param at - Where the digest starts in `out`, which has room for it.
 * @throws {RangeError} for a name that is not in {@link HASHES}, and when there is no room.
 */
export function hashInto(name: HashName, data: Uint8Array, out: Uint8Array, at: number): void {
  const row = BY_NAME.get(name);
  if (row === undefined) throw new RangeError(`hashInto: ${JSON.stringify(name)} is not offered here`);
  if (!(at >= 0 && at + row.size <= out.length)) throw new RangeError(`hashInto: ${row.size} bytes are needed`);
  primitives.hashInto(name, data, out, at);
}
