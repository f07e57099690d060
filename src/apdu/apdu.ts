import { EMPTY } from "../bytes/bytes.js";
import { ChannelError, MalformedError } from "../errors.js";

/** A command to a chip. Lc and Le are encodings of `data` and `ne`, never fields (ISO 7816-4 §5.2). */
export interface CommandApdu {
  readonly cla: number;
  readonly ins: number;
  readonly p1: number;
  readonly p2: number;
  /** 0 to 65,535 bytes. */
  readonly data: Uint8Array;
  /** Most bytes expected in the answer, 0 to 65,536; 0 means none. */
  readonly ne: number;
}

/** The answer of a chip: 0 to 65,536 bytes of data and the status word. */
export interface ResponseApdu {
  readonly data: Uint8Array;
  readonly sw: number;
}

/** Makes a command; `data` defaults to none and `ne` to 0. */
export function commandApdu(
  cla: number,
  ins: number,
  p1: number,
  p2: number,
  data: Uint8Array = EMPTY,
  ne = 0,
): CommandApdu {
  return { cla, ins, p1, p2, data, ne };
}

/**
 * Bytes of a command, short when both lengths allow it, extended otherwise (ISO 7816-4 §5.2, cases 1 to 4E).
 *
 * @param options.extended - Uses extended lengths although short ones would do.
 * @throws {RangeError} when a header byte, the data or `ne` is out of range.
 */
export function encodeCommand(command: CommandApdu, options: { extended?: boolean } = {}): Uint8Array {
  const { cla, ins, p1, p2, data, ne } = command;
  if ((cla | ins | p1 | p2) >>> 8 !== 0) throw new RangeError("encodeCommand: header bytes are 0 to 255");
  if (data.length > 65_535) throw new RangeError(`encodeCommand: ${data.length} data bytes, 65535 at most`);
  if (!Number.isInteger(ne) || ne < 0 || ne > 65_536) throw new RangeError(`encodeCommand: ne is ${ne}, 0 to 65536`);
  const nc = data.length;
  const extended = nc > 255 || ne > 256 || (options.extended === true && (nc > 0 || ne > 0));
  const lcSize = nc === 0 ? 0 : extended ? 3 : 1;
  const leSize = ne === 0 ? 0 : !extended ? 1 : nc === 0 ? 3 : 2;
  const bytes = new Uint8Array(4 + lcSize + nc + leSize);
  bytes[0] = cla;
  bytes[1] = ins;
  bytes[2] = p1;
  bytes[3] = p2;
  if (lcSize === 1) bytes[4] = nc;
  else if (lcSize === 3) {
    bytes[5] = nc >> 8;
    bytes[6] = nc & 0xff;
  }
  bytes.set(data, 4 + lcSize);
  if (leSize > 0) bytes[bytes.length - 1] = ne & 0xff; // 256 is coded 00 and 65,536 is coded 0000
  if (leSize > 1) bytes[bytes.length - 2] = (ne >> 8) & 0xff;
  return bytes;
}

/**
 * The command in `bytes`, short or extended.
 *
 * @throws {MalformedError} `TRUNCATED` below four bytes, `BAD_LENGTH` when Lc and the length disagree.
 */
export function parseCommand(bytes: Uint8Array): CommandApdu {
  const length = bytes.length;
  if (length < 4) throw new MalformedError("TRUNCATED", "a command has at least four bytes", length, "APDU");
  const [cla, ins, p1, p2] = bytes as unknown as [number, number, number, number];
  if (length === 4) return commandApdu(cla, ins, p1, p2);
  const first = bytes[4] as number;
  if (length === 5) return commandApdu(cla, ins, p1, p2, EMPTY, first === 0 ? 256 : first);
  const wrong = () => new MalformedError("BAD_LENGTH", "Lc and the length of the command disagree", 4, "APDU");
  if (first !== 0) {
    if (length === 5 + first) return commandApdu(cla, ins, p1, p2, bytes.subarray(5));
    if (length !== 6 + first) throw wrong();
    const le = bytes[length - 1] as number;
    return commandApdu(cla, ins, p1, p2, bytes.subarray(5, 5 + first), le === 0 ? 256 : le);
  }
  if (length < 7) throw wrong();
  const long = ((bytes[5] as number) << 8) | (bytes[6] as number);
  if (length === 7) return commandApdu(cla, ins, p1, p2, EMPTY, long === 0 ? 65_536 : long);
  if (long === 0) throw wrong();
  if (length === 7 + long) return commandApdu(cla, ins, p1, p2, bytes.subarray(7));
  if (length !== 9 + long) throw wrong();
  const le = ((bytes[length - 2] as number) << 8) | (bytes[length - 1] as number);
  return commandApdu(cla, ins, p1, p2, bytes.subarray(7, 7 + long), le === 0 ? 65_536 : le);
}

/** Bytes of a response: data, then the status word. */
export function encodeResponse(response: ResponseApdu): Uint8Array {
  const bytes = new Uint8Array(response.data.length + 2);
  bytes.set(response.data);
  bytes[bytes.length - 2] = response.sw >> 8;
  bytes[bytes.length - 1] = response.sw & 0xff;
  return bytes;
}

/**
 * The response in `bytes`; `data` is a view.
 *
 * @throws {ChannelError} `CARD_TORN` for an empty reply (what a PC/SC service reports when a card was pulled in the
 *   middle of a command), `REPLY_MALFORMED` for a single byte.
 */
export function parseResponse(bytes: Uint8Array): ResponseApdu {
  const length = bytes.length;
  if (length === 0) {
    throw new ChannelError("CARD_TORN", "the reply is empty: the card left the reader. Put it back and connect again.");
  }
  if (length === 1) throw new ChannelError("REPLY_MALFORMED", "the reply has one byte; a status word has two");
  return {
    data: bytes.subarray(0, length - 2),
    sw: ((bytes[length - 2] as number) << 8) | (bytes[length - 1] as number),
  };
}
