import { EncodeError, MalformedError, within } from "../errors.js";
import { type Cursor, expectTag, readLength, tagSize, writeHeader } from "./ber.js";
import { type AnyCodec, Codec } from "./codec.js";
import { OWN_TAG, readField, writeField } from "./struct.js";

/** The order of the items of a set: `derOrder` of `cardwright/tlv/more`. */
export interface SetOrder {
  /** Sorts the data objects between `start` and `end` in place. */
  readonly sort: (out: Uint8Array, start: number, end: number) => void;
  /** Order of two encodings in one array; each is given by its start and its end. */
  readonly compare: (buf: Uint8Array, a: number, aEnd: number, b: number, bEnd: number) => number;
  /** Order of two values that have this tag and codec. */
  readonly ofItems: <T>(tag: number, item: Codec<T>) => (a: T, b: T) => number;
}

/** Options of a {@link list}. */
export interface ListOptions {
  /** Tag of the count that comes first (02 in the LDS): one byte. */
  readonly count?: number;
  readonly min?: number;
  /** 64 when left out, 255 when there is a count: what is read is bounded always. */
  readonly max?: number;
  /** Of a DER SET OF: `derOrder`. */
  readonly sorted?: SetOrder;
}

/** The same data object again and again: SEQUENCE OF, SET OF, or a counted template of the LDS. */
export function list<T>(tag: number, item: Codec<T>, options: ListOptions = {}): Codec<readonly T[]> {
  const { count, min = 0, sorted } = options;
  const max = count === undefined ? (options.max ?? 64) : Math.min(options.max ?? 255, 255);
  const write = (values: readonly T[], out: Uint8Array, end: number): number => {
    if (!Array.isArray(values)) throw new EncodeError("expected a list");
    let i = values.length;
    if (i < min || i > max) throw new EncodeError(`${i} entries; ${min} to ${max} are allowed`);
    let at = end;
    try {
      while (--i >= 0) at = writeField(tag, item as AnyCodec, values[i] as never, out, at);
    } catch (error) {
      throw within(error, `[${i}]`);
    }
    if (at >= 0) sorted?.sort(out, at, end);
    if (count === undefined) return at;
    out[at - 1] = values.length;
    return writeHeader(count, 1, out, at - 1);
  };
  const read = (c: Cursor): readonly T[] => {
    const announced = count === undefined ? undefined : readCount(c, count);
    const values: T[] = [];
    let previous = c.at;
    while (c.at < c.end) {
      if (values.length === max) throw new MalformedError("BAD_VALUE", `more than ${max} entries`, c.at);
      const start = c.at;
      const name = `[${values.length}]`;
      try {
        if (tag === OWN_TAG) values.push(item.read(c));
        else {
          expectTag(c, tag);
          values.push(readField(c, tag, item as AnyCodec) as T);
        }
        if (sorted !== undefined && sorted.compare(c.buf, previous, start, start, c.at) > 0) {
          throw new MalformedError("BAD_VALUE", "the set is not in DER order", start);
        }
      } catch (error) {
        throw within(error, name);
      }
      previous = start;
    }
    if (values.length < min) throw new MalformedError("BAD_VALUE", `fewer than ${min} entries`, c.at);
    if (announced !== undefined && announced !== values.length) {
      throw new MalformedError("BAD_VALUE", `the count says ${announced}, there are ${values.length}`, c.at);
    }
    return values;
  };
  return new Codec<readonly T[]>(write, read, {
    kind: "list",
    tag,
    item: item.shape,
    min,
    max,
    compare: sorted?.ofItems(tag, item) as ((a: never, b: never) => number) | undefined,
    ...(count !== undefined && { countTag: count }),
  });
}

/** A list whose items bring their own tags. */
export function listOwn<T>(item: Codec<T>, options: ListOptions = {}): Codec<readonly T[]> {
  return list(OWN_TAG, item, options);
}

function readCount(c: Cursor, countTag: number): number {
  expectTag(c, countTag);
  c.at += tagSize(countTag);
  const at = c.at;
  if (readLength(c) !== 1) throw new MalformedError("BAD_LENGTH", "the count has one byte", at);
  return c.buf[c.at++] as number;
}
