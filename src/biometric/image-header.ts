import { MalformedError } from "../errors.js";
import { guessFormat, type ImageHeader } from "./image.js";
import { parseJpeg2000Header } from "./jp2.js";
import { parseJpegHeader } from "./jpeg.js";
import { parsePngHeader } from "./png.js";
import { parseWsqHeader } from "./wsq.js";

/**
 * Reads the header of a JPEG, JPEG 2000, WSQ or PNG file, told apart by its first bytes. Nothing decodes pixels.
 *
 * @returns Size in pixels, components, bits a sample, and the resolution in pixels an inch when the file states one.
 * @throws {MalformedError} `BAD_VALUE` for another format, an image without size or a broken header, `TRUNCATED` for a
 *   file that was cut; the path is the format.
 * @example
 * import { parseImageHeader } from "cardwright/biometric";
 * import { fromHex } from "cardwright/bytes";
 * const jpeg = fromHex("FFD8FFC0000B080007000901011100FFDA0002FFD9");
 * parseImageHeader(jpeg); // { format: "JPEG", width: 9, height: 7, … }
 */
export function parseImageHeader(bytes: Uint8Array): ImageHeader {
  switch (guessFormat(bytes)) {
    case "JPEG":
      return parseJpegHeader(bytes);
    case "JPEG 2000":
    case "a JPEG 2000 codestream":
      return parseJpeg2000Header(bytes);
    case "WSQ":
      return parseWsqHeader(bytes);
    case "PNG":
      return parsePngHeader(bytes);
    default: {
      const found = guessFormat(bytes) ?? "no image format known here";
      const detail = `this looks like ${found}; convert the image to JPEG, JPEG 2000, WSQ or PNG`;
      throw new MalformedError("BAD_VALUE", detail, 0, "image");
    }
  }
}
