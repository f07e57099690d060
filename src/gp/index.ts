/**
 * GlobalPlatform: the secure channel SCP03, card content commands, STORE DATA and DGIs, keys behind a port.
 * GlobalPlatform Card Specification 2.3.1; Amendment D 1.1.2 (SCP03, 8-byte challenges and MACs).
 * Leaves out SCP02, SCP11, loading code (INSTALL [for load], LOAD), tokens and receipts, and 16-byte MACs (S16).
 * @module
 */
export { type PutKey, parsePutKey, putKeyResponse } from "./chip/put-key.js";
export {
  type Scp03ChipOptions,
  type Scp03ChipOutcome,
  type Scp03ChipQuirks,
  scp03Chip,
} from "./chip/scp03.js";
export { DGI_KEY_ATTRIBUTES, DGI_SECRET_KEY, type Dgi, encodeDgis, parseDgis } from "./dgi.js";
export {
  Scp03SessionKeySet,
  type Scp03SessionKeys,
  Scp03StaticKeys,
  type WrappedKey,
  type WrappedSecret,
} from "./key-types.js";
export { unwrapKey, unwrapSecret } from "./key-wrapping.js";
export {
  deriveCardKeys,
  keyVersionUnknown,
  type MemoryScp03KeysOptions,
  memoryScp03Keys,
  type Scp03Keys,
  type SecretLookup,
  type SecretValue,
  staticScp03Keys,
  type WrappedKeySet,
} from "./keys.js";
export { SCP03_LEVELS } from "./shared.js";
export {
  deleteObject,
  externalAuthenticate,
  getData,
  getStatus,
  type InstallForInstall,
  initializeUpdate,
  installForInstall,
  installForPersonalization,
  installParameters,
  LIFE_CYCLE,
  putKey,
  type StoreData,
  selectIssuerSecurityDomain,
  setStatus,
  storeData,
} from "./terminal/commands.js";
export {
  type InitializeUpdateAnswer,
  type OpenScp03Options,
  openScp03,
  parseInitializeUpdate,
  type Scp03Quirks,
  type Scp03SecurityLevel,
  type Scp03Terminal,
  scp03MaxData,
} from "./terminal/scp03.js";
