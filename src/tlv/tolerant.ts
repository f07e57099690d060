import { compareBytes, concatBytes, equalBytes, toHex } from "../bytes/bytes.js";
import { MalformedError } from "../errors.js";
import { encodeTlv, isConstructed, MAX_DEPTH } from "./ber.js";
import type { AnyCodec, FieldShape, Shape } from "./codec.js";
import { type DataFile, parseFile } from "./file.js";
import { type LooseNode, looseObject, looseObjects } from "./loose.js";
import { ALL_TOLERANCES, type ToleranceCode, type Tolerated } from "./tolerances.js";

/** A value that was read with tolerances. */
export interface TolerantResult<T> {
  readonly value: T;
  /** The bytes as received: hashes run over these. */
  readonly raw: Uint8Array;
  /** What was tolerated, in the order of the bytes; empty when the file is strict. */
  readonly tolerated: readonly Tolerated[];
}

/** What a rewriting run knows. */
interface Run {
  readonly buf: Uint8Array;
  readonly allowed: ReadonlySet<ToleranceCode>;
  readonly used: Tolerated[];
}

/** Records a tolerance, or gives up: then the strict error stands. */
function tolerate(run: Run, code: ToleranceCode, path: string, offset: number): void {
  if (!run.allowed.has(code)) throw new GiveUp();
  if (!run.used.some((use) => use.code === code && use.offset === offset)) run.used.push({ code, path, offset });
}

/** The input cannot be brought into strict form with what is allowed. */
class GiveUp extends Error {}

/** Notes how an object's own header departs from the strict form. */
function noteHeader(run: Run, node: LooseNode, path: string): void {
  if (node.indefinite) tolerate(run, "INDEFINITE_LENGTH", path, node.start);
  if (node.nonMinimal) tolerate(run, "NON_MINIMAL_LENGTH", path, node.start);
}

function objectsIn(run: Run, from: number, to: number, path: string): LooseNode[] {
  const found = looseObjects(run.buf, from, to);
  if (found === undefined) throw new GiveUp();
  for (const offset of found.padding) tolerate(run, "PADDING", path, offset);
  return found.nodes;
}

/** Strict bytes of an object without a declaration: only headers are put right, at all levels. */
function plain(run: Run, node: LooseNode, path: string, depth: number): Uint8Array {
  noteHeader(run, node, path);
  if (!isConstructed(node.tag)) return encodeTlv(node.tag, run.buf.subarray(node.valueStart, node.valueEnd));
  if (depth > MAX_DEPTH) throw new GiveUp();
  const parts = objectsIn(run, node.valueStart, node.valueEnd, path).map((child) => plain(run, child, path, depth + 1));
  return encodeTlv(node.tag, ...parts);
}

/** Strict content for a shape. */
function content(run: Run, shape: Shape, node: LooseNode, path: string): Uint8Array {
  const value = run.buf.subarray(node.valueStart, node.valueEnd);
  switch (shape.kind) {
    case "text":
      return textContent(run, shape, value, node, path);
    case "struct":
      return structContent(run, shape, node, path);
    case "list":
      return listContent(run, shape, node, path);
    default:
      return value;
  }
}

function textContent(
  run: Run,
  shape: Shape & { kind: "text" },
  value: Uint8Array,
  node: LooseNode,
  path: string,
): Uint8Array {
  const fixed = shape.charset === "digits" && shape.min === shape.max;
  if (!fixed || value.length * 2 !== shape.max) return value;
  const digits = toHex(value);
  if (!/^[0-9]+$/.test(digits)) return value;
  tolerate(run, "BCD_DATE", path, node.valueStart);
  return Uint8Array.from(digits, (digit) => digit.charCodeAt(0));
}

const join = (path: string, name: string) => (name.startsWith("[") ? path + name : `${path}.${name}`);

/** One field or alternative in strict form; undefined when it is empty and read as missing. */
function field(run: Run, shape: FieldShape, node: LooseNode, path: string): Uint8Array | undefined {
  const at = join(path, shape.name);
  noteHeader(run, node, at);
  const inner = shape.shape;
  if (shape.tag === -1) return inner.kind === "choice" ? alternative(run, inner, node, at) : plain(run, node, at, 0);
  const wanted = inner.kind === "text" && (inner.min > 0 || inner.sizes !== undefined);
  if (shape.optional && wanted && node.valueStart === node.valueEnd) {
    tolerate(run, "EMPTY_FIELD", at, node.start);
    return undefined;
  }
  return encodeTlv(node.tag, content(run, inner, node, at));
}

function alternative(run: Run, shape: Shape & { kind: "choice" }, node: LooseNode, path: string): Uint8Array {
  const match = shape.alternatives.find((candidate) => candidate.tag === node.tag);
  if (match === undefined) return plain(run, node, path, 0);
  return encodeTlv(node.tag, content(run, match.shape, node, join(path, match.name)));
}

/** Whether a field takes an object with this tag. */
function takes(shape: FieldShape, tag: number): boolean {
  if (shape.tag !== -1) return shape.tag === tag;
  return shape.shape.kind !== "choice" || shape.shape.alternatives.some((candidate) => candidate.tag === tag);
}

