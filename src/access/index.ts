/**
 * How a terminal and a chip prove themselves to each other, and the secure messaging that follows; both roles.
 * Secure messaging, BAC, PACE, chip, terminal and active authentication of ICAO 9303-11 §4, §6, §7, §9.8; TR-03110 version 2.
 * Leaves out what the session carries (`inspect`, `chip`) and how the MRZ is read (`lds`).
 * @module
 */

export {
  type AgreementGroup,
  type DhParameters,
  dhAgreementGroup,
  EphemeralKey,
  ecAgreementGroup,
} from "../crypto/key-agreement.js";
export { isProtected, openChipSession, SmRefusal } from "../sm/chip.js";
export type { SmParameters, SmSuiteName } from "../sm/shared.js";
export { openTerminalSession } from "../sm/terminal.js";
export { type ActiveAuthenticationChipKey, activeAuthenticationChip } from "./active-authentication/chip.js";
export {
  type ActiveAuthenticationDeparture,
  type ActiveAuthenticationEvidence,
  type ActiveAuthenticationResult,
  verifyActiveAuthentication,
  verifyActiveAuthenticationEvidence,
} from "./active-authentication/shared.js";
export { type ActiveAuthenticationOptions, askActiveAuthentication } from "./active-authentication/terminal.js";
export { bacChip } from "./bac/chip.js";
export { type BacKeys, deriveBacKeys } from "./bac/shared.js";
export { openBac } from "./bac/terminal.js";
export {
  beginsChipAuthentication,
  type ChipAuthenticationChipOptions,
  type ChipAuthenticationChipOutcome,
  type ChipStaticKey,
  chipAuthenticationChip,
} from "./chip-authentication/chip.js";
export {
  CHIP_AUTHENTICATION_PROTOCOLS,
  type ChipAuthenticationEvidence,
  type ChipAuthenticationOffer,
  type ChipAuthenticationProtocol,
  chipAuthenticationMappingKey,
  chipAuthenticationOffers,
  verifyChipAuthenticationEvidence,
  verifyChipAuthenticationMappingEvidence,
} from "./chip-authentication/shared.js";
export {
  type ChipAuthenticationOpening,
  type ChipAuthenticationOptions,
  openChipAuthentication,
} from "./chip-authentication/terminal.js";
export {
  beginsComparison,
  type ComparedValues,
  type ComparingTerminal,
  compareAuxiliaryData,
} from "./eid/chip.js";
export {
  askComparison,
  bornBy,
  type ComparisonKind,
  type ComparisonStatement,
  livingIn,
  validOn,
} from "./eid/terminal.js";
export { type EvidenceFinding, type EvidenceId, EXPOSE_SESSION_SECRETS } from "./evidence/shared.js";
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
export {
  type ChipPin,
  type ChipPins,
  isPinCommand,
  type PinOutcome,
  type PinSession,
  pinChip,
  signaturePinCounter,
} from "./pin/chip.js";
export type { Counted } from "./pin/shared.js";
export { askPin, changePin, type PinKind, type PinReport, unblockPin, verifyPin } from "./pin/terminal.js";
export {
  beginsRestrictedIdentification,
  type RestrictedIdentificationKey,
  restrictedIdentificationChip,
  type SectorTerminal,
} from "./restricted-identification/chip.js";
export {
  encodeSectorKey,
  parseSectorKey,
  RESTRICTED_IDENTIFICATION_PROTOCOLS,
  type RestrictedIdentificationProtocol,
  revocationKey,
  type SectorKey,
  sectorIdentifier,
  sectorKeyHash,
  sectorPublicKey,
} from "./restricted-identification/shared.js";
export { askSectorIdentifiers, type SectorIdentifiers } from "./restricted-identification/terminal.js";
export {
  beginsTerminalAuthentication,
  type ChipTerminalBinding,
  type ChipTerminalTrust,
  type ChipTrustPoints,
  type TerminalAuthenticationChipOutcome,
  terminalAuthenticationChip,
} from "./terminal-authentication/chip.js";
export { type AuxiliaryDatum, encodeAuxiliaryData, parseAuxiliaryData } from "./terminal-authentication/messages.js";
export {
  certificateChainFor,
  documentIdentifier,
  type TerminalAuthenticationEvidence,
  type TerminalTrust,
  terminalRightsOf,
  verifyTerminalAuthenticationEvidence,
} from "./terminal-authentication/shared.js";
export {
  authenticateTerminal,
  type TerminalBinding,
  type TerminalCredentials,
} from "./terminal-authentication/terminal.js";
