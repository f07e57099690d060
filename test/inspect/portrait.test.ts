import { describe, expect, it } from "vitest";
import { buildFaceRecord } from "../../src/biometric/face.js";
import { buildFingerRecord } from "../../src/biometric/finger.js";
import { encodeIso39794Face, parseIso39794Face } from "../../src/biometric/iso39794/face.js";
import { fromHex } from "../../src/bytes/bytes.js";
import { checkDisplayed, checkFingersAndIrises, checkPortrait } from "../../src/inspect/portrait.js";
import { CheckList } from "../../src/inspect/report.js";
import { type Dg2, dg2 } from "../../src/lds/dg2.js";
import type { Dg3 } from "../../src/lds/dg3.js";
import { type Dg4, dg4 } from "../../src/lds/dg4.js";
import { dg7 } from "../../src/lds/dg7.js";
import { parseFile } from "../../src/tlv/file.js";
import { readVector } from "../property/strict.js";

const header = { formatOwner: 0x0101, formatType: 8 };
const faceOf = (path: string, width: number, height: number, imageDataType: 0 | 1 = 0, colourSpace: 0 | 1 | 3 = 1) => ({
  header,
  data: { face: buildFaceRecord({ image: readVector(path), width, height, imageDataType, colourSpace }) },
});
const check = (value: Dg2 | undefined) => {
  const list = new CheckList();
  checkPortrait(list, value);
  expect(list.checks.map(({ id, path }) => [id, path])).toEqual([
    ["dg2.image", "EF.DG2"],
    ["dg2.instances", "EF.DG2"],
  ]);
  return list.checks.slice(0, 1).map(({ status, message, evidence }) => [status, message, evidence]);
};

