import { fromHex, toHex } from "../bytes/bytes.js";

/** An unsigned big-endian number. Bytes that are secret stay in memory as a bigint until it is collected: it cannot be wiped. */
export function toBigInt(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${toHex(bytes)}`);
}

/** A number as exactly `length` bytes, big-endian; it must fit. */
export function fromBigInt(value: bigint, length: number): Uint8Array {
  return fromHex(value.toString(16).padStart(2 * length, "0"));
}

/** Bits of a number without leading zeros, given without leading zero bytes. */
export function bitLength(bytes: Uint8Array): number {
  return bytes.length === 0 ? 0 : 8 * bytes.length - (Math.clz32(bytes[0] as number) - 24);
}

/** value^exponent mod modulus by squaring; time follows the bits of the exponent, so the exponent is a public one. */
export function powPublic(value: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = value % modulus;
  for (const bit of exponent.toString(2).slice(1)) {
    result = (result * result) % modulus;
    if (bit === "1") result = (result * value) % modulus;
  }
  return result;
}

/**
 * value^exponent mod modulus with a fixed window of four bits: the same operations for every exponent of the same length.
 * The operations of bigint themselves take time by their values, so this needs blinding of `value`.
 */
export function powSecret(value: bigint, exponent: bigint, modulus: bigint): bigint {
  const table = [1n, value % modulus];
  for (let i = 2; i < 16; i++) table.push(((table[i - 1] as bigint) * (table[1] as bigint)) % modulus);
  let result = 1n;
  for (const digit of exponent.toString(16)) {
    for (let i = 0; i < 4; i++) result = (result * result) % modulus;
    result = (result * (table[Number.parseInt(digit, 16)] as bigint)) % modulus;
  }
  return result;
}

/** The inverse of a number modulo another, by Euclid's extended algorithm; undefined when there is none. */
export function inverse(value: bigint, modulus: bigint): bigint | undefined {
  let [a, b, x, y] = [modulus, ((value % modulus) + modulus) % modulus, 0n, 1n];
  while (b !== 0n) {
    const quotient = a / b;
    [a, b] = [b, a - quotient * b];
    [x, y] = [y, x - quotient * y];
  }
  return a === 1n ? ((x % modulus) + modulus) % modulus : undefined;
}
