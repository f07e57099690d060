import { describe, expect, it } from "vitest";
import { checkImage } from "../../src/biometric/compare-image.js";
import {
  encodeIso39794Face,
  faceImageDataBlock,
  parseIso39794Face,
  statedFaceImages39794,
} from "../../src/biometric/iso39794/face.js";
import {
  encodeIso39794Finger,
  encodeSegmentation,
  fingerImageDataBlock,
  parseIso39794Finger,
  parseSegmentation,
  statedFingerImages39794,
} from "../../src/biometric/iso39794/finger.js";
import { encodeLandmark, type LandmarkBlock, parseLandmark } from "../../src/biometric/iso39794/landmarks.js";
import { coded, codeOf, codes, extensions, flags, integer } from "../../src/biometric/iso39794/types.js";
import { equalBytes, fromHex, toHex } from "../../src/bytes/bytes.js";
import { dg2 } from "../../src/lds/dg2.js";
import { dataObject, encodeObject, parseFile, parseObject } from "../../src/tlv/file.js";
import { req, struct } from "../../src/tlv/struct.js";
import { damaged, holdsStrictly, malformed, readVector } from "../property/strict.js";

const faceBlock = parseFile(dg2, readVector("lds/iso39794/dg2_silver_mandatory_fields.bin")).instances[0]?.data.iso39794
  ?.standardized as Uint8Array;
const fingerBlock = readVector("lds/iso39794/sample-39794-4-ed-1-v1.der");

describe("a face image data block", () => {
  it("of the ICAO application profile, mandatory fields only", () => {
    const value = parseIso39794Face(faceBlock);
    expect(value.versionBlock).toEqual({ generation: 3, year: 2019 });
    const [representation] = value.representationBlocks;
    expect(representation?.representationId).toBe(0);
    const image = representation?.imageRepresentation.base?.imageRepresentation2dBlock;
    expect(image?.imageInformation2dBlock).toEqual({ imageDataFormat: { code: 3 } });
    expect(image?.representationData2d).toEqual(readVector("lds/images/silver.jp2"));
    expect(equalBytes(encodeIso39794Face(value), faceBlock)).toBe(true);
    const [stated] = statedFaceImages39794(value);
    expect(stated?.stated).toEqual({ format: "JPEG 2000" });
    expect(checkImage(stated?.stated ?? {}, stated?.image as Uint8Array)).toEqual([]);
  });

  it("with what ICAO's other sample has: fall-back codes, landmarks, angles, a size", () => {
    const [one] = parseIso39794Face(faceBlock).representationBlocks;
    if (one === undefined) throw new Error("no representation");
    const value = {
      versionBlock: { generation: 3, year: 2019 },
      representationBlocks: [
        {
          ...one,
          imageRepresentation: {
            base: {
              imageRepresentation2dBlock: {
                representationData2d: readVector("jpeg/grey-9x7.jpg"),
                imageInformation2dBlock: {
                  imageDataFormat: { code: 2 },
                  faceImageKind2d: { extensionBlock: { fallback: 0 } },
                  postAcquisitionProcessingBlock: { rotated: false, cropped: true },
                  imageSizeBlock: { width: 572, height: 731 },
                  imageColourSpace: { extensionBlock: { fallback: 5 } },
                },
              },
            },
          },
          identityMetadataBlock: {
            gender: { extensionBlock: { fallback: 3 } },
            subjectHeight: 178,
            poseAngleBlock: {
              yawAngleBlock: { angleValue: -180, angleUncertainty: 180 },
              pitchAngleBlock: { angleValue: 180 },
              rollAngleBlock: { angleValue: -1 },
            },
          },
          landmarkBlocks: [
            encodeLandmark({
              landmarkKind: { base: { mpeg4FeaturePoint: { extensionBlock: { fallback: 10 } } } },
              landmarkCoordinates: { base: { cartesian2d: { x: 90, y: 22 } } },
            }),
          ],
        },
      ],
    };
    const bytes = encodeIso39794Face(value);
    expect(parseIso39794Face(bytes)).toEqual(value);
    const hex = toHex(bytes);
    // the angles, and the first landmark as ICAO's sample has it
    expect(hex).toContain("a615a0088002ff4c810200b4a104800200b4a2038001ff");
    expect(hex).toContain("3017a009a007a005a10380010aa10aa008a00680015a810116");
    const [stated] = statedFaceImages39794(value);
    expect(checkImage(stated?.stated ?? {}, stated?.image as Uint8Array)).toEqual([
      { field: "size", stated: "572×731", found: "9×7" },
    ]);
  });

  it("has no image when its representation is an extension", () => {
    const [one] = parseIso39794Face(faceBlock).representationBlocks;
    if (one === undefined) throw new Error("no representation");
    const value = {
      versionBlock: { generation: 3, year: 2019 },
      representationBlocks: [{ ...one, imageRepresentation: { extensionBlock: { extensions: fromHex("8001FF") } } }],
    };
    expect(parseIso39794Face(encodeIso39794Face(value))).toEqual(value);
    expect(statedFaceImages39794(value)).toEqual([]);
  });

  it("gives a value or a MalformedError for every damage", () => {
    let refused = 0;
    for (const bytes of damaged(faceBlock)) if (!holdsStrictly(faceImageDataBlock, bytes)) refused++;
    expect(refused).toBeGreaterThan(900);
  });

  it("is refused as another object, with a second representation, or with a trailing one", () => {
    expect(malformed(() => parseIso39794Face(fingerBlock))).toMatchObject({
      code: "BAD_TAG",
      path: "FaceImageDataBlock",
      detail: "tag 65 expected, tag 64 found",
    });
    const value = parseIso39794Face(faceBlock);
    const twice = { ...value, representationBlocks: [value.representationBlocks[0], value.representationBlocks[0]] };
    expect(() => encodeIso39794Face(twice as typeof value)).toThrow(
      "FaceImageDataBlock.representationBlocks: 2 entries; 1 to 1 are allowed",
    );
  });
});

