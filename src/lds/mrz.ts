import { EncodeError, MalformedError } from "../errors.js";
import { checkDigit } from "./check-digit.js";
import { faultOf, type Mrz, NINE, type Td1Mrz } from "./mrz-elements.js";
import {
  elementSpans,
  MRZ_LAYOUTS,
  type MrzElement,
  type MrzFormat,
  type MrzLayout,
  type MrzPlace,
  mrzFormat,
  spanOf,
} from "./mrz-layouts.js";

export type { Td1Mrz } from "./mrz-elements.js";
export { type MrzKeyMaterial, mrzInformation } from "./mrz-key.js";
export { namesOf } from "./mrz-names.js";

/** Elements as the table sees them. */
type Values = Partial<Record<MrzElement | "optionalDataCheckDigit", string>>;

/** A field or check digit in the order of the characters. */
interface Slot {
  readonly from: number;
  readonly to: number;
  readonly kind: "element" | "checkDigit" | "composite";
  readonly element: MrzElement;
}

function slotsOf(layout: MrzLayout): readonly Slot[] {
  const slots: Slot[] = elementSpans(layout).map((span) => ({ ...span, kind: "element" }));
  for (const [element, place] of Object.entries(layout.checkDigits) as [MrzElement, MrzPlace][]) {
    slots.push({ ...spanOf(layout, place), kind: "checkDigit", element });
  }
  if (layout.composite !== undefined) {
    slots.push({ ...spanOf(layout, layout.composite.at), kind: "composite", element: "documentNumber" });
  }
  return slots.sort((a, b) => a.from - b.from);
}

/** Made once, so that writing a card's MRZ costs little beside signing it. */
const SLOTS: Readonly<Record<MrzFormat, readonly Slot[]>> = {
  TD1: slotsOf(MRZ_LAYOUTS.TD1),
  TD2: slotsOf(MRZ_LAYOUTS.TD2),
  TD3: slotsOf(MRZ_LAYOUTS.TD3),
  "MRV-A": slotsOf(MRZ_LAYOUTS["MRV-A"]),
  "MRV-B": slotsOf(MRZ_LAYOUTS["MRV-B"]),
};

function write(layout: MrzLayout, values: Values): string {
  let text = "";
  for (const { from, to, kind, element } of SLOTS[layout.format]) {
    if (kind === "element") text += fieldOf(layout, values, element, to - from).padEnd(to - from, "<");
    else if (kind === "checkDigit") text += digitOf(layout, values, element);
    else text += compositeOf(layout, text); // all that it runs over stands before it
  }
  return text;
}

/** The characters of an element's field, without the fillers behind. */
function fieldOf(layout: MrzLayout, values: Values, element: MrzElement, width: number): string {
  const value = values[element];
  if (typeof value !== "string") throw new TypeError(`encodeMrz: ${element} is a string`);
  const fault = faultOf(layout, element, value);
  if (fault !== undefined) throw new EncodeError(fault.detail, element);
  if (element === "documentNumber") return value.slice(0, NINE);
  const number = values.documentNumber ?? "";
  const goesOn = element === layout.longNumber && number.length > NINE;
  const text = goesOn ? `${number.slice(NINE)}${checkDigit(number)}<${value}` : value;
  if (text.length > width) {
    const most = width - text.length + value.length;
    throw new EncodeError(`${value.length} characters; ${most} are the most`, element);
  }
  return text;
}

/** The character in the place of an element's check digit. */
function digitOf(layout: MrzLayout, values: Values, element: MrzElement): string {
  const value = values[element] as string;
  if (element === "documentNumber" && value.length > NINE) return "<"; // tells that the number goes on
  if (element !== layout.freeCheckDigit) return checkDigit(value);
  const given = values.optionalDataCheckDigit;
  if (given !== undefined && (value !== "" || given !== "0")) {
    throw new EncodeError('"0", and only when optionalData is empty', "optionalDataCheckDigit");
  }
  return value === "" ? (given ?? "<") : checkDigit(value);
}

function compositeOf(layout: MrzLayout, text: string): string {
  let over = "";
  for (const place of layout.composite?.over ?? []) {
    const { from, to } = spanOf(layout, place);
    over += text.slice(from, to);
  }
  return checkDigit(over);
}

const unpad = (text: string) => text.replace(/<+$/, "");

/** Throws a MalformedError for a data element of the MRZ. */
function refuse(field: string, detail: string, offset: number): never {
  throw new MalformedError("BAD_VALUE", detail, offset, field === "" ? "MRZ" : `MRZ.${field}`);
}

/** Note j: the rest of a long number and its check digit stand in the optional data, ended by a filler. */
function readLongNumber(layout: MrzLayout, text: string, values: Values): void {
  const optional = layout.longNumber as MrzElement;
  const { from, to } = spanOf(layout, layout.elements[optional] as MrzPlace);
  const at = spanOf(layout, layout.checkDigits.documentNumber as MrzPlace).from;
  const end = text.indexOf("<", from);
  if (end < from + 2 || end >= to) refuse("documentNumber", "the check digit is missing", at);
  const principal = spanOf(layout, layout.elements.documentNumber as MrzPlace);
  values.documentNumber = text.slice(principal.from, principal.to) + text.slice(from, end - 1);
  values[optional] = unpad(text.slice(end + 1, to));
  const right = checkDigit(values.documentNumber);
  if (text[end - 1] !== right) {
    refuse("documentNumber", `check digit ${right} expected, ${text[end - 1]} found`, end - 1);
  }
}

