/**
 * Secure messaging between terminal and chip: one session type a side, for 3DES and AES-128, -192 and -256.
 * ISO 7816-4 §10 as profiled by ICAO 9303-11 §9.8; reached from outside through `access`.
 * Leaves out key agreement (`access`), GlobalPlatform's secure channels (`gp`), MAC-only and encrypt-only messaging.
 * @module
 */
export { isProtected, openChipSession, SmRefusal } from "./chip.js";
export type { SmParameters, SmSuiteName } from "./shared.js";
export { openTerminalSession } from "./terminal.js";
