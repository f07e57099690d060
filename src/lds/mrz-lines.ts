import { MalformedError } from "../errors.js";
import { parseMrz } from "./mrz.js";
import type { Mrz } from "./mrz-elements.js";
import { MRZ_LAYOUTS, type MrzLayout } from "./mrz-layouts.js";
import { replaceLookalikes } from "./mrz-lookalikes.js";

/**
 * What OCR readers do to an MRZ. Each is off unless it is named; what was used is listed. Strict reading knows none of
 * them, and nothing is ever written so.
 */
export const MRZ_TOLERANCES = [
  {
    code: "LINE_BREAKS",
    reason: "line breaks between the lines, and spaces in and around them",
    seen: "every OCR engine gives lines of text; gmrtd, dmrtd and JMRTD take them",
  },
  {
    code: "LOWER_CASE",
    reason: "small letters; OCR-B of the MRZ has capitals only",
    seen: "evermeer/PassportScanner #37",
  },
  {
    code: "FILLER_LOOKALIKES",
    reason: "a quotation mark or bracket where the filler < is printed; a double one stands for two fillers, or one",
    seen: "OCR engines without a model for OCR-B",
  },
  {
    code: "MISSING_FILLERS",
    reason: "a line that ends before its last fillers",
    seen: "newtondev/mrz-parser #2, egemenzeytinci/readmrz #22",
  },
  {
    code: "FILLER_AS_LETTER",
    reason: "K or C for a filler, where no letter can stand or behind three fillers",
    seen: "googlesamples/android-vision #298",
  },
  {
    code: "LETTER_AS_DIGIT",
    reason: "O, I, B, S or Z in a date or check digit, for 0, 1, 8, 5 or 2",
    seen: "jllarraz/AndroidPassportReader #22, QKMRZParser #5, QKMRZScanner #12",
  },
  {
    code: "DIGIT_AS_LETTER",
    reason: "0, 1, 8, 5 or 2 in a name or a State's code, for O, I, B, S or Z; no check digit vouches for these",
    seen: "cheminfo/mrz #21, Arg0s1080/mrz #24",
  },
] as const;

/** Stable name of a tolerance; see {@link MRZ_TOLERANCES}. */
export type MrzToleranceCode = (typeof MRZ_TOLERANCES)[number]["code"];

/** A tolerance that was needed. */
export interface MrzTolerated {
  readonly code: MrzToleranceCode;
  /** For people: what was found where. */
  readonly detail: string;
}

/** What {@link readMrzLines} made of its input. */
export interface MrzReading {
  readonly mrz: Mrz;
  /** The characters of the MRZ as they were read in the end: 90, 72 or 88. */
  readonly text: string;
  /** What was tolerated; empty when the input is strict. */
  readonly tolerated: readonly MrzTolerated[];
}

const SINGLE = "‹＜﹤〈⟨˂≤";
const DOUBLE = "«≪《⟪";
/** Characters of input; an MRZ with breaks and spaces stays far below. */
const MOST = 1000;

/** A line on its way, each character with its index in the input. */
interface Line {
  text: string;
  readonly origin: number[];
  /** Index in the input behind the line. */
  end: number;
}

/** One way to read the input, before lookalikes are replaced. */
interface Candidate {
  readonly layout: MrzLayout;
  readonly text: string;
  readonly origin: readonly number[];
  readonly padded: number;
}

/** Splits and cleans the input; `double` is what a double lookalike of the filler stands for. */
function cleanLines(input: string, allowed: ReadonlySet<MrzToleranceCode>, double: string) {
  const lines: Line[] = [];
  let line: Line = { text: "", origin: [], end: 0 };
  const seen = { breaks: 0, spaces: 0, small: 0, lookalikes: 0, doubles: 0 };
  const finish = (end: number) => {
    line.end = end;
    if (line.text !== "") lines.push(line);
    line = { text: "", origin: [], end };
  };
  for (let i = 0; i < input.length; i++) {
    const character = input[i] as string;
    let to = character;
    if (allowed.has("LINE_BREAKS") && /\s/.test(character)) {
      if (character === "\n" || character === "\r") {
        seen.breaks++;
        finish(i);
      } else seen.spaces++;
      continue;
    }
    if (allowed.has("LOWER_CASE") && /[a-z]/.test(character)) {
      seen.small++;
      to = character.toUpperCase();
    } else if (allowed.has("FILLER_LOOKALIKES") && SINGLE.includes(character)) {
      seen.lookalikes++;
      to = "<";
    } else if (allowed.has("FILLER_LOOKALIKES") && DOUBLE.includes(character)) {
      seen.doubles++;
      to = double;
    }
    line.text += to;
    for (let k = 0; k < to.length; k++) line.origin.push(i);
  }
  finish(input.length);
  return { lines, seen };
}

