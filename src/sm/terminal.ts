import { type CommandApdu, commandApdu, type ResponseApdu } from "../apdu/apdu.js";
import type { SecureSession } from "../apdu/session.js";
import { SW, statusError } from "../apdu/status.js";
import { EMPTY } from "../bytes/bytes.js";
import { ProtocolError } from "../errors.js";
import {
  checkOpen,
  closeState,
  dataObjectLength,
  decodeData,
  encodeLe,
  isAuthentic,
  MAC_OBJECT,
  openState,
  parseObjects,
  protect,
  SM_CLASS,
  type SmParameters,
  type SmState,
  sortObjects,
  stepSsc,
} from "./shared.js";

/** DO 97 (at most 4 bytes) and DO 8E (10 bytes) beside the data object in the 65,535 bytes of an extended Lc. */
const MAX_DATA_OBJECT = 65_535 - 4 - MAC_OBJECT;

/**
 * Opens ICAO secure messaging on the terminal's side.
 *
 * Spec: ICAO 9303-11 §9.8; worked example: appendix D.4.
 *
 * The session keeps copies of keys and counter. `wrap` advances the counter, so a command that is built must be sent.
 * The outer Le is the largest of its kind: 256, or 65,536 when the protected command or the wanted answer needs extended
 * lengths. A short answer holds 231 plain bytes under 3DES and 223 under AES: where extended lengths do not pass, ask for
 * no more.
 *
 * `unwrap` accepts only an answer with DO 99 and a good DO 8E, in the standard's order. Anything else (a naked answer
 * too, whatever it holds) ends the session: the keys are wiped, and later calls throw `SM_CLOSED`.
 *
 * @throws {RangeError} when keys or counter do not fit the suite; from `wrap` when the command is too long (65,535 bytes
 *   with all data objects) or has secure-messaging bits in CLA already. The session goes on after it.
 * @throws {ProtocolError} from `wrap` and `unwrap`: `SM_CLOSED`; from `unwrap`: `SM_FAILED`, with a `StatusError` as
 *   `cause` when the chip answered with a naked error status.
 * @example
 * const zero = new Uint8Array(16);
 * const session = openTerminalSession({ suite: "AES-128", ksEnc: zero, ksMac: zero, ssc: zero });
 * session.wrap({ cla: 0, ins: 0xb0, p1: 0, p2: 0, data: new Uint8Array(0), ne: 4 }).cla; // 0x0c
 */
export function openTerminalSession(parameters: SmParameters): SecureSession {
  const state = openState(parameters);
  let sent: CommandApdu = commandApdu(SM_CLASS, 0, 0, 0);
  return {
    wrap(command) {
      checkOpen(state, "command");
      sent = wrapCommand(state, command);
      return sent;
    },
    unwrap(response) {
      checkOpen(state, "response");
      const plain = unwrapResponse(state, sent.ins, response);
      if (plain !== undefined) return plain;
      closeState(state);
      throw failure(sent, response);
    },
    close: () => closeState(state),
  };
}

function wrapCommand(state: SmState, command: CommandApdu): CommandApdu {
  const { cla, ins, p1, p2, data, ne } = command;
  if ((cla & (0x40 | SM_CLASS)) !== 0 || cla >>> 8 !== 0) {
    throw new RangeError("wrap: CLA has secure-messaging bits already or is not of the first interindustry kind");
  }
  if (!Number.isInteger(ne) || ne < 0 || ne > 65_536) throw new RangeError(`wrap: ne is ${ne}, 0 to 65536`);
  if (dataObjectLength(state, ins, data.length) > MAX_DATA_OBJECT) {
    throw new RangeError(`wrap: ${data.length} data bytes do not fit one protected command`);
  }
  stepSsc(state);
  const secured = cla | SM_CLASS;
  const body = protect(state, { cla: secured, ins, p1, p2 }, ins, data, encodeLe(ne));
  const extended = body.length > 255 || ne > 256;
  return commandApdu(secured, ins, p1, p2, body, extended ? 65_536 : 256);
}

/** The plain response, or undefined for whatever reason it is not to be believed. */
function unwrapResponse(state: SmState, ins: number, response: ResponseApdu): ResponseApdu | undefined {
  stepSsc(state);
  const nodes = parseObjects(response.data);
  const objects = nodes && sortObjects(response.data, nodes, ins, 0x99);
  if (objects === undefined || objects.middle === undefined) return undefined;
  if (!isAuthentic(state, undefined, objects)) return undefined;
  const status = objects.middle.value;
  const sw = ((status[0] ?? 0) << 8) | (status[1] ?? 0);
  // The outer status word is not under the MAC: only the copy in DO 99 is, so both must agree.
  if (status.length !== 2 || sw !== response.sw) return undefined;
  const data = objects.data === undefined ? EMPTY : decodeData(state, objects.data);
  return data && { data, sw };
}

function failure(sent: CommandApdu, response: ResponseApdu): ProtocolError {
  const message = "the chip's answer is not protected as it must be; the session is over: authenticate again.";
  const naked = response.data.length === 0 && response.sw !== SW.OK;
  const options = naked ? { cause: statusError(sent, response.sw, "secure messaging") } : {};
  return new ProtocolError("SM_FAILED", "secure messaging", "response", message, options);
}
