import { EncodeError, MalformedError } from "../errors.js";
import { expectTag, formatTag, writeHeader } from "../tlv/ber.js";
import { Codec } from "../tlv/codec.js";
import { type DataObject, parseObject } from "../tlv/file.js";
import { writeBytes } from "../tlv/leaves.js";
import { readField } from "../tlv/struct.js";

/** A value together with the bytes it was read from. */
export interface WithRaw<T> {
  /** Tag, length and value as received: what is signed, hashed or compared. */
  readonly raw: Uint8Array;
  readonly value: T;
}

/** One data object with this tag as the whole content of another: explicit tagging, where a codec alone has no tag. */
export function tagged<T>(tag: number, inner: Codec<T>): Codec<T> {
  return new Codec<T>(
    (value, out, end) => {
      const start = inner.write(value, out, end);
      return writeHeader(tag, end - start, out, start);
    },
    (c) => {
      expectTag(c, tag);
      return readField(c, tag, inner) as T;
    },
    { kind: "choice", alternatives: [{ name: "value", tag, optional: false, shape: inner.shape }] },
  );
}

/**
 * A data object that keeps the bytes it was read from, because a signature or a comparison is over these and never over
 * a second encoding. Writing puts `raw` back.
 */
export function keepingRaw<T>(tag: number, content: Codec<T>): Codec<WithRaw<T>> {
  return new Codec<WithRaw<T>>(
    ({ raw }, out, end) => {
      if (raw[0] !== tag) throw new EncodeError(`expected the bytes of a data object ${formatTag(tag)}`);
      return writeBytes(raw, out, end);
    },
    (c) => {
      const start = c.at;
      expectTag(c, tag);
      const value = readField(c, tag, content) as T;
      return { raw: c.buf.subarray(start, c.at), value };
    },
    { kind: "any" },
  );
}

/**
 * Parses a part of `input` that was read as bytes before; `view` must be a view of it. Offsets in errors are those of
 * the whole input.
 *
 * @throws {MalformedError} with `path` in front of the part's own path.
 */
export function parsePart<T>(object: DataObject<T>, view: Uint8Array, input: Uint8Array, path: string): T {
  try {
    return parseObject(object, view);
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    const offset = error.offset + view.byteOffset - input.byteOffset;
    throw new MalformedError(error.code, error.detail, offset, error.path).within(path);
  }
}
