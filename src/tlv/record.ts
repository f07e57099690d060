import { EMPTY } from "../bytes/bytes.js";
import { EncodeError, MalformedError, within } from "../errors.js";
import type { Cursor } from "./ber.js";
import { type AnyCodec, Codec, type Flat, type RecordFieldShape } from "./codec.js";
import { writeUint } from "./leaves.js";
import { type AnyRecordField, delimitedReaders, readUint } from "./record-fields.js";

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

/** Items of a list, or of a packed field; what is neither is refused when that field is written. */
function countItems(value: unknown, unit: number): number {
  return value instanceof Uint8Array || Array.isArray(value) ? value.length / unit : 0;
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

/** How a field is written; numbers, because they are compared for every field of every card. */
const PLAIN = 0;
const NUMBER = 1;
const CONSTANT = 2;
const WHOLE_LENGTH = 3;
const LENGTH_OF = 4;
const COUNT_OF = 5;

function wayOf({ role, of, size, codec: { shape } }: AnyRecordField): number {
  if (role === "constant") return CONSTANT;
  if (role === "length") return of === undefined ? WHOLE_LENGTH : LENGTH_OF;
  if (role === "count") return COUNT_OF;
  return role === "value" && shape.kind === "uint" && shape.values === undefined && shape.size === size
    ? NUMBER
    : PLAIN;
}

/** A field, prepared for writing: all in one object, which costs one look-up for each field of each card. */
interface Step {
  readonly name: string;
  readonly way: number;
  /** -1 when it varies. */
  readonly size: number;
  /** Behind the greatest number that `size` bytes hold. */
  readonly limit: number;
  readonly codec: AnyCodec;
  /** Bytes before the field; NaN when they vary. */
  readonly offset: number;
  /** Of a length or a count: the number of the field that it speaks of. */
  readonly target: number;
  /** Of a count: bytes of one item of a packed field. */
  readonly unit: number;
}

function stepsOf(names: readonly string[], all: readonly AnyRecordField[]): readonly Step[] {
  let offset = 0;
  return all.map((field, i) => {
    const { size, codec, of } = field;
    const target = of === undefined ? -1 : names.indexOf(of);
    const shape = all[target]?.codec.shape;
    const unit = shape?.kind === "octets" ? (shape.unit ?? 1) : 1;
    const name = names[i] as string;
    const step = { name, way: wayOf(field), size: size ?? -1, limit: 256 ** (size ?? 0), codec, offset, target, unit };
    offset += size ?? Number.NaN;
    return step;
  });
}

/** What lengths and counts have said so far: a list, as there is one or none mostly. */
interface Announced {
  readonly target: number;
  readonly number: number;
  readonly before: Announced | undefined;
}

function announcedFor(target: number, list: Announced | undefined): number | undefined {
  for (let entry = list; entry !== undefined; entry = entry.before) if (entry.target === target) return entry.number;
  return undefined;
}

/**
 * Fields without tags, one after the other, as in the headers of ISO/IEC 19794. Fields before the record's own length
 * have fixed sizes.
 */
export function record<const F extends Record<string, AnyRecordField>>(fields: F): Codec<RecordValue<F>> {
  const names = Object.keys(fields);
  const all = Object.values(fields);
  const count = all.length;
  const steps = stepsOf(names, all);
  const measuring = steps.some(({ way }) => way === LENGTH_OF);

  const write = (value: RecordValue<F>, out: Uint8Array, end: number): number => {
    if (typeof value !== "object" || value === null) throw new EncodeError("expected an object");
    const bag = value as Record<string, never>;
    /** Where each field starts; only records with lengths of fields ask. */
    const starts: number[] | undefined = measuring ? new Array(count + 1).fill(end) : undefined;
    let at = end;
    let i = count;
    try {
      while (--i >= 0) {
        const step = steps[i] as Step;
        const { way, size } = step;
        if (way <= NUMBER) {
          const part = bag[step.name] as number | undefined;
          // The common case without a call: a whole number that fits.
          if (way === NUMBER && size <= 2 && part !== undefined && part >>> 0 === part && part < step.limit) {
            out[--at] = part;
            if (size === 2) out[--at] = part >>> 8;
          } else {
            if (part === undefined) throw new EncodeError("is missing");
            const start = step.codec.write(part as never, out, at);
            if (size >= 0 && at - start !== size) throw new EncodeError(`${at - start} bytes; ${size} are needed`);
            at = start;
          }
        } else if (way === CONSTANT) {
          at = step.codec.write(EMPTY as never, out, at);
        } else {
          const { target } = step;
          const number =
            way === WHOLE_LENGTH
              ? end - at + size + step.offset
              : way === COUNT_OF
                ? countItems(bag[names[target] as string], step.unit)
                : ((starts as number[])[target + 1] as number) - ((starts as number[])[target] as number);
          if (number >= step.limit) throw new EncodeError(`${number} does not fit ${size} bytes`);
          at = writeUint(number, size, out, at);
        }
        if (starts !== undefined) starts[i] = at;
      }
    } catch (error) {
      throw within(error, names[i] as string);
    }
    return at;
  };

  const readFields = (c: Cursor): RecordValue<F> => {
    const value: Record<string, unknown> = {};
    let announced: Announced | undefined;
    const start = c.at;
    const end = c.end;
    let i = 0;
    try {
      for (; i < count; i++) {
        const { name, way, size: fixedSize, target, codec } = steps[i] as Step;
        if (way === NUMBER) {
          value[name] = readUint(c, c.at, fixedSize);
          c.at += fixedSize;
          continue;
        }
        const { role, readItems } = all[i] as AnyRecordField;
        if (role === "length" || role === "count") {
          const at = c.at;
          const number = readUint(c, at, fixedSize);
          c.at = at + fixedSize;
          if (target >= 0) {
            announced = { target, number, before: announced };
          } else if (number !== end - start) {
            const detail = `the length says ${number}, the record has ${end - start} bytes`;
            throw new MalformedError("BAD_LENGTH", detail, at);
          }
        } else if (role === "items") {
          value[name] = readItems?.(c, announcedFor(i, announced));
        } else {
          const size = fixedSize >= 0 ? fixedSize : announcedFor(i, announced);
          if (size !== undefined) {
            if (size > end - c.at) {
              throw new MalformedError("TRUNCATED", `${size} bytes expected, ${end - c.at} are left`, c.at);
            }
            c.end = c.at + size;
          }
          const part = codec.read(c);
          if (role !== "constant") value[name] = part;
          c.end = end;
        }
      }
    } catch (error) {
      throw within(error, names[i] as string);
    }
    return value as RecordValue<F>;
  };
  const read = (c: Cursor): RecordValue<F> => {
    const { end } = c;
    const value = readFields(c);
    if (c.at !== end) throw new MalformedError("TRAILING_BYTES", `${end - c.at} bytes too many`, c.at);
    return value;
  };

  const shapes: RecordFieldShape[] = all.map(({ role, size, codec: { shape }, of, min, max }, i) => ({
    name: names[i] as string,
    role,
    size,
    shape,
    ...(of !== undefined && { of }),
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
  }));
  const codec = new Codec<RecordValue<F>>(write, read, { kind: "record", fields: shapes });
  if (isDelimited(names, all)) delimitedReaders.set(codec, readFields);
  return codec;
}
