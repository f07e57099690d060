import { dateFault } from "./mrz-dates.js";
import type { MrzElement, MrzLayout, MrzPlace } from "./mrz-layouts.js";

/** What every MRZ has: data elements without check digits and without the fillers behind them. */
export interface MrzElements {
  /** One or two characters: A, C or I for cards, P for passports, V for visas, and what the format's part allows behind. */
  readonly documentCode: string;
  /** Issuing State or organization: one to three letters (`D` is Germany). */
  readonly issuingState: string;
  /** One to nine characters; in TD1 up to 22 and in TD2 up to 14, written by the rule of note j. */
  readonly documentNumber: string;
  /** `YYMMDD`; an unknown year, month or day is `<<`. */
  readonly dateOfBirth: string;
  /** `F`, `M`, or `<` when unspecified. */
  readonly sex: "F" | "M" | "<";
  /** `YYMMDD`; of a visa the day until which it is valid. */
  readonly dateOfExpiry: string;
  /** One to three letters; a code of 9303-3 §5 for persons without a nationality. */
  readonly nationality: string;
  /** The name field with its fillers, exactly as wide as the format's; see `buildNameField` and {@link namesOf}. */
  readonly names: string;
}

/** The MRZ of a TD1 card: three lines of 30 (ICAO 9303-5 §4.2). */
export interface Td1Mrz extends MrzElements {
  /** Optional data of the first line, behind a long document number; inner fillers stay `<`. Up to 15 characters. */
  readonly optionalData1: string;
  /** Optional data of the second line, up to 11 characters. */
  readonly optionalData2: string;
}

/** The MRZ of a TD2 card: two lines of 36 (ICAO 9303-6 §4.2). */
export interface Td2Mrz extends MrzElements {
  /** Optional data, behind a long document number; up to 7 characters. */
  readonly optionalData: string;
}

/** The MRZ of a passport, TD3: two lines of 44 (ICAO 9303-4 §4.2). */
export interface Td3Mrz extends MrzElements {
  /** Personal number or other optional data, up to 14 characters. */
  readonly optionalData: string;
  /** `"0"` when the check digit of empty optional data is 0; left out when it is `<`, or computed over what is there. */
  readonly optionalDataCheckDigit?: "0";
}

/** The MRZ of a visa: two lines of 44 (MRV-A) or 36 (MRV-B), without composite check digit (ICAO 9303-7 §4.2 and §7.2). */
export interface VisaMrz extends MrzElements {
  /** Optional data: up to 16 characters in MRV-A, 8 in MRV-B. */
  readonly optionalData: string;
}

/** An MRZ of any format. */
export type Mrz =
  | ({ readonly format: "TD1" } & Td1Mrz)
  | ({ readonly format: "TD2" } & Td2Mrz)
  | ({ readonly format: "TD3" } & Td3Mrz)
  | ({ readonly format: "MRV-A" | "MRV-B" } & VisaMrz);

/** What is wrong with an element, and at which of its characters. */
export interface ElementFault {
  readonly at: number;
  readonly detail: string;
}

/** Characters of a document number that stand in its own field. */
export const NINE = 9;

/** Characters of a place. */
export const size = ([, first, last]: MrzPlace) => last - first + 1;

/** Most characters of a document number: the rest of a long one leaves room for its check digit and a filler. */
function longest(layout: MrzLayout): number {
  return layout.longNumber === undefined ? NINE : NINE + size(layout.elements[layout.longNumber] as MrzPlace) - 2;
}

function matches(value: string, form: RegExp, characters: RegExp, detail: string): ElementFault | undefined {
  return form.test(value) ? undefined : { at: Math.max(0, value.search(characters)), detail };
}

/** What is wrong with the value of an element, in any format; undefined when nothing is. */
export function faultOf(layout: MrzLayout, element: MrzElement, value: string): ElementFault | undefined {
  switch (element) {
    case "documentCode":
      return matches(value, layout.documentCode.form, /[^A-Z0-9]/, layout.documentCode.what);
    case "issuingState":
    case "nationality":
      return matches(value, /^[A-Z]{1,3}$/, /[^A-Z]/, "one to three letters");
    case "documentNumber":
      if (value.length > longest(layout)) {
        return { at: longest(layout), detail: `${value.length} characters; ${longest(layout)} are the most` };
      }
      // A filler ends the rest of a long number, so it can hold none.
      return matches(
        value,
        /^[A-Z0-9]([A-Z0-9<]{0,7}[A-Z0-9]|[A-Z0-9<]{8}[A-Z0-9]+)?$/,
        /[^A-Z0-9<]|^</,
        `1 to ${longest(layout)} of A-Z and 0-9`,
      );
    case "dateOfBirth":
      return dateFault(value, true);
    case "dateOfExpiry":
      return dateFault(value, false);
    case "sex":
      return matches(value, /^[FM<]$/, /[^FM<]/, "F, M or <");
    case "names": {
      const width = size(layout.elements.names as MrzPlace);
      if (value.length !== width) return { at: 0, detail: `${value.length} characters; the name field has ${width}` };
      return matches(value, /^[A-Z][A-Z<]*$/, /[^A-Z<]|^</, "A-Z and <, starting with a letter");
    }
    default:
      return matches(value, /^([A-Z0-9<]*[A-Z0-9])?$/, /[^A-Z0-9<]/, "A-Z, 0-9 and inner <");
  }
}
