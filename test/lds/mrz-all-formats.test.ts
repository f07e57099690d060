import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EncodeError, MalformedError } from "../../src/errors.js";
import { dg1 } from "../../src/lds/dg1.js";
import { encodeMrz, encodeTd1, parseMrz } from "../../src/lds/mrz.js";
import { SPECIAL_CODES } from "../../src/lds/mrz-codes.js";
import type { Mrz } from "../../src/lds/mrz-elements.js";
import { elementSpans, MRZ_LAYOUTS, type MrzFormat, mrzFormat, spanOf } from "../../src/lds/mrz-layouts.js";
import { parseFile } from "../../src/tlv/file.js";
import { readVectors } from "../crypto/vectors.js";
import { malformed, thrownBy } from "../property/strict.js";
import { anyMrz, FORMATS, mrzValues } from "./mrz-formats.js";

type Digit = "document_number" | "birth" | "expiry" | "optional" | "composite";
interface Sample {
  type: MrzFormat;
  mrz: string;
  check_digits_ok: Partial<Record<Digit, boolean>>;
  long_document_number: string | null;
}
const { vectors: samples } = readVectors<{ vectors: Sample[] }>("mrz/mrz-samples.json");
const isRight = ({ check_digits_ok: ok }: Sample) => Object.values(ok).every((digit) => digit);
const PATHS: readonly [Digit, string][] = [
  ["document_number", "documentNumber"],
  ["birth", "dateOfBirth"],
  ["expiry", "dateOfExpiry"],
  ["optional", "optionalData"],
  ["composite", "compositeCheckDigit"],
];

describe("the published samples", () => {
  it("are of all formats, right and wrong", () => {
    expect(new Set(samples.map(({ type }) => type))).toEqual(new Set(FORMATS));
    expect(samples.filter(isRight).length).toBeGreaterThan(35);
    expect(samples.filter((sample) => !isRight(sample)).length).toBeGreaterThan(10);
  });

  it.each(samples.filter(isRight))("$type $mrz is read and written", ({ type, mrz, long_document_number: long }) => {
    const value = parseMrz(mrz);
    expect(value.format).toBe(type);
    expect(encodeMrz(value)).toBe(mrz);
    if (long === null) expect(value.documentNumber.length).toBeLessThanOrEqual(9);
    else expect(value.documentNumber).toBe(long);
  });

  it.each(samples.filter((sample) => !isRight(sample)))("$type $mrz is refused", ({ mrz, check_digits_ok: ok }) => {
    const { code, path, offset } = malformed(() => parseMrz(mrz));
    const first = PATHS.find(([digit]) => ok[digit] === false)?.[1];
    expect({ code, path }).toEqual({ code: "BAD_VALUE", path: `MRZ.${first}` });
    expect(offset).toBeLessThan(mrz.length);
  });

  it("of pymrtd's DG1 files: one with a wrong digit, one right", () => {
    const [wrong, right] = readVectors<{ dg1: string[] }>("lds/dg1-pymrtd.json").dg1.map(
      (hex) => parseFile(dg1, new Uint8Array(Buffer.from(hex, "hex"))).mrz,
    ) as [string, string];
    expect(malformed(() => parseMrz(wrong))).toMatchObject({ path: "MRZ.compositeCheckDigit", offset: 59 });
    expect(parseMrz(right)).toMatchObject({ format: "TD3", documentNumber: "L898902C3", optionalData: "ZE184226B" });
    expect(encodeMrz(parseMrz(right))).toBe(right);
  });
});

describe("the examples of the standard", () => {
  it("ICAO 9303-4 App. A and B", () => {
    const text = "PPUTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F3404159ZE184226B<<<<<16";
    const value: Mrz = {
      format: "TD3",
      documentCode: "PP",
      issuingState: "UTO",
      names: "ERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
      documentNumber: "L898902C3",
      nationality: "UTO",
      dateOfBirth: "740812",
      sex: "F",
      dateOfExpiry: "340415",
      optionalData: "ZE184226B",
    };
    expect(parseMrz(text)).toEqual(value);
    expect(encodeMrz(value)).toBe(text);
  });

  it("ICAO 9303-4 App. A, second example: its lines are printed with 45 characters", () => {
    const printed = "PPUTOIVANOVA<<ANNA<<<<<<<<<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F2504155184226<<<<<<<<<18";
    expect(malformed(() => parseMrz(printed))).toMatchObject({ code: "BAD_VALUE", path: "MRZ.documentCode" });
  });

  it("ICAO 9303-6 App. A", () => {
    const text = "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<D231458907UTO7408122F1204159<<<<<<<6";
    expect(parseMrz(text)).toMatchObject({ format: "TD2", documentNumber: "D23145890", optionalData: "" });
    expect(encodeMrz(parseMrz(text))).toBe(text);
  });

  it.each([
    ["MRV-A", "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C<3UTO6908061F9406236ZE184226B<<<<<<<"],
    ["MRV-B", "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<L898902C<3UTO6908061F9406236ZE184226"],
  ])("ICAO 9303-7: %s %s", (format, text) => {
    expect(parseMrz(text).format).toBe(format);
    expect(encodeMrz(parseMrz(text))).toBe(text);
  });
});

