import { EMPTY } from "../bytes/bytes.js";
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

/** Face record: `FAC`, version `010`, and its facial records. */
export const faceRecord = record({
  format: signature(Uint8Array.of(0x46, 0x41, 0x43, 0x00)),
  version: signature(Uint8Array.of(0x30, 0x31, 0x30, 0x00)),
  length: recordLength(4),
  faceCount: countOf(2, "faces"),
  faces: items(facialRecord),
});
/** Value of {@link faceRecord}. */
export interface FaceRecord extends Value<typeof faceRecord> {}
/** One face of a {@link FaceRecord}. */
export type FacialRecord = FaceRecord["faces"][number];

const NONE = new Uint8Array(3);

/** A face record around one image, with everything else unspecified. */
export function buildFaceRecord(image: {
  readonly image: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** 0 JPEG, 1 JPEG 2000. */
  readonly imageDataType: 0 | 1;
  /** 0 basic, 1 full frontal, 2 token frontal; 1 when left out. */
  readonly imageType?: 0 | 1 | 2;
}): FaceRecord {
  const { image: bytes, width, height, imageDataType, imageType = 1 } = image;
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
        colourSpace: 1,
        sourceType: 0,
        deviceType: 0,
        quality: 0,
        image: bytes,
      },
    ],
  };
}
