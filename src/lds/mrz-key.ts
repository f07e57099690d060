import { checkDigit } from "./check-digit.js";

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
