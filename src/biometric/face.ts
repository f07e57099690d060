import { EMPTY } from "../bytes/bytes.js";
import { cursorOver } from "../tlv/ber.js";
import { bits } from "../tlv/bits.js";
import type { Value } from "../tlv/codec.js";
import { octets, uint } from "../tlv/leaves.js";
import { countOf, fixed, items, packed, record, recordLength, remainder, signature } from "../tlv/record.js";

/** One facial record block: facial information, feature points, image information, the image (ISO/IEC 19794-5:2005 §5.5–5.8). */
const facialRecord = record({
  length: recordLength(4),
  featurePointCount: countOf(2, "featurePoints"),
  /** 0 unspecified, 1 male, 2 female, FF unknown. */
  gender: fixed(1, uint(1)),
  eyeColour: fixed(1, uint(1)),
  hairColour: fixed(1, uint(1)),
  /** Bit mask of properties such as glasses; 0 when not specified. */
  properties: fixed(3, uint(3)),
  expression: fixed(2, uint(2)),
  /** Yaw, pitch, roll; 0 each when not specified. */
  pose: fixed(3, octets(3, 3)),
  poseUncertainty: fixed(3, octets(3, 3)),
  /** Eight bytes each, one after the other. */
  featurePoints: packed(8),
  /** 0 basic, 1 full frontal, 2 token frontal. */
  imageType: fixed(1, uint(1)),
  /** 0 JPEG, 1 JPEG 2000. */
  imageDataType: fixed(1, uint(1, [0, 1])),
  /** Pixels. */
  width: fixed(2, uint(2)),
  /** Pixels. */
  height: fixed(2, uint(2)),
  /** 0 unspecified, 1 24-bit RGB, 2 YUV 4:2:2, 3 8-bit grey. */
  colourSpace: fixed(1, uint(1)),
  /** 0 unspecified, 1 static photograph, 2 digital camera, 3 scanner, … */
  sourceType: fixed(1, uint(1)),
  deviceType: fixed(2, uint(2)),
  quality: fixed(2, uint(2)),
  /** The image file as it is. */
  image: remainder(octets(1)),
});

/**
 * Face record: `FAC`, version `010`, and its facial records (ISO/IEC 19794-5:2005 §5.4). The standard allows 65,535 of
 * them; a travel document stores one, and more than eight are refused, so that what is read stays bounded.
 */
export const faceRecord = record({
  format: signature(Uint8Array.of(0x46, 0x41, 0x43, 0x00)),
  version: signature(Uint8Array.of(0x30, 0x31, 0x30, 0x00)),
  length: recordLength(4),
  faceCount: countOf(2, "faces"),
  faces: items(facialRecord, { min: 1, max: 8 }),
});
/** Value of {@link faceRecord}. */
export interface FaceRecord extends Value<typeof faceRecord> {}
/** One face of a {@link FaceRecord}. */
export type FacialRecord = FaceRecord["faces"][number];

/** One feature point: a landmark of the face in the image (ISO/IEC 19794-5:2005 §5.6). */
const featurePoint = record({
  /** 1 for the MPEG-4 points. */
  type: fixed(1, uint(1)),
  code: fixed(1, bits(1, { major: 4, minor: 4 })),
  /** Pixels from the left. */
  x: fixed(2, uint(2)),
  /** Pixels from the top. */
  y: fixed(2, uint(2)),
  reserved: fixed(2, uint(2)),
});
/** Value of one feature point. */
export interface FeaturePoint extends Value<typeof featurePoint> {}

/** The feature points of a face, which its record keeps as one view. */
export function featurePointsOf(face: Pick<FacialRecord, "featurePoints">): readonly FeaturePoint[] {
  const c = cursorOver(face.featurePoints);
  const points: FeaturePoint[] = [];
  for (c.end = 8; c.end <= c.buf.length; c.end += 8) points.push(featurePoint.read(c));
  return points;
}

const NONE = new Uint8Array(3);

/** A face record around one image, with everything else unspecified. Keeps a view of `image.image`. */
export function buildFaceRecord(image: {
  readonly image: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** 0 JPEG, 1 JPEG 2000. */
  readonly imageDataType: 0 | 1;
  /** 0 basic, 1 full frontal, 2 token frontal; 1 when left out. */
  readonly imageType?: 0 | 1 | 2;
  /** 0 unspecified, 1 24-bit RGB, 2 YUV 4:2:2, 3 8-bit grey; 1 when left out. */
  readonly colourSpace?: 0 | 1 | 2 | 3;
}): FaceRecord {
  const { image: bytes, width, height, imageDataType, imageType = 1, colourSpace = 1 } = image;
  return {
    faces: [
      {
        gender: 0,
        eyeColour: 0,
        hairColour: 0,
        properties: 0,
        expression: 0,
        pose: NONE,
        poseUncertainty: NONE,
        featurePoints: EMPTY,
        imageType,
        imageDataType,
        width,
        height,
        colourSpace,
        sourceType: 0,
        deviceType: 0,
        quality: 0,
        image: bytes,
      },
    ],
  };
}
