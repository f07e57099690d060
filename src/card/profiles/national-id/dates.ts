import { timeToDate } from "../../../asn1/time.js";
import { EncodeError, MalformedError } from "../../../errors.js";
import { Codec } from "../../../tlv/codec.js";
import { digits } from "../../../tlv/text.js";

/** What generators of tests take: leap days, edges of months and of the day. A shape has no word for calendars. */
const DAYS = ["18991231", "19000228", "19910420", "20000229", "20240229", "20261122", "20370131", "21991231"];
const SECONDS = DAYS.flatMap((day) => [`${day}000000`, `${day}120501`, `${day}235959`]);

/** Whether digits `YYYYMMDDhhmmss` are a time of the Gregorian calendar. */
function isReal(time: string): boolean {
  try {
    timeToDate({ generalizedTime: `${time}Z` });
    return true;
  } catch (error) {
    if (error instanceof MalformedError) return false;
    throw error;
  }
}

/** ASCII digits that state a real time once `rest` is put behind them. */
function calendar(count: number, rest: string, what: string, values: readonly string[]): Codec<string> {
  const inner = digits(count);
  const wrong = (value: string) => `${value} is no ${what} of the calendar`;
  return new Codec<string>(
    (value, out, end) => {
      const start = inner.write(value, out, end);
      if (!isReal(value + rest)) throw new EncodeError(wrong(value));
      return start;
    },
    (c) => {
      const { at } = c;
      const value = inner.read(c);
      if (!isReal(value + rest)) throw new MalformedError("BAD_VALUE", wrong(value), at);
      return value;
    },
    { kind: "text", charset: "digits", min: count, max: count, values },
  );
}

/** `YYYYMMDD`, a day of the Gregorian calendar. */
export const calendarDay: Codec<string> = calendar(8, "000000", "day", DAYS);

/** `YYYYMMDDhhmmss`, UTC, on a day of the Gregorian calendar; no leap seconds. */
export const calendarSecond: Codec<string> = calendar(14, "", "second", SECONDS);
