/**
 * Letters that Unicode does not decompose into a base letter and a mark, or that the table writes otherwise than by
 * dropping the mark (ICAO 9303-3 §6, table A). Where the table gives alternatives, the first one is used.
 */
const LATIN: Readonly<Record<string, string>> = {
  Ä: "AE",
  Å: "AA",
  Æ: "AE",
  Ð: "D",
  Ö: "OE",
  Ø: "OE",
  Ü: "UE",
  Þ: "TH",
  Đ: "D",
  Ħ: "H",
  ı: "I",
  Ĳ: "IJ",
  Ŀ: "L",
  Ł: "L",
  Ŋ: "N",
  Œ: "OE",
  Ŧ: "T",
  ẞ: "SS",
  ß: "SS",
};

/** What became of one character on its way into the MRZ. */
export interface Transliteration {
  readonly from: string;
  readonly to: string;
}

/** A name in MRZ letters, its components, and what was changed on the way. */
export interface MrzName {
  readonly components: readonly string[];
  readonly changes: readonly Transliteration[];
  /** Characters that the table does not have; a name with any cannot go into the MRZ. */
  readonly unknown: readonly string[];
}

/**
 * A Latin name as MRZ components: upper case, diacritics by the table, apostrophes dropped, hyphens, commas and spaces
 * separate components. Nothing vanishes silently: what the table lacks is listed.
 *
 * Spec: ICAO 9303-3 §4.6 and §6 (table A).
 *
 * @example
 * mrzName("D’Artagnan Marie-Élise").components; // => ["DARTAGNAN", "MARIE", "ELISE"]
 */
export function mrzName(name: string): MrzName {
  const changes: Transliteration[] = [];
  const unknown: string[] = [];
  let text = "";
  for (const character of name.normalize("NFC")) {
    const upper = character === "ß" || character === "ı" ? character : character.toUpperCase();
    if (/^[A-Z]$/.test(upper)) text += upper;
    else if (/^[\s,\-‐‑]$/u.test(upper)) text += "<";
    else if (/^['’ʼ`.]$/u.test(upper)) text += "";
    else {
      const to = LATIN[upper] ?? upper.normalize("NFD").replace(/\p{Mn}/gu, "");
      if (!/^[A-Z]+$/.test(to)) unknown.push(character);
      else {
        text += to;
        changes.push({ from: character, to });
      }
    }
  }
  return { components: text.split("<").filter((part) => part !== ""), changes, unknown };
}
