import { MalformedError, within } from "../errors.js";
import { cursorOver, expectTag } from "./ber.js";
import { type AnyCodec, Codec, type Shape } from "./codec.js";
import { checkEnd, enter, writeField } from "./struct.js";

/** A data file, declared once: the declaration writes, reads, sizes and describes it. */
export interface DataFile<T> {
  /** Name in the standard, e.g. `EF.DG11`. */
  readonly name: string;
  /** File identifier, two bytes; unique only within its DF. */
  readonly fid: number;
  /** Short file identifier, 1 to 30. */
  readonly sfi: number;
  /** Tag of the one data object that the file consists of. */
  readonly tag: number;
  /** Section of the standard. */
  readonly spec: string;
  readonly codec: Codec<T>;
}

/** Any data file, for places that only hold it. */
export interface AnyDataFile extends Omit<DataFile<never>, "codec"> {
  readonly codec: AnyCodec;
}

/** Declares a data file. */
export function dataFile<T>(declaration: Omit<DataFile<T>, "codec"> & { readonly content: Codec<T> }): DataFile<T> {
  const { content, ...rest } = declaration;
  return { ...rest, codec: content };
}

/** Scratch buffers at rest. Taken out while in use, so that a getter that encodes cannot write over its caller. */
const scratch: Uint8Array[] = [new Uint8Array(65_536)];

function encodeTagged(name: string, tag: number, codec: AnyCodec, value: unknown): Uint8Array {
  let out = scratch.pop() ?? new Uint8Array(65_536);
  try {
    for (;;) {
      const start = writeField(tag, codec, value as never, out, out.length);
      if (start >= 0) return out.slice(start);
      out = new Uint8Array(2 ** Math.ceil(Math.log2(out.length - start)));
    }
  } catch (error) {
    throw within(error, name);
  } finally {
    scratch.push(out);
  }
}

function parseTagged<T>(name: string, tag: number, codec: Codec<T>, bytes: Uint8Array): T {
  if (!(bytes instanceof Uint8Array)) throw new TypeError(`${name}: expected a Uint8Array`);
  const c = cursorOver(bytes);
  try {
    if (c.end === 0) throw new MalformedError("TRUNCATED", "the input is empty", 0);
    expectTag(c, tag);
    const end = enter(c, tag);
    if (c.end !== end) {
      throw new MalformedError("TRAILING_BYTES", `${end - c.end} bytes follow the data object`, c.end);
    }
    const value = codec.read(c);
    checkEnd(c);
    return value;
  } catch (error) {
    throw within(error, name);
  }
}

/**
 * Bytes of a data file: minimal definite lengths, fields in the standard's order.
 *
 * @throws {EncodeError} `VALUE_NOT_ENCODABLE` when a field is missing or does not fit; `path` names it.
 * @example
 * import { dg11 } from "cardwright/lds";
 * import { encodeFile } from "cardwright/tlv";
 * encodeFile(dg11, { fullName: "رضایی<<علی", dateOfBirth: "19910420" });
 */
export function encodeFile<T>(file: DataFile<T>, value: T): Uint8Array {
  return encodeTagged(file.name, file.tag, file.codec, value);
}

/**
 * The value of a data file. Strict: writing it again gives the same bytes. Byte fields are views of `bytes`.
 *
 * @throws {MalformedError} with path (`EF.DG11.otherNames[0]`) and offset.
 */
export function parseFile<T>(file: DataFile<T>, bytes: Uint8Array): T {
  return parseTagged(file.name, file.tag, file.codec, bytes);
}

/**
 * Writes a data file so that it ends at `end` of `out`, without any allocation.
 *
 * @param end - 0 to `out.length`.
 * @returns Where it starts; below 0 when `-start` bytes of room are missing, and then `out` holds nothing useful.
 */
export function encodeFileInto<T>(file: DataFile<T>, value: T, out: Uint8Array, end: number): number {
  if (!(end >= 0 && end <= out.length)) throw new RangeError("encodeFileInto: end is not within out");
  try {
    return writeField(file.tag, file.codec as AnyCodec, value as never, out, end);
  } catch (error) {
    throw within(error, file.name);
  }
}

/** Exact size in bytes of a data file, header included. */
export function sizeOfFile<T>(file: DataFile<T>, value: T): number {
  return encodeFile(file, value).length;
}

/** A data object on its own, for structures that are no files (SecurityInfos, certificates, signatures). */
export interface DataObject<T> {
  readonly name: string;
  readonly tag: number;
  readonly codec: Codec<T>;
}

/** Declares a data object. */
export function dataObject<T>(name: string, tag: number, codec: Codec<T>): DataObject<T> {
  return { name, tag, codec };
}

/** Bytes of a data object; errors as in {@link encodeFile}. */
export function encodeObject<T>(object: DataObject<T>, value: T): Uint8Array {
  return encodeTagged(object.name, object.tag, object.codec, value);
}

/** The value of the one data object that `bytes` consist of; errors as in {@link parseFile}. */
export function parseObject<T>(object: DataObject<T>, bytes: Uint8Array): T {
  return parseTagged(object.name, object.tag, object.codec, bytes);
}

/** A codec whose value has another form than its encoding; `from` refuses with a MalformedError at offset `at`; `shape` describes `T`. */
export function mapped<Inner, T>(
  inner: Codec<Inner>,
  to: (value: T) => Inner,
  from: (value: Inner, at: number) => T,
  shape: Shape = inner.shape,
): Codec<T> {
  return new Codec<T>(
    (value, out, end) => inner.write(to(value), out, end),
    (c) => {
      const at = c.at;
      return from(inner.read(c), at);
    },
    shape,
  );
}
