import { describe, expect, it } from "vitest";
import { mrzName } from "../../src/lds/transliterate.js";
import type { CyrillicLanguage } from "../../src/lds/transliteration-variants.js";
import { readVectors } from "../crypto/vectors.js";

type Row = { character: string; mrz: string };
const tables = readVectors<Record<"latin" | "cyrillic" | "arabic", Record<string, Row>>>("mrz/transliteration.json");

/** The first of the alternatives, without the table's conditions; undefined for rules that are no letters. */
const first = (mrz: string) => /^[A-Z]+(?=$| \(| or |,)/.exec(mrz)?.[0];
const rows = (table: keyof typeof tables) =>
  Object.values(tables[table]).flatMap(({ character, mrz }) => {
    const letters = first(mrz);
    return letters === undefined ? [] : [{ character, letters }];
  });

describe("the tables of ICAO 9303-3 §6", () => {
  it.each(rows("latin"))("A: $character is $letters", ({ character, letters }) => {
    for (const form of [character, character.normalize("NFD")]) {
      expect(mrzName(form)).toMatchObject({ components: [letters], unknown: [] });
      expect(mrzName(`X${form}X`).components).toEqual([`X${letters}X`]);
    }
  });

  it.each(rows("cyrillic"))("B: $character is $letters", ({ character, letters }) => {
    expect(mrzName(`${character}${character.toLowerCase()}`)).toMatchObject({
      components: [letters + letters],
      unknown: [],
    });
  });

  it.each(rows("arabic"))("C: $character is $letters", ({ character, letters }) => {
    expect(mrzName(`ب${character}ب`)).toMatchObject({ components: [`B${letters}B`], unknown: [] });
  });

  it("C: letters that are not encoded, doubled, or written otherwise at the end", () => {
    const dropped = Object.values(tables.arabic).filter(({ mrz }) => mrz === "(Not encoded)");
    expect(dropped.length).toBeGreaterThan(10);
    for (const { character } of dropped) {
      expect(mrzName(`ب${character}ب`), character).toMatchObject({ components: ["BB"], unknown: [] });
    }
    // ICAO 9303-3 §6 C, note 3
    expect(mrzName("عبّاس").components).toEqual(["EBBAS"]);
    expect(mrzName("فضّة").components).toEqual(["FXDZXDZXAH"]);
    expect(mrzName("فاطمة الزهراء").components).toEqual(["FAXTTMXAH", "ALZHRAXE"]);
    expect(mrzName("مدرسةب").components).toEqual(["MDRSXTAB"]);
    expect(mrzName("علی‌رضا").components).toEqual(["ELXYARXDZA"]);
  });

  it("A: lower case is the same, and every row was read", () => {
    expect(rows("latin")).toHaveLength(Object.keys(tables.latin).length);
    for (const { character, letters } of rows("latin")) {
      if (character === "İ") continue; // its lower case is i and a mark of its own, see below
      expect(mrzName(character.toLowerCase()).components, character).toEqual([letters]);
    }
    expect(mrzName("Straße").components).toEqual(["STRASSE"]);
    expect(mrzName("Ilgın").components).toEqual(["ILGIN"]);
    expect(mrzName("İ".toLowerCase()).components).toEqual(["I"]);
  });
});

describe("the alternatives that the tables leave open", () => {
  const exceptions: readonly [RegExp, CyrillicLanguage][] = [
    [/Belorussian/, "belarusian"],
    [/Bulgarian/, "bulgarian"],
    [/Macedonia/, "macedonian"],
    [/Serbian/, "serbian"],
    [/Ukrainian/, "ukrainian"],
  ];
  const cases = Object.values(tables.cyrillic).flatMap(({ character, mrz }) =>
    exceptions.map(([pattern, language]) => {
      const excepted = mrz.includes("except") && pattern.test(mrz);
      return {
        character,
        language,
        excepted,
        initial: mrz.includes("first character"),
        own: /= ?([A-Z]+)\)$/.exec(mrz)?.[1],
      };
    }),
  );

  it("has the exceptions of table B", () => {
    expect(cases.filter(({ excepted }) => excepted)).toHaveLength(21);
  });

  it.each(cases)("B: $character in $language", ({ character, language, excepted, initial, own }) => {
    const general = first(
      tables.cyrillic[character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0") ?? ""]?.mrz ?? "",
    );
    const special = excepted ? own : general;
    for (const form of [character, character.toLowerCase()]) {
      expect(mrzName(form, { language }).components).toEqual([special]);
      expect(mrzName(`A-${form}`, { language }).components).toEqual(["A", special]);
      expect(mrzName(`A${form}`, { language }).components).toEqual([`A${initial ? general : special}`]);
    }
  });

  it.each([
    ["Володимир Зеленський", "ukrainian", ["VOLODYMYR", "ZELENSKYI"]],
    ["Юрій Згурський", "ukrainian", ["YURII", "ZHURSKYI"]],
    ["Ігор Щербак", "bulgarian", ["IGOR", "SHTERBAK"]],
    ["Живко Ђорић", "serbian", ["ZIVKO", "DORI"]],
    ["Ѓорги Ќосев", "macedonian", ["GJORGI", "KJOSEV"]],
    ["Игорь", undefined, ["IGOR"]],
  ] as const)("%s in %s", (name, language, components) => {
    expect(mrzName(name, language === undefined ? {} : { language }).components).toEqual(components);
  });

  it("B: a soft sign that is left out is reported, a letter of no table too", () => {
    expect(mrzName("Игорь").changes.at(-1)).toEqual({ from: "ь", to: "" });
    expect(mrzName("Ћ", { language: "serbian" }).unknown).toEqual(["Ћ"]);
    expect(mrzName("Ѓ").unknown).toEqual(["Ѓ"]);
  });

  it.each([
    [undefined, ["MUELLER", "ANGSTROEM", "AARE", "PENA"]],
    ["long", ["MUELLER", "ANGSTROEM", "AARE", "PENA"]],
    ["bare", ["MULLER", "ANGSTROM", "ARE", "PENA"]],
    ["xx", ["MUXXLLER", "ANGSTROEM", "AARE", "PENXXA"]],
  ] as const)("A: %s", (latin, components) => {
    expect(mrzName("Müller Angström Åre Peña", latin === undefined ? {} : { latin }).components).toEqual(components);
  });

  it("A: every alternative that the table prints is one of a variant", () => {
    const open = Object.values(tables.latin).filter(({ mrz }) => mrz.includes(" or "));
    expect(open).toHaveLength(5);
    for (const { character, mrz } of open) {
      const ours = (["long", "bare", "xx"] as const).map((latin) => mrzName(character, { latin }).components[0]);
      expect(new Set(ours)).toEqual(new Set(mrz.split(" or ")));
    }
  });

  it("A: the example of ICAO 9303-3 App. B.4.1", () => {
    expect(mrzName("Térèsa CAÑON", { latin: "xx" }).components).toEqual(["TERESA", "CANXXON"]);
  });

  it("refuses options that do not exist", () => {
    for (const options of [{ language: "russian" }, { latin: "short" }, { language: "constructor" }]) {
      expect(() => mrzName("A", options as never)).toThrow(RangeError);
    }
  });
});

describe("punctuation (ICAO 9303-3 §4.6)", () => {
  it.each([
    ["D'ARTAGNAN", ["DARTAGNAN"]],
    ["D’Artagnan", ["DARTAGNAN"]],
    ["O‘Brien", ["OBRIEN"]],
    ["MARIE-ELISE", ["MARIE", "ELISE"]],
    ["Marie‐Élise", ["MARIE", "ELISE"]],
    ["Marie–Élise", ["MARIE", "ELISE"]],
    ["ANNA, MARIA", ["ANNA", "MARIA"]],
    ["  Anna   Maria ", ["ANNA", "MARIA"]],
    ["J. R. (Bob) Smith/Jones;", ["J", "R", "BOB", "SMITHJONES"]],
    ['Ann "Nan"', ["ANN", "NAN"]],
    ["", []],
    ["-'-", []],
  ])("%s", (name, components) => {
    expect(mrzName(name)).toMatchObject({ components, unknown: [] });
  });

  it("what no table has is listed, numerals too, and nothing else is", () => {
    expect(mrzName("Anna2 李 Ω").unknown).toEqual(["2", "李", "Ω"]);
    expect(mrzName("A<B").unknown).toEqual(["<"]);
    expect(mrzName("Jürgen Groß").changes).toEqual([
      { from: "ü", to: "UE" },
      { from: "ß", to: "SS" },
    ]);
  });
});