describe("a landmark", () => {
  it.each<LandmarkBlock>([
    { landmarkKind: { base: { anthropometricLandmark: { base: { name: { code: 21 } } } } } },
    {
      landmarkKind: { base: { anthropometricLandmark: { base: { pointId: { code: 62 } } } } },
      landmarkCoordinates: { base: { cartesian3d: { x: 1, y: 2, z: 65_535 } } },
    },
    {
      landmarkKind: { extensionBlock: {} },
      landmarkCoordinates: { base: { textureImage: { uInPixel: 0, vInPixel: 70_000 } } },
      extensions: fromHex("8201FF"),
    },
  ])("%j", (landmark) => {
    expect(parseLandmark(encodeLandmark(landmark))).toEqual(landmark);
  });

  it("is refused as something else, or of a point there is none of", () => {
    expect(malformed(() => parseLandmark(fromHex("3100")))).toMatchObject({ code: "BAD_TAG", path: "LandmarkBlock" });
    const bytes = fromHex("300B A009A007A005A103 800158");
    expect(malformed(() => parseLandmark(bytes))).toMatchObject({
      code: "BAD_VALUE",
      path: "LandmarkBlock.landmarkKind.base.mpeg4FeaturePoint.extensionBlock.fallback",
      offset: 12,
    });
  });
});

describe("a finger image data block", () => {
  it("of ISO, with every optional part", () => {
    const value = parseIso39794Finger(fingerBlock);
    expect(value.versionBlock).toEqual({ generation: 3, year: 2019 });
    const [one] = value.representationBlocks;
    expect(one).toMatchObject({
      position: { code: 2 },
      impression: { code: 1 },
      imageDataFormat: { code: 4 },
      captureDateTimeBlock: { year: 2018, month: 12, day: 30, hour: 13 },
      captureDeviceBlock: { modelIdBlock: { organization: 200, id: 33 }, technologyId: { code: 3 } },
      qualityBlocks: [
        { algorithmIdBlock: { organization: 11, id: 11 }, scoreOrError: { score: 44 } },
        { algorithmIdBlock: { organization: 257, id: 1 }, scoreOrError: { error: { code: 0 } } },
      ],
      spatialSamplingRateBlock: { samplesPerUnit: 100, unitDimension: 1 },
      positionComputedByCaptureSystem: false,
      originalRotation: 35,
      imageRotatedToVertical: true,
      imageHasBeenLossilyCompressed: false,
      annotationBlocks: [{ position: { code: 2 }, reason: { code: 5 } }],
      padDataBlock: { decision: { code: 1 }, riskLevel: 37 },
      commentBlocks: ["ISO/IEC 39794-4 BDB encoding example", "Small finger image"],
    });
    const [segmentation] = one?.segmentationBlocks ?? [];
    const segments = parseSegmentation(segmentation as Uint8Array);
    expect(encodeSegmentation(segments)).toEqual(segmentation);
    expect(segments.segmentBlocks).toEqual([
      {
        position: { code: 2 },
        enclosingCoordinatesBlock: [
          { x: 0, y: 0 },
          { x: 23, y: 23 },
        ],
        confidence: { score: 100 },
      },
    ]);
    expect(one?.vendorSpecificDataBlocks).toHaveLength(2);
    expect(encodeIso39794Finger(value)).toEqual(fingerBlock);
  });

  it("states what its PNG has", () => {
    const [one] = statedFingerImages39794(parseIso39794Finger(fingerBlock));
    expect(one).toMatchObject({
      position: 2,
      stated: { format: "PNG", components: 1, resolution: { x: 254, y: 254 } },
    });
    expect(checkImage(one?.stated ?? {}, one?.image as Uint8Array)).toEqual([]);
  });

  it("gives a value or a MalformedError for every damage", () => {
    let refused = 0;
    for (const bytes of damaged(fingerBlock)) if (!holdsStrictly(fingerImageDataBlock, bytes)) refused++;
    expect(refused).toBeGreaterThan(500);
  });
});

