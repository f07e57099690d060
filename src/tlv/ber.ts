import { MalformedError } from "../errors.js";

/** Deepest nesting of constructed data objects that is read; no file of a card comes near it. */
export const MAX_DEPTH = 64;

/** A tag as it stands in the file, e.g. `5F0E`; the number 0x5F0E is its bytes read as one integer. */
export function formatTag(tag: number): string {
  const hex = tag.toString(16).toUpperCase();
  return hex.length % 2 === 0 ? hex : `0${hex}`;
}

/** Number of bytes that `tag` takes. */
export function tagSize(tag: number): number {
  return tag < 0x100 ? 1 : tag < 0x10000 ? 2 : tag < 0x1000000 ? 3 : 4;
}

/** Number of bytes that a minimal length field takes. */
export function lengthSize(length: number): number {
  return length < 0x80 ? 1 : length < 0x100 ? 2 : length < 0x10000 ? 3 : length < 0x1000000 ? 4 : 5;
}

/** Whether the bytes of `tag` are one tag of at most four bytes, as a reader takes it. */
export function isTag(tag: number): boolean {
  if (!Number.isInteger(tag) || tag < 0 || tag > 0xffffffff) return false;
  const size = tagSize(tag);
  const first = Math.floor(tag / 256 ** (size - 1));
  if ((first & 0x1f) !== 0x1f) return size === 1;
  for (let i = size - 2; i >= 0; i--) {
    const byte = Math.floor(tag / 256 ** i) & 0xff;
    if (byte >= 0x80 !== i > 0 || (i === size - 2 && byte === 0x80)) return false;
  }
  return size > 1;
}

/** Whether the value of `tag` consists of data objects (bit 6 of the first byte). */
export function isConstructed(tag: number): boolean {
  return ((tag >>> (8 * tagSize(tag) - 8)) & 0x20) !== 0;
}

/**
 * A window on bytes that are being read. One mutable object a parse: entering a data object narrows `end`, leaving it
 * restores it, so no object is made for a node. Offsets are those of the whole input.
 */
export interface Cursor {
  readonly buf: Uint8Array;
  at: number;
  end: number;
}

/** A cursor over all of `buf`. */
export function cursorOver(buf: Uint8Array): Cursor {
  return { buf, at: 0, end: buf.length };
}

/** Tag at the cursor, without moving it; -1 at the end of the window. */
export function peekTag(c: Cursor): number {
  if (c.at >= c.end) return -1;
  const first = c.buf[c.at] as number;
  return (first & 0x1f) !== 0x1f ? first : longTag(c, first);
}

/** @internal How a tag is named in an error. */
export const nameOfTag = (tag: number): string => (tag < 0 ? "nothing" : `tag ${formatTag(tag)}`);

/** @internal The error for another tag at the cursor than was expected. */
export function wrongTag(wanted: string, c: Cursor): MalformedError {
  return new MalformedError("BAD_TAG", `${wanted} expected, ${nameOfTag(peekTag(c))} found`, c.at);
}

/** @internal Refuses another tag at the cursor. */
export function expectTag(c: Cursor, tag: number, name = ""): void {
  if (peekTag(c) !== tag) throw wrongTag(nameOfTag(tag), c).within(name);
}

function longTag(c: Cursor, first: number): number {
  let tag = first;
  for (let at = c.at + 1; ; at++) {
    if (at >= c.end) throw new MalformedError("TRUNCATED", "the input ends inside a tag", at);
    const byte = c.buf[at] as number;
    // A leading zero group and a number that one byte holds are not minimal (ISO 8825-1 §8.1.2.4). 5F1E and the like,
    // which interindustry cards use with numbers below 31, are written so by ISO 7816-6.
    if (at === c.at + 1 && byte === 0x80) throw new MalformedError("BAD_TAG", "a tag starts with 80", at);
    if (at - c.at > 3) throw new MalformedError("BAD_TAG", "a tag has more than four bytes", at);
    tag = tag * 256 + byte;
    if ((byte & 0x80) === 0) return tag;
  }
}

