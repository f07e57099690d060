/**
 * Pads to whole blocks: one byte 80, then as many 00 as needed, possibly none. Always adds at least one byte.
 *
 * Spec: ISO/IEC 9797-1 §6.3.3 (padding method 2).
 *
 * @param data - Any number of bytes; left alone.
 * @param blockSize - Bytes of a block, 8 (DES) or 16 (AES).
 * @returns A new array whose length is a multiple of `blockSize`.
 * @throws {RangeError} when `blockSize` is not a positive whole number.
 * @example
 * toHex(padIso(fromHex("010203"), 8)); // "0102038000000000"
 */
export function padIso(data: Uint8Array, blockSize: number): Uint8Array {
  if (!Number.isSafeInteger(blockSize) || blockSize < 1) {
    throw new RangeError(`padIso: the block size must be a positive whole number, not ${blockSize}`);
  }
  const padded = new Uint8Array((Math.floor(data.length / blockSize) + 1) * blockSize);
  padded.set(data);
  padded[data.length] = 0x80;
  return padded;
}

/**
 * Removes the padding of {@link padIso}: zeros at the end, then one byte 80.
 *
 * Spec: ISO/IEC 9797-1 §6.3.3.
 *
 * Takes time that depends on the padding. That tells an attacker nothing, because secure messaging checks the MAC over
 * the cryptogram before anything is decrypted; do not call it on bytes that no MAC has covered.
 *
 * @returns A view into `padded` (shares its memory), or undefined when there is no such padding.
 * @example
 * unpadIso(fromHex("0102038000000000")); // 01 02 03
 */
export function unpadIso(padded: Uint8Array): Uint8Array | undefined {
  let end = padded.length - 1;
  while (end >= 0 && padded[end] === 0) end--;
  return padded[end] === 0x80 ? padded.subarray(0, end) : undefined;
}
