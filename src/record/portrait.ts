import { EMPTY } from "../bytes/bytes.js";
import type { RuleFinding } from "./rule.js";

/** Far above any portrait of a chip; it bounds what a record may make us decode. */
export const MAX_PORTRAIT = 1 << 20;

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

const SIGNATURES: readonly (readonly number[])[] = [
  [0xff, 0xd8, 0xff],
  [0x00, 0x00, 0x00, 0x0c, 0x6a, 0x50, 0x20, 0x20, 0x0d, 0x0a, 0x87, 0x0a],
  [0xff, 0x4f, 0xff, 0x51],
];

function problem(code: string, allowed: string, message: string): RuleFinding {
  return { severity: "problem", code, allowed, message };
}

/** Bytes of a portrait given as bytes or as base64, or why it cannot be one. The bytes are a copy. */
export function readPortrait(value: Uint8Array | string): { bytes: Uint8Array; problem?: RuleFinding } {
  const tooLarge = problem("PORTRAIT_TOO_LARGE", `at most ${MAX_PORTRAIT} bytes`, "Scale or compress the portrait.");
  let bytes: Uint8Array;
  if (typeof value === "string") {
    // Before decoding: base64 may add two bytes' worth of padding at most.
    if (Math.floor((value.length * 3) / 4) - 2 > MAX_PORTRAIT) return { bytes: EMPTY, problem: tooLarge };
    if (value.length % 4 !== 0 || !BASE64.test(value)) {
      const hint = "Give the image's bytes or their base64; a file name is for the caller to read.";
      return { bytes: EMPTY, problem: problem("PORTRAIT_NOT_BASE64", "base64 with padding, no line breaks", hint) };
    }
    const decoded = atob(value);
    bytes = new Uint8Array(decoded.length);
    for (let i = 0; i < bytes.length; i++) bytes[i] = decoded.charCodeAt(i);
  } else {
    bytes = value.length > MAX_PORTRAIT ? value : new Uint8Array(value);
  }
  if (bytes.length > MAX_PORTRAIT) return { bytes: EMPTY, problem: tooLarge };
  if (!SIGNATURES.some((signature) => signature.every((byte, i) => bytes[i] === byte))) {
    const message = "The bytes do not begin like such an image; convert the portrait.";
    return { bytes: EMPTY, problem: problem("PORTRAIT_FORMAT", "a JPEG or JPEG 2000 file", message) };
  }
  return { bytes };
}
