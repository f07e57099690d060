import type { RecordRule, RuleFinding } from "./rule.js";

/**
 * Check digit of an Iranian national number: s = Σ dᵢ·(10−i) for i = 0…8, r = s mod 11; r if r < 2, else 11 − r.
 * Pinned by published numbers in the tests.
 *
 * @param nineDigits - The first nine digits, leading zeros included.
 * @throws {TypeError} when it is not nine ASCII digits.
 * @example
 * nationalNumberCheckDigit("007622964"); // "5"
 */
export function nationalNumberCheckDigit(nineDigits: string): string {
  if (!/^\d{9}$/.test(nineDigits)) throw new TypeError("nationalNumberCheckDigit: expected nine ASCII digits");
  let sum = 0;
  for (let i = 0; i < 9; i++) sum += Number(nineDigits[i]) * (10 - i);
  const rest = sum % 11;
  return String(rest < 2 ? rest : 11 - rest);
}

const ALLOWED = "ten digits, the last one the check digit, not all equal";

function problem(code: string, message: string): readonly RuleFinding[] {
  return [{ severity: "problem", code, allowed: ALLOWED, message }];
}

/** The Iranian national number: ten digits, check digit, not ten equal ones (some of which satisfy the sum). */
export const iranianNationalNumber: RecordRule = {
  name: "Iranian national number",
  check: (value) => {
    if (/^\d{8,9}$/.test(value)) {
      return problem("NATIONAL_NUMBER_FORM", "Too short by leading zeros perhaps: it is text, give all ten digits.");
    }
    if (!/^\d{10}$/.test(value)) return problem("NATIONAL_NUMBER_FORM", "A national number has ten digits.");
    if (/^(\d)\1{9}$/.test(value)) {
      return problem("NATIONAL_NUMBER_REPEATED", "Ten equal digits are never issued: look for a placeholder.");
    }
    if (value[9] !== nationalNumberCheckDigit(value.slice(0, 9))) {
      return problem("NATIONAL_NUMBER_CHECK_DIGIT", "The check digit does not fit: look for a mistyped digit.");
    }
    return [];
  },
};
