/**
 * What is on a card, as data: profiles, access rules, card images.
 * ISO/IEC 7816-4 §7.4 (file control parameters, security attributes); shipped profile `emrtd` after ICAO 9303-10.
 * Leaves out how images are built and written (`perso`) and who answers for them (`chip`).
 * @module
 */
export { type AccessProtocol, type AccessRule, after, allOf, always, anyOf, isMet, never } from "./access-rule.js";
export { encodeFileControl, type FileControlParameters, parseFileControl } from "./file-control.js";
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
  parseCardImage,
} from "./image.js";
export type {
  ApplicationProfile,
  FileProfile,
  InstallProfile,
  PersonalizationProfile,
  Profile,
  SecretSlot,
} from "./profile.js";
export { emrtd } from "./profiles/emrtd.js";
