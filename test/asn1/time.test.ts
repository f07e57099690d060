import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dateToGeneralizedTime, dateToTime, timeToDate } from "../../src/asn1/time.js";
import { EncodeError } from "../../src/errors.js";
import { malformed, thrownBy } from "../property/strict.js";

const iso = (time: Parameters<typeof timeToDate>[0]) => timeToDate(time).toISOString();

describe("times", () => {
  it("of X.509 are instants; UTCTime turns in 1950", () => {
    expect(iso({ utcTime: "491231235959Z" })).toBe("2049-12-31T23:59:59.000Z");
    expect(iso({ utcTime: "500101000000Z" })).toBe("1950-01-01T00:00:00.000Z");
    expect(iso({ utcTime: "000229120000Z" })).toBe("2000-02-29T12:00:00.000Z");
    expect(iso({ generalizedTime: "20500101000000Z" })).toBe("2050-01-01T00:00:00.000Z");
    expect(iso({ generalizedTime: "99991231235959Z" })).toBe("9999-12-31T23:59:59.000Z");
    expect(iso({ generalizedTime: "00990301000000Z" })).toBe("0099-03-01T00:00:00.000Z");
  });

  it.each([
    "230229000000Z",
    "231301000000Z",
    "230001000000Z",
    "230132000000Z",
    "230100000000Z",
    "230101240000Z",
    "230101006000Z",
    "230101000060Z",
    "2301010000Z",
    "230101000000+0000",
    "230101000000",
    "20230101000000Z",
    "23010100000Z ",
    "",
  ])("%j is no UTCTime", (utcTime) => {
    expect(malformed(() => timeToDate({ utcTime }, 7))).toMatchObject({ code: "BAD_VALUE", offset: 7 });
  });

  it.each(["230101000000Z", "20230229000000Z", "20230101000000.5Z", "20230101000000", "2023010100000 Z"])(
    "%j is no GeneralizedTime",
    (generalizedTime) => {
      expect(malformed(() => timeToDate({ generalizedTime })).code).toBe("BAD_VALUE");
    },
  );

  it("are written as UTCTime from 1950 to 2049 and as GeneralizedTime otherwise", () => {
    expect(dateToTime(new Date("2049-12-31T23:59:59Z"))).toEqual({ utcTime: "491231235959Z" });
    expect(dateToTime(new Date("2050-01-01T00:00:00Z"))).toEqual({ generalizedTime: "20500101000000Z" });
    expect(dateToTime(new Date("1950-01-01T00:00:00Z"))).toEqual({ utcTime: "500101000000Z" });
    expect(dateToTime(new Date("1949-12-31T23:59:59Z"))).toEqual({ generalizedTime: "19491231235959Z" });
    expect(dateToGeneralizedTime(new Date("2026-01-02T03:04:05.678Z"))).toBe("20260102030405Z");
  });

  it("need a date of a year of four digits", () => {
    for (const date of ["nonsense", "+010000-01-01T00:00:00Z", "-000001-01-01T00:00:00Z"]) {
      expect(
        thrownBy(() => dateToTime(new Date(date))),
        date,
      ).toBeInstanceOf(EncodeError);
    }
  });

  it("come back as they were, to the second", () => {
    const seconds = fc.date({
      min: new Date("0100-01-01T00:00:00Z"),
      max: new Date("9999-12-31T23:59:59Z"),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(seconds, (date) => {
        expect(timeToDate(dateToTime(date)).getTime()).toBe(Math.floor(date.getTime() / 1000) * 1000);
      }),
    );
  });
});
