import { EncodeError, MalformedError } from "../errors.js";
import type { Cursor } from "../tlv/ber.js";
import { any, choice, rest } from "../tlv/choice.js";
import { Codec, type Value } from "../tlv/codec.js";
import { constant } from "../tlv/constant.js";
import { mapped } from "../tlv/file.js";
import { writeBytes } from "../tlv/leaves.js";
import { optOwn, req, struct } from "../tlv/struct.js";
import { text } from "../tlv/text.js";
import { oid } from "./oid.js";

/** Universal tags by the names of X.680. */
export const BOOLEAN = 0x01;
export const INTEGER = 0x02;
export const BIT_STRING = 0x03;
export const OCTET_STRING = 0x04;
export const NULL = 0x05;
export const OBJECT_IDENTIFIER = 0x06;
export const UTF8_STRING = 0x0c;
export const PRINTABLE_STRING = 0x13;
export const T61_STRING = 0x14;
export const IA5_STRING = 0x16;
export const UTC_TIME = 0x17;
export const GENERALIZED_TIME = 0x18;
export const SEQUENCE = 0x30;
export const SET = 0x31;

/** INTEGER content from 0 to `max`, minimal. */
export function smallInteger(max: number): Codec<number> {
  return new Codec<number>(
    (value, out, end) => {
      if (!Number.isSafeInteger(value) || value < 0 || value > max) {
        throw new EncodeError(`${value} is no whole number from 0 to ${max}`);
      }
      let at = end;
      let left = value;
      do {
        out[--at] = left & 0xff;
        left = Math.floor(left / 256);
      } while (left > 0);
      if (topBitSet(value)) out[--at] = 0;
      return at;
    },
    (c) => {
      const at = c.at;
      checkInteger(c);
      let value = 0;
      if (((c.buf[at] as number) & 0x80) !== 0) throw new MalformedError("BAD_VALUE", "a negative number", at);
      for (; c.at < c.end; c.at++) {
        value = value * 256 + (c.buf[c.at] as number);
        if (value > max) throw new MalformedError("BAD_VALUE", `greater than ${max}`, at);
      }
      return value;
    },
    { kind: "integer", max },
  );
}

function topBitSet(value: number): boolean {
  let top = value;
  while (top > 0xff) top = Math.floor(top / 256);
  return top >= 0x80;
}

function checkInteger(c: Cursor): void {
  const length = c.end - c.at;
  if (length === 0) throw new MalformedError("BAD_LENGTH", "an INTEGER has at least one byte", c.at);
  if (length > 1) {
    const first = c.buf[c.at] as number;
    const second = c.buf[c.at + 1] as number;
    if ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80)) {
      throw new MalformedError("BAD_VALUE", "an INTEGER is not minimal", c.at);
    }
  }
}

/** INTEGER content of any size, as its two's-complement bytes, minimal. */
export function integerBytes(): Codec<Uint8Array> {
  const check = (bytes: Uint8Array): boolean =>
    bytes.length === 1 ||
    (bytes.length > 1 &&
      !(bytes[0] === 0 && (bytes[1] as number) < 0x80) &&
      !(bytes[0] === 0xff && (bytes[1] as number) >= 0x80));
  return new Codec<Uint8Array>(
    (value, out, end) => {
      if (!(value instanceof Uint8Array) || !check(value)) throw new EncodeError("the bytes are no minimal INTEGER");
      return writeBytes(value, out, end);
    },
    (c) => {
      checkInteger(c);
      const bytes = c.buf.subarray(c.at, c.end);
      c.at = c.end;
      return bytes;
    },
    { kind: "integerBytes" },
  );
}

/** Minimal two's-complement bytes of an unsigned big-endian number. */
export function unsignedToInteger(bytes: Uint8Array): Uint8Array {
  let from = 0;
  while (from < bytes.length - 1 && bytes[from] === 0) from++;
  const trimmed = bytes.subarray(from);
  if (trimmed.length > 0 && (trimmed[0] as number) < 0x80) return trimmed;
  const padded = new Uint8Array(trimmed.length + 1);
  padded.set(trimmed, 1);
  return padded;
}

/** BOOLEAN content; DER knows 00 and FF only. */
export function boolean(): Codec<boolean> {
  return new Codec<boolean>(
    (value, out, end) => {
      if (typeof value !== "boolean") throw new EncodeError(`expected true or false, found ${typeof value}`);
      out[end - 1] = value ? 0xff : 0;
      return end - 1;
    },
    (c) => {
      const byte = c.buf[c.at];
      if (c.end - c.at !== 1 || (byte !== 0 && byte !== 0xff)) {
        throw new MalformedError("BAD_VALUE", "a DER BOOLEAN is 00 or FF", c.at);
      }
      c.at = c.end;
      return byte === 0xff;
    },
    { kind: "boolean" },
  );
}

