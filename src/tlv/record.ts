import { EMPTY } from "../bytes/bytes.js";
import { EncodeError, MalformedError } from "../errors.js";
import type { Cursor } from "./ber.js";
import { Codec, type Flat, type RecordFieldShape, type Shape } from "./codec.js";
import { type AnyRecordField, delimitedReaders, readUint, writeUint } from "./record-fields.js";

export {
  countOf,
  fixed,
  items,
  lengthOf,
  packed,
  type RecordField,
  type RecordRole,
  recordLength,
  remainder,
  signature,
} from "./record-fields.js";

/** The value of a record: its fields of role `value` and `items`. */
export type RecordValue<F> = Flat<{
  readonly [K in keyof F as F[K] extends { readonly role: "value" | "items" } ? K : never]: F[K] extends {
    readonly codec: { readonly read: (c: Cursor) => infer T };
  }
    ? T
    : never;
}>;

const unitOf = (shape: Shape): number => (shape.kind === "octets" ? (shape.unit ?? 1) : 1);

/** Items of a list, or of a packed field; what is neither is refused when that field is written. */
function countItems(value: unknown, unit: number | undefined): number {
  return value instanceof Uint8Array || Array.isArray(value) ? value.length / (unit ?? 1) : 0;
}

/** Whether a record knows its own end: every field is of fixed size or announced by an earlier one. */
function isDelimited(names: readonly string[], all: readonly AnyRecordField[]): boolean {
  const announced = new Set(all.map(({ of }) => of));
  return (
    all.some(({ size }) => size !== undefined && size > 0) &&
    all.every(
      ({ role, of, size }, i) =>
        (size !== undefined && !(role === "length" && of === undefined)) || announced.has(names[i]),
    )
  );
}

/**
 * Fields without tags, one after the other, as in the headers of ISO/IEC 19794. Fields before the record's own length
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

  /** Fields whose bytes a length field counts. */
  const measured = names.map((name) => all.some(({ role, of }) => role === "length" && of === name));

  /** Bytes of one item of each packed field. */
  const units = new Map(all.map((field, i) => [names[i], unitOf(field.codec.shape)]));

  const write = (value: RecordValue<F>, out: Uint8Array, end: number): number => {
    if (typeof value !== "object" || value === null) throw new EncodeError("expected an object");
    const bag = value as Record<string, never>;
    let at = end;
    let sizes: Record<string, number> | undefined;
    for (let i = all.length - 1; i >= 0; i--) {
      const field = all[i] as AnyRecordField;
      const name = names[i] as string;
      try {
        if (field.role === "length") {
          const whole = end - at + (field.size as number) + (offsets[i] as number);
          at = writeUint(field.of === undefined ? whole : (sizes?.[field.of] as number), field.size as number, out, at);
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
          if (measured[i] === true) sizes = { ...sizes, [name]: at - start };
          at = start;
        }
      } catch (error) {
        throw error instanceof EncodeError ? error.within(name) : error;
      }
    }
    return at;
  };

  const readFields = (c: Cursor): RecordValue<F> => {
    const value: Record<string, unknown> = {};
    let announced: Record<string, number> | undefined;
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
          if (field.of !== undefined) {
            announced ??= {};
            announced[field.of] = number;
          } else if (number !== end - start) {
            throw new MalformedError(
              "BAD_LENGTH",
              `the length says ${number}, the record has ${end - start} bytes`,
              at,
            );
          }
        } else if (field.role === "items") {
          value[name] = field.readItems?.(c, announced?.[name]);
        } else {
          const size = field.size ?? announced?.[name];
          if (size !== undefined) {
            if (size > end - c.at) {
              throw new MalformedError("TRUNCATED", `${size} bytes expected, ${end - c.at} are left`, c.at);
            }
            c.end = c.at + size;
          }
          const part = field.codec.read(c);
          if (field.role !== "constant") value[name] = part;
          c.end = end;
        }
      } catch (error) {
        throw error instanceof MalformedError ? error.within(name) : error;
      }
    }
    return value as RecordValue<F>;
  };
  const read = (c: Cursor): RecordValue<F> => {
    const { end } = c;
    const value = readFields(c);
    if (c.at !== end) throw new MalformedError("TRAILING_BYTES", `${end - c.at} bytes too many`, c.at);
    return value;
  };

  const shapes: RecordFieldShape[] = all.map((field, i) => ({
    name: names[i] as string,
    role: field.role,
    size: field.size,
    shape: field.codec.shape,
    ...(field.of !== undefined && { of: field.of }),
    ...(field.min !== undefined && { min: field.min }),
    ...(field.max !== undefined && { max: field.max }),
  }));
  const codec = new Codec<RecordValue<F>>(write, read, { kind: "record", fields: shapes });
  if (isDelimited(names, all)) delimitedReaders.set(codec, readFields);
  return codec;
}
