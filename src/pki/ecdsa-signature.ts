import { INTEGER, integerBytes, SEQUENCE, unsignedToInteger } from "../asn1/types.js";
import { MalformedError } from "../errors.js";
import { dataObject, encodeObject, parseObject } from "../tlv/file.js";
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
  const half = signature.length / 2;
  if (half === 0 || !Number.isInteger(half)) {
    throw new RangeError(`encodeEcdsaSignature: r‖s has an even number of bytes, not ${signature.length}`);
  }
  const r = signature.subarray(0, half);
  const s = signature.subarray(half);
  if (isZero(r) || isZero(s)) throw new RangeError("encodeEcdsaSignature: r or s is zero");
  return encodeObject(ecdsaSigValue, { r: unsignedToInteger(r), s: unsignedToInteger(s) });
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
