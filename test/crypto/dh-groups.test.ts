import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../src/bytes/bytes.js";
import { DH_GROUPS, dhGroupByParameterId, dhMultiply, dhPower, isDhElement } from "../../src/crypto/dh-groups.js";

const big = (hex: string): bigint => BigInt(`0x${hex}`);
const bytes = (value: bigint, length: number): Uint8Array => fromHex(value.toString(16).padStart(2 * length, "0"));

describe.each(DH_GROUPS.map((row) => [row.name, row] as const))("group %s", (_name, row) => {
  const [p, q] = [big(row.p), big(row.q)];
  const g = fromHex(row.g);

  it("has a generator of order q", () => {
    expect((p - 1n) % q).toBe(0n);
    expect(row.p.length).toBe(2 * row.bytes);
    expect(isDhElement(row, g)).toBe(true);
    expect(dhPower(row, g, bytes(q, row.q.length / 2)).at(-1)).toBe(1);
  });

  it("adds exponents", () => {
    const exponent = fc.bigInt({ min: 1n, max: q - 1n });
    fc.assert(
      fc.property(exponent, exponent, (a, b) => {
        const power = (e: bigint) => dhPower(row, g, bytes(e, 32));
        fc.pre((a + b) % q !== 0n);
        expect(toHex(dhMultiply(row, power(a), power(b)))).toBe(toHex(power((a + b) % q)));
        expect(isDhElement(row, power(a))).toBe(true);
      }),
      { numRuns: 3 },
    );
  });

  it("tells what is not in the subgroup, whatever its order", () => {
    const bad = [0n, 1n, 2n, p - 2n, p - 1n, p, p + 1n];
    // an element of small order: 3 divides (p - 1) / q for none or some of them, 2 for all
    for (const r of [3n, 5n, 7n, 11n, 13n]) {
      if (((p - 1n) / q) % r !== 0n) continue;
      const small = dhPower(row, bytes(5n, row.bytes), bytes((p - 1n) / r, row.bytes));
      if (big(toHex(small)) > 1n) bad.push(big(toHex(small)));
    }
    for (const value of bad) expect(isDhElement(row, bytes(value, row.bytes)), value.toString(16)).toBe(false);
    expect(() => dhPower(row, Uint8Array.of(1), Uint8Array.of(5))).toThrow(RangeError);
    expect(() => dhPower(row, bytes(p - 1n, row.bytes), Uint8Array.of(5))).toThrow(RangeError);
    expect(() => dhPower(row, g, new Uint8Array(8))).toThrow(RangeError);
  });
});

it("is found by its number", () => {
  expect(dhGroupByParameterId(2)?.name).toBe("MODP 2048/256");
  expect(dhGroupByParameterId(8)).toBeUndefined();
});
