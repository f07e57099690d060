import { MalformedError } from "../errors.js";
import { type Dg1, dg1 } from "../lds/dg1.js";
import { type Dg11, dg11 } from "../lds/dg11.js";
import { parseMrz } from "../lds/mrz.js";
import type { Mrz } from "../lds/mrz-elements.js";
import { type MrzReading, type MrzToleranceCode, readMrzLines } from "../lds/mrz-lines.js";
import { bare, sameBirth } from "./contents.js";
import { compareName } from "./names.js";
import type { Check, CheckList } from "./report.js";

/** What the inspector has read of the printed document; every part may be left out. */
export interface PrintedData {
  /** The lines of the MRZ. Line breaks and spaces are ignored. */
  readonly mrz?: string;
  /** Codes of `MRZ_TOLERANCES` for lines from an OCR reader; those that were needed are in the evidence. */
  readonly mrzTolerate?: readonly MrzToleranceCode[];
  readonly documentNumber?: string;
  /** `YYMMDD` as in the MRZ, or `YYYYMMDD`. */
  readonly dateOfBirth?: string;
  /** `YYMMDD` as in the MRZ, or `YYYYMMDD`. */
  readonly dateOfExpiry?: string;
  /** In Latin letters or national script; primary and secondary identifier divided by `<<`, as in DG11. */
  readonly fullName?: string;
  readonly personalNumber?: string;
}

const SPEC = "ICAO 9303-11 §5.1; 9303-3 §3";

/** What the chip holds of the same. */
interface ChipData {
  readonly value: Dg1 | undefined;
  readonly mrz: Mrz | undefined;
  readonly person: Dg11 | undefined;
}

/**
 * The printed document against the chip: the MRZ as a whole, and the parts that the caller gives one by one, against DG1 and
 * DG11.
 *
 * @throws {RangeError} for a date that is not six or eight digits, and a tolerance that does not exist.
 */
export function checkPrinted(list: CheckList, printed: PrintedData, chip: ChipData): void {
  for (const name of ["dateOfBirth", "dateOfExpiry"] as const) {
    const date = printed[name];
    if (date !== undefined && !/^([0-9<]{6}|[0-9]{8})$/.test(date)) {
      throw new RangeError(`validateCard: printed.${name} is YYMMDD or YYYYMMDD`);
    }
  }
  checkPrintedMrz(list, printed, chip.value);
  const { mrz, person } = chip;
  const part = (name: string, given: string | undefined, found: Partial<Found>, same: Compare) =>
    checkPart(list, name, given, found, same);
  part(
    "documentNumber",
    printed.documentNumber,
    { dg1: mrz?.documentNumber },
    (left, right) => bare(left) === bare(right),
  );
  part("dateOfBirth", printed.dateOfBirth, { dg1: mrz?.dateOfBirth, dg11: person?.dateOfBirth }, sameDate);
  part("dateOfExpiry", printed.dateOfExpiry, { dg1: mrz?.dateOfExpiry }, sameDate);
  checkPrintedName(list, printed.fullName, chip);
  const number = { dg11: person?.personalNumber };
  part("personalNumber", printed.personalNumber, number, (left, right) => bare(left) === bare(right));
}

/** Elements in which two readings differ. */
function differences(left: Mrz, right: Mrz): string {
  const [a, b] = [left, right] as unknown as Readonly<Record<string, string>>[];
  const names = Object.keys({ ...a, ...b }).filter((name) => a?.[name] !== b?.[name]);
  return names.join(", ");
}

function readOrError(text: string, tolerate: readonly MrzToleranceCode[]): MrzReading | MalformedError {
  try {
    return readMrzLines(text, { tolerate: ["LINE_BREAKS", ...tolerate] });
  } catch (error) {
    if (error instanceof MalformedError) return error;
    throw error;
  }
}

