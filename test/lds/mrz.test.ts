import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EncodeError, MalformedError } from "../../src/errors.js";
import { checkDigit } from "../../src/lds/check-digit.js";
import { encodeTd1, mrzInformation, namesOf, parseTd1, type Td1Mrz } from "../../src/lds/mrz.js";
import { readVectors } from "../crypto/vectors.js";
import { malformed, thrownBy } from "../property/strict.js";

interface Sample {
  type: "TD1" | "TD2" | "TD3" | "MRV-A" | "MRV-B";
  mrz: string;
  check_digits_ok: Partial<Record<"document_number" | "birth" | "expiry" | "optional" | "composite", boolean>>;
  long_document_number: string | null;
}
const { vectors: samples } = readVectors<{ vectors: Sample[] }>("mrz/mrz-samples.json");
const td1 = samples.filter(({ type }) => type === "TD1");
const right = ({ check_digits_ok }: Sample) => Object.values(check_digits_ok).every((ok) => ok);

const PLAIN: Td1Mrz = {
  documentCode: "I",
  issuingState: "UTO",
  documentNumber: "D23145890",
  optionalData1: "",
  dateOfBirth: "740812",
  sex: "F",
  dateOfExpiry: "120415",
  nationality: "UTO",
  optionalData2: "",
  names: "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
};

describe("check digits", () => {
  // ICAO 9303-3 App. A
  it.each([
    ["520727", "3"],
    ["AB2134<<<", "5"],
    ["HA672242<658022549601086<<<<<<<<<<<<<<0", "8"],
    ["D231458907<<<<<<<<<<<<<<<34071279507122<<<<<<<<<<", "2"],
    ["D23145890734", "9"],
    ["L898902C<", "3"],
    ["", "0"],
  ])("%s has %s", (characters, digit) => {
    expect(checkDigit(characters)).toBe(digit);
  });

  it("are for characters of the MRZ alone", () => {
    for (const bad of ["a", "1 2", "é", "-"]) expect(() => checkDigit(bad)).toThrow(RangeError);
  });

  it.each(samples.filter(({ type }) => type !== "TD1"))(
    "agree with the $type $mrz",
    ({ type, mrz, check_digits_ok: ok }) => {
      const line = mrz.slice(type === "TD3" || type === "MRV-A" ? 44 : 36);
      const agrees = (from: number, to: number, at: number) => checkDigit(line.slice(from, to)) === line[at];
      expect(agrees(13, 19, 19)).toBe(ok.birth);
      expect(agrees(21, 27, 27)).toBe(ok.expiry);
      if (line[9] !== "<") expect(agrees(0, 9, 9)).toBe(ok.document_number);
      const composite = (end: number) => line.slice(0, 10) + line.slice(13, 20) + line.slice(21, end);
      if (type === "TD3") expect(checkDigit(composite(43)) === line[43]).toBe(ok.composite);
      if (type === "TD2") expect(checkDigit(composite(35)) === line[35]).toBe(ok.composite);
    },
  );
});

