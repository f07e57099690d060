/**
 * How a terminal and a chip prove themselves to each other, and the secure messaging that follows; both roles.
 * Basic Access Control, PACE and secure messaging of ICAO 9303-11 §4.3, §4.4 and §9.8.
 * Leaves out what the session carries (`inspect`, `chip`) and how the MRZ is read (`lds`).
 * @module
 */
export { isProtected, openChipSession, SmRefusal } from "../sm/chip.js";
export type { SmParameters, SmSuiteName } from "../sm/shared.js";
export { openTerminalSession } from "../sm/terminal.js";
export { bacChip } from "./bac/chip.js";
export { type BacKeys, deriveBacKeys } from "./bac/shared.js";
export { openBac } from "./bac/terminal.js";
export {
  beginsPace,
  type ChipPassword,
  type PaceChip,
  type PaceChipOptions,
  type PaceChipOutcome,
  paceChip,
  pinCounter,
  pukCounter,
  type RetryCounter,
  restoreTries,
} from "./pace/chip.js";
export type { PaceCipher } from "./pace/cipher.js";
export { PACE_GROUPS, type PaceGroup, paceGroupById } from "./pace/group.js";
export {
  type ChipAuthenticationMappingEvidence,
  comparePaceInfos,
  PACE_PROTOCOLS,
  type PaceMapping,
  type PaceOffer,
  type PacePassword,
  type PacePasswordKind,
  type PaceProtocol,
  paceOffers,
  verifyChipAuthenticationMapping,
} from "./pace/shared.js";
export { openPace, type PaceOptions, type PaceResult } from "./pace/terminal.js";