describe("the portrait and what its record states", () => {
  it("agree", () => {
    expect(check({ instances: [faceOf("jpeg/baseline-16x12.jpg", 16, 12)] })).toEqual([
      ["passed", "As stated: JPEG of 16×12 pixels.", undefined],
    ]);
    const two = [faceOf("jpeg/grey-9x7.jpg", 9, 7, 0, 3), faceOf("lds/images/silver.jp2", 413, 531, 1)];
    expect(check({ instances: two })).toEqual([
      ["passed", "As stated: JPEG of 9×7 pixels, JPEG 2000 of 413×531 pixels.", undefined],
    ]);
  });

  it("of the BSI reference data set do not agree", () => {
    expect(check(parseFile(dg2, readVector("lds/bsi-silver/DG2.bin")))).toEqual([
      [
        "warning",
        "The record states 337×449 pixels, the image has 413×531.",
        { field: "size", stated: "337×449", found: "413×531" },
      ],
    ]);
  });

  it("differ in several things: one check names each with both values", () => {
    expect(check({ instances: [faceOf("biometric/drawn-24x18.png", 24, 20)] })).toEqual([
      [
        "warning",
        "The record states a JPEG image, it is a PNG. The record states 24×20 pixels, the image has 24×18. " +
          "The record states 3 samples a pixel, the image has 1.",
        { field: "format; size; components", stated: "JPEG; 24×20; 3", found: "PNG; 24×18; 1" },
      ],
    ]);
  });

  it("are looked at in every template, also behind one that cannot be", () => {
    const cut = readVector("jpeg/grey-9x7.jpg").subarray(0, 100);
    const broken = { header, data: { face: buildFaceRecord({ image: cut, width: 9, height: 7, imageDataType: 0 }) } };
    const [[status, message, evidence] = []] = check({
      instances: [broken, faceOf("jpeg/baseline-16x12.jpg", 1, 12)],
    });
    expect(status).toBe("warning");
    expect(message).toMatch(
      /^The image cannot be compared with its record \(template 1\): JPEG: .+ source again \(at byte \d+\)\. The record/,
    );
    expect(message).toMatch(/The record states 1×12 pixels, the image has 16×12 \(template 2\)\.$/);
    expect(evidence).toEqual({ field: "size", stated: "1×12", found: "16×12" });
  });

  it("in a block of ISO/IEC 39794-5", () => {
    const value = parseFile(dg2, readVector("lds/iso39794/dg2_silver_mandatory_fields.bin"));
    expect(check(value)).toEqual([["passed", "As stated: JPEG 2000 of 413×531 pixels.", undefined]]);
    const [instance] = value.instances;
    const block = parseIso39794Face(instance?.data.iso39794?.standardized as Uint8Array);
    const [representation] = block.representationBlocks;
    if (instance === undefined || representation === undefined) throw new Error("no representation");
    const withRepresentation = (imageRepresentation: (typeof representation)["imageRepresentation"]): Dg2 => {
      const changed = { ...block, representationBlocks: [{ ...representation, imageRepresentation }] };
      return { instances: [{ ...instance, data: { iso39794: { standardized: encodeIso39794Face(changed) } } }] };
    };
    const image = {
      representationData2d: readVector("jpeg/grey-9x7.jpg"),
      imageInformation2dBlock: { imageDataFormat: { code: 2 }, imageSizeBlock: { width: 90, height: 7 } },
    };
    expect(check(withRepresentation({ base: { imageRepresentation2dBlock: image } }))).toMatchObject([
      ["warning", "The record states 90×7 pixels, the image has 9×7.", { field: "size" }],
    ]);
    expect(check(withRepresentation({ extensionBlock: {} }))).toEqual([
      ["notChecked", "There is no image of a kind known here.", undefined],
    ]);
    const broken = { instances: [{ ...instance, data: { iso39794: { standardized: Uint8Array.of(0x65, 0) } } }] };
    expect(check(broken)).toEqual([
      ["warning", expect.stringContaining("FaceImageDataBlock.versionBlock: tag A0"), undefined],
    ]);
  });

  it("that contradicts itself says by what", () => {
    const silver = readVector("lds/images/silver.jp2");
    const image = silver.with(51, 0x14); // the height in the header box ihdr: 532
    expect(image[51]).not.toBe(silver[51]);
    const instance = { header, data: { face: buildFaceRecord({ image, width: 413, height: 531, imageDataType: 1 }) } };
    expect(check({ instances: [instance] })).toEqual([
      [
        "warning",
        "The image's header box ihdr states 413×532 pixels, the image has 413×531.",
        { field: "size", stated: "413×532", found: "413×531" },
      ],
    ]);
  });

  it("are not there", () => {
    expect(check(undefined)).toEqual([["notChecked", "There is no readable face record.", undefined]]);
  });
});

describe("recordings of the face", () => {
  const at = (created?: string) => ({
    header: { ...header, ...(created !== undefined && { created: fromHex(created) }) },
    data: faceOf("jpeg/baseline-16x12.jpg", 16, 12).data,
  });
  const order = (...dates: (string | undefined)[]) => {
    const list = new CheckList();
    checkPortrait(list, { instances: dates.map(at) });
    const { status, evidence } = list.checks[1] ?? {};
    return [status, evidence];
  };

  it.each([
    ["one", [undefined], "passed", { instances: "1" }],
    ["the newest first", ["20260101000000", "20200101000000"], "passed", { created: "20260101000000; 20200101000000" }],
    ["a newer one behind", ["20200101000000", "20260101000000"], "warning", { instances: "2" }],
    ["no dates", [undefined, undefined], "passed", { instances: "2" }],
  ] as const)("%s: %j is %s", (_, dates, status, evidence) => {
    expect(order(...dates)).toMatchObject([status, evidence]);
  });
});

