import { CalendarDate, GregorianCalendar, PersianCalendar, toCalendar } from "@internationalized/date";

const GREGORIAN = new GregorianCalendar();
const JALALI = new PersianCalendar();

/** First and last date a record may hold: nobody alive, and no document valid, lies outside. */
export const EARLIEST_DATE = "1850-01-01";
/** See {@link EARLIEST_DATE}. */
export const LATEST_DATE = "2199-12-31";

/**
 * Jalali years for which the library's 33-year leap rule agrees with the astronomical calendar of Iran;
 * 1502 is the first after them for which the two differ.
 */
const JALALI_YEARS = { first: 1178, last: 1500 } as const;

/** A date as input states it: Gregorian `YYYY-MM-DD`, or Jalali `{ jalali: "1370-01-31" }`. */
export type DateInput = string | { readonly jalali: string };

type Calendar = typeof GREGORIAN | typeof JALALI;

// CalendarDate moves a day that does not exist to the last one that does, so a real date is one that comes back as given.
function realDate(calendar: Calendar, text: string): CalendarDate | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (match === null) return undefined;
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number];
  if (year === 0) return undefined;
  const date = new CalendarDate(calendar, year, month, day);
  return date.year === year && date.month === month && date.day === day ? date : undefined;
}

function format(date: { readonly year: number; readonly month: number; readonly day: number }): string {
  const two = (part: number) => part.toString().padStart(2, "0");
  return `${date.year.toString().padStart(4, "0")}-${two(date.month)}-${two(date.day)}`;
}

function inJalaliRange(year: number): boolean {
  return year >= JALALI_YEARS.first && year <= JALALI_YEARS.last;
}

/** Whether `text` is `YYYY-MM-DD` and a day of the Gregorian calendar (29 February in leap years only). */
export function isGregorianDate(text: string): boolean {
  return realDate(GREGORIAN, text) !== undefined;
}

/** Whether `text` is `YYYY-MM-DD` and a day of the Jalali calendar (30 Esfand in leap years only), years 1178 to 1500. */
export function isJalaliDate(text: string): boolean {
  const date = realDate(JALALI, text);
  return date !== undefined && inJalaliRange(date.year);
}

/**
 * Gregorian `YYYY-MM-DD` of a Jalali (Solar Hijri) date.
 *
 * @param text - `YYYY-MM-DD` with ASCII digits, years 1178 to 1500.
 * @throws {RangeError} when there is no such day, or the year lies outside.
 * @example
 * jalaliToGregorian("1403-12-30"); // "2025-03-20", the leap day of 1403
 */
export function jalaliToGregorian(text: string): string {
  const date = realDate(JALALI, text);
  if (date === undefined || !inJalaliRange(date.year)) {
    throw new RangeError("jalaliToGregorian: expected a real Jalali date YYYY-MM-DD, years 1178 to 1500");
  }
  return format(toCalendar(date, GREGORIAN));
}

/**
 * Jalali (Solar Hijri) `YYYY-MM-DD` of a Gregorian date.
 *
 * @param text - `YYYY-MM-DD` with ASCII digits, in the Jalali years 1178 to 1500.
 * @throws {RangeError} when there is no such day, or the year lies outside.
 * @example
 * gregorianToJalali("2026-11-22"); // "1405-09-01"
 */
export function gregorianToJalali(text: string): string {
  const date = realDate(GREGORIAN, text);
  const jalali = date === undefined ? undefined : toCalendar(date, JALALI);
  if (jalali === undefined || !inJalaliRange(jalali.year)) {
    throw new RangeError(
      "gregorianToJalali: expected a real Gregorian date YYYY-MM-DD in the Jalali years 1178 to 1500",
    );
  }
  return format(jalali);
}
