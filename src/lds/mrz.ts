import { EncodeError, MalformedError } from "../errors.js";
import { checkDigit } from "./check-digit.js";

/** The MRZ of a TD1 card (three lines of 30), its data elements without check digits and fillers (ICAO 9303-5 §4.2). */
export interface Td1Mrz {
  /** One or two letters; the first is A, C or I, the second no V, and no I behind A (note k). */
  readonly documentCode: string;
  /** Issuing State or organization: one to three letters (`D` is Germany). */
  readonly issuingState: string;
  /** 1 to 22 characters; more than nine follow the rule of note j. */
  readonly documentNumber: string;
  /** Optional data of the first line, behind a long document number; inner fillers stay `<`. */
  readonly optionalData1: string;
  /** `YYMMDD`; unknown parts are `<<`. */
  readonly dateOfBirth: string;
  /** `F`, `M`, or `<` when unspecified. */
  readonly sex: "F" | "M" | "<";
  /** `YYMMDD`. */
  readonly dateOfExpiry: string;
  readonly nationality: string;
  /** Optional data of the second line. */
  readonly optionalData2: string;
  /** The name field with its fillers, 30 characters; see `buildNameField` and {@link namesOf}. */
  readonly names: string;
}

const LINE = 30;

/** The 30 characters behind the document number, and its check digit position. */
function documentNumberField(mrz: Td1Mrz): string {
  const { documentNumber: number, optionalData1 } = mrz;
  if (number.length <= 9) return number.padEnd(9, "<") + checkDigit(number) + pad("optionalData1", optionalData1, 15);
  const rest = number.slice(9) + checkDigit(number);
  return `${number.slice(0, 9)}<${pad("optionalData1", `${rest}<${optionalData1}`, 15)}`;
}

function pad(field: string, value: string, width: number): string {
  if (value.length > width) throw new EncodeError(`${value.length} characters; ${width} are the most`, field);
  return value.padEnd(width, "<");
}

function expect(condition: boolean, field: string, what: string): void {
  if (!condition) throw new EncodeError(what, field);
}

/**
 * The 90 characters of a TD1 MRZ, line after line without breaks, check digits included.
 *
 * Spec: ICAO 9303-5 §4.2.2; check digits: 9303-3 §4.9.
 *
 * @throws {EncodeError} `VALUE_NOT_ENCODABLE` with the data element as path. Names are not cut here: `buildNameField` does.
 */
export function encodeTd1(mrz: Td1Mrz): string {
  expect(/^(A[A-HJ-UW-Z]?|[CI][A-UW-Z]?)$/.test(mrz.documentCode), "documentCode", "A, C or I and a letter of note k");
  expect(/^[A-Z]{1,3}$/.test(mrz.issuingState), "issuingState", "one to three letters");
  expect(/^[A-Z]{1,3}$/.test(mrz.nationality), "nationality", "one to three letters");
  // A filler ends the rest of a long number, so it can hold none.
  expect(
    /^[A-Z0-9]([A-Z0-9<]{0,7}[A-Z0-9]|[A-Z0-9<]{8}[A-Z0-9]{1,13})?$/.test(mrz.documentNumber),
    "documentNumber",
    "1 to 22 of A-Z and 0-9",
  );
  expect(/^[0-9<]{6}$/.test(mrz.dateOfBirth), "dateOfBirth", "YYMMDD");
  expect(/^[0-9]{6}$/.test(mrz.dateOfExpiry), "dateOfExpiry", "YYMMDD");
  expect(/^[FM<]$/.test(mrz.sex), "sex", "F, M or <");
  expect(/^([A-Z0-9<]*[A-Z0-9])?$/.test(mrz.optionalData1), "optionalData1", "A-Z, 0-9 and inner <");
  expect(/^([A-Z0-9<]*[A-Z0-9])?$/.test(mrz.optionalData2), "optionalData2", "A-Z, 0-9 and inner <");
  expect(/^[A-Z][A-Z<]{29}$/.test(mrz.names), "names", "30 of A-Z and <, starting with a letter");
  const number = documentNumberField(mrz);
  const birth = mrz.dateOfBirth + checkDigit(mrz.dateOfBirth);
  const expiry = mrz.dateOfExpiry + checkDigit(mrz.dateOfExpiry);
  const optional2 = pad("optionalData2", mrz.optionalData2, 11);
  const composite = checkDigit(number + birth + expiry + optional2);
  const line1 = mrz.documentCode.padEnd(2, "<") + mrz.issuingState.padEnd(3, "<") + number;
  const line2 = birth + mrz.sex + expiry + mrz.nationality.padEnd(3, "<") + optional2 + composite;
  return line1 + line2 + mrz.names;
}

function unpad(text: string): string {
  return text.replace(/<+$/, "");
}

/** Throws a MalformedError for a data element of the MRZ. */
function refuse(field: string, detail: string, offset: number): never {
  throw new MalformedError("BAD_VALUE", detail, offset, field === "" ? "MRZ" : `MRZ.${field}`);
}