describe("every format", () => {
  it.each(FORMATS)("%s: its table covers each position once", (format) => {
    const layout = MRZ_LAYOUTS[format];
    const spans = [
      ...elementSpans(layout),
      ...Object.values(layout.checkDigits).map((place) => spanOf(layout, place)),
      ...(layout.composite === undefined ? [] : [spanOf(layout, layout.composite.at)]),
    ].sort((a, b) => a.from - b.from);
    expect(spans[0]?.from).toBe(0);
    spans.forEach(({ to }, i) => {
      expect(spans[i + 1]?.from ?? layout.lines * layout.width).toBe(to);
    });
  });

  it.each(FORMATS)("%s: reads what it wrote", (format) => {
    fc.assert(
      fc.property(mrzValues(format), (mrz) => {
        const text = encodeMrz(mrz);
        expect(text).toMatch(/^[A-Z0-9<]+$/);
        expect(mrzFormat(text)).toBe(format);
        expect(parseMrz(text)).toEqual(mrz);
      }),
      { numRuns: 500 },
    );
  });

  it("is strict: any character replaced gives a value that is written so, or a MalformedError in place", () => {
    let refused = 0;
    let kept = 0;
    for (const { mrz } of samples.filter(isRight)) {
      for (let i = 0; i < mrz.length; i++) {
        for (const other of "AKOVX0159<é a\n") {
          if (other === mrz[i]) continue;
          const text = mrz.slice(0, i) + other + mrz.slice(i + 1);
          try {
            expect(encodeMrz(parseMrz(text))).toBe(text);
            kept++;
          } catch (error) {
            if (!(error instanceof MalformedError)) throw error;
            expect(error.path, text).toMatch(/^MRZ/);
            expect(error.offset).toBeLessThan(text.length);
            refused++;
          }
        }
      }
    }
    expect(refused).toBeGreaterThan(20_000);
    expect(kept).toBeGreaterThan(1000);
  });

  it("is strict for any text of its length", () => {
    const character = fc.constantFrom(..."<<<<<ABV0179é");
    fc.assert(
      fc.property(anyMrz, fc.array(fc.tuple(fc.nat(89), character), { minLength: 1, maxLength: 6 }), (mrz, edits) => {
        let text = encodeMrz(mrz);
        for (const [at, to] of edits) if (at < text.length) text = text.slice(0, at) + to + text.slice(at + 1);
        try {
          expect(encodeMrz(parseMrz(text))).toBe(text);
        } catch (error) {
          if (!(error instanceof MalformedError)) throw error;
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("has 90, 72 or 88 characters", () => {
    for (const length of [0, 1, 36, 44, 71, 73, 87, 89, 91, 180]) {
      expect(malformed(() => parseMrz("<".repeat(length)))).toMatchObject({ code: "BAD_LENGTH", path: "MRZ" });
    }
  });
});

const TD3 = parseMrz(
  "P<D<<MUSTERMANN<<ERIKA<<<<<<<<<<<<<<<<<<<<<<C01XGY7661D<<6408125F2707196<<<<<<<<<<<<<<<2",
) as Extract<Mrz, { format: "TD3" }>;
const TD2 = parseMrz("I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<D231458907UTO7408122F1204159<<<<<<<6");
const VISA = parseMrz("V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<L898902C<3UTO6908061F9406236ZE184226");
const TD1 = parseMrz("I<UTOD231458907<<<<<<<<<<<<<<<7408122F1204159UTO<<<<<<<<<<<6ERIKSSON<<ANNA<MARIA<<<<<<<<<<");

describe("what only some formats have", () => {
  it("TD3: the check digit of empty optional data is a filler or 0, and nothing else (9303-4 §4.2.2.2)", () => {
    expect("optionalDataCheckDigit" in TD3).toBe(false);
    const zero = encodeMrz({ ...TD3, optionalDataCheckDigit: "0" });
    expect(zero.slice(86)).toBe("02");
    expect(parseMrz(zero)).toEqual({ ...TD3, optionalDataCheckDigit: "0" });
    expect(malformed(() => parseMrz(`${zero.slice(0, 86)}12`))).toMatchObject({ path: "MRZ.optionalData", offset: 86 });
    // "0" has the check digit 0, and a filler in its place is refused
    expect(encodeMrz({ ...TD3, optionalData: "0" })[86]).toBe("0");
    const bad = encodeMrz({ ...TD3, optionalData: "1" });
    expect(bad[86]).toBe("7");
    expect(malformed(() => parseMrz(`${bad.slice(0, 86)}<${bad[87]}`)).path).toBe("MRZ.optionalData");
    for (const wrong of [
      { optionalDataCheckDigit: "0", optionalData: "1" },
      { optionalDataCheckDigit: "<" },
      { optionalDataCheckDigit: "1" },
    ]) {
      const error = thrownBy(() => encodeMrz({ ...TD3, ...wrong } as Mrz));
      expect((error as EncodeError).path).toBe("optionalDataCheckDigit");
    }
  });

  it("TD2: a number of up to 14 characters, TD3 and visas nine", () => {
    const long = { ...TD2, documentNumber: "A".repeat(14) } as Mrz;
    expect(encodeMrz(long)[71 - 1]).toBe("<");
    expect(parseMrz(encodeMrz(long))).toEqual(long);
    for (const mrz of [
      { ...TD2, documentNumber: "A".repeat(15) },
      { ...TD3, documentNumber: "A".repeat(10) },
      { ...VISA, documentNumber: "A".repeat(10) },
    ]) {
      const error = thrownBy(() => encodeMrz(mrz as Mrz));
      expect(error).toBeInstanceOf(EncodeError);
      expect((error as EncodeError).path).toBe("documentNumber");
    }
  });

  it("a filler for the check digit of the number is for TD1 and TD2 alone", () => {
    const text = encodeMrz(VISA);
    expect(malformed(() => parseMrz(`${text.slice(0, 45)}<${text.slice(46)}`)).path).toBe("MRZ.documentNumber");
    const passport = encodeMrz(TD3);
    expect(malformed(() => parseMrz(`${passport.slice(0, 53)}<${passport.slice(54)}`)).path).toBe("MRZ.documentNumber");
  });

  it("visas have no composite digit: their optional data may be anything", () => {
    const full = { ...VISA, optionalData: "ZZZZZZZZ" } as Mrz;
    expect(parseMrz(encodeMrz(full))).toEqual(full);
  });

  it.each([
    ["TD1", TD1, ["P", "V", "IV", "AI", "i", "", "ID1"]],
    ["TD2", TD2, ["P", "V", "IV", "AC", "AV", ""]],
    ["TD3", TD3, ["I", "V", "P1", "PPP", "p", ""]],
    ["MRV-B", VISA, ["P", "I", "", "VVV", "v"]],
  ] as const)("%s refuses the document codes of others", (_, mrz, codes) => {
    for (const documentCode of codes) {
      expect((thrownBy(() => encodeMrz({ ...mrz, documentCode } as Mrz)) as EncodeError).path, documentCode).toBe(
        "documentCode",
      );
    }
  });

  it("too much optional data says how much is the most", () => {
    for (const [mrz, most] of [
      [TD2, 7],
      [TD3, 14],
      [VISA, 8],
    ] as const) {
      const error = thrownBy(() => encodeMrz({ ...mrz, optionalData: "1".repeat(most + 1) } as Mrz)) as EncodeError;
      expect(error.message).toBe(`optionalData: ${most + 1} characters; ${most} are the most`);
    }
    const long = { ...TD2, documentNumber: "A".repeat(11), optionalData: "12345" } as Mrz;
    expect((thrownBy(() => encodeMrz(long)) as EncodeError).message).toBe("optionalData: 5 characters; 3 are the most");
  });

  it("an impossible date says where and what", () => {
    expect(malformed(() => parseMrz(encodeMrz(TD3).replace("6408125", "6413125")))).toMatchObject({
      path: "MRZ.dateOfBirth",
      offset: 44 + 13 + 2,
      detail: "there is no month 13",
    });
  });

  it("a missing element or format is the caller's mistake", () => {
    const { sex: _, ...rest } = TD3;
    expect(() => encodeMrz(rest as Mrz)).toThrow(TypeError);
    expect(() => encodeMrz({ ...TD3, format: "TD4" } as never)).toThrow(TypeError);
    expect(() => encodeTd1({ ...TD3, documentCode: "I" } as never)).toThrow(TypeError);
  });

  it("codes of persons without a nationality, of organizations and of Germany go into the MRZ", () => {
    expect(Object.keys(SPECIAL_CODES)).toHaveLength(30);
    for (const code of Object.keys(SPECIAL_CODES)) {
      const mrz = { ...TD3, nationality: code, issuingState: code };
      expect(parseMrz(encodeMrz(mrz))).toEqual(mrz);
    }
  });
});
