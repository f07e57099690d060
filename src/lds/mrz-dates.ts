import { MalformedError } from "../errors.js";

/** What is wrong with a date, and at which of its characters. */
export interface DateFault {
  readonly at: number;
  readonly detail: string;
}

/** Most days of each month; 29 February is allowed in any year that is not known. */
const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

const isLeap = (year: number) => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;

/**
 * What is wrong with a `YYMMDD`; undefined when it can be a date in some century. Unknown parts, where they are allowed,
 * are two fillers each.
 *
 * Spec: ICAO 9303-3 §4.8 and §3.8 (only a whole part, day, month or year, is unknown).
 */
export function dateFault(yymmdd: string, unknownAllowed: boolean): DateFault | undefined {
  if (yymmdd.length !== 6) return { at: 0, detail: `${yymmdd.length} characters; YYMMDD has six` };
  const wrong = yymmdd.search(unknownAllowed ? /[^0-9<]/ : /[^0-9]/);
  if (wrong >= 0) {
    return { at: wrong, detail: `${JSON.stringify(yymmdd[wrong])} in a date; it has numerals, YYMMDD` };
  }
  for (const at of [0, 2, 4]) {
    const part = yymmdd.slice(at, at + 2);
    if (part !== "<<" && part.includes("<")) return { at, detail: "an unknown part of a date is two fillers" };
  }
  const [year, month, day] = [0, 2, 4].map((at) => (yymmdd[at] === "<" ? undefined : Number(yymmdd.slice(at, at + 2))));
  if (month !== undefined && (month < 1 || month > 12)) return { at: 2, detail: `there is no month ${month}` };
  let most = month === undefined ? 31 : (DAYS[month - 1] as number);
  // The year 00 is a leap year in one century of four.
  if (month === 2 && year !== undefined && year % 4 !== 0) most = 28;
  if (day !== undefined && (day < 1 || day > most)) {
    return { at: 4, detail: `there is no day ${day}${month === undefined ? "" : ` in month ${month}`}` };
  }
  return undefined;
}

/** What {@link fullDate} needs to find the century. */
export interface CenturyRule {
  /** The day of the inspection or of issue, taken in UTC. */
  readonly reference: Date;
  readonly kind: "birth" | "expiry";
  /** For an expiry: most years that it may lie ahead of the reference, 0 to 99; 50 when left out. */
  readonly yearsAhead?: number;
}

/**
 * A date of the MRZ with its century: `YYYYMMDD`, unknown parts kept as fillers (an unknown year is `<<<<`). A birth is the
 * last such date that is not after the reference; an expiry the last one in a year at most `yearsAhead` years after it.
 * A person of a hundred years or more is so taken for a child: DG11 has the full date.
 *
 * Spec: ICAO 9303-3 §4.8 (two digits for the year; the century is the reader's to find).
 *
 * @throws {MalformedError} `BAD_VALUE`, with the kind of date as path, for what is no date in that century either.
 * @throws {RangeError} when the reference is no date or `yearsAhead` is not from 0 to 99.
 * @example
 * import { fullDate } from "cardwright/lds";
 * const reference = new Date("2026-07-01");
 * fullDate("740812", { reference, kind: "birth" }); // => "19740812"
 * fullDate("34<<<<", { reference, kind: "birth" }); // => "1934<<<<"
 * fullDate("340415", { reference, kind: "expiry" }); // => "20340415"
 */
export function fullDate(yymmdd: string, rule: CenturyRule): string {
  const { reference, kind, yearsAhead = 50 } = rule;
  if (Number.isNaN(reference.getTime())) throw new RangeError("fullDate: reference is no date");
  if (!Number.isInteger(yearsAhead) || yearsAhead < 0 || yearsAhead > 99) {
    throw new RangeError("fullDate: yearsAhead is a whole number from 0 to 99");
  }
  const path = kind === "birth" ? "dateOfBirth" : "dateOfExpiry";
  const fault = dateFault(yymmdd, kind === "birth");
  if (fault !== undefined) throw new MalformedError("BAD_VALUE", fault.detail, fault.at, path);
  const rest = yymmdd.slice(2);
  if (yymmdd.startsWith("<<")) return `<<<<${rest}`;
  const latest = reference.getUTCFullYear() + (kind === "birth" ? 0 : yearsAhead);
  let year = latest - ((((latest - Number(yymmdd.slice(0, 2))) % 100) + 100) % 100);
  if (kind === "birth" && year === latest) {
    // An unknown month or day may be the first one.
    const earliest = [rest.slice(0, 2), rest.slice(2)].map((part) => (part === "<<" ? "01" : part)).join("");
    const today = twoDigits(reference.getUTCMonth() + 1) + twoDigits(reference.getUTCDate());
    if (earliest > today) year -= 100;
  }
  if (rest === "0229" && !isLeap(year)) throw new MalformedError("BAD_VALUE", `29 February ${year}`, 2, path);
  return String(year).padStart(4, "0") + rest;
}

const twoDigits = (value: number) => String(value).padStart(2, "0");
