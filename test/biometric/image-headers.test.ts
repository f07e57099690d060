import { describe, expect, it } from "vitest";
import { type ImageHeader, parseImageHeader } from "../../src/biometric/index.js";
import { parseJpeg2000Header } from "../../src/biometric/jp2.js";
import { parsePngHeader } from "../../src/biometric/png.js";
import { parseWsqHeader } from "../../src/biometric/wsq.js";
import { concatBytes, fromHex, toHex } from "../../src/bytes/bytes.js";
import { MalformedError } from "../../src/errors.js";
import { dg2 } from "../../src/lds/dg2.js";
import { parseFile } from "../../src/tlv/file.js";
import { malformed, readVector } from "../property/strict.js";

const FILES: readonly (readonly [string, Omit<ImageHeader, "length">])[] = [
  [
    "lds/images/silver.jp2",
    { format: "JPEG 2000", width: 413, height: 531, components: 3, precision: 8, resolution: { x: 100, y: 100 } },
  ],
  ["biometric/drawn-24x18.jp2", { format: "JPEG 2000", width: 24, height: 18, components: 3, precision: 16 }],
  ["biometric/grey-12x8.j2c", { format: "JPEG 2000", width: 12, height: 8, components: 1, precision: 16 }],
  [
    "biometric/rings-256x256.wsq",
    { format: "WSQ", width: 256, height: 256, components: 1, precision: 8, resolution: { x: 500, y: 500 } },
  ],
  [
    "biometric/drawn-24x18.png",
    { format: "PNG", width: 24, height: 18, components: 1, precision: 8, resolution: { x: 500.38, y: 500.38 } },
  ],
  ["jpeg/grey-9x7.jpg", { format: "JPEG", width: 9, height: 7, components: 1, precision: 8 }],
];

describe("parseImageHeader", () => {
  it.each(FILES)("%s", (path, header) => {
    const bytes = readVector(path);
    const { bare, progressive, ...read } = parseImageHeader(bytes) as ImageHeader & Record<string, unknown>;
    expect(read).toEqual({ ...header, length: bytes.length });
    expect(bare).toBe(header.format === "JPEG 2000" ? path.endsWith("j2c") : undefined);
    expect(progressive).toBe(header.format === "JPEG" ? false : undefined);
  });

  it("of the portrait of a published DG2", () => {
    const [one] = parseFile(dg2, readVector("lds/bsi-silver/DG2.bin")).instances;
    expect(parseImageHeader(one?.data.face?.faces[0]?.image as Uint8Array)).toMatchObject({
      format: "JPEG 2000",
      width: 413,
      height: 531,
      resolution: { x: 300, y: 300 },
    });
  });

  it.each([
    ["GIF", "474946383961"],
    ["WebP", "524946462400000057454250"],
    ["BMP", "424D"],
    ["TIFF", "49492A0008000000"],
    ["TIFF", "4D4D002A00000008"],
    ["no image format known here", "00010203"],
    ["no image format known here", ""],
  ])("says of %s what to do", (what, hex) => {
    expect(malformed(() => parseImageHeader(fromHex(hex)))).toMatchObject({
      code: "BAD_VALUE",
      path: "image",
      offset: 0,
      detail: `this looks like ${what}; convert the image to JPEG, JPEG 2000, WSQ or PNG`,
    });
  });

  it.each(FILES)("refuses every truncation of %s", (path, { format }) => {
    const bytes = readVector(path);
    for (let length = 0; length < bytes.length; length += bytes.length > 2000 && length > 300 ? 97 : 1) {
      const error = malformed(() => parseImageHeader(bytes.subarray(0, length)));
      expect(["TRUNCATED", "BAD_VALUE"]).toContain(error.code);
      expect(error.offset).toBeLessThanOrEqual(length);
      if (length > 200) expect(error).toMatchObject({ code: "TRUNCATED", path: format });
    }
    expect(malformed(() => parseImageHeader(bytes.subarray(0, bytes.length - 1))).detail).toMatch(
      /; take the file from its source again$/,
    );
  });

  it.each(FILES)("gives a header with a size or a MalformedError, whatever one byte of %s is changed to", (path) => {
    const bytes = readVector(path);
    let headers = 0;
    let refused = 0;
    for (let i = 0; i < Math.min(bytes.length, 400); i++) {
      const old = bytes[i] as number;
      for (const next of [0, 1, 0x7f, 0x80, 0xff, old ^ 1, old ^ 0x80, old ^ 0x10]) {
        try {
          const { width, height } = parseImageHeader(bytes.with(i, next));
          expect(width > 0 && height > 0).toBe(true);
          headers++;
        } catch (error) {
          if (!(error instanceof MalformedError)) throw error;
          expect(error.offset).toBeLessThanOrEqual(bytes.length);
          refused++;
        }
      }
    }
    expect(headers).toBeGreaterThan(100);
    expect(refused).toBeGreaterThan(80);
  });

  it.each(FILES)("finds trailing bytes behind %s", (path) => {
    expect(malformed(() => parseImageHeader(concatBytes(readVector(path), fromHex("00000000"))))).toMatchObject({
      code: "TRUNCATED",
    });
  });
});

