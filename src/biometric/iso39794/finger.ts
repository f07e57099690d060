import { any, choice } from "../../tlv/choice.js";
import type { Value } from "../../tlv/codec.js";
import { dataObject, encodeObject, parseObject } from "../../tlv/file.js";
import { octets } from "../../tlv/leaves.js";
import { list, listOwn } from "../../tlv/list.js";
import { opt, req, struct } from "../../tlv/struct.js";
import { text } from "../../tlv/text.js";
import type { StatedImage } from "../compare-image.js";
import {
  certificationIdBlocks,
  dateTimeBlock,
  extendedDataBlocks,
  padDataBlock,
  point2d,
  qualityBlocks,
  registryIdBlock,
  scoreOrError,
  versionBlock,
} from "./common.js";
import { boolean, coded, codeOf, codes, emptyBlock, extensions, integer, SEQUENCE, VISIBLE_STRING } from "./types.js";

// ISO/IEC 39794-4:2019. "This software makes use of the Schema from ISO/IEC 39794-4 within modifications permitted in the
// relevant ISO/IEC standard. Please reproduce this note if possible."

/** Position: 0 unknown, 1 to 5 right thumb to little finger, 6 to 10 left, then groups, palms and feet; 999 other. */
const position = choice({
  code: req(0x80, integer(0, 999)),
  extensionBlock: req(0xa1, struct({ fallback: req(0x80, integer(0, 999)), extensions: extensions(1) })),
});

const segmentBlock = struct({
  position: req(0xa0, position),
  enclosingCoordinatesBlock: req(0xa1, list(SEQUENCE, point2d, { min: 2, max: 8 })),
  /** 256 units a turn. */
  orientation: opt(0x82, integer(0, 255)),
  qualityBlocks: opt(0xa3, qualityBlocks),
  confidence: opt(0xa4, scoreOrError),
  extensions: extensions(5),
});

/** The segments that one algorithm found in an image. */
const segmentationBlock = dataObject(
  "SegmentationBlock",
  SEQUENCE,
  struct({
    algorithmIdBlock: req(0xa0, registryIdBlock),
    segmentBlocks: req(0xa1, list(SEQUENCE, segmentBlock, { max: 10 })),
    extensions: extensions(2),
  }),
);
/** Value of one segmentation. */
export interface SegmentationBlock extends Value<typeof segmentationBlock.codec> {}

/**
 * Reads one segmentation of a finger image data block, which keeps them as they stand.
 *
 * @throws {MalformedError} with path and offset.
 */
export function parseSegmentation(block: Uint8Array): SegmentationBlock {
  return parseObject(segmentationBlock, block);
}

/**
 * The bytes of one segmentation, ready for `segmentationBlocks` of a finger image data block.
 *
 * @throws {EncodeError} `VALUE_NOT_ENCODABLE` with the path of the field.
 */
export function encodeSegmentation(segmentation: SegmentationBlock): Uint8Array {
  return encodeObject(segmentationBlock, segmentation);
}

