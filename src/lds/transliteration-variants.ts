/** Languages for which table B of ICAO 9303-3 §6 has letters of their own. */
export type CyrillicLanguage = "belarusian" | "bulgarian" | "macedonian" | "serbian" | "ukrainian";

/**
 * Which of the alternatives of table A: `long` takes two letters where the table offers them (Ä is AE, Å AA, Ö OE, Ü UE),
 * `bare` drops the mark (A, A, O, U), `xx` marks the letter so that it can be told again (Ñ is NXX, Ü UXX; the rest as in
 * `long`).
 */
export type LatinVariant = "long" | "bare" | "xx";

/** What a language writes otherwise than the general column of table B. */
export interface LanguageLetters {
  readonly letters: Readonly<Record<string, string>>;
  /** At the beginning of a name component. */
  readonly initial?: Readonly<Record<string, string>>;
}

/** The exceptions of table B, upper case. */
export const CYRILLIC_LANGUAGES: Readonly<Record<CyrillicLanguage, LanguageLetters>> = {
  belarusian: { letters: { Ё: "IO", Г: "H" } },
  bulgarian: { letters: { Щ: "SHT" } },
  // The table prints GJ beside U+0492; Macedonian has no such letter, and its own one is U+0403.
  macedonian: { letters: { Ќ: "KJ", Џ: "DJ", Х: "H", Ц: "C", "\u0492": "GJ", "\u0403": "GJ" } },
  serbian: { letters: { Г: "H", Ж: "Z", Х: "H", Ц: "C", Ч: "C", Ш: "S" } },
  ukrainian: {
    letters: { Г: "H", И: "Y" },
    initial: { Є: "YE", Ї: "YI", Й: "Y", Ю: "YU", Я: "YA" },
  },
};

/** The alternatives of table A, upper case. */
export const LATIN_VARIANTS: Readonly<Record<LatinVariant, Readonly<Record<string, string>>>> = {
  long: {},
  bare: { Ä: "A", Å: "A", Ö: "O", Ü: "U" },
  xx: { Ñ: "NXX", Ü: "UXX" },
};
