import type { Codec, Value } from "../tlv/codec.js";
import { octets, uint } from "../tlv/leaves.js";
import { countOf, fixed, items, record, recordLength, remainder, signature } from "../tlv/record.js";

/** One image of a finger or palm: header and image (ISO/IEC 19794-4:2005 §7.2). */
const fingerImage = record({
  length: recordLength(4),
  /** 0 unknown, 1 to 5 right thumb to little finger, 6 to 10 left; 13 to 15 several fingers, 20 and above palms. */
  position: fixed(1, uint(1)),
  /** How many views of this finger there are. */
  viewCount: fixed(1, uint(1)),
  /** Which of them this is, from 1. */
  viewNumber: fixed(1, uint(1)),
  /** 0 to 100, 254 when not stated. */
  quality: fixed(1, uint(1)),
  /** 0 live plain, 1 live rolled, 2 non-live plain, 3 non-live rolled, 7 latent, 8 swipe, 9 contactless. */
  impressionType: fixed(1, uint(1)),
  /** Pixels. */
  width: fixed(2, uint(2)),
  /** Pixels. */
  height: fixed(2, uint(2)),
  reserved: signature(Uint8Array.of(0)),
  /** The image as the compression of the record says. */
  image: remainder(octets(1)),
});

const fingerRecordOf = (max: number) =>
  record({
    format: signature(Uint8Array.of(0x46, 0x49, 0x52, 0x00)),
    version: signature(Uint8Array.of(0x30, 0x31, 0x30, 0x00)),
    length: recordLength(6),
    /** Assigned by the vendor; 0 when not stated. */
    captureDevice: fixed(2, uint(2)),
    /** 10, 20, 30, 31, 35, 40 or 41; 31 is 500 pixels an inch. */
    acquisitionLevel: fixed(2, uint(2)),
    imageCount: countOf(1, "images"),
    /** Unit of the resolutions: 1 pixels an inch, 2 pixels a centimetre. */
    scaleUnits: fixed(1, uint(1, [1, 2])),
    scanResolutionX: fixed(2, uint(2)),
    scanResolutionY: fixed(2, uint(2)),
    imageResolutionX: fixed(2, uint(2)),
    imageResolutionY: fixed(2, uint(2)),
    /** Bits a pixel, 1 to 16. */
    pixelDepth: fixed(1, uint(1)),
    /** 0 raw, 1 raw with packed bits, 2 WSQ, 3 JPEG, 4 JPEG 2000, 5 PNG. */
    compression: fixed(1, uint(1, [0, 1, 2, 3, 4, 5])),
    reserved: signature(Uint8Array.of(0, 0)),
    images: items(fingerImage, { min: 1, max }),
  });

/**
 * Finger image record: `FIR`, version `010`, and its images (ISO/IEC 19794-4:2005 §7.1). The standard allows 255 of them,
 * here twenty are the most, so that what is read stays bounded.
 */
export const fingerRecord = fingerRecordOf(20);

/** The same with exactly one image, as in DG3 (ICAO 9303-10 §4.7.3.2.3). */
export const singleFingerRecord: Codec<FingerRecord> = fingerRecordOf(1);

/** Value of {@link fingerRecord}. */
export interface FingerRecord extends Value<typeof fingerRecord> {}
/** One image of a {@link FingerRecord}. */
export type FingerImage = FingerRecord["images"][number];

/** A finger image record around one image at one resolution, with everything else unspecified. Keeps a view of the image. */
export function buildFingerRecord(finger: {
  readonly image: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** 1 to 5 right thumb to little finger, 6 to 10 left, 0 unknown. */
  readonly position: number;
  /** 0 raw, 2 WSQ, 3 JPEG, 4 JPEG 2000, 5 PNG. */
  readonly compression: 0 | 2 | 3 | 4 | 5;
  /** Pixels an inch; 500 when left out. */
  readonly resolution?: number;
}): FingerRecord {
  const { image, width, height, position, compression, resolution = 500 } = finger;
  return {
    captureDevice: 0,
    acquisitionLevel: resolution >= 1000 ? 41 : resolution >= 500 ? 31 : 20,
    scaleUnits: 1,
    scanResolutionX: resolution,
    scanResolutionY: resolution,
    imageResolutionX: resolution,
    imageResolutionY: resolution,
    pixelDepth: 8,
    compression,
    images: [{ position, viewCount: 1, viewNumber: 1, quality: 254, impressionType: 0, width, height, image }],
  };
}
