/**
 * Reads a card and judges what it gave: `readCard` talks to the chip, `validateCard` is a pure function.
 * ICAO 9303-10 §3.6 (reading), 9303-11 §4.3 (BAC) and §5.1 (passive authentication), 9303-12 §6.1 (path).
 * Leaves out PACE, chip and active authentication, and revocation: reports say that they were not checked.
 * @module
 */
export type { CardFiles, ReadingEvidence } from "./card-files.js";
export type { PrintedData } from "./printed.js";
export { type ReadCardOptions, type ReadProgress, readCard } from "./read-card.js";
export type { Check, CheckStatus, ValidationReport, Verdict } from "./report.js";
export { type ValidateSecurityObjectsOptions, validateSecurityObjects } from "./security-objects.js";
export { type ValidateCardOptions, validateCard } from "./validate-card.js";
