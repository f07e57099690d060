/**
 * Reads a card and judges what it gave: `readCard` talks to the chip, `validateCard` is a pure function.
 * ICAO 9303-10 §3.6 (reading), 9303-11 §4.3 (BAC) and §5.1 (passive authentication), 9303-12 §6.1 (path, revocation).
 * Leaves out chip and active authentication, and OCSP: reports say what was not checked.
 * @module
 */

export type { CardFiles, ReadingEvidence, ReadingFall } from "./card-files.js";
export { type CardDisplay, displayOf } from "./display.js";
export type { AccessKey, CanKey } from "./doors.js";
export {
  type EvidenceOptions,
  type EvidenceReport,
  toEvidenceJson,
  validateEvidence,
} from "./evidence.js";
export type { ValidityDate } from "./passive-types.js";
export type { PrintedData } from "./printed.js";
export { type ReadCardOptions, type ReadProgress, readCard } from "./read-card.js";
export { type ReadingMemory, readingMemory } from "./reading-memory.js";
export type { Check, CheckStatus, ReportedCertificate, ValidationReport, Verdict } from "./report.js";
export { type ValidateSecurityObjectsOptions, validateSecurityObjects } from "./security-objects.js";
export { type ValidateCardOptions, validateCard } from "./validate-card.js";
