import { EncodeError, MalformedError } from "../errors.js";
import { type Cursor, formatTag, peekTag, readLength, tagSize, writeHeader } from "./ber.js";
import { type AnyCodec, Codec } from "./codec.js";
import { found, OWN_TAG, readField } from "./struct.js";

/** Options of a {@link list}. */
export interface ListOptions {
  /** Tag of the count that comes first (02 in the LDS): one byte. */
  readonly count?: number;
  readonly min?: number;
  /** 64 when left out, 255 when there is a count: what is read is bounded always. */
  readonly max?: number;
  /** DER SET OF: ascending order of the encodings (ISO 8825-1 §11.6), made when writing, asked for when reading. */
  readonly sorted?: boolean;
}

/** The same data object again and again: SEQUENCE OF, SET OF, or a counted template of the LDS. */
export function list<T>(tag: number, item: Codec<T>, options: ListOptions = {}): Codec<readonly T[]> {
  const { count, min = 0, max = count === undefined ? 64 : 255, sorted = false } = options;
  const write = (values: readonly T[], out: Uint8Array, end: number): number => {
    if (!Array.isArray(values)) throw new EncodeError("expected a list");
    if (values.length < min || values.length > max) {
      throw new EncodeError(`${values.length} entries; ${min} to ${max} are allowed`);
    }
    let at = end;
    for (let i = values.length - 1; i >= 0; i--) {
      try {
        const start = item.write(values[i] as T, out, at);
        at = tag === OWN_TAG ? start : writeHeader(tag, at - start, out, start);
      } catch (error) {
        throw error instanceof EncodeError ? error.within(`[${i}]`) : error;
      }
    }
    if (sorted && at >= 0) sortObjects(out, at, end);
    if (count !== undefined) {
      out[at - 1] = values.length;
      at = writeHeader(count, 1, out, at - 1);
    }
    return at;
  };
  const read = (c: Cursor): readonly T[] => {
    const announced = count === undefined ? undefined : readCount(c, count);
    const values: T[] = [];
    let previous = -1;
    while (c.at < c.end) {
      if (values.length === max) throw new MalformedError("BAD_VALUE", `more than ${max} entries`, c.at);
      const start = c.at;
      const name = `[${values.length}]`;
      const next = peekTag(c);
      if (tag !== OWN_TAG && next !== tag) {
        throw new MalformedError("BAD_TAG", `tag ${formatTag(tag)} expected, ${found(next)} found`, start, name);
      }
      try {
        values.push((tag === OWN_TAG ? item.read(c) : readField(c, tag, item as AnyCodec)) as T);
      } catch (error) {
        throw error instanceof MalformedError ? error.within(name) : error;
      }
      if (sorted && previous >= 0 && compareSpans(c.buf, previous, start, start, c.at) > 0) {
        throw new MalformedError("BAD_VALUE", "the set is not in DER order", start, name);
      }
      previous = start;
    }
    if (values.length < min) throw new MalformedError("BAD_VALUE", `fewer than ${min} entries`, c.at);
    if (announced !== undefined && announced !== values.length) {
      throw new MalformedError("BAD_VALUE", `the count says ${announced}, there are ${values.length}`, c.at);
    }
    return values;
  };
  const shape = {
    kind: "list" as const,
    tag,
    item: item.shape,
    min,
    max: count === undefined ? max : Math.min(max, 255),
    compare: sorted ? (a: never, b: never) => compareItems(tag, item, a, b) : undefined,
  };
  return new Codec<readonly T[]>(write, read, count === undefined ? shape : { ...shape, countTag: count });
}

/** A list whose items bring their own tags. */
export function listOwn<T>(item: Codec<T>, options: ListOptions = {}): Codec<readonly T[]> {
  return list(OWN_TAG, item, options);
}

function readCount(c: Cursor, countTag: number): number {
  const tag = peekTag(c);
  if (tag !== countTag) {
    throw new MalformedError("BAD_TAG", `the count ${formatTag(countTag)} expected, ${found(tag)} found`, c.at);
  }
  c.at += tagSize(tag);
  const at = c.at;
  if (readLength(c) !== 1) throw new MalformedError("BAD_LENGTH", "the count has one byte", at);
  return c.buf[c.at++] as number;
}

/** Order of two items in a DER SET OF. */
function compareItems<T>(tag: number, item: Codec<T>, a: T, b: T): number {
  const [x, y] = [a, b].map((value) => {
    const start = item.write(value, new Uint8Array(0), 0);
    const out = new Uint8Array(-start + 9);
    const from = item.write(value, out, out.length);
    return out.subarray(tag === OWN_TAG ? from : writeHeader(tag, out.length - from, out, from));
  }) as [Uint8Array, Uint8Array];
  const both = new Uint8Array(x.length + y.length);
  both.set(x);
  both.set(y, x.length);
  return compareSpans(both, 0, x.length, x.length, both.length);
}

/** Order of two encodings as DER sorts them: byte by byte, a shorter one before its extension. */
function compareSpans(buf: Uint8Array, a: number, aEnd: number, b: number, bEnd: number): number {
  const length = Math.min(aEnd - a, bEnd - b);
  for (let i = 0; i < length; i++) {
    const difference = (buf[a + i] as number) - (buf[b + i] as number);
    if (difference !== 0) return difference;
  }
  return aEnd - a - (bEnd - b);
}

/** Sorts neighbouring data objects in place; costs nothing but the check when they are in order already. */
function sortObjects(out: Uint8Array, start: number, end: number): void {
  const c: Cursor = { buf: out, at: start, end };
  const spans: { from: number; to: number }[] = [];
  let inOrder = true;
  while (c.at < end) {
    const from = c.at;
    c.at += tagSize(peekTag(c));
    const length = readLength(c);
    c.at += length;
    const last = spans[spans.length - 1];
    if (last !== undefined && compareSpans(out, last.from, last.to, from, c.at) > 0) inOrder = false;
    spans.push({ from, to: c.at });
  }
  if (inOrder) return;
  spans.sort((x, y) => compareSpans(out, x.from, x.to, y.from, y.to));
  const copy = out.slice(start, end);
  let at = start;
  for (const { from, to } of spans) {
    out.set(copy.subarray(from - start, to - start), at);
    at += to - from;
  }
}
