import { primitives } from "#primitives";
import { concatBytes, equalBytes, fromHex } from "../bytes/bytes.js";
import { fromBigInt, inverse, powSecret, toBigInt } from "./bigint.js";
import { type CurveParameters, curveByName } from "./curves.js";
import type { CurveName } from "./primitives.js";
import { isScalar, reduceScalar } from "./scalar.js";

/**
 * scalar·point.
 *
 * Spec: SEC 1 §2.2.1; TR-03111 §4.3.1 (ECKA: the cofactor of every curve here is 1).
 *
 * @param scalar - As long as the order of the curve, from 1 to n - 1; left alone.
 * @param point - Uncompressed, 04‖x‖y.
 * @returns A new array, 04‖x‖y: never infinity, because the order is prime.
 * @throws {RangeError} when the scalar is out of range, or the point has another form or is not on the curve.
 * @example
 * const shared = ecMultiply("brainpoolP256r1", ownScalar, theirPoint);
 */
export function ecMultiply(curve: CurveName, scalar: Uint8Array, point: Uint8Array): Uint8Array {
  const row = curveByName(curve);
  if (!isScalar(scalar, fromHex(row.n))) {
    throw new RangeError(`ecMultiply: the scalar must be ${row.bytes} bytes, from 1 to n - 1`);
  }
  checkForm("ecMultiply", row, point);
  // Backends have a short way for the generator, and a long one for other points: under Node eight times as long.
  if (equalBytes(point, fromHex(row.g))) return primitives.ecPublicPoint(curve, scalar);
  return primitives.ecMultiply(curve, scalar, point);
}

/**
 * The x-coordinate of scalar·point: the shared secret of ECDH, which is all that most backends give at once.
 *
 * Spec: SEC 1 §3.3.1; TR-03111 §4.3.1.
 *
 * @param scalar - As in {@link ecMultiply}; so is `point`.
 * @returns A new array as long as the prime.
 * @throws {RangeError} as {@link ecMultiply}.
 */
export function ecSharedX(curve: CurveName, scalar: Uint8Array, point: Uint8Array): Uint8Array {
  const row = curveByName(curve);
  if (!isScalar(scalar, fromHex(row.n))) {
    throw new RangeError(`ecSharedX: the scalar must be ${row.bytes} bytes, from 1 to n - 1`);
  }
  checkForm("ecSharedX", row, point);
  return primitives.ecSharedX(curve, scalar, point);
}

/** scalar·G, the public point of a scalar; a scalar out of range throws as in {@link ecMultiply}. */
export function ecPublicPoint(curve: CurveName, scalar: Uint8Array): Uint8Array {
  const row = curveByName(curve);
  if (!isScalar(scalar, fromHex(row.n))) {
    throw new RangeError(`ecPublicPoint: the scalar must be ${row.bytes} bytes, from 1 to n - 1`);
  }
  return primitives.ecPublicPoint(curve, scalar);
}

/** Whether bytes are an uncompressed point 04‖x‖y of the curve, with both coordinates below p. */
export function isPoint(curve: CurveName, point: Uint8Array): boolean {
  const row = curveByName(curve);
  if (point.length !== 1 + 2 * row.bytes || point[0] !== 0x04) return false;
  const { p, a, b } = numbersOf(row);
  const { x, y } = coordinates(row, point);
  return x < p && y < p && (y * y - (x * x * x + a * x + b)) % p === 0n;
}

/**
 * The sum of two points.
 *
 * Spec: SEC 1 §2.2.1. Not constant time.
 *
 * @param first - On the curve, uncompressed; so is `second`.
 * @returns A new array, 04‖x‖y; undefined when the sum is the point at infinity.
 * @throws {RangeError} when a point has another form.
 */
export function ecAdd(curve: CurveName, first: Uint8Array, second: Uint8Array): Uint8Array | undefined {
  const row = curveByName(curve);
  checkForm("ecAdd", row, first);
  checkForm("ecAdd", row, second);
  const { p, a } = numbersOf(row);
  const P = coordinates(row, first);
  const Q = coordinates(row, second);
  if (P.x === Q.x && (P.y + Q.y) % p === 0n) return undefined;
  const slope =
    P.x === Q.x
      ? (3n * P.x * P.x + a) * (inverse(2n * P.y, p) as bigint)
      : (Q.y - P.y) * (inverse(Q.x - P.x, p) as bigint);
  const x = modulo(slope * slope - P.x - Q.x, p);
  return encodePoint(row, x, modulo(slope * (P.x - x) - P.y, p));
}

/**
 * The generic mapping of PACE: nonce·G + H.
 *
 * Spec: ICAO 9303-11 §4.4.3.3.1; worked example: appendix G.1 (pace-gm-ecdh-example-G1.json).
 *
 * @param nonce - Of any length; taken modulo the order.
 * @param h - The shared secret point, on the curve.
 * @returns The mapped generator; undefined when it would be the point at infinity.
 * @throws {RangeError} when `h` has another form.
 */
