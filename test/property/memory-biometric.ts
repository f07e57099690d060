import { buildFaceRecord } from "../../src/biometric/face.js";
import { buildFingerRecord, fingerRecord } from "../../src/biometric/finger.js";
import { parseImageHeader } from "../../src/biometric/image-header.js";
import type { IrisRecord } from "../../src/biometric/iris.js";
import { encodeIso39794Face, type FaceImageDataBlock, parseIso39794Face } from "../../src/biometric/iso39794/face.js";
import {
  encodeIso39794Finger,
  encodeSegmentation,
  type FingerImageDataBlock,
  parseIso39794Finger,
  parseSegmentation,
} from "../../src/biometric/iso39794/finger.js";
import { minutiaeTemplate } from "../../src/biometric/minutiae.js";
import { concatBytes, fromHex } from "../../src/bytes/bytes.js";
import { dg2 } from "../../src/lds/dg2.js";
import { dg3 } from "../../src/lds/dg3.js";
import { dg4 } from "../../src/lds/dg4.js";
import { encodeTlv } from "../../src/tlv/ber.js";
import { dataObject, encodeFile, encodeObject, parseFile, parseObject } from "../../src/tlv/file.js";

const many = <T>(count: number, value: T): T[] => new Array<T>(count).fill(value);
const repeated = (count: number, hex: string): Uint8Array => concatBytes(...many(count, fromHex(hex)));
const BYTE = Uint8Array.of(0);
const header = { formatOwner: 0x0101, formatType: 8 };

const [face] = buildFaceRecord({ image: BYTE, width: 1, height: 1, imageDataType: 0 }).faces;
if (face === undefined) throw new Error("no face");
const fullDg2 = encodeFile(dg2, { instances: many(9, { header, data: { face: { faces: many(8, face) } } }) });
/** Faces as many as two bytes count, 32 bytes each. */
const crowd = (() => {
  const one = encodeObject(dataObject("Face", 0x04, dg2.codec), {
    instances: [{ header, data: { face: { faces: [face] } } }],
  });
  const block = one.subarray(one.length - 33);
  const blocks = concatBytes(...many(65_535, block));
  const record = concatBytes(fromHex("4641430030313000"), uint32(14 + blocks.length), fromHex("FFFF"), blocks);
  return encodeTlv(
    0x75,
    encodeTlv(
      0x7f61,
      fromHex("020101"),
      encodeTlv(0x7f60, fromHex("A108870201018802 0008"), encodeTlv(0x5f2e, record)),
    ),
  );
})();

function uint32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

const finger = buildFingerRecord({ image: BYTE, width: 1, height: 1, position: 1, compression: 2 });
const fullDg3 = encodeFile(dg3, { instances: many(20, { header: { ...header, subtype: 1 }, data: { finger } }) });
const FINGERS = dataObject("FingerRecord", 0x5f2e, fingerRecord);
const fullFinger = encodeObject(FINGERS, { ...finger, images: many(20, finger.images[0] as never) });

const iris: IrisRecord = {
  captureDevice: 0,
  properties: {
    reserved: 0,
    boundaryExtraction: 0,
    occlusionFilling: 0,
    occlusion: 0,
    scanType: 0,
    verticalOrientation: 0,
    horizontalOrientation: 0,
  },
  irisDiameter: 0,
  imageFormat: 2,
  width: 0,
  height: 0,
  intensityDepth: 0,
  transformation: 0,
  deviceId: new Uint8Array(16),
  eyes: many(2, {
    eye: 0,
    images: many(4, { number: 1, quality: 0, rotationAngle: 0, rotationUncertainty: 0, image: BYTE }),
  }),
};
const fullDg4 = encodeFile(dg4, { instances: many(9, { header: { ...header, subtype: 1 }, data: { iris } }) });

const minutiae = (count: number): Uint8Array => encodeTlv(0x7f2e, encodeTlv(0x90, repeated(count, "010203")));

