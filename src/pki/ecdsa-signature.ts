import { INTEGER, integerBytes, SEQUENCE } from "../asn1/types.js";
import { MalformedError } from "../errors.js";
import { dataObject, parseObject } from "../tlv/file.js";
import { req, struct } from "../tlv/struct.js";

/** Ecdsa-Sig-Value. */
const ecdsaSigValue = dataObject(
  "Ecdsa-Sig-Value",
  SEQUENCE,
  struct({ r: req(INTEGER, integerBytes()), s: req(INTEGER, integerBytes()) }),
);

/**
 * An ECDSA signature as X.509 and CMS carry it.
 *
 * Spec: RFC 3279 §2.2.3, TR-03111 §5.2.2.
 *
 * @param signature - r‖s of equal length, as `Signer.sign` gives it.
 * @returns DER of Ecdsa-Sig-Value.
 * @throws {RangeError} when the length is odd or zero, or r or s is zero.
 */
export function encodeEcdsaSignature(signature: Uint8Array): Uint8Array {
  const measured = measure(signature);
  const out = new Uint8Array(measured.size);
  putSignature(signature, measured, out, 0);
  return out;
}

/** @internal Bytes of {@link encodeEcdsaSignature}, and the same refusals. */
export const ecdsaSignatureSize = (signature: Uint8Array): number => measure(signature).size;

/** @internal {@link encodeEcdsaSignature} into bytes that have room: for each card of a run. */
export function writeEcdsaSignature(signature: Uint8Array, out: Uint8Array, at: number): void {
  putSignature(signature, measure(signature), out, at);
}

/** Bytes of r and of s, of their INTEGERs' contents, and of the whole. */
interface Measured {
  readonly half: number;
  readonly r: number;
  readonly s: number;
  readonly size: number;
}

function measure(signature: Uint8Array): Measured {
  const half = signature.length / 2;
  if (half === 0 || half > MAX_HALF || !Number.isInteger(half)) {
    throw new RangeError(`encodeEcdsaSignature: r‖s has an even number of bytes, not ${signature.length}`);
  }
  const rAt = firstSignificant(signature, 0, half);
  const sAt = firstSignificant(signature, half, 2 * half);
  if (rAt === half || sAt === 2 * half) throw new RangeError("encodeEcdsaSignature: r or s is zero");
  // Put together by hand, because it is made for each card: the declaration, which reads it, costs five times as much.
  const r = half - rAt + ((signature[rAt] as number) >> 7);
  const s = 2 * half - sAt + ((signature[sAt] as number) >> 7);
  return { half, r, s, size: (r + s < 0x80 - 4 ? 2 : 3) + 4 + r + s };
}

/** Writes what was measured from `at` on. */
function putSignature(signature: Uint8Array, { half, r, s }: Measured, out: Uint8Array, start: number): void {
  let at = start;
  out[at++] = SEQUENCE;
  if (r + s + 4 >= 0x80) out[at++] = 0x81;
  out[at++] = r + s + 4;
  at = putInteger(signature, half, r, out, at);
  putInteger(signature, 2 * half, s, out, at);
}

/** Longest order of a curve in bytes that one byte of length allows for. */
const MAX_HALF = 120;

/** Index of the first byte that is not zero; `end` when there is none. */
function firstSignificant(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] === 0) at++;
  return at;
}

/** INTEGER of `length` bytes, the last of which stands before `end` of the signature; returns where the next one goes. */
function putInteger(signature: Uint8Array, end: number, length: number, out: Uint8Array, at: number): number {
  out[at] = INTEGER;
  out[at + 1] = length;
  const shift = at + 2 + length - end;
  out[at + 2] = 0; // a sign byte, or written over
  for (let i = Math.max(end - length, end - signature.length / 2); i < end; i++)
    out[i + shift] = signature[i] as number;
  return at + 2 + length;
}

/**
 * The other way round; strict.
 *
 * Spec: RFC 3279 §2.2.3.
 *
 * @param der - DER of Ecdsa-Sig-Value and nothing else.
 * @param size - Bytes of r and of s: the length of the order of the curve.
 * @returns A new array, r‖s, 2 × `size` bytes.
 * @throws {MalformedError} for anything but DER, and when r or s is zero, negative or longer than `size`.
 */
export function parseEcdsaSignature(der: Uint8Array, size: number): Uint8Array {
  const { r, s } = parseObject(ecdsaSigValue, der);
  const signature = new Uint8Array(2 * size);
  place(r, "r", size, signature, size, der);
  place(s, "s", size, signature, 2 * size, der);
  return signature;
}

function place(
  number: Uint8Array,
  name: "r" | "s",
  size: number,
  out: Uint8Array,
  end: number,
  input: Uint8Array,
): void {
  const offset = number.byteOffset - input.byteOffset;
  const path = `Ecdsa-Sig-Value.${name}`;
  if ((number[0] as number) >= 0x80) throw new MalformedError("BAD_VALUE", "is negative", offset, path);
  if (isZero(number)) throw new MalformedError("BAD_VALUE", "is zero", offset, path);
  const magnitude = number[0] === 0 ? number.subarray(1) : number;
  if (magnitude.length > size) {
    throw new MalformedError("BAD_LENGTH", `${magnitude.length} bytes; at most ${size} are allowed`, offset, path);
  }
  out.set(magnitude, end - magnitude.length);
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}
