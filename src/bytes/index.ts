/**
 * Bytes as `Uint8Array`: hex, joining, constant-time comparison, wiping, randomness as a value.
 * No standard; used by every room. Text codecs of data files live in `tlv`.
 * @module
 */
export { concatBytes, EMPTY, equalBytes, fromHex, toHex, uintToBytes, utf8, wipe, xorBytes } from "./bytes.js";
export { type RandomSource, systemRandom } from "./random.js";
