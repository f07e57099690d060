import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nameFieldWidth } from "../../src/lds/mrz-layouts.js";
import { buildNameField, namesOf } from "../../src/lds/mrz-names.js";
import { FORMATS } from "./mrz-formats.js";

const build = (primary: string, secondary: string, width = 30) =>
  buildNameField(primary.split(" "), secondary === "" ? [] : secondary.split(" "), width);

/** What ICAO 9303-5 §4.2.2.3 and §4.2.3 ask of every way to cut a name. */
function expectCutWell(primary: readonly string[], secondary: readonly string[], width: number): void {
  const { text, truncated } = buildNameField(primary, secondary, width);
  expect(text).toHaveLength(width);
  const whole = primary.join("<") + (secondary.length === 0 ? "" : `<<${secondary.join("<")}`);
  if (whole.length <= width) {
    expect(truncated).toBeUndefined();
    expect(text).toBe(whole.padEnd(width, "<"));
    return;
  }
  if (truncated === undefined) throw new Error("cut without saying so");
  expect(text).toMatch(/^[A-Z]+(<[A-Z]+)*(<<[A-Z]+(<[A-Z]+)*)?$/);
  const found = namesOf(text);
  expect(found).toEqual(truncated);
  for (const [kept, original] of [
    [found.primary, primary],
    [found.secondary, secondary],
  ] as const) {
    expect(kept.length).toBeLessThanOrEqual(original.length);
    kept.forEach((component, i) => {
      expect(original[i]?.startsWith(component), component).toBe(true);
    });
  }
  expect(found.primary.length).toBeGreaterThan(0);
  if (secondary.length > 0) expect(found.secondary.length).toBeGreaterThan(0);
}

describe("names that fit (ICAO 9303-5 §4.2.3.3 to §4.2.3.5)", () => {
  it.each([
    ["PAPANDROPOULOUS", "JONATHON ALEC", "PAPANDROPOULOUS<<JONATHON<ALEC"],
    ["VAN DER MUELLEN", "MARTIN", "VAN<DER<MUELLEN<<MARTIN<<<<<<<"],
    ["AL BASRI", "HUDA MUHAMMAD JAWAD", "AL<BASRI<<HUDA<MUHAMMAD<JAWAD<"],
    ["ARKFREITH", "", "ARKFREITH<<<<<<<<<<<<<<<<<<<<<"],
    ["SATRIYA SUDARPA", "", "SATRIYA<SUDARPA<<<<<<<<<<<<<<<"],
  ])("%s, %s", (primary, secondary, text) => {
    expect(build(primary, secondary)).toEqual({ text });
  });
});

