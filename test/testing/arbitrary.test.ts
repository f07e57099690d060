import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/bytes/bytes.js";
import { dg11 } from "../../src/lds/dg11.js";
import { dg12 } from "../../src/lds/dg12.js";
import { ldsSecurityObject } from "../../src/lds/security-object.js";
import { arbitraryOf, arbitraryOfShape } from "../../src/testing/arbitrary.js";
import type { Charset } from "../../src/tlv/codec.js";

const sample = <T>(arbitrary: fc.Arbitrary<T>, numRuns = 500): T[] => fc.sample(arbitrary, { numRuns, seed: 7 });

describe("generated text", () => {
  it.each(["utf8", "ascii", "printable", "digits", "mrz"] as const)(
    "%s reaches its bounds in bytes and keeps them",
    (charset: Charset) => {
      for (const [min, max] of [
        [0, 99],
        [3, 3],
        [72, 90],
        [0, 396],
      ] as const) {
        const sizes = sample(arbitraryOfShape({ kind: "text", charset, min, max })).map(
          (text) => utf8(text as string).length,
        );
        expect(Math.min(...sizes)).toBe(min);
        expect(Math.max(...sizes)).toBe(Math.min(max, Math.max(min, 300)));
      }
    },
  );

  it("has all widths of UTF-8, Persian, controls, and no lone surrogate", () => {
    const all = sample(arbitraryOfShape({ kind: "text", charset: "utf8", min: 0, max: 99 })).join("");
    expect(() => encodeURIComponent(all)).not.toThrow(); // it throws for lone surrogates
    for (const wanted of [/[a-z]/, /[پچژگ]/, /\p{Cc}/u, /[\u{10000}-\u{10ffff}]/u, /\ufeff/, /\u200c/])
      expect(all).toMatch(wanted);
  });

  it("keeps sizes and the number of characters", () => {
    const sized = sample(arbitraryOfShape({ kind: "text", charset: "mrz", min: 72, max: 90, sizes: [72, 88, 90] }));
    expect([...new Set(sized.map((text) => (text as string).length))].sort()).toEqual([72, 88, 90]);
    const counted = sample(arbitraryOfShape({ kind: "text", charset: "utf8", min: 0, max: 396, characters: 99 }));
    const counts = counted.map((text) => [...(text as string)].length);
    expect(Math.max(...counts)).toBe(99);
  });
});

describe("generated values", () => {
  it("leave optional fields out, have plain objects, and vary", () => {
    const values = sample(arbitraryOf(dg11));
    for (const key of ["fullName", "otherNames", "custody"] as const) {
      expect(values.some((value) => key in value)).toBe(true);
      expect(values.some((value) => !(key in value))).toBe(true);
    }
    expect(values.every((value) => Object.getPrototypeOf(value) === Object.prototype)).toBe(true);
    expect(values.every((value) => Object.values(value).every((part) => part !== undefined))).toBe(true);
    expect(new Set(sample(arbitraryOf(dg12), 100).map((value) => JSON.stringify(value))).size).toBeGreaterThan(50);
  });

  it("stay in the limits of numbers and lists", () => {
    for (const { version, dataGroupHashValues } of sample(arbitraryOf(ldsSecurityObject))) {
      expect([0, 1]).toContain(version);
      expect(dataGroupHashValues.length).toBeGreaterThanOrEqual(2);
      expect(dataGroupHashValues.length).toBeLessThanOrEqual(16);
    }
    const uints = sample(arbitraryOfShape({ kind: "uint", size: 2 })) as number[];
    expect(Math.min(...uints)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...uints)).toBeLessThan(65_536);
    expect(new Set(sample(arbitraryOfShape({ kind: "uint", size: 1, values: [3, 5] })))).toEqual(new Set([3, 5]));
  });
});
