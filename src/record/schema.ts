import * as z from "zod";
import { BINARY_KINDS, type BinaryName } from "./binary.js";
import type { DateInput } from "./dates.js";
import type { CitizenRecord, Finger } from "./record.js";

/** Longest text, in UTF-16 units. */
export const MAX_TEXT = { name: 100, text: 100, short: 20, series: 12, number: 40 } as const;

/** How many fingers a record has, when it has any; their positions; pixels of an image. */
export const BOUNDS = {
  fingers: { min: 2, max: 10 },
  position: { min: 1, max: 10 },
  pixels: { min: 1, max: 65_535 },
} as const;

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

const whole = ({ min, max }: { readonly min: number; readonly max: number }) => z.int().min(min).max(max);
const imageSize = () => z.strictObject({ width: whole(BOUNDS.pixels), height: whole(BOUNDS.pixels) });

function recordSchema<P extends z.ZodType>(binary: (kind: BinaryName) => P) {
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
    portrait: binary("portrait"),
    portraitSize: imageSize().optional(),
    fingers: z
      .array(
        z.strictObject({
          position: whole(BOUNDS.position),
          image: binary("finger").optional(),
          imageSize: imageSize().optional(),
          minutiae: binary("minutiae").optional(),
        }),
      )
      .min(BOUNDS.fingers.min)
      .max(BOUNDS.fingers.max)
      .optional(),
    signature: binary("signature").optional(),
    signatureSize: imageSize().optional(),
  });
}

/** @internal The shape of input in memory: images as bytes or base64. Rules across fields are in `across.ts`. */
export const citizenRecordShape = recordSchema(() =>
  z.custom<Uint8Array | string>((value) => value instanceof Uint8Array || typeof value === "string"),
);

/** A {@link Finger} as input states it. */
export interface FingerInput extends Omit<Finger, "image" | "minutiae"> {
  /** Bytes, or base64. */
  readonly image?: Uint8Array | string;
  /** Bytes, or base64. */
  readonly minutiae?: Uint8Array | string;
}

/** What {@link parseCitizenRecord} takes, when it is good; a file of records holds this as JSON. */
export interface CitizenRecordInput
  extends Omit<CitizenRecord, "dateOfBirth" | "dateOfIssue" | "dateOfExpiry" | "portrait" | "fingers" | "signature"> {
  readonly dateOfBirth: DateInput;
  readonly dateOfIssue: DateInput;
  readonly dateOfExpiry: DateInput;
  /** Bytes, or base64. */
  readonly portrait: Uint8Array | string;
  readonly fingers?: readonly FingerInput[];
  /** Bytes, or base64. */
  readonly signature?: Uint8Array | string;
}

/** The record's fields in their order. */
export const FIELD_ORDER: readonly string[] = Object.keys(citizenRecordShape.shape);

/** A JSON Schema document (draft 2020-12). */
export type JsonSchema = { readonly [keyword: string]: unknown };

/**
 * JSON Schema of the input of {@link parseCitizenRecord}, images and minutiae as base64.
 *
 * It states shapes and lengths; real dates, check digits and rules across fields are {@link checkCitizenRecord}'s.
 *
 * @returns A new object, ready for `JSON.stringify`.
 */
export function citizenRecordJsonSchema(): JsonSchema {
  const schema = recordSchema((kind) => z.base64().min(1).describe(`${BINARY_KINDS[kind].what}, base64`));
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: "input" });
  return { $schema, title: "Citizen record", ...rest };
}
