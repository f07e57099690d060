import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RECORD_PROBLEM_CODES, RecordError } from "../../src/record/errors.js";
import { checkCitizenRecord, parseCitizenRecord } from "../../src/record/parse.js";
import type { RecordRules } from "../../src/record/rule.js";
import { iranianRules } from "../../src/record/rules.js";
import { codes, goodInput } from "./sample.js";

const problemsOf = (change: object) => codes(checkCitizenRecord({ ...goodInput, ...change }).problems);

describe("parseCitizenRecord", () => {
  it("gives the record with Gregorian dates and the portrait's bytes, and no warning", () => {
    const { record, warnings } = parseCitizenRecord(goodInput);
    expect(warnings).toEqual([]);
    expect(record).toEqual({
      ...goodInput,
      dateOfBirth: "1991-04-20",
      portrait: Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0x00, 0x10),
    });
  });

  it("leaves out what the input leaves out", () => {
    const { latin, fatherName, birthCertificate, householdId, ...least } = goodInput;
    const { record } = parseCitizenRecord({ ...least, fatherName: undefined });
    for (const field of ["latin", "fatherName", "birthCertificate", "householdId"]) {
      expect(Object.hasOwn(record, field)).toBe(false);
    }
    expect(Object.hasOwn(record.address, "alley")).toBe(false);
  });

  it("copies the portrait", () => {
    const portrait = Uint8Array.of(0xff, 0xd8, 0xff, 0xdb);
    const { record } = parseCitizenRecord({ ...goodInput, portrait });
    portrait.fill(0);
    expect(record.portrait).toEqual(Uint8Array.of(0xff, 0xd8, 0xff, 0xdb));
  });

  it("says what it changed", () => {
    const { record, warnings } = parseCitizenRecord({
      ...goodInput,
      givenNames: "علي",
      nationalNumber: "۰۰۷۶۲۲۹۶۴۵",
      dateOfBirth: { jalali: "٠١٣٧٠-٠١-٣١".slice(1) },
      address: { ...goodInput.address, postalCode: "۷۹۱۴۶۲۰۰۱۵", plate: "۱۲" },
    });
    expect(record.givenNames).toBe("علی");
    expect(record.nationalNumber).toBe("0076229645");
    expect(record.dateOfBirth).toBe("1991-04-20");
    expect(record.address.plate).toBe("12");
    expect(codes(warnings)).toEqual([
      "givenNames TEXT_NORMALIZED",
      "nationalNumber TEXT_NORMALIZED",
      "dateOfBirth.jalali TEXT_NORMALIZED",
      "address.plate TEXT_NORMALIZED",
      "address.postalCode TEXT_NORMALIZED",
      "address.postalCode POSTAL_CODE_UNUSUAL",
    ]);
    expect(warnings[0]).toMatchObject({ found: '"علي"', used: "علی" });
    expect(warnings[1]?.used).toBe("0076229645");
  });

  it("changes nothing when it parses its own record", () => {
    const once = parseCitizenRecord({ ...goodInput, familyName: " \u200cكُـريمي  نـژاد" }).record;
    const again = parseCitizenRecord(once);
    expect(again.record).toEqual(once);
    expect(again.warnings).toEqual([]);
  });

  it("lists ten independent faults at once", () => {
    const bad = {
      ...goodInput,
      documentNumber: "c01 47",
      nationality: "Utopia",
      givenNames: "سا\u202eرا",
      familyName: "کریمی2",
      latin: { given: "Аnna" },
      nationalNumber: "0076229646",
      dateOfBirth: "1992-02-30",
      sex: "F",
      address: { ...goodInput.address, city: undefined, postalCode: "12345" },
      dateOfExpiry: "2026-11-22",
      portrait: "citizen-01.jpg",
      phone: "1",
    };
    let error: unknown;
    try {
      parseCitizenRecord(bad);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(RecordError);
    const { code, message, problems } = error as RecordError;
    expect(code).toBe("RECORD_INVALID");
    expect(codes(problems)).toEqual([
      "documentNumber DOCUMENT_NUMBER_FORM",
      "nationality COUNTRY_CODE_FORM",
      "givenNames TEXT_CHARACTER_REFUSED",
      "familyName NAME_CHARACTER",
      "latin.family FIELD_MISSING",
      "latin.given NAME_CHARACTER",
      "nationalNumber NATIONAL_NUMBER_CHECK_DIGIT",
      "dateOfBirth DATE_NOT_REAL",
      "sex SEX_FORM",
      "address.city FIELD_MISSING",
      "address.postalCode POSTAL_CODE_FORM",
      "dateOfExpiry DATE_ORDER",
      "portrait PORTRAIT_NOT_BASE64",
      "phone FIELD_UNKNOWN",
    ]);
    expect(problems[2]?.message).toContain("U+202E");
    expect(JSON.stringify(problems)).not.toContain("\u202e");
    expect(message).toContain("14 problems");
    expect(message).not.toContain("0076229646");
  });
});

