import type { ResponseApdu } from "../apdu/apdu.js";
import { parseReadBinaryOdd, readBinary, readBinaryOdd, selectFile } from "../apdu/commands.js";
import type { SyncExchange } from "../apdu/exchange.js";
import { SW, send } from "../apdu/status.js";
import { MalformedError } from "../errors.js";

/** Offsets above this need the odd INS (ISO 7816-4 §11.3.3: fifteen bits in P1 P2). */
const LAST_EVEN_OFFSET = 0x7fff;

/** Enough for any tag and length of a data group. */
const HEADER = 6;

/** Progress in one file. */
export type FileProgress = (done: number, total: number) => void;

function* readAt(name: string, offset: number, count: number): SyncExchange<Uint8Array> {
  const step = `READ BINARY ${name} at ${offset}`;
  const accepted = [SW.OK, SW.END_OF_FILE];
  if (offset <= LAST_EVEN_OFFSET) return (yield* send(readBinary(offset, count), step, accepted)).data;
  const response: ResponseApdu = yield* send(readBinaryOdd(offset, count), step, accepted);
  return parseReadBinaryOdd(response.data);
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
  return at + 1 + count + length;
}

/**
 * Reads one whole file: selects it, reads its header, then its content in chunks.
 *
 * Spec: ICAO 9303-10 §3.6.2 (SELECT), §3.6.3 (READ BINARY; odd INS above 32,767 bytes).
 *
 * @param chunk - Most bytes to ask for at once; 231 fit a short response under 3DES secure messaging.
 * @throws {StatusError} `UNEXPECTED_STATUS` - 6982 without access, 6A82 when there is no such file.
 * @throws {MalformedError} when the header makes no sense or the chip stops giving bytes before the end.
 */
export function* readFile(name: string, fid: number, chunk: number, progress?: FileProgress): SyncExchange<Uint8Array> {
  yield* send(selectFile(fid), `SELECT ${name}`);
  const head = yield* readAt(name, 0, HEADER);
  const total = wholeLength(name, head);
  if (total > 0xffffff) throw new MalformedError("BAD_LENGTH", `${total} bytes announced`, 0, name);
  const parts: Uint8Array[] = [head.subarray(0, total)];
  let at = Math.min(head.length, total);
  while (at < total) {
    const part = yield* readAt(name, at, Math.min(chunk, total - at));
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
