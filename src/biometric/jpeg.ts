import { MalformedError } from "../errors.js";

/** What the header of a JPEG file says (ISO/IEC 10918-1). */
export interface JpegHeader {
  readonly format: "JPEG";
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** 1 grey, 3 colour. */
  readonly components: number;
  readonly progressive: boolean;
  /** Bits a sample. */
  readonly precision: number;
}

const SIGNATURES: readonly (readonly [string, readonly number[]])[] = [
  ["PNG", [0x89, 0x50, 0x4e, 0x47]],
  ["JPEG 2000", [0x00, 0x00, 0x00, 0x0c, 0x6a, 0x50]],
  ["a JPEG 2000 codestream", [0xff, 0x4f, 0xff, 0x51]],
  ["GIF", [0x47, 0x49, 0x46, 0x38]],
  ["WebP", [0x52, 0x49, 0x46, 0x46]],
  ["BMP", [0x42, 0x4d]],
  ["TIFF", [0x49, 0x49, 0x2a, 0x00]],
  ["WSQ", [0xff, 0xa0]],
];

function guess(bytes: Uint8Array): string {
  const match = SIGNATURES.find(([, magic]) => magic.every((byte, i) => bytes[i] === byte));
  return match === undefined ? "no image format known here" : match[0];
}

/**
 * Reads the header of a JPEG file: nothing is decoded. The file must start with SOI, hold one frame header before its
 * first scan, and end with EOI.
 *
 * @throws {MalformedError} that says what the file looks like instead, or where the header ends.
 */
export function parseJpegHeader(bytes: Uint8Array): JpegHeader {
  const fail = (detail: string, offset: number): never => {
    throw new MalformedError("BAD_VALUE", detail, offset, "JPEG");
  };
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) fail(`expected a JPEG file, this looks like ${guess(bytes)}`, 0);
  let header: JpegHeader | undefined;
  let at = 2;
  for (;;) {
    if (bytes[at] !== 0xff) fail("a marker is missing", at);
    while (bytes[at + 1] === 0xff) at++; // fill bytes before a marker (B.1.1.2)
    const marker = bytes[at + 1];
    const high = bytes[at + 2];
    const low = bytes[at + 3];
    if (marker === undefined || high === undefined || low === undefined) {
      throw new MalformedError("TRUNCATED", "the file ends in its header", bytes.length, "JPEG");
    }
    const length = high * 256 + low;
    if (length < 2 || at + 2 + length > bytes.length) {
      throw new MalformedError("TRUNCATED", "a segment is longer than the file", at + 2, "JPEG");
    }
    if (marker === 0xda) break; // start of scan: the header is over
    // SOF0 to SOF15 without DHT (C4), JPG (C8) and DAC (CC)
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      if (header !== undefined) fail("a second frame header", at);
      if (length < 8) fail("the frame header is too short", at);
      const field = (i: number) => bytes[at + 4 + i] as number;
      header = {
        format: "JPEG",
        precision: field(0),
        height: field(1) * 256 + field(2),
        width: field(3) * 256 + field(4),
        components: field(5),
        progressive: marker === 0xc2,
      };
    }
    at += 2 + length;
  }
  if (header === undefined) return fail("no frame header before the first scan", at);
  if (header.width === 0 || header.height === 0) fail("the image has no size", at);
  if (bytes[bytes.length - 2] !== 0xff || bytes[bytes.length - 1] !== 0xd9) {
    throw new MalformedError("TRUNCATED", "the file does not end with its end marker", bytes.length - 1, "JPEG");
  }
  return header;
}
