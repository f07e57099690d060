import { type BinaryName, readBinary } from "./binary.js";
import { EARLIEST_DATE, isGregorianDate, isJalaliDate, jalaliToGregorian, LATEST_DATE } from "./dates.js";
import { codePointName, describeFound, printable } from "./describe.js";
import type { RecordProblem } from "./errors.js";
import type { RecordRule, RecordRules } from "./rule.js";
import { MAX_TEXT } from "./schema.js";
import { valueAt } from "./shape.js";
import { asciiDigits, normalizeText, strayInLatinName, strayInNationalName, type TextStyle } from "./text.js";

/** Reads the fields of one input, one method a kind; each gives the value to use and notes all that is wrong with it. */
export interface FieldReader {
  nationalName(path: string): string | undefined;
  latinName(path: string): string | undefined;
  freeText(path: string): string | undefined;
  /** Short free text in which digits are ASCII: plate, floor, unit. */
  shortText(path: string, max?: number): string | undefined;
  /** Text whose form the schema has checked; its digits become ASCII. */
  digits(path: string): string | undefined;
  /** A number that a country's rule checks, where it has one. */
  ruled(path: string, rule: RecordRule | undefined): string | undefined;
  /** Gregorian `YYYY-MM-DD`. */
  date(path: string): string | undefined;
  /** Bytes, given as bytes or base64. */
  binary(path: string, kind: BinaryName): Uint8Array | undefined;
}

/**
 * A reader over `input` that adds to `problems` and `warnings`.
 * It passes over what is not text, or empty: the schema has reported that.
 */
export function fieldReader(
  input: unknown,
  rules: RecordRules,
  problems: RecordProblem[],
  warnings: RecordProblem[],
): FieldReader {
  const national: TextStyle = { letters: rules.letters ?? [], zwnj: true };
  const latin: TextStyle = { letters: [], zwnj: false, asciiMarks: true };

  function rawText(path: string): string | undefined {
    const value = valueAt(input, path);
    return typeof value === "string" && value !== "" ? value : undefined;
  }

  function fault(path: string, code: string, value: unknown, allowed: string, message: string): undefined {
    problems.push({ path, code, found: describeFound(value), allowed, message });
  }

  function changed(path: string, raw: string, used: string, changes: readonly string[]): void {
    if (changes.length === 0) return;
    const message = `The text was made uniform: ${changes.join("; ")}.`;
    const allowed = "uniform text (NFC, letters of the national script, no space or ZWNJ at an edge)";
    warnings.push({ path, code: "TEXT_NORMALIZED", found: describeFound(raw), allowed, message, used });
  }

  function text(path: string, style: TextStyle, max: number, digitsToo = false): string | undefined {
    const raw = rawText(path);
    if (raw === undefined) return undefined;
    const { text: uniform, changes, refused } = normalizeText(raw, style);
    if (refused.length > 0) {
      const hint = "Remove them; a letter in a presentation form (U+FB50 and up) is to be given as its base letter.";
      const allowed = "visible characters, no controls and no bidirectional marks";
      return fault(path, "TEXT_CHARACTER_REFUSED", raw, allowed, `The text holds ${refused.join(", ")}. ${hint}`);
    }
    const used = digitsToo ? asciiDigits(uniform) : uniform;
    if (used === "") return fault(path, "TEXT_EMPTY", raw, "at least one character", "Leave the field out or fill it.");
    if (used.length > max && raw.length <= max) {
      return fault(path, "TEXT_TOO_LONG", raw, `at most ${max} characters`, "Shorten the text: in NFC it is longer.");
    }
    changed(path, raw, used, used === uniform ? changes : [...changes, "digits became ASCII"]);
    return used;
  }

  function name(
    path: string,
    style: TextStyle,
    allowed: string,
    strayIn: (t: string) => readonly string[],
  ): string | undefined {
    const used = text(path, style, MAX_TEXT.name);
    if (used === undefined) return undefined;
    const stray = strayIn(used).map((character) => `${printable(character)} (${codePointName(character)})`);
    if (stray.length > 0) return fault(path, "NAME_CHARACTER", used, allowed, `The name holds ${stray.join(", ")}.`);
    if (!/^'?\p{L}/u.test(used)) return fault(path, "NAME_CHARACTER", used, allowed, "A name begins with a letter.");
    return used;
  }

  function digits(path: string): string | undefined {
    const raw = rawText(path);
    if (raw === undefined) return undefined;
    const used = asciiDigits(raw);
    changed(path, raw, used, used === raw ? [] : ["digits became ASCII"]);
    return used;
  }

  return {
    digits,
    nationalName: (path) =>
      name(path, national, "letters, space, hyphen, apostrophe, ZWNJ between letters", strayInNationalName),
    latinName: (path) => name(path, latin, "Latin letters, space, hyphen, apostrophe", strayInLatinName),
    freeText: (path) => text(path, national, MAX_TEXT.text),
    shortText: (path, max = MAX_TEXT.short) => text(path, national, max, true),
    ruled: (path, rule) => {
      if (rule === undefined) return text(path, national, MAX_TEXT.number, true);
      const used = digits(path);
      if (used === undefined) return undefined;
      for (const { severity, code, allowed, message } of rule.check(used)) {
        (severity === "problem" ? problems : warnings).push({
          path,
          code,
          found: describeFound(used),
          allowed,
          message,
        });
      }
      return used;
    },
    date: (path) => {
      const isJalali = rawText(path) === undefined;
      const at = isJalali ? `${path}.jalali` : path;
      const raw = rawText(at);
      const given = raw === undefined ? "" : asciiDigits(raw);
      if (raw === undefined || !/^\d{4}-\d{2}-\d{2}$/.test(given)) return undefined;
      const range = `a date from ${EARLIEST_DATE} to ${LATEST_DATE}; Jalali years 1178 to 1500`;
      const year = Number(given.slice(0, 4));
      if (isJalali ? year < 1178 || year > 1500 : given < EARLIEST_DATE || given > LATEST_DATE) {
        const hint =
          !isJalali && year >= 1178 && year <= 1500
            ? `A Jalali date is given as { jalali: "${given}" }.`
            : "Look for a mistyped year.";
        return fault(at, "DATE_IMPLAUSIBLE", raw, range, hint);
      }
      if (!(isJalali ? isJalaliDate(given) : isGregorianDate(given))) {
        const calendar = isJalali ? "Jalali" : "Gregorian";
        return fault(at, "DATE_NOT_REAL", raw, `a day of the ${calendar} calendar`, "There is no such day.");
      }
      const used = isJalali ? jalaliToGregorian(given) : given;
      if (used < EARLIEST_DATE) return fault(at, "DATE_IMPLAUSIBLE", raw, range, "Look for a mistyped year.");
      changed(at, raw, used, raw === given ? [] : ["digits became ASCII"]);
      return used;
    },
    binary: (path, kind) => {
      const value = valueAt(input, path);
      if (typeof value !== "string" && !(value instanceof Uint8Array)) return undefined;
      const { bytes, problem } = readBinary(value, kind);
      if (problem === undefined) return bytes;
      const found = typeof value === "string" ? `text of ${value.length} characters` : `${value.length} bytes`;
      problems.push({ path, code: problem.code, found, allowed: problem.allowed, message: problem.message });
      return undefined;
    },
  };
}
