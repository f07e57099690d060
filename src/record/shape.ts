import type * as z from "zod";
import { describeFound } from "./describe.js";
import type { RecordProblem } from "./errors.js";
import { BOUNDS, citizenRecordShape } from "./schema.js";

/** Code and allowed values of the fields whose text has a form; by path. */
const FORMS: Readonly<Record<string, { readonly code: string; readonly allowed: string }>> = {
  documentNumber: { code: "DOCUMENT_NUMBER_FORM", allowed: "1 to 22 capital letters A-Z and digits" },
  issuingState: { code: "COUNTRY_CODE_FORM", allowed: "1 to 3 capital letters, an ICAO 9303-3 code without filler" },
  nationality: { code: "COUNTRY_CODE_FORM", allowed: "1 to 3 capital letters, an ICAO 9303-3 code without filler" },
  sex: { code: "SEX_FORM", allowed: '"male", "female" or "unspecified"' },
  "birthCertificate.number": { code: "DIGITS_FORM", allowed: "1 to 10 digits" },
  householdId: { code: "DIGITS_FORM", allowed: "1 to 20 digits" },
};

const DATE_FORM = { code: "DATE_FORM", allowed: 'Gregorian "YYYY-MM-DD" or { jalali: "YYYY-MM-DD" }' } as const;

const SIZE = "an object with width and height";
const PIXELS = `a whole number from ${BOUNDS.pixels.min} to ${BOUNDS.pixels.max}`;

/** What a field of the wrong type should be; all others are text. `*` stands for the number of an entry. */
const TYPES: Readonly<Record<string, string>> = {
  "": "an object",
  latin: "an object with given and family",
  birthCertificate: "an object with number and series",
  address: "an object",
  portrait: "bytes or base64 text of a JPEG or JPEG 2000 file",
  portraitSize: SIZE,
  "portraitSize.width": PIXELS,
  "portraitSize.height": PIXELS,
  fingers: `a list of ${BOUNDS.fingers.min} to ${BOUNDS.fingers.max} fingers`,
  "fingers.*": "an object with position and image, minutiae or both",
  "fingers.*.position": `a whole number from ${BOUNDS.position.min} (right thumb) to ${BOUNDS.position.max} (left little finger)`,
  "fingers.*.image": "bytes or base64 text of a WSQ file",
  "fingers.*.imageSize": SIZE,
  "fingers.*.imageSize.width": PIXELS,
  "fingers.*.imageSize.height": PIXELS,
  "fingers.*.minutiae": "bytes or base64 text of minutiae of compact size",
  signature: "bytes or base64 text of a JPEG or JPEG 2000 file",
  signatureSize: SIZE,
  "signatureSize.width": PIXELS,
  "signatureSize.height": PIXELS,
};

/** Fields of bytes: what stands in them is never shown. */
const BINARY: readonly string[] = ["portrait", "signature", "fingers.*.image", "fingers.*.minutiae"];

/** The path in the form of {@link TYPES}. */
const general = (path: string): string => path.replace(/\.\d+(?=\.|$)/g, ".*");

const IDENTIFIER = /^[A-Za-z][A-Za-z0-9]{0,39}$/;

function formOf(path: string): { readonly code: string; readonly allowed: string } | undefined {
  return path.startsWith("dateOf") ? DATE_FORM : FORMS[path];
}

/** The value at a dotted path, read as the schema reads it; `undefined` when there is none. */
export function valueAt(input: unknown, path: string): unknown {
  let value = input;
  for (const key of path === "" ? [] : path.split(".")) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  return value;
}

function unknownField(parent: string, key: string): RecordProblem {
  // A key may be anything at all: what does not look like a field name shows as it would in a value.
  const shown = IDENTIFIER.test(key) ? key : `[${describeFound(key)}]`;
  return {
    path: parent === "" ? shown : `${parent}.${shown}`,
    code: "FIELD_UNKNOWN",
    found: "a field that a record does not have",
    allowed: "no such field",
    message: "Remove the field, or look for a typing error in its name.",
  };
}

function shapeProblem(path: string, issue: z.core.$ZodIssue, value: unknown): RecordProblem {
  const form = formOf(path);
  const found = BINARY.includes(general(path)) && typeof value === "string" ? "text" : describeFound(value);
  const type = form?.allowed ?? TYPES[general(path)] ?? "text";
  const problem = (code: string, allowed: string, message: string) => ({ path, code, found, allowed, message });
  if (value === undefined && path !== "") {
    return problem("FIELD_MISSING", type, "The field is required.");
  }
  if (issue.code === "too_small" || issue.code === "too_big") {
    // By the value, for a length may belong to what is neither text nor list.
    if (Array.isArray(value)) return problem("FINGER_COUNT", type, "Give that many, or leave the list out.");
    if (typeof value === "number") return problem("NUMBER_RANGE", type, "The number lies outside its range.");
    if (typeof value === "string") {
      return issue.code === "too_small"
        ? problem("TEXT_EMPTY", "at least one character", "Leave the field out or fill it.")
        : problem("TEXT_TOO_LONG", `at most ${issue.maximum} characters`, "Shorten the text.");
    }
  }
  if (form !== undefined && (typeof value === "string" || form === DATE_FORM)) {
    return problem(form.code, form.allowed, "The field does not have its form.");
  }
  return problem("FIELD_TYPE", type, "The field has a wrong type.");
}

/** Every fault of shape: types, missing and unknown fields, lengths, forms. At most one of each code a path. */
export function shapeProblems(input: unknown): RecordProblem[] {
  const result = citizenRecordShape.safeParse(input);
  const problems = new Map<string, RecordProblem>();
  const add = (problem: RecordProblem) => problems.set(`${problem.path} ${problem.code}`, problem);
  for (const issue of result.error?.issues ?? []) {
    const path = issue.path.map(String).join(".");
    if (issue.code === "unrecognized_keys") for (const key of issue.keys) add(unknownField(path, key));
    else add(shapeProblem(path, issue, valueAt(input, path)));
  }
  return [...problems.values()];
}