function checkPrintedMrz(list: CheckList, printed: PrintedData, value: Dg1 | undefined): void {
  const { mrz: lines, mrzTolerate = [] } = printed;
  const base = { id: "dg1.printed", path: dg1.name, spec: "ICAO 9303-11 §5.1" };
  const reading = lines === undefined ? undefined : readOrError(lines, mrzTolerate);
  if (lines === undefined || value === undefined) {
    list.add({ ...base, status: "notChecked", message: "The printed MRZ was not given to compare with." }, false);
    return;
  }
  const plain = lines.replace(/\s/g, "");
  const read = reading instanceof MalformedError ? undefined : reading;
  if (plain === value.mrz || read?.text === value.mrz) {
    const used = plain === value.mrz ? [] : (read?.tolerated ?? []).filter(({ code }) => code !== "LINE_BREAKS");
    const evidence = Object.fromEntries(used.map(({ code, detail }) => [code, detail]));
    const message = "The chip holds the printed MRZ.";
    list.add({ ...base, status: "passed", message, ...(used.length > 0 && { evidence }) });
    return;
  }
  const evidence = { printed: read?.text ?? plain, dg1: value.mrz };
  if (reading instanceof MalformedError && mrzTolerate.length > 0) {
    // Lines of an OCR reader prove nothing while their check digits are wrong.
    const message = `The printed lines cannot be read: ${reading.message}. Read them again.`;
    list.add({ ...base, status: "notChecked", message, evidence });
    return;
  }
  const differ = read === undefined ? "" : differenceFrom(read.mrz, value.mrz);
  const message = "The chip holds another MRZ than is printed.";
  list.add({ ...base, status: "failed", message, evidence: { ...evidence, ...(differ !== "" && { differ }) } });
}

function differenceFrom(printed: Mrz, chip: string): string {
  try {
    return differences(printed, parseMrz(chip));
  } catch (error) {
    if (error instanceof MalformedError) return "";
    throw error;
  }
}

interface Found {
  readonly dg1: string | undefined;
  readonly dg11: string | undefined;
}
type Compare = (printed: string, chip: string) => boolean;

/** Printed dates may have their century or not, and so may those of the chip. */
function sameDate(printed: string, chip: string): boolean {
  if (printed.length === chip.length) return printed === chip;
  return printed.length === 6 ? sameBirth(printed, chip) : sameBirth(chip, printed);
}

function checkPart(
  list: CheckList,
  name: string,
  printed: string | undefined,
  found: Partial<Found>,
  same: Compare,
): void {
  const there = Object.entries(found).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const path = "dg1" in found ? dg1.name : dg11.name;
  const base = { id: `printed.${name}`, path, spec: SPEC };
  if (printed === undefined || there.length === 0) {
    const message =
      printed === undefined ? "It was not given to compare with." : "The chip gave nothing to compare with.";
    list.add({ ...base, status: "notChecked", message }, printed !== undefined);
    return;
  }
  const other = there.filter(([, text]) => !same(printed, text)).map(([group]) => group.toUpperCase());
  const message =
    other.length === 0 ? "The chip holds what is printed." : `${other.join(" and ")} states another than is printed.`;
  const evidence = { printed, ...Object.fromEntries(there) };
  list.add({ ...base, status: other.length === 0 ? "passed" : "failed", message, evidence });
}

const isLatin = (text: string) => /\p{Script=Latin}/u.test(text);

/** The printed name against the MRZ's, and against those of DG11 in the same script. */
function checkPrintedName(list: CheckList, name: string | undefined, { mrz, person }: ChipData): void {
  const base = { id: "printed.name", path: dg1.name, spec: `${SPEC}; 9303-3 §4.6 and §6` };
  const names = [person?.fullName, ...(person?.otherNames ?? [])].filter((text) => text !== undefined);
  if (name === undefined || (mrz === undefined && names.length === 0)) {
    const message = name === undefined ? "It was not given to compare with." : "The chip gave nothing to compare with.";
    list.add({ ...base, status: "notChecked", message }, name !== undefined);
    return;
  }
  const printed = { printed: name };
  const form = (text: string) =>
    text
      .normalize("NFC")
      .split(/[\s<,]+/u)
      .filter(Boolean)
      .join(" ")
      .toUpperCase();
  const same = names.find((text) => form(text) === form(name));
  if (same !== undefined) {
    const evidence = { ...printed, dg11: same };
    list.add({ ...base, status: "passed", message: "DG11 states the printed name.", evidence });
    return;
  }
  if (mrz === undefined) {
    const comparable = names.some((text) => isLatin(text) === isLatin(name));
    const message = comparable
      ? "DG11 states another name than is printed."
      : "DG11 has no name in the printed script.";
    const evidence = { ...printed, dg11: names.join("; ") };
    list.add({ ...base, status: comparable ? "failed" : "notChecked", message, evidence });
    return;
  }
  const { status, evidence = {} } = compareName(mrz.names, [name]);
  const { dg11: _, ...rest } = evidence;
  const messages: Readonly<Record<Check["status"], string>> = {
    passed: "DG1 states the printed name.",
    failed: "DG1 states another name than is printed.",
    warning: "The printed name, in national script, is another by the tables of ICAO 9303-3: compare by eye.",
    notChecked: "The printed name has no letters that can be compared with the MRZ.",
  };
  list.add({ ...base, status, message: messages[status], evidence: { ...printed, ...rest } });
}