function structContent(run: Run, shape: Shape & { kind: "struct" }, node: LooseNode, path: string): Uint8Array {
  const all = objectsIn(run, node.valueStart, node.valueEnd, path);
  const list = shape.tagList === undefined ? undefined : all.find((child) => child.tag === shape.tagList);
  const waiting = all.filter((child) => child !== list);
  const parts: Uint8Array[] = [];
  const tags: number[] = [];
  let last = -1;
  for (const row of shape.fields) {
    const index = waiting.findIndex((child) => takes(row, child.tag));
    const [child] = index < 0 ? [] : waiting.splice(index, 1);
    if (child === undefined) continue;
    if (child.start < last) tolerate(run, "FIELD_ORDER", join(path, row.name), child.start);
    last = Math.max(last, child.start);
    const bytes = field(run, row, child, path);
    if (bytes === undefined) continue;
    parts.push(bytes);
    tags.push(child.tag);
  }
  for (const child of waiting) tolerate(run, "UNKNOWN_FIELD", path, child.start);
  if (shape.tagList === undefined) return concatBytes(...parts);
  const right = concatBytes(...tags.map(tagBytes));
  if (list === undefined) tolerate(run, "TAG_LIST", path, node.valueStart);
  else {
    noteHeader(run, list, path);
    if (!equalBytes(run.buf.subarray(list.valueStart, list.valueEnd), right)) {
      tolerate(run, "TAG_LIST", path, list.valueStart);
    }
  }
  return concatBytes(encodeTlv(shape.tagList, right), ...parts);
}

/** The bytes of a bare tag. */
const tagBytes = (tag: number): Uint8Array => {
  const object = encodeTlv(tag);
  return object.subarray(0, object.length - 1);
};

function listContent(run: Run, shape: Shape & { kind: "list" }, node: LooseNode, path: string): Uint8Array {
  const objects = objectsIn(run, node.valueStart, node.valueEnd, path);
  const parts = objects.map((child, i) => {
    noteHeader(run, child, path);
    if (child.tag === shape.countTag && i === 0) {
      return encodeTlv(child.tag, run.buf.subarray(child.valueStart, child.valueEnd));
    }
    const at = `${path}[${shape.countTag === undefined ? i : i - 1}]`;
    if (shape.tag === -1)
      return shape.item.kind === "choice" ? alternative(run, shape.item, child, at) : plain(run, child, at, 0);
    return encodeTlv(child.tag, content(run, shape.item, child, at));
  });
  if (shape.compare === undefined) return concatBytes(...parts);
  const sorted = [...parts].sort(compareBytes);
  const moved = parts.findIndex((part, i) => part !== sorted[i] && !equalBytes(part, sorted[i] as Uint8Array));
  if (moved >= 0) tolerate(run, "SET_ORDER", path, objects[moved]?.start ?? node.valueStart);
  return concatBytes(...sorted);
}

/** The whole file in strict form. */
function rewrite(
  file: { readonly name: string; readonly tag: number; readonly codec: AnyCodec },
  run: Run,
): Uint8Array {
  const { buf } = run;
  const node = looseObject(buf, 0, buf.length);
  if (node === undefined) throw new GiveUp();
  noteHeader(run, node, file.name);
  if (node.tag !== file.tag) tolerate(run, "WRONG_FILE_TAG", file.name, 0);
  if (node.next !== buf.length) tolerate(run, "TRAILING_BYTES", file.name, node.next);
  const { shape } = file.codec;
  if (shape.kind === "any") return encodeTlv(file.tag, wholeObject(run, node, file.name));
  return encodeTlv(file.tag, content(run, shape, node, file.name));
}

function wholeObject(run: Run, node: LooseNode, path: string): Uint8Array {
  return concatBytes(
    ...objectsIn(run, node.valueStart, node.valueEnd, path).map((child) => plain(run, child, path, 0)),
  );
}

/**
 * The value of a file that may depart from its declaration by named tolerances. The input is first read strictly; when that
 * fails it is brought into strict form as far as the tolerances allow, and read strictly again. So what a tolerance means is
 * in one place, and strict reading pays nothing for it.
 *
 * @param options.tolerate - Codes of {@link TOLERANCES}; all when left out.
 * @throws {MalformedError} of the strict reading, when the tolerances do not help.
 * @example
 * const { value, tolerated } = parseFileTolerantly(dg11, bytes, { tolerate: ["BCD_DATE"] });
 */
export function parseFileTolerantly<T>(
  file: DataFile<T>,
  bytes: Uint8Array,
  options: { readonly tolerate?: readonly ToleranceCode[] } = {},
): TolerantResult<T> {
  const { tolerate: codes = ALL_TOLERANCES } = options;
  try {
    return { value: parseFile(file, bytes), raw: bytes, tolerated: [] };
  } catch (strict) {
    if (!(strict instanceof MalformedError) || codes.length === 0) throw strict;
    const run: Run = { buf: bytes, allowed: new Set(codes), used: [] };
    try {
      const value = parseFile(file, rewrite(file, run));
      return { value, raw: bytes, tolerated: run.used.sort((a, b) => a.offset - b.offset) };
    } catch (error) {
      if (error instanceof GiveUp || error instanceof MalformedError) throw strict;
      throw error;
    }
  }
}
