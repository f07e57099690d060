import { describe, expect, it } from "vitest";
import { gregorianToJalali, isGregorianDate, isJalaliDate, jalaliToGregorian } from "../../src/record/dates.js";

const DAY = 86_400_000;
const intl = new Intl.DateTimeFormat("en-u-ca-persian", {
  timeZone: "UTC",
  year: "numeric",
  month: "numeric",
  day: "numeric",
});

/** Second calculation: the runtime's own calendar data. */
function jalaliByIntl(time: number): string {
  const parts = new Map(intl.formatToParts(time).map(({ type, value }) => [type, value]));
  const two = (type: "month" | "day") => String(parts.get(type)).padStart(2, "0");
  return `${parts.get("year")}-${two("month")}-${two("day")}`;
}

describe("Jalali dates", () => {
  it("agree with the runtime's calendar on every day of 1300 to 1450, both ways", () => {
    const first = Date.UTC(1921, 2, 21);
    const last = Date.UTC(2072, 2, 19);
    const wrong: string[] = [];
    for (let time = first; time <= last; time += DAY) {
      const gregorian = new Date(time).toISOString().slice(0, 10);
      const jalali = jalaliByIntl(time);
      if (gregorianToJalali(gregorian) !== jalali || jalaliToGregorian(jalali) !== gregorian) wrong.push(gregorian);
    }
    expect(jalaliByIntl(first)).toBe("1300-01-01");
    expect(jalaliByIntl(last + DAY)).toBe("1451-01-01");
    expect(wrong).toEqual([]);
  });

  it("agree with it at both ends of each year of the whole range", () => {
    const wrong: number[] = [];
    for (let year = 1178; year <= 1500; year++) {
      const newYear = Date.parse(`${jalaliToGregorian(`${year}-01-01`)}T00:00:00Z`);
      const lastDay = isJalaliDate(`${year}-12-30`) ? "30" : "29";
      const end = Date.parse(`${jalaliToGregorian(`${year}-12-${lastDay}`)}T00:00:00Z`);
      if (jalaliByIntl(newYear) !== `${year}-01-01`) wrong.push(year);
      if (jalaliByIntl(end + DAY) !== `${year + 1}-01-01`) wrong.push(year);
    }
    expect(wrong).toEqual([]);
  });

  it("know the leap years", () => {
    const leap = Array.from({ length: 30 }, (_, i) => 1390 + i).filter((year) => isJalaliDate(`${year}-12-30`));
    expect(leap).toEqual([1391, 1395, 1399, 1403, 1408, 1412, 1416]);
    expect(jalaliToGregorian("1403-12-30")).toBe("2025-03-20");
    expect(jalaliToGregorian("1404-01-01")).toBe("2025-03-21");
    expect(jalaliToGregorian("1357-11-22")).toBe("1979-02-11");
  });

  it.each([
    "1402-12-30",
    "1403-12-31",
    "1403-07-31",
    "1403-13-01",
    "1403-00-01",
    "1403-01-00",
    "1177-12-29",
    "1501-01-01",
    "1403-1-1",
    "1403-01-01 ",
    "۱۴۰۳-۰۱-۰۱",
  ])("refuse %s", (text) => {
    expect(isJalaliDate(text)).toBe(false);
    expect(() => jalaliToGregorian(text)).toThrow(RangeError);
  });
});

describe("Gregorian dates", () => {
  it.each(["2000-02-29", "2024-02-29", "1900-02-28", "2026-12-31"])("take %s", (text) => {
    expect(isGregorianDate(text)).toBe(true);
  });

  it.each(["1900-02-29", "2023-02-29", "2026-04-31", "2026-13-01", "2026-00-10", "0000-01-01", "2026-1-1", ""])(
    "refuse %j",
    (text) => {
      expect(isGregorianDate(text)).toBe(false);
      expect(() => gregorianToJalali(text)).toThrow(RangeError);
    },
  );

  it("are given back in Jalali only where the two calendars are known to agree", () => {
    expect(() => gregorianToJalali("2124-01-01")).toThrow(RangeError);
    expect(() => gregorianToJalali("1700-01-01")).toThrow(RangeError);
  });
});
