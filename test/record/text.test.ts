import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { persianLetters } from "../../src/record/persian-letters.js";
import { asciiDigits, normalizeText, strayInLatinName, strayInNationalName } from "../../src/record/text.js";

const national = { letters: persianLetters, zwnj: true };
const latin = { letters: [], zwnj: false, asciiMarks: true };

describe("normalizeText, Persian", () => {
  it.each([
    ["yeh", "\u0639\u0644\u064a", "\u0639\u0644\u06cc", "Arabic yeh"],
    ["alef maksura", "\u0645\u0648\u0633\u0649", "\u0645\u0648\u0633\u06cc", "alef maksura"],
    ["kaf", "\u0643\u0627\u0638\u0645", "\u06a9\u0627\u0638\u0645", "Arabic kaf"],
    ["tatweel", "\u0645\u0640\u0640\u0647\u0631", "\u0645\u0647\u0631", "tatweel"],
    ["harakat", "\u0645\u064f\u062d\u0645\u064e\u0651\u062f", "\u0645\u062d\u0645\u062f", "harakat"],
    ["superscript alef", "\u0631\u062d\u0645\u0670\u0646", "\u0631\u062d\u0645\u0646", "harakat"],
    ["alef and maddah apart", "\u0627\u0653\u0631\u0627", "\u0622\u0631\u0627", "NFC"],
    ["no-break space", "\u0631\u0636\u0627\u00a0\u0646", "\u0631\u0636\u0627 \u0646", "other spaces"],
    ["spaces at the edges", "  \u0631\u0636\u0627  \u0646 ", "\u0631\u0636\u0627 \u0646", "at an edge"],
    ["ZWNJ at the edges", "\u200c\u0631\u0636\u0627\u200c", "\u0631\u0636\u0627", "ZWNJ"],
    ["ZWNJ beside a space", "\u0631\u0636\u0627\u200c \u0646", "\u0631\u0636\u0627 \u0646", "ZWNJ"],
    ["ZWNJ twice", "\u0639\u0644\u06cc\u200c\u200c\u0631", "\u0639\u0644\u06cc\u200c\u0631", "ZWNJ"],
  ])("%s is made uniform and reported", (_, raw, used, change) => {
    const result = normalizeText(raw, national);
    expect(result.text).toBe(used);
    expect(result.changes).toHaveLength(1);
    expect(result.changes[0]).toContain(change);
    expect(result.refused).toEqual([]);
  });

  it.each([
    ["ZWNJ inside a name", "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627"],
    ["teh marbuta", "\u0641\u0627\u0637\u0645\u0629"],
    ["yeh with hamza", "\u0631\u0626\u06cc\u0633"],
    ["hamza above a heh", "\u062e\u0627\u0646\u0647\u0654"],
    ["digits in free text", "\u06f1\u06f7 \u0634\u0647\u0631\u06cc\u0648\u0631"],
  ])("%s stays, without a warning", (_, raw) => {
    expect(normalizeText(raw, national)).toEqual({ text: raw, changes: [], refused: [] });
  });

  it.each([
    ["right-to-left override", "\u202e", "U+202E"],
    ["left-to-right mark", "\u200e", "U+200E"],
    ["Arabic letter mark", "\u061c", "U+061C"],
    ["isolate", "\u2067", "U+2067"],
    ["ZWJ", "\u200d", "U+200D"],
    ["byte order mark", "\ufeff", "U+FEFF"],
    ["line break", "\n", "U+000A"],
    ["NUL", "\0", "U+0000"],
    ["line separator", "\u2028", "U+2028"],
    ["soft hyphen", "\u00ad", "U+00AD"],
    ["grapheme joiner", "\u034f", "U+034F"],
    ["Hangul filler", "\u3164", "U+3164"],
    ["variation selector", "\ufe0f", "U+FE0F"],
    ["tag letter", "\u{e0041}", "U+E0041"],
    ["lone surrogate", "\ud800", "U+D800"],
    ["private use", "\ue000", "U+E000"],
    ["noncharacter", "\uffff", "U+FFFF"],
    ["blank Braille cell", "\u2800", "U+2800"],
    ["presentation form", "\ufeb3", "U+FEB3"],
  ])("refuses a %s", (_, character, name) => {
    expect(normalizeText(`\u0631${character}\u0636`, national).refused).toEqual([name]);
  });

  it("refuses ZWNJ in Latin text", () => {
    expect(normalizeText("Ali\u200cReza", latin).refused).toEqual(["U+200C"]);
  });

  it("changes nothing the second time, whatever the text", () => {
    const letters = fc.constantFrom(..."يىكـًُّٰٓٔابه \u00a0\u200c-'".split(""), "e\u0301", "n");
    const anything = fc.oneof(fc.string({ unit: letters }), fc.string({ unit: "binary" }));
    fc.assert(
      fc.property(anything, fc.boolean(), (raw, isNational) => {
        const style = isNational ? national : latin;
        const once = normalizeText(raw, style).text;
        const again = normalizeText(once, style);
        expect(again.text).toBe(once);
        expect(again.changes).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("names", () => {
  it("hold letters of the national script, marks, space, hyphen, apostrophe, ZWNJ", () => {
    expect(strayInNationalName("علی\u200cرضا مولر-درویش Щербакова O'Neil")).toEqual([]);
    expect(strayInNationalName("کریمی2 (۳) رضا!2")).toEqual(["2", "(", "۳", ")", "!"]);
  });

  it("in Latin hold Latin letters only, diacritics allowed", () => {
    expect(strayInLatinName("Zoë Łukasz d'Århus-Ngũgĩ Đặng Œ Þór ß ı M\u0308")).toEqual([]);
    expect(strayInLatinName("Аnna")).toEqual(["А"]); // Cyrillic A
    expect(strayInLatinName("Ａnna ﬁ ʰ ª 2 . علی")).toEqual(["Ａ", "ﬁ", "ʰ", "ª", "2", ".", "ع", "ل", "ی"]);
  });

  it("in Latin get ASCII apostrophes and hyphens", () => {
    expect(normalizeText("O\u2019Neil\u2010Smith", latin).text).toBe("O'Neil-Smith");
  });
});

describe("asciiDigits", () => {
  it("takes Persian and Arabic-Indic digits and leaves the rest", () => {
    expect(asciiDigits("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩ ab 7 ४")).toBe("01234567890123456789 ab 7 ४");
  });
});
