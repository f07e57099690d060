import type { CommandApdu } from "../apdu/apdu.js";
import { parseReadBinaryOdd, readBinary, readBinaryBySfi, readBinaryOdd, selectFile } from "../apdu/commands.js";
import type { SyncExchange } from "../apdu/exchange.js";
import { SW, statusError } from "../apdu/status.js";
import { equalBytes } from "../bytes/bytes.js";
import { MalformedError, StatusError } from "../errors.js";
import { chunkOf, noteAnswer, noteLong, type Protection, stepDown } from "./read-size.js";
import type { MemoryState, PartialFile } from "./reading-memory.js";

/** Offsets above this need the odd INS (ISO 7816-4 §11.3.3: fifteen bits in P1 P2). */
const LAST_EVEN_OFFSET = 0x7fff;

/** Enough for any tag and length of a data group. */
export const HEADER = 6;

/** What every chip takes. */
const LEAST_CHUNK = 112;

/** An offset has at most three bytes. */
const MOST_BYTES = 0xff_ffff;

/** What a chip that does not know short file identifiers may answer; 6A82 comes from one that takes them for no file. */
export const NO_SHORT_IDENTIFIERS: readonly number[] = [
  SW.FILE_NOT_FOUND,
  SW.WRONG_LENGTH,
  SW.FUNCTION_NOT_SUPPORTED,
  SW.INCORRECT_P1_P2,
  SW.WRONG_OFFSET,
  SW.INS_NOT_SUPPORTED,
];

/** Where a file lies. */
export interface FilePlace {
  readonly name: string;
  readonly fid: number;
  /** A file without one is selected. */
  readonly sfi?: number;
}

/** Progress in one file. */
export type FileProgress = (done: number, total: number) => void;

/** READ BINARY with the right Le on the second try, when the chip names it (6Cxx) or it is the end of the file (6282). */
export function* read(command: CommandApdu, step: string): SyncExchange<Uint8Array> {
  let response = yield command;
  const right = response.sw & 0xff;
  if (response.sw >> 8 === 0x6c && right > 0 && right < command.ne) response = yield { ...command, ne: right };
  if (response.sw !== SW.OK && response.sw !== SW.END_OF_FILE) throw statusError(command, response.sw, step);
  return response.data;
}

/** At most `left` bytes, in an answer that has room for `chunk`. */
function* readAt(name: string, offset: number, left: number, chunk: number): SyncExchange<Uint8Array> {
  const step = `READ BINARY ${name} at ${offset}`;
  if (offset <= LAST_EVEN_OFFSET) return yield* read(readBinary(offset, Math.min(left, chunk)), step);
  // the header of data object 53 takes its share of the answer
  const room = chunk - (chunk > 256 ? 4 : 3);
  const data = yield* read(readBinaryOdd(offset, Math.min(left, room)), step);
  try {
    return parseReadBinaryOdd(data);
  } catch (error) {
    throw error instanceof MalformedError ? error.within(name) : error;
  }
}

/** Length of the whole file from its first bytes: the data object that it consists of. */
function wholeLength(name: string, head: Uint8Array): number {
  const fail = (detail: string, offset: number): never => {
    throw new MalformedError("BAD_LENGTH", detail, offset, name);
  };
  if (head.length < 2) fail("the file is too short for a data object", head.length);
  const at = ((head[0] as number) & 0x1f) === 0x1f ? 2 : 1;
  const first = head[at] ?? fail("the file ends in its header", at);
  if (first < 0x80) return at + 1 + first;
  const count = first & 0x7f;
  if (count < 1 || count > 3 || at + 1 + count > head.length) fail("the length of the file cannot be read", at);
  let length = 0;
  for (let i = 0; i < count; i++) length = length * 256 + (head[at + 1 + i] as number);
  const total = at + 1 + count + length;
  if (total > MOST_BYTES) fail(`${total} bytes announced, ${MOST_BYTES} can be reached`, at);
  return total;
}

/**
 * Reads the first bytes of a file, up to six, and makes it the selected one: in one command by its short identifier, or
 * with a SELECT before on a chip that does not know these. A chip that does not give the file says so here.
 *
 * Spec: ICAO 9303-10 §3.6.3 (short identifiers are mandatory), §3.6.2 (SELECT).
 *
 * @param most - Other than six, for a file that is read in one piece.
 * @throws {StatusError} `UNEXPECTED_STATUS` - 6982 without access, 6A82 when there is no such file.
 */
export function* openFile(place: FilePlace, state: MemoryState, most = HEADER): SyncExchange<Uint8Array> {
  const { name, fid, sfi } = place;
  const step = `READ BINARY ${name} at 0`;
  let refused: StatusError | undefined;
  if (state.shortIdentifiers !== false && sfi !== undefined) {
    try {
      const head = yield* read(readBinaryBySfi(sfi, 0, most), step);
      state.shortIdentifiers = true;
      return head;
    } catch (error) {
      const unknown = error instanceof StatusError && NO_SHORT_IDENTIFIERS.includes(error.sw);
      const final = state.shortIdentifiers === true || state.size.allow.selectByFid === false;
      if (!unknown || final) throw error;
      refused = error;
    }
  }
  const select = selectFile(fid);
  const { sw } = yield select;
  // Neither way finds it: it is not there, and nothing is learnt about short identifiers.
  if (sw !== SW.OK) throw statusError(select, sw, `SELECT ${name}`);
  const head = yield* read(readBinary(0, most), step);
  if (refused !== undefined) {
    state.shortIdentifiers = false;
    state.size.falls.push({ kind: "selectByFid", sw: refused.sw });
  }
  return head;
}