describe("names that are cut (ICAO 9303-5 §4.2.3.1, §4.2.3.2, §4.2.3.4)", () => {
  // Of the options printed there, these are ours.
  it.each([
    ["NILAVADHANANANDA", "CHAYAPA DEJTHAMRONG KRASUANG", "NILAVADHANANANDA<<CHAYAPA<DE<K"],
    ["VILARCHAO FERNANDEZ", "JOSE RAMON", "VILARCHAO<FERNANDEZ<<JOSE<RAMO"],
  ])("%s, %s as printed", (primary, secondary, text) => {
    expect(build(primary, secondary).text).toBe(text);
    expectCutWell(primary.split(" "), secondary.split(" "), 30);
  });

  it.each([
    ["NILAVADHANANANDA", "ARNPOL PETCH CHARONGUANG", "NILAVADHANANANDA<<ARNPOL<PET<C"],
    ["BENNELONG WOOLOOMOOLOO WARRANDYTE WARNAMBOOL", "DINGO POTOROO", "BENNELONG<WOOLOOMOOLOO<WA<W<<D"],
  ])("%s, %s by the same rules", (primary, secondary, text) => {
    expect(build(primary, secondary).text).toBe(text);
    expectCutWell(primary.split(" "), secondary.split(" "), 30);
  });

  it("a primary identifier alone ends with a letter in the last place", () => {
    const { text, truncated } = build("BENNELONG WOOLOOMOOLOO WARRANDYTE WARNAMBOOL", "");
    expect(text).toBe("BENNELONG<WOOLOOMOOLOO<WARRA<W");
    expect(truncated).toEqual({ primary: ["BENNELONG", "WOOLOOMOOLOO", "WARRA", "W"], secondary: [] });
    expect(build("A".repeat(40), "").text).toBe("A".repeat(30));
  });

  it("three places are freed for the secondary identifier of a long primary", () => {
    expect(build("A".repeat(30), "BOB").text).toBe(`${"A".repeat(27)}<<B`);
    expect(build("A".repeat(28), "B").text).toBe(`${"A".repeat(27)}<<B`);
  });

  it("keeps the rules for all names, in every width of an MRZ", () => {
    const component = fc.string({ unit: fc.constantFrom(..."ABCXYZ"), minLength: 2, maxLength: 14 });
    fc.assert(
      fc.property(
        fc.array(component, { minLength: 1, maxLength: 8 }),
        fc.array(component, { maxLength: 8 }),
        fc.constantFrom(30, 31, 36, 39),
        (primary, secondary, width) => {
          expectCutWell(primary, secondary, width);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("keeps them for initials too when there is a secondary identifier", () => {
    const component = fc.string({ unit: fc.constantFrom("A", "B"), minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(
        fc.array(component, { minLength: 1, maxLength: 25 }),
        fc.array(component, { minLength: 1, maxLength: 25 }),
        (primary, secondary) => {
          const whole = `${primary.join("<")}<<${secondary.join("<")}`;
          const { text, truncated } = buildNameField(primary, secondary, 30);
          expect(text).toHaveLength(30);
          expect(truncated === undefined).toBe(whole.length <= 30);
          if (truncated !== undefined) expectCutWell(primary, secondary, 30);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe("the name fields of the other formats (ICAO 9303-4 §4.2.3, 9303-6 §4.2.3, 9303-7 §4.2.3 and §7.2.3)", () => {
  it("are as wide as their parts say", () => {
    expect(FORMATS.map(nameFieldWidth)).toEqual([30, 31, 39, 39, 31]);
  });

  it.each([
    [39, "ERIKSSON", "ANNA MARIA", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"],
    [39, "AL BASRI", "HUDA MUHAMMAD JAWAD", "AL<BASRI<<HUDA<MUHAMMAD<JAWAD<<<<<<<<<<"],
    [39, "VILARCHAO FERNANDEZ", "JOSE RAMON", "VILARCHAO<FERNANDEZ<<JOSE<RAMON<<<<<<<<"],
    [39, "SATRIYA SUDARPA", "", "SATRIYA<SUDARPA<<<<<<<<<<<<<<<<<<<<<<<<"],
    [39, "PAPANDROPOULOUS", "JONATHON WARREN TREVOR", "PAPANDROPOULOUS<<JONATHON<WARREN<TREVOR"],
    [31, "PAPANDROPOULOUS", "JONATHOON ALEC", "PAPANDROPOULOUS<<JONATHOON<ALEC"],
    [31, "PAPANDROPOULOUS", "STEPHEN TREVOR", "PAPANDROPOULOUS<<STEPHEN<TREVOR"],
    [31, "VILARCHAO FERNANDEZ", "JOSE RAMON", "VILARCHAO<FERNANDEZ<<JOSE<RAMON"],
    [31, "ARKFREITH", "", "ARKFREITH<<<<<<<<<<<<<<<<<<<<<<"],
  ])("hold in %i: %s, %s", (width, primary, secondary, text) => {
    expect(build(primary, secondary, width)).toEqual({ text });
  });

  // Of the options printed there, these are ours.
  it.each([
    [39, "NILAVADHANANANDA", "CHAYAPA DEJTHAMRONG KRASUANG", "NILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG<K"],
    [39, "NILAVADHANANANDA", "ARNPOL PETCH CHARONGUANG", "NILAVADHANANANDA<<ARNPOL<PETCH<CHARONGU"],
    [31, "NILAVADHANANANDA", "CHAYAPA DEJTHAMRONG KRASUANG", "NILAVADHANANANDA<<CHAYAPA<DEJ<K"],
    [31, "BENNELONG WOOLOOMOOLOO WARRANDYTE WARNAMBOOL", "DINGO POTOROO", "BENNELONG<WOOLOOMOOLOO<WAR<W<<D"],
  ])("are cut in %i as printed: %s, %s", (width, primary, secondary, text) => {
    expect(build(primary, secondary, width).text).toBe(text);
    expectCutWell(primary.split(" "), secondary.split(" "), width);
  });

  it("say what was cut", () => {
    expect(build("NILAVADHANANANDA", "CHAYAPA DEJTHAMRONG KRASUANG", 39).truncated).toEqual({
      primary: ["NILAVADHANANANDA"],
      secondary: ["CHAYAPA", "DEJTHAMRONG", "K"],
    });
  });
});

describe("arguments", () => {
  it("need a primary identifier and letters A-Z", () => {
    expect(() => buildNameField([], ["A"], 30)).toThrow(RangeError);
    for (const bad of ["", "a", "A B", "A<B", "É", "1"]) {
      expect(() => buildNameField(["A", bad], [], 30), bad).toThrow(RangeError);
      expect(() => buildNameField(["A"], [bad], 30), bad).toThrow(RangeError);
    }
  });
});
