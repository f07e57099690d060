import { MalformedError } from "../errors.js";
import { type Dg1, dg1 } from "../lds/dg1.js";
import { type Dg11, dg11 } from "../lds/dg11.js";
import { type Dg12, dg12 } from "../lds/dg12.js";
import { parseMrz } from "../lds/mrz.js";
import { fullDate } from "../lds/mrz-dates.js";
import type { Mrz } from "../lds/mrz-elements.js";
import { buildNameField, namesOf } from "../lds/mrz-names.js";
import { mrzName } from "../lds/transliterate.js";
import type { CheckList } from "./report.js";

/** The MRZ of DG1, with its check digits checked; the format follows from its length and first letter. */
export function checkMrz(list: CheckList, value: Dg1 | undefined): Mrz | undefined {
  const base = { id: "dg1.mrz", path: dg1.name, spec: "ICAO 9303-3 §4.9; 9303-4 to -6 §4.2" };
  if (value === undefined) {
    list.add({ ...base, status: "notChecked", message: "There is no readable DG1." });
    return undefined;
  }
  try {
    const mrz = parseMrz(value.mrz);
    if (mrz.format === "MRV-A" || mrz.format === "MRV-B") {
      list.add({ ...base, status: "failed", message: "It is the MRZ of a visa, which has no chip." });
      return undefined;
    }
    list.add({ ...base, status: "passed", message: `${mrz.format}; form and check digits are right.` });
    return mrz;
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    list.add({ ...base, status: "failed", message: `${error.message}.` });
    return undefined;
  }
}

/** The printed MRZ, when the inspector has read it, against the chip's. */
export function checkPrinted(list: CheckList, value: Dg1 | undefined, printed: string | undefined): void {
  const base = { id: "dg1.printed", path: dg1.name, spec: "ICAO 9303-11 §5.1" };
  if (printed === undefined || value === undefined) {
    list.add({ ...base, status: "notChecked", message: "The printed MRZ was not given to compare with." }, false);
    return;
  }
  const same = printed.replace(/\s/g, "") === value.mrz;
  const message = same ? "The chip holds the printed MRZ." : "The chip holds another MRZ than is printed.";
  list.add({ ...base, status: same ? "passed" : "failed", message });
}

/** A day ends so much later, in milliseconds, where the clocks are last (UTC−12), and begins so much earlier at UTC+14. */
const LAST_ZONE = 12 * 3_600_000;
const FIRST_ZONE = 14 * 3_600_000;

