import { describe, expect, it } from "vitest";
import { mrzName } from "../../src/lds/transliterate.js";
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