/**
 * Reads a file to its end, or goes on with it where it was torn: its header says how long it is. Of a chip that refuses
 * long reads less is asked from then on.
 *
 * Spec: ICAO 9303-10 §3.6.3 and §3.6.6 (odd INS above 32,767 bytes).
 *
 * @param state - Keeps what was read until the file is whole, and then the file.
 * @param first - Its first bytes, when they were read already and it is the selected file.
 * @returns The data object that the file consists of; bytes after it are not read.
 * @throws {StatusError} when the chip does not give it, or refuses in the middle: 6B00 when it holds less than it announces.
 * @throws {MalformedError} when the header makes no sense, or the chip stops giving bytes before the end.
 */
export function* readFile(
  place: FilePlace,
  state: MemoryState,
  protection: Protection,
  progress?: FileProgress,
  first?: Uint8Array,
): SyncExchange<Uint8Array> {
  const { name } = place;
  const done = state.files.get(name);
  if (done !== undefined) return done;
  const head = first ?? (yield* openFile(place, state));
  const partial = partialOf(name, head, state);
  const { total, parts } = partial;
  progress?.(partial.at, total);
  while (partial.at < total) {
    const part = yield* readChunk(name, partial, state, protection);
    if (part.length === 0) {
      throw new MalformedError("TRUNCATED", `the chip gives no bytes there, ${total} are announced`, partial.at, name);
    }
    parts.push(part.slice(0, total - partial.at));
    partial.at += Math.min(part.length, total - partial.at);
    progress?.(partial.at, total);
  }
  // Collected in parts, so that a header that announces more than the chip holds costs nothing.
  const file = new Uint8Array(total);
  let end = 0;
  for (const part of parts) {
    file.set(part, end);
    end += part.length;
  }
  state.partial = undefined;
  state.files.set(name, file);
  return file;
}

/** What there is of the file already, when it is the same one. */
function partialOf(name: string, head: Uint8Array, state: MemoryState): PartialFile {
  const { partial } = state;
  const begun = partial?.parts[0];
  if (partial?.name === name && begun !== undefined && equalBytes(begun, head.subarray(0, partial.total))) {
    return partial;
  }
  const total = wholeLength(name, head);
  state.partial = { name, total, parts: [head.slice(0, total)], at: Math.min(head.length, total) };
  return state.partial;
}

function* readChunk(
  name: string,
  { at, total }: PartialFile,
  state: MemoryState,
  protection: Protection,
): SyncExchange<Uint8Array> {
  for (;;) {
    const left = total - at;
    const chunk = chunkOf(state.size, protection, left);
    // So few that Le is short, so many that they do not fit a short answer: some bytes once more make it a long one.
    const again = chunk < left && left <= 256 && chunkOf(state.size, protection) > 256 && total > 256;
    const asked = again ? 257 : Math.min(chunk, left);
    const place = `${name} ${at}`;
    noteLong(state.size, place, asked);
    try {
      const part = yield* again ? readAt(name, total - asked, asked, asked + 4) : readAt(name, at, left, chunk);
      noteAnswer(state.size, place);
      return again ? part.subarray(asked - left) : part;
    } catch (error) {
      noteAnswer(state.size, place);
      // 9303-10 §3.6.4.1: a chip need not know extended lengths, whatever the reader passes
      if (!(error instanceof StatusError) || !stepDown(state.size, asked, protection, error.sw)) throw error;
    }
  }
}

/**
 * Whether the card is the one that was read before: the end of its EF.SOD, where the signature is, and its header.
 *
 * @param known - EF.SOD as it was read.
 */
export function* isSameCard(
  place: FilePlace,
  known: Uint8Array,
  state: MemoryState,
  protection: Protection,
): SyncExchange<boolean> {
  const head = yield* openFile(place, state);
  if (!equalBytes(head, known.subarray(0, head.length))) return false;
  const chunk = Math.min(LEAST_CHUNK, chunkOf(state.size, protection));
  const from = Math.max(head.length, known.length - Math.min(48, chunk));
  if (from >= known.length) return true;
  const end = yield* readAt(place.name, from, known.length - from, chunk);
  return equalBytes(end, known.subarray(from));
}

/**
 * Reads a file that is a sequence of data objects without one around all: to where the chip says that it ends.
 *
 * Spec: ICAO 9303-10 §3.11.1 and §3.11.2 (EF.ATR/INFO, EF.DIR).
 */
export function* readToEnd(place: FilePlace, state: MemoryState, protection: Protection): SyncExchange<Uint8Array> {
  const { name } = place;
  const parts: Uint8Array[] = [yield* openFile(place, state)];
  let at = parts[0]?.length ?? 0;
  for (let more = at === HEADER; more; ) {
    const asked = Math.min(chunkOf(state.size, protection), LEAST_CHUNK);
    try {
      const part = yield* readAt(name, at, asked, asked);
      parts.push(part.slice());
      at += part.length;
      more = part.length === asked && at < MOST_BYTES;
    } catch (error) {
      const over = error instanceof StatusError && (error.sw === SW.WRONG_OFFSET || error.sw === SW.END_OF_FILE);
      if (!over) throw error;
      more = false;
    }
  }
  const file = new Uint8Array(at);
  let end = 0;
  for (const part of parts) {
    file.set(part, end);
    end += part.length;
  }
  return file;
}
