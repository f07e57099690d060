import { MalformedError } from "../errors.js";
import { checkSize, cut, type ImageHeader, type ImageResolution, notThis, perInch, uintAt } from "./image.js";

/** What the header of a PNG file says (ISO/IEC 15948). */
export interface PngHeader extends ImageHeader {
  readonly format: "PNG";
}

/** Samples a pixel by colour type: grey, RGB, palette, grey with alpha, RGB with alpha. */
const COMPONENTS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 3, 4: 2, 6: 4 };
const IHDR = 0x49484452;
const IDAT = 0x49444154;
const IEND = 0x49454e44;
const PHYS = 0x70485973;

/**
 * Reads the header of a PNG file, as finger images may be: nothing is decoded, check sums are not computed.
 *
 * @throws {MalformedError} that says what the file looks like instead, or where it goes wrong.
 */
export function parsePngHeader(bytes: Uint8Array): PngHeader {
  const { length } = bytes;
  if (length < 8 || uintAt(bytes, 0, 4) !== 0x89504e47 || uintAt(bytes, 4, 4) !== 0x0d0a1a0a) {
    throw notThis("PNG", bytes);
  }
  if (length < 45) throw cut("PNG", "the file ends in its header", length);
  if (uintAt(bytes, 8, 4) !== 13 || uintAt(bytes, 12, 4) !== IHDR) {
    throw new MalformedError("BAD_VALUE", "the first chunk is not IHDR", 8, "PNG");
  }
  const [width, height] = [uintAt(bytes, 16, 4), uintAt(bytes, 20, 4)];
  checkSize("PNG", width, height, 16);
  const components = COMPONENTS[bytes[25] as number];
  if (components === undefined) throw new MalformedError("BAD_VALUE", "no such colour type", 25, "PNG");
  if (uintAt(bytes, length - 8, 4) !== IEND) throw cut("PNG", "the file does not end with its chunk IEND", length - 1);
  let resolution: ImageResolution | undefined;
  for (let at = 33; ; ) {
    if (length - at < 12) throw cut("PNG", "the file has no chunk IDAT", at);
    const size = uintAt(bytes, at, 4);
    const type = uintAt(bytes, at + 4, 4);
    if (size > length - at - 12) throw cut("PNG", "a chunk is longer than the file", at);
    if (type === IDAT) break; // the pixels: what follows states nothing more of them
    // pHYs: pixels a metre when its unit is 1 (§11.3.5.3)
    if (type === PHYS && size === 9 && bytes[at + 16] === 1) {
      const [x, y] = [uintAt(bytes, at + 8, 4), uintAt(bytes, at + 12, 4)];
      if (x > 0 && y > 0) resolution = { x: perInch(x), y: perInch(y) };
    }
    at += 12 + size;
  }
  const precision = bytes[24] as number;
  return {
    format: "PNG",
    width,
    height,
    components,
    precision,
    ...(resolution !== undefined && { resolution }),
    length,
  };
}
