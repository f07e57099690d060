import fc from "fast-check";
import { concatBytes, utf8 } from "../bytes/index.js";
import {
  type AnyCodec,
  type AnyDataFile,
  encodeTlv,
  type FieldShape,
  type RecordFieldShape,
  type Shape,
  type Value,
} from "../tlv/index.js";

/** Lists get at most this many entries more than they must have: long ones show nothing that short ones do not. */
const MORE_ITEMS = 3;

/** Octets get at most this many bytes more than they must have, but for the sizes of {@link LENGTH_STEPS}. */
const MORE_BYTES = 40;

/** Around these sizes the length field grows. */
const LENGTH_STEPS = [127, 128, 255, 256] as const;

/**
 * Values that a codec, a data file or a data object can hold, for property tests: made from its `shape`, so a new
 * declaration needs no generator of its own. Optional fields are left out at times, text reaches its limits in bytes
 * and has no lone surrogates, sorted lists are in DER order: for each value, `parse(encode(value))` equals `value`.
 *
 * @param declaration - E.g. `dg11`, `ldsSecurityObject`, or any codec.
 * @example
 * import fc from "fast-check";
 * import { dg12 } from "cardwright/lds";
 * import { arbitraryOf } from "cardwright/testing";
 * import { encodeFile, parseFile } from "cardwright/tlv";
 * fc.assert(
 *   fc.property(arbitraryOf(dg12), (value) => {
 *     parseFile(dg12, encodeFile(dg12, value));
 *   }),
 * );
 */
export function arbitraryOf<C extends AnyCodec | Pick<AnyDataFile, "codec">>(declaration: C): fc.Arbitrary<Value<C>> {
  const { shape } = "codec" in declaration ? declaration.codec : declaration;
  return arbitraryOfShape(shape) as fc.Arbitrary<Value<C>>;
}

/** Like {@link arbitraryOf}, for a shape alone. */
export function arbitraryOfShape(shape: Shape): fc.Arbitrary<unknown> {
  switch (shape.kind) {
    case "text":
      return shape.values !== undefined ? fc.constantFrom(...shape.values) : text(shape);
    case "octets":
      return octets(shape.min, shape.max, shape.unit);
    case "uint":
      return shape.values !== undefined
        ? fc.constantFrom(...shape.values)
        : fc.integer({ min: 0, max: 256 ** shape.size - 1 });
    case "integer":
      return fc.integer({ min: shape.min ?? 0, max: shape.max });
    case "integerBytes":
      return fc.uint8Array({ minLength: 1, maxLength: MORE_BYTES }).map(minimalInteger);
    case "oid":
      return oid();
    case "boolean":
      return fc.boolean();
    case "bitString":
      return octets(0, Number.MAX_SAFE_INTEGER);
    case "constant":
      return fc.constant(shape.bytes);
    case "tagList":
      return fc.array(tag(), { maxLength: 20 });
    case "namedBits":
      return fc
        .uniqueArray(fc.integer({ min: 0, max: shape.max }), { maxLength: 10 })
        .map((bits) => bits.sort((a, b) => a - b));
    case "any":
      return shape.from === undefined ? dataObject() : laterParts(shape.from);
    case "struct":
      return struct(shape.fields);
    case "record":
      return record(shape.fields);
    case "list":
      return list(shape);
    case "choice":
      return fc.oneof(
        ...shape.alternatives.map(({ name, shape: of }) => arbitraryOfShape(of).map((value) => ({ [name]: value }))),
      );
  }
}

const range = (from: number, to: number) =>
  fc.integer({ min: from, max: to }).map((code) => String.fromCodePoint(code));

