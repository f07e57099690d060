import { iranianNationalNumber } from "./national-number.js";
import { persianLetters } from "./persian-letters.js";
import { iranianPostalCode } from "./postal-code.js";
import type { RecordRules } from "./rule.js";

/** The rules of the shipped `nationalId` profile: Iranian national number and postal code, Persian letters. */
export const iranianRules: RecordRules = {
  nationalNumber: iranianNationalNumber,
  postalCode: iranianPostalCode,
  letters: persianLetters,
};
