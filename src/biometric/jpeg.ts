import { MalformedError } from "../errors.js";
import { checkSize, cut, type ImageHeader, type ImageResolution, notThis, uintAt } from "./image.js";

/** What the header of a JPEG file says (ISO/IEC 10918-1). */
export interface JpegHeader extends ImageHeader {
  readonly format: "JPEG";
  readonly progressive: boolean;
}

/** The resolution that a JFIF segment at `at` states (ISO/IEC 10918-5 §6.1); none when it has only an aspect ratio. */
function jfifResolution(bytes: Uint8Array, at: number, length: number): ImageResolution | undefined {
  if (length < 16 || uintAt(bytes, at + 4, 4) !== 0x4a464946) return undefined;
  const unit = bytes[at + 11];
  const [x, y] = [uintAt(bytes, at + 12, 2), uintAt(bytes, at + 14, 2)];
  if ((unit !== 1 && unit !== 2) || x === 0 || y === 0) return undefined;
  const inches = unit === 1 ? 1 : 2.54;
  return { x: Math.round(x * inches * 100) / 100, y: Math.round(y * inches * 100) / 100 };
}

/**
 * Reads the header of a JPEG file: nothing is decoded. The file must start with SOI, hold one frame header before its
 * first scan, and end with EOI.
 *
 * Spec: ISO/IEC 10918-1 annex B; the resolution is that of JFIF (ISO/IEC 10918-5).
 *
 * @throws {MalformedError} that says what the file looks like instead, or where the header ends.
 */
export function parseJpegHeader(bytes: Uint8Array): JpegHeader {
  const fail = (detail: string, offset: number): never => {
    throw new MalformedError("BAD_VALUE", detail, offset, "JPEG");
  };
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) throw notThis("JPEG", bytes);
  let frame: Omit<JpegHeader, "length"> | undefined;
  let frameAt = 0;
  let resolution: ImageResolution | undefined;
  let at = 2;
  for (;;) {
    if (bytes[at] !== 0xff) fail("a marker is missing", at);
    while (bytes[at + 1] === 0xff) at++; // fill bytes before a marker (B.1.1.2)
    const marker = bytes[at + 1];
    if (marker === undefined || at + 4 > bytes.length) throw cut("JPEG", "the file ends in its header", bytes.length);
    const length = uintAt(bytes, at + 2, 2);
    if (length < 2 || at + 2 + length > bytes.length) throw cut("JPEG", "a segment is longer than the file", at + 2);
    if (marker === 0xda) break; // start of scan: the header is over
    if (marker === 0xe0) resolution ??= jfifResolution(bytes, at, length);
    // SOF0 to SOF15 without DHT (C4), JPG (C8) and DAC (CC)
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      if (frame !== undefined) fail("a second frame header", at);
      if (length < 8) fail("the frame header is too short", at);
      frameAt = at;
      frame = {
        format: "JPEG",
        precision: uintAt(bytes, at + 4, 1),
        height: uintAt(bytes, at + 5, 2),
        width: uintAt(bytes, at + 7, 2),
        components: uintAt(bytes, at + 9, 1),
        progressive: marker === 0xc2,
      };
    }
    at += 2 + length;
  }
  if (frame === undefined) return fail("no frame header before the first scan", at);
  checkSize("JPEG", frame.width, frame.height, frameAt + 5);
  if (bytes[bytes.length - 2] !== 0xff || bytes[bytes.length - 1] !== 0xd9) {
    throw cut("JPEG", "the file does not end with its end marker FFD9", bytes.length - 1);
  }
  return { ...frame, ...(resolution !== undefined && { resolution }), length: bytes.length };
}