describe("fingers and irises", () => {
  const found = (fingers: Dg3 | undefined, irises?: Dg4) => {
    const list = new CheckList();
    checkFingersAndIrises(list, fingers, irises);
    return list.checks.map(({ id, status, message, evidence }) => [id, status, message, evidence]);
  };
  const wsq = readVector("biometric/rings-256x256.wsq");
  const fingerOf = (image: Uint8Array, width: number, compression: 0 | 2) => ({
    header: { ...header, formatType: 7, subtype: 9 },
    data: { finger: buildFingerRecord({ image, width, height: 256, position: 2, compression }) },
  });

  it("as stated, in WSQ, raw and a block of ISO/IEC 39794-4", () => {
    const raw = new Uint8Array(256 * 4);
    expect(found({ instances: [fingerOf(wsq, 256, 2), fingerOf(raw, 4, 0)] })).toEqual([
      ["dg3.image", "passed", "As stated: WSQ of 256×256 pixels, 1024 bytes of raw pixels.", undefined],
    ]);
    const standardized = readVector("lds/iso39794/sample-39794-4-ed-1-v1.der");
    const [check] = found({
      instances: [{ header: { ...header, formatType: 0x28, subtype: 9 }, data: { iso39794: { standardized } } }],
    });
    expect(check?.[0]).toBe("dg3.image");
  });

  it("other than stated: both values, with the template", () => {
    const [check] = found({ instances: [fingerOf(wsq, 300, 2), fingerOf(new Uint8Array(5), 4, 0)] });
    expect(check).toEqual([
      "dg3.image",
      "warning",
      "The record states 300×256 pixels, the image has 256×256 (template 1). " +
        "The record states 1024 bytes, the image has 5 bytes (template 2).",
      { field: "size; length", stated: "300×256; 1024 bytes", found: "256×256; 5 bytes" },
    ]);
  });

  it("an image that was cut, no recording, a file that was not read", () => {
    expect(found({ instances: [fingerOf(wsq.slice(0, 40), 256, 2)] })[0]?.slice(0, 2)).toEqual([
      "dg3.image",
      "warning",
    ]);
    expect(found({ instances: [] })).toEqual([["dg3.image", "notChecked", "It holds no recording.", undefined]]);
    expect(found(undefined)).toEqual([]);
  });

  it("irises of the BSI reference data set", () => {
    const value = parseFile(dg4, readVector("lds/bsi-silver/DG4.bin"));
    const [check] = found(undefined, value);
    expect(check?.slice(0, 2)).toEqual(["dg4.image", "passed"]);
    expect(check?.[2]).toMatch(/^As stated: JPEG 2000 of \d+×\d+ pixels, JPEG 2000 of \d+×\d+ pixels\.$/);
  });
});

describe("displayed images", () => {
  const base = { id: "dg7.image", path: "EF.DG7", spec: "ICAO 9303-10 §4.7.7" };
  const found = (...images: Uint8Array[]) => {
    const list = new CheckList();
    checkDisplayed(list, base, images);
    return list.checks.map(({ status, message, evidence }) => [status, message, evidence]);
  };

  it("are JPEG or JPEG 2000", () => {
    const [signature] = parseFile(dg7, readVector("lds/tsemrtd/DG7.bin"));
    expect(found(signature as Uint8Array)[0]?.[0]).toBe("passed");
    expect(found(readVector("jpeg/grey-9x7.jpg"), readVector("lds/images/silver.jp2"))).toEqual([
      ["passed", "As stated: JPEG of 9×7 pixels, JPEG 2000 of 413×531 pixels.", undefined],
    ]);
    expect(found()).toEqual([]);
  });

  it("of another format, or cut, are told", () => {
    expect(found(readVector("jpeg/grey-9x7.jpg"), readVector("biometric/drawn-24x18.png"))).toEqual([
      [
        "warning",
        "It is to be a JPEG or JPEG 2000 image, it is a PNG (image 2).",
        { field: "format", stated: "JPEG or JPEG 2000", found: "PNG" },
      ],
    ]);
    expect(found(Uint8Array.of(1, 2, 3))[0]?.[0]).toBe("warning");
  });
});
