/**
 * The arrows of the whole line: record → data groups → security object → card image → script → chip → files → verdict.
 * ICAO 9303, ISO/IEC 7816, GlobalPlatform; each room has an entry point of its own, e.g. `cardwright/lds`.
 * The virtual chip is in `cardwright/chip`, issuing certificates in `cardwright/pki/issue`.
 * @module
 */
export { type Exchange, run, type SyncExchange } from "./apdu/index.js";
export { type CardImage, cardImageToJson, emrtd, type Profile, parseCardImage } from "./card/index.js";
export {
  CardwrightError,
  type ChannelCode,
  ChannelError,
  EncodeError,
  ERROR_CODES,
  type ErrorCode,
  type MalformedCode,
  MalformedError,
  ProtocolError,
  StatusError,
} from "./errors.js";
export { memoryScp03Keys, type Scp03Keys } from "./gp/index.js";
export { type CardFiles, readCard, type ValidationReport, validateCard } from "./inspect/index.js";
export {
  buildCardImage,
  compilePersonalization,
  type DataGroups,
  type DocumentSigner,
  encodeDataGroups,
  memoryJournal,
  type PersonalizationReceipt,
  type PersonalizationScript,
  personalize,
  signSecurityObject,
} from "./perso/index.js";
export { buildTrustStore, memorySigner, type Signer, type TrustStore } from "./pki/index.js";
export { type CitizenRecord, checkCitizenRecord, parseCitizenRecord, RecordError } from "./record/index.js";
