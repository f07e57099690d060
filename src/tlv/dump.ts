import { toHex } from "../bytes/bytes.js";
import { MalformedError } from "../errors.js";
import { type Cursor, cursorOver, formatTag, isConstructed, MAX_DEPTH, peekTag, readLength, tagSize } from "./ber.js";
import type { FieldShape, Shape } from "./codec.js";
import type { AnyDataFile } from "./file.js";

/** Control characters and everything that could steer a terminal or reorder a line. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
const TEXT = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function showText(bytes: Uint8Array): string | undefined {
  try {
    return JSON.stringify(TEXT.decode(bytes)).replace(UNSAFE, (c) => `\\u{${c.codePointAt(0)?.toString(16)}}`);
  } catch {
    return undefined;
  }
}

function showValue(bytes: Uint8Array, shape: Shape | undefined): string {
  if (shape?.kind === "text") {
    const shown = showText(bytes);
    if (shown !== undefined) return shown;
  }
  const hex = toHex(bytes.subarray(0, 24));
  return bytes.length > 24 ? `${hex}… (${bytes.length} bytes)` : hex;
}

function fieldsOf(shape: Shape | undefined): readonly FieldShape[] {
  if (shape?.kind === "struct") return shape.fields;
  if (shape?.kind === "choice") return shape.alternatives;
  if (shape?.kind === "list") return [{ name: "", tag: shape.tag, optional: false, shape: shape.item }];
  return [];
}

/**
 * An annotated tree of BER-TLV bytes: offset, tag, length, the field's name and a readable value for each data object.
 * A malformed input is printed up to its fault, which is marked. Text is escaped, so that it cannot steer a terminal.
 *
 * @param file - Declaration that names the fields; without it only tags are shown.
 * @example
 * dumpTlv(fromHex("60055F01024142"));
 */
export function dumpTlv(bytes: Uint8Array, file?: AnyDataFile): string {
  const lines: string[] = [];
  const top: readonly FieldShape[] =
    file === undefined ? [] : [{ name: file.name, tag: file.tag, optional: false, shape: file.codec.shape }];
  const c = cursorOver(bytes);
  const walk = (cursor: Cursor, known: readonly FieldShape[], depth: number): void => {
    while (cursor.at < cursor.end) {
      const start = cursor.at;
      const tag = peekTag(cursor);
      if (depth === MAX_DEPTH) throw new MalformedError("NESTED_TOO_DEEP", `more than ${MAX_DEPTH} levels`, start);
      cursor.at += tagSize(tag);
      const length = readLength(cursor);
      const field = known.find((f) => f.tag === tag);
      const label = field === undefined || field.name === "" ? "" : ` ${field.name}`;
      const head = `${start.toString().padStart(6)}  ${"  ".repeat(depth)}${formatTag(tag)} [${length}]${label}`;
      const outer = cursor.end;
      if (isConstructed(tag)) {
        lines.push(head);
        cursor.end = cursor.at + length;
        walk(cursor, fieldsOf(field?.shape), depth + 1);
        cursor.end = outer;
      } else {
        const value = bytes.subarray(cursor.at, cursor.at + length);
        lines.push(`${head}  ${showValue(value, field?.shape)}`);
        cursor.at += length;
      }
    }
  };
  try {
    walk(c, top, 0);
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    lines.push(`${error.offset.toString().padStart(6)}  >>> ${error.code}: ${error.detail}`);
  }
  return lines.join("\n");
}
