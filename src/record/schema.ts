import * as z from "zod";
import type { DateInput } from "./dates.js";
import type { CitizenRecord } from "./record.js";

/** Longest text, in UTF-16 units. */
export const MAX_TEXT = { name: 100, text: 100, short: 20, series: 12, number: 40 } as const;

const name = () => z.string().min(1).max(MAX_TEXT.name);
const text = () => z.string().min(1).max(MAX_TEXT.text);
const short = () => z.string().min(1).max(MAX_TEXT.short);
/** What a country's rule looks at; here only that it is some text. */
const number = () => z.string().min(1).max(MAX_TEXT.number);

// Number fields take ۰-۹ and ٠-٩ as well; they become ASCII.
const country = () => z.string().regex(/^[A-Z]{1,3}$/);
const dateText = () =>
  z.string().regex(/^[0-9\u06f0-\u06f9\u0660-\u0669]{4}(?:-[0-9\u06f0-\u06f9\u0660-\u0669]{2}){2}$/);
const date = () => z.union([dateText(), z.strictObject({ jalali: dateText() })]);

const address = () =>
  z.strictObject({
    province: text(),
    county: text(),
    city: text(),
    district: text().optional(),
    street: text().optional(),
    alley: text().optional(),
    plate: short().optional(),
    floor: short().optional(),
    unit: short().optional(),
    postalCode: number(),
  });

function recordSchema<P extends z.ZodType>(portrait: P) {
  return z.strictObject({
    documentNumber: z.string().regex(/^[A-Z0-9\u06f0-\u06f9\u0660-\u0669]{1,22}$/),
    issuingState: country(),
    nationality: country(),
    givenNames: name(),
    familyName: name(),
    latin: z.strictObject({ given: name(), family: name() }).optional(),
    fatherName: name().optional(),
    nationalNumber: number(),
    dateOfBirth: date(),
    placeOfBirth: text(),
    sex: z.enum(["male", "female", "unspecified"]),
    birthCertificate: z
      .strictObject({
        number: z.string().regex(/^[0-9\u06f0-\u06f9\u0660-\u0669]{1,10}$/),
        series: z.string().min(1).max(MAX_TEXT.series).optional(),
      })
      .optional(),
    householdId: z
      .string()
      .regex(/^[0-9\u06f0-\u06f9\u0660-\u0669]{1,20}$/)
      .optional(),
    address: address(),
    dateOfIssue: date(),
    dateOfExpiry: date(),
    issuingAuthority: text(),
    portrait,
  });
}

/** @internal The shape of input in memory: the portrait as bytes or base64. Rules across fields are in `check.ts`. */
export const citizenRecordShape = recordSchema(
  z.custom<Uint8Array | string>((value) => value instanceof Uint8Array || typeof value === "string"),
);

/** What {@link parseCitizenRecord} takes, when it is good; a file of records holds this as JSON. */
export interface CitizenRecordInput
  extends Omit<CitizenRecord, "dateOfBirth" | "dateOfIssue" | "dateOfExpiry" | "portrait"> {
  readonly dateOfBirth: DateInput;
  readonly dateOfIssue: DateInput;
  readonly dateOfExpiry: DateInput;
  /** Bytes, or base64. */
  readonly portrait: Uint8Array | string;
}

/** The record's fields in their order. */
export const FIELD_ORDER: readonly string[] = Object.keys(citizenRecordShape.shape);

/** A JSON Schema document (draft 2020-12). */
export type JsonSchema = { readonly [keyword: string]: unknown };

/**
 * JSON Schema of the input of {@link parseCitizenRecord}, the portrait as base64.
 *
 * It states shapes and lengths; real dates, check digits and rules across fields are {@link checkCitizenRecord}'s.
 *
 * @returns A new object, ready for `JSON.stringify`.
 */
export function citizenRecordJsonSchema(): JsonSchema {
  const schema = recordSchema(z.base64().min(1).describe("JPEG or JPEG 2000 file, base64"));
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: "input" });
  return { $schema, title: "Citizen record", ...rest };
}
