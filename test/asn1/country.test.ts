import { describe, expect, it } from "vitest";
import { certificateCountry, icaoCountry } from "../../src/asn1/country.js";

describe("country codes", () => {
  it.each([
    ["IR", "IRN"],
    ["DE", "D"],
    ["UT", "UTO"],
    ["EU", "EUE"],
    ["UN", "UNO"],
    ["CH", "CHE"],
  ])("%s of a certificate is %s in the MRZ", (alpha2, icao) => {
    expect(icaoCountry(alpha2)).toBe(icao);
    expect(icaoCountry(alpha2.toLowerCase())).toBe(icao);
    expect(certificateCountry(icao)).toBe(alpha2);
  });

  it("are undefined where the table has none", () => {
    for (const code of ["", "XX", "IRN", "constructor"]) expect(icaoCountry(code), code).toBeUndefined();
    for (const code of ["", "XXX", "DE", "toString"]) expect(certificateCountry(code), code).toBeUndefined();
  });
});