/** `YYMMDD` as the last second of that day, UTC; undefined when there is no such day in its century. */
function endOfDay(yymmdd: string, at: Date): Date | undefined {
  try {
    const day = fullDate(yymmdd, { reference: at, kind: "expiry" });
    return new Date(`${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}T23:59:59Z`);
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}

/** Is the document still valid, and do its dates make sense together? */
export function checkDates(list: CheckList, mrz: Mrz | undefined, details: Dg12 | undefined, at: Date): void {
  const spec = "ICAO 9303-4 to -6 §4.2";
  const base = { id: "dates.expiry", path: dg1.name, spec };
  const expiry = mrz === undefined ? undefined : endOfDay(mrz.dateOfExpiry, at);
  if (mrz === undefined) {
    list.add({ ...base, status: "notChecked", message: "There is no readable MRZ." });
  } else if (expiry === undefined) {
    list.add({ ...base, status: "failed", message: `The date of expiry ${mrz.dateOfExpiry} is no date.` });
  } else {
    const day = expiry.toISOString().slice(0, 10);
    const over = expiry.getTime() + LAST_ZONE < at.getTime();
    const message = over ? `The document expired on ${day}.` : `The document is valid until ${day}.`;
    list.add({ ...base, status: over ? "failed" : "passed", message, evidence: { dateOfExpiry: day } });
  }
  const issued = details?.dateOfIssue;
  const issue = { id: "dates.issue", path: dg12.name, spec: "ICAO 9303-10 §4.7.12" };
  if (issued === undefined) {
    list.add({ ...issue, status: "notChecked", message: "DG12 states no date of issue." }, false);
    return;
  }
  const day = `${issued.slice(0, 4)}-${issued.slice(4, 6)}-${issued.slice(6)}`;
  const date = new Date(`${day}T00:00:00Z`);
  const real = !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
  const begun = date.getTime() - FIRST_ZONE <= at.getTime();
  const right = real && begun && (expiry === undefined || date < expiry);
  const message = right
    ? `Issued on ${day}.`
    : real
      ? `Issued on ${day}: that is after the inspection or after the expiry.`
      : `The date of issue ${issued} is no date.`;
  list.add({ ...issue, status: right ? "passed" : "failed", message });
}

/** DG11 must tell the same person as DG1. */
export function checkPerson(list: CheckList, mrz: Mrz | undefined, details: Dg11 | undefined): void {
  const spec = "ICAO 9303-10 §4.7.11";
  const birth = { id: "dg11.dateOfBirth", path: dg11.name, spec };
  const name = { id: "dg11.name", path: dg11.name, spec };
  if (mrz === undefined || details === undefined) {
    const message = mrz === undefined ? "There is no readable MRZ." : "There is no DG11.";
    list.add({ ...birth, status: "notChecked", message }, false);
    list.add({ ...name, status: "notChecked", message }, false);
    return;
  }
  const full = details.dateOfBirth;
  if (full === undefined) {
    list.add({ ...birth, status: "notChecked", message: "DG11 states no date of birth." }, false);
  } else {
    // Unknown parts are << in the MRZ and 00 in DG11.
    const short = full.slice(2);
    const same = [0, 2, 4].every((i) => {
      const part = mrz.dateOfBirth.slice(i, i + 2);
      return part === short.slice(i, i + 2) || (part === "<<" && short.slice(i, i + 2) === "00");
    });
    const message = same
      ? "DG1 and DG11 state the same date of birth."
      : "DG1 and DG11 state different dates of birth.";
    const evidence = { dg1: mrz.dateOfBirth, dg11: full };
    list.add({ ...birth, status: same ? "passed" : "failed", message, evidence });
  }
  checkName(list, name, mrz, [details.fullName, ...(details.otherNames ?? [])]);
}

/** Some name of DG11 in Latin letters gives the name field of DG1, cut or not. */
function checkName(
  list: CheckList,
  base: { readonly id: string; readonly path: string; readonly spec: string },
  mrz: Mrz,
  names: readonly (string | undefined)[],
): void {
  const latin = names.filter(
    (text): text is string => text !== undefined && /^[\p{Script=Latin}\p{P}\s<]+$/u.test(text),
  );
  if (latin.length === 0) {
    list.add({ ...base, status: "notChecked", message: "DG11 holds no name in Latin letters to compare with." }, false);
    return;
  }
  const shown = namesOf(mrz.names);
  const cut = !mrz.names.endsWith("<"); // a letter in the last position says that the name may be cut (9303-5 §4.2.3)
  const same = latin.some((text) => {
    const [primary = "", secondary = ""] = text.split("<<");
    const parts = (part: string) => mrzName(part.replace(/</g, " ")).components;
    const components = { primary: parts(primary), secondary: parts(secondary) };
    if (components.primary.length === 0) return false;
    if (buildNameField(components.primary, components.secondary, mrz.names.length).text === mrz.names) return true;
    return cut && shortened(components.primary, shown.primary) && shortened(components.secondary, shown.secondary);
  });
  const message = same ? "DG1 and DG11 state the same name." : "DG1 and DG11 state different names.";
  list.add({ ...base, status: same ? "passed" : "failed", message });
}

/** Whether `cut` are the first components of `whole`, each possibly cut: issuers choose among several ways of cutting. */
function shortened(whole: readonly string[], cut: readonly string[]): boolean {
  return cut.length <= whole.length && cut.every((part, i) => (whole[i] as string).startsWith(part));
}
