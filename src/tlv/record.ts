import { EMPTY } from "../bytes/bytes.js";
import { EncodeError, MalformedError } from "../errors.js";
import type { Cursor } from "./ber.js";
import { type AnyCodec, Codec, type Flat, type RecordFieldShape, type Shape } from "./codec.js";
import { constant, writeBytes } from "./leaves.js";

/** A field of a {@link record}: fixed size, or (`size` undefined) all that is left. */
export interface RecordField<T, Role extends "value" | "constant" | "length" | "count" | "items"> {
  readonly role: Role;
  readonly size: number | undefined;
  readonly codec: Codec<T>;
  /** Of a count: the field whose items it counts. */
  readonly of?: string;
  /** Of items: reads as many as were announced. */
  readonly readItems?: (c: Cursor, count: number) => T;
}

interface AnyRecordField {
  readonly role: "value" | "constant" | "length" | "count" | "items";
  readonly size: number | undefined;
  readonly codec: AnyCodec;
  readonly of?: string;
  readonly readItems?: (c: Cursor, count: number) => unknown;
}

/** The value of a record: its fields of role `value` and `items`. */
export type RecordValue<F> = Flat<{
  readonly [K in keyof F as F[K] extends { readonly role: "value" | "items" } ? K : never]: F[K] extends {
    readonly codec: { readonly read: (c: Cursor) => infer T };
  }
    ? T
    : never;
}>;

/** A field of `size` bytes. */
export function fixed<T>(size: number, codec: Codec<T>): RecordField<T, "value"> {
  return { role: "value", size, codec };
}

/** The field that takes all bytes that are left; the last one of its record. */
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

/** How many items the field `of` has: computed when writing, used when reading. */
export function countOf(size: number, of: string): RecordField<number, "count"> {
  return { role: "count", size, codec: placeholder(size), of };
}

/** Records one after the other, each of which starts with its {@link recordLength}. */
export function items<T>(codec: Codec<T>): RecordField<readonly T[], "items"> {
  const lengthSize = lengthFieldSize(codec.shape);
  const readItems = (c: Cursor, count: number): readonly T[] => {
    const values: T[] = [];
    const outer = c.end;
    for (let i = 0; i < count; i++) {
      try {
        const length = readUint(c, c.at, lengthSize);
        if (length > outer - c.at) {
          throw new MalformedError("TRUNCATED", `${length} bytes announced, ${outer - c.at} are left`, c.at);
        }
        if (length < lengthSize) {
          throw new MalformedError("BAD_LENGTH", `an item cannot be ${length} bytes long`, c.at);
        }
        c.end = c.at + length;
        values.push(codec.read(c));
        c.end = outer;
      } catch (error) {
        throw error instanceof MalformedError ? error.within(`[${i}]`) : error;
      }
    }
    return values;
  };
  const write = (values: readonly T[], out: Uint8Array, end: number): number => {
    if (!Array.isArray(values)) throw new EncodeError("expected a list");
    let at = end;
    for (let i = values.length - 1; i >= 0; i--) {
      try {
        at = codec.write(values[i] as T, out, at);
      } catch (error) {
        throw error instanceof EncodeError ? error.within(`[${i}]`) : error;
      }
    }
    return at;
  };
  const all = new Codec<readonly T[]>(write, (c) => readItems(c, Number.MAX_SAFE_INTEGER), codec.shape);
  return { role: "items", size: undefined, codec: all, readItems };
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
  const readItems = (c: Cursor, count: number): Uint8Array => {
    const at = c.at;
    if (count * unit > c.end - at) {
      throw new MalformedError("TRUNCATED", `${count * unit} bytes announced, ${c.end - at} are left`, at);
    }
    c.at = at + count * unit;
    return c.buf.subarray(at, c.at);
  };
  const shape = { kind: "octets", min: 0, max: Number.MAX_SAFE_INTEGER, unit } as const;
  const codec = new Codec<Uint8Array>(write, (c) => readItems(c, Math.floor((c.end - c.at) / unit)), shape);
  return { role: "items", size: undefined, codec, readItems };
}

function lengthFieldSize(shape: Shape): number {
  const first = shape.kind === "record" ? shape.fields[0] : undefined;
  if (first?.role !== "length" || first.size === undefined) {
    throw new TypeError("items: the item must be a record that starts with its length");
  }
  return first.size;
}

const unitOf = (shape: Shape): number => (shape.kind === "octets" ? (shape.unit ?? 1) : 1);

