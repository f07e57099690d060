import { MalformedError } from "../errors.js";
import { isConstructed, lengthSize, MAX_DEPTH, tagSize, writeHeader } from "../tlv/ber.js";
import type { DepartureCode } from "./departures.js";
import { depart, type Lenience } from "./lenient.js";

/** Universal string types that BER allows in pieces, as they stand when constructed; a BIT STRING is none of them here. */
const IN_PIECES: ReadonlySet<number> = new Set([0x24, 0x2c, 0x32, 0x33, 0x34, 0x36, 0x37, 0x38, 0x3a, 0x3c, 0x3e]);
const CONSTRUCTED = 0x20;

interface Header {
  readonly tag: number;
  /** Where the value begins. */
  readonly from: number;
  /** Behind the value; of an open length the end of what is around it. */
  readonly to: number;
  readonly open: boolean;
  readonly minimal: boolean;
}

/** One run over the input: first measuring, then writing, in the same order. */
interface Run {
  readonly buf: Uint8Array;
  /** Lengths in DER of all constructed objects, in the order of their headers. */
  readonly sizes: Uint32Array;
  next: number;
  readonly note: (code: DepartureCode, offset: number) => void;
  /** Whether what lies inside an object with these tags around it is left as it is. */
  readonly opaque: (path: readonly number[]) => boolean;
  readonly path: number[];
}

function refuse(detail: string, at: number): MalformedError {
  return new MalformedError("BAD_LENGTH", detail, at);
}

function header(buf: Uint8Array, at: number, end: number): Header {
  let tag = buf[at] as number;
  let from = at + 1;
  if ((tag & 0x1f) === 0x1f) {
    let byte: number;
    do {
      if (from >= end || from - at > 3) throw new MalformedError("BAD_TAG", "a tag of more than four bytes", at);
      byte = buf[from++] as number;
      tag = tag * 256 + byte;
    } while (byte >= 0x80);
  }
  if (from >= end) throw new MalformedError("TRUNCATED", "the input ends where a length should stand", at);
  const first = buf[from++] as number;
  if (first === 0x80) {
    if (!isConstructed(tag)) throw refuse("an open length of an object that is not constructed", at);
    return { tag, from, to: end, open: true, minimal: true };
  }
  let length = first;
  const count = first & 0x7f;
  if (first > 0x80) {
    if (count > 6 || from + count > end) throw refuse("a length that is too long", at);
    length = 0;
    for (let i = 0; i < count; i++) length = length * 256 + (buf[from++] as number);
  }
  if (length > end - from) throw new MalformedError("TRUNCATED", `the length says ${length} bytes`, at);
  return { tag, from, to: from + length, open: false, minimal: lengthSize(length) === (first < 0x80 ? 1 : count + 1) };
}

/** Length in DER of the value of an object, and where the next one begins. Each byte is looked at once. */
function measure(run: Run, head: Header, start: number): { size: number; next: number } {
  const { buf, path } = run;
  if (head.open) run.note("INDEFINITE_LENGTH", start);
  if (!head.minimal) run.note("NON_MINIMAL_LENGTH", start);
  if (!isConstructed(head.tag)) return { size: head.to - head.from, next: head.to };
  const pieces = IN_PIECES.has(head.tag);
  if (pieces) run.note("CONSTRUCTED_STRING", start);
  if (path.length === MAX_DEPTH) throw new MalformedError("NESTED_TOO_DEEP", `more than ${MAX_DEPTH} levels`, start);
  const slot = run.next++;
  path.push(head.tag);
  const opaque = run.opaque(path);
  let size = 0;
  let at = head.from;
  for (;;) {
    if (head.open && at + 1 < head.to && buf[at] === 0 && buf[at + 1] === 0) break;
    if (at >= head.to) {
      if (head.open) throw new MalformedError("TRUNCATED", "an open length without its end", start);
      break;
    }
    const child = header(buf, at, head.to);
    if (pieces && (child.tag | CONSTRUCTED) !== head.tag) {
      throw new MalformedError("BAD_TAG", "a piece of a string of another type", at);
    }
    if (opaque && !child.open && child.minimal) {
      size += child.to - at;
      at = child.to;
      continue;
    }
    const inner = measure(run, child, at);
    size += pieces ? inner.size : tagSize(child.tag) + lengthSize(inner.size) + inner.size;
    at = inner.next;
  }
  path.pop();
  run.sizes[slot] = size;
  return { size, next: head.open ? at + 2 : at };
}

