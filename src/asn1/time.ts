import { EncodeError, MalformedError } from "../errors.js";
import type { Time } from "./types.js";

const UTC = /^(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/;
const GENERALIZED = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/;

/**
 * The instant of an X.509 Time; UTCTime years 50-99 are 19xx (RFC 5280 §4.1.2.5.1).
 *
 * @throws {MalformedError} `BAD_VALUE` for anything but `YYMMDDhhmmssZ` or `YYYYMMDDhhmmssZ`, or a date that is none.
 */
export function timeToDate(value: Time, offset = 0): Date {
  const text = value.utcTime ?? value.generalizedTime ?? "";
  const match = (value.utcTime === undefined ? GENERALIZED : UTC).exec(text);
  const bad = () => new MalformedError("BAD_VALUE", `${JSON.stringify(text)} is no time in DER form`, offset);
  if (match === null) throw bad();
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const full = value.utcTime === undefined ? year : year < 50 ? 2000 + year : 1900 + year;
  const date = new Date(Date.UTC(full, month - 1, day, hour, minute, second));
  if (full < 100) date.setUTCFullYear(full);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day || hour > 23 || minute > 59 || second > 59) {
    throw bad();
  }
  return date;
}

/** A Time as X.509 wants it: UTCTime to 2049, GeneralizedTime later; whole seconds. */
export function dateToTime(date: Date): Time {
  const generalizedTime = dateToGeneralizedTime(date);
  const year = date.getUTCFullYear();
  return year >= 1950 && year < 2050 ? { utcTime: generalizedTime.slice(2) } : { generalizedTime };
}

/** `YYYYMMDDhhmmssZ`. */
export function dateToGeneralizedTime(date: Date): string {
  const year = date.getUTCFullYear();
  if (!(year >= 0 && year <= 9999)) throw new EncodeError("the date is invalid or its year has not four digits");
  return `${date.toISOString().replace(/[-:T]/g, "").slice(0, 14)}Z`;
}
