import { any, choice } from "../../tlv/choice.js";
import type { Value } from "../../tlv/codec.js";
import { dataObject, encodeObject, parseObject } from "../../tlv/file.js";
import { octets } from "../../tlv/leaves.js";
import { list, listOwn } from "../../tlv/list.js";
import { opt, req, struct } from "../../tlv/struct.js";
import type { StatedImage } from "../compare-image.js";
import {
  certificationIdBlocks,
  dateTimeBlock,
  padDataBlock,
  qualityBlocks,
  registryIdBlock,
  versionBlock,
} from "./common.js";
import { coded, codeOf, codes, emptyBlock, extensions, flags, integer, SEQUENCE } from "./types.js";

// ISO/IEC 39794-5:2019, as in the module of the ICAO application profile, with the codes of the standard where the profile leaves
// some out. "This software makes use of the Schema from ISO/IEC 39794-5 within modifications permitted in the relevant
// ISO/IEC standard. Please reproduce this note if possible."

const angle = struct({
  /** Degrees. */
  angleValue: req(0x80, integer(-180, 180)),
  angleUncertainty: opt(0x81, integer(0, 180)),
  extensions: extensions(2),
});

const identityMetadataBlock = struct({
  /** 0 unknown, 1 other, 2 male, 3 female. */
  gender: opt(0xa0, coded(codes(3))),
  /** 0 unknown, 1 other, 2 black, 3 blue, 4 brown, 5 grey, 6 green, 7 hazel, 8 multi-coloured, 9 pink. */
  eyeColour: opt(0xa1, coded(codes(9))),
  /** 0 unknown, 1 other, 2 bald, 3 black, 4 blonde, 5 brown, 6 grey, 7 white, 8 red, 9 known as coloured. */
  hairColour: opt(0xa2, coded(codes(9))),
  /** Centimetres. */
  subjectHeight: opt(0x83, integer(1, 65_535)),
  propertiesBlock: opt(
    0xa4,
    flags([
      "glasses",
      "moustache",
      "beard",
      "teethVisible",
      "pupilOrIrisNotVisible",
      "mouthOpen",
      "leftEyePatch",
      "rightEyePatch",
      "darkGlasses",
      "biometricAbsent",
      "headCoveringsPresent",
    ]),
  ),
  expressionBlock: opt(
    0xa5,
    flags(["neutral", "smile", "raisedEyebrows", "eyesLookingAwayFromTheCamera", "squinting", "frowning"]),
  ),
  poseAngleBlock: opt(
    0xa6,
    struct({
      yawAngleBlock: opt(0xa0, angle),
      pitchAngleBlock: opt(0xa1, angle),
      rollAngleBlock: opt(0xa2, angle),
    }),
  ),
  extensions: extensions(7),
});

const imageInformation2d = struct({
  /** 0 unknown, 1 other, 2 JPEG, 3 JPEG 2000 with losses, 4 without, 5 PNG, 6 PGM, 7 PPM; ICAO allows 2, 3 and 4. */
  imageDataFormat: req(0xa0, choice({ code: req(0x80, integer(0, 7)), extensionBlock: req(0xa1, emptyBlock) })),
  /** 0 travel document, 1 general purpose. */
  faceImageKind2d: opt(0xa1, coded(codes(1))),
  postAcquisitionProcessingBlock: opt(
    0xa2,
    flags([
      "rotated",
      "cropped",
      "downSampled",
      "whiteBalanceAdjusted",
      "multiplyCompressed",
      "interpolated",
      "contrastStretched",
      "poseCorrected",
      "multiViewImage",
      "ageProgressed",
      "superResolutionProcessed",
      "normalised",
    ]),
  ),
  /** 0 unknown, 1 none, 2 one, 3 more. */
  lossyTransformationAttempts: opt(0xa3, coded(codes(3))),
  /** Millimetres. */
  cameraToSubjectDistance: opt(0x84, integer(0, 50_000)),
  /** Tenths of a millimetre. */
  sensorDiagonal: opt(0x85, integer(0, 2000)),
  /** Tenths of a millimetre. */
  lensFocalLength: opt(0x86, integer(0, 2000)),
  imageSizeBlock: opt(0xa7, struct({ width: req(0x80, integer(0, 65_535)), height: req(0x81, integer(0, 65_535)) })),
  imageFaceMeasurementsBlock: opt(
    0xa8,
    struct({
      imageHeadWidth: opt(0x80, integer()),
      imageInterEyeDistance: opt(0x81, integer()),
      imageEyeToMouthDistance: opt(0x82, integer()),
      imageHeadLength: opt(0x83, integer()),
      extensions: extensions(4),
    }),
  ),
  /** 0 unknown, 1 other, 2 24-bit RGB, 3 48-bit RGB, 4 YUV 4:2:2, 5 8-bit grey, 6 16-bit grey. */
  imageColourSpace: opt(0xa9, coded(codes(6))),
  referenceColourMappingBlock: opt(
    0xaa,
    struct({
      referenceColourSchema: opt(0x80, octets()),
      referenceColourDefinitionAndValueBlocks: opt(
        0xa1,
        list(
          SEQUENCE,
          struct({
            referenceColourDefinition: opt(0x80, octets()),
            referenceColourValue: opt(0x81, octets()),
            extensions: extensions(2),
          }),
          { max: 24 },
        ),
      ),
      extensions: extensions(2),
    }),
  ),
  extensions: extensions(11),
});

