/**
 * What one does with a declared file beside writing and reading it: annotated dump, JSON form, reading with named tolerances.
 * ISO/IEC 7816-4 §5.2 and ISO/IEC 8825-1 as in `tlv`; the departures are those of `TOLERANCES`.
 * Leaves out what a file means: `lds`, `biometric` and `pki` say that.
 * @module
 */
export { dumpTlv } from "./dump.js";
export { fileFromJson, fileToJson, type JsonValue } from "./json.js";
export { ALL_TOLERANCES, TOLERANCES, type ToleranceCode, type Tolerated } from "./tolerances.js";
export { parseFileTolerantly, type TolerantResult } from "./tolerant.js";
