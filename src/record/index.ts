/**
 * The citizen's record: its schema, text rules, Gregorian and Jalali dates, national-number and postal-code rules.
 * Field limits after ICAO 9303-3 and 9303-5; number rules are values that a country lists; calendars by CLDR.
 * Leaves out transliteration and the MRZ (`lds`), image headers and sizes (`biometric`), and where records come from.
 * @module
 */
export { type DateInput, gregorianToJalali, isGregorianDate, isJalaliDate, jalaliToGregorian } from "./dates.js";
export { RECORD_PROBLEM_CODES, RecordError, type RecordProblem } from "./errors.js";
export { iranianNationalNumber, nationalNumberCheckDigit } from "./national-number.js";
export {
  checkCitizenRecord,
  type ParsedRecord,
  parseCitizenRecord,
  type RecordFindings,
  type RecordOptions,
} from "./parse.js";
export { persianLetters } from "./persian-letters.js";
export { iranianPostalCode } from "./postal-code.js";
export type { BirthCertificate, CitizenRecord, Finger, ImageSize, LatinName, PostalAddress, Sex } from "./record.js";
export type { LetterRule, RecordRule, RecordRules, RuleFinding } from "./rule.js";
export { iranianRules } from "./rules.js";
export { type CitizenRecordInput, citizenRecordJsonSchema, type FingerInput, type JsonSchema } from "./schema.js";
