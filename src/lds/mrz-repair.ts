import { MalformedError } from "../errors.js";
import { parseMrz } from "./mrz.js";
import type { Mrz } from "./mrz-elements.js";
import { elementSpans, MRZ_LAYOUTS, type MrzLayout, mrzFormat, placeName } from "./mrz-layouts.js";
import { DIGIT_FOR_LETTER, LETTER_FOR_DIGIT, type MrzChange, replaceLookalikes } from "./mrz-lookalikes.js";

/** What came of {@link repairMrz}. */
export type MrzRepair =
  | {
      /** `right`: nothing was to be repaired, `changes` is empty. */
      readonly outcome: "right" | "repaired";
      readonly mrz: Mrz;
      /** The characters, repaired. */
      readonly text: string;
      /** Every character that was changed, in order. */
      readonly changes: readonly MrzChange[];
    }
  | {
      /** `ambiguous`: several repairs are equally small. `beyondRepair`: none of at most two doubtful characters. */
      readonly outcome: "ambiguous" | "beyondRepair";
      readonly mrz: undefined;
      readonly changes: readonly [];
      /** For people: the fault, and why it stays. */
      readonly reason: string;
      /** The equally small repairs, when there are several. */
      readonly candidates: readonly string[];
    };

/** Most characters changed where either reading is possible; three find a match for any check digit. */
const MOST_DOUBTFUL = 2;

function read(text: string): Mrz | MalformedError {
  try {
    return parseMrz(text);
  } catch (error) {
    if (error instanceof MalformedError) return error;
    throw error;
  }
}

/** Characters of numbers and optional data that look like another one that could stand there too. */
function doubtful(layout: MrzLayout, text: string): { readonly position: number; readonly to: string }[] {
  return elementSpans(layout)
    .filter(({ element }) => element === "documentNumber" || element.startsWith("optionalData"))
    .flatMap(({ from, to }) =>
      [...text.slice(from, to)].map((character, i) => ({
        position: from + i,
        to: DIGIT_FOR_LETTER[character] ?? LETTER_FOR_DIGIT[character],
      })),
    )
    .filter((found): found is { position: number; to: string } => found.to !== undefined);
}

const replaced = (text: string, position: number, to: string) =>
  text.slice(0, position) + to + text.slice(position + 1);

/** All texts with `count` doubtful characters changed that read without error. */
function search(layout: MrzLayout, text: string, count: number): string[] {
  const places = doubtful(layout, text);
  let texts: { text: string; next: number }[] = [{ text, next: 0 }];
  for (let n = 0; n < count; n++) {
    texts = texts.flatMap((start) =>
      places.slice(start.next).map(({ position, to }, i) => ({
        text: replaced(start.text, position, to),
        next: start.next + i + 1,
      })),
    );
  }
  return texts.map((found) => found.text).filter((found) => !(read(found) instanceof MalformedError));
}

/**
 * Repairs an MRZ in which characters were taken for ones they look like (O/0, I/1, B/8, S/5, Z/2, K and C for the
 * filler). What cannot stand where it is is replaced first; then up to two characters of the document number and the
 * optional data, until all check digits are right. Only the smallest repair counts, and only when no other is as small.
 * Optional, and never silent: `changes` lists every character. A check digit is one of ten: a person should look at a
 * repaired document number.
 *
 * Spec: ICAO 9303-3 §4.9.
 *
 * @param text - 90, 72 or 88 characters; `readMrzLines` tells what to do with line breaks and the like.
 * @throws {MalformedError} `BAD_LENGTH`, or `BAD_VALUE` for a character outside A-Z, 0-9 and <.
 * @example
 * import { repairMrz } from "cardwright/lds/ocr";
 * const names = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<";
 * const { mrz, changes } = repairMrz(`${names}L8989O2C36UTO7408122F1204159ZE184226B<<<<<10`);
 * mrz?.documentNumber; // => "L898902C3"
 * changes.map(({ position, from, to }) => `${position}: ${from} ${to}`); // => ["49: O 0"]
 */
export function repairMrz(text: string): MrzRepair {
  const format = mrzFormat(text);
  if (format === undefined) {
    const detail = `${text.length} characters; an MRZ has 90 (TD1), 72 (TD2, MRV-B) or 88 (TD3, MRV-A)`;
    throw new MalformedError("BAD_LENGTH", detail, 0, "MRZ");
  }
  const wrong = text.search(/[^A-Z0-9<]/);
  if (wrong >= 0) throw new MalformedError("BAD_VALUE", "only A-Z, 0-9 and < are allowed", wrong, "MRZ");
  const asRead = read(text);
  if (!(asRead instanceof MalformedError)) return { outcome: "right", mrz: asRead, text, changes: [] };

  const layout = MRZ_LAYOUTS[format];
  const forced = replaceLookalikes(layout, text, { digits: true, letters: true, fillers: true, tails: false });
  const found = (repaired: string): MrzRepair => {
    const doubts = [...repaired].flatMap((to, position): MrzChange[] => {
      const from = forced.text[position] as string;
      if (to === from) return [];
      return [
        {
          position,
          from,
          to,
          why: `${placeName(layout, position)}: ${from} for ${to}, then the check digits are right`,
        },
      ];
    });
    const changes = [...forced.changes, ...doubts].sort((a, b) => a.position - b.position);
    return { outcome: "repaired", mrz: parseMrz(repaired), text: repaired, changes };
  };
  for (let count = 0; count <= MOST_DOUBTFUL; count++) {
    const candidates = search(layout, forced.text, count);
    if (candidates.length === 1) return found(candidates[0] as string);
    if (candidates.length > 1) {
      const reason = `${asRead.message}; ${candidates.length} repairs of ${count} characters are possible`;
      return { outcome: "ambiguous", mrz: undefined, changes: [], reason, candidates };
    }
  }
  const reason = `${asRead.message}; no repair of up to ${MOST_DOUBTFUL} characters that look alike makes it right`;
  return { outcome: "beyondRepair", mrz: undefined, changes: [], reason, candidates: [] };
}