/**
 * Reads a length at the cursor and moves behind it; the value must lie inside the window.
 * Definite and minimal only, as DER and ISO 7816-4 §5.2.2 (BER-TLV in cards) ask.
 */
export function readLength(c: Cursor): number {
  const at = c.at;
  if (at >= c.end) throw new MalformedError("TRUNCATED", "the input ends before a length", at);
  let length = c.buf[at] as number;
  c.at = at + 1;
  if (length >= 0x80) length = longLength(c, at, length & 0x7f);
  if (length > c.end - c.at) {
    throw new MalformedError("TRUNCATED", `the length says ${length} bytes, ${c.end - c.at} are left`, at);
  }
  return length;
}

function longLength(c: Cursor, at: number, count: number): number {
  if (count === 0) throw new MalformedError("BAD_LENGTH", "the length is indefinite", at);
  if (count > 4) throw new MalformedError("BAD_LENGTH", `a length of ${count} bytes is not supported`, at);
  if (c.end - c.at < count) throw new MalformedError("TRUNCATED", "the input ends inside a length", c.end);
  let length = 0;
  for (let i = 0; i < count; i++) length = length * 256 + (c.buf[c.at + i] as number);
  c.at += count;
  if (lengthSize(length) !== count + 1) throw new MalformedError("BAD_LENGTH", "the length is not minimal", at);
  return length;
}

/** Writes tag and length so that they end at `end`; returns where they start. See the codec rules in `codec.ts`. */
export function writeHeader(tag: number, length: number, out: Uint8Array, end: number): number {
  let at = end;
  if (length < 0x80) out[--at] = length;
  else {
    let count = 0;
    for (let rest = length; rest > 0; rest = Math.floor(rest / 256), count++) out[--at] = rest & 0xff;
    out[--at] = 0x80 | count;
  }
  return writeTag(tag, out, at);
}

/** @internal Writes a bare tag so that it ends at `end`. */
export function writeTag(tag: number, out: Uint8Array, end: number): number {
  let at = end;
  out[--at] = tag;
  if (tag > 0xff) {
    out[--at] = tag >>> 8;
    if (tag > 0xffff) {
      out[--at] = tag >>> 16;
      if (tag > 0xffffff) out[--at] = tag >>> 24;
    }
  }
  return at;
}

