import { concatBytes } from "../bytes/bytes.js";
import { fromBigInt, inverse, toBigInt } from "./bigint.js";
import type { CurveParameters } from "./curves.js";

/**
 * The point Q = k·P out of the x-coordinates of Q and of Q + P, where a backend gives nothing but x-coordinates.
 *
 * Spec: Brier and Joye, "Weierstraß Elliptic Curves and Side-Channel Attacks" (PKC 2002), proposition 3:
 * y(Q) = (2b + (a + x(P)·x(Q))·(x(P) + x(Q)) - x(Q + P)·(x(P) - x(Q))²) / 2·y(P).
 *
 * @param point - P as 04‖x‖y, on the curve.
 * @param x - x(Q), as long as the prime of the curve.
 * @param following - x(Q + P); undefined when Q + P is the point at infinity, so that Q = -P.
 * @returns Q as 04‖x‖y.
 */
export function recoverY(
  curve: CurveParameters,
  point: Uint8Array,
  x: Uint8Array,
  following: Uint8Array | undefined,
): Uint8Array {
  const { bytes } = curve;
  const [p, a, b] = [curve.p, curve.a, curve.b].map((hex) => BigInt(`0x${hex}`)) as [bigint, bigint, bigint];
  const x1 = toBigInt(point.subarray(1, 1 + bytes));
  const y1 = toBigInt(point.subarray(1 + bytes));
  const x2 = toBigInt(x);
  let y2 = p - y1;
  if (following !== undefined) {
    const difference = x1 - x2;
    const numerator = 2n * b + (a + x1 * x2) * (x1 + x2) - toBigInt(following) * difference * difference;
    // No point of a curve of odd order has y = 0, so that the inverse exists.
    y2 = (((numerator % p) + p) * (inverse(2n * y1, p) as bigint)) % p;
  }
  return concatBytes(Uint8Array.of(0x04), x, fromBigInt(y2, bytes));
}
