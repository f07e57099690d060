import type { FacialRecord } from "./face.js";
import type { FingerImage, FingerRecord } from "./finger.js";
import type { ImageFormat, ImageHeader, ImageMismatch, ImageResolution } from "./image.js";
import { parseImageHeader } from "./image-header.js";
import type { IrisRecord } from "./iris.js";

/** What a biometric record says of the image in it; what is left out is not stated. */
export interface StatedImage {
  /** `raw`: pixels without a header. */
  readonly format?: ImageFormat | "raw";
  /** Pixels. */
  readonly width?: number;
  /** Pixels. */
  readonly height?: number;
  /** Pixels an inch. */
  readonly resolution?: ImageResolution;
  /** 1 grey, 3 colour. */
  readonly components?: number;
  /** Bits a sample. */
  readonly precision?: number;
  /** Bytes of the image. */
  readonly length?: number;
}

/** Resolutions that differ by less are one: some headers state whole pixels a centimetre only. */
const RESOLUTION_TOLERANCE = 0.01;

const near = (a: number, b: number): boolean => Math.abs(a - b) <= RESOLUTION_TOLERANCE * Math.max(a, b);
const shown = ({ x, y }: ImageResolution): string => (x === y ? `${x} dpi` : `${x}×${y} dpi`);

/**
 * Where a record and the header of its image differ, and where the image file contradicts itself. Only what both state
 * is compared; resolutions within one percent are the same.
 *
 * @returns One entry for each difference, with both values; none when they agree.
 */
export function compareImage(stated: StatedImage, header: ImageHeader): readonly ImageMismatch[] {
  const all: ImageMismatch[] = [];
  const compare = (field: ImageMismatch["field"], left: string | number | undefined, right: string | number): void => {
    if (left !== undefined && left !== right) all.push({ field, stated: `${left}`, found: `${right}` });
  };
  compare("format", stated.format, header.format);
  const { width = header.width, height = header.height } = stated;
  compare("size", `${width}×${height}`, `${header.width}×${header.height}`);
  const [left, right] = [stated.resolution, header.resolution];
  if (left !== undefined && right !== undefined && !(near(left.x, right.x) && near(left.y, right.y))) {
    compare("resolution", shown(left), shown(right));
  }
  compare("components", stated.components, header.components);
  compare("precision", stated.precision, header.precision);
  compare("length", stated.length, header.length);
  return [...all, ...(header.contradictions ?? [])];
}

/**
 * Reads the header of an image and compares it with what its record says; of raw pixels, which have no header, the number of
 * bytes is compared.
 *
 * @throws {MalformedError} when the image is none, was cut, or is of a format that is not read here.
 */
export function checkImage(stated: StatedImage, image: Uint8Array): readonly ImageMismatch[] {
  if (stated.format !== "raw") return compareImage(stated, parseImageHeader(image));
  if (stated.length === undefined || stated.length === image.length) return [];
  return [{ field: "length", stated: `${stated.length} bytes`, found: `${image.length} bytes` }];
}

/** What a facial record says of its image (ISO/IEC 19794-5:2005 §5.7). */
export function statedFaceImage(face: FacialRecord): StatedImage {
  const { imageDataType, width, height, colourSpace } = face;
  const components = colourSpace === 3 ? 1 : colourSpace === 1 || colourSpace === 2 ? 3 : undefined;
  return {
    format: imageDataType === 0 ? "JPEG" : "JPEG 2000",
    width,
    height,
    ...(components !== undefined && { components }),
  };
}

const FINGER_FORMATS = ["raw", "raw", "WSQ", "JPEG", "JPEG 2000", "PNG"] as const;

/** What a finger image record says of one of its images (ISO/IEC 19794-4:2005 §7). */
export function statedFingerImage(record: FingerRecord, image: FingerImage): StatedImage {
  const { compression, scaleUnits, imageResolutionX, imageResolutionY, pixelDepth } = record;
  const { width, height } = image;
  const format = FINGER_FORMATS[compression];
  const inch = scaleUnits === 1 ? 1 : 2.54;
  const resolution = { x: imageResolutionX * inch, y: imageResolutionY * inch };
  const rawBits = compression === 0 ? Math.ceil(pixelDepth / 8) * 8 : pixelDepth;
  return {
    ...(format !== undefined && { format }),
    width,
    height,
    components: 1,
    precision: pixelDepth,
    ...(resolution.x > 0 && resolution.y > 0 && { resolution }),
    ...(format === "raw" && { length: Math.ceil((width * height * rawBits) / 8) }),
  };
}

/** What an iris record says of its images (ISO/IEC 19794-6:2005 §5.5); the standard's JPEG-LS is not read here. */
export function statedIrisImage(record: IrisRecord): StatedImage {
  const { imageFormat, width, height } = record;
  const components = (imageFormat / 2) % 2 === 1 ? 1 : 3;
  const format = imageFormat <= 4 ? "raw" : imageFormat <= 8 ? "JPEG" : imageFormat >= 14 ? "JPEG 2000" : undefined;
  return {
    ...(format !== undefined && { format }),
    ...(width > 0 && { width }),
    ...(height > 0 && { height }),
    components,
  };
}
