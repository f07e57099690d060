import { crossProblems, type Draft } from "./across.js";
import type { RecordProblem } from "./errors.js";
import { RecordError } from "./errors.js";
import { type FieldReader, fieldReader } from "./fields.js";
import type { BirthCertificate, CitizenRecord, Finger, ImageSize, LatinName, PostalAddress, Sex } from "./record.js";
import type { RecordRules } from "./rule.js";
import { iranianRules } from "./rules.js";
import { BOUNDS, FIELD_ORDER, MAX_TEXT } from "./schema.js";
import { shapeProblems, valueAt } from "./shape.js";

/** Options of {@link parseCitizenRecord} and {@link checkCitizenRecord}. */
export interface RecordOptions {
  /** What the country decides; {@link iranianRules} when left out. */
  readonly rules?: RecordRules;
}

/** What is wrong with a record, and what was changed or looks odd; both in the order of the record's fields. */
export interface RecordFindings {
  readonly problems: readonly RecordProblem[];
  readonly warnings: readonly RecordProblem[];
}

/** A good record, and what was changed in it or looks odd. */
export interface ParsedRecord {
  readonly record: CitizenRecord;
  readonly warnings: readonly RecordProblem[];
}

/** Drops absent fields, so that an optional one is missing rather than `undefined`. */
function present<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

function readAddress(read: FieldReader, rules: RecordRules): Draft<Required<PostalAddress>> {
  return present({
    province: read.freeText("address.province"),
    county: read.freeText("address.county"),
    city: read.freeText("address.city"),
    district: read.freeText("address.district"),
    street: read.freeText("address.street"),
    alley: read.freeText("address.alley"),
    plate: read.shortText("address.plate"),
    floor: read.shortText("address.floor"),
    unit: read.shortText("address.unit"),
    postalCode: read.ruled("address.postalCode", rules.postalCode),
  });
}

function readSize(input: unknown, path: string): ImageSize | undefined {
  const [width, height] = [valueAt(input, `${path}.width`), valueAt(input, `${path}.height`)];
  return typeof width === "number" && typeof height === "number" ? { width, height } : undefined;
}

function readFingers(input: unknown, read: FieldReader): readonly Finger[] | undefined {
  const fingers = valueAt(input, "fingers");
  if (!Array.isArray(fingers)) return undefined;
  // The schema has refused a longer list; its first entries are read for what else is wrong.
  return fingers.slice(0, BOUNDS.fingers.max).map((_, i) =>
    present({
      position: valueAt(input, `fingers.${i}.position`) as number,
      image: read.binary(`fingers.${i}.image`, "finger"),
      imageSize: readSize(input, `fingers.${i}.imageSize`),
      minutiae: read.binary(`fingers.${i}.minutiae`, "minutiae"),
    }),
  ) as readonly Finger[];
}

function readFields(input: unknown, read: FieldReader, rules: RecordRules): Draft<Required<CitizenRecord>> {
  const group = <T>(path: string, make: () => T): T | undefined =>
    valueAt(input, path) === undefined ? undefined : present(make() as T & object);
  return present({
    documentNumber: read.digits("documentNumber"),
    issuingState: read.digits("issuingState"),
    nationality: read.digits("nationality"),
    givenNames: read.nationalName("givenNames"),
    familyName: read.nationalName("familyName"),
    latin: group("latin", () => ({ given: read.latinName("latin.given"), family: read.latinName("latin.family") })) as
      | LatinName
      | undefined,
    fatherName: read.nationalName("fatherName"),
    nationalNumber: read.ruled("nationalNumber", rules.nationalNumber),
    dateOfBirth: read.date("dateOfBirth"),
    placeOfBirth: read.freeText("placeOfBirth"),
    sex: valueAt(input, "sex") as Sex | undefined,
    birthCertificate: group("birthCertificate", () => ({
      number: read.digits("birthCertificate.number"),
      series: read.shortText("birthCertificate.series", MAX_TEXT.series),
    })) as BirthCertificate | undefined,
    householdId: read.digits("householdId"),
    address: group("address", () => readAddress(read, rules)) as PostalAddress | undefined,
    dateOfIssue: read.date("dateOfIssue"),
    dateOfExpiry: read.date("dateOfExpiry"),
    issuingAuthority: read.freeText("issuingAuthority"),
    portrait: read.binary("portrait", "portrait"),
    portraitSize: readSize(input, "portraitSize"),
    fingers: readFingers(input, read),
    signature: read.binary("signature", "signature"),
    signatureSize: readSize(input, "signatureSize"),
  });
}

function inFieldOrder(problems: readonly RecordProblem[]): RecordProblem[] {
  const rank = ({ path }: RecordProblem) => {
    const at = FIELD_ORDER.indexOf(path.split(".", 1)[0] as string);
    return at < 0 ? FIELD_ORDER.length : at;
  };
  return problems.toSorted((a, b) => rank(a) - rank(b));
}

function examine(input: unknown, rules: RecordRules) {
  const problems = shapeProblems(input);
  const warnings: RecordProblem[] = [];
  const fields = readFields(input, fieldReader(input, rules, problems, warnings), rules);
  problems.push(...crossProblems(input, fields));
  return { fields, problems: inFieldOrder(problems), warnings: inFieldOrder(warnings) };
}

/**
 * Checks a record and lists everything that is wrong with it, and everything that would be changed.
 *
 * @param input - Anything: mostly `JSON.parse` of a record, with images as base64 or completed with their bytes.
 * @returns All faults at once: missing, unknown and malformed fields together with the rules, which run on every
 *   field that is well-formed by itself. No problems means that {@link parseCitizenRecord} gives the record.
 * @example
 * const { problems } = checkCitizenRecord({ documentNumber: "c1" });
 * problems[0]; // { path: "documentNumber", code: "DOCUMENT_NUMBER_FORM", found: '"c1"', … }
 */
export function checkCitizenRecord(input: unknown, options: RecordOptions = {}): RecordFindings {
  const { problems, warnings } = examine(input, options.rules ?? iranianRules);
  return { problems, warnings };
}

/**
 * Makes a citizen's record from input: checks it, makes its text uniform, and gives its dates in the Gregorian calendar.
 *
 * @param input - As for {@link checkCitizenRecord}. It is not kept: bytes are copied.
 * @returns The record, and a warning for each value that was changed (`TEXT_NORMALIZED`, with what was found and what
 *   is used) or looks odd (`POSTAL_CODE_UNUSUAL`). Parsing the record again changes nothing.
 * @throws {RecordError} `RECORD_INVALID` - with all problems of the record.
 * @example
 * const { record, warnings } = parseCitizenRecord({ ...JSON.parse(text), portrait: jpegBytes });
 */
export function parseCitizenRecord(input: unknown, options: RecordOptions = {}): ParsedRecord {
  const { fields, problems, warnings } = examine(input, options.rules ?? iranianRules);
  if (problems.length > 0) throw new RecordError(problems);
  // Without problems every required field was read.
  return { record: fields as CitizenRecord, warnings };
}
