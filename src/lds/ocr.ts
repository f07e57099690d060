/**
 * Machine-readable zones as an OCR reader gives them: untidy lines by named tolerances, and repair that reports what it changed.
 * ICAO 9303-3 §4.3 and §4.9 (MRZ, check digits).
 * Leaves out reading pixels; a tidy MRZ is parsed by `parseMrz` of `lds`.
 * @module
 */
export {
  MRZ_TOLERANCES,
  type MrzReading,
  type MrzToleranceCode,
  type MrzTolerated,
  readMrzLines,
} from "./mrz-lines.js";
export type { MrzChange } from "./mrz-lookalikes.js";
export { type MrzRepair, repairMrz } from "./mrz-repair.js";
