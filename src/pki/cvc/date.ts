import { EncodeError, MalformedError } from "../../errors.js";
import { Codec } from "../../tlv/codec.js";

/** A day as `YYYY-MM-DD`, 2000 to 2099, GMT; so days compare as texts do. */
export type CvcDate = string;

const FORM = /^20(\d\d)-(\d\d)-(\d\d)$/;
const SIZE = 6;

const isDay = (year: number, month: number, day: number): boolean =>
  month >= 1 && month <= 12 && day >= 1 && day <= new Date(Date.UTC(2000 + year, month, 0)).getUTCDate();

/** Whether the text is a day that a CV certificate can state. */
export function isCvcDate(text: unknown): text is CvcDate {
  const match = typeof text === "string" ? FORM.exec(text) : null;
  return match !== null && isDay(Number(match[1]), Number(match[2]), Number(match[3]));
}

/**
 * Six digits YYMMDD, one a byte.
 *
 * Spec: ICAO 9303-12 §7.2.3.1.3, TR-03110-3 D.
 */
export function cvcDate(): Codec<CvcDate> {
  return new Codec<CvcDate>(
    (value, out, end) => {
      if (!isCvcDate(value)) throw new EncodeError(`${JSON.stringify(value)} is no day from 2000-01-01 to 2099-12-31`);
      const digits = value.slice(2).replaceAll("-", "");
      const start = end - SIZE;
      for (let i = 0; i < SIZE; i++) out[start + i] = digits.charCodeAt(i) - 0x30;
      return start;
    },
    (c) => {
      const { at, buf } = c;
      if (c.end - at !== SIZE) throw new MalformedError("BAD_LENGTH", `${c.end - at} bytes; ${SIZE} expected`, at);
      let digits = "";
      for (; c.at < c.end; c.at++) {
        if ((buf[c.at] as number) > 9) throw new MalformedError("BAD_VALUE", "a byte of a date is no digit", c.at);
        digits += String(buf[c.at]);
      }
      const day = `20${digits.slice(0, 2)}-${digits.slice(2, 4)}-${digits.slice(4)}`;
      if (!isCvcDate(day)) throw new MalformedError("BAD_VALUE", `there is no day ${day}`, at);
      return day;
    },
    { kind: "text", charset: "ascii", min: 10, max: 10 },
  );
}