/** Items of a list, or of a packed field; what is neither is refused when that field is written. */
function countItems(value: unknown, unit: number | undefined): number {
  return value instanceof Uint8Array || Array.isArray(value) ? value.length / (unit ?? 1) : 0;
}

function readUint(c: Cursor, at: number, size: number): number {
  if (size > c.end - at) throw new MalformedError("TRUNCATED", `${size} bytes expected, ${c.end - at} are left`, at);
  let value = 0;
  for (let i = 0; i < size; i++) value = value * 256 + (c.buf[at + i] as number);
  return value;
}

function writeUint(value: number, size: number, out: Uint8Array, end: number): number {
  if (value >= 256 ** size) throw new EncodeError(`${value} does not fit ${size} bytes`);
  let left = value;
  for (let i = end - 1; i >= end - size; i--) {
    out[i] = left & 0xff;
    left = Math.floor(left / 256);
  }
  return end - size;
}

/**
 * Fields without tags, one after the other, as in the headers of ISO/IEC 19794. Fields before a length or count field
 * have fixed sizes.
 */
export function record<const F extends Record<string, AnyRecordField>>(fields: F): Codec<RecordValue<F>> {
  const names = Object.keys(fields);
  const all = Object.values(fields);
  /** Bytes before each field, as long as they are fixed. */
  const offsets: number[] = [];
  for (let i = 0, at = 0; i < all.length; i++) {
    offsets.push(at);
    at += all[i]?.size ?? Number.NaN;
  }

  /** Bytes of one item of each packed field. */
  const units = new Map(all.map((field, i) => [names[i], unitOf(field.codec.shape)]));

  const write = (value: RecordValue<F>, out: Uint8Array, end: number): number => {
    if (typeof value !== "object" || value === null) throw new EncodeError("expected an object");
    const bag = value as Record<string, never>;
    let at = end;
    for (let i = all.length - 1; i >= 0; i--) {
      const field = all[i] as AnyRecordField;
      const name = names[i] as string;
      try {
        if (field.role === "length") {
          at = writeUint(end - at + (field.size as number) + (offsets[i] as number), field.size as number, out, at);
        } else if (field.role === "count") {
          at = writeUint(
            countItems(bag[field.of as string], units.get(field.of as string)),
            field.size as number,
            out,
            at,
          );
        } else {
          const part = field.role === "constant" ? (EMPTY as never) : bag[name];
          if (part === undefined) throw new EncodeError("is missing");
          const start = field.codec.write(part, out, at);
          if (field.size !== undefined && at - start !== field.size) {
            throw new EncodeError(`${at - start} bytes; ${field.size} are needed`);
          }
          at = start;
        }
      } catch (error) {
        throw error instanceof EncodeError ? error.within(name) : error;
      }
    }
    return at;
  };

  const read = (c: Cursor): RecordValue<F> => {
    const value: Record<string, unknown> = {};
    const counts: Record<string, number> = {};
    const start = c.at;
    const end = c.end;
    for (let i = 0; i < all.length; i++) {
      const field = all[i] as AnyRecordField;
      const name = names[i] as string;
      try {
        if (field.role === "length" || field.role === "count") {
          const at = c.at;
          const number = readUint(c, at, field.size as number);
          c.at = at + (field.size as number);
          if (field.role === "count") counts[field.of as string] = number;
          else if (number !== end - start) {
            throw new MalformedError(
              "BAD_LENGTH",
              `the length says ${number}, the record has ${end - start} bytes`,
              at,
            );
          }
        } else if (field.role === "items") {
          value[name] = field.readItems?.(c, counts[name] ?? 0);
        } else {
          if (field.size !== undefined) {
            if (field.size > end - c.at) {
              throw new MalformedError("TRUNCATED", `${field.size} bytes expected, ${end - c.at} are left`, c.at);
            }
            c.end = c.at + field.size;
          }
          const part = field.codec.read(c);
          if (field.role !== "constant") value[name] = part;
          c.end = end;
        }
      } catch (error) {
        throw error instanceof MalformedError ? error.within(name) : error;
      }
    }
    if (c.at !== end) throw new MalformedError("TRAILING_BYTES", `${end - c.at} bytes too many`, c.at);
    return value as RecordValue<F>;
  };

  const shapes: RecordFieldShape[] = all.map((field, i) => ({
    name: names[i] as string,
    role: field.role,
    size: field.size,
    shape: field.codec.shape,
    ...(field.of !== undefined && { of: field.of }),
  }));
  return new Codec<RecordValue<F>>(write, read, { kind: "record", fields: shapes });
}
