import { toHex } from "../bytes/bytes.js";
import { MalformedError } from "../errors.js";
import { type Cursor, cursorOver, formatTag, isConstructed, MAX_DEPTH, peekTag, readLength, tagSize } from "./ber.js";
import type { FieldShape, RecordFieldShape, Shape } from "./codec.js";
import { type AnyDataFile, parseFile } from "./file.js";

/** Control characters and everything that could steer a terminal or reorder a line; ZWNJ belongs to Persian spelling. */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Cf}/gu;
const TEXT = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function showText(bytes: Uint8Array): string | undefined {
  try {
    const text = JSON.stringify(TEXT.decode(bytes));
    return text.replace(UNSAFE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
  } catch {
    return undefined;
  }
}

/** Named groups of bits, most significant first. */
function showBits(bytes: Uint8Array, fields: readonly RecordFieldShape[]): string {
  let left = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  const shown: string[] = [];
  for (const { name, bits = 0 } of fields.toReversed()) {
    shown.unshift(`${name} ${left % 2 ** bits}`);
    left = Math.floor(left / 2 ** bits);
  }
  return `${toHex(bytes)} (${shown.join(", ")})`;
}

const isBits = (shape: Shape): shape is Shape & { kind: "record" } =>
  shape.kind === "record" && shape.fields[0]?.bits !== undefined;

function showValue(bytes: Uint8Array, shape: Shape | undefined): string {
  if (shape !== undefined && isBits(shape)) return showBits(bytes, shape.fields);
  const text = shape?.kind === "text" ? showText(bytes) : undefined;
  if (text !== undefined) return text;
  if (shape?.kind === "uint" && bytes.length <= 6) return String(bytes.reduce((sum, byte) => sum * 256 + byte, 0));
  const hex = toHex(bytes.subarray(0, 24));
  return bytes.length > 24 ? `${hex}… (${bytes.length} bytes)` : hex;
}

function fieldsOf(shape: Shape | undefined): readonly FieldShape[] {
  if (shape?.kind === "struct") return shape.fields;
  if (shape?.kind === "choice") return shape.alternatives;
  if (shape?.kind === "list") return [{ name: "", tag: shape.tag, optional: false, shape: shape.item }];
  return [];
}

/** A line of the dump and the byte it stands for. */
interface Line {
  readonly offset: number;
  readonly text: string;
}

const line = (offset: number, depth: number, text: string): Line => ({
  offset,
  text: `${offset.toString().padStart(6)}  ${"  ".repeat(depth)}${text}`,
});

class Dump {
  readonly lines: Line[] = [];
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Data objects up to the end of the window. */
  objects(c: Cursor, known: readonly FieldShape[], depth: number): void {
    while (c.at < c.end) {
      const start = c.at;
      const tag = peekTag(c);
      if (depth === MAX_DEPTH) throw new MalformedError("NESTED_TOO_DEEP", `more than ${MAX_DEPTH} levels`, start);
      c.at += tagSize(tag);
      const length = readLength(c);
      const field = known.find((candidate) => candidate.tag === tag);
      const label = field === undefined || field.name === "" ? "" : ` ${field.name}`;
      const head = `${formatTag(tag)} [${length}]${label}`;
      const outer = c.end;
      c.end = c.at + length;
      if (isConstructed(tag)) {
        this.lines.push(line(start, depth, head));
        this.objects(c, fieldsOf(field?.shape), depth + 1);
      } else if (field?.shape.kind === "record") {
        this.lines.push(line(start, depth, head));
        this.record(c.at, c.end, field.shape.fields, depth + 1);
      } else {
        this.lines.push(line(start, depth, `${head}  ${showValue(this.#bytes.subarray(c.at, c.end), field?.shape)}`));
      }
      c.at = c.end;
      c.end = outer;
    }
  }

  /** Fields without tags; what is too short for them is shown as far as it goes. Returns where the record ends. */
  record(from: number, to: number, fields: readonly RecordFieldShape[], depth: number): number {
    const counts = new Map<string, number>();
    let at = from;
    let end = to;
    for (const { name, role, size, shape, of } of fields) {
      if (role === "items" && isBits(shape)) {
        const unit = shape.fields.reduce((sum, { bits = 0 }) => sum + bits, 0) / 8;
        for (let i = 0; i < (counts.get(name) ?? Number.POSITIVE_INFINITY) && at < end; i++, at += unit) {
          const bytes = this.#bytes.subarray(at, Math.min(end, at + unit));
          this.lines.push(line(at, depth, `${name}[${i}]  ${showValue(bytes, shape)}`));
        }
        continue;
      }
      if (role === "items" && shape.kind === "record") {
        for (let i = 0; i < (counts.get(name) ?? Number.POSITIVE_INFINITY) && at < end; i++) {
          this.lines.push(line(at, depth, `${name}[${i}]`));
          at = this.record(at, end, shape.fields, depth + 1);
        }
        continue;
      }
      const unit = shape.kind === "octets" ? (shape.unit ?? 1) : 1;
      const known = role === "items" ? (counts.get(name) ?? 0) * unit : (size ?? counts.get(name) ?? end - at);
      const next = Math.min(end, at + known);
      const bytes = this.#bytes.subarray(at, next);
      const value = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
      if (of !== undefined) counts.set(of, value);
      else if (role === "length") end = Math.min(end, from + value);
      if (role !== "items" || bytes.length > 0) this.lines.push(line(at, depth, `${name}  ${showValue(bytes, shape)}`));
      at = next;
    }
    return fields.some(({ role, of }) => role === "length" && of === undefined) ? end : at;
  }
}

/**
 * An annotated tree of BER-TLV bytes: offset, tag, length, the field's name and a readable value for each data object and for
 * each field of a record. A malformed input is printed as far as it goes, with a line `>>>` at the byte where it goes wrong. Text
 * is escaped, so that it cannot steer a terminal; Persian stays readable.
 *
 * @param file - Declaration that names the fields; without it only tags are shown.
 * @example
 * import { fromHex } from "cardwright/bytes";
 * import { dumpTlv } from "cardwright/tlv/tools";
 * dumpTlv(fromHex("60055F01024142"));
 */
export function dumpTlv(bytes: Uint8Array, file?: AnyDataFile): string {
  const dump = new Dump(bytes);
  const top: readonly FieldShape[] =
    file === undefined ? [] : [{ name: file.name, tag: file.tag, optional: false, shape: file.codec.shape }];
  let fault: MalformedError | undefined;
  try {
    dump.objects(cursorOver(bytes), top, 0);
    if (file !== undefined) parseFile({ ...file, codec: file.codec as never }, bytes);
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    fault = error;
  }
  const { lines } = dump;
  if (fault !== undefined) {
    const { offset, code, detail, path } = fault;
    const where = path === "" ? "" : `${path}: `;
    const mark = { offset, text: `${offset.toString().padStart(6)}  >>> ${code}: ${where}${detail}` };
    const behind = lines.findIndex((candidate) => candidate.offset > offset);
    lines.splice(behind < 0 ? lines.length : behind, 0, mark);
  }
  return lines.map(({ text }) => text).join("\n");
}
