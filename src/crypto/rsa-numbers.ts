import { wipe } from "../bytes/bytes.js";
import { bitLength, toBigInt } from "./bigint.js";
import type { RsaPrivateNumbers, RsaPublicNumbers } from "./primitives.js";

/** Bits of the longest modulus; real CSCAs have up to 6144. */
const MOST_BITS = 8192;
/** The exponent ends here: OpenSSL refuses a larger one beside a modulus of more than 3072 bits, and no document has one. */
const MOST_EXPONENT_BITS = 64;

/** What is wrong with modulus and exponent, both without leading zeros. */
export function publicProblem({ modulus, publicExponent }: RsaPublicNumbers, leastBits: number): string | undefined {
  const bits = bitLength(modulus);
  if (bits < leastBits || bits > MOST_BITS) {
    return `have a modulus of ${bits} bits; ${leastBits} to ${MOST_BITS} are supported`;
  }
  if (isEven(modulus)) return "have an even modulus";
  const exponentBits = bitLength(publicExponent);
  if (exponentBits < 2 || exponentBits > MOST_EXPONENT_BITS || isEven(publicExponent)) {
    return `have a public exponent that is not odd, from 3 to 2^${MOST_EXPONENT_BITS} - 1`;
  }
  return undefined;
}

/** Whether the private numbers belong to each other and to modulus and exponent (RFC 8017 §3.2). */
export function fitTogether(numbers: RsaPrivateNumbers): boolean {
  const [n, e, d] = [numbers.modulus, numbers.publicExponent, numbers.privateExponent].map(toBigInt) as Three;
  const [p, q] = [numbers.prime1, numbers.prime2].map(toBigInt) as [bigint, bigint];
  const [dP, dQ, qInv] = [numbers.exponent1, numbers.exponent2, numbers.coefficient].map(toBigInt) as Three;
  if (p <= 3n || q <= 3n || p === q || p * q !== n || d >= n) return false;
  const [p1, q1] = [p - 1n, q - 1n];
  return (
    (d * e) % p1 === 1n && (d * e) % q1 === 1n && dP === d % p1 && dQ === d % q1 && qInv < p && (qInv * q) % p === 1n
  );
}

type Three = [bigint, bigint, bigint];

/** A copy of all numbers, without leading zeros. */
export function copyOf(numbers: RsaPrivateNumbers): RsaPrivateNumbers {
  return {
    modulus: significant(numbers.modulus),
    publicExponent: significant(numbers.publicExponent),
    privateExponent: significant(numbers.privateExponent),
    prime1: significant(numbers.prime1),
    prime2: significant(numbers.prime2),
    exponent1: significant(numbers.exponent1),
    exponent2: significant(numbers.exponent2),
    coefficient: significant(numbers.coefficient),
  };
}

/** Overwrites what is secret. */
export function wipeNumbers(numbers: RsaPrivateNumbers): void {
  wipe(numbers.privateExponent, numbers.prime1, numbers.prime2);
  wipe(numbers.exponent1, numbers.exponent2, numbers.coefficient);
}

/** A copy without leading zeros. */
export function significant(number: Uint8Array): Uint8Array {
  let from = 0;
  while (from < number.length && number[from] === 0) from++;
  return number.slice(from);
}

function isEven(number: Uint8Array): boolean {
  return ((number[number.length - 1] as number) & 1) === 0;
}
