import { EncodeError, MalformedError, within } from "../errors.js";
import type { Cursor } from "./ber.js";
import { type AnyCodec, Codec, type Shape } from "./codec.js";
import { constant } from "./constant.js";
import { writeBytes } from "./leaves.js";

/** What a field of a `record` is: only `value` and `items` are part of the record's value. */
export type RecordRole = "value" | "constant" | "length" | "count" | "items";

/** A field of a `record`: fixed size, or (`size` undefined) as many bytes as were announced, or all that is left. */
export interface RecordField<T, Role extends RecordRole> {
  readonly role: Role;
  readonly size: number | undefined;
  readonly codec: Codec<T>;
  /** Of a count: the field whose items it counts; of a length: the field whose bytes it counts, else the whole record. */
  readonly of?: string;
  /** Of items: fewest and most of them. */
  readonly min?: number;
  readonly max?: number;
  /** Of items: reads as many as were announced, or up to the end of the window. */
  readonly readItems?: (c: Cursor, count: number | undefined) => T;
}

/** Any field of a record, for places that only hold it. */
export interface AnyRecordField extends Omit<RecordField<never, RecordRole>, "codec" | "readItems"> {
  readonly codec: AnyCodec;
  /** Reads as many items as were announced. */
  readonly readItems?: (c: Cursor, count: number | undefined) => unknown;
}

/** A field of `size` bytes. */
export function fixed<T>(size: number, codec: Codec<T>): RecordField<T, "value"> {
  return { role: "value", size, codec };
}

/** The field that takes as many bytes as its {@link lengthOf} says; without one all that is left, as the last of its record. */
export function remainder<T>(codec: Codec<T>): RecordField<T, "value"> {
  return { role: "value", size: undefined, codec };
}

/** Bytes that never vary, such as a format identifier; they are no part of the value. */
export function signature(bytes: Uint8Array): RecordField<Uint8Array, "constant"> {
  return { role: "constant", size: bytes.length, codec: constant(bytes) };
}

const placeholder = (size: number): Codec<number> =>
  new Codec<number>(
    () => 0,
    () => 0,
    { kind: "uint", size },
  );

/** The length in bytes of the whole record, itself included: computed when writing, checked when reading. */
export function recordLength(size: number): RecordField<number, "length"> {
  return { role: "length", size, codec: placeholder(size) };
}

/** How many bytes the {@link remainder} field `of` takes: computed when writing, used when reading. */
export function lengthOf(size: number, of: string): RecordField<number, "length"> {
  return { role: "length", size, codec: placeholder(size), of };
}

/** How many items the field `of` has: computed when writing, used when reading. */
export function countOf(size: number, of: string): RecordField<number, "count"> {
  return { role: "count", size, codec: placeholder(size), of };
}

/** @internal Readers of records that know their own end without being told; `record` puts them here. */
export const delimitedReaders = new WeakMap<object, (c: Cursor) => unknown>();

/**
 * Records one after the other: as many as their {@link countOf} says, without one up to the end. Each starts with its
 * {@link recordLength}, or has only fields whose sizes are fixed or announced inside it.
 *
 * @param bounds - How many there may be; 0 to 64 when left out: what is read is bounded always.
 */
