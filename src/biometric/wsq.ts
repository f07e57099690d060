import { MalformedError } from "../errors.js";
import { checkSize, cut, type ImageHeader, type ImageMismatch, notThis, uintAt } from "./image.js";

/** What the header of a WSQ file says (FBI IAFIS-IC-0110, WSQ 3.1). */
export interface WsqHeader extends ImageHeader {
  readonly format: "WSQ";
}

/** Entries of a NIST_COM comment: a name and a value on each line. */
function nistComment(bytes: Uint8Array, from: number, to: number): ReadonlyMap<string, number> | undefined {
  if (to - from < 8 || uintAt(bytes, from, 4) !== 0x4e495354 || uintAt(bytes, from + 4, 4) !== 0x5f434f4d)
    return undefined;
  const text = String.fromCharCode(...bytes.subarray(from, Math.min(to, from + 2048)));
  const entries = text.matchAll(/^(PIX_WIDTH|PIX_HEIGHT|PIX_DEPTH|PPI) (\d{1,6})$/gm);
  return new Map(Array.from(entries, ([, name, value]) => [name as string, Number(value)]));
}

const START = 0xa0;
const FRAME = 0xa2;
const BLOCK = 0xa3;
const COMMENT = 0xa8;
const MARKERS = [FRAME, BLOCK, 0xa4, 0xa5, 0xa6, 0xa7, COMMENT];

/**
 * Reads the header of a WSQ file: nothing is decoded. Its size is that of the frame header; the resolution is that of a
 * comment as NIST's programs write it (`NIST_COM`), where there is one.
 *
 * @throws {MalformedError} that says what the file looks like instead, or where it goes wrong.
 */
export function parseWsqHeader(bytes: Uint8Array): WsqHeader {
  const fail = (detail: string, offset: number): never => {
    throw new MalformedError("BAD_VALUE", detail, offset, "WSQ");
  };
  if (bytes[0] !== 0xff || bytes[1] !== START) throw notThis("WSQ", bytes);
  let frame: { width: number; height: number } | undefined;
  let comment: ReadonlyMap<string, number> | undefined;
  let at = 2;
  for (;;) {
    if (at + 4 > bytes.length) throw cut("WSQ", "the file ends in its header", bytes.length);
    const marker = bytes[at + 1] as number;
    if (bytes[at] !== 0xff || !MARKERS.includes(marker)) fail("a marker is missing", at);
    const length = uintAt(bytes, at + 2, 2);
    if (length < 2 || at + 2 + length > bytes.length) throw cut("WSQ", "a segment is longer than the file", at + 2);
    if (marker === BLOCK) break; // the first block of coefficients: the header is over
    if (marker === FRAME) {
      if (frame !== undefined) fail("a second frame header", at);
      if (length !== 17) fail(`the frame header has 17 bytes, not ${length}`, at + 2);
      frame = { height: uintAt(bytes, at + 6, 2), width: uintAt(bytes, at + 8, 2) };
      checkSize("WSQ", frame.width, frame.height, at + 6);
    } else if (marker === COMMENT) comment ??= nistComment(bytes, at + 4, at + 2 + length);
    at += 2 + length;
  }
  if (frame === undefined) return fail("no frame header before the first block", at);
  if (bytes[bytes.length - 2] !== 0xff || bytes[bytes.length - 1] !== 0xa1) {
    throw cut("WSQ", "the file does not end with its end marker FFA1", bytes.length - 1);
  }
  const ppi = comment?.get("PPI") ?? 0;
  const wrong = contradictions(comment, frame);
  return {
    format: "WSQ",
    ...frame,
    components: 1,
    precision: 8,
    ...(ppi > 0 && { resolution: { x: ppi, y: ppi } }),
    length: bytes.length,
    ...(wrong.length > 0 && { contradictions: wrong }),
  };
}

/** Where the comment says another size than the frame header. */
function contradictions(
  comment: ReadonlyMap<string, number> | undefined,
  frame: { width: number; height: number },
): readonly ImageMismatch[] {
  const stated = `${comment?.get("PIX_WIDTH") ?? frame.width}×${comment?.get("PIX_HEIGHT") ?? frame.height}`;
  const found = `${frame.width}×${frame.height}`;
  return stated === found ? [] : [{ field: "size", stated, found, by: "comment NIST_COM" }];
}
