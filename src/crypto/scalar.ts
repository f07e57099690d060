import { fromHex, wipe } from "../bytes/bytes.js";
import type { RandomSource } from "../bytes/random.js";
import { fromBigInt, toBigInt } from "./bigint.js";

/** Draws before the random source is held to be broken; a good one fails twice in a row once in 2^64. */
const MAX_DRAWS = 100;

/**
 * A secret number drawn evenly from 1 to order - 1 by rejection.
 *
 * Spec: FIPS 186-5 appendix A.2.2, SP 800-56A §5.6.1.1.4.
 *
 * @param order - Lower-case hex of the order of a group, without leading zero bytes.
 * @param random - Asked for as many bytes as `order` has, again for every draw that is out of range.
 * @returns A new array as long as `order`; the caller wipes it.
 * @throws {RangeError} when `random` gives arrays of the wrong length, or nothing in range in 100 draws.
 */
export function randomScalar(order: string, random: RandomSource): Uint8Array {
  const n = fromHex(order);
  const unused = Math.clz32(n[0] as number) - 24;
  for (let draw = 0; draw < MAX_DRAWS; draw++) {
    const scalar = Uint8Array.from(random(n.length));
    if (scalar.length !== n.length) {
      throw new RangeError(`randomScalar: the random source gave ${scalar.length} bytes for ${n.length}`);
    }
    // The unused bits on top of P-521 are cleared; else next to no draw would be in range.
    scalar[0] = (scalar[0] as number) & (0xff >> unused);
    if (isScalar(scalar, n)) return scalar;
    wipe(scalar);
  }
  throw new RangeError("randomScalar: the random source gives no usable number");
}

/** Whether 1 ≤ scalar < n, both of one length, without a branch on the scalar's bytes. */
export function isScalar(scalar: Uint8Array, n: Uint8Array): boolean {
  if (scalar.length !== n.length) return false;
  let borrow = 0;
  let any = 0;
  for (let i = n.length - 1; i >= 0; i--) {
    const byte = scalar[i] as number;
    borrow = ((byte - (n[i] as number) - borrow) >> 8) & 1;
    any |= byte;
  }
  return borrow === 1 && any !== 0;
}

/** A number of any length modulo `order`, as long as it; all zeros when it is a multiple. */
export function reduceScalar(number: Uint8Array, order: string): Uint8Array {
  return fromBigInt(toBigInt(number) % BigInt(`0x${order}`), order.length / 2);
}