const representationBlock = struct({
  position: req(0xa0, position),
  /** 0 plain contact, 1 rolled contact, 4 latent, 8 swipe, 24, 25, 41, 42 contactless, 28 other, 29 unknown. */
  impression: req(0xa1, coded([0, 1, 4, 8, 24, 25, 28, 29, 41, 42])),
  /** 0 PGM, 1 WSQ, 2 JPEG 2000 with losses, 3 without, 4 PNG. */
  imageDataFormat: req(0xa2, choice({ code: req(0x80, integer(0, 4)), extensionBlock: req(0xa1, emptyBlock) })),
  /** The image file. */
  imageData: req(0x83, octets(1)),
  captureDateTimeBlock: opt(0xa4, dateTimeBlock),
  captureDeviceBlock: opt(
    0xa5,
    struct({
      modelIdBlock: opt(0xa0, registryIdBlock),
      /** 0 unknown, 1 other, 2 scanned ink, 3 to 7 optical, 9 and 10 capacitive, 11 to 22 others. */
      technologyId: opt(0xa1, coded(codes(22))),
      certificationIdBlocks: opt(0xa2, certificationIdBlocks),
      extensions: extensions(3),
    }),
  ),
  qualityBlocks: opt(0xa6, qualityBlocks),
  spatialSamplingRateBlock: opt(
    0xa7,
    struct({
      samplesPerUnit: req(0x80, integer(0, 65_535)),
      /** 0 inch, 1 centimetre. */
      unitDimension: req(0x81, integer(0, 1)),
    }),
  ),
  positionComputedByCaptureSystem: opt(0x88, boolean()),
  /** Degrees. */
  originalRotation: opt(0x89, integer(0, 359)),
  imageRotatedToVertical: opt(0x8a, boolean()),
  imageHasBeenLossilyCompressed: opt(0x8b, boolean()),
  /** Whole segmentations, as they stand; `parseSegmentation` reads one. */
  segmentationBlocks: opt(0xac, listOwn(any(), { max: 64 })),
  annotationBlocks: opt(
    0xad,
    list(
      SEQUENCE,
      struct({
        position: req(0xa0, position),
        /** 0 unknown, 1 other, 2 amputated, 3 unable to print, 4 bandaged, 5 physically challenged, 6 diseased. */
        reason: req(0xa1, coded(codes(6))),
        extensions: extensions(2),
      }),
      { max: 10 },
    ),
  ),
  padDataBlock: opt(0xae, padDataBlock),
  commentBlocks: opt(0xaf, list(VISIBLE_STRING, text(1024, { charset: "ascii" }), { max: 8 })),
  vendorSpecificDataBlocks: opt(0xb0, extendedDataBlocks),
  extensions: extensions(17),
});

/**
 * Finger image data block of ISO/IEC 39794-4:2019 with one representation: DG3 has one image in each template (ICAO 9303-10
 * §4.7.3.2.3).
 */
export const fingerImageDataBlock = dataObject(
  "FingerImageDataBlock",
  0x64,
  struct({
    versionBlock: req(0xa0, versionBlock),
    representationBlocks: req(0xa1, list(SEQUENCE, representationBlock, { min: 1, max: 1 })),
    extensions: extensions(2),
  }),
);
/** Value of {@link fingerImageDataBlock}. */
export interface FingerImageDataBlock extends Value<typeof fingerImageDataBlock.codec> {}

/**
 * Reads a finger image data block, as DG3 keeps it under 7F2E.
 *
 * Spec: ISO/IEC 39794-4:2019; ICAO 9303-10 §4.5.6.
 *
 * @param block - The data object 64, tag and length included: `data.iso39794.standardized` of a template of DG3.
 * @returns Strict: writing it again gives the same bytes. Parts of later editions are in `extensions`, as they stand.
 * @throws {MalformedError} with path and offset.
 */
export function parseIso39794Finger(block: Uint8Array): FingerImageDataBlock {
  return parseObject(fingerImageDataBlock, block);
}

/**
 * The bytes of a finger image data block, ready for `data.iso39794.standardized` of a template of DG3.
 *
 * @throws {EncodeError} `VALUE_NOT_ENCODABLE` with the path of the field.
 */
export function encodeIso39794Finger(block: FingerImageDataBlock): Uint8Array {
  return encodeObject(fingerImageDataBlock, block);
}

const FORMATS: Readonly<Record<number, StatedImage["format"]>> = {
  1: "WSQ",
  2: "JPEG 2000",
  3: "JPEG 2000",
  4: "PNG",
};

/** The images of a finger image data block and what it says of them. */
export function statedFingerImages39794(
  block: FingerImageDataBlock,
): readonly { readonly position: number; readonly stated: StatedImage; readonly image: Uint8Array }[] {
  return block.representationBlocks.map(({ position: of, imageDataFormat, spatialSamplingRateBlock, imageData }) => {
    const format = FORMATS[imageDataFormat.code ?? 0];
    const rate = spatialSamplingRateBlock;
    const perInch = rate === undefined ? 0 : rate.samplesPerUnit * (rate.unitDimension === 0 ? 1 : 2.54);
    const stated = {
      ...(format !== undefined && { format }),
      components: 1,
      ...(perInch > 0 && { resolution: { x: perInch, y: perInch } }),
    };
    return { position: codeOf(of), stated, image: imageData };
  });
}