function checkedDigit(mrz: string, from: number, to: number, at: number, field: string): string {
  const text = mrz.slice(from, to);
  const right = checkDigit(text);
  if (mrz[at] !== right) refuse(field, `check digit ${right} expected, ${mrz[at]} found`, at);
  return text;
}

/**
 * The data elements of a TD1 MRZ. Strict: encoding them again gives the same 90 characters.
 *
 * @param mrz - 90 characters, no line breaks.
 * @throws {MalformedError} `BAD_LENGTH`, or `BAD_VALUE` with the data element as path and the character as offset: a
 *   wrong check digit, a character outside the alphabet, a field out of form.
 */
export function parseTd1(mrz: string): Td1Mrz {
  if (mrz.length !== 3 * LINE) {
    throw new MalformedError("BAD_LENGTH", `${mrz.length} characters; a TD1 MRZ has 90`, 0, "MRZ");
  }
  const wrong = mrz.search(/[^A-Z0-9<]/);
  if (wrong >= 0) refuse("", "only A-Z, 0-9 and < are allowed", wrong);
  let documentNumber: string;
  let optionalData1: string;
  if (mrz[14] !== "<") {
    documentNumber = unpad(checkedDigit(mrz, 5, 14, 14, "documentNumber"));
    optionalData1 = unpad(mrz.slice(15, 30));
  } else {
    // Note j: the rest of a long number and its check digit stand in the optional data, ended by a filler.
    const end = mrz.indexOf("<", 15);
    if (end < 17 || end >= 30) refuse("documentNumber", "the check digit is missing", 14);
    documentNumber = mrz.slice(5, 14) + mrz.slice(15, end - 1);
    const right = checkDigit(documentNumber);
    if (mrz[end - 1] !== right) {
      refuse("documentNumber", `check digit ${right} expected, ${mrz[end - 1]} found`, end - 1);
    }
    optionalData1 = unpad(mrz.slice(end + 1, 30));
  }
  const dateOfBirth = checkedDigit(mrz, 30, 36, 36, "dateOfBirth");
  const dateOfExpiry = checkedDigit(mrz, 38, 44, 44, "dateOfExpiry");
  const composite = checkDigit(mrz.slice(5, 37) + mrz.slice(38, 45) + mrz.slice(48, 59));
  if (mrz[59] !== composite) refuse("compositeCheckDigit", `${composite} expected, ${mrz[59]} found`, 59);
  const value: Td1Mrz = {
    documentCode: unpad(mrz.slice(0, 2)),
    issuingState: unpad(mrz.slice(2, 5)),
    documentNumber,
    optionalData1,
    dateOfBirth,
    sex: mrz[37] as Td1Mrz["sex"],
    dateOfExpiry,
    nationality: unpad(mrz.slice(45, 48)),
    optionalData2: unpad(mrz.slice(48, 59)),
    names: mrz.slice(60),
  };
  // The writer knows every rule of form, so what it refuses or would write otherwise is malformed.
  try {
    const again = encodeTd1(value);
    const at = [...again].findIndex((character, i) => character !== mrz[i]);
    if (at >= 0) refuse("", "not in the form that the standard gives", at);
  } catch (error) {
    if (error instanceof EncodeError) refuse(error.path, error.detail, 0);
    throw error;
  }
  return value;
}

/** Components of the name field. */
export function namesOf(field: string): { readonly primary: readonly string[]; readonly secondary: readonly string[] } {
  const at = field.indexOf("<<");
  const parts = (text: string) => text.split("<").filter((part) => part !== "");
  return at < 0
    ? { primary: parts(field), secondary: [] }
    : { primary: parts(field.slice(0, at)), secondary: parts(field.slice(at + 2)) };
}

/** What opens a chip from the printed MRZ: document number, date of birth, date of expiry. */
export interface MrzKeyMaterial {
  /** Whole document number, without fillers. */
  readonly documentNumber: string;
  /** `YYMMDD`. */
  readonly dateOfBirth: string;
  /** `YYMMDD`. */
  readonly dateOfExpiry: string;
}

/**
 * The "MRZ information" from which access keys are derived: the three elements, each with its check digit. A number
 * shorter than nine characters is filled up; a longer one is used whole.
 *
 * Spec: ICAO 9303-11 App. D.2 (worked examples for TD1, TD2 and long numbers pin it).
 */
export function mrzInformation(key: MrzKeyMaterial): string {
  const { documentNumber, dateOfBirth, dateOfExpiry } = key;
  if (!/^[A-Z0-9][A-Z0-9<]{0,21}$/.test(documentNumber)) {
    throw new RangeError("mrzInformation: documentNumber has 1 to 22 characters of A-Z and 0-9");
  }
  if (!/^[0-9<]{6}$/.test(dateOfBirth)) throw new RangeError("mrzInformation: dateOfBirth is YYMMDD");
  if (!/^[0-9]{6}$/.test(dateOfExpiry)) throw new RangeError("mrzInformation: dateOfExpiry is YYMMDD");
  return [documentNumber.padEnd(9, "<"), dateOfBirth, dateOfExpiry].map((part) => part + checkDigit(part)).join("");
}
