import { EncodeError, MalformedError } from "../errors.js";
import { type Cursor, formatTag, isTag, peekTag, readLength, tagSize, writeHeader } from "./ber.js";
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

/** @internal Reads the header of a data object with this tag, its value by `codec`, and puts the window back. */
export function readField(c: Cursor, tag: number, codec: AnyCodec): unknown {
  c.at += tagSize(tag);
  const length = readLength(c);
  const outer = c.end;
  c.end = c.at + length;
  const value = codec.read(c);
  if (c.at !== c.end) throw new MalformedError("TRAILING_BYTES", `${c.end - c.at} bytes too many`, c.at);
  c.end = outer;
  return value;
}

function acceptsTag(codec: AnyCodec, tag: number): boolean {
  return codec.shape.kind === "choice" ? codec.shape.alternatives.some((a) => a.tag === tag) : true;
}

/** @internal How a tag is named in an error. */
export function found(tag: number): string {
  return tag === -1 ? "nothing" : formatTag(tag);
}

/**
 * Tagged fields in the order of the standard's table. Each appears at most once; anything else is refused.
 *
 * @param options.list - Tag of a tag list (5C in the LDS) that comes first and names the fields present.
 */
export function struct<const F extends Record<string, Field<never, boolean> | AnyField>>(
  fields: F,
  options: { list?: number } = {},
): Codec<StructValue<F>> {
  const names = Object.keys(fields);
  const all = Object.values(fields) as AnyField[];
  const tags = all.map((field) => field.tag);
  const codecs = all.map((field) => field.codec);
  const optional = all.map((field) => field.optional);
  const count = names.length;
  const { list } = options;
  type Bag = Record<string, never>;

  const write = (value: StructValue<F>, out: Uint8Array, end: number): number => {
    let at = end;
    if (typeof value !== "object" || value === null) throw new EncodeError("expected an object");
    for (let i = count - 1; i >= 0; i--) {
      const name = names[i] as string;
      const part = (value as Bag)[name];
      if (part === undefined) {
        if (optional[i] === true) continue;
        throw new EncodeError("is missing", name);
      }
      try {
        const codec = codecs[i] as AnyCodec;
        const start = codec.write(part, out, at);
        at = tags[i] === OWN_TAG ? start : writeHeader(tags[i] as number, at - start, out, start);
      } catch (error) {
        throw error instanceof EncodeError ? error.within(name) : error;
      }
    }
    if (list !== undefined) {
      const listEnd = at;
      for (let i = count - 1; i >= 0; i--) {
        if ((value as Bag)[names[i] as string] !== undefined) at = writeTag(tags[i] as number, out, at);
      }
      at = writeHeader(list, listEnd - at, out, at);
    }
    return at;
  };

  const read = (c: Cursor): StructValue<F> => {
    const value: Record<string, unknown> = {};
    const listed = list === undefined ? undefined : readTagList(c, list);
    let listedAt = 0;
    for (let i = 0; i < count; i++) {
      const name = names[i] as string;
      const tag = peekTag(c);
      const own = tags[i] === OWN_TAG;
      const codec = codecs[i] as AnyCodec;
      if (own ? tag === -1 || !acceptsTag(codec, tag) : tag !== tags[i]) {
        if (optional[i] === true) continue;
        const wanted = own ? "a data object" : `tag ${formatTag(tags[i] as number)}`;
        throw new MalformedError("BAD_TAG", `${wanted} expected, ${found(tag)} found`, c.at, name);
      }
      try {
        value[name] = own ? codec.read(c) : readField(c, tag, codec);
      } catch (error) {
        throw error instanceof MalformedError ? error.within(name) : error;
      }
      if (listed !== undefined && listed.tags[listedAt++] !== tag) {
        throw new MalformedError("BAD_VALUE", `the tag list does not name ${formatTag(tag)} here`, listed.at, name);
      }
    }
    if (c.at !== c.end) {
      throw new MalformedError("BAD_TAG", `tag ${found(peekTag(c))} is not expected here`, c.at);
    }
    if (listed !== undefined && listedAt !== listed.tags.length) {
      throw new MalformedError(
        "BAD_VALUE",
        `the tag list names ${formatTag(listed.tags[listedAt] as number)}, which is not there`,
        listed.at,
      );
    }
    return value as StructValue<F>;
  };

  const shapes: FieldShape[] = all.map((field, i) => ({
    name: names[i] as string,
    tag: field.tag,
    optional: field.optional,
    shape: field.codec.shape,
  }));
  return new Codec<StructValue<F>>(
    write,
    read,
    list === undefined ? { kind: "struct", fields: shapes } : { kind: "struct", fields: shapes, tagList: list },
  );
}

/** Writes a bare tag so that it ends at `end`. */
export function writeTag(tag: number, out: Uint8Array, end: number): number {
  let at = end;
  let rest = tag;
  do {
    out[--at] = rest & 0xff;
    rest = Math.floor(rest / 256);
  } while (rest > 0);
  return at;
}

function readTagList(c: Cursor, listTag: number): { tags: number[]; at: number } {
  const tag = peekTag(c);
  if (tag !== listTag) {
    throw new MalformedError("BAD_TAG", `the tag list ${formatTag(listTag)} expected, ${found(tag)} found`, c.at);
  }
  c.at += tagSize(tag);
  const length = readLength(c);
  const outer = c.end;
  const at = c.at;
  c.end = c.at + length;
  const tags = readTags(c);
  c.end = outer;
  return { tags, at };
}

/** Most tags in a tag list: three times what any file of the LDS holds. */
const MAX_TAGS = 64;

function readTags(c: Cursor): number[] {
  const tags: number[] = [];
  while (c.at < c.end) {
    if (tags.length === MAX_TAGS) throw new MalformedError("BAD_VALUE", `more than ${MAX_TAGS} tags`, c.at);
    const tag = peekTag(c);
    tags.push(tag);
    c.at += tagSize(tag);
  }
  return tags;
}

/** Bare tags, one after the other, as in a tag list: 64 at most. */
export function tagList(): Codec<readonly number[]> {
  return new Codec<readonly number[]>(
    (value, out, end) => {
      if (!Array.isArray(value)) throw new EncodeError("expected a list of tags");
      if (value.length > MAX_TAGS) throw new EncodeError(`${value.length} tags; ${MAX_TAGS} are the most`);
      let at = end;
      for (let i = value.length - 1; i >= 0; i--) {
        if (!isTag(value[i])) throw new EncodeError(`${value[i]} is no tag`, `[${i}]`);
        at = writeTag(value[i], out, at);
      }
      return at;
    },
    readTags,
    { kind: "tagList" },
  );
}
