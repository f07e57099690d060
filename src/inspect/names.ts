import { buildNameField, namesOf } from "../lds/mrz-names.js";
import { mrzName, type Transliteration, type TransliterationOptions } from "../lds/transliterate.js";
import {
  CYRILLIC_LANGUAGES,
  type CyrillicLanguage,
  LATIN_VARIANTS,
  type LatinVariant,
} from "../lds/transliteration-variants.js";
import type { Check } from "./report.js";

/** A letter in the last position says that the name may be cut (ICAO 9303-3 §4.6; 9303-5 §4.2.3). */
export const mayBeCut = (field: string): boolean => !field.endsWith("<");

/** One way to write a name in MRZ letters. */
interface NameForm {
  readonly primary: readonly string[];
  readonly secondary: readonly string[];
  readonly changes: readonly Transliteration[];
  /** Whether `<<` divides the name, as it should. */
  readonly divided: boolean;
}

const isLatin = (text: string): boolean => /^[\p{Script=Latin}\p{M}\p{P}\s<]+$/u.test(text);

/** Letters for which table A has several forms. */
const LETTERS_WITH_VARIANTS = new RegExp(
  `[${Object.values(LATIN_VARIANTS)
    .flatMap((letters) => Object.keys(letters))
    .join("")}]`,
  "iu",
);

/** The alternatives that the tables of 9303-3 §6 leave to the issuer, as far as a text has letters for them. */
function optionsFor(text: string): TransliterationOptions[] {
  if (!/\p{Script=Cyrillic}/u.test(text)) {
    const variants = Object.keys(LATIN_VARIANTS) as LatinVariant[];
    return LETTERS_WITH_VARIANTS.test(text.normalize("NFC")) ? variants.map((latin) => ({ latin })) : [{}];
  }
  return [{}, ...(Object.keys(CYRILLIC_LANGUAGES) as CyrillicLanguage[]).map((language) => ({ language }))];
}

/** The forms of a name by the tables; none when they lack one of its letters. */
function formsOf(text: string): NameForm[] {
  const at = text.indexOf("<<");
  const parts = at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 2)];
  return optionsFor(text).flatMap((options) => {
    const [primary, secondary] = parts.map((part) => mrzName(part.replace(/</g, " "), options));
    if (primary === undefined || secondary === undefined) return [];
    if (primary.unknown.length + secondary.unknown.length > 0 || primary.components.length === 0) return [];
    const changes = [...primary.changes, ...secondary.changes];
    return [{ primary: primary.components, secondary: secondary.components, changes, divided: at >= 0 }];
  });
}

/** What had to be allowed for a name to be that of the field; undefined when it is another. */
function notesOf(form: NameForm, field: string): Record<string, string> | undefined {
  const { primary, secondary, changes } = form;
  const transliterated = changes.map(({ from, to }) => `${from} → ${to}`).join(", ");
  const notes = { ...(transliterated !== "" && { NAME_TRANSLITERATED: transliterated }) };
  const shown = namesOf(field);
  const written = buildNameField(primary, secondary, field.length);
  const cut = written.text === field ? written.truncated !== undefined : mayBeCut(field) && isCut(form, shown);
  if (cut) {
    const [whole, rest] = [form, shown].map((name) => `${name.primary.join(" ")}, ${name.secondary.join(" ")}`);
    return { ...notes, NAME_TRUNCATED: `${whole} was cut to ${rest}` };
  }
  if (written.text === field) return notes;
  // Some issuers write the name in one piece, family name first or last.
  const orders = [
    [...shown.primary, ...shown.secondary],
    [...shown.secondary, ...shown.primary],
  ];
  const undivided = !form.divided && !mayBeCut(field) && orders.some((order) => order.join() === primary.join());
  return undivided
    ? { ...notes, NAME_UNDIVIDED: "DG11 does not tell primary and secondary identifier apart" }
    : undefined;
}

type Names = Pick<NameForm, "primary" | "secondary">;

const isCut = (whole: Names, shown: Names): boolean =>
  shortened(whole.primary, shown.primary) && shortened(whole.secondary, shown.secondary);

/** Whether `cut` are the first components of `whole`, each possibly cut: issuers choose among several ways of cutting. */
function shortened(whole: readonly string[], cut: readonly string[]): boolean {
  return cut.length <= whole.length && cut.every((part, i) => (whole[i] as string).startsWith(part));
}

/**
 * Whether one of the names of DG11 is that of the MRZ: written the same, cut, or transliterated by one of the ways that the
 * tables allow. A name in Latin letters that is another fails. One in national script alone is a warning when the tables give
 * another name: they are a recommendation, and many issuers take the holder's own spelling.
 *
 * Spec: ICAO 9303-10 §4.7.11, 9303-3 §4.6 and §6, cutting: 9303-4 to -6 §4.2.3.
 *
 * @param field - Name field of the MRZ, with its fillers.
 */
export function compareName(
  field: string,
  names: readonly (string | undefined)[],
): Pick<Check, "status" | "message" | "evidence"> {
  const given = names.filter((name): name is string => name !== undefined && name !== "");
  const latin = given.filter(isLatin);
  const forms = given.flatMap((text) => formsOf(text).map((form) => ({ text, form })));
  const dg1 = field.replace(/<+$/, "");
  for (const { text, form } of forms) {
    const notes = notesOf(form, field);
    if (notes === undefined) continue;
    const evidence = { dg1, dg11: text, ...notes };
    return { status: "passed", message: "DG1 and DG11 state the same name.", evidence };
  }
  const evidence = { dg1, dg11: (latin.length > 0 ? latin : given).join("; ") };
  if (given.length === 0) return { status: "notChecked", message: "DG11 states no name." };
  if (latin.length > 0) return { status: "failed", message: "DG1 and DG11 state different names.", evidence };
  const [first] = forms;
  if (first === undefined) {
    const message = "The tables of ICAO 9303-3 lack letters of the name in DG11: compare by eye.";
    return { status: "notChecked", message, evidence };
  }
  const { primary, secondary } = first.form;
  const transliterated = [primary, secondary].map((part) => part.join("<")).join("<<");
  return {
    status: "warning",
    message: "The name of DG11, in national script, is another by the tables of ICAO 9303-3: compare by eye.",
    evidence: { ...evidence, transliterated },
  };
}