function read(layout: MrzLayout, text: string): Values {
  const wrong = text.search(/[^A-Z0-9<]/);
  if (wrong >= 0) refuse("", "only A-Z, 0-9 and < are allowed", wrong);
  const values: Values = {};
  for (const { from, to, kind, element } of SLOTS[layout.format]) {
    if (kind !== "element") continue;
    const field = text.slice(from, to);
    const fixed = element === "names" || element === "sex" || element === "dateOfBirth" || element === "dateOfExpiry";
    const value = fixed ? field : unpad(field);
    const fault = faultOf(layout, element, value);
    if (fault !== undefined) refuse(element, fault.detail, from + fault.at);
    values[element] = value;
  }
  for (const { from: at, kind, element } of SLOTS[layout.format]) {
    if (kind !== "checkDigit") continue;
    const found = text[at] as string;
    const { from, to } = spanOf(layout, layout.elements[element] as MrzPlace);
    if (element === "documentNumber" && found === "<" && layout.longNumber !== undefined) {
      readLongNumber(layout, text, values);
      continue;
    }
    if (element === layout.freeCheckDigit && values[element] === "" && (found === "<" || found === "0")) {
      if (found === "0") values.optionalDataCheckDigit = "0";
      continue;
    }
    const right = checkDigit(text.slice(from, to));
    if (found !== right) refuse(element, `check digit ${right} expected, ${found} found`, at);
  }
  if (layout.composite !== undefined) {
    const at = spanOf(layout, layout.composite.at).from;
    const right = compositeOf(layout, text);
    if (text[at] !== right) refuse("compositeCheckDigit", `${right} expected, ${text[at]} found`, at);
  }
  return values;
}

/**
 * The data elements of an MRZ; the format follows from length and first letter. Strict: encoding them again gives the same
 * characters. For the lines of an OCR reader see `readMrzLines`.
 *
 * Spec: ICAO 9303-3 §4, 9303-4 §4.2, 9303-5 §4.2, 9303-6 §4.2, 9303-7 §4.2 and §7.2.
 *
 * @param text - 90, 72 or 88 characters: all lines, no breaks.
 * @throws {MalformedError} `BAD_LENGTH`, or `BAD_VALUE` with the data element as path and the character as offset: a
 *   wrong check digit, a character outside the alphabet, no possible date, a field out of form.
 * @example
 * import { parseMrz } from "cardwright/lds";
 * const line1 = "PPUTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<";
 * const mrz = parseMrz(`${line1}L898902C36UTO7408122F3404159ZE184226B<<<<<16`);
 * mrz.documentNumber; // => "L898902C3"
 */
export function parseMrz(text: string): Mrz {
  const format = mrzFormat(text);
  if (format === undefined) {
    const detail = `${text.length} characters; an MRZ has 90 (TD1), 72 (TD2, MRV-B) or 88 (TD3, MRV-A)`;
    throw new MalformedError("BAD_LENGTH", detail, 0, "MRZ");
  }
  return { format, ...read(MRZ_LAYOUTS[format], text) } as Mrz;
}

/**
 * The characters of an MRZ, line after line without breaks, check digits included.
 *
 * Spec: ICAO 9303-4 to -7, §4.2.2; check digits: 9303-3 §4.9.
 *
 * @throws {EncodeError} `VALUE_NOT_ENCODABLE` with the data element as path. Names are not cut here: `buildNameField` does.
 * @throws {TypeError} for a format that does not exist, and an element that is missing.
 */
export function encodeMrz(mrz: Mrz): string {
  const layout: MrzLayout | undefined = MRZ_LAYOUTS[mrz.format as MrzFormat];
  if (layout === undefined) throw new TypeError("encodeMrz: format is TD1, TD2, TD3, MRV-A or MRV-B");
  return write(layout, mrz as Values);
}

/**
 * The 90 characters of a TD1 MRZ: {@link encodeMrz} for that format.
 *
 * @throws {EncodeError} `VALUE_NOT_ENCODABLE` with the data element as path.
 */
export function encodeTd1(mrz: Td1Mrz): string {
  return write(MRZ_LAYOUTS.TD1, mrz as unknown as Values);
}

/**
 * The data elements of a TD1 MRZ: {@link parseMrz} for that format.
 *
 * @param mrz - 90 characters, no line breaks.
 * @throws {MalformedError} `BAD_LENGTH` or `BAD_VALUE`.
 */
export function parseTd1(mrz: string): Td1Mrz {
  if (mrz.length !== 90) {
    throw new MalformedError("BAD_LENGTH", `${mrz.length} characters; a TD1 MRZ has 90`, 0, "MRZ");
  }
  return read(MRZ_LAYOUTS.TD1, mrz) as unknown as Td1Mrz;
}
