import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../src/bytes/bytes.js";
import { CURVES, curveByName } from "../../src/crypto/curves.js";
import {
  ecAdd,
  ecEncodeToPoint,
  ecMapGeneric,
  ecMultiply,
  ecPublicPoint,
  ecSharedX,
  isPoint,
  scalarQuotient,
} from "../../src/crypto/points.js";
import { isScalar, randomScalar, reduceScalar } from "../../src/crypto/scalar.js";

const number = (value: bigint, bytes: number): Uint8Array => fromHex(value.toString(16).padStart(2 * bytes, "0"));

describe.each(CURVES.map((row) => [row.name, row] as const))("%s", (curve, row) => {
  const g = fromHex(row.g);
  const n = BigInt(`0x${row.n}`);
  const scalar = (value: bigint): Uint8Array => number(value, row.bytes);

  it("multiplies as its order says: 1, n - 1, and what adds up", () => {
    expect(toHex(ecMultiply(curve, scalar(1n), g))).toBe(row.g);
    const negative = ecMultiply(curve, scalar(n - 1n), g);
    expect(toHex(negative.subarray(0, 1 + row.bytes))).toBe(row.g.slice(0, 2 + 2 * row.bytes));
    expect(ecAdd(curve, g, negative)).toBeUndefined();
    const double = ecAdd(curve, g, g) as Uint8Array;
    expect(toHex(ecMultiply(curve, scalar(2n), g))).toBe(toHex(double));
    expect(toHex(ecAdd(curve, double, negative) as Uint8Array)).toBe(row.g);
    // of a point that is not the base point
    expect(toHex(ecMultiply(curve, scalar(n - 2n), double))).toBe(toHex(ecMultiply(curve, scalar(n - 4n), g)));
  });

  it("(a·b)·G = a·(b·G), and a·G + b·G = (a + b)·G", () => {
    const draw = fc.bigInt({ min: 2n, max: n - 2n });
    fc.assert(
      fc.property(draw, draw, (a, b) => {
        const B = ecPublicPoint(curve, scalar(b));
        const product = ecMultiply(curve, scalar(a), B);
        expect(toHex(product)).toBe(toHex(ecPublicPoint(curve, scalar((a * b) % n))));
        expect(isPoint(curve, product)).toBe(true);
        expect(toHex(ecSharedX(curve, scalar(a), B))).toBe(toHex(product.slice(1, 1 + row.bytes)));
        expect(toHex(ecMultiply(curve, scalar(a), g))).toBe(toHex(ecPublicPoint(curve, scalar(a))));
        const sum = (a + b) % n;
        const A = ecPublicPoint(curve, scalar(a));
        expect(ecAdd(curve, A, B)).toEqual(sum === 0n ? undefined : ecPublicPoint(curve, scalar(sum)));
        expect(toHex(scalarQuotient(curve, scalar(a), scalar((a * b) % n)))).toBe(toHex(scalar(b)));
      }),
      { numRuns: 3 },
    );
  });

  it("takes points of the curve alone", () => {
    const off = g.slice();
    off[off.length - 1] = (off[off.length - 1] as number) ^ 1;
    expect(isPoint(curve, g)).toBe(true);
    for (const bad of [off, g.subarray(1), g.subarray(0, 1 + row.bytes), new Uint8Array(g.length), new Uint8Array(1)]) {
      expect(isPoint(curve, bad)).toBe(false);
      expect(() => ecMultiply(curve, scalar(5n), bad)).toThrow(RangeError);
      expect(() => ecSharedX(curve, scalar(5n), bad)).toThrow(RangeError);
    }
    // a coordinate of p or more is another form of a point
    const p = BigInt(`0x${row.p}`);
    expect(isPoint(curve, fromHex(`04${toHex(number(p, row.bytes))}${row.g.slice(2 + 2 * row.bytes)}`))).toBe(false);
    for (const bad of [0n, n]) {
      expect(() => ecMultiply(curve, scalar(bad), g)).toThrow(RangeError);
      expect(() => ecSharedX(curve, scalar(bad), g)).toThrow(RangeError);
      expect(() => ecPublicPoint(curve, scalar(bad))).toThrow(RangeError);
      expect(() => scalarQuotient(curve, scalar(bad), scalar(1n))).toThrow(RangeError);
    }
  });

  it("maps a nonce of any length", () => {
    const h = ecPublicPoint(curve, scalar(7n));
    expect(toHex(ecMapGeneric(curve, number(n + 5n, row.bytes + 8), h) as Uint8Array)).toBe(
      toHex(ecPublicPoint(curve, scalar(12n))),
    );
    expect(toHex(ecMapGeneric(curve, new Uint8Array(16), h) as Uint8Array)).toBe(toHex(h));
    expect(ecMapGeneric(curve, scalar(n - 7n), h)).toBeUndefined();
  });

  it("encodes field elements as points, where the prime allows it", () => {
    if (curve === "P-224") {
      expect(() => ecEncodeToPoint(curve, Uint8Array.of(5))).toThrow(RangeError);
      return;
    }
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: row.bytes + 16 }), (element) => {
        fc.pre(element.some((byte) => byte > 1));
        const point = ecEncodeToPoint(curve, element) as Uint8Array;
        expect(isPoint(curve, point)).toBe(true);
        expect(reduceScalar(element, row.p).length).toBe(row.bytes);
      }),
      { numRuns: 8 },
    );
    expect(ecEncodeToPoint(curve, new Uint8Array(4))).toBeUndefined();
    expect(ecEncodeToPoint(curve, Uint8Array.of(1))).toBeUndefined();
  });

  it("encodes them to the same points, but for the sign, by the other formula of the standard, B.3", () => {
    if (curve === "P-224") return expect(BigInt(`0x${row.p}`) % 4n).toBe(1n);
    fc.assert(
      fc.property(fc.bigInt({ min: 2n, max: BigInt(`0x${row.p}`) - 2n }), (t) => {
        const affine = ecEncodeToPoint(curve, number(t, row.bytes)) as Uint8Array;
        const negative = ecMultiply(curve, scalar(n - 1n), affine);
        expect([affine, negative].map(toHex)).toContain(jacobian(row, t));
      }),
      { numRuns: 5 },
    );
  });

  it("draws scalars in range", () => {
    let next = 0xff;
    const random = (length: number) => {
      next -= 0x10;
      return new Uint8Array(length).fill(next);
    };
    expect(isScalar(randomScalar(row.n, random), fromHex(row.n))).toBe(true);
    expect(() => randomScalar(row.n, (length) => new Uint8Array(length))).toThrow(RangeError);
    expect(() => randomScalar(row.n, () => new Uint8Array(3))).toThrow(RangeError);
  });
});

