/**
 * How a terminal and a chip prove themselves to each other, and the secure messaging that follows; both roles.
 * Basic Access Control and secure messaging of ICAO 9303-11 §4.3 and §9.8.
 * Leaves out what the session carries (`inspect`, `chip`) and how the MRZ is read (`lds`).
 * @module
 */
export { isProtected, openChipSession, SmRefusal } from "../sm/chip.js";
export type { SmParameters, SmSuiteName } from "../sm/shared.js";
export { openTerminalSession } from "../sm/terminal.js";
export { bacChip } from "./bac/chip.js";
export { type BacKeys, deriveBacKeys } from "./bac/shared.js";
export { openBac } from "./bac/terminal.js";
