/**
 * Reads a card and judges what it gave: `readCard` talks to the chip, `validateCard` is a pure function.
 * ICAO 9303-10 §3.6 (reading), 9303-11 §4 to §7 (access, authentication of data, chip and terminal), 9303-12 §6.1 (path, revocation).
 * TR-03110-2 §3.3 and §3.4 (version 2 of terminal and chip authentication). Leaves out OCSP: reports say what was not checked.
 * @module
 */

export type { CardFiles, FallPolicy, PaceFacts, ReadingEvidence, ReadingFall, ReadingProofs } from "./card-files.js";
export { type CardDisplay, displayOf } from "./display.js";
export type { AccessKey, CanKey, PinKey } from "./doors.js";
export {
  type EvidenceOptions,
  type EvidenceReport,
  toEvidenceJson,
  validateEvidence,
} from "./evidence.js";
export { parseReadingEvidence, readingEvidenceJson } from "./evidence-json.js";
export type { ValidityDate } from "./passive-types.js";
export type { PrintedData } from "./printed.js";
export {
  type AskedProof,
  type CardSecurityTrust,
  type ReadCardOptions,
  type ReadingTerminal,
  type ReadProgress,
  readCard,
} from "./read-card.js";
export { type ReaderMemory, type ReadSizeFall, readerMemory } from "./reader-memory.js";
export { describeFall } from "./reading-checks.js";
export { type ReadingMemory, readingMemory } from "./reading-memory.js";
export type { Check, CheckStatus, ReportedCertificate, ValidationReport, Verdict } from "./report.js";
export { type ValidateSecurityObjectsOptions, validateSecurityObjects } from "./security-objects.js";
export { type ValidateCardOptions, validateCard } from "./validate-card.js";