/** The lines filled up to a layout; undefined when they do not go into it. */
function fill(lines: readonly Line[], layout: MrzLayout): Candidate | undefined {
  const total = layout.lines * layout.width;
  const whole = lines.length === layout.lines;
  // A text in one piece can miss fillers at its end only.
  if (!whole && lines.length !== 1) return undefined;
  const width = whole ? layout.width : total;
  if (
    lines.some(({ text }) => text.length > width) ||
    (!whole && (lines[0] as Line).text.length < total - layout.width)
  ) {
    return undefined;
  }
  const origin = lines.flatMap((line) => [...line.origin, ...new Array(width - line.text.length).fill(line.end)]);
  const text = lines.map((line) => line.text.padEnd(width, "<")).join("");
  return { layout, text, origin, padded: total - lines.reduce((sum, line) => sum + line.text.length, 0) };
}

/** Ways to read the lines, better ones first: as they are, with a line complete, with all lines filled up. */
function* candidates(lines: readonly Line[], mayFill: boolean): Generator<Candidate[]> {
  const layouts = Object.values(MRZ_LAYOUTS);
  const text = lines.map((line) => line.text).join("");
  const origin = lines.flatMap((line) => line.origin);
  yield layouts
    .filter(({ lines: count, width }) => text.length === count * width)
    .map((layout) => ({ layout, text, origin, padded: 0 }));
  if (!mayFill) return;
  const filled = layouts.map((layout) => fill(lines, layout)).filter((found) => found !== undefined);
  const complete = ({ layout }: Candidate) => lines.some((line) => line.text.length === layout.width);
  yield filled.filter((found) => found.padded > 0 && complete(found));
  yield filled.filter((found) => found.padded > 0 && !complete(found));
}

/** Reads one candidate; the error of the strict reading when it is none. */
function attempt(found: Candidate, allowed: ReadonlySet<MrzToleranceCode>): MrzReading | MalformedError {
  let error: MalformedError | undefined;
  for (const tails of allowed.has("FILLER_AS_LETTER") ? [true, false] : [false]) {
    const { text, changes } = replaceLookalikes(found.layout, found.text, {
      digits: allowed.has("LETTER_AS_DIGIT"),
      letters: allowed.has("DIGIT_AS_LETTER"),
      fillers: allowed.has("FILLER_AS_LETTER"),
      tails,
    });
    try {
      const mrz = parseMrz(text);
      if (mrz.format !== found.layout.format) break;
      const of = (code: MrzToleranceCode, test: (to: string) => boolean) => {
        const details = changes.filter(({ to }) => test(to)).map(({ why }) => why);
        return details.length === 0 ? [] : [{ code, detail: details.join("; ") }];
      };
      const tolerated = [
        ...(found.padded === 0 ? [] : [{ code: "MISSING_FILLERS" as const, detail: `${found.padded} added` }]),
        ...of("FILLER_AS_LETTER", (to) => to === "<"),
        ...of("LETTER_AS_DIGIT", (to) => /[0-9]/.test(to)),
        ...of("DIGIT_AS_LETTER", (to) => /[A-Z]/.test(to)),
      ];
      return { mrz, text, tolerated };
    } catch (caught) {
      if (!(caught instanceof MalformedError)) throw caught;
      error ??= new MalformedError(caught.code, caught.detail, found.origin[caught.offset] ?? 0, caught.path);
    }
  }
  return error ?? new MalformedError("BAD_VALUE", `no ${found.layout.format}`, 0, "MRZ.documentCode");
}

