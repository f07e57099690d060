import { ARABIC, CYRILLIC, LATIN } from "./transliteration-tables.js";
import {
  CYRILLIC_LANGUAGES,
  type CyrillicLanguage,
  LATIN_VARIANTS,
  type LatinVariant,
} from "./transliteration-variants.js";

/** Which of the alternatives that the tables leave to the issuer; the general ones when left out. */
export interface TransliterationOptions {
  /** Language of a Cyrillic name, for the exceptions of table B. */
  readonly language?: CyrillicLanguage;
  /** Alternative of table A for Ä, Å, Ñ, Ö and Ü; `long` when left out. */
  readonly latin?: LatinVariant;
}

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

const SHADDA = "\u0651";
const TEH_MARBUTA = "\u0629";
/** Joins or parts letters without being one: no component ends here. */
const ZERO_WIDTH = /^[\u200c\u200d]$/;

/** MRZ letters of one upper-case character; undefined when no table has it. */
function letters(character: string, initial: boolean, options: TransliterationOptions): string | undefined {
  const language = options.language === undefined ? undefined : CYRILLIC_LANGUAGES[options.language];
  const special =
    (initial ? language?.initial?.[character] : undefined) ??
    language?.letters[character] ??
    LATIN_VARIANTS[options.latin ?? "long"][character];
  if (special !== undefined) return special;
  const listed = LATIN[character] ?? CYRILLIC[character] ?? ARABIC[character];
  if (listed !== undefined) return listed;
  // A mark that Unicode does not join with its letter, as in "i\u0307"; marks are not permitted in the MRZ (§4.3).
  if (/^\p{Mn}$/u.test(character)) return "";
  const bare = character.normalize("NFD").replace(/\p{Mn}/gu, "");
  return /^[A-Z]+$/.test(bare) ? bare : undefined;
}

/**
 * A name in MRZ components: upper case, national characters by the tables; hyphens, commas and spaces separate
 * components, apostrophes and all other punctuation are dropped. Nothing vanishes silently: what no table has is listed.
 *
 * Spec: ICAO 9303-3 §4.6 (punctuation) and §6 (tables A to C). Arabic: a shadda doubles the letters before it; teh
 * marbuta is XAH at the end of a component and XTA elsewhere.
 *
 * @param options - The alternatives that the tables leave open; what the general column says when left out.
 * @throws {RangeError} for an option that does not exist.
 * @example
 * import { mrzName } from "cardwright/lds";
 * mrzName("D’Artagnan Marie-Élise").components; // => ["DARTAGNAN", "MARIE", "ELISE"]
 * mrzName("Юрій", { language: "ukrainian" }).components; // => ["YURII"]
 */
export function mrzName(name: string, options: TransliterationOptions = {}): MrzName {
  const { language, latin = "long" } = options;
  if (language !== undefined && !Object.hasOwn(CYRILLIC_LANGUAGES, language)) {
    throw new RangeError(`mrzName: language is one of ${Object.keys(CYRILLIC_LANGUAGES).join(", ")}`);
  }
  if (!Object.hasOwn(LATIN_VARIANTS, latin)) {
    throw new RangeError(`mrzName: latin is one of ${Object.keys(LATIN_VARIANTS).join(", ")}`);
  }
  // Most names that are given in Latin letters; the rules below say the same of them.
  if (/^[A-Za-z -]*$/.test(name)) {
    return { components: components(name.toUpperCase().replace(/[ -]/g, "<")), changes: [], unknown: [] };
  }
  const changes: Transliteration[] = [];
  const unknown: string[] = [];
  let text = "";
  let last = "";
  const characters = [...name.normalize("NFC")];
  for (const [i, character] of characters.entries()) {
    const upper = LATIN[character] === undefined ? character.toUpperCase() : character;
    if (/^[A-Z]$/.test(upper)) {
      text += upper;
      last = upper;
    } else if (/^[\s,\u060c\p{Pd}]$/u.test(upper)) text += "<";
    else if (/^[\p{P}\u02bc`´]$/u.test(upper) || ZERO_WIDTH.test(upper)) text += "";
    else {
      const ends = !/^\p{L}$/u.test(characters[i + 1] ?? "");
      const to =
        character === SHADDA
          ? last
          : character === TEH_MARBUTA
            ? ends
              ? "XAH"
              : "XTA"
            : letters(upper, text === "" || text.endsWith("<"), options);
      if (to === undefined) unknown.push(character);
      else {
        text += to;
        if (character !== SHADDA) last = to;
        changes.push({ from: character, to });
      }
    }
  }
  return { components: components(text), changes, unknown };
}

const components = (text: string): string[] => text.split("<").filter((part) => part !== "");