/** Characters by what makes them worth trying; surrogates (D800 to DFFF) are no characters. */
const CHARACTERS: Readonly<Record<(Shape & { kind: "text" })["charset"], fc.Arbitrary<string>>> = {
  digits: range(0x30, 0x39),
  mrz: fc.constantFrom(..."ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<"),
  printable: fc.constantFrom(..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 '()+,-./:=?"),
  ascii: range(0, 0x7f),
  utf8: fc.oneof(
    { weight: 4, arbitrary: range(0x20, 0x7e) },
    { weight: 4, arbitrary: fc.constantFrom(..."آابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهیئءأؤ\u200c۰۱۲۳") },
    { weight: 1, arbitrary: range(0, 0x1f) },
    { weight: 1, arbitrary: range(0x80, 0x7ff) },
    { weight: 1, arbitrary: fc.oneof(range(0x800, 0xd7ff), range(0xe000, 0xffff)) },
    { weight: 1, arbitrary: fc.constantFrom("\ufeff", "\u202e", "\0") },
    { weight: 1, arbitrary: range(0x10000, 0x10ffff) },
  ),
};

function text(shape: Shape & { kind: "text" }): fc.Arbitrary<string> {
  const { min, max, sizes, characters: most = Number.MAX_SAFE_INTEGER } = shape;
  const character = CHARACTERS[shape.charset];
  const filler = shape.charset === "digits" ? "0" : "A";
  const fewest = shape.charset === "utf8" ? 0 : min;
  /** Characters as long as they fit `size` bytes; then fillers until there are `least` bytes. */
  const upTo = (size: number, least: number) =>
    fc.array(character, { minLength: fewest, maxLength: Math.min(size, most) }).map((characters) => {
      let value = "";
      let bytes = 0;
      let count = 0;
      for (const next of characters) {
        const more = utf8(next).length;
        if (bytes + more > size) break;
        value += next;
        bytes += more;
        count++;
      }
      return value + filler.repeat(Math.max(0, Math.min(least - bytes, most - count)));
    });
  if (sizes !== undefined) return fc.oneof(...sizes.map((size) => upTo(size, size)));
  const large = Math.min(max, Math.max(min, 300));
  return fc.oneof(
    { weight: 6, arbitrary: upTo(Math.min(max, min + MORE_BYTES), min) },
    { weight: 1, arbitrary: upTo(large, large) },
  );
}

function octets(min: number, max: number, unit = 1): fc.Arbitrary<Uint8Array> {
  const some = fc
    .uint8Array({ minLength: min, maxLength: Math.min(max, min + MORE_BYTES) })
    .map((bytes) => bytes.slice(0, bytes.length - (bytes.length % unit)));
  if (unit > 1) return some;
  const steps = LENGTH_STEPS.filter((size) => size >= min && size <= max);
  if (steps.length === 0) return some;
  const filled = fc
    .tuple(fc.constantFrom(...steps), fc.nat(255))
    .map(([size, byte]) => new Uint8Array(size).fill(byte));
  return fc.oneof({ weight: 5, arbitrary: some }, { weight: 1, arbitrary: filled });
}

/** Drops leading bytes that only repeat the sign. */
function minimalInteger(bytes: Uint8Array): Uint8Array {
  let from = 0;
  for (; from < bytes.length - 1; from++) {
    const sign = bytes[from];
    if (sign !== 0 && sign !== 0xff) break;
    if ((sign === 0xff) !== (bytes[from + 1] as number) >= 0x80) break;
  }
  return bytes.subarray(from);
}

function oid(): fc.Arbitrary<string> {
  const arc = fc.oneof(fc.nat(127), fc.nat(100_000), fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }));
  const start = fc.oneof(
    fc.tuple(fc.constantFrom(0, 1), fc.nat(39)),
    fc.tuple(fc.constant(2), fc.oneof(fc.nat(200), fc.constant(Number.MAX_SAFE_INTEGER - 80))),
  );
  return fc.tuple(start, fc.array(arc, { maxLength: 8 })).map(([head, tail]) => [...head, ...tail].join("."));
}

function tag(): fc.Arbitrary<number> {
  return fc.oneof(
    fc.constantFrom(0x5c, 0x60, 0x61, 0x75, 0x6b, 0x77, 0x5f0e, 0x5f36, 0x7f61, 0x7f49),
    fc.integer({ min: 0, max: 0xff }).filter((byte) => (byte & 0x1f) !== 0x1f),
    fc.integer({ min: 0x01, max: 0x7f }).map((number) => 0x7f00 + number),
    fc.integer({ min: 0x81, max: 0xff }).map((number) => 0xdf0001 + number * 256),
  );
}

function dataObject(): fc.Arbitrary<Uint8Array> {
  const content = octets(0, Number.MAX_SAFE_INTEGER);
  return fc.oneof(
    fc.constant(Uint8Array.of(0x05, 0x00)),
    fc.tuple(tag(), content).map(([outer, value]) => encodeTlv(outer, value)),
    fc.tuple(content, content).map(([a, b]) => encodeTlv(0x30, encodeTlv(0x04, a), encodeTlv(0x04, b))),
  );
}

/** Data objects with context-specific tags from `from` on, as a later edition of a format adds them. */
function laterParts(from: number): fc.Arbitrary<Uint8Array> {
  const part = fc
    .tuple(fc.integer({ min: from, max: 30 }), fc.constantFrom(0x80, 0xa0), fc.uint8Array({ maxLength: 20 }))
    .map(([number, kind, content]) => encodeTlv(kind + number, content));
  return fc.array(part, { minLength: 1, maxLength: MORE_ITEMS }).map((parts) => concatBytes(...parts));
}

// With a prototype, as a parser makes them; a missing field has no key.
function object(
  fields: Record<string, fc.Arbitrary<unknown>>,
  requiredKeys: readonly string[],
): fc.Arbitrary<Record<string, unknown>> {
  return fc.record(fields, { requiredKeys: [...requiredKeys], noNullPrototype: true });
}

function struct(fields: readonly FieldShape[]): fc.Arbitrary<unknown> {
  return object(
    Object.fromEntries(fields.map(({ name, shape }) => [name, arbitraryOfShape(shape)])),
    fields.filter(({ optional }) => !optional).map(({ name }) => name),
  );
}

function record(fields: readonly RecordFieldShape[]): fc.Arbitrary<unknown> {
  const own = fields.filter(({ role }) => role === "value" || role === "items");
  const arbitraries = own.map(({ name, role, shape, min = 0, max = MORE_ITEMS }) => {
    const one = arbitraryOfShape(shape);
    return [
      name,
      role === "items" && shape.kind === "record"
        ? fc.array(one, { minLength: min, maxLength: Math.min(max, min + MORE_ITEMS) })
        : one,
    ] as const;
  });
  return object(
    Object.fromEntries(arbitraries),
    own.map(({ name }) => name),
  );
}

function list({ item, min, max, compare }: Shape & { kind: "list" }): fc.Arbitrary<unknown> {
  const entries = fc.array(arbitraryOfShape(item), { minLength: min, maxLength: Math.min(max, min + MORE_ITEMS) });
  return compare === undefined ? entries : entries.map((values) => [...(values as never[])].sort(compare));
}
