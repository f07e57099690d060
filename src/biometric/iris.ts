import { bits } from "../tlv/bits.js";
import type { Value } from "../tlv/codec.js";
import { octets, uint } from "../tlv/leaves.js";
import { countOf, fixed, items, lengthOf, record, recordLength, remainder, signature } from "../tlv/record.js";

/** One image of an eye (ISO/IEC 19794-6:2005 §5.5 table 4). */
const irisImage = record({
  /** From 1. */
  number: fixed(2, uint(2)),
  /** 0 to 100, 254 when not stated. */
  quality: fixed(1, uint(1)),
  /** 65,536 units a turn; FFFF when not stated. */
  rotationAngle: fixed(2, uint(2)),
  /** 65,536 units half a turn; FFFF when not stated. */
  rotationUncertainty: fixed(2, uint(2)),
  imageLength: lengthOf(4, "image"),
  /** The image as the format of the record says. */
  image: remainder(octets(1)),
});

/** One eye and its images (ISO/IEC 19794-6:2005 §5.5 table 3). */
const irisEye = record({
  /** 0 not stated, 1 right, 2 left. */
  eye: fixed(1, uint(1, [0, 1, 2])),
  imageCount: countOf(2, "images"),
  images: items(irisImage, { min: 1, max: 4 }),
});

/**
 * Iris record: `IIR`, version `010`, one or two eyes (ISO/IEC 19794-6:2005 §5.5 table 2). The standard allows 65,535 images
 * of an eye, here four are the most, so that what is read stays bounded.
 */
export const irisRecord = record({
  format: signature(Uint8Array.of(0x49, 0x49, 0x52, 0x00)),
  version: signature(Uint8Array.of(0x30, 0x31, 0x30, 0x00)),
  length: recordLength(4),
  /** Assigned by the vendor; 0 when not stated. */
  captureDevice: fixed(2, uint(2)),
  eyeCount: countOf(1, "eyes"),
  headerLength: signature(Uint8Array.of(0, 45)),
  properties: fixed(
    2,
    bits(2, {
      reserved: 6,
      /** Polar images: 1 processed. */
      boundaryExtraction: 1,
      /** Polar images: 0 filled with zeros, 1 with ones. */
      occlusionFilling: 1,
      /** Polar images: 1 processed. */
      occlusion: 1,
      /** 0 not stated, 1 progressive, 2 interlaced frame, 3 interlaced field, 4 corrected. */
      scanType: 3,
      /** 0 not stated, 1 base, 2 flipped. */
      verticalOrientation: 2,
      /** 0 not stated, 1 base, 2 flipped. */
      horizontalOrientation: 2,
    }),
  ),
  /** Expected diameter of the iris in pixels; 0 when not stated. */
  irisDiameter: fixed(2, uint(2)),
  /** 2 and 4 raw, 6 and 8 JPEG, 10 and 12 JPEG-LS, 14 and 16 JPEG 2000: grey and RGB each. */
  imageFormat: fixed(2, uint(2, [2, 4, 6, 8, 10, 12, 14, 16])),
  /** Pixels; 0 when not stated. */
  width: fixed(2, uint(2)),
  /** Pixels; 0 when not stated. */
  height: fixed(2, uint(2)),
  /** Bits a colour; 0 when not stated. */
  intensityDepth: fixed(1, uint(1)),
  /** Polar images: 1 standard. */
  transformation: fixed(1, uint(1)),
  /** `D` serial number, `M` MAC address or `P` processor, and its number; zeros when not stated. */
  deviceId: fixed(16, octets(16, 16)),
  eyes: items(irisEye, { min: 1, max: 2 }),
});
/** Value of {@link irisRecord}. */
export interface IrisRecord extends Value<typeof irisRecord> {}
/** One eye of an {@link IrisRecord}. */
export type IrisEye = IrisRecord["eyes"][number];
