import fc from "fast-check";
import { expect, test } from "vitest";
import { fromHex, toHex } from "../../src/bytes/bytes.js";
import { bitLength, fromBigInt, inverse, powPublic, powSecret, toBigInt } from "../../src/crypto/bigint.js";

const big = (bits: number) => fc.bigInt({ min: 0n, max: 2n ** BigInt(bits) - 1n });

test("bytes to numbers and back", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), (bytes) => {
      expect(toHex(fromBigInt(toBigInt(bytes), bytes.length))).toBe(toHex(bytes));
    }),
  );
  expect(["", "00", "01", "80", "0100", "ff"].map((hex) => toBigInt(fromHex(hex)))).toEqual([
    0n,
    0n,
    1n,
    128n,
    256n,
    255n,
  ]);
  expect(["", "01", "80", "ff", "0100"].map((hex) => bitLength(fromHex(hex)))).toEqual([0, 1, 8, 8, 9]);
});

test("both powers are the product of that many factors", () => {
  fc.assert(
    fc.property(big(64), fc.integer({ min: 1, max: 300 }), big(64), (value, exponent, rest) => {
      const modulus = rest + 2n;
      let expected = 1n;
      for (let i = 0; i < exponent; i++) expected = (expected * value) % modulus;
      expect(powPublic(value, BigInt(exponent), modulus)).toBe(expected);
      expect(powSecret(value, BigInt(exponent), modulus)).toBe(expected);
    }),
  );
});

test("Fermat: a^(p-1) is 1 modulo the prime 2^521 - 1", () => {
  const p = 2n ** 521n - 1n;
  fc.assert(
    fc.property(big(520), (value) => {
      expect(powSecret(value + 1n, p - 1n, p)).toBe(1n);
      expect(powPublic(value + 1n, p - 1n, p)).toBe(1n);
    }),
    { numRuns: 5 },
  );
});

test("an inverse times its number is 1, and there is none for a common factor", () => {
  fc.assert(
    fc.property(big(200), big(200), (value, rest) => {
      const modulus = rest + 2n;
      const result = inverse(value, modulus);
      if (result === undefined) {
        let [a, b] = [modulus, value % modulus];
        while (b !== 0n) [a, b] = [b, a % b];
        expect(a).not.toBe(1n);
      } else {
        expect((result * value) % modulus).toBe(1n);
        expect(result < modulus).toBe(true);
      }
    }),
  );
  expect(inverse(6n, 9n)).toBeUndefined();
  expect(inverse(-2n, 7n)).toBe(3n);
});