const id = { organization: 1, id: 1 };
const extensions = fromHex("9E00");
const coded = { extensionBlock: { fallback: 0, extensions } };
const quality = many(5, { algorithmIdBlock: id, scoreOrError: { error: coded }, extensions });
const data = many(5, { dataTypeIdBlock: id, data: new Uint8Array(0) });
const padDataBlock = {
  decision: coded,
  scoreBlocks: many(5, { mechanismIdBlock: id, scoreOrError: { error: coded }, extensions }),
  extendedDataBlocks: data,
  captureContext: coded,
  supervisionLevel: coded,
  criteriaCategory: coded,
  challenges: many(5, new Uint8Array(0)),
  extensions,
};
const versionBlock = { generation: 3, year: 2019, extensions };
const fullFace: FaceImageDataBlock = {
  versionBlock,
  representationBlocks: [
    {
      representationId: 0,
      imageRepresentation: {
        base: {
          imageRepresentation2dBlock: {
            representationData2d: BYTE,
            imageInformation2dBlock: {
              imageDataFormat: { code: 2 },
              referenceColourMappingBlock: {
                referenceColourDefinitionAndValueBlocks: many(24, { extensions }),
                extensions,
              },
              extensions,
            },
            extensions,
          },
        },
      },
      qualityBlocks: quality,
      padDataBlock,
      captureDeviceBlock: { certificationIdBlocks: many(5, id), extensions },
      identityMetadataBlock: { gender: coded, eyeColour: coded, hairColour: coded, extensions },
      landmarkBlocks: many(150, fromHex("3000")),
      extensions,
    },
  ],
  extensions,
};
const fullFingers: FingerImageDataBlock = {
  versionBlock,
  representationBlocks: many(1, {
    position: coded,
    impression: coded,
    imageDataFormat: { code: 1 },
    imageData: BYTE,
    captureDeviceBlock: { certificationIdBlocks: many(5, id) },
    qualityBlocks: quality,
    segmentationBlocks: many(64, fromHex("3000")),
    annotationBlocks: many(10, { position: coded, reason: coded, extensions }),
    padDataBlock,
    commentBlocks: many(8, ""),
    vendorSpecificDataBlocks: data,
    extensions,
  }),
};

const fullSegmentation = encodeSegmentation({
  algorithmIdBlock: id,
  segmentBlocks: many(10, {
    position: coded,
    enclosingCoordinatesBlock: many(8, { x: 0, y: 0 }),
    qualityBlocks: quality,
    confidence: { error: coded },
    extensions,
  }),
});

const JP2 = "0000000C6A5020200D0A870A";

/** Biometric data made to be costly: as many small parts as are read, and many more than that. */
export const BIOMETRIC_CASES: readonly (readonly [string, Uint8Array, (bytes: Uint8Array) => unknown])[] = [
  ["as many faces as are read", fullDg2, (b) => parseFile(dg2, b)],
  ["65,535 faces", crowd, (b) => parseFile(dg2, b)],
  ["as many fingers as are read", fullDg3, (b) => parseFile(dg3, b)],
  ["as many finger images as are read", fullFinger, (b) => parseObject(FINGERS, b)],
  ["as many irises as are read", fullDg4, (b) => parseFile(dg4, b)],
  ["255 minutiae", minutiae(255), (b) => parseObject(minutiaeTemplate, b)],
  ["a hundred thousand minutiae", minutiae(100_000), (b) => parseObject(minutiaeTemplate, b)],
  ["a full face image data block", encodeIso39794Face(fullFace), parseIso39794Face],
  ["a full finger image data block", encodeIso39794Finger(fullFingers), parseIso39794Finger],
  ["a full segmentation", fullSegmentation, parseSegmentation],
  ["a crowd of JPEG segments", concatBytes(fromHex("FFD8"), repeated(100_000, "FFE00002")), parseImageHeader],
  ["a crowd of JPEG 2000 boxes", concatBytes(fromHex(JP2), repeated(50_000, "0000000800000000")), parseImageHeader],
  [
    "a crowd of WSQ comments",
    concatBytes(fromHex("FFA0"), repeated(50_000, "FFA8000A4E4953545F434F4D")),
    parseImageHeader,
  ],
  [
    "a crowd of PNG chunks",
    concatBytes(
      fromHex("89504E470D0A1A0A 0000000D49484452 00000001 00000001 0800000000 00000000"),
      repeated(50_000, "000000000000000000000000"),
      fromHex("0000000049454E44AE426082"),
    ),
    parseImageHeader,
  ],
];
