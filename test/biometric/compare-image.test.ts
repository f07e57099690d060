import { describe, expect, it } from "vitest";
import {
  checkImage,
  compareImage,
  statedFaceImage,
  statedFingerImage,
  statedIrisImage,
} from "../../src/biometric/compare-image.js";
import { buildFaceRecord, faceRecord } from "../../src/biometric/face.js";
import { buildFingerRecord, fingerRecord } from "../../src/biometric/finger.js";
import { parseImageHeader } from "../../src/biometric/image-header.js";
import { dg2 } from "../../src/lds/dg2.js";
import { dg4 } from "../../src/lds/dg4.js";
import { encodeTlv } from "../../src/tlv/ber.js";
import { dataObject, parseFile, parseObject } from "../../src/tlv/file.js";
import { malformed, readVector } from "../property/strict.js";

const jpeg = parseImageHeader(readVector("jpeg/dpi-16x12.jpg"));

describe("compareImage", () => {
  it("finds nothing when all is as stated, or nothing is stated", () => {
    expect(compareImage({}, jpeg)).toEqual([]);
    const { format, width, height, components, precision, length } = jpeg;
    const resolution = { x: 300, y: 600 };
    expect(compareImage({ format, width, height, components, precision, length, resolution }, jpeg)).toEqual([]);
  });

  it.each([
    [{ format: "JPEG 2000" }, { field: "format", stated: "JPEG 2000", found: "JPEG" }],
    [{ width: 17 }, { field: "size", stated: "17×12", found: "16×12" }],
    [{ height: 0 }, { field: "size", stated: "16×0", found: "16×12" }],
    [{ components: 1 }, { field: "components", stated: "1", found: "3" }],
    [{ precision: 12 }, { field: "precision", stated: "12", found: "8" }],
    [{ length: 1 }, { field: "length", stated: "1", found: "307" }],
    [{ resolution: { x: 300, y: 300 } }, { field: "resolution", stated: "300 dpi", found: "300×600 dpi" }],
  ] as const)("of %j finds both values", (stated, mismatch) => {
    expect(compareImage(stated, jpeg)).toEqual([mismatch]);
  });

  it("takes resolutions within one percent for the same", () => {
    const dpcm = parseImageHeader(readVector("jpeg/dpcm-16x12.jpg"));
    expect(compareImage({ resolution: { x: 300, y: 300 } }, dpcm)).toEqual([]);
    expect(compareImage({ resolution: { x: 304, y: 300 } }, dpcm)).toHaveLength(1);
  });

  it("passes on where an image contradicts itself", () => {
    const wrong = { field: "size", stated: "1×1", found: "2×2", by: "comment NIST_COM" } as const;
    expect(compareImage({ width: 1 }, { ...jpeg, contradictions: [wrong] })).toEqual([
      { field: "size", stated: "1×12", found: "16×12" },
      wrong,
    ]);
  });
});

