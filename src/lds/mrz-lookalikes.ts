import { elementSpans, type MrzElement, type MrzLayout, type MrzPlace, placeName, spanOf } from "./mrz-layouts.js";

/** One character that was, or is to be, replaced. */
export interface MrzChange {
  /** Index in the characters of the MRZ, all lines put together, from 0. */
  readonly position: number;
  readonly from: string;
  readonly to: string;
  /** For people: where it is, and why. */
  readonly why: string;
}

/** What a position of the MRZ may hold. */
export type PositionClass = "digit" | "digitOrFiller" | "letter" | "letterOrFiller" | "sex" | "any";

/** Letters that OCR reads for digits, and the digits. The other way round for digits in letters' places. */
export const DIGIT_FOR_LETTER: Readonly<Record<string, string>> = { O: "0", I: "1", B: "8", S: "5", Z: "2" };
export const LETTER_FOR_DIGIT: Readonly<Record<string, string>> = { "0": "O", "1": "I", "8": "B", "5": "S", "2": "Z" };
/** Letters that OCR reads for the filler. */
const FILLER_LETTERS = "KC";

/** Which class an element's characters have; only those that differ from `any`. */
const CLASSES: { readonly [E in MrzElement]?: readonly [first: PositionClass, rest: PositionClass] } = {
  documentCode: ["letter", "any"],
  issuingState: ["letter", "letterOrFiller"],
  nationality: ["letter", "letterOrFiller"],
  names: ["letter", "letterOrFiller"],
  dateOfBirth: ["digitOrFiller", "digitOrFiller"],
  dateOfExpiry: ["digit", "digit"],
  sex: ["sex", "sex"],
};

/** The class of every position, from the table of layouts. */
export function positionClasses(layout: MrzLayout): PositionClass[] {
  const classes: PositionClass[] = new Array(layout.lines * layout.width).fill("any");
  for (const { element, from, to } of elementSpans(layout)) {
    const [first, rest] = CLASSES[element] ?? ["any", "any"];
    for (let i = from; i < to; i++) classes[i] = i === from ? first : rest;
  }
  for (const [element, place] of Object.entries(layout.checkDigits) as [MrzElement, MrzPlace][]) {
    const filler =
      (element === "documentNumber" && layout.longNumber !== undefined) || element === layout.freeCheckDigit;
    classes[spanOf(layout, place).from] = filler ? "digitOrFiller" : "digit";
  }
  if (layout.composite !== undefined) classes[spanOf(layout, layout.composite.at).from] = "digit";
  return classes;
}

/** Which replacements {@link replaceLookalikes} makes. */
export interface Replacements {
  /** O I B S Z where a digit must stand. */
  readonly digits: boolean;
  /** 0 1 8 5 2 where a letter must stand. */
  readonly letters: boolean;
  /** K and C where neither can stand and a filler can. */
  readonly fillers: boolean;
  /** K and C behind three fillers at the end of a field. */
  readonly tails: boolean;
}

function replacement(
  character: string,
  place: PositionClass,
  wanted: Replacements,
): [to: string, why: string] | undefined {
  const digit = DIGIT_FOR_LETTER[character];
  const letter = LETTER_FOR_DIGIT[character];
  switch (place) {
    case "digit":
    case "digitOrFiller":
      if (wanted.digits && digit !== undefined) return [digit, "a digit must stand here"];
      if (wanted.fillers && place === "digitOrFiller" && FILLER_LETTERS.includes(character)) {
        return ["<", "a digit or filler must stand here"];
      }
      return undefined;
    case "letter":
    case "letterOrFiller":
      return wanted.letters && letter !== undefined ? [letter, "a letter must stand here"] : undefined;
    case "sex":
      return wanted.fillers && FILLER_LETTERS.includes(character) ? ["<", "F, M or < must stand here"] : undefined;
    case "any":
      return undefined;
  }
}

/** Replaces characters that cannot stand where they are by the ones they look like; the MRZ has its right length. */
export function replaceLookalikes(
  layout: MrzLayout,
  text: string,
  wanted: Replacements,
): { readonly text: string; readonly changes: readonly MrzChange[] } {
  const classes = positionClasses(layout);
  const out = text.split("");
  const changes: MrzChange[] = [];
  const change = (position: number, to: string, why: string) => {
    const from = out[position] as string;
    changes.push({ position, from, to, why: `${placeName(layout, position)}: ${from} for ${to}, ${why}` });
    out[position] = to;
  };
  for (let i = 0; i < classes.length; i++) {
    const found = replacement(out[i] as string, classes[i] as PositionClass, wanted);
    if (found !== undefined) change(i, ...found);
  }
  if (wanted.tails) {
    for (const { element, from, to } of elementSpans(layout)) {
      if (element !== "names" && !element.startsWith("optionalData")) continue;
      const tail = /<<<[<KC]*$/.exec(out.slice(from, to).join(""));
      if (tail === null) continue;
      for (let i = from + tail.index; i < to; i++) {
        if (out[i] !== "<") change(i, "<", "nothing stands behind three fillers");
      }
    }
  }
  changes.sort((a, b) => a.position - b.position);
  return { text: out.join(""), changes };
}