export function items<T>(
  codec: Codec<T>,
  bounds: { min?: number; max?: number } = {},
): RecordField<readonly T[], "items"> {
  const { min = 0, max = 64 } = bounds;
  const lengthSize = lengthFieldSize(codec.shape);
  const open = delimitedReaders.get(codec) as ((c: Cursor) => T) | undefined;
  if (lengthSize === undefined && open === undefined) {
    throw new TypeError("items: the item must be a record that starts with its length or knows its own end");
  }
  const readItem = (c: Cursor): T =>
    lengthSize === undefined ? (open as (c: Cursor) => T)(c) : readFramed(c, codec, lengthSize);
  const readItems = (c: Cursor, count: number | undefined): readonly T[] => {
    if (count !== undefined && (count < min || count > max)) {
      throw new MalformedError("BAD_VALUE", `${count} announced; ${min} to ${max} are allowed`, c.at);
    }
    const values: T[] = [];
    while (count === undefined ? c.at < c.end : values.length < count) {
      if (values.length === max) throw new MalformedError("BAD_VALUE", `more than ${max} items`, c.at);
      try {
        values.push(readItem(c));
      } catch (error) {
        throw within(error, `[${values.length}]`);
      }
    }
    if (values.length < min) throw new MalformedError("BAD_VALUE", `fewer than ${min} items`, c.at);
    return values;
  };
  const write = (values: readonly T[], out: Uint8Array, end: number): number => {
    if (!Array.isArray(values)) throw new EncodeError("expected a list");
    if (values.length < min || values.length > max) {
      throw new EncodeError(`${values.length} items; ${min} to ${max} are allowed`);
    }
    let at = end;
    let i = values.length;
    try {
      while (--i >= 0) at = codec.write(values[i] as T, out, at);
    } catch (error) {
      throw within(error, `[${i}]`);
    }
    return at;
  };
  const all = new Codec<readonly T[]>(write, (c) => readItems(c, undefined), codec.shape);
  return { role: "items", size: undefined, codec: all, readItems, min, max };
}

/** Reads one item that starts with its length. */
function readFramed<T>(c: Cursor, codec: Codec<T>, lengthSize: number): T {
  const outer = c.end;
  const length = readUint(c, c.at, lengthSize);
  if (length > outer - c.at) {
    throw new MalformedError("TRUNCATED", `${length} bytes announced, ${outer - c.at} are left`, c.at);
  }
  if (length < lengthSize) throw new MalformedError("BAD_LENGTH", `an item cannot be ${length} bytes long`, c.at);
  c.end = c.at + length;
  const value = codec.read(c);
  c.end = outer;
  return value;
}

/**
 * Items of `unit` bytes each, as one view: thousands of them cost no more than one. Their number is in a {@link countOf}
 * field.
 */
export function packed(unit: number): RecordField<Uint8Array, "items"> {
  const write = (value: Uint8Array, out: Uint8Array, end: number): number => {
    if (!(value instanceof Uint8Array)) throw new EncodeError("expected a Uint8Array");
    if (value.length % unit !== 0) throw new EncodeError(`${value.length} bytes; a multiple of ${unit} is needed`);
    return writeBytes(value, out, end);
  };
  const readItems = (c: Cursor, count: number | undefined): Uint8Array => {
    const at = c.at;
    const length = (count ?? Math.floor((c.end - at) / unit)) * unit;
    if (length > c.end - at) {
      throw new MalformedError("TRUNCATED", `${length} bytes announced, ${c.end - at} are left`, at);
    }
    c.at = at + length;
    return c.buf.subarray(at, c.at);
  };
  const shape = { kind: "octets", min: 0, max: Number.MAX_SAFE_INTEGER, unit } as const;
  const codec = new Codec<Uint8Array>(write, (c) => readItems(c, undefined), shape);
  return { role: "items", size: undefined, codec, readItems };
}

/** Size of the length field that a record starts with; undefined when it starts with something else. */
function lengthFieldSize(shape: Shape): number | undefined {
  const first = shape.kind === "record" ? shape.fields[0] : undefined;
  return first?.role === "length" && first.of === undefined ? first.size : undefined;
}

/** @internal Unsigned integer at `at`. */
export function readUint(c: Cursor, at: number, size: number): number {
  if (size > c.end - at) throw new MalformedError("TRUNCATED", `${size} bytes expected, ${c.end - at} are left`, at);
  // Whole numbers as the engine keeps them best; the loop's may take memory of their own.
  if (size === 1) return c.buf[at] as number;
  if (size === 2) return ((c.buf[at] as number) << 8) | (c.buf[at + 1] as number);
  let value = 0;
  for (let i = 0; i < size; i++) value = value * 256 + (c.buf[at + i] as number);
  return value;
}
