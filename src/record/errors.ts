import { CardwrightError } from "../errors.js";

/**
 * The codes of what a record can have wrong. Stable; a country's own rules may add codes of their own.
 * Those ending in `_NORMALIZED` and `_UNUSUAL` are warnings.
 */
export const RECORD_PROBLEM_CODES = [
  "FIELD_MISSING",
  "FIELD_UNKNOWN",
  "FIELD_TYPE",
  "TEXT_EMPTY",
  "TEXT_TOO_LONG",
  "TEXT_CHARACTER_REFUSED",
  "TEXT_NORMALIZED",
  "NAME_CHARACTER",
  "DOCUMENT_NUMBER_FORM",
  "COUNTRY_CODE_FORM",
  "SEX_FORM",
  "DIGITS_FORM",
  "DATE_FORM",
  "DATE_NOT_REAL",
  "DATE_IMPLAUSIBLE",
  "DATE_ORDER",
  "NATIONAL_NUMBER_FORM",
  "NATIONAL_NUMBER_REPEATED",
  "NATIONAL_NUMBER_CHECK_DIGIT",
  "POSTAL_CODE_FORM",
  "POSTAL_CODE_UNUSUAL",
  "PORTRAIT_NOT_BASE64",
  "PORTRAIT_FORMAT",
  "PORTRAIT_TOO_LARGE",
  "IMAGE_NOT_BASE64",
  "IMAGE_FORMAT",
  "IMAGE_TOO_LARGE",
  "NUMBER_RANGE",
  "FINGER_COUNT",
  "FINGER_REPEATED",
  "MINUTIAE_NOT_BASE64",
  "MINUTIAE_FORM",
] as const;

/**
 * One thing that is wrong with a record, or that was changed in it (a warning).
 *
 * It tells what was found, so it holds personal data; it never holds bytes of images or minutiae, and invisible characters
 * show as `<U+202E>`, so that it can be printed safely.
 */
export interface RecordProblem {
  /** Dotted path of the field, e.g. `address.postalCode`; empty for the whole record. */
  readonly path: string;
  /** Stable and machine-readable: one of {@link RECORD_PROBLEM_CODES}, or a code of the country's own rule. */
  readonly code: string;
  /** What stands there, printable; long text and bytes only by their length. */
  readonly found: string;
  /** What may stand there. */
  readonly allowed: string;
  /** One sentence that says what to do. */
  readonly message: string;
  /** Warnings that changed the value: what the record holds instead. */
  readonly used?: string;
}

/**
 * A record was refused; `problems` lists every fault at once.
 *
 * The message names paths and codes only, so that a log line holds no personal data.
 */
export class RecordError extends CardwrightError {
  declare readonly code: "RECORD_INVALID";
  /** All faults, in the order of the record's fields; never empty. */
  readonly problems: readonly RecordProblem[];

  constructor(problems: readonly RecordProblem[]) {
    const list = problems.map((problem) => `${problem.path || "record"} ${problem.code}`).join(", ");
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    super("RECORD_INVALID", `The record has ${count}: ${list}. See \`problems\` for what was found and is allowed.`);
    this.problems = problems;
  }
}
