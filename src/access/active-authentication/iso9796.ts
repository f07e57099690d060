import { concatBytes, equalBytes, xorBytes } from "../../bytes/bytes.js";
import { hashAny } from "../../crypto/legacy/sha1.js";
import type { AnyHashName } from "../../crypto/primitives.js";

/** Hash function of each two-byte trailer …CC; BC alone means SHA-1 here (ICAO 9303-11 §6.1.2.2; 33CC: ISO/IEC 10118-3). */
const TRAILERS: Readonly<Record<number, AnyHashName>> = {
  51: "SHA-1",
  52: "SHA-256",
  53: "SHA-512",
  54: "SHA-384",
  56: "SHA-224",
};

/** The trailer that a chip writes for a hash function: BC for SHA-1, as the standard asks. */
export function trailerOf(hash: AnyHashName): Uint8Array {
  if (hash === "SHA-1") return Uint8Array.of(0xbc);
  const [first] = Object.entries(TRAILERS).find(([, name]) => name === hash) as [string, AnyHashName];
  return Uint8Array.of(Number(first), 0xcc);
}

/** What a message representative says. */
export interface RecoveredMessage {
  readonly hash: AnyHashName;
  /** The trailer as it stands: 1 or 2 bytes. */
  readonly trailer: Uint8Array;
  /** M1, the nonce of the chip. */
  readonly m1: Uint8Array;
}

const HASH_SIZES: Readonly<Record<AnyHashName, number>> = {
  "SHA-1": 20,
  "SHA-224": 28,
  "SHA-256": 32,
  "SHA-384": 48,
  "SHA-512": 64,
};

/**
 * Whether a message representative fits a challenge, and what it holds.
 *
 * Spec: ISO/IEC 9796-2 digital signature scheme 1 with partial recovery, as ICAO 9303-11 §6.1.2.2 profiles it. Vectors: 9303-11
 * App. F (BC, active-authentication-example-F.json), active-authentication-rsa1024-bc.json, active-authentication-sm-3des.json
 * (34CC).
 *
 * F = 6A ‖ M1 ‖ H(M1 ‖ M2) ‖ trailer; where M1 is shorter, 6B BB … BA stands in front. With a modulus whose length is no multiple
 * of 8 bits the header starts at its highest bit or at a byte or half of one, and M1 is padded with zero bits in front: all these
 * are tried, and the hash covers everything behind the header. No vector is published for such lengths.
 *
 * @param f - As long as the modulus.
 * @param bits - Length of the modulus.
 * @param m2 - The challenge.
 * @returns undefined when the representative is no such thing, or the hash is another one.
 */
export function openRepresentative(f: Uint8Array, bits: number, m2: Uint8Array): RecoveredMessage | undefined {
  const last = f[f.length - 1];
  const one = last === 0xbc;
  const hash = one ? "SHA-1" : last === 0xcc ? TRAILERS[f[f.length - 2] as number] : undefined;
  if (hash === undefined) return undefined;
  const trailer = f.slice(one ? -1 : -2);
  const digestAt = f.length - trailer.length - HASH_SIZES[hash];
  if (digestAt < 1) return undefined;
  const digest = f.subarray(digestAt, f.length - trailer.length);
  for (const { start, mask } of headerEnds(f, bits)) {
    if (start > digestAt) continue;
    const m1 = f.slice(start, digestAt);
    if (mask !== 0xff && m1.length > 0) m1[0] = (m1[0] as number) & mask;
    if (equalBytes(hashAny(hash, concatBytes(m1, m2)), digest)) return { hash, trailer, m1 };
  }
  return undefined;
}

/** Where M1 starts, and which bits of its first byte belong to it. */
interface HeaderEnd {
  readonly start: number;
  readonly mask: number;
}

function headerEnds(f: Uint8Array, bits: number): readonly HeaderEnd[] {
  const unused = 8 * f.length - bits;
  const ends: HeaderEnd[] = [];
  for (const from of unused === 4 ? [1] : [0]) {
    const start = headerEnd(f, from);
    if (start !== undefined) ends.push({ start, mask: 0xff });
  }
  if (unused !== 0) {
    const header = ((f[0] as number) << unused) | ((f[1] as number) >> (8 - unused));
    if (header === HEADER) ends.push({ start: 1, mask: 0xff >> unused });
  }
  return ends;
}

/** Two bits 01, one for partial recovery, then the end of the padding. */
const HEADER = 0x6a;

/** Reads 6, any number of B, A from nibble `from` on, up to a whole byte. */
function headerEnd(f: Uint8Array, from: number): number | undefined {
  const nibble = (at: number): number => ((f[at >> 1] as number) >> (at % 2 === 0 ? 4 : 0)) & 0x0f;
  if ((from === 1 && nibble(0) !== 0) || nibble(from) !== 6) return undefined;
  for (let at = from + 1; at < 2 * f.length; at++) {
    if (nibble(at) === 0x0a) return at % 2 === 1 ? (at + 1) >> 1 : undefined;
    if (nibble(at) !== 0x0b) return undefined;
  }
  return undefined;
}

/**
 * The message representative that a chip signs. Vectors as for {@link openRepresentative}.
 *
 * @param bits - Length of the modulus.
 * @param random - Gives M1, as long as there is room for.
 * @returns As many bytes as the modulus, and less than it.
 * @throws {RangeError} when the modulus is too short for the hash.
 */
export function buildRepresentative(
  bits: number,
  hash: AnyHashName,
  m2: Uint8Array,
  random: (length: number) => Uint8Array,
): Uint8Array {
  const size = Math.ceil(bits / 8);
  const unused = 8 * size - bits;
  const trailer = trailerOf(hash);
  // M1 has c - 4 bits, so that the header is 6A at the highest bit of the modulus; the 0 in front of it keeps F below that.
  const room = size - 1 - HASH_SIZES[hash] - trailer.length;
  if (room < 1) throw new RangeError(`active authentication: ${bits} bits are too few for ${hash}`);
  const m1 = random(room).slice();
  m1[0] = (m1[0] as number) & (0xff >> unused);
  const f = concatBytes(Uint8Array.of(0), m1, hashAny(hash, concatBytes(m1, m2)), trailer);
  f[0] = HEADER >> unused;
  f[1] = (f[1] as number) | ((HEADER << (8 - unused)) & 0xff);
  return f;
}

/** n - value; the recovered value is F or this (ISO/IEC 9796-2 B.4). Both as long as n, and value below n. */
export function complement(n: Uint8Array, value: Uint8Array): Uint8Array {
  const out = xorBytes(n, n);
  let borrow = 0;
  for (let i = n.length - 1; i >= 0; i--) {
    const difference = (n[i] as number) - (value[i] as number) - borrow;
    borrow = difference < 0 ? 1 : 0;
    out[i] = difference & 0xff;
  }
  return out;
}