describe("TD1", () => {
  it("there are samples of both kinds", () => {
    expect(td1.filter(right).length).toBeGreaterThan(10);
    expect(td1.filter((sample) => !right(sample)).length).toBeGreaterThan(3);
    expect(td1.filter((sample) => sample.long_document_number !== null).length).toBeGreaterThan(3);
  });

  it.each(td1.filter(right))("reads and writes $mrz", ({ mrz, long_document_number: long }) => {
    const value = parseTd1(mrz);
    expect(encodeTd1(value)).toBe(mrz);
    expect(value.names).toBe(mrz.slice(60));
    if (long === null) expect(value.documentNumber.length).toBeLessThanOrEqual(9);
    else expect(value.documentNumber).toBe(long);
  });

  it.each(td1.filter((sample) => !right(sample)))("refuses $mrz", ({ mrz, check_digits_ok: ok }) => {
    const { code, path, offset } = malformed(() => parseTd1(mrz));
    const { document_number: number, birth, expiry } = ok;
    const first = !number
      ? "documentNumber"
      : !birth
        ? "dateOfBirth"
        : !expiry
          ? "dateOfExpiry"
          : "compositeCheckDigit";
    expect({ code, path }).toEqual({ code: "BAD_VALUE", path: `MRZ.${first}` });
    expect(offset).toBeLessThan(90);
  });

  it("writes the example of ICAO 9303-5", () => {
    expect(encodeTd1(PLAIN)).toBe(
      "I<UTOD231458907<<<<<<<<<<<<<<<" + "7408122F1204159UTO<<<<<<<<<<<6" + "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
    );
  });

  it("keeps optional data, behind a long number too, and the longest number", () => {
    const long = { ...PLAIN, documentNumber: "123456789012345678", optionalData1: "AB", optionalData2: "X<Y" };
    expect(encodeTd1(long).slice(0, 30)).toBe(`I<UTO123456789<012345678${checkDigit("123456789012345678")}<AB<<`);
    expect(parseTd1(encodeTd1(long))).toEqual(long);
    const longest = { ...PLAIN, documentNumber: "A".repeat(22) };
    expect(encodeTd1(longest)[29]).toBe("<");
    expect(parseTd1(encodeTd1(longest))).toEqual(longest);
  });

  it.each([
    ["documentCode", ["", "P", "i", "I<", "ID1", "IV", "AI", "CV"]],
    ["issuingState", ["", "UTOX", "U1O", "uto"]],
    ["nationality", ["", "UTOX", "U<O"]],
    ["documentNumber", ["", "A".repeat(23), "A-1", "A<", "<A", "123456789<1", "1234567890<1", "a"]],
    ["dateOfBirth", ["74081", "7408121", "74O812", "1974081", "741312", "740800", "740230", "7<0812", "74081<"]],
    ["dateOfExpiry", ["12041", "12<<15", "1204155", "120431", "130229", "000000", "<<<<<<"]],
    ["sex", ["", "X", "f", "FM"]],
    ["optionalData1", ["A<", "1234567890123456", "a", " "]],
    ["optionalData2", ["A<", "123456789012"]],
    ["names", ["", "ERIKSSON", `<${"A".repeat(29)}`, "1".padEnd(30, "<"), "A".repeat(31), "é".padEnd(30, "<")]],
  ] as const)("names %s when it does not fit", (field, values) => {
    for (const value of values) {
      const error = thrownBy(() => encodeTd1({ ...PLAIN, [field]: value }));
      expect(error, value).toBeInstanceOf(EncodeError);
      expect((error as EncodeError).path, value).toBe(field);
    }
  });

  it("refuses a long number with optional data for which there is no room", () => {
    const error = thrownBy(() => encodeTd1({ ...PLAIN, documentNumber: "A".repeat(20), optionalData1: "ABC" }));
    expect((error as EncodeError).path).toBe("optionalData1");
  });

  it("reads what it wrote", () => {
    const of = (alphabet: string, min: number, max: number) =>
      fc.array(fc.constantFrom(...alphabet), { minLength: min, maxLength: max }).map((a) => a.join(""));
    const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const optional = (max: number) => of(`${letters}0123456789<`, 0, max).map((text) => text.replace(/<+$/, ""));
    const value = fc
      .record(
        {
          documentCode: fc.constantFrom("A", "C", "I", "ID", "IR", "AC", "CA"),
          issuingState: of(letters, 1, 3),
          documentNumber: of(`${letters}0123456789`, 1, 22),
          optionalData1: optional(15),
          dateOfBirth: fc.constantFrom("740812", "74<<<<", "<<<<<<", "7408<<"),
          sex: fc.constantFrom("F" as const, "M" as const, "<" as const),
          dateOfExpiry: fc.constantFrom("120415", "000229", "991231", "300101"),
          nationality: of(letters, 1, 3),
          optionalData2: optional(11),
          names: of(`${letters}<`, 29, 29).map((text) => `A${text}`),
        },
        { noNullPrototype: true },
      )
      .map((mrz) => (mrz.documentNumber.length > 9 ? { ...mrz, optionalData1: "" } : mrz));
    fc.assert(
      fc.property(value, (mrz) => {
        const text = encodeTd1(mrz);
        expect(text).toMatch(/^[A-Z0-9<]{90}$/);
        expect(parseTd1(text)).toEqual(mrz);
      }),
      { numRuns: 500 },
    );
  });

  it("is strict: every other character in every place is refused, or written again as it was", () => {
    let refused = 0;
    for (const { mrz } of td1.filter(right).slice(0, 6)) {
      for (let i = 0; i < 90; i++) {
        for (const other of "ABIVZ0179<é a") {
          if (other === mrz[i]) continue;
          const text = mrz.slice(0, i) + other + mrz.slice(i + 1);
          try {
            expect(encodeTd1(parseTd1(text))).toBe(text);
          } catch (error) {
            if (!(error instanceof MalformedError)) throw error;
            expect(error.path, text).toMatch(/^MRZ/);
            expect(error.offset).toBeLessThan(90);
            refused++;
          }
        }
      }
    }
    expect(refused).toBeGreaterThan(2000);
  });

  it("has 90 characters", () => {
    for (const text of [
      "",
      encodeTd1(PLAIN).slice(1),
      `${encodeTd1(PLAIN)}<`,
      encodeTd1(PLAIN).replace(/(.{30})/g, "$1\n"),
    ]) {
      expect(malformed(() => parseTd1(text))).toMatchObject({ code: "BAD_LENGTH", path: "MRZ" });
    }
  });
});

