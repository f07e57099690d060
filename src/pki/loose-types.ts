import { dateToGeneralizedTime, dateToTime, timeToDate } from "../asn1/time.js";
import { GENERALIZED_TIME, integerBytes, time, UTC_TIME } from "../asn1/types.js";
import { MalformedError } from "../errors.js";
import { type Cursor, peekTag, readLength, tagSize } from "../tlv/ber.js";
import { Codec } from "../tlv/codec.js";
import { mapped } from "../tlv/file.js";
import { text } from "../tlv/text.js";
import { tolerant } from "./lenient.js";

/** The second readings of a lenient parse: what a type says when its encoding is not that of DER. */

function take(c: Cursor): Uint8Array {
  const bytes = c.buf.subarray(c.at, c.end);
  c.at = c.end;
  return bytes;
}

/** BOOLEAN content as BER has it: any byte but 00 is TRUE. */
export const looseBoolean = {
  read(c: Cursor): boolean {
    const at = c.at;
    const bytes = take(c);
    if (bytes.length !== 1) throw new MalformedError("BAD_LENGTH", "a BOOLEAN has one byte", at);
    return bytes[0] !== 0;
  },
};

/** INTEGER content in any number of bytes, as it stands. */
export const looseInteger = {
  read(c: Cursor): Uint8Array {
    const at = c.at;
    const bytes = take(c);
    if (bytes.length === 0) throw new MalformedError("BAD_LENGTH", "an INTEGER has at least one byte", at);
    return bytes;
  },
};

/** Named bits with zeros behind the last one, or with unused bits that are set and do not count. */
export const looseBits = {
  read(c: Cursor): readonly number[] {
    const at = c.at;
    const bytes = take(c);
    const unused = bytes[0] ?? 8;
    if (unused > 7 || bytes.length > 17 || (bytes.length === 1 && unused !== 0)) {
      throw new MalformedError("BAD_VALUE", "is no BIT STRING of named bits", at);
    }
    const bits: number[] = [];
    for (let bit = 0; bit < (bytes.length - 1) * 8 - unused; bit++) {
      if ((((bytes[1 + (bit >> 3)] as number) << (bit & 7)) & 0x80) !== 0) bits.push(bit);
    }
    return bits;
  },
};

/** One byte a character. */
export const latin1 = {
  read(c: Cursor): string {
    let text = "";
    for (const byte of take(c)) text += String.fromCharCode(byte);
    return text;
  },
};

const UTC = /^(\d{10})(\d{2})?(?:Z|([+-])(\d{2})(\d{2}))$/;
const GENERALIZED = /^(\d{10})(\d{2})?(\d{2})?(?:[.,]\d{1,9})?(?:Z|([+-])(\d{2})(\d{2}))$/;

/** A Time with fewer or more parts than DER wants; a fraction of a second does not count. */
const looseTime = {
  read(c: Cursor): Date {
    const at = c.at;
    const tag = peekTag(c);
    if (tag !== UTC_TIME && tag !== GENERALIZED_TIME) throw new MalformedError("BAD_TAG", "is no Time", at);
    c.at += tagSize(tag);
    const length = readLength(c);
    const content = latin1.read({ buf: c.buf, at: c.at, end: c.at + Math.min(length, 40) });
    c.at += length;
    // Of the right form, so that something else is wrong with it.
    if (content.length === (tag === UTC_TIME ? 13 : 15) && content.endsWith("Z")) {
      throw new MalformedError("BAD_VALUE", `${JSON.stringify(content)} is no such time`, at);
    }
    const match = (tag === UTC_TIME ? UTC : GENERALIZED).exec(content);
    if (match === null) throw new MalformedError("BAD_VALUE", `${JSON.stringify(content)} is no time`, at);
    const [, first = "", second = "00", third = "00"] = match;
    const [sign, hours = "0", minutes = "0"] = match.slice(tag === UTC_TIME ? 3 : 4);
    const date =
      tag === UTC_TIME
        ? timeToDate({ utcTime: `${first}${second}Z` }, at)
        : timeToDate({ generalizedTime: `${first}${second}${third}Z` }, at);
    const offset = (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === "-" ? -1 : 1);
    return new Date(date.getTime() - offset);
  },
};

/** The first year that GeneralizedTime is for (RFC 5280 §4.1.2.5). */
const GENERALIZED_FROM = 2050;

const rightChoice = mapped(time, dateToTime, (value, at) => {
  const date = timeToDate(value, at);
  if (value.generalizedTime !== undefined && date.getUTCFullYear() < GENERALIZED_FROM) {
    throw new MalformedError("BAD_VALUE", "GeneralizedTime for a year before 2050", at);
  }
  return date;
});
const anyChoice = mapped(time, dateToTime, timeToDate);

/** @internal Time of X.509 as an instant, written in whole seconds. */
export const date: Codec<Date> = tolerant(
  "TIME_FORM",
  "",
  tolerant("TIME_CHOICE", "", rightChoice, anyChoice),
  looseTime,
);

/** @internal INTEGER content of any size. */
export const integer: Codec<Uint8Array> = tolerant("INTEGER_FORM", "", integerBytes(), looseInteger);

/** @internal A serial number: positive, minimal, of at most 20 bytes (RFC 5280 §4.1.2.2). */
export const serialNumber: Codec<Uint8Array> = tolerant(
  "SERIAL_NUMBER",
  "",
  new Codec<Uint8Array>(
    (value, out, end) => integer.write(value, out, end),
    (c) => {
      const at = c.at;
      const bytes = integer.read(c);
      const [first = 0] = bytes;
      if (bytes.length > 20 || first >= 0x80 || (first === 0 && bytes.length === 1)) {
        throw new MalformedError("BAD_VALUE", "a serial number is positive and has at most 20 bytes", at);
      }
      return bytes;
    },
    { kind: "integerBytes" },
  ),
  { read: (c) => integer.read(c) },
);

/** @internal GeneralizedTime content as an instant. */
export const timeInGeneralizedForm: Codec<Date> = mapped(
  text(15, { min: 15, charset: "ascii" }),
  dateToGeneralizedTime,
  (value, at) => timeToDate({ generalizedTime: value }, at),
);

/** @internal The content of an INTEGER without needless bytes in front, for comparing. */
export function magnitude(content: Uint8Array): Uint8Array {
  let from = 0;
  while (from < content.length - 1 && content[from] === 0 && (content[from + 1] as number) < 0x80) from++;
  return content.subarray(from);
}