/**
 * The MRZ in the lines of an OCR reader, which may depart from the standard by named tolerances. Whatever was tolerated,
 * the result is strict: all check digits are right. Characters that may well stand where they are are never replaced:
 * `repairMrz` looks for such.
 *
 * Spec: ICAO 9303-3 §4; the tolerances are from the field, see {@link MRZ_TOLERANCES}.
 *
 * @param text - The lines, or all in one piece; up to 1000 characters.
 * @param options.tolerate - Codes of {@link MRZ_TOLERANCES}; none when left out.
 * @throws {MalformedError} `BAD_LENGTH` or `BAD_VALUE`, `offset` being the index in `text`: the tolerances do not help, or
 *   allow two readings.
 * @throws {RangeError} for a code that does not exist.
 * @example
 * import { readMrzLines } from "cardwright/lds/ocr";
 * const seen = "V<UTOERIKSSON«ANNA<MARIA<<<<<<<<<<<\nL898902C<3UTO69O8061F9406236ZE184226";
 * const { mrz, tolerated } = readMrzLines(seen, { tolerate: ["LINE_BREAKS", "FILLER_LOOKALIKES", "LETTER_AS_DIGIT"] });
 * mrz.format; // => "MRV-B"
 * tolerated.map(({ code }) => code); // => ["LINE_BREAKS", "FILLER_LOOKALIKES", "LETTER_AS_DIGIT"]
 */
export function readMrzLines(
  text: string,
  options: { readonly tolerate?: readonly MrzToleranceCode[] } = {},
): MrzReading {
  const allowed = new Set(options.tolerate ?? []);
  for (const code of allowed) {
    if (!MRZ_TOLERANCES.some((row) => row.code === code)) {
      throw new RangeError(`readMrzLines: there is no tolerance ${JSON.stringify(code)}`);
    }
  }
  if (text.length > MOST) {
    throw new MalformedError("BAD_LENGTH", `${text.length} characters; an MRZ has 90 at most`, 0, "MRZ");
  }
  const variants = ["<<", "<"].map((double) => cleanLines(text, allowed, double));
  const { seen } = variants[0] as (typeof variants)[number];
  const tiers = variants
    .slice(0, seen.doubles === 0 ? 1 : 2)
    // Fillers are not added where a double lookalike counts once: the two are one guess too many.
    .map(({ lines }, i) => [...candidates(lines, i === 0 && allowed.has("MISSING_FILLERS"))]);
  let first: MalformedError | undefined;
  for (let tier = 0; tier < 3; tier++) {
    const readings = new Map<string, MrzReading>();
    for (const found of tiers.flatMap((of) => of[tier] ?? [])) {
      const reading = attempt(found, allowed);
      if (reading instanceof MalformedError) first ??= reading;
      else readings.set(reading.text, reading);
    }
    if (readings.size > 1) {
      throw new MalformedError("BAD_VALUE", `can be read as ${formatsOf(readings)}; give complete lines`, 0, "MRZ");
    }
    const [reading] = readings.values();
    if (reading !== undefined) return { ...reading, tolerated: [...cleaned(seen), ...reading.tolerated] };
  }
  if (first !== undefined) throw first;
  const length = variants[0]?.lines.reduce((sum, line) => sum + line.text.length, 0);
  const detail = `${length} characters; an MRZ has 90 (TD1), 72 (TD2, MRV-B) or 88 (TD3, MRV-A)`;
  throw new MalformedError("BAD_LENGTH", detail, 0, "MRZ");
}

const formatsOf = (readings: ReadonlyMap<string, MrzReading>) =>
  [...readings.values()].map(({ mrz }) => mrz.format).join(" and ");

function cleaned(seen: ReturnType<typeof cleanLines>["seen"]): MrzTolerated[] {
  const rows: [MrzToleranceCode, number, string][] = [
    ["LINE_BREAKS", seen.breaks + seen.spaces, `${seen.breaks} line breaks and ${seen.spaces} spaces`],
    ["LOWER_CASE", seen.small, `${seen.small} small letters`],
    ["FILLER_LOOKALIKES", seen.lookalikes + seen.doubles, `${seen.lookalikes} single and ${seen.doubles} double`],
  ];
  return rows.filter(([, count]) => count > 0).map(([code, , detail]) => ({ code, detail }));
}