const u32 = (value: number) => value.toString(16).padStart(8, "0");
const box = (type: string, content: string) =>
  u32(8 + content.length / 2) + toHex(new TextEncoder().encode(type)) + content;
const SIGNATURE = "0000000c6a5020200d0a870a";
const ihdr = (width: number, height: number, components = 3) =>
  box("ihdr", `${u32(height)}${u32(width)}${components.toString(16).padStart(4, "0")}07070000`);
const codestream = (width: number, height: number, offset = 0) =>
  `ff4fff5100290000${u32(width + offset)}${u32(height)}${u32(offset)}${u32(0)}${"00".repeat(16)}0001070101ffd9`;
const jp2 = (head: string, code: string) => fromHex(SIGNATURE + box("jp2h", head) + box("jp2c", code));

describe("a JPEG 2000 file", () => {
  it("is as large as its codestream says: the grid without the offset", () => {
    expect(parseJpeg2000Header(jp2(ihdr(3, 2, 1), codestream(3, 2, 5)))).toMatchObject({ width: 3, height: 2 });
  });

  it("that contradicts itself says where", () => {
    expect(parseJpeg2000Header(jp2(ihdr(30, 20), codestream(3, 2))).contradictions).toEqual([
      { field: "size", stated: "30×20", found: "3×2", by: "header box ihdr" },
      { field: "components", stated: "3", found: "1", by: "header box ihdr" },
    ]);
    expect(parseJpeg2000Header(jp2(ihdr(3, 2, 1), codestream(3, 2))).contradictions).toBeUndefined();
  });

  it("states the resolution of the capture before the one to show it in", () => {
    const show = box("resd", "00480001004800010000");
    const capture = box("resc", "012c00fe025800fe0404");
    const read = (content: string) =>
      parseJpeg2000Header(jp2(ihdr(3, 2, 1) + box("res ", content), codestream(3, 2))).resolution;
    expect(read(show + capture)).toEqual({ x: 600, y: 300 });
    expect(read(show)).toEqual({ x: 1.83, y: 1.83 });
    expect(read("")).toBeUndefined();
    expect(read(box("resc", "012c0000012c00000404"))).toBeUndefined();
  });

  it("may have a box of a long length or up to its end", () => {
    const code = codestream(3, 2);
    const long = `00000001${toHex(new TextEncoder().encode("jp2c"))}${u32(0)}${u32(16 + code.length / 2)}${code}`;
    const open = `00000000${toHex(new TextEncoder().encode("jp2c"))}${code}`;
    for (const last of [long, open]) {
      const bytes = fromHex(SIGNATURE + box("jp2h", ihdr(3, 2, 1)) + last);
      expect(parseJpeg2000Header(bytes)).toMatchObject({ width: 3, height: 2, bare: false });
    }
  });

  it.each<[string, string, string, string, number]>([
    ["no header box", SIGNATURE + box("jp2c", codestream(1, 1)), "BAD_VALUE", "no header box ihdr", 67],
    ["no codestream", SIGNATURE + box("jp2h", ihdr(1, 1)), "BAD_VALUE", "no codestream", 42],
    ["a box shorter than its header", `${SIGNATURE}0000000761626364`, "BAD_VALUE", "cannot be 7 bytes long", 12],
    ["a box longer than the file", `${SIGNATURE}0000000961626364`, "TRUNCATED", "announces 9 bytes, 8 are left", 12],
    ["half a box", `${SIGNATURE}000000`, "TRUNCATED", "in the header of a box", 15],
    ["half a long box", `${SIGNATURE}00000001616263640000`, "TRUNCATED", "in the header of a box", 22],
    ["a header box of another size", SIGNATURE + box("jp2h", box("ihdr", "00")), "BAD_VALUE", "14 bytes", 28],
    ["a size of nothing", codestream(0, 5), "BAD_VALUE", "the image has no size (0×5)", 8],
    ["no end", codestream(1, 1).replace(/ffd9$/, "ffd8"), "TRUNCATED", "does not end with its end marker FFD9", 46],
    ["no SIZ", `ff4fff52${codestream(1, 1).slice(8)}`, "BAD_VALUE", "expected a JPEG 2000 file", 0],
    [
      "a SIZ of another length",
      codestream(1, 1).replace("ff510029", "ff51002a"),
      "BAD_VALUE",
      "does not fit 1 comp",
      4,
    ],
    ["no room for its components", codestream(1, 1).slice(0, 84), "TRUNCATED", "ends in its header", 42],
  ])("is refused with %s", (_what, hex, code, detail, offset) => {
    const error = malformed(() => parseJpeg2000Header(fromHex(hex)));
    expect(error).toMatchObject({ code, path: "JPEG 2000", offset, detail: expect.stringContaining(detail) });
  });

  it("has a few boxes only", () => {
    const bytes = fromHex(SIGNATURE + box("free", "").repeat(65));
    expect(malformed(() => parseJpeg2000Header(bytes))).toMatchObject({
      detail: "more than 64 boxes",
      offset: 12 + 64 * 8,
    });
  });

  it("is not taken for a JPEG, nor a JPEG for it", () => {
    expect(malformed(() => parseJpeg2000Header(readVector("jpeg/grey-9x7.jpg"))).detail).toBe(
      "expected a JPEG 2000 file, this looks like JPEG; convert the image, or correct what states its format",
    );
  });
});

