import { describe, expect, it } from "vitest";
import { parseJpegHeader } from "../../src/biometric/jpeg.js";
import { concatBytes, fromHex } from "../../src/bytes/bytes.js";
import { MalformedError } from "../../src/errors.js";
import { malformed, readVector } from "../property/strict.js";

const FILES = {
  "baseline-16x12": { width: 16, height: 12, components: 3, progressive: false },
  "progressive-16x12": { width: 16, height: 12, components: 3, progressive: true },
  "grey-9x7": { width: 9, height: 7, components: 1, progressive: false },
  "comment-5x3": { width: 5, height: 3, components: 3, progressive: false },
} as const;
const read = (name: keyof typeof FILES) => readVector(`jpeg/${name}.jpg`);
const names = Object.keys(FILES) as (keyof typeof FILES)[];

describe("parseJpegHeader", () => {
  it.each(names)("reads %s", (name) => {
    const bytes = read(name);
    expect(parseJpegHeader(bytes)).toEqual({ format: "JPEG", precision: 8, length: bytes.length, ...FILES[name] });
  });

  it("reads the resolution of JFIF, in pixels an inch or a centimetre, none when it is an aspect ratio", () => {
    const inch = readVector("jpeg/dpi-16x12.jpg");
    expect(parseJpegHeader(inch).resolution).toEqual({ x: 300, y: 600 });
    expect(parseJpegHeader(readVector("jpeg/dpcm-16x12.jpg")).resolution).toEqual({ x: 299.72, y: 299.72 });
    expect(parseJpegHeader(inch.with(13, 0)).resolution).toBeUndefined();
    expect(parseJpegHeader(inch.with(14, 0).with(15, 0)).resolution).toBeUndefined();
    expect(parseJpegHeader(inch.with(9, 0x47)).resolution).toBeUndefined();
  });

  it("skips fill bytes before a marker (ISO/IEC 10918-1 B.1.1.2)", () => {
    const bytes = read("grey-9x7");
    const filled = concatBytes(bytes.subarray(0, 2), Uint8Array.of(0xff, 0xff), bytes.subarray(2));
    expect(parseJpegHeader(filled)).toEqual({ ...parseJpegHeader(bytes), length: filled.length });
  });

  it.each([
    ["PNG", "89504E470D0A1A0A0000000D49484452"],
    ["GIF", "474946383961"],
    ["JPEG 2000", "0000000C6A5020200D0A870A"],
    ["a JPEG 2000 codestream", "FF4FFF51002F"],
    ["WebP", "524946462400000057454250"],
    ["BMP", "424D"],
    ["TIFF", "49492A0008000000"],
    ["WSQ", "FFA0FFA4"],
    ["no image format known here", "00010203"],
    ["no image format known here", ""],
    ["no image format known here", "FF"],
  ])("refuses %s and says so", (what, hex) => {
    expect(malformed(() => parseJpegHeader(fromHex(hex)))).toMatchObject({
      code: "BAD_VALUE",
      path: "JPEG",
      offset: 0,
      detail: `expected a JPEG file, this looks like ${what}; convert the image, or correct what states its format`,
    });
  });

  it("refuses every truncation", () => {
    for (const name of names) {
      const bytes = read(name);
      for (let length = 0; length < bytes.length; length++) {
        const error = malformed(() => parseJpegHeader(bytes.subarray(0, length)));
        expect(error.path).toBe("JPEG");
        expect(error.offset).toBeGreaterThanOrEqual(0);
        expect(error.offset).toBeLessThanOrEqual(length);
        if (length > 1) expect(["TRUNCATED", "BAD_VALUE"]).toContain(error.code);
      }
    }
  });

  it("gives a header or a MalformedError, whatever one byte is changed to", () => {
    let headers = 0;
    let refused = 0;
    for (const name of names) {
      const bytes = read(name);
      for (let i = 0; i < bytes.length; i++) {
        const old = bytes[i] as number;
        for (const next of [0, 1, 0x7f, 0xc0, 0xc2, 0xc4, 0xd8, 0xd9, 0xda, 0xff, old ^ 1, old ^ 0x80]) {
          try {
            const { width, height } = parseJpegHeader(bytes.with(i, next));
            if (width < 1 || height < 1) throw new Error(`${name}: ${width} x ${height}`);
            headers++;
          } catch (error) {
            if (!(error instanceof MalformedError) || error.offset > bytes.length) throw error;
            refused++;
          }
        }
      }
    }
    expect(headers).toBeGreaterThan(1000);
    expect(refused).toBeGreaterThan(500);
  });

  it.each([
    ["no frame header", "FFD8FFDA0002FFD9", "BAD_VALUE", 2],
    ["two frame headers", "FFD8 FFC0000B080001000101011100 FFC0000B080001000101011100 FFDA0002FFD9", "BAD_VALUE", 15],
    ["a frame header that is too short", "FFD8 FFC0000708000100 01 FFDA0002FFD9", "BAD_VALUE", 2],
    ["a width of zero", "FFD8 FFC0000B080001000001011100 FFDA0002FFD9", "BAD_VALUE", 7],
    ["a height of zero", "FFD8 FFC0000B080000000101011100 FFDA0002FFD9", "BAD_VALUE", 7],
    ["a segment shorter than its length field", "FFD8 FFE00001", "TRUNCATED", 4],
    ["a segment longer than the file", "FFD8 FFE0FFFF 00", "TRUNCATED", 4],
    ["something else than a marker", "FFD8 00E00002", "BAD_VALUE", 2],
    ["nothing behind its start", "FFD8", "BAD_VALUE", 2],
    ["its end at once", "FFD8FFD9", "TRUNCATED", 4],
    ["no end", "FFD8 FFC0000B080001000101011100 FFDA0002 00", "TRUNCATED", 19],
  ])("refuses a file with %s", (_what, hex, code, offset) => {
    expect(malformed(() => parseJpegHeader(fromHex(hex)))).toMatchObject({ code, path: "JPEG", offset });
  });
});