export function ecMapGeneric(curve: CurveName, nonce: Uint8Array, h: Uint8Array): Uint8Array | undefined {
  const row = curveByName(curve);
  checkForm("ecMapGeneric", row, h);
  const scalar = reduceScalar(nonce, row.n);
  return isScalar(scalar, fromHex(row.n)) ? ecAdd(curve, primitives.ecPublicPoint(curve, scalar), h) : h.slice();
}

/**
 * The point encoding of the integrated mapping: a field element to a point, without branches that tell it.
 *
 * Spec: ICAO 9303-11 appendix B.2 (Brier, Coron, Icart, Madore, Randriam, Tibouchi); worked example: appendix H.1
 * (pace-im-ecdh-example-H1.json).
 *
 * Appendix B.3, which is said to give the identical point, gives its negative for every other element (where Z is no square). That
 * goes unnoticed: what PACE makes of the point is an x-coordinate, and those are the same.
 *
 * @param element - Big-endian, of any length; taken modulo p.
 * @returns 04‖x‖y; undefined for the few elements that the formula does not take (0, and those with α + α² = 0).
 * @throws {RangeError} for a curve with p ≡ 1 mod 4, which is P-224 alone.
 */
export function ecEncodeToPoint(curve: CurveName, element: Uint8Array): Uint8Array | undefined {
  const row = curveByName(curve);
  const { p, a, b } = numbersOf(row);
  if (p % 4n !== 3n)
    throw new RangeError(`ecEncodeToPoint: ${curve} has a prime that the point encoding does not take`);
  const t = toBigInt(element) % p;
  const alpha = modulo(-t * t, p); // 1
  const sum = (alpha + alpha * alpha) % p;
  const divisor = inverse((a * sum) % p, p);
  if (divisor === undefined) return undefined;
  const x2 = modulo(-b * (1n + sum) * divisor, p); // 2: -b/a · (1 + 1/(α + α²))
  const x3 = (alpha * x2) % p; // 3
  const h2 = (x2 * x2 * x2 + a * x2 + b) % p; // 4
  const u = (t * t * t * h2) % p; // 6
  const root = powSecret(h2, p - 1n - (p + 1n) / 4n, p); // 7: A = h2^(p-1-(p+1)/4)
  // 8 and 9: one of h2 and h3 is a square, and (A·U)² = h3 when h2 is none
  const isSquare = (root * root * h2) % p === 1n;
  return isSquare ? encodePoint(row, x2, (root * h2) % p) : encodePoint(row, x3, (root * u) % p);
}

/**
 * first⁻¹·second modulo the order of a curve: the chip authentication data of PACE.
 *
 * Spec: ICAO 9303-11 §4.4.3.5.1; worked example: appendix I.1 (pace-cam-ecdh-example-I1.json).
 *
 * @param first - A scalar as {@link ecMultiply} takes it; so is `second`.
 * @returns A new array as long as the order.
 * @throws {RangeError} when a scalar is out of range.
 */
export function scalarQuotient(curve: CurveName, first: Uint8Array, second: Uint8Array): Uint8Array {
  const row = curveByName(curve);
  const order = fromHex(row.n);
  if (!isScalar(first, order) || !isScalar(second, order)) {
    throw new RangeError(`scalarQuotient: a scalar must be ${row.bytes} bytes, from 1 to n - 1`);
  }
  const n = BigInt(`0x${row.n}`);
  // n is prime: the inverse is a power, calculated with the same steps for every secret.
  return fromBigInt((powSecret(toBigInt(first), n - 2n, n) * toBigInt(second)) % n, row.bytes);
}

function checkForm(name: string, { bytes, name: curve }: CurveParameters, point: Uint8Array): void {
  if (point.length === 1 + 2 * bytes && point[0] === 0x04) return;
  throw new RangeError(`${name}: a point of ${curve} is 04‖x‖y in ${1 + 2 * bytes} bytes`);
}

function numbersOf(row: CurveParameters): { p: bigint; a: bigint; b: bigint } {
  const number = (hex: string): bigint => BigInt(`0x${hex}`);
  return { p: number(row.p), a: number(row.a), b: number(row.b) };
}

function coordinates({ bytes }: CurveParameters, point: Uint8Array): { x: bigint; y: bigint } {
  return { x: toBigInt(point.subarray(1, 1 + bytes)), y: toBigInt(point.subarray(1 + bytes)) };
}

function encodePoint({ bytes }: CurveParameters, x: bigint, y: bigint): Uint8Array {
  return concatBytes(Uint8Array.of(0x04), fromBigInt(x, bytes), fromBigInt(y, bytes));
}

function modulo(value: bigint, p: bigint): bigint {
  return ((value % p) + p) % p;
}
