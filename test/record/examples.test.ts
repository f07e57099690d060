import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkCitizenRecord, parseCitizenRecord } from "../../src/record/parse.js";
import { codes } from "./sample.js";

const folder = new URL("../../examples/", import.meta.url);
const { records } = JSON.parse(readFileSync(new URL("records.json", folder), "utf8")) as {
  records: { portrait: string; documentNumber: string }[];
};
const inputs = records.map((record) => ({
  ...record,
  portrait: new Uint8Array(readFileSync(new URL(`portraits/${record.portrait}`, folder))),
}));
const isGood = (input: unknown) => checkCitizenRecord(input).problems.length === 0;
const good = inputs.filter(isGood).map((input) => parseCitizenRecord(input));

describe("sample records", () => {
  it("are 28 good ones and three with several faults each", () => {
    expect(good).toHaveLength(28);
    const bad = inputs.filter((input) => !isGood(input)).map((input) => codes(checkCitizenRecord(input).problems));
    expect(bad).toEqual([
      [
        "documentNumber DOCUMENT_NUMBER_FORM",
        "issuingState COUNTRY_CODE_FORM",
        "nationality COUNTRY_CODE_FORM",
        "givenNames TEXT_CHARACTER_REFUSED",
        "familyName NAME_CHARACTER",
        "latin.family FIELD_MISSING",
        "latin.given NAME_CHARACTER",
        "nationalNumber NATIONAL_NUMBER_CHECK_DIGIT",
        "dateOfBirth DATE_NOT_REAL",
        "placeOfBirth TEXT_EMPTY",
        "sex SEX_FORM",
        "address.city FIELD_MISSING",
        "address.postalCode POSTAL_CODE_FORM",
        "dateOfIssue DATE_NOT_REAL",
        "dateOfExpiry DATE_FORM",
        "phone FIELD_UNKNOWN",
      ],
      [
        "latin.family NAME_CHARACTER",
        "fatherName TEXT_EMPTY",
        "nationalNumber NATIONAL_NUMBER_REPEATED",
        "dateOfBirth.jalali DATE_NOT_REAL",
        "dateOfExpiry DATE_ORDER",
      ],
      [
        "documentNumber DOCUMENT_NUMBER_FORM",
        "nationality COUNTRY_CODE_FORM",
        "nationalNumber NATIONAL_NUMBER_FORM",
        "address.plate FIELD_TYPE",
        "address.postalCode POSTAL_CODE_FORM",
        "dateOfIssue DATE_ORDER",
        "dateOfExpiry DATE_NOT_REAL",
      ],
    ]);
  });

  it("are of different people: no number, document or portrait twice", () => {
    for (const field of ["documentNumber", "nationalNumber"] as const) {
      expect(new Set(good.map(({ record }) => record[field])).size).toBe(good.length);
    }
    expect(readdirSync(new URL("portraits/", folder)).filter((name) => name.endsWith(".jpg"))).toEqual(
      records.map(({ portrait }) => portrait).toSorted(),
    );
  });

  it("hold the cases that an issuer meets", () => {
    const people = good.map(({ record }) => record);
    const count = (test: (record: (typeof people)[number]) => boolean) => people.filter(test).length;
    expect(count(({ documentNumber }) => documentNumber.length === 10)).toBe(2);
    expect(count(({ documentNumber }) => documentNumber.length < 9)).toBeGreaterThan(2);
    // TD1 leaves 30 characters for primary identifier, two fillers, secondary identifier.
    expect(count(({ latin }) => latin !== undefined && `${latin.family}<<${latin.given}`.length > 30)).toBeGreaterThan(
      3,
    );
    expect(count(({ givenNames }) => givenNames.includes("\u200c"))).toBeGreaterThan(1);
    expect(count(({ latin }) => latin === undefined)).toBeGreaterThan(1);
    expect(new Set(people.map(({ sex }) => sex))).toEqual(new Set(["male", "female", "unspecified"]));
    const changed = codes(good.flatMap(({ warnings }) => warnings));
    for (const code of ["givenNames TEXT_NORMALIZED", "address.postalCode POSTAL_CODE_UNUSUAL"]) {
      expect(changed).toContain(code);
    }
  });

  it("have portraits in baseline JPEG with a JFIF header, 413 x 531, 300 dpi, 12 to 22 kB", () => {
    for (const { portrait } of inputs) {
      const view = new DataView(portrait.buffer, portrait.byteOffset, portrait.byteLength);
      expect(view.getUint32(0)).toBe(0xffd8ffe0);
      expect(new TextDecoder().decode(portrait.subarray(6, 10))).toBe("JFIF");
      expect([portrait[13], view.getUint16(14), view.getUint16(16)]).toEqual([1, 300, 300]);
      let at = 2;
      while (view.getUint16(at) !== 0xffc0 && view.getUint16(at) !== 0xffda) at += 2 + view.getUint16(at + 2);
      expect(view.getUint16(at)).toBe(0xffc0);
      expect([view.getUint16(at + 5), view.getUint16(at + 7)]).toEqual([531, 413]);
      expect(portrait.length).toBeGreaterThan(12_000);
      expect(portrait.length).toBeLessThan(22_000);
    }
  });
});
