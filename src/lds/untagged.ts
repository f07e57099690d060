import { EncodeError, MalformedError } from "../errors.js";
import { type Cursor, cursorOver, peekTag, readLength, tagSize } from "../tlv/ber.js";
import type { AnyCodec, Codec } from "../tlv/codec.js";

/** A file, or a record of one, that is data objects one after the other, with no tag around them: EF.DIR, EF.ATR/INFO. */
export interface UntaggedFile<T> {
  /** Name in the standard, e.g. `EF.DIR`. */
  readonly name: string;
  /** File identifier, two bytes; unique only within its DF. */
  readonly fid: number;
  /** Short file identifier, 1 to 30. */
  readonly sfi: number;
  /** Section of the standard. */
  readonly spec: string;
  readonly codec: Codec<T>;
  /** Size of a file that is filled up with 00 behind its data objects (EF.CVCA), in bytes. */
  readonly filledTo?: number;
}

/** Any untagged file, for places that only hold it. */
export interface AnyUntaggedFile extends Omit<UntaggedFile<never>, "codec"> {
  readonly codec: AnyCodec;
}

/**
 * The value of an untagged file, or of one record. Strict: writing it again gives the same bytes. Byte fields are views
 * of `bytes`.
 *
 * @throws {MalformedError} with path (`EF.DIR[1].aid`) and offset.
 * @example
 * import { fromHex } from "cardwright/bytes";
 * import { efDir, parseUntagged } from "cardwright/lds";
 * parseUntagged(efDir, fromHex("61094F07A0000002471001")).length; // => 1
 */
export function parseUntagged<T>(file: UntaggedFile<T>, bytes: Uint8Array): T {
  if (!(bytes instanceof Uint8Array)) throw new TypeError(`${file.name}: expected a Uint8Array`);
  const c = cursorOver(bytes);
  if (file.filledTo !== undefined) c.end = fillFrom(file.name, file.filledTo, bytes);
  return readWhole(file, c);
}

/** Where the fill of a file of fixed size begins; whatever stands there must be 00. */
function fillFrom(name: string, size: number, bytes: Uint8Array): number {
  if (bytes.length !== size) {
    throw new MalformedError("BAD_LENGTH", `${bytes.length} bytes; the file has ${size}`, 0, name);
  }
  const from = endOfObjects(bytes);
  const wrong = bytes.subarray(from).findIndex((byte) => byte !== 0);
  if (wrong >= 0) throw new MalformedError("BAD_VALUE", "only 00 may stand in the fill", from + wrong, name);
  return from;
}

/** @internal Where the data objects of a filled file end: before the first 00 in the place of a tag. */
export function endOfObjects(bytes: Uint8Array): number {
  const c = cursorOver(bytes);
  try {
    while (c.at < c.end && bytes[c.at] !== 0) {
      c.at += tagSize(peekTag(c));
      const length = readLength(c);
      c.at += length;
    }
    return c.at;
  } catch (error) {
    // The codec meets the same fault, and knows its path.
    if (error instanceof MalformedError) return bytes.length;
    throw error;
  }
}

function readWhole<T>(file: UntaggedFile<T>, c: Cursor, element = ""): T {
  try {
    const value = file.codec.read(c);
    if (c.at !== c.end) throw new MalformedError("TRAILING_BYTES", `${c.end - c.at} bytes too many`, c.at);
    return value;
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    throw (element === "" ? error : error.within(element)).within(file.name);
  }
}

/**
 * Bytes of an untagged file, or of one record.
 *
 * @throws {EncodeError} `VALUE_NOT_ENCODABLE` when a field is missing or does not fit; `path` names it.
 */
export function encodeUntagged<T>(file: UntaggedFile<T>, value: T): Uint8Array {
  try {
    // Written into no room at all, a codec says how much it needs.
    const size = -file.codec.write(value, new Uint8Array(0), 0);
    const { filledTo = size } = file;
    if (size > filledTo) throw new EncodeError(`${size} bytes; the file has ${filledTo}`);
    const out = new Uint8Array(filledTo);
    file.codec.write(value, out, size);
    return out;
  } catch (error) {
    throw error instanceof EncodeError ? error.within(file.name) : error;
  }
}

/** Most records of a linear file (ICAO 9303-10 §5.1.2). */
const MAX_RECORDS = 254;

/**
 * Records that stand one after the other, as READ RECORD gives them with P2 = 05 (ICAO 9303-10 §3.7.2): each begins with
 * the tag of its first field.
 *
 * @param file - A file whose record is a struct with a first field that must be there.
 * @throws {MalformedError} as {@link parseUntagged}, with the record's number from 0 in the path.
 */
export function parseRecords<T>(file: UntaggedFile<T>, bytes: Uint8Array): readonly T[] {
  if (!(bytes instanceof Uint8Array)) throw new TypeError(`${file.name}: expected a Uint8Array`);
  const first = firstTag(file.codec);
  const ends = recordEnds(file.name, first, bytes);
  let at = 0;
  return ends.map((end, i) => {
    const record = readWhole(file, { buf: bytes, at, end }, `[${i}]`);
    at = end;
    return record;
  });
}

function firstTag({ shape }: AnyCodec): number {
  const tag = shape.kind === "struct" ? shape.fields[0]?.tag : undefined;
  if (tag === undefined || tag < 0) throw new TypeError("parseRecords: the record must be a struct with a first tag");
  return tag;
}

/** Where each record ends: before the next data object with the first tag. */
function recordEnds(name: string, first: number, bytes: Uint8Array): number[] {
  const c = cursorOver(bytes);
  const ends: number[] = [];
  try {
    while (c.at < c.end) {
      const tag = peekTag(c);
      if (tag === first && c.at > 0) ends.push(c.at);
      if (ends.length === MAX_RECORDS) throw new MalformedError("BAD_VALUE", `more than ${MAX_RECORDS} records`, c.at);
      c.at += tagSize(tag);
      const length = readLength(c);
      c.at += length;
    }
  } catch (error) {
    throw error instanceof MalformedError ? error.within(`[${ends.length}]`).within(name) : error;
  }
  if (bytes.length > 0) ends.push(bytes.length);
  return ends;
}
