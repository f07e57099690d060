import { EncodeError, MalformedError, within } from "../errors.js";
import { type Cursor, nameOfTag, peekTag, readLength, tagSize, writeHeader, wrongTag } from "./ber.js";
import { type AnyCodec, Codec, type FieldShape, type Flat } from "./codec.js";

/** @internal Stands for a tag in fields whose codec brings its own. */
export const OWN_TAG = -1;

/** A tagged field of a {@link struct}. */
export interface Field<T, Optional extends boolean> {
  readonly tag: number;
  readonly codec: Codec<T>;
  readonly optional: Optional;
}

/** Any field, for places that only hold it. */
export interface AnyField {
  readonly tag: number;
  readonly codec: AnyCodec;
  readonly optional: boolean;
}

/** The value of one field. */
export type FieldValue<F> = F extends { readonly codec: { readonly read: (c: Cursor) => infer T } } ? T : never;

/** The value of a struct with these fields. */
export type StructValue<F> = Flat<
  { readonly [K in keyof F as F[K] extends { readonly optional: true } ? never : K]: FieldValue<F[K]> } & {
    readonly [K in keyof F as F[K] extends { readonly optional: true } ? K : never]?: FieldValue<F[K]>;
  }
>;

/** A field that must be there. */
export function req<T>(tag: number, codec: Codec<T>): Field<T, false> {
  return { tag, codec, optional: false };
}

/** A field that may be missing. */
export function opt<T>(tag: number, codec: Codec<T>): Field<T, true> {
  return { tag, codec, optional: true };
}

/** A field whose codec brings its own tag: {@link any} or a {@link choice}. */
export function reqOwn<T>(codec: Codec<T>): Field<T, false> {
  return { tag: OWN_TAG, codec, optional: false };
}

/** Like {@link reqOwn}, but may be missing: for `any`, at the end of its struct only. */
export function optOwn<T>(codec: Codec<T>): Field<T, true> {
  return { tag: OWN_TAG, codec, optional: true };
}

/** @internal Moves behind the header of a data object with this tag and narrows the window to its value; gives the old end. */
export function enter(c: Cursor, tag: number): number {
  c.at += tagSize(tag);
  const length = readLength(c);
  const outer = c.end;
  c.end = c.at + length;
  return outer;
}

/** @internal Refuses what is left of the window. */
export function checkEnd(c: Cursor): void {
  if (c.at !== c.end) throw new MalformedError("TRAILING_BYTES", `${c.end - c.at} bytes too many`, c.at);
}

/** @internal Writes a data object, or a codec with a tag of its own, so that it ends at `end`; returns where it starts. */
export function writeField(tag: number, codec: AnyCodec, value: never, out: Uint8Array, end: number): number {
  const start = codec.write(value, out, end);
  return tag === OWN_TAG ? start : writeHeader(tag, end - start, out, start);
}

/** @internal Reads the header of a data object with this tag, its value by `codec`, and puts the window back. */
export function readField(c: Cursor, tag: number, codec: AnyCodec): unknown {
  const outer = enter(c, tag);
  const value = codec.read(c);
  checkEnd(c);
  c.end = outer;
  return value;
}

const accepts = ({ shape }: AnyCodec, tag: number): boolean =>
  shape.kind !== "choice" || shape.alternatives.some((a) => a.tag === tag);

/** A tag list as the first object of a {@link struct}; made by `listedBy` of `cardwright/tlv/more`. */
export interface TagListForm {
  readonly tag: number;
  /** Writes the list of these tags, of which the last one comes first, so that it ends at `end`. */
  readonly write: (lastToFirst: readonly number[], out: Uint8Array, end: number) => number;
  /** Reads the list; gives a function that says what is wrong about the tag of field number `i` (undefined: there is no more). */
  readonly read: (c: Cursor) => (i: number, tag: number | undefined) => MalformedError | undefined;
}

/**
 * Tagged fields in the order of the standard's table. Each appears at most once; anything else is refused.
 *
 * @param options.list - The tag list (5C in the LDS) that comes first and names the fields present: `listedBy(0x5c)`.
 */
export function struct<const F extends Record<string, Field<never, boolean> | AnyField>>(
  fields: F,
  options: { list?: TagListForm } = {},
): Codec<StructValue<F>> {
  const names = Object.keys(fields);
  const all = Object.values(fields) as AnyField[];
  const tags = all.map((field) => field.tag);
  const codecs = all.map((field) => field.codec);
  const optional = all.map((field) => field.optional);
  const count = names.length;
  const { list } = options;

  const write = (value: StructValue<F>, out: Uint8Array, end: number): number => {
    if (typeof value !== "object" || value === null) throw new EncodeError("expected an object");
    const bag = value as Record<string, never>;
    let at = end;
    let i = count;
    const present: number[] = [];
    try {
      while (--i >= 0) {
        const part = bag[names[i] as string];
        if (part !== undefined) {
          at = writeField(tags[i] as number, codecs[i] as AnyCodec, part, out, at);
          if (list !== undefined) present.push(tags[i] as number);
        } else if (optional[i] === false) throw new EncodeError("is missing");
      }
    } catch (error) {
      throw within(error, names[i] as string);
    }
    return list === undefined ? at : list.write(present, out, at);
  };

  const read = (c: Cursor): StructValue<F> => {
    const value: Record<string, unknown> = {};
    const check = list?.read(c);
    let present = 0;
    let i = 0;
    try {
      for (; i < count; i++) {
        const tag = peekTag(c);
        const wanted = tags[i] as number;
        const codec = codecs[i] as AnyCodec;
        if (wanted === OWN_TAG ? tag < 0 || !accepts(codec, tag) : tag !== wanted) {
          if (optional[i] === true) continue;
          throw wrongTag(wanted === OWN_TAG ? "a data object" : nameOfTag(wanted), c);
        }
        value[names[i] as string] = wanted === OWN_TAG ? codec.read(c) : readField(c, tag, codec);
        const wrong = check?.(present++, tag);
        if (wrong !== undefined) throw wrong;
      }
    } catch (error) {
      throw within(error, names[i] as string);
    }
    if (c.at !== c.end) {
      throw new MalformedError("BAD_TAG", `${nameOfTag(peekTag(c))} is not expected here`, c.at);
    }
    const wrong = check?.(present, undefined);
    if (wrong !== undefined) throw wrong;
    return value as StructValue<F>;
  };

  const shapes: FieldShape[] = all.map(({ tag, optional, codec }, i) => ({
    name: names[i] as string,
    tag,
    optional,
    shape: codec.shape,
  }));
  return new Codec<StructValue<F>>(write, read, {
    kind: "struct",
    fields: shapes,
    ...(list && { tagList: list.tag }),
  });
}