describe("checkCitizenRecord", () => {
  it.each([
    [{ documentNumber: "A".repeat(22) }, []],
    [{ documentNumber: "A".repeat(23) }, ["documentNumber DOCUMENT_NUMBER_FORM"]],
    [{ documentNumber: "" }, ["documentNumber DOCUMENT_NUMBER_FORM"]],
    [{ documentNumber: 47 }, ["documentNumber FIELD_TYPE"]],
    [{ issuingState: "D<<" }, ["issuingState COUNTRY_CODE_FORM"]],
    [{ givenNames: "" }, ["givenNames TEXT_EMPTY"]],
    [{ givenNames: " \u200c " }, ["givenNames TEXT_EMPTY"]],
    [{ givenNames: "ن".repeat(101) }, ["givenNames TEXT_TOO_LONG"]],
    [{ givenNames: "-رضا" }, ["givenNames NAME_CHARACTER"]],
    [{ givenNames: undefined }, ["givenNames FIELD_MISSING"]],
    [{ fatherName: null }, ["fatherName FIELD_TYPE"]],
    [{ latin: "Sara" }, ["latin FIELD_TYPE"]],
    [{ nationalNumber: 76229645 }, ["nationalNumber FIELD_TYPE"]],
    [{ householdId: "x" }, ["householdId DIGITS_FORM"]],
    [{ birthCertificate: { number: "12345678901" } }, ["birthCertificate.number DIGITS_FORM"]],
    [{ birthCertificate: { number: "1", series: "1".repeat(13) } }, ["birthCertificate.series TEXT_TOO_LONG"]],
    [{ address: undefined }, ["address FIELD_MISSING"]],
    [{ address: { ...goodInput.address, plate: 12 } }, ["address.plate FIELD_TYPE"]],
    [{ address: { ...goodInput.address, zip: "1" } }, ["address.zip FIELD_UNKNOWN"]],
    [{ dateOfBirth: "31/01/1991" }, ["dateOfBirth DATE_FORM"]],
    [{ dateOfBirth: 19910131 }, ["dateOfBirth DATE_FORM"]],
    [{ dateOfBirth: undefined }, ["dateOfBirth FIELD_MISSING"]],
    [{ dateOfBirth: { gregorian: "1991-01-31" } }, ["dateOfBirth DATE_FORM"]],
    [{ dateOfBirth: { jalali: "1370/01/31" } }, ["dateOfBirth.jalali DATE_FORM"]],
    [{ dateOfBirth: { jalali: "1402-12-30" } }, ["dateOfBirth.jalali DATE_NOT_REAL"]],
    [{ dateOfBirth: { jalali: "1991-01-31" } }, ["dateOfBirth.jalali DATE_IMPLAUSIBLE"]],
    [{ dateOfBirth: "1370-01-31" }, ["dateOfBirth DATE_IMPLAUSIBLE"]],
    [{ dateOfBirth: "1849-12-31" }, ["dateOfBirth DATE_IMPLAUSIBLE"]],
    [{ dateOfBirth: { jalali: "1228-10-10" } }, ["dateOfBirth.jalali DATE_IMPLAUSIBLE"]],
    [{ dateOfBirth: "1850-01-01" }, []],
    [{ dateOfBirth: "2026-11-22" }, []],
    [{ dateOfBirth: "2026-11-23" }, ["dateOfIssue DATE_ORDER"]],
    [{ dateOfExpiry: "2026-11-23" }, []],
    [{ dateOfExpiry: { jalali: "1405-09-01" } }, ["dateOfExpiry DATE_ORDER"]],
    [{ portrait: undefined }, ["portrait FIELD_MISSING"]],
    [{ portrait: { file: "a.jpg" } }, ["portrait FIELD_TYPE"]],
    [{ portrait: "" }, ["portrait PORTRAIT_NOT_BASE64"]],
    [{ portrait: "iVBORw0KGgo=" }, ["portrait PORTRAIT_FORMAT"]],
    [{ portrait: new Uint8Array(0) }, ["portrait PORTRAIT_FORMAT"]],
    [{ portrait: "AAAADGpQICANCocK" }, []], // JPEG 2000
    [{ "a\u202eb": 1 }, ['["a<U+202E>b"] FIELD_UNKNOWN']],
  ])("%#: %j gives %j", (change, expected) => {
    expect(problemsOf(change)).toEqual(expected);
  });

  it("tells a Jalali date that was given as a Gregorian one", () => {
    const { problems } = checkCitizenRecord({ ...goodInput, dateOfBirth: "1370-01-31" });
    expect(problems[0]?.message).toContain('{ jalali: "1370-01-31" }');
  });

  it("lists every fault of one text: its length and its characters", () => {
    expect(problemsOf({ placeOfBirth: `\u202e${"a".repeat(100)}` })).toEqual([
      "placeOfBirth TEXT_TOO_LONG",
      "placeOfBirth TEXT_CHARACTER_REFUSED",
    ]);
  });

  it("refuses a portrait above 1 MiB, as bytes and as base64", () => {
    const bytes = new Uint8Array((1 << 20) + 1);
    bytes.set([0xff, 0xd8, 0xff]);
    expect(problemsOf({ portrait: bytes })).toEqual(["portrait PORTRAIT_TOO_LARGE"]);
    expect(problemsOf({ portrait: bytes.subarray(0, 1 << 20) })).toEqual([]);
    const base64 = (length: number) => Buffer.from(bytes.subarray(0, length)).toString("base64");
    expect(problemsOf({ portrait: base64(1 << 20) })).toEqual([]);
    expect(problemsOf({ portrait: base64((1 << 20) + 1) })).toEqual(["portrait PORTRAIT_TOO_LARGE"]);
    expect(problemsOf({ portrait: "A".repeat(1_500_000) })).toEqual(["portrait PORTRAIT_TOO_LARGE"]);
  });

  it("never shows the portrait", () => {
    const secret = "U0VDUkVU".repeat(4);
    for (const portrait of [secret, `${secret}!`, new TextEncoder().encode(secret)]) {
      const { problems } = checkCitizenRecord({ ...goodInput, portrait });
      expect(problems).toHaveLength(1);
      expect(JSON.stringify(problems)).not.toContain("U0VD");
    }
  });

  it("never throws, uses its own codes, and finds nothing but faults in what is no record", () => {
    const value = fc.anything({ withBigInt: true, withNullPrototype: true, withTypedArray: true, withDate: true });
    const nearly = fc.record(Object.fromEntries(Object.keys(goodInput).map((key) => [key, value])), {
      requiredKeys: [],
    });
    fc.assert(
      fc.property(fc.oneof(value, nearly), (input) => {
        const { problems } = checkCitizenRecord(input);
        expect(problems.length).toBeGreaterThan(0);
        for (const { code } of problems) expect(RECORD_PROBLEM_CODES).toContain(code);
      }),
    );
  });

  it("agrees with parseCitizenRecord on records with any one field spoilt", () => {
    const key = fc.constantFrom(...Object.keys(goodInput));
    fc.assert(
      fc.property(key, fc.oneof(fc.string({ unit: "binary" }), fc.anything()), (field, value) => {
        const input = { ...goodInput, [field]: value };
        const { problems, warnings } = checkCitizenRecord(input);
        if (problems.length > 0) {
          expect(() => parseCitizenRecord(input)).toThrow(RecordError);
        } else {
          const parsed = parseCitizenRecord(input);
          expect(parsed.warnings).toEqual(warnings);
          expect(parseCitizenRecord(parsed.record).record).toEqual(parsed.record);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("rules", () => {
  it("are the profile's: another country brings its own", () => {
    const rules: RecordRules = {
      nationalNumber: {
        name: "even",
        check: (value) =>
          /[02468]$/.test(value)
            ? []
            : [{ severity: "problem", code: "UTOPIAN_ODD", allowed: "even numbers", message: "Take an even one." }],
      },
    };
    const input = {
      ...goodInput,
      givenNames: "علي",
      nationalNumber: "٣",
      address: { ...goodInput.address, postalCode: "W1A ۱" },
    };
    const { problems, warnings } = checkCitizenRecord(input, { rules });
    expect(codes(problems)).toEqual(["nationalNumber UTOPIAN_ODD"]);
    expect(problems[0]).toMatchObject({ found: '"3"', allowed: "even numbers" });
    // No letter rules: Arabic yeh stays; a number without a rule is short text with ASCII digits.
    expect(codes(warnings)).toEqual(["nationalNumber TEXT_NORMALIZED", "address.postalCode TEXT_NORMALIZED"]);
  });

  it("are the Iranian ones by default", () => {
    expect(checkCitizenRecord({ ...goodInput, nationalNumber: "1111111111" })).toEqual(
      checkCitizenRecord({ ...goodInput, nationalNumber: "1111111111" }, { rules: iranianRules }),
    );
  });
});
