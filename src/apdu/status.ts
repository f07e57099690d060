import { toHex } from "../bytes/bytes.js";
import { StatusError } from "../errors.js";
import type { CommandApdu, ResponseApdu } from "./apdu.js";
import type { SyncExchange } from "./exchange.js";

/** Status words by the standard's name (ISO 7816-4 §5.6; GlobalPlatform Card Specification §11). */
export const SW = {
  OK: 0x9000,
  END_OF_FILE: 0x6282,
  FILE_DEACTIVATED: 0x6283,
  NO_INFORMATION: 0x6300,
  WRONG_LENGTH: 0x6700,
  CHANNEL_NOT_SUPPORTED: 0x6881,
  SECURE_MESSAGING_NOT_SUPPORTED: 0x6882,
  LAST_COMMAND_OF_CHAIN_EXPECTED: 0x6883,
  COMMAND_CHAINING_NOT_SUPPORTED: 0x6884,
  SECURITY_STATUS_NOT_SATISFIED: 0x6982,
  AUTHENTICATION_METHOD_BLOCKED: 0x6983,
  REFERENCE_DATA_NOT_USABLE: 0x6984,
  CONDITIONS_NOT_SATISFIED: 0x6985,
  COMMAND_NOT_ALLOWED: 0x6986,
  SM_OBJECTS_MISSING: 0x6987,
  SM_OBJECTS_INCORRECT: 0x6988,
  WRONG_DATA: 0x6a80,
  FUNCTION_NOT_SUPPORTED: 0x6a81,
  FILE_NOT_FOUND: 0x6a82,
  RECORD_NOT_FOUND: 0x6a83,
  NOT_ENOUGH_MEMORY: 0x6a84,
  INCORRECT_P1_P2: 0x6a86,
  REFERENCED_DATA_NOT_FOUND: 0x6a88,
  WRONG_OFFSET: 0x6b00,
  INS_NOT_SUPPORTED: 0x6d00,
  CLA_NOT_SUPPORTED: 0x6e00,
  UNKNOWN: 0x6f00,
} as const;

const HINTS: readonly (readonly [number, string])[] = [
  [SW.SECURITY_STATUS_NOT_SATISFIED, "Access is not granted: authenticate first, or with another key."],
  [SW.AUTHENTICATION_METHOD_BLOCKED, "The reference is blocked: no further try will help."],
  [SW.CONDITIONS_NOT_SATISFIED, "The chip is not in a state for this: check its life cycle and the order of steps."],
  [SW.FILE_NOT_FOUND, "The file or application is not on this chip: check the profile and the identifier."],
  [SW.REFERENCED_DATA_NOT_FOUND, "The key or object is not on this chip: check its version and identifier."],
  [SW.WRONG_LENGTH, "The chip does not take this length: try shorter reads, without extended lengths."],
  [SW.NOT_ENOUGH_MEMORY, "The chip is full: make the portrait smaller or use a larger chip."],
  [SW.WRONG_DATA, "The chip does not accept this data: check the profile against the chip's application."],
  [SW.INCORRECT_P1_P2, "The chip does not know this variant of the command: check the profile's quirks."],
  [SW.WRONG_OFFSET, "The offset lies outside the file: its header announces more bytes than the chip holds."],
  [SW.SM_OBJECTS_MISSING, "The secure session is over: authenticate again."],
  [SW.SM_OBJECTS_INCORRECT, "The secure session is over: authenticate again."],
  [SW.INS_NOT_SUPPORTED, "The chip does not know this command: is the right application selected?"],
  [SW.CLA_NOT_SUPPORTED, "The chip does not know this class: is the right application selected?"],
  [SW.NO_INFORMATION, "The chip refused it without a reason; after an authentication, suspect the key."],
];

/** What to do about a status word, in one sentence. */
export function describeStatus(sw: number): string {
  for (const [word, hint] of HINTS) if (word === sw) return hint;
  if (sw >> 8 === 0x61) return `${sw & 0xff || 256} more bytes wait: use a channel with withGetResponse().`;
  if (sw >> 8 === 0x6c) return `The right Le is ${sw & 0xff || 256}: use a channel with withRightLe().`;
  if (sw >> 4 === 0x63c) return `Wrong reference; ${sw & 0xf} tries are left. Do not try again by itself.`;
  return "See ISO 7816-4 §5.6 for its meaning.";
}

/** The header of a command as hex, which is all of it that errors and logs may show. */
export function headerOf(command: CommandApdu): string {
  return toHex(Uint8Array.of(command.cla, command.ins, command.p1, command.p2)).toUpperCase();
}

/**
 * Sends one command and checks its status: the one leaf of every terminal protocol.
 *
 * @param step - What is being done, for the error, e.g. `SELECT EF.COM`.
 * @param accepted - Status words that are an answer; 9000 alone by default.
 * @throws {StatusError} `UNEXPECTED_STATUS` for any other status word.
 */
export function* send(
  command: CommandApdu,
  step: string,
  accepted: readonly number[] = [SW.OK],
): SyncExchange<ResponseApdu> {
  const response = yield command;
  if (!accepted.includes(response.sw)) throw statusError(command, response.sw, step);
  return response;
}

/** The error for a status word that a step does not allow. */
export function statusError(command: CommandApdu, sw: number, step: string): StatusError {
  return new StatusError(sw, headerOf(command), step, describeStatus(sw));
}
