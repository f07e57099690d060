import { codePointName } from "./describe.js";
import type { LetterRule } from "./rule.js";

const ZWNJ = "\u200c";

/** Bidi controls, invisible and control characters, surrogates, private use, line separators, the blank Braille cell. */
const REFUSED =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u2800]/gu;

/** Arabic presentation forms: glyphs of old systems that NFC leaves alone and that no transliteration table knows. */
const PRESENTATION_FORMS = /[\ufb50-\ufdff\ufe70-\ufefe]/gu;

/** What {@link normalizeText} made of a text. */
export interface NormalizedText {
  readonly text: string;
  /** What was changed, in words; empty when the text was good as it came. */
  readonly changes: readonly string[];
  /** Characters that may not stand there, each once, as `U+202E`; the text is then not to be used. */
  readonly refused: readonly string[];
}

/** What kind of text a field holds. */
export interface TextStyle {
  /** Replacements of the national script; none in Latin text. */
  readonly letters: readonly LetterRule[];
  /** Whether U+200C may stand between letters. */
  readonly zwnj: boolean;
  /** Latin names: typographic apostrophes and hyphens become ASCII. */
  readonly asciiMarks?: boolean;
}

function distinct(characters: Iterable<string>): string[] {
  return [...new Set(characters)];
}

/** ۰-۹ and ٠-٩ as ASCII digits; everything else stays. */
export function asciiDigits(text: string): string {
  return text.replace(/[\u06f0-\u06f9\u0660-\u0669]/gu, (digit) => String((digit.codePointAt(0) as number) & 0x0f));
}

/**
 * Makes text uniform: NFC, the country's letters, plain single spaces, no space or ZWNJ at an edge.
 *
 * Doing it again changes nothing. Characters that nobody can see are not dropped but refused, for they hide what a
 * record says: bidirectional controls, controls, surrogates, private use.
 */
export function normalizeText(raw: string, style: TextStyle): NormalizedText {
  const invisible = raw.match(REFUSED) ?? [];
  const refused = distinct([...invisible, ...(raw.match(PRESENTATION_FORMS) ?? [])])
    .filter((character) => character !== ZWNJ || !style.zwnj)
    .map(codePointName);
  const changes: string[] = [];
  const step = (before: string, after: string, what: string): string => {
    if (before !== after) changes.push(what);
    return after;
  };

  let text = step(raw, raw.normalize("NFC"), "brought into NFC");
  for (const rule of style.letters) text = step(text, text.replace(rule.from, rule.to), rule.what);
  if (style.asciiMarks === true) {
    text = step(text, text.replace(/[\u2018\u2019\u02bb\u02bc\u00b4`]/gu, "'"), "the apostrophe became U+0027");
    text = step(text, text.replace(/[\u2010\u2011\u2013\u2212]/gu, "-"), "the hyphen became U+002D");
  }
  text = step(text, text.replace(/\p{Zs}/gu, " "), "other spaces became U+0020");
  // A space makes an edge, so a run of both is a space; two ZWNJ say no more than one.
  const runs = text
    .replace(/[ \u200c]+/gu, (run) => (run.includes(" ") ? " " : ZWNJ))
    .replace(/\u200c?-\u200c?/gu, "-");
  text = step(text, runs.replace(/^[ \u200c]+|[ \u200c]+$/gu, ""), "spaces or ZWNJ (U+200C) at an edge were dropped");
  // Dropping a mark can bring a letter and its hamza together.
  text = text.normalize("NFC");
  return { text, changes, refused };
}

/** Characters that may not stand in a name of the national script, each once. */
export function strayInNationalName(text: string): readonly string[] {
  return distinct(text.match(/[^\p{L}\p{M} '\u200c-]/gu) ?? []);
}

/** Characters that may not stand in a Latin name, each once: no other script, ligatures, full-width or modifier letters. */
export function strayInLatinName(text: string): readonly string[] {
  const kept = /^(?:[ '-]|[\u0300-\u036f]|(?=[\u0041-\u1fff])(?=\p{Script=Latin})[\p{Lu}\p{Ll}\p{Lt}])$/u;
  return distinct([...text].filter((character) => !kept.test(character)));
}
