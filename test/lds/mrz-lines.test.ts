import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MalformedError } from "../../src/errors.js";
import { encodeMrz, parseMrz } from "../../src/lds/mrz.js";
import { MRZ_LAYOUTS } from "../../src/lds/mrz-layouts.js";
import { MRZ_TOLERANCES, type MrzToleranceCode, readMrzLines } from "../../src/lds/mrz-lines.js";
import { malformed } from "../property/strict.js";
import { anyMrz } from "./mrz-formats.js";

const ALL: readonly MrzToleranceCode[] = MRZ_TOLERANCES.map(({ code }) => code);
const without = (code: MrzToleranceCode) => ALL.filter((other) => other !== code);

const PASSPORT = [
  "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
  "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
] as const;
const CARD = [
  "I<UTOD231458907<<<<<<<<<<<<<<<",
  "7408122F1204159UTO<<<<<<<<<<<6",
  "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
] as const;
const VISA = ["V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "L898902C<3UTO6908061F9406236ZE184226"] as const;

const codes = (text: string, tolerate: readonly MrzToleranceCode[] = ALL) =>
  readMrzLines(text, { tolerate }).tolerated.map(({ code }) => code);

describe("each tolerance", () => {
  it.each<[MrzToleranceCode, string, string]>([
    ["LINE_BREAKS", PASSPORT.join(""), PASSPORT.join("\n")],
    ["LINE_BREAKS", PASSPORT.join(""), ` ${PASSPORT.join(" \r\n\r\n\t")}\n`],
    ["LINE_BREAKS", CARD.join(""), CARD.join("\r")],
    ["LINE_BREAKS", VISA.join(""), VISA.join("").replace(/(.{7})/g, "$1 ")],
    ["LOWER_CASE", PASSPORT.join(""), PASSPORT.join("").toLowerCase()],
    ["FILLER_LOOKALIKES", PASSPORT.join(""), PASSPORT.join("").replaceAll("<<", "«")],
    ["FILLER_LOOKALIKES", PASSPORT.join(""), PASSPORT.join("").replaceAll("<", "«")],
    ["FILLER_LOOKALIKES", PASSPORT.join(""), PASSPORT.join("").replaceAll("<", "‹")],
    ["FILLER_LOOKALIKES", PASSPORT.join(""), PASSPORT.join("").replaceAll("<", "＜")],
    ["MISSING_FILLERS", CARD.join(""), CARD.join("").replace(/<+$/, "")],
    ["MISSING_FILLERS", VISA.join(""), VISA.join("")],
    ["FILLER_AS_LETTER", PASSPORT.join(""), `${PASSPORT[0].slice(0, 32)}KKCK<C<KKKKK${PASSPORT[1]}`],
    ["FILLER_AS_LETTER", CARD.join("").replace("F1204159", "<1204159"), CARD.join("").replace("F1204159", "K1204159")],
    [
      "LETTER_AS_DIGIT",
      PASSPORT.join(""),
      PASSPORT.join("").replace("7408122F1204159", "74O8IZ2FIZO4I5q".toUpperCase().replace("Q", "9")),
    ],
    ["DIGIT_AS_LETTER", PASSPORT.join(""), PASSPORT.join("").replace("UTOERIKSSON", "UT0ER1K55ON")],
  ])("%s", (code, right, seen) => {
    const reading = readMrzLines(seen, { tolerate: [code] });
    expect(reading.text).toBe(right);
    expect(reading.mrz).toEqual(parseMrz(right));
    expect(encodeMrz(reading.mrz)).toBe(right);
    expect(reading.tolerated.map((use) => use.code)).toEqual(seen === right ? [] : [code]);
    expect(reading.tolerated.every(({ detail }) => detail !== "")).toBe(true);
    expect(codes(seen)).toEqual(seen === right ? [] : [code]);
    if (seen === right || code === "FILLER_AS_LETTER") return;
    expect(malformed(() => readMrzLines(seen)).path).toMatch(/^MRZ/);
    expect(malformed(() => readMrzLines(seen, { tolerate: without(code) })).path).toMatch(/^MRZ/);
  });

  it("is a row with code, reason and where it was seen", () => {
    expect(new Set(ALL).size).toBe(MRZ_TOLERANCES.length);
    for (const row of MRZ_TOLERANCES) {
      expect(row.code).toMatch(/^[A-Z_]+$/);
      expect(row.reason.length).toBeGreaterThan(10);
      expect(row.seen.length).toBeGreaterThan(5);
    }
    expect(() => readMrzLines("", { tolerate: ["ALL" as never] })).toThrow(RangeError);
  });

  it("says where and what it replaced", () => {
    const seen = PASSPORT.join("").replace("7408122", "74O8122");
    expect(readMrzLines(seen, { tolerate: ["LETTER_AS_DIGIT"] }).tolerated).toEqual([
      { code: "LETTER_AS_DIGIT", detail: "line 2, position 16: O for 0, a digit must stand here" },
    ]);
  });
});

describe("lines that lack their last fillers", () => {
  it("all kinds of lines, of every format", () => {
    for (const lines of [PASSPORT, CARD, VISA]) {
      const cut = lines.map((line) => line.replace(/<+$/, "")).join("\n");
      expect(readMrzLines(cut, { tolerate: ["LINE_BREAKS", "MISSING_FILLERS"] }).text).toBe(lines.join(""));
    }
  });

  it("the visa of ICAO 9303-7 §9, whose upper line is printed one character short", () => {
    const printed = "VCD<<DENT<<ARTHUR<PHILIP<<<<<<<<<<<\n1234567XY7GBR5203116M2105253<<<<<<<<";
    const { mrz, tolerated } = readMrzLines(printed, { tolerate: ["LINE_BREAKS", "MISSING_FILLERS"] });
    expect(mrz).toMatchObject({ format: "MRV-B", issuingState: "D", documentNumber: "1234567XY" });
    expect(tolerated).toContainEqual({ code: "MISSING_FILLERS", detail: "1 added" });
  });

  it("two readings are none: a visa with both lines cut may be of either size", () => {
    const cut = "V<UTOERIKSSON<<ANNA\nL898902C<3UTO6908061F9406236ZE";
    const error = malformed(() => readMrzLines(cut, { tolerate: ALL }));
    expect(error.detail).toContain("MRV-A and MRV-B");
  });

  it("a missing character that is no filler stays wrong", () => {
    const cut = `${PASSPORT[0]}\n${PASSPORT[1].slice(0, -1)}`;
    expect(malformed(() => readMrzLines(cut, { tolerate: ALL })).path).toMatch(/^MRZ/);
  });
});

describe("what is not tolerated", () => {
  it("points into the input", () => {
    const seen = ` ${PASSPORT[0]}\n\n${PASSPORT[1].replace("7408122", "74X8122")}`;
    const error = malformed(() => readMrzLines(seen, { tolerate: ALL }));
    expect(error.path).toBe("MRZ.dateOfBirth");
    expect(seen[error.offset]).toBe("X");
  });

  it("a letter that may stand where it is stays: the check digit refuses it", () => {
    const seen = PASSPORT.join("").replace("L898902C3", "L8989O2C3");
    expect(malformed(() => readMrzLines(seen, { tolerate: ALL })).path).toBe("MRZ.documentNumber");
  });

  it("K and C that may be initials stay", () => {
    const named = "P<UTOERIKSSON<<ANNA<K<C<<<<<<<<<<<<<<<<<<<<<";
    expect(readMrzLines(named + PASSPORT[1], { tolerate: ALL })).toMatchObject({
      text: named + PASSPORT[1],
      tolerated: [],
    });
  });

  it("too much text", () => {
    expect(malformed(() => readMrzLines("<".repeat(1001), { tolerate: ALL })).code).toBe("BAD_LENGTH");
    expect(malformed(() => readMrzLines("", { tolerate: ALL })).code).toBe("BAD_LENGTH");
    expect(malformed(() => readMrzLines("\n \n", { tolerate: ALL })).code).toBe("BAD_LENGTH");
  });
});

describe("for all inputs", () => {
  it("a strict text is read as it is with no tolerance needed, whatever is allowed", () => {
    fc.assert(
      fc.property(anyMrz, (mrz) => {
        const text = encodeMrz(mrz);
        expect(readMrzLines(text)).toEqual({ mrz, text, tolerated: [] });
        const { width } = MRZ_LAYOUTS[mrz.format];
        const lines = text.match(new RegExp(`.{${width}}`, "g")) ?? [];
        expect(readMrzLines(lines.join("\n"), { tolerate: ["LINE_BREAKS"] }).mrz).toEqual(mrz);
      }),
      { numRuns: 500 },
    );
  });

  it("noise gives a strict reading or a MalformedError within the input", () => {
    const noise = fc.constantFrom(
      "\n",
      " ",
      "«",
      "‹",
      "K",
      "C",
      "O",
      "0",
      "S",
      "5",
      "<",
      "a",
      "é",
      "\u{1F600}",
      "\ud800",
      "",
    );
    let read = 0;
    fc.assert(
      fc.property(
        anyMrz,
        fc.array(fc.tuple(fc.nat(92), noise, fc.boolean()), { maxLength: 5 }),
        fc.subarray([...ALL]),
        (mrz, edits, tolerate) => {
          let text = encodeMrz(mrz);
          for (const [at, what, over] of edits) text = text.slice(0, at) + what + text.slice(over ? at + 1 : at);
          try {
            const reading = readMrzLines(text, { tolerate });
            expect(encodeMrz(reading.mrz)).toBe(reading.text);
            expect(parseMrz(reading.text)).toEqual(reading.mrz);
            for (const { code } of reading.tolerated) expect(tolerate).toContain(code);
            if (reading.tolerated.length === 0) expect(reading.text).toBe(text);
            read++;
          } catch (error) {
            if (!(error instanceof MalformedError)) throw error;
            expect(error.offset).toBeLessThanOrEqual(text.length);
          }
        },
      ),
      { numRuns: 3000 },
    );
    expect(read).toBeGreaterThan(300);
  });

  it("any text gives a reading or a MalformedError", () => {
    const text = fc.oneof(
      fc.string({ maxLength: 200 }),
      fc.string({ unit: fc.constantFrom(..."<«\nVPI0K"), maxLength: 120 }),
    );
    fc.assert(
      fc.property(text, (input) => {
        const error = malformed(() => readMrzLines(input, { tolerate: ALL }));
        expect(error.offset).toBeLessThanOrEqual(input.length);
      }),
      { numRuns: 2000 },
    );
  });
});
