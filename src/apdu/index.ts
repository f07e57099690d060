/**
 * Commands and responses, status words, the way to a chip and its decorators, protocols as coroutines and their driver.
 * ISO 7816-4 (APDUs, chaining, GET RESPONSE, basic commands); the commands of ICAO 9303-10 and 9303-11.
 * Leaves out readers (`adapters`), the protocols themselves (`access`, `gp`), logical channels beyond the CLA bits.
 * @module
 */
export {
  type CommandApdu,
  commandApdu,
  encodeCommand,
  encodeResponse,
  parseCommand,
  parseResponse,
  type ResponseApdu,
} from "./apdu.js";
export type { CancelSignal, Channel } from "./channel.js";
export {
  externalAuthenticate,
  getChallenge,
  parseReadBinaryOdd,
  readBinary,
  readBinaryBySfi,
  readBinaryOdd,
  selectApplication,
  selectFile,
  selectMasterFile,
} from "./commands.js";
export { type ChannelOverrides, decorate } from "./decorate.js";
export { standardChannel, withChaining, withGetResponse, withRightLe } from "./decorators.js";
export { type ChipExchange, type Exchange, run, runSync, type SyncExchange } from "./exchange.js";
export { type RecordedExchange, withRecording } from "./recording.js";
export { type ChipOutcome, type ChipSecureSession, type SecureSession, secured } from "./session.js";
export { describeStatus, headerOf, SW, send, statusError } from "./status.js";
export { withTimeout } from "./timeout.js";
