import { EncodeError, MalformedError, within } from "../errors.js";
import { cursorOver, nameOfTag, peekTag, readLength, tagSize, wrongTag } from "./ber.js";
import { Codec } from "./codec.js";
import { octets, writeBytes } from "./leaves.js";
import { type AnyField, type Field, type FieldValue, readField, writeField } from "./struct.js";

/** One whole data object of any tag, kept as it stands; its inside is not looked at. */
export function any(): Codec<Uint8Array> {
  return new Codec<Uint8Array>(
    (value, out, end) => {
      if (!isDataObject(value)) throw new EncodeError("expected the bytes of one whole data object");
      return writeBytes(value, out, end);
    },
    (c) => {
      const start = c.at;
      const tag = peekTag(c);
      if (tag === -1) throw new MalformedError("TRUNCATED", "a data object expected, nothing found", start);
      c.at += tagSize(tag);
      const length = readLength(c);
      c.at += length;
      return c.buf.subarray(start, c.at);
    },
    { kind: "any" },
  );
}

function isDataObject(value: unknown): value is Uint8Array {
  if (!(value instanceof Uint8Array)) return false;
  const c = cursorOver(value);
  try {
    const tag = peekTag(c);
    c.at += tagSize(tag);
    return tag !== -1 && readLength(c) === c.end - c.at;
  } catch {
    return false;
  }
}

/** The content as it stands, checked by nothing: for parts that another declaration reads. */
export const rest = (): Codec<Uint8Array> => octets();

/** Alternatives of a {@link choice} by name. */
export type Alternatives = Record<string, Field<never, false> | AnyField>;

/** The value of a choice: an object with exactly one of the names. */
export type ChoiceValue<A> = {
  [K in keyof A]: { readonly [P in K]: FieldValue<A[K]> } & { readonly [P in Exclude<keyof A, K>]?: undefined };
}[keyof A];

/** ASN.1 CHOICE: one of several data objects, told apart by their tags. */
export function choice<const A extends Alternatives>(alternatives: A): Codec<ChoiceValue<A>> {
  const names = Object.keys(alternatives);
  const fields = Object.values(alternatives) as AnyField[];
  return new Codec<ChoiceValue<A>>(
    (value, out, end) => {
      if (typeof value !== "object" || value === null) throw new EncodeError("expected an object");
      const parts = value as Record<string, never>;
      let chosen = -1;
      for (let i = 0; i < names.length; i++) {
        if (parts[names[i] as string] === undefined) continue;
        if (chosen >= 0) throw new EncodeError(`only one of ${names.join(", ")} can be there`);
        chosen = i;
      }
      if (chosen < 0) throw new EncodeError(`one of ${names.join(", ")} is needed`);
      const name = names[chosen] as string;
      const { tag, codec } = fields[chosen] as AnyField;
      try {
        return writeField(tag, codec, parts[name] as never, out, end);
      } catch (error) {
        throw within(error, name);
      }
    },
    (c) => {
      const tag = peekTag(c);
      const i = fields.findIndex((field) => field.tag === tag);
      const field = fields[i];
      if (field === undefined) throw wrongTag(fields.map((f) => nameOfTag(f.tag)).join(" or "), c);
      const name = names[i] as string;
      try {
        return { [name]: readField(c, tag, field.codec) } as ChoiceValue<A>;
      } catch (error) {
        throw within(error, name);
      }
    },
    {
      kind: "choice",
      alternatives: fields.map((field, i) => ({
        name: names[i] as string,
        tag: field.tag,
        optional: false,
        shape: field.codec.shape,
      })),
    },
  );
}