/** BIT STRING content whose bits fill whole bytes (keys, signatures). */
export function bitString(): Codec<Uint8Array> {
  return new Codec<Uint8Array>(
    (value, out, end) => {
      if (!(value instanceof Uint8Array)) throw new EncodeError("expected a Uint8Array");
      const start = writeBytes(value, out, end) - 1;
      out[start] = 0;
      return start;
    },
    (c) => {
      if (c.end === c.at) throw new MalformedError("BAD_LENGTH", "a BIT STRING has at least one byte", c.at);
      if (c.buf[c.at] !== 0) throw new MalformedError("BAD_VALUE", "unused bits where whole bytes are due", c.at);
      const bytes = c.buf.subarray(c.at + 1, c.end);
      c.at = c.end;
      return bytes;
    },
    { kind: "bitString" },
  );
}

/** Greatest number of a named bit; the lists of X.509 have fewer than 16. */
const MAX_BIT = 127;

/**
 * BIT STRING content with named bits (X.680 §22): the numbers of the bits that are set. DER drops trailing zero bits
 * (ISO 8825-1 §11.2.2). Numbers from 0 to 127, in any order when writing and ascending when read.
 */
export function namedBits(): Codec<readonly number[]> {
  return mapped<Uint8Array, readonly number[]>(
    rest(),
    (bits) => {
      if (!Array.isArray(bits)) throw new EncodeError("expected a list of numbers");
      for (const bit of bits) {
        if (!Number.isInteger(bit) || bit < 0 || bit > MAX_BIT) {
          throw new EncodeError(`${bit} is no bit number from 0 to ${MAX_BIT}`);
        }
      }
      const last = Math.max(-1, ...bits);
      const bytes = new Uint8Array(1 + Math.ceil((last + 1) / 8));
      bytes[0] = (8 - ((last + 1) % 8)) % 8;
      for (const bit of bits) bytes[1 + (bit >> 3)] = (bytes[1 + (bit >> 3)] as number) | (0x80 >> (bit & 7));
      return bytes;
    },
    (bytes, at) => {
      if (bytes.length > 1 + (MAX_BIT + 1) / 8) {
        throw new MalformedError("BAD_LENGTH", `more than ${MAX_BIT + 1} named bits`, at);
      }
      const unused = bytes[0];
      const last = bytes[bytes.length - 1] as number;
      const wellFormed =
        unused !== undefined &&
        unused < 8 &&
        (bytes.length === 1 ? unused === 0 : (last & ((1 << unused) - 1)) === 0 && ((last >> unused) & 1) === 1);
      if (!wellFormed) throw new MalformedError("BAD_VALUE", "named bits are not in DER form", at);
      const bits: number[] = [];
      for (let bit = 0; bit < (bytes.length - 1) * 8; bit++) {
        if ((((bytes[1 + (bit >> 3)] as number) << (bit & 7)) & 0x80) !== 0) bits.push(bit);
      }
      return bits;
    },
    { kind: "namedBits", max: MAX_BIT },
  );
}

/** NULL content: nothing. */
export const nullContent = () => constant(new Uint8Array(0));

/** AlgorithmIdentifier: an OID and parameters kept as they stand, absent and NULL told apart. */
export const algorithmIdentifier = struct({
  algorithm: req(OBJECT_IDENTIFIER, oid()),
  parameters: optOwn(any()),
});
/** See `algorithmIdentifier`. */
export interface AlgorithmIdentifier extends Value<typeof algorithmIdentifier> {}

/** Time of X.509: UTCTime to 2049, GeneralizedTime later; text as encoded, see `time.ts`. */
export const time = choice({
  utcTime: req(UTC_TIME, text(13, { min: 13, charset: "ascii" })),
  generalizedTime: req(GENERALIZED_TIME, text(15, { min: 15, charset: "ascii" })),
});
/** See {@link time}. */
export type Time = Value<typeof time>;

/** SubjectPublicKeyInfo. */
export const subjectPublicKeyInfo = struct({
  algorithm: req(SEQUENCE, algorithmIdentifier),
  subjectPublicKey: req(BIT_STRING, bitString()),
});
/** See `subjectPublicKeyInfo`. */
export interface SubjectPublicKeyInfo extends Value<typeof subjectPublicKeyInfo> {}
