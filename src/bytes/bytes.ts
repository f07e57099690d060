/** Zero bytes: shared, so that commands without data cost nothing. */
export const EMPTY: Uint8Array = /* @__PURE__ */ new Uint8Array(0);

const HEX: readonly string[] = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, "0"));

/** Lower-case hex of `bytes`, two digits a byte, no separators. */
export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i++) text += HEX[bytes[i] as number];
  return text;
}

/**
 * Bytes of a hex string.
 *
 * @param hex - An even number of hex digits in either case; spaces and line breaks between bytes are allowed.
 * @throws {TypeError} when `hex` holds anything else: a string is never taken for hex because it looks like it.
 */
export function fromHex(hex: string): Uint8Array {
  const digits = hex.replace(/\s+/g, "");
  if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(digits)) {
    throw new TypeError("fromHex: expected an even number of hex digits");
  }
  const bytes = new Uint8Array(digits.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** One new array with all parts in order. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** From this many bytes on, two views of an array pay. */
const LONG = 64;

/**
 * Whether two arrays hold the same bytes, in time that depends on their lengths only.
 * The one comparison for MACs, tokens, cryptograms and hashes.
 */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  const length = Math.min(a.length, b.length);
  let i = 0;
  if (length >= LONG) {
    // Four bytes at a time: certificates are compared often.
    const x = new DataView(a.buffer, a.byteOffset, length);
    const y = new DataView(b.buffer, b.byteOffset, length);
    for (; i + 4 <= length; i += 4) difference |= x.getInt32(i) ^ y.getInt32(i);
  }
  for (; i < length; i++) difference |= (a[i] as number) ^ (b[i] as number);
  return difference === 0;
}

/** Order of two arrays: byte by byte, a shorter one before its extension, as DER sorts a SET OF (ISO 8825-1 §11.6). Not for secrets. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Overwrites secrets with zeros, as far as JavaScript allows: earlier copies made by the runtime may remain. */
export function wipe(...secrets: readonly (Uint8Array | undefined)[]): void {
  for (const secret of secrets) secret?.fill(0);
}

/** `a` xor `b`; both must have the same length. */
export function xorBytes(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length !== b.length) throw new RangeError(`xorBytes: lengths differ (${a.length} and ${b.length})`);
  const result = new Uint8Array(a.length);
  for (let i = 0; i < a.length; i++) result[i] = (a[i] as number) ^ (b[i] as number);
  return result;
}

/** `value` as `length` bytes, most significant first. */
export function uintToBytes(value: number, length: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0 || value >= 256 ** length) {
    throw new RangeError(`uintToBytes: ${value} does not fit ${length} bytes`);
  }
  const bytes = new Uint8Array(length);
  for (let i = length - 1, rest = value; i >= 0; i--, rest = Math.floor(rest / 256)) bytes[i] = rest % 256;
  return bytes;
}

const UTF8 = /* @__PURE__ */ new TextEncoder();

/** UTF-8 bytes of `text`; ASCII stays one byte a character. */
export function utf8(text: string): Uint8Array {
  return UTF8.encode(text);
}
