/**
 * What is on a card, as data: profiles, access rules, card images.
 * ISO/IEC 7816-4 §7.4 (file control parameters, security attributes); shipped profiles `emrtd` (ICAO 9303-10) and `nationalId`.
 * Leaves out how images are built and written (`perso`) and who answers for them (`chip`).
 * @module
 */
export {
  ACCESS_PROTOCOLS,
  type AccessProtocol,
  type AccessRule,
  after,
  allOf,
  always,
  anyOf,
  isMet,
  never,
  PIN_NAMES,
  type PinName,
  type Shown,
  withPin,
  withRight,
} from "./access-rule.js";
export { encodeFileControl, type FileControlParameters, parseFileControl } from "./file-control.js";
export type { ApplicationFunctions, ComparedPlaces, Renewal, ValuePlace } from "./functions.js";
export {
  accessKeyOf,
  accessSecretsOf,
  type CardApplication,
  type CardFile,
  type CardImage,
  type ChipSecrets,
  cardImageToJson,
  DOCUMENT_BASIC_ACCESS,
  fileOf,
  type ImageFiles,
  parseCardImage,
} from "./image.js";
export type {
  ApplicationProfile,
  ChipQuirks,
  FileProfile,
  InstallProfile,
  PersonalizationProfile,
  Profile,
  SecretSlot,
  SecurityObjectProfile,
} from "./profile.js";
export { emrtd } from "./profiles/emrtd.js";
export {
  type CardInfo,
  type Dates,
  efCardInfo,
  efDates,
  efFingers,
  efHolder,
  efPersonalInfo1,
  efPersonalInfo2,
  efSod1,
  efSod2,
  FINGER_STATUS,
  type Fingers,
  type Holder,
  NATIONAL_FILES,
  type PersonalInfo1,
  type PersonalInfo2,
} from "./profiles/national-id/files.js";
export {
  NATIONAL_ID_AID,
  NATIONAL_ID_OIDS,
  type NationalIdOptions,
  nationalId,
  nationalIdProfile,
} from "./profiles/national-id/profile.js";
export { eacPassport, icaoPassport, paceCamPassport } from "./profiles/passports.js";
export {
  type ChipPublicKey,
  type InstalledProtocol,
  type ProtocolStatements,
  statementsOf,
} from "./protocols.js";
export { CHIP_SECRETS } from "./secrets.js";
export type { FileAccess } from "./security-attributes.js";
export { isTerminalRight, TERMINAL_RIGHTS, type TerminalRight } from "./terminal-rights.js";