const imageRepresentation2d = struct({
  /** The image file. */
  representationData2d: req(0x80, octets(1)),
  imageInformation2dBlock: req(0xa1, imageInformation2d),
  captureDevice2dBlock: opt(
    0xa2,
    struct({
      captureDeviceSpectral2dBlock: opt(0xa0, flags(["whiteLight", "nearInfrared", "thermal"])),
      /** 0 unknown, 1 photograph, 2 digital camera, 3 scanner, 4 video, 5 analogue video, 6 digital video. */
      captureDeviceTechnologyId2d: opt(0xa1, coded(codes(6))),
      extensions: extensions(2),
    }),
  ),
  extensions: extensions(3),
});

const representationBlock = struct({
  representationId: req(0x80, integer()),
  imageRepresentation: req(
    0xa1,
    choice({
      base: req(0xa0, choice({ imageRepresentation2dBlock: req(0xa0, imageRepresentation2d) })),
      extensionBlock: req(0xa1, emptyBlock),
    }),
  ),
  captureDateTimeBlock: opt(0xa2, dateTimeBlock),
  qualityBlocks: opt(0xa3, qualityBlocks),
  padDataBlock: opt(0xa4, padDataBlock),
  sessionId: opt(0x85, integer()),
  derivedFrom: opt(0x86, integer()),
  captureDeviceBlock: opt(
    0xa7,
    struct({
      modelIdBlock: opt(0xa0, registryIdBlock),
      certificationIdBlocks: opt(0xa1, certificationIdBlocks),
      extensions: extensions(2),
    }),
  ),
  identityMetadataBlock: opt(0xa8, identityMetadataBlock),
  /** Whole landmarks, as they stand; `parseLandmark` reads one. The 84 of MPEG-4 and some 50 of anthropometry fit. */
  landmarkBlocks: opt(0xa9, listOwn(any(), { max: 150 })),
  extensions: extensions(10),
});

/** Face image data block of ISO/IEC 39794-5:2019 with the one representation that ICAO allows. */
export const faceImageDataBlock = dataObject(
  "FaceImageDataBlock",
  0x65,
  struct({
    versionBlock: req(0xa0, versionBlock),
    representationBlocks: req(0xa1, list(SEQUENCE, representationBlock, { min: 1, max: 1 })),
    extensions: extensions(2),
  }),
);
/** Value of {@link faceImageDataBlock}. */
export interface FaceImageDataBlock extends Value<typeof faceImageDataBlock.codec> {}

/**
 * Reads a face image data block, as DG2 keeps it under 7F2E.
 *
 * Spec: ISO/IEC 39794-5:2019 in the ICAO application profile; ICAO 9303-10 §4.5.6.
 *
 * @param block - The data object 65, tag and length included: `data.iso39794.standardized` of a template of DG2.
 * @returns Strict: writing it again gives the same bytes. Parts of later editions are in `extensions`, as they stand.
 * @throws {MalformedError} with path and offset.
 */
export function parseIso39794Face(block: Uint8Array): FaceImageDataBlock {
  return parseObject(faceImageDataBlock, block);
}

/**
 * The bytes of a face image data block, ready for `data.iso39794.standardized` of a template of DG2.
 *
 * @throws {EncodeError} `VALUE_NOT_ENCODABLE` with the path of the field.
 */
export function encodeIso39794Face(block: FaceImageDataBlock): Uint8Array {
  return encodeObject(faceImageDataBlock, block);
}

const FORMATS: Readonly<Record<number, StatedImage["format"]>> = {
  2: "JPEG",
  3: "JPEG 2000",
  4: "JPEG 2000",
  5: "PNG",
};
const COMPONENTS: Readonly<Record<number, number>> = { 2: 3, 3: 3, 4: 3, 5: 1, 6: 1 };

/** The images of a face image data block and what it says of them. */
export function statedFaceImages39794(
  block: FaceImageDataBlock,
): readonly { readonly stated: StatedImage; readonly image: Uint8Array }[] {
  return block.representationBlocks.flatMap(({ imageRepresentation }) => {
    const representation = imageRepresentation.base?.imageRepresentation2dBlock;
    if (representation === undefined) return [];
    const { imageDataFormat, imageSizeBlock, imageColourSpace } = representation.imageInformation2dBlock;
    const format = FORMATS[imageDataFormat.code ?? 0];
    const components = imageColourSpace === undefined ? undefined : COMPONENTS[codeOf(imageColourSpace)];
    const stated = {
      ...(format !== undefined && { format }),
      ...imageSizeBlock,
      ...(components !== undefined && { components }),
    };
    return [{ stated, image: representation.representationData2d }];
  });
}
