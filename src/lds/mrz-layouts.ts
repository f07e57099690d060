/** The five machine-readable zones of ICAO Doc 9303. */
export type MrzFormat = "TD1" | "TD2" | "TD3" | "MRV-A" | "MRV-B";

/** A data element of an MRZ; check digits are no elements of their own. */
export type MrzElement =
  | "documentCode"
  | "issuingState"
  | "documentNumber"
  | "nationality"
  | "dateOfBirth"
  | "sex"
  | "dateOfExpiry"
  | "optionalData"
  | "optionalData1"
  | "optionalData2"
  | "names";

/** Line, first and last character position, counted from 1 as in the tables of the standard. */
export type MrzPlace = readonly [line: number, first: number, last: number];

/** One format: where everything stands, in the words and positions of the standard. */
export interface MrzLayout {
  readonly format: MrzFormat;
  /** Part and section of Doc 9303 with the table. */
  readonly spec: string;
  readonly lines: number;
  /** Characters of a line. */
  readonly width: number;
  /** Document codes without filler. */
  readonly documentCode: { readonly form: RegExp; readonly what: string };
  readonly elements: { readonly [E in MrzElement]?: MrzPlace };
  /** Check digit of an element. */
  readonly checkDigits: { readonly [E in MrzElement]?: MrzPlace };
  /** The composite check digit and what it runs over; visas have none. */
  readonly composite?: { readonly at: MrzPlace; readonly over: readonly MrzPlace[] };
  /** Element that takes the rest of a document number of more than nine characters; none, and nine are the most. */
  readonly longNumber?: MrzElement;
  /** Element whose check digit may be the filler or 0 when it is empty. */
  readonly freeCheckDigit?: MrzElement;
}

/** 9303-5 §4.2.2.3, note k; a numeral may stand in the second position (note b). */
const TD1_CODE = {
  form: /^(A[A-HJ-UW-Z0-9]?|[CI][A-UW-Z0-9]?)$/,
  what: "A, C or I, and a second character that is not V, and not I after A",
};
/** 9303-6 §4.2.2.2, note k. */
const TD2_CODE = {
  form: /^(A[ABD-UW-Z0-9]?|[CI][A-UW-Z0-9]?)$/,
  what: "A, C or I, and a second character that is not V, and not C after A",
};
/** 9303-4 §4.4 lists the second letters; documents without one, or with one of an issuer's own, are valid until 2038. */
const TD3_CODE = { form: /^P[A-Z]?$/, what: "P and a letter" };
/** 9303-7 §4.2.2.1. */
const VISA_CODE = { form: /^V[A-Z0-9]?$/, what: "V and a letter or numeral" };

/** What the lower line of all two-line formats has in common. */
const LOWER_LINE = {
  documentNumber: [2, 1, 9],
  nationality: [2, 11, 13],
  dateOfBirth: [2, 14, 19],
  sex: [2, 21, 21],
  dateOfExpiry: [2, 22, 27],
} as const;
const LOWER_CHECK_DIGITS = {
  documentNumber: [2, 10, 10],
  dateOfBirth: [2, 20, 20],
  dateOfExpiry: [2, 28, 28],
} as const;

const upperLine = (width: number) =>
  ({ documentCode: [1, 1, 2], issuingState: [1, 3, 5], names: [1, 6, width] }) as const;