describe("namesOf", () => {
  it.each([
    ["ERIKSSON<<ANNA<MARIA<<<<<<<<<<", ["ERIKSSON"], ["ANNA", "MARIA"]],
    ["ARKFREITH<<<<<<<<<<<<<<<<<<<<<", ["ARKFREITH"], []],
    ["SATRIYA<SUDARPA<<<<<<<<<<<<<<<", ["SATRIYA", "SUDARPA"], []],
    ["STEVENSON<<PETER<<JOHN<<<<<<<<", ["STEVENSON"], ["PETER", "JOHN"]],
    ["NILAVADHANANANDA<<CHAYAPA<DE<K", ["NILAVADHANANANDA"], ["CHAYAPA", "DE", "K"]],
  ])("%s", (field, primary, secondary) => {
    expect(namesOf(field)).toEqual({ primary, secondary });
  });
});

describe("mrzInformation", () => {
  // ICAO 9303-11 App. D.2: TD2 and TD1, with a long number and one of eight characters
  it.each([
    ["D23145890734", "340712", "950712", "D23145890734934071279507122"],
    ["L898902C<", "690806", "940623", "L898902C<369080619406236"],
    ["L898902C", "690806", "940623", "L898902C<369080619406236"],
  ])("of %s", (documentNumber, dateOfBirth, dateOfExpiry, information) => {
    expect(mrzInformation({ documentNumber, dateOfBirth, dateOfExpiry })).toBe(information);
  });

  it.each([
    "I<UTOD23145890<7349<<<<<<<<<<<3407127M9507122UTO<<<<<<<<<<<2STEVENSON<<PETER<JOHN<<<<<<<<<",
    // printed with the composite check digit 1; the digits of its lines give 2
    "I<UTOL898902C<3<<<<<<<<<<<<<<<6908061F9406236UTO<<<<<<<<<<<2ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
  ])("comes from the MRZ %s of the examples", (mrz) => {
    expect(mrzInformation(parseTd1(mrz))).toBe(
      mrz.includes("STEVENSON") ? "D23145890734934071279507122" : "L898902C<369080619406236",
    );
  });

  it("takes unknown parts of the date of birth, and refuses other forms", () => {
    expect(mrzInformation({ documentNumber: "A", dateOfBirth: "74<<<<", dateOfExpiry: "940623" })).toBe(
      `A<<<<<<<<0${"74<<<<"}${checkDigit("74<<<<")}9406236`,
    );
    const good = { documentNumber: "A", dateOfBirth: "740812", dateOfExpiry: "940623" };
    for (const bad of [
      { documentNumber: "" },
      { documentNumber: "<A" },
      { documentNumber: "a" },
      { documentNumber: "A".repeat(23) },
      { dateOfBirth: "19740812" },
      { dateOfExpiry: "94<<<<" },
    ]) {
      expect(() => mrzInformation({ ...good, ...bad }), JSON.stringify(bad)).toThrow(RangeError);
    }
  });
});
