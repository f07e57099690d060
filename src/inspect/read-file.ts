import type { ResponseApdu } from "../apdu/apdu.js";
import { parseReadBinaryOdd, readBinary, readBinaryOdd, selectFile } from "../apdu/commands.js";
import type { SyncExchange } from "../apdu/exchange.js";
import { SW, send } from "../apdu/status.js";
import { MalformedError, StatusError } from "../errors.js";

/** Offsets above this need the odd INS (ISO 7816-4 §11.3.3: fifteen bits in P1 P2). */
const LAST_EVEN_OFFSET = 0x7fff;

/** Enough for any tag and length of a data group. */
const HEADER = 6;

/** An offset has at most three bytes. */
const MOST_BYTES = 0xff_ffff;

/** Progress in one file. */
export type FileProgress = (done: number, total: number) => void;

function* readAt(name: string, offset: number, count: number): SyncExchange<Uint8Array> {
  const step = `READ BINARY ${name} at ${offset}`;
  const accepted = [SW.OK, SW.END_OF_FILE];
  if (offset <= LAST_EVEN_OFFSET) return (yield* send(readBinary(offset, count), step, accepted)).data;
  const response: ResponseApdu = yield* send(readBinaryOdd(offset, count), step, accepted);
  try {
    return parseReadBinaryOdd(response.data);
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

/** How much to ask for at once; made smaller for the rest of a reading when the chip does not take it. */
export interface ChunkSize {
  /** Bytes of the file in one command. */
  size: number;
  /** What every chip takes. */
  readonly least: number;
}

/**
 * Selects a file and reads its first bytes, up to six: a chip that does not give the file says so here.
 *
 * Spec: ICAO 9303-10 §3.6.2 (SELECT), §3.6.3 (READ BINARY).
 *
 * @throws {StatusError} `UNEXPECTED_STATUS` - 6982 without access, 6A82 when there is no such file.
 */
export function* openFile(name: string, fid: number): SyncExchange<Uint8Array> {
  yield* send(selectFile(fid), `SELECT ${name}`);
  return yield* readAt(name, 0, HEADER);
}

/**
 * Reads the rest of the file that {@link openFile} has opened: its header says how long it is. A chip that answers 6700
 * to a long read is asked for `chunk.least` bytes from then on.
 *
 * Spec: ICAO 9303-10 §3.6.3 and §3.6.6 (odd INS above 32,767 bytes).
 *
 * @param head - What `openFile` gave.
 * @returns The data object that the file consists of; bytes after it are not read.
 * @throws {StatusError} when the chip refuses in the middle: 6B00 when it holds less than it announces.
 * @throws {MalformedError} when the header makes no sense, or the chip stops giving bytes before the end.
 */
export function* readRest(
  name: string,
  head: Uint8Array,
  chunk: ChunkSize,
  progress?: FileProgress,
): SyncExchange<Uint8Array> {
  const total = wholeLength(name, head);
  const parts: Uint8Array[] = [head.subarray(0, total)];
  let at = Math.min(head.length, total);
  progress?.(at, total);
  while (at < total) {
    const part = yield* readChunk(name, at, total - at, chunk);
    if (part.length === 0) {
      throw new MalformedError("TRUNCATED", `the chip gives no bytes there, ${total} are announced`, at, name);
    }
    parts.push(part.subarray(0, total - at));
    at += Math.min(part.length, total - at);
    progress?.(at, total);
  }
  // Collected in parts, so that a header that announces more than the chip holds costs nothing.
  const file = new Uint8Array(total);
  let end = 0;
  for (const part of parts) {
    file.set(part, end);
    end += part.length;
  }
  return file;
}

function* readChunk(name: string, at: number, left: number, chunk: ChunkSize): SyncExchange<Uint8Array> {
  try {
    return yield* readAt(name, at, Math.min(chunk.size, left));
  } catch (error) {
    const tooLong = error instanceof StatusError && error.sw === SW.WRONG_LENGTH && chunk.size > chunk.least;
    if (!tooLong) throw error;
    // The reader passes extended lengths, but this chip does not know them (9303-10 §3.6.4.1: it need not).
    chunk.size = chunk.least;
    return yield* readAt(name, at, Math.min(chunk.size, left));
  }
}
