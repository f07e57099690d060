import { EMPTY } from "../bytes/bytes.js";
import type { RuleFinding } from "./rule.js";

/** Far above any image of a chip; it bounds what a record may make us decode. */
export const MAX_IMAGE = 1 << 20;

/** Most minutiae of one finger: a card states their number in one byte (ISO/IEC 19794-2:2005 §8.2). */
const MAX_MINUTIAE = 255;
/** Bytes of a minutia of compact size. */
const MINUTIA = 3;

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

const JPEG = [0xff, 0xd8, 0xff];
const JPEG_2000 = [0x00, 0x00, 0x00, 0x0c, 0x6a, 0x50, 0x20, 0x20, 0x0d, 0x0a, 0x87, 0x0a];
const CODESTREAM = [0xff, 0x4f, 0xff, 0x51];
const WSQ = [0xff, 0xa0];

/** What a field of bytes may hold, and the codes of its faults. */
interface BinaryKind {
  /** For the JSON Schema and for messages about types, e.g. `JPEG or JPEG 2000 file`. */
  readonly what: string;
  readonly max: number;
  readonly codes: { readonly base64: string; readonly tooLarge: string };
  /** What is wrong with the content, if anything is. */
  readonly check: (bytes: Uint8Array) => RuleFinding | undefined;
}

function problem(code: string, allowed: string, message: string): RuleFinding {
  return { severity: "problem", code, allowed, message };
}

/** A file that begins like one of a format: its header is read when it goes onto a card. */
function file(code: string, what: string, signatures: readonly (readonly number[])[]): BinaryKind["check"] {
  return (bytes) =>
    signatures.some((signature) => signature.every((byte, i) => bytes[i] === byte))
      ? undefined
      : problem(code, `a ${what}`, "The bytes do not begin like such an image; convert the image.");
}

function checkMinutiae(bytes: Uint8Array): RuleFinding | undefined {
  const allowed = `1 to ${MAX_MINUTIAE} minutiae of ${MINUTIA} bytes (x, y, type and angle)`;
  if (bytes.length === 0 || bytes.length % MINUTIA !== 0) {
    return problem("MINUTIAE_FORM", allowed, "Give minutiae of compact size, without a header of a record.");
  }
  for (let at = 2; at < bytes.length; at += MINUTIA) {
    if ((bytes[at] as number) >> 6 === 3) {
      const which = (at - 2) / MINUTIA + 1;
      return problem("MINUTIAE_FORM", allowed, `Minutia ${which} has type 3, which is reserved; types are 0 to 2.`);
    }
  }
  return undefined;
}

const IMAGE_CODES = { base64: "IMAGE_NOT_BASE64", tooLarge: "IMAGE_TOO_LARGE" } as const;
const PHOTO = "JPEG or JPEG 2000 file";

/** The kinds of bytes in a record. */
export const BINARY_KINDS = {
  portrait: {
    what: PHOTO,
    max: MAX_IMAGE,
    codes: { base64: "PORTRAIT_NOT_BASE64", tooLarge: "PORTRAIT_TOO_LARGE" },
    check: file("PORTRAIT_FORMAT", PHOTO, [JPEG, JPEG_2000, CODESTREAM]),
  },
  signature: {
    what: PHOTO,
    max: MAX_IMAGE,
    codes: IMAGE_CODES,
    check: file("IMAGE_FORMAT", PHOTO, [JPEG, JPEG_2000, CODESTREAM]),
  },
  finger: { what: "WSQ file", max: MAX_IMAGE, codes: IMAGE_CODES, check: file("IMAGE_FORMAT", "WSQ file", [WSQ]) },
  minutiae: {
    what: "list of minutiae of compact size",
    max: MAX_MINUTIAE * MINUTIA,
    codes: { base64: "MINUTIAE_NOT_BASE64", tooLarge: "MINUTIAE_FORM" },
    check: checkMinutiae,
  },
} as const satisfies Readonly<Record<string, BinaryKind>>;

/** See {@link BINARY_KINDS}. */
export type BinaryName = keyof typeof BINARY_KINDS;

/** Bytes given as bytes or as base64, or why they cannot be what they should. The bytes are a copy. */
export function readBinary(
  value: Uint8Array | string,
  name: BinaryName,
): { readonly bytes: Uint8Array; readonly problem?: RuleFinding } {
  const { max, codes, check, what }: BinaryKind = BINARY_KINDS[name];
  const tooLarge = problem(codes.tooLarge, `at most ${max} bytes`, `Make the ${what} smaller.`);
  let bytes: Uint8Array;
  if (typeof value === "string") {
    // Before decoding: base64 may add two bytes' worth of padding at most.
    if (Math.floor((value.length * 3) / 4) - 2 > max) return { bytes: EMPTY, problem: tooLarge };
    if (value.length % 4 !== 0 || !BASE64.test(value)) {
      const hint = "Give the bytes or their base64; a file name is for the caller to read.";
      return { bytes: EMPTY, problem: problem(codes.base64, "base64 with padding, no line breaks", hint) };
    }
    const decoded = atob(value);
    bytes = new Uint8Array(decoded.length);
    for (let i = 0; i < bytes.length; i++) bytes[i] = decoded.charCodeAt(i);
  } else {
    bytes = value.length > max ? value : new Uint8Array(value);
  }
  if (bytes.length > max) return { bytes: EMPTY, problem: tooLarge };
  const fault = check(bytes);
  return fault === undefined ? { bytes } : { bytes: EMPTY, problem: fault };
}
