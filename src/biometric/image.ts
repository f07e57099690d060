import { MalformedError } from "../errors.js";

/** The image formats whose headers are read here. */
export type ImageFormat = "JPEG" | "JPEG 2000" | "WSQ" | "PNG";

/** Pixels an inch; the two differ in scans of some devices. */
export interface ImageResolution {
  readonly x: number;
  readonly y: number;
}

/** One thing that two places say differently of an image. */
export interface ImageMismatch {
  readonly field: "format" | "size" | "resolution" | "components" | "precision" | "length";
  /** What is stated, in words. */
  readonly stated: string;
  /** What the image itself has, in words. */
  readonly found: string;
  /** What states it, when it is a part of the image file and not the record. */
  readonly by?: string;
}

/** What the header of an image file says. */
export interface ImageHeader {
  readonly format: ImageFormat;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** 1 grey, 3 colour. */
  readonly components: number;
  /** Bits a sample. */
  readonly precision: number;
  /** When the file states one. */
  readonly resolution?: ImageResolution;
  /** Bytes of the file. */
  readonly length: number;
  /** Where the file contradicts itself, e.g. a comment with another size than the image. */
  readonly contradictions?: readonly ImageMismatch[];
}

const SIGNATURES: readonly (readonly [string, readonly number[]])[] = [
  ["JPEG", [0xff, 0xd8]],
  ["PNG", [0x89, 0x50, 0x4e, 0x47]],
  ["JPEG 2000", [0x00, 0x00, 0x00, 0x0c, 0x6a, 0x50]],
  ["a JPEG 2000 codestream", [0xff, 0x4f, 0xff, 0x51]],
  ["WSQ", [0xff, 0xa0]],
  ["GIF", [0x47, 0x49, 0x46, 0x38]],
  ["WebP", [0x52, 0x49, 0x46, 0x46]],
  ["BMP", [0x42, 0x4d]],
  ["TIFF", [0x49, 0x49, 0x2a, 0x00]],
  ["TIFF", [0x4d, 0x4d, 0x00, 0x2a]],
];

/** What a file looks like by its first bytes, in words; undefined when no format known here begins so. */
export function guessFormat(bytes: Uint8Array): string | undefined {
  return SIGNATURES.find(([, magic]) => magic.every((byte, i) => bytes[i] === byte))?.[0];
}

/** @internal The error of a file of another format than was expected. */
export function notThis(format: ImageFormat, bytes: Uint8Array): MalformedError {
  const found = guessFormat(bytes) ?? "no image format known here";
  const detail = `expected a ${format} file, this looks like ${found}; convert the image, or correct what states its format`;
  return new MalformedError("BAD_VALUE", detail, 0, format);
}

/** @internal The error of a file that was cut, or that something was added to. */
export function cut(format: ImageFormat, detail: string, offset: number): MalformedError {
  return new MalformedError("TRUNCATED", `${detail}; take the file from its source again`, offset, format);
}

/** @internal Refuses an image without pixels. */
export function checkSize(format: ImageFormat, width: number, height: number, offset: number): void {
  if (width > 0 && height > 0) return;
  const detail = `the image has no size (${width}×${height}); write it anew with an image program`;
  throw new MalformedError("BAD_VALUE", detail, offset, format);
}

/** @internal Unsigned big-endian integer of `size` bytes; `offset` must leave room for it. */
export function uintAt(bytes: Uint8Array, offset: number, size: number): number {
  let value = 0;
  for (let i = 0; i < size; i++) value = value * 256 + (bytes[offset + i] as number);
  return value;
}

/** @internal Pixels an inch to two decimals, from pixels a metre. */
export function perInch(perMetre: number): number {
  return Math.round(perMetre * 2.54) / 100;
}