it("refuses forms that are no uncompressed points", () => {
  const { g } = curveByName("P-256");
  const compressed = fromHex(`03${g.slice(2, 66)}`);
  expect(() => ecAdd("P-256", compressed, fromHex(g))).toThrow(RangeError);
  expect(() => ecMapGeneric("P-256", new Uint8Array(16), compressed)).toThrow(RangeError);
});

/** Point encoding by Jacobian coordinates, 9303-11 appendix B.3, with the inverse at the end by Fermat's theorem. */
function jacobian(row: (typeof CURVES)[number], t: bigint): string {
  const [p, a, b] = [row.p, row.a, row.b].map((hex) => BigInt(`0x${hex}`)) as [bigint, bigint, bigint];
  const mod = (x: bigint): bigint => ((x % p) + p) % p;
  const power = (x: bigint, e: bigint): bigint => {
    let result = 1n;
    for (let rest = e, base = mod(x); rest > 0n; rest >>= 1n, base = mod(base * base)) {
      if ((rest & 1n) === 1n) result = mod(result * base);
    }
    return result;
  };
  const alpha = mod(-t * t);
  const z = mod(a * (alpha + alpha * alpha));
  const x2 = mod(-b * z * (1n + alpha + alpha * alpha));
  const x3 = mod(alpha * x2);
  const curveAt = (x: bigint): bigint => mod(x * x * x + a * x * power(z, 4n) + b * power(z, 6n));
  const h2 = curveAt(x2);
  const u = mod(-alpha * t * h2);
  const root = power(h2, p - 1n - (p + 1n) / 4n);
  const [x, y] = mod(root * root * h2) === 1n ? [x2, mod(root * h2)] : [x3, mod(root * u)];
  const inverse = power(z, p - 2n);
  const hex = (value: bigint): string =>
    mod(value)
      .toString(16)
      .padStart(2 * row.bytes, "0");
  return `04${hex(x * inverse * inverse)}${hex(y * power(inverse, 3n))}`;
}
