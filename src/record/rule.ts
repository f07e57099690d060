/** What a {@link RecordRule} finds in a value; path and value are filled in by the caller. */
export interface RuleFinding {
  /** A problem refuses the record; a warning is reported and the value kept. */
  readonly severity: "problem" | "warning";
  readonly code: string;
  readonly allowed: string;
  readonly message: string;
}

/** A country's rule for one number: a pure function of text in which all digits are ASCII already. */
export interface RecordRule {
  readonly name: string;
  /** All findings, empty when the value is good. */
  readonly check: (value: string) => readonly RuleFinding[];
}

/** One replacement in text of the national script. */
export interface LetterRule {
  /** For the warning, e.g. `Arabic kaf U+0643 became U+06A9`. */
  readonly what: string;
  /** Global (`g`) pattern; must not match its own replacement. */
  readonly from: RegExp;
  readonly to: string;
}

/**
 * What a country, or a profile, decides about records. A rule left out is not checked: the field is any short text.
 *
 * @example
 * const looser: RecordRules = { ...iranianRules, postalCode: { name: "five digits", check: (code) =>
 *   /^\d{5}$/.test(code) ? [] : [{ severity: "problem", code: "POSTAL_CODE_FORM", allowed: "five digits",
 *     message: "A postal code has five digits." }] } };
 */
export interface RecordRules {
  readonly nationalNumber?: RecordRule;
  readonly postalCode?: RecordRule;
  /** Replacements in all text of the national script, in this order, between two passes of NFC. */
  readonly letters?: readonly LetterRule[];
}