describe("a WSQ file", () => {
  const FRAME = "ffa2001100ff0006000400000000000000000000".slice(0, 38);
  const END = "ffa300030000ffa1";
  const comment = (text: string) =>
    `ffa8${(2 + text.length).toString(16).padStart(4, "0")}${toHex(new TextEncoder().encode(text))}`;

  it("is as large as its frame header says", () => {
    expect(parseWsqHeader(fromHex(`ffa0${FRAME}${END}`))).toEqual({
      format: "WSQ",
      width: 4,
      height: 6,
      components: 1,
      precision: 8,
      length: 2 + 19 + 8,
    });
  });

  it("whose comment says another size contradicts itself", () => {
    const text = "NIST_COM 4\nPIX_WIDTH 40\nPIX_HEIGHT 6\nPPI -1";
    const header = parseWsqHeader(fromHex(`ffa0${comment("made by hand")}${comment(text)}${FRAME}${END}`));
    expect(header.contradictions).toEqual([{ field: "size", stated: "40×6", found: "4×6", by: "comment NIST_COM" }]);
    expect(header.resolution).toBeUndefined();
  });

  it.each<[string, string, string, string, number]>([
    ["no frame header", `ffa0${END}`, "BAD_VALUE", "no frame header", 2],
    ["two frame headers", `ffa0${FRAME}${FRAME}${END}`, "BAD_VALUE", "second frame header", 21],
    ["a frame header of another length", `ffa0ffa20003000000${END}`, "BAD_VALUE", "has 17 bytes, not 3", 4],
    ["a size of nothing", `ffa0${FRAME.replace("0004", "0000")}${END}`, "BAD_VALUE", "no size (0×6)", 8],
    ["no marker", `ffa0${FRAME}00a30003`, "BAD_VALUE", "a marker is missing", 21],
    ["a marker that is none", `ffa0ffc00003000000`, "BAD_VALUE", "a marker is missing", 2],
    ["a segment longer than itself", "ffa0ffa40100", "TRUNCATED", "longer than the file", 4],
    ["no end", `ffa0${FRAME}ffa300030000`, "TRUNCATED", "end marker FFA1", 26],
  ])("is refused with %s", (_what, hex, code, detail, offset) => {
    expect(malformed(() => parseWsqHeader(fromHex(hex)))).toMatchObject({
      code,
      path: "WSQ",
      offset,
      detail: expect.stringContaining(detail),
    });
  });

  it("is not a PNG", () => {
    expect(malformed(() => parseWsqHeader(readVector("biometric/drawn-24x18.png"))).detail).toContain("looks like PNG");
  });
});

describe("a PNG file", () => {
  const file = readVector("biometric/drawn-24x18.png");

  it.each<[string, Uint8Array, string, number]>([
    ["another first chunk", file.with(12, 0), "the first chunk is not IHDR", 8],
    ["no width", file.with(19, 0), "the image has no size (0×18)", 16],
    ["a colour type that is none", file.with(25, 5), "no such colour type", 25],
    ["no end", file.with(file.length - 5, 0), "does not end with its chunk IEND", file.length - 1],
    ["a chunk longer than the file", file.with(33, 1), "a chunk is longer than the file", 33],
    ["no pixels", concatBytes(file.subarray(0, 33), file.subarray(file.length - 12)), "no chunk IDAT", 45],
  ])("is refused with %s", (_what, bytes, detail, offset) => {
    expect(malformed(() => parsePngHeader(bytes))).toMatchObject({
      path: "PNG",
      offset,
      detail: expect.stringContaining(detail),
    });
  });

  it("without a unit states no resolution", () => {
    const unit = file.findIndex((_, i) => toHex(file.subarray(i, i + 4)) === "70485973") + 12;
    expect(parsePngHeader(file.with(unit, 0)).resolution).toBeUndefined();
  });
});
