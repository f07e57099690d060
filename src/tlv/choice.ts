import { EncodeError, MalformedError } from "../errors.js";
import { cursorOver, formatTag, peekTag, readLength, tagSize, writeHeader } from "./ber.js";
import { Codec } from "./codec.js";
import { octets, writeBytes } from "./leaves.js";
import { type AnyField, type Field, type FieldValue, found, readField } from "./struct.js";

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
      if (names.filter((name) => parts[name] !== undefined).length > 1) {
        throw new EncodeError(`only one of ${names.join(", ")} can be there`);
      }
      for (let i = 0; i < names.length; i++) {
        const name = names[i] as string;
        const part = parts[name];
        if (part === undefined) continue;
        const field = fields[i] as AnyField;
        try {
          const start = field.codec.write(part, out, end);
          return writeHeader(field.tag, end - start, out, start);
        } catch (error) {
          throw error instanceof EncodeError ? error.within(name) : error;
        }
      }
      throw new EncodeError(`one of ${names.join(", ")} is needed`);
    },
    (c) => {
      const tag = peekTag(c);
      const i = fields.findIndex((field) => field.tag === tag);
      const field = fields[i];
      if (field === undefined) {
        const wanted = fields.map((f) => formatTag(f.tag)).join(" or ");
        throw new MalformedError("BAD_TAG", `tag ${wanted} expected, ${found(tag)} found`, c.at);
      }
      const name = names[i] as string;
      try {
        return { [name]: readField(c, tag, field.codec) } as ChoiceValue<A>;
      } catch (error) {
        throw error instanceof MalformedError ? error.within(name) : error;
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
