import { type CommandApdu, commandApdu, type ResponseApdu } from "../apdu/apdu.js";
import type { ChipSecureSession } from "../apdu/session.js";
import { SW } from "../apdu/status.js";
import { ProtocolError } from "../errors.js";
import {
  checkOpen,
  closeState,
  dataObjectLength,
  decodeData,
  decodeLe,
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

/** DO 99 (4 bytes) and DO 8E (10 bytes) beside the data object in the 65,536 bytes of a response. */
const MAX_DATA_OBJECT = 65_536 - 4 - MAC_OBJECT;

/** A command that secure messaging refuses: the chip answers `sw`, without protection, and the session is over. */
export class SmRefusal extends ProtocolError {
  /** 6987 (data objects missing) or 6988 (data objects incorrect). */
  readonly sw: number;

  constructor(sw: number) {
    super(
      "SM_FAILED",
      "secure messaging",
      "command",
      "the command is not protected as it must be; the session is over.",
    );
    this.sw = sw;
  }
}

/** Whether CLA says that the command comes under secure messaging with an authenticated header. */
export function isProtected(command: CommandApdu): boolean {
  return (command.cla & (0x40 | SM_CLASS)) === SM_CLASS;
}

/**
 * Opens ICAO secure messaging on the chip's side.
 *
 * Spec: ICAO 9303-11 §9.8, for errors §9.8.5.
 *
 * The session keeps copies of keys and counter. `unwrap` checks the MAC before anything is decrypted. A command that it
 * refuses ends the session and wipes the keys.
 *
 * @throws {RangeError} when keys or counter do not fit the suite; from `wrap` when the response is too long.
 * @throws {SmRefusal} `SM_FAILED` from `unwrap`, with the status word to answer in `sw`.
 * @throws {ProtocolError} `SM_CLOSED` from `unwrap` and `wrap` after the end.
 */
export function openChipSession(parameters: SmParameters): ChipSecureSession {
  const state = openState(parameters);
  let ins = 0;
  let onlyData = false;
  return {
    unwrap(command) {
      checkOpen(state, "command");
      const plain = unwrapCommand(state, command);
      if (typeof plain === "number") {
        closeState(state);
        throw new SmRefusal(plain);
      }
      ins = command.ins;
      return plain;
    },
    wrap(response) {
      checkOpen(state, "response");
      return wrapResponse(state, ins, response, !onlyData || response.data.length > 0);
    },
    close: () => closeState(state),
    countOnlyData() {
      onlyData = true;
    },
  };
}

/** The plain command, or the status word of the refusal. */
function unwrapCommand(state: SmState, command: CommandApdu): CommandApdu | number {
  const { cla, ins, p1, p2, data } = command;
  if (!isProtected(command)) return SW.SM_OBJECTS_MISSING;
  const nodes = parseObjects(data);
  if (nodes === undefined) return SW.SM_OBJECTS_INCORRECT;
  if (!nodes.some((node) => node.tag === 0x8e)) return SW.SM_OBJECTS_MISSING;
  const objects = sortObjects(data, nodes, ins, 0x97);
  if (objects === undefined) return SW.SM_OBJECTS_INCORRECT;
  stepSsc(state);
  if (!isAuthentic(state, command, objects)) return SW.SM_OBJECTS_INCORRECT;
  const plain = decodeData(state, objects.data);
  const ne = decodeLe(objects.middle);
  if (plain === undefined || ne === undefined) return SW.SM_OBJECTS_INCORRECT;
  return commandApdu(cla & ~SM_CLASS, ins, p1, p2, plain, ne);
}

function wrapResponse(state: SmState, ins: number, response: ResponseApdu, counts: boolean): ResponseApdu {
  const { data, sw } = response;
  if (dataObjectLength(state, ins, data.length) > MAX_DATA_OBJECT) {
    throw new RangeError(`wrap: ${data.length} data bytes do not fit one protected response`);
  }
  if (counts) stepSsc(state);
  return { data: protect(state, undefined, ins, data, Uint8Array.of(0x99, 2, sw >>> 8, sw)), sw };
}
