import { MalformedError } from "../errors.js";
import { dg1 } from "../lds/dg1.js";
import { type Dg11, dg11 } from "../lds/dg11.js";
import { type Dg12, dg12 } from "../lds/dg12.js";
import { fullDate } from "../lds/mrz-dates.js";
import type { Mrz } from "../lds/mrz-elements.js";
import type { CheckList } from "./report.js";

/** A day ends so much later, in milliseconds, where the clocks are last (UTC−12), and begins so much earlier at UTC+14. */
const LAST_ZONE = 12 * 3_600_000;
const FIRST_ZONE = 14 * 3_600_000;

/** `YYMMDD` of the MRZ with its century; undefined when there is no such day. */
function withCentury(yymmdd: string, kind: "birth" | "expiry", at: Date): string | undefined {
  try {
    return fullDate(yymmdd, { reference: at, kind });
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}

/** `YYYY-MM-DD`. */
const shown = (day: string) => `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6, 8)}`;

/** `YYYYMMDD` as its first second, UTC; undefined when the calendar has no such day. */
export function firstInstant(day: string): Date | undefined {
  const date = new Date(`${shown(day)}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(shown(day)) ? date : undefined;
}

/** Whether a day has begun somewhere at the instant. */
const begun = (start: Date, at: Date): boolean => start.getTime() - FIRST_ZONE <= at.getTime();

/**
 * Is the document valid at the instant, are its dates days of the calendar, and does one follow the other: birth, issue,
 * expiry?
 *
 * Spec: ICAO 9303-4 to -6 §4.2, 9303-10 §4.7.11 and §4.7.12.
 */
export function checkDates(
  list: CheckList,
  mrz: Mrz | undefined,
  person: Dg11 | undefined,
  details: Dg12 | undefined,
  at: Date,
): void {
  const expiry = checkExpiry(list, mrz, at);
  const issue = checkIssue(list, details?.dateOfIssue, expiry, at);
  checkBirth(list, mrz, person?.dateOfBirth, issue, at);
  checkPersonalization(list, details?.personalizationTime, expiry, at);
}

/** Gives the last second of the document's last day, UTC. */
function checkExpiry(list: CheckList, mrz: Mrz | undefined, at: Date): Date | undefined {
  const base = { id: "dates.expiry", path: dg1.name, spec: "ICAO 9303-4 to -6 §4.2" };
  if (mrz === undefined) {
    list.add({ ...base, status: "notChecked", message: "There is no readable MRZ." });
    return undefined;
  }
  const full = withCentury(mrz.dateOfExpiry, "expiry", at);
  if (full === undefined) {
    list.add({ ...base, status: "failed", message: `The date of expiry ${mrz.dateOfExpiry} is no date.` });
    return undefined;
  }
  const day = shown(full);
  const expiry = new Date(`${day}T23:59:59Z`);
  const over = expiry.getTime() + LAST_ZONE < at.getTime();
  const message = over ? `The document expired on ${day}.` : `The document is valid until ${day}.`;
  list.add({ ...base, status: over ? "failed" : "passed", message, evidence: { dateOfExpiry: day } });
  return expiry;
}

/** Gives the day of issue when it is one. */
function checkIssue(list: CheckList, issued: string | undefined, expiry: Date | undefined, at: Date): Date | undefined {
  const base = { id: "dates.issue", path: dg12.name, spec: "ICAO 9303-10 §4.7.12" };
  if (issued === undefined) {
    list.add({ ...base, status: "notChecked", message: "DG12 states no date of issue." }, false);
    return undefined;
  }
  const date = firstInstant(issued);
  if (date === undefined) {
    list.add({ ...base, status: "failed", message: `The date of issue ${issued} is no date.` });
    return undefined;
  }
  const day = shown(issued);
  const right = begun(date, at) && (expiry === undefined || date < expiry);
  const message = right ? `Issued on ${day}.` : `Issued on ${day}: that is after the inspection or after the expiry.`;
  const evidence = { dateOfIssue: day, ...(expiry && { dateOfExpiry: expiry.toISOString().slice(0, 10) }) };
  list.add({ ...base, status: right ? "passed" : "failed", message, evidence });
  return date;
}

/** The first day that a date of birth can mean; unknown parts are 00, or fillers in the MRZ. */
const earliest = (full: string): string => full.replace(/^(<<<<|0000)/, "0001").replace(/(<<|00)(?=(..)?$)/g, "01");

function checkBirth(
  list: CheckList,
  mrz: Mrz | undefined,
  stated: string | undefined,
  issue: Date | undefined,
  at: Date,
): void {
  const path = stated === undefined ? dg1.name : dg11.name;
  const base = { id: "dates.birth", path, spec: "ICAO 9303-10 §4.7.11; 9303-3 §4.8" };
  const full = stated ?? (mrz && (withCentury(mrz.dateOfBirth, "birth", at) ?? mrz.dateOfBirth));
  if (full === undefined) {
    list.add({ ...base, status: "notChecked", message: "There is no date of birth to look at." }, false);
    return;
  }
  const first = full.length === 8 ? firstInstant(earliest(full)) : undefined;
  if (first === undefined) {
    list.add({ ...base, status: "failed", message: `The date of birth ${full} is no date.` }, false);
    return;
  }
  const right = begun(first, at) && (issue === undefined || first <= issue);
  const message = right
    ? `Born on ${shown(full)}.`
    : `Born on ${shown(full)}: that is after the inspection or the issue.`;
  const evidence = { dateOfBirth: shown(full), ...(issue && { dateOfIssue: issue.toISOString().slice(0, 10) }) };
  list.add({ ...base, status: right ? "passed" : "failed", message, evidence }, false);
}

function checkPersonalization(list: CheckList, time: string | undefined, expiry: Date | undefined, at: Date): void {
  const base = { id: "dates.personalization", path: dg12.name, spec: "ICAO 9303-10 §4.7.12" };
  if (time === undefined) {
    list.add({ ...base, status: "notChecked", message: "DG12 states no time of personalization." }, false);
    return;
  }
  const day = firstInstant(time.slice(0, 8));
  const clock = /^([01]\d|2[0-3])[0-5]\d[0-5]\d$/.test(time.slice(8));
  if (day === undefined || !clock) {
    list.add({ ...base, status: "failed", message: `The time of personalization ${time} is none.` }, false);
    return;
  }
  const right = begun(day, at) && (expiry === undefined || day < expiry);
  const message = right
    ? `Personalized on ${shown(time)}.`
    : `Personalized on ${shown(time)}: that is after the inspection or after the expiry.`;
  const evidence = { personalizationTime: time, ...(expiry && { dateOfExpiry: expiry.toISOString().slice(0, 10) }) };
  list.add({ ...base, status: right ? "passed" : "failed", message, evidence }, false);
}
