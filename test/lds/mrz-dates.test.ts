import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fullDate } from "../../src/lds/mrz-dates.js";
import { malformed } from "../property/strict.js";

const at = (day: string) => new Date(`${day}T12:00:00Z`);
const birth = (yymmdd: string, day: string) => fullDate(yymmdd, { reference: at(day), kind: "birth" });
const expiry = (yymmdd: string, day: string, yearsAhead?: number) =>
  fullDate(yymmdd, { reference: at(day), kind: "expiry", ...(yearsAhead === undefined ? {} : { yearsAhead }) });

describe("the century of a birth", () => {
  it.each([
    ["740812", "2026-07-01", "19740812"],
    ["260701", "2026-07-01", "20260701"],
    ["260702", "2026-07-01", "19260702"],
    ["250702", "2026-07-01", "20250702"],
    ["270101", "2026-07-01", "19270101"],
    ["000229", "2026-07-01", "20000229"],
    ["991231", "1999-12-31", "19991231"],
    ["000101", "1999-12-31", "19000101"],
    ["26<<<<", "2026-07-01", "2026<<<<"],
    ["2608<<", "2026-07-01", "192608<<"],
    ["2607<<", "2026-07-01", "202607<<"],
    ["26<<02", "2026-01-01", "1926<<02"],
    ["26<<01", "2026-01-01", "2026<<01"],
    ["<<0812", "2026-07-01", "<<<<0812"],
    ["<<<<<<", "2026-07-01", "<<<<<<<<"],
    ["<<0229", "2026-07-01", "<<<<0229"],
  ])("%s on %s is %s", (yymmdd, day, full) => {
    expect(birth(yymmdd, day)).toBe(full);
  });
});

describe("the century of an expiry", () => {
  it.each([
    ["340415", "2026-07-01", undefined, "20340415"],
    ["120415", "2026-07-01", undefined, "20120415"],
    ["760101", "2026-07-01", undefined, "20760101"],
    ["770101", "2026-07-01", undefined, "19770101"],
    ["990101", "2026-07-01", 80, "20990101"],
    ["270101", "2026-07-01", 0, "19270101"],
    ["000229", "2026-07-01", undefined, "20000229"],
  ])("%s on %s with %s years is %s", (yymmdd, day, years, full) => {
    expect(expiry(yymmdd, day, years)).toBe(full);
  });
});

describe("what is no date", () => {
  it.each([
    ["", 0],
    ["74081", 0],
    ["7408121", 0],
    ["74O812", 2],
    ["741312", 2],
    ["740012", 2],
    ["740800", 4],
    ["740832", 4],
    ["740431", 4],
    ["740229", 4],
    ["7<0812", 0],
    ["74<812", 2],
    ["74081<", 4],
    ["<<0230", 4],
  ])("%j, at %i", (yymmdd, offset) => {
    expect(malformed(() => birth(yymmdd, "2026-07-01"))).toMatchObject({
      code: "BAD_VALUE",
      path: "dateOfBirth",
      offset,
    });
  });

  it("29 February of a century year that is no leap year", () => {
    expect(malformed(() => birth("000229", "1999-07-01"))).toMatchObject({ path: "dateOfBirth", offset: 2 });
  });

  it("an expiry has no unknown parts", () => {
    expect(malformed(() => expiry("34<<<<", "2026-07-01")).path).toBe("dateOfExpiry");
  });

  it("arguments out of range", () => {
    expect(() => fullDate("740812", { reference: new Date(Number.NaN), kind: "birth" })).toThrow(RangeError);
    for (const years of [-1, 100, 1.5, Number.NaN])
      expect(() => expiry("340415", "2026-07-01", years)).toThrow(RangeError);
  });
});

const day = fc.date({ min: new Date("1901-01-01"), max: new Date("2199-12-31"), noInvalidDate: true });

describe("for all dates", () => {
  it("a birth is found again when it is less than a hundred years past, and is never after the reference", () => {
    fc.assert(
      fc.property(day, fc.nat(36_000), (reference, age) => {
        const born = new Date(reference.getTime() - age * 86_400_000);
        const full = born.toISOString().slice(0, 10).replaceAll("-", "");
        expect(fullDate(full.slice(2), { reference, kind: "birth" })).toBe(full);
      }),
      { numRuns: 1000 },
    );
  });

  it("an expiry is found again within the window", () => {
    fc.assert(
      fc.property(day, fc.integer({ min: -49, max: 50 }), fc.nat(11), (reference, years, month) => {
        const year = reference.getUTCFullYear() + years;
        const full = `${year}${String(month + 1).padStart(2, "0")}15`;
        expect(fullDate(full.slice(2), { reference, kind: "expiry" })).toBe(full);
      }),
      { numRuns: 1000 },
    );
  });

  it("any text is a date or a MalformedError", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."<0123456789A"), maxLength: 8 }), day, (text, reference) => {
        let full: string;
        try {
          full = fullDate(text, { reference, kind: "birth" });
        } catch (error) {
          expect((error as { code?: string }).code).toBe("BAD_VALUE");
          return;
        }
        expect(full.endsWith(text)).toBe(true);
        expect(full).toHaveLength(8);
      }),
      { numRuns: 2000 },
    );
  });
});
