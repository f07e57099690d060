import fc from "fast-check";
import type { Mrz } from "../../src/lds/mrz-elements.js";
import { type MrzFormat, nameFieldWidth } from "../../src/lds/mrz-layouts.js";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const of = (alphabet: string, min: number, max: number) =>
  fc.array(fc.constantFrom(...alphabet), { minLength: min, maxLength: max }).map((a) => a.join(""));
const optional = (max: number) => of(`${LETTERS}0123456789<`, 0, max).map((text) => text.replace(/<+$/, ""));

const date = fc
  .date({ min: new Date("1900-01-01"), max: new Date("2099-12-31"), noInvalidDate: true })
  .map((day) => day.toISOString().slice(2, 10).replaceAll("-", ""));
const birth = fc
  .tuple(date, fc.boolean(), fc.boolean(), fc.boolean())
  .map(([day, ...known]) => known.map((is, i) => (is ? day.slice(2 * i, 2 * i + 2) : "<<")).join(""));

const CODES: Record<MrzFormat, readonly string[]> = {
  TD1: ["A", "C", "I", "ID", "IR", "AC", "CA", "I1"],
  TD2: ["A", "C", "I", "ID", "AI", "CA"],
  TD3: ["P", "PP", "PD"],
  "MRV-A": ["V", "VC", "V1"],
  "MRV-B": ["V", "VC", "V1"],
};
const OPTIONAL = { TD2: 7, TD3: 14, "MRV-A": 16, "MRV-B": 8 } as const;
const LONGEST: Record<MrzFormat, number> = { TD1: 22, TD2: 14, TD3: 9, "MRV-A": 9, "MRV-B": 9 };

interface Draft {
  documentNumber: string;
  optionalData1?: string;
  optionalData?: string;
  optionalDataCheckDigit?: string;
}

/** Any valid value of a format. */
export function mrzValues(format: MrzFormat): fc.Arbitrary<Mrz> {
  const number = fc.oneof(
    of(`${LETTERS}0123456789`, 1, LONGEST[format]),
    of(`${LETTERS}0123456789<`, 0, 7).map((inner) => `X${inner}0`),
  );
  const width = nameFieldWidth(format);
  const common = {
    format: fc.constant(format),
    documentCode: fc.constantFrom(...CODES[format]),
    issuingState: of(LETTERS, 1, 3),
    documentNumber: number,
    dateOfBirth: birth,
    sex: fc.constantFrom("F", "M", "<"),
    dateOfExpiry: date,
    nationality: of(LETTERS, 1, 3),
    names: of(`${LETTERS}<`, width - 1, width - 1).map((text) => `A${text}`),
  };
  const rest: Record<string, fc.Arbitrary<string>> = format === "TD1"
    ? { optionalData1: optional(15), optionalData2: optional(11) }
    : { optionalData: optional(OPTIONAL[format]) };
  const zero = format === "TD3" ? fc.boolean() : fc.constant(false);
  const drafts = fc.record({ ...common, ...rest }, { noNullPrototype: true }) as unknown as fc.Arbitrary<Draft>;
  return fc.tuple(drafts, zero).map(([value, writesZero]) => {
    const long = value.documentNumber.length > 9;
    if (long && format === "TD1") value.optionalData1 = "";
    if (long && format === "TD2") value.optionalData = "";
    if (writesZero && value.optionalData === "") value.optionalDataCheckDigit = "0";
    return value as unknown as Mrz;
  });
}

export const FORMATS: readonly MrzFormat[] = ["TD1", "TD2", "TD3", "MRV-A", "MRV-B"];

/** Any valid value. */
export const anyMrz: fc.Arbitrary<Mrz> = fc.constantFrom(...FORMATS).chain(mrzValues);