/** The table of layouts from which reading, writing, tidying and repairing follow. */
export const MRZ_LAYOUTS: Readonly<Record<MrzFormat, MrzLayout>> = {
  TD1: {
    format: "TD1",
    spec: "ICAO 9303-5 §4.2.2",
    lines: 3,
    width: 30,
    documentCode: TD1_CODE,
    elements: {
      documentCode: [1, 1, 2],
      issuingState: [1, 3, 5],
      documentNumber: [1, 6, 14],
      optionalData1: [1, 16, 30],
      dateOfBirth: [2, 1, 6],
      sex: [2, 8, 8],
      dateOfExpiry: [2, 9, 14],
      nationality: [2, 16, 18],
      optionalData2: [2, 19, 29],
      names: [3, 1, 30],
    },
    checkDigits: { documentNumber: [1, 15, 15], dateOfBirth: [2, 7, 7], dateOfExpiry: [2, 15, 15] },
    composite: {
      at: [2, 30, 30],
      over: [
        [1, 6, 30],
        [2, 1, 7],
        [2, 9, 15],
        [2, 19, 29],
      ],
    },
    longNumber: "optionalData1",
  },
  TD2: {
    format: "TD2",
    spec: "ICAO 9303-6 §4.2.2",
    lines: 2,
    width: 36,
    documentCode: TD2_CODE,
    elements: { ...upperLine(36), ...LOWER_LINE, optionalData: [2, 29, 35] },
    checkDigits: LOWER_CHECK_DIGITS,
    composite: {
      at: [2, 36, 36],
      over: [
        [2, 1, 10],
        [2, 14, 20],
        [2, 22, 35],
      ],
    },
    longNumber: "optionalData",
  },
  TD3: {
    format: "TD3",
    spec: "ICAO 9303-4 §4.2.2",
    lines: 2,
    width: 44,
    documentCode: TD3_CODE,
    elements: { ...upperLine(44), ...LOWER_LINE, optionalData: [2, 29, 42] },
    checkDigits: { ...LOWER_CHECK_DIGITS, optionalData: [2, 43, 43] },
    composite: {
      at: [2, 44, 44],
      over: [
        [2, 1, 10],
        [2, 14, 20],
        [2, 22, 43],
      ],
    },
    freeCheckDigit: "optionalData",
  },
  "MRV-A": {
    format: "MRV-A",
    spec: "ICAO 9303-7 §4.2.2",
    lines: 2,
    width: 44,
    documentCode: VISA_CODE,
    elements: { ...upperLine(44), ...LOWER_LINE, optionalData: [2, 29, 44] },
    checkDigits: LOWER_CHECK_DIGITS,
  },
  "MRV-B": {
    format: "MRV-B",
    spec: "ICAO 9303-7 §7.2.2",
    lines: 2,
    width: 36,
    documentCode: VISA_CODE,
    elements: { ...upperLine(36), ...LOWER_LINE, optionalData: [2, 29, 36] },
    checkDigits: LOWER_CHECK_DIGITS,
  },
};

/** Where a place begins and ends in the lines put together; `to` is behind the last character. */
export interface MrzSpan {
  readonly from: number;
  readonly to: number;
}

/** The span of a place. */
export function spanOf({ width }: MrzLayout, [line, first, last]: MrzPlace): MrzSpan {
  return { from: (line - 1) * width + first - 1, to: (line - 1) * width + last };
}

/** The elements of a layout with their spans, in the order of the table. */
export function elementSpans(layout: MrzLayout): (MrzSpan & { readonly element: MrzElement })[] {
  return Object.entries(layout.elements).map(([element, place]) => ({
    element: element as MrzElement,
    ...spanOf(layout, place),
  }));
}

/** An index in the lines put together as people count: `line 2, position 10`. */
export function placeName({ width }: MrzLayout, index: number): string {
  return `line ${Math.floor(index / width) + 1}, position ${(index % width) + 1}`;
}

/**
 * The format that lines put together have by their length and first letter: 90 characters are TD1, 72 TD2 or MRV-B,
 * 88 TD3 or MRV-A, where a visa begins with V. Undefined for other lengths.
 *
 * Spec: ICAO 9303-4 to -7.
 */
export function mrzFormat(text: string): MrzFormat | undefined {
  if (text.length === 90) return "TD1";
  const visa = text.startsWith("V");
  if (text.length === 72) return visa ? "MRV-B" : "TD2";
  if (text.length === 88) return visa ? "MRV-A" : "TD3";
  return undefined;
}

/**
 * Characters of the name field: 30 in TD1, 31 in TD2 and MRV-B, 39 in TD3 and MRV-A. The width for `buildNameField`.
 *
 * Spec: ICAO 9303-4 to -7, §4.2.2 (MRV-B: §7.2.2).
 */
export function nameFieldWidth(format: MrzFormat): number {
  const [, first, last] = MRZ_LAYOUTS[format].elements.names as MrzPlace;
  return last - first + 1;
}