/** One data object: tag, minimal length, and `parts` joined as its value. */
export function encodeTlv(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(tagSize(tag) + lengthSize(length) + length);
  let at = out.length - length;
  writeHeader(tag, length, out, at);
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** A data object in a parsed tree. All byte arrays are views of the input; children are made when asked for. */
export class TlvNode {
  readonly #buf: Uint8Array;
  readonly tag: number;
  /** Offset of the tag in the input. */
  readonly start: number;
  /** Offset of the value in the input. */
  readonly valueStart: number;
  /** Offset behind the value. */
  readonly end: number;

  /** @internal */
  constructor(buf: Uint8Array, tag: number, start: number, valueStart: number, end: number) {
    this.#buf = buf;
    this.tag = tag;
    this.start = start;
    this.valueStart = valueStart;
    this.end = end;
  }

  /** The value. */
  get value(): Uint8Array {
    return this.#buf.subarray(this.valueStart, this.end);
  }

  /** Tag, length and value as they stand in the input. */
  get raw(): Uint8Array {
    return this.#buf.subarray(this.start, this.end);
  }

  /** Whether the value consists of data objects. */
  get constructed(): boolean {
    return isConstructed(this.tag);
  }

  /** The data objects inside; none for a primitive one. */
  get children(): TlvNodes {
    return new TlvNodes(this.#buf, this.constructed ? this.valueStart : this.end, this.end);
  }

  /** The first child with this tag. */
  child(tag: number): TlvNode | undefined {
    return this.children.find(tag);
  }
}

/**
 * Data objects one after the other. They are made while one goes through them, so that a hostile input of a million tiny
 * ones costs no memory.
 */
export class TlvNodes implements Iterable<TlvNode> {
  readonly #buf: Uint8Array;
  readonly #from: number;
  readonly #to: number;

  /** @internal The bytes were checked before. */
  constructor(buf: Uint8Array, from: number, to: number) {
    this.#buf = buf;
    this.#from = from;
    this.#to = to;
  }

  /** From the first to the last. */
  [Symbol.iterator](): Iterator<TlvNode> {
    return new NodeIterator(this.#buf, this.#from, this.#to);
  }

  /** The first one; undefined when there is none. */
  get first(): TlvNode | undefined {
    for (const node of this) return node;
    return undefined;
  }

  /** The first one with this tag. */
  find(tag: number): TlvNode | undefined {
    for (const node of this) if (node.tag === tag) return node;
    return undefined;
  }
}

/** A cursor that is an iterator: a generator costs several times as much as the node. */
class NodeIterator implements Cursor, Iterator<TlvNode> {
  readonly buf: Uint8Array;
  at: number;
  end: number;

  constructor(buf: Uint8Array, at: number, end: number) {
    this.buf = buf;
    this.at = at;
    this.end = end;
  }

  next(): IteratorResult<TlvNode> {
    return this.at < this.end ? { done: false, value: nextNode(this) } : { done: true, value: undefined };
  }
}

/** The data object at the cursor, which moves behind it. */
function nextNode(c: Cursor): TlvNode {
  const start = c.at;
  const tag = peekTag(c);
  c.at += tagSize(tag);
  const length = readLength(c);
  const valueStart = c.at;
  c.at += length;
  return new TlvNode(c.buf, tag, start, valueStart, c.at);
}

/** Walks every data object once, without making anything: after it, reading lazily cannot fail. */
function checkTree(buf: Uint8Array): void {
  const c = cursorOver(buf);
  // Stacks that only grow: `pop` would let the engine shrink and grow their storage for every object.
  const tags: number[] = [];
  const ends: number[] = [];
  let depth = 0;
  let named = 0; // tags of the path to the byte that is being read
  try {
    for (;;) {
      while (c.at === c.end && depth > 0) {
        depth--;
        c.end = depth > 0 ? (ends[depth - 1] as number) : buf.length;
      }
      if (c.at === c.end) return;
      named = depth;
      const tag = peekTag(c);
      if (depth === MAX_DEPTH) {
        throw new MalformedError("NESTED_TOO_DEEP", `more than ${MAX_DEPTH} levels`, c.at);
      }
      c.at += tagSize(tag);
      tags[depth] = tag;
      named++;
      const length = readLength(c);
      if (isConstructed(tag)) {
        c.end = c.at + length;
        ends[depth++] = c.end;
      } else c.at += length;
    }
  } catch (error) {
    if (error instanceof MalformedError) error.path = tags.slice(0, named).map(formatTag).join("/");
    throw error;
  }
}

/**
 * The data objects in `bytes`, one after the other, all levels checked: minimal definite lengths, no bytes left over,
 * at most {@link MAX_DEPTH} levels.
 *
 * Spec: ISO 7816-4 §5.2.2, ISO 8825-1.
 *
 * @returns Views of `bytes`, made on the way through; keep the input unchanged while they are used.
 * @throws {MalformedError} with the tags down to the fault as `path`, e.g. `61/5F1F`.
 */
export function parseTlvs(bytes: Uint8Array): TlvNodes {
  checkTree(bytes);
  return new TlvNodes(bytes, 0, bytes.length);
}

/**
 * The one data object that `bytes` consist of; like {@link parseTlvs}.
 *
 * @param tag - The tag it must have; any when left out.
 * @throws {MalformedError} `TRAILING_BYTES` when something follows it, `BAD_TAG` for another tag.
 * @example
 * const dg1 = parseTlv(fromHex("61035F1F00"));
 * dg1.child(0x5f1f)?.value.length; // 0
 */
export function parseTlv(bytes: Uint8Array, tag?: number): TlvNode {
  checkTree(bytes);
  const { first } = new TlvNodes(bytes, 0, bytes.length);
  if (first === undefined) throw new MalformedError("TRUNCATED", "the input is empty", 0);
  if (tag !== undefined) expectTag(cursorOver(bytes), tag);
  if (first.end !== bytes.length) {
    throw new MalformedError("TRAILING_BYTES", `${bytes.length - first.end} bytes follow the data object`, first.end);
  }
  return first;
}