describe("what the records state", () => {
  it("of the portrait of the BSI reference data set, whose record has another size", () => {
    const [one] = parseFile(dg2, readVector("lds/bsi-silver/DG2.bin")).instances;
    const [face] = one?.data.face?.faces ?? [];
    if (face === undefined) throw new Error("no face");
    expect(statedFaceImage(face)).toEqual({ format: "JPEG 2000", width: 337, height: 449 });
    expect(checkImage(statedFaceImage(face), face.image)).toEqual([
      { field: "size", stated: "337×449", found: "413×531" },
    ]);
  });

  it("of a published face record, which calls a JPEG a JPEG 2000", () => {
    const record = parseObject(
      dataObject("BDB", 0x04, faceRecord),
      encodeTlv(0x04, readVector("lds/iso19794/face-ok.bin")),
    );
    const [face] = record.faces;
    if (face === undefined) throw new Error("no face");
    expect(checkImage(statedFaceImage(face), face.image)).toEqual([
      { field: "format", stated: "JPEG 2000", found: "JPEG" },
    ]);
  });

  it("of colours", () => {
    const stated = (colourSpace: 0 | 1 | 2 | 3) => {
      const [face] = buildFaceRecord({
        image: new Uint8Array(1),
        width: 1,
        height: 1,
        imageDataType: 0,
        colourSpace,
      }).faces;
      return face === undefined ? undefined : statedFaceImage(face).components;
    };
    expect([stated(0), stated(1), stated(2), stated(3)]).toEqual([undefined, 3, 3, 1]);
  });

  it("of a finger image", () => {
    const bytes = encodeTlv(0x04, readVector("biometric/finger-record.bin"));
    const record = parseObject(dataObject("FIR", 0x04, fingerRecord), bytes);
    const [image] = record.images;
    if (image === undefined) throw new Error("no image");
    expect(statedFingerImage(record, image)).toEqual({
      format: "WSQ",
      width: 256,
      height: 256,
      resolution: { x: 500, y: 500 },
      components: 1,
      precision: 8,
    });
    expect(checkImage(statedFingerImage(record, image), image.image)).toEqual([]);
    const metric = { ...record, scaleUnits: 2, imageResolutionX: 197, imageResolutionY: 197 };
    expect(checkImage(statedFingerImage(metric, image), image.image)).toEqual([]);
    const coarse = { ...record, imageResolutionX: 250, imageResolutionY: 250 };
    expect(checkImage(statedFingerImage(coarse, { ...image, width: 255 }), image.image)).toEqual([
      { field: "size", stated: "255×256", found: "256×256" },
      { field: "resolution", stated: "250 dpi", found: "500 dpi" },
    ]);
  });

  it("of raw pixels: their number of bytes", () => {
    const image = new Uint8Array(12);
    const record = buildFingerRecord({ image, width: 4, height: 3, position: 1, compression: 0 });
    const [one] = record.images;
    if (one === undefined) throw new Error("no image");
    expect(checkImage(statedFingerImage(record, one), image)).toEqual([]);
    expect(checkImage(statedFingerImage(record, one), image.subarray(1))).toEqual([
      { field: "length", stated: "12 bytes", found: "11 bytes" },
    ]);
    const packed = { ...record, compression: 1, pixelDepth: 4 };
    expect(checkImage(statedFingerImage(packed, one), image.subarray(6))).toEqual([]);
    const wide = { ...record, pixelDepth: 12 };
    expect(checkImage(statedFingerImage(wide, one), new Uint8Array(24))).toEqual([]);
  });

  it("of irises", () => {
    const irises = parseFile(dg4, readVector("lds/bsi-silver/DG4.bin")).instances.map(({ data }) => data.iris);
    for (const iris of irises) {
      if (iris === undefined) throw new Error("no iris");
      const image = iris.eyes[0]?.images[0]?.image as Uint8Array;
      expect(statedIrisImage(iris)).toMatchObject({ format: "JPEG 2000", components: 3 });
      expect(checkImage(statedIrisImage(iris), image)).toEqual([]);
      expect(checkImage(statedIrisImage({ ...iris, imageFormat: 14 }), image)).toHaveLength(1);
    }
    const [iris] = irises;
    if (iris === undefined) throw new Error("no iris");
    const formats = [2, 4, 6, 8, 10, 12, 14, 16].map((imageFormat) =>
      statedIrisImage({ ...iris, imageFormat, width: 0 }),
    );
    expect(formats.map(({ format }) => format)).toEqual([
      "raw",
      "raw",
      "JPEG",
      "JPEG",
      undefined,
      undefined,
      "JPEG 2000",
      "JPEG 2000",
    ]);
    expect(formats.map(({ components }) => components)).toEqual([1, 3, 1, 3, 1, 3, 1, 3]);
    expect(formats[0]).not.toHaveProperty("width");
  });
});

describe("checkImage", () => {
  it("calls a PNG that is stated as a JPEG by both names, and refuses one that was cut", () => {
    const png = readVector("biometric/drawn-24x18.png");
    expect(checkImage({ format: "JPEG" }, png)).toEqual([{ field: "format", stated: "JPEG", found: "PNG" }]);
    expect(malformed(() => checkImage({ format: "JPEG" }, png.subarray(0, 100)))).toMatchObject({
      code: "TRUNCATED",
      path: "PNG",
    });
  });
});
