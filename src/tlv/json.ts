import { fromHex, toHex } from "../bytes/bytes.js";
import { EncodeError } from "../errors.js";
import { formatTag } from "./ber.js";
import type { FieldShape, RecordFieldShape, Shape } from "./codec.js";
import type { AnyDataFile, DataFile } from "./file.js";

/** A JSON value. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

const isBytes = (shape: Shape): boolean =>
  shape.kind === "octets" ||
  shape.kind === "any" ||
  shape.kind === "integerBytes" ||
  shape.kind === "bitString" ||
  shape.kind === "constant";

function toJson(value: unknown, shape: Shape): JsonValue {
  if (value instanceof Uint8Array) return toHex(value);
  switch (shape.kind) {
    case "tagList":
      return (value as readonly number[]).map(formatTag);
    case "list":
      return (value as readonly unknown[]).map((item) => toJson(item, shape.item));
    case "struct":
      return object(value, shape.fields);
    case "choice":
      return object(value, shape.alternatives);
    case "record":
      return object(value, shape.fields);
    default:
      return value as JsonValue;
  }
}

function object(value: unknown, fields: readonly (FieldShape | RecordFieldShape)[]): JsonValue {
  const bag = value as Readonly<Record<string, unknown>>;
  const out: Record<string, JsonValue> = {};
  for (const field of fields) {
    const part = bag[field.name];
    if (part === undefined) continue;
    const many = "role" in field && field.role === "items" && field.shape.kind === "record";
    out[field.name] = many
      ? (part as readonly unknown[]).map((item) => toJson(item, field.shape))
      : toJson(part, field.shape);
  }
  return out;
}

/** Throws for JSON that is not of the shape's form. */
function expect(condition: boolean, what: string): void {
  if (!condition) throw new EncodeError(`${what} expected`);
}

function within<T>(name: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw error instanceof EncodeError ? error.within(name) : error;
  }
}

function items(json: JsonValue, shape: Shape): unknown[] {
  expect(Array.isArray(json), "a list");
  return (json as readonly JsonValue[]).map((item, i) => within(`[${i}]`, () => fromJson(item, shape)));
}

function fromJson(json: JsonValue, shape: Shape): unknown {
  if (isBytes(shape)) {
    expect(typeof json === "string" && /^([0-9a-fA-F]{2})*$/.test(json), "hex");
    return fromHex(json as string);
  }
  switch (shape.kind) {
    case "tagList":
      expect(
        Array.isArray(json) && json.every((tag) => typeof tag === "string" && /^[0-9A-F]+$/.test(tag)),
        "tags in hex",
      );
      return (json as readonly string[]).map((tag) => Number.parseInt(tag, 16));
    case "list":
      return items(json, shape.item);
    case "struct":
      return fields(json, shape.fields);
    case "choice":
      return fields(json, shape.alternatives);
    case "record":
      return fields(json, shape.fields);
    default:
      return json;
  }
}

function fields(json: JsonValue, known: readonly (FieldShape | RecordFieldShape)[]): unknown {
  expect(typeof json === "object" && json !== null && !Array.isArray(json), "an object");
  const bag = json as Readonly<Record<string, JsonValue>>;
  const out: Record<string, unknown> = {};
  for (const [name, part] of Object.entries(bag)) {
    const field = known.find((candidate) => candidate.name === name);
    if (field === undefined || ("role" in field && field.role !== "value" && field.role !== "items")) {
      throw new EncodeError("there is no such field", name);
    }
    const many = "role" in field && field.role === "items" && field.shape.kind === "record";
    out[name] = within(name, () => (many ? items(part, field.shape) : fromJson(part, field.shape)));
  }
  return out;
}

/** The value of a file as JSON: bytes in hex, tags in hex, everything else as it is. */
export function fileToJson<T>(file: DataFile<T>, value: T): JsonValue {
  return toJson(value, file.codec.shape);
}

/**
 * The value of a file out of its JSON form, ready for `encodeFile`, which checks the rest.
 *
 * @throws {EncodeError} `VALUE_NOT_ENCODABLE` with the path where the JSON has not the file's form.
 */
export function fileFromJson<T>(file: DataFile<T>, json: JsonValue): T {
  return within(file.name, () => fromJson(json, (file as AnyDataFile).codec.shape)) as T;
}
