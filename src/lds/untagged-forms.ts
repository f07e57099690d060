import { MalformedError } from "../errors.js";
import { encodeTlv } from "../tlv/ber.js";
import { dumpTlv } from "../tlv/dump.js";
import type { DataFile } from "../tlv/file.js";
import { fileFromJson, fileToJson, type JsonValue } from "../tlv/json.js";
import { ALL_TOLERANCES, type ToleranceCode, type Tolerated } from "../tlv/tolerances.js";
import { parseFileTolerantly, type TolerantResult } from "../tlv/tolerant.js";
import { type AnyUntaggedFile, endOfObjects, parseUntagged, type UntaggedFile } from "./untagged.js";

/** Put around the objects of an untagged file, so that what is written for one data object serves it too. */
const ENVELOPE = 0x30;

const enclosed = <T>(file: UntaggedFile<T>): DataFile<T> => ({ ...file, tag: ENVELOPE });

/**
 * The value of an untagged file that may depart from its declaration by named tolerances, as `parseFileTolerantly` does
 * for a file with a tag. In a file of fixed size (EF.CVCA) another size or another fill than 00 is `PADDING`.
 * `WRONG_FILE_TAG` and `TRAILING_BYTES` mean nothing here: there is no tag around the file, and no length of it.
 *
 * @param options.tolerate - Codes of `TOLERANCES`; all when left out.
 * @returns As `parseFileTolerantly`: `raw` is `bytes`, and hashes run over it.
 * @throws {MalformedError} of the strict reading, when the tolerances do not help.
 * @example
 * import { fromHex } from "cardwright/bytes";
 * import { efDir } from "cardwright/lds";
 * import { parseUntaggedTolerantly } from "cardwright/lds/tools";
 * const { value, tolerated } = parseUntaggedTolerantly(efDir, fromHex("61094F07A0000002471001FFFF"));
 * value.length; // => 1
 * tolerated.map(({ code, offset }) => `${code} at ${offset}`); // => ["PADDING at 11"]
 */
export function parseUntaggedTolerantly<T>(
  file: UntaggedFile<T>,
  bytes: Uint8Array,
  options: { readonly tolerate?: readonly ToleranceCode[] } = {},
): TolerantResult<T> {
  const { tolerate = ALL_TOLERANCES } = options;
  try {
    return { value: parseUntagged(file, bytes), raw: bytes, tolerated: [] };
  } catch (strict) {
    if (!(strict instanceof MalformedError) || tolerate.length === 0) throw strict;
    const { content, refilled } = withoutFill(file, bytes);
    if (refilled.length > 0 && !tolerate.includes("PADDING")) throw strict;
    const wrapped = encodeTlv(ENVELOPE, content);
    const header = wrapped.length - content.length;
    try {
      const { value, tolerated } = parseFileTolerantly(enclosed(file), wrapped, { tolerate });
      const shifted = tolerated.map((use) => ({ ...use, offset: Math.max(0, use.offset - header) }));
      return { value, raw: bytes, tolerated: [...shifted, ...refilled] };
    } catch (error) {
      throw error instanceof MalformedError ? strict : error;
    }
  }
}

/** The data objects of a file of fixed size without the fill of 00, and a note when its size is another. */
function withoutFill(file: AnyUntaggedFile, bytes: Uint8Array): { content: Uint8Array; refilled: Tolerated[] } {
  if (file.filledTo === undefined) return { content: bytes, refilled: [] };
  const from = endOfObjects(bytes);
  const content = bytes.subarray(from).every((byte) => byte === 0) ? bytes.subarray(0, from) : bytes;
  const wrong = bytes.length !== file.filledTo;
  return { content, refilled: wrong ? [{ code: "PADDING", path: file.name, offset: from }] : [] };
}

/**
 * An annotated tree of an untagged file, as `dumpTlv` gives of one with a tag: offset, tag, length, field and a readable
 * value; a line `>>>` marks the byte where it goes wrong.
 *
 * @example
 * import { fromHex } from "cardwright/bytes";
 * import { efDir } from "cardwright/lds";
 * import { dumpUntagged } from "cardwright/lds/tools";
 * const lines = dumpUntagged(efDir, fromHex("61094F07A0000002471001")).split("\n");
 * lines[2]; // => "     2    4F [7] aid  a0000002471001"
 */
export function dumpUntagged(file: AnyUntaggedFile, bytes: Uint8Array): string {
  const end = file.filledTo === undefined ? bytes.length : endOfObjects(bytes);
  const content = bytes.subarray(0, end);
  const wrapped = encodeTlv(ENVELOPE, content);
  const header = wrapped.length - content.length;
  const tree = dumpTlv(wrapped, { ...file, tag: ENVELOPE });
  const lines = [
    { offset: 0, text: file.name },
    ...tree.split("\n").flatMap((line) => {
      // The envelope is not indented so far, and neither is its mark: the file's own comes below.
      const match = /^ *(\d+) {4}(.*)$/.exec(line);
      return match === null ? [] : [{ offset: Number(match[1]) - header, text: match[2] as string }];
    }),
    ...(end < bytes.length ? [{ offset: end, text: `fill [${bytes.length - end}]` }] : []),
  ];
  const fault = faultOf(file, bytes);
  if (fault !== undefined) {
    const behind = lines.findIndex(({ offset }) => offset > fault.offset);
    lines.splice(behind < 0 ? lines.length : behind, 0, fault);
  }
  return lines.map(({ offset, text }) => `${offset.toString().padStart(6)}  ${text}`).join("\n");
}

function faultOf(file: AnyUntaggedFile, bytes: Uint8Array): { offset: number; text: string } | undefined {
  try {
    parseUntagged(file as never as UntaggedFile<unknown>, bytes);
    return undefined;
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    const { offset, code, path, detail } = error;
    return { offset, text: `>>> ${code}: ${path}: ${detail}` };
  }
}

/** The JSON form of an untagged file's value, as `fileToJson`: bytes in hex. */
export function untaggedToJson<T>(file: UntaggedFile<T>, value: T): JsonValue {
  return fileToJson(enclosed(file), value);
}

/** The value of an untagged file from its JSON form; errors as in `fileFromJson`. */
export function untaggedFromJson<T>(file: UntaggedFile<T>, json: JsonValue): T {
  return fileFromJson(enclosed(file), json);
}