describe("the types of 39794", () => {
  it.each([
    [0, "00"],
    [127, "7f"],
    [128, "0080"],
    [256, "0100"],
    [32_768, "008000"],
    [2 ** 31, "0080000000"],
    [Number.MAX_SAFE_INTEGER, "1fffffffffffff"],
    [-1, "ff"],
    [-128, "80"],
    [-129, "ff7f"],
    [-180, "ff4c"],
    [-32_769, "ff7fff"],
    [-(2 ** 31) - 1, "ff7fffffff"],
  ])("the INTEGER %i", (value, hex) => {
    const of = dataObject("I", 0x02, integer(-Number.MAX_SAFE_INTEGER));
    expect(toHex(encodeObject(of, value))).toBe(`02${(hex.length / 2).toString(16).padStart(2, "0")}${hex}`);
    expect(parseObject(of, encodeObject(of, value))).toBe(value);
  });

  it.each([
    ["no byte", "0200", "BAD_LENGTH"],
    ["a byte too many", "02020001", "BAD_VALUE"],
    ["a byte too many, negative", "0202FFFF", "BAD_VALUE"],
    ["more than is allowed", "020165", "BAD_VALUE"],
    ["less than is allowed", "0201FD", "BAD_VALUE"],
    ["more than a number holds", "02080100000000000000", "BAD_VALUE"],
  ])("an INTEGER with %s is refused", (_what, hex, code) => {
    const of = dataObject("I", 0x02, integer(-2, 100));
    expect(malformed(() => parseObject(of, fromHex(hex)))).toMatchObject({ code, path: "I", offset: 2 });
  });

  it("an INTEGER out of its range cannot be written", () => {
    const of = dataObject("I", 0x02, integer(-2, 100));
    for (const value of [-3, 101, 1.5, Number.NaN, "1"]) expect(() => encodeObject(of, value as number)).toThrow("I: ");
  });

  it("a code stands alone, or as what to fall back to", () => {
    const of = dataObject("C", 0xa0, coded(codes(2)));
    expect(codeOf(parseObject(of, fromHex("A003800102")))).toBe(2);
    const later = parseObject(of, fromHex("A008A106800101810107"));
    expect(later).toEqual({ extensionBlock: { fallback: 1, extensions: fromHex("810107") } });
    expect(codeOf(later)).toBe(1);
    expect(toHex(encodeObject(of, later))).toBe("a008a106800101810107");
    expect(malformed(() => parseObject(of, fromHex("A003800103")))).toMatchObject({
      code: "BAD_VALUE",
      path: "C.code",
    });
  });

  it("flags are BOOLEANs as DER has them", () => {
    const of = dataObject("F", 0x30, flags(["a", "b"]));
    expect(parseObject(of, fromHex("30068001FF810100"))).toEqual({ a: true, b: false });
    expect(parseObject(of, fromHex("3003 8101FF"))).toEqual({ b: true });
    expect(malformed(() => parseObject(of, fromHex("3003800101")))).toMatchObject({ path: "F.a", code: "BAD_VALUE" });
    expect(() => encodeObject(of, { a: 1 as never })).toThrow("F.a: expected true or false, found number");
  });

  it("parts of later editions are kept, parts of this one are not taken for them", () => {
    const of = dataObject("E", 0x30, struct({ first: req(0x80, integer()), extensions: extensions(1) }));
    const value = parseObject(of, fromHex("300A 800105 8200 BE03020100"));
    expect(value).toEqual({ first: 5, extensions: fromHex("8200BE03020100") });
    expect(encodeObject(of, value)).toEqual(fromHex("300A8001058200BE03020100"));
    for (const [hex, offset] of [
      ["3006800105800106", 5],
      ["3006800105020100", 5],
      ["30088001058200800106", 7],
      ["30078001059F1F0100", 5],
    ] as const) {
      expect(malformed(() => parseObject(of, fromHex(hex)))).toMatchObject({
        code: "BAD_TAG",
        path: "E.extensions",
        offset,
      });
    }
    for (const wrong of [fromHex("8000"), fromHex("8205"), new Uint8Array(0), "8200"]) {
      expect(() => encodeObject(of, { first: 1, extensions: wrong as Uint8Array })).toThrow("E.extensions: ");
    }
  });
});
