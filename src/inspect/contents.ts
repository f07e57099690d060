import { MalformedError } from "../errors.js";
import { type Dg1, dg1 } from "../lds/dg1.js";
import { type Dg11, dg11 } from "../lds/dg11.js";
import { parseMrz } from "../lds/mrz.js";
import type { Mrz } from "../lds/mrz-elements.js";
import { compareName, mayBeCut } from "./names.js";
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
    const cut = mayBeCut(mrz.names) && { NAME_TRUNCATED: `${mrz.names}: a letter in the last position, it may be cut` };
    const message = `${mrz.format}; form and check digits are right.`;
    list.add({ ...base, status: "passed", message, ...(cut && { evidence: cut }) });
    return mrz;
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    list.add({ ...base, status: "failed", message: `${error.message}.` });
    return undefined;
  }
}

const SPEC = "ICAO 9303-10 §4.7.11";

/** DG11 must tell the same person as DG1: date of birth, name, personal number. */
export function checkPerson(list: CheckList, mrz: Mrz | undefined, details: Dg11 | undefined): void {
  const birth = { id: "dg11.dateOfBirth", path: dg11.name, spec: SPEC };
  const name = { id: "dg11.name", path: dg11.name, spec: `${SPEC}; 9303-3 §4.6 and §6` };
  const number = { id: "dg11.personalNumber", path: dg11.name, spec: `${SPEC}; 9303-4 to -6 §4.2` };
  if (mrz === undefined || details === undefined) {
    const message = mrz === undefined ? "There is no readable MRZ." : "There is no DG11.";
    for (const base of [birth, name, number]) list.add({ ...base, status: "notChecked", message }, false);
    return;
  }
  const full = details.dateOfBirth;
  if (full === undefined) {
    list.add({ ...birth, status: "notChecked", message: "DG11 states no date of birth." }, false);
  } else {
    const same = sameBirth(mrz.dateOfBirth, full);
    const message = same
      ? "DG1 and DG11 state the same date of birth."
      : "DG1 and DG11 state different dates of birth.";
    const evidence = { dg1: mrz.dateOfBirth, dg11: full };
    list.add({ ...birth, status: same ? "passed" : "failed", message, evidence });
  }
  list.add({ ...name, ...compareName(mrz.names, [details.fullName, ...(details.otherNames ?? [])]) }, false);
  checkPersonalNumber(list, number, mrz, details.personalNumber);
}

/** A date of birth of the MRZ and one with its century; unknown parts are `<<` in the MRZ and 00 in DG11. */
export function sameBirth(yymmdd: string, full: string): boolean {
  return [0, 2, 4].every((i) => {
    const [short, long] = [yymmdd.slice(i, i + 2), full.slice(i + 2, i + 4)];
    return short === long || (short === "<<" && long === "00");
  });
}

/** Letters and digits alone, in capitals: separators are printed, and `<` or nothing in the MRZ. */
export function bare(text: string): string {
  return text
    .replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => String((digit.codePointAt(0) as number) % 16))
    .toUpperCase()
    .replace(/[^\p{L}\p{N}]/gu, "");
}

/** Characters of the field for a personal number in TD3, which cuts longer ones (9303-4 §4.2.2). */
const TD3_NUMBER = 14;

/** Where in the MRZ a number stands: an element, one of its parts, or, cut, in a field that is full. */
function placeOf(mrz: Mrz, number: string): string | undefined {
  const wanted = bare(number);
  const elements = Object.entries(mrz).filter(([key]) => key === "documentNumber" || key.startsWith("optionalData"));
  const found = elements.find(
    ([, text]) =>
      [text, ...text.split("<")].some((part) => bare(part) === wanted) ||
      (mrz.format === "TD3" && text.length === TD3_NUMBER && wanted.startsWith(bare(text))),
  );
  return found?.[0];
}

/** The personal number of DG11 in the optional data of the MRZ, or as its document number. */
function checkPersonalNumber(
  list: CheckList,
  base: { readonly id: string; readonly path: string; readonly spec: string },
  mrz: Mrz,
  number: string | undefined,
): void {
  if (number === undefined || bare(number) === "") {
    list.add({ ...base, status: "notChecked", message: "DG11 states no personal number." }, false);
    return;
  }
  const place = placeOf(mrz, number);
  const texts = Object.entries(mrz).filter(([key, text]) => /^optionalData\d?$/.test(key) && text !== "");
  if (place === undefined && texts.length === 0) {
    list.add({ ...base, status: "notChecked", message: "The MRZ has no optional data to compare with." }, false);
    return;
  }
  const evidence = {
    dg1: place === undefined ? texts.map(([, text]) => text).join(" ") : String(mrz[place as keyof Mrz]),
    dg11: number,
    ...(place !== undefined && { place }),
  };
  const message =
    place === undefined
      ? "The personal number of DG11 is not in the optional data of the MRZ, which may be about something else: compare."
      : "DG1 and DG11 state the same personal number.";
  list.add({ ...base, status: place === undefined ? "warning" : "passed", message, evidence }, false);
}
