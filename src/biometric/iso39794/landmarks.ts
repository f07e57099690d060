import { choice } from "../../tlv/choice.js";
import type { Value } from "../../tlv/codec.js";
import { dataObject, encodeObject, parseObject } from "../../tlv/file.js";
import { opt, req, struct } from "../../tlv/struct.js";
import { point2d, point3d } from "./common.js";
import { coded, codes, emptyBlock, extensions, integer, SEQUENCE } from "./types.js";

// ISO/IEC 39794-5:2019, as in the module of the ICAO application profile. "This software makes use of the Schema from
// ISO/IEC 39794-5 within modifications permitted in the relevant ISO/IEC standard. Please reproduce this note if possible."

/** Which anthropometric point: by name (0 vertex to 60 tragion), by point name or by point identifier. */
const anthropometricLandmark = choice({
  base: req(
    0xa0,
    choice({
      name: req(0xa0, coded(codes(60))),
      pointName: req(0xa1, coded(codes(36))),
      pointId: req(0xa2, coded(codes(62))),
    }),
  ),
  extensionBlock: req(0xa1, emptyBlock),
});

/** LandmarkKind: an MPEG-4 point (0 is 02-01, 87 is 12-04) or an anthropometric one. */
const landmarkKind = choice({
  base: req(
    0xa0,
    choice({
      mpeg4FeaturePoint: req(0xa0, coded(codes(87))),
      anthropometricLandmark: req(0xa1, anthropometricLandmark),
    }),
  ),
  extensionBlock: req(0xa1, emptyBlock),
});

/** LandmarkCoordinates: pixels of the image, of a texture, or three dimensions. */
const landmarkCoordinates = choice({
  base: req(
    0xa0,
    choice({
      cartesian2d: req(0xa0, point2d),
      textureImage: req(0xa1, struct({ uInPixel: req(0x80, integer()), vInPixel: req(0x81, integer()) })),
      cartesian3d: req(0xa2, point3d),
    }),
  ),
  extensionBlock: req(0xa1, emptyBlock),
});

/** One landmark of a face. */
const landmarkBlock = dataObject(
  "LandmarkBlock",
  SEQUENCE,
  struct({
    landmarkKind: req(0xa0, landmarkKind),
    landmarkCoordinates: opt(0xa1, landmarkCoordinates),
    extensions: extensions(2),
  }),
);
/** Value of one landmark. */
export interface LandmarkBlock extends Value<typeof landmarkBlock.codec> {}

/**
 * Reads one landmark of a face image data block, which keeps them as they stand: there may be hundreds.
 *
 * @throws {MalformedError} with path and offset.
 */
export function parseLandmark(block: Uint8Array): LandmarkBlock {
  return parseObject(landmarkBlock, block);
}

/**
 * The bytes of one landmark, ready for `landmarkBlocks` of a face image data block.
 *
 * @throws {EncodeError} `VALUE_NOT_ENCODABLE` with the path of the field.
 */
export function encodeLandmark(landmark: LandmarkBlock): Uint8Array {
  return encodeObject(landmarkBlock, landmark);
}