/** Writes an object that was measured before; without its header when it is a piece. Returns where the next ones begin. */
function write(run: Run, start: number, end: number, out: Uint8Array, to: number, piece: boolean): [number, number] {
  const { buf, path } = run;
  const head = header(buf, start, end);
  const constructed = isConstructed(head.tag);
  const size = constructed ? (run.sizes[run.next++] as number) : head.to - head.from;
  const pieces = constructed && IN_PIECES.has(head.tag);
  let at = to;
  if (!piece) {
    const tag = pieces ? head.tag - CONSTRUCTED : head.tag;
    at += tagSize(tag) + lengthSize(size);
    writeHeader(tag, size, out, at);
  }
  if (!constructed) {
    out.set(buf.subarray(head.from, head.to), at);
    return [head.to, at + size];
  }
  path.push(head.tag);
  const opaque = run.opaque(path);
  const last = at + size;
  let from = head.from;
  while (at < last || (head.open ? buf[from] !== 0 || buf[from + 1] !== 0 : from < head.to)) {
    const child = header(buf, from, head.to);
    if (opaque && !child.open && child.minimal) {
      out.set(buf.subarray(from, child.to), at);
      at += child.to - from;
      from = child.to;
    } else [from, at] = write(run, from, head.to, out, at, pieces);
  }
  path.pop();
  return [head.open ? from + 2 : head.to, at];
}

/**
 * @internal The one object that `bytes` begin with, in DER as far as lengths and pieces of strings go: definite, minimal, whole. Sets
 * are not sorted and values not touched. Time and memory are in proportion to the input, nesting is bounded.
 *
 * Spec: ISO 8825-1 §8.1.3 and §8.7 (BER), §10.1 and §10.2 (DER).
 *
 * @param lenience - Must allow what is met, and is told.
 * @param opaque - Whether the objects inside one with these tags, outermost first, stay as they are.
 * @returns The object, and its first inner object as received; undefined when nothing had to be done.
 * @throws {MalformedError} when it is no BER, or needs a departure that is not allowed.
 */
export function berToDer(
  bytes: Uint8Array,
  lenience: Lenience,
  opaque: (path: readonly number[]) => boolean = () => false,
): { readonly der: Uint8Array; readonly first: Uint8Array } | undefined {
  const noted = new Set<DepartureCode>();
  const note = (code: DepartureCode, offset: number) => {
    if (noted.has(code)) return;
    noted.add(code);
    depart(lenience, code, "", new MalformedError("BAD_LENGTH", `${code} is not allowed here`, offset));
  };
  // A constructed object takes two bytes at least.
  const run: Run = { buf: bytes, sizes: new Uint32Array((bytes.length >> 1) + 1), next: 0, note, opaque, path: [] };
  if (bytes.length === 0) return undefined;
  const head = header(bytes, 0, bytes.length);
  const { size, next } = measure(run, head, 0);
  if (noted.size === 0) return undefined;
  if (next !== bytes.length) {
    const error = new MalformedError("TRAILING_BYTES", `${bytes.length - next} bytes follow the object`, next);
    depart(lenience, "TRAILING_BYTES", "", error);
  }
  const der = new Uint8Array(tagSize(head.tag) + lengthSize(size) + size);
  run.next = 0;
  write(run, 0, bytes.length, der, 0, false);
  return { der, first: firstInside(bytes, head) };
}

/** The first object inside another, as received; nothing when there is none. */
function firstInside(bytes: Uint8Array, head: Header): Uint8Array {
  if (head.from >= head.to) return new Uint8Array(0);
  const child = header(bytes, head.from, head.to);
  return child.open ? new Uint8Array(0) : bytes.subarray(head.from, child.to);
}
