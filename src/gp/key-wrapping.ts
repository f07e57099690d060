import { equalBytes, wipe } from "../bytes/bytes.js";
import { aesCbcDecrypt, aesCbcEncrypt, aesKcv } from "../crypto/aes.js";
import { padIso, unpadIso } from "../crypto/padding.js";
import { checkAesKey, type WrappedKey } from "./key-types.js";

/** Sensitive data is encrypted with a zero ICV (Amendment D §6.2.8). */
const ZERO_ICV = new Uint8Array(16);

/**
 * An AES key under a card's DEK. A 24-byte key is filled with zeros to 32 bytes, since the fill is free.
 *
 * Spec: Amendment D §6.2.8 and §7.2. Pinned by gp/store-data-keys-kaoh.json (16 bytes).
 *
 * @throws {RangeError} when `key` is no AES key.
 */
export function wrapKey(dek: Uint8Array, key: Uint8Array): WrappedKey {
  checkAesKey("wrapKey", key);
  const filled = new Uint8Array(key.length === 16 ? 16 : 32);
  filled.set(key);
  const cryptogram = aesCbcEncrypt(dek, ZERO_ICV, filled);
  wipe(filled);
  return { length: key.length, cryptogram, kcv: aesKcv(key) };
}

/**
 * The AES key in `wrapped`.
 *
 * @returns Undefined when lengths or the key check value do not fit, which a chip answers with 6982 or 6A80.
 */
export function unwrapKey(dek: Uint8Array, wrapped: WrappedKey): Uint8Array | undefined {
  const { length, cryptogram, kcv } = wrapped;
  if (length !== 16 && length !== 24 && length !== 32) return undefined;
  if (cryptogram.length !== (length === 16 ? 16 : 32)) return undefined;
  const filled = aesCbcDecrypt(dek, ZERO_ICV, cryptogram);
  const key = filled.slice(0, length);
  wipe(filled);
  if (equalBytes(aesKcv(key), kcv)) return key;
  wipe(key);
  return undefined;
}

/**
 * A secret of any length under a card's DEK: padded with 80 00…, so that the chip gets the exact length back, then
 * AES-CBC with a zero ICV. Amendment D §6.2.8 leaves the padding of such data to the application.
 */
export function wrapSecretBytes(dek: Uint8Array, secret: Uint8Array): Uint8Array {
  const padded = padIso(secret, 16);
  const cryptogram = aesCbcEncrypt(dek, ZERO_ICV, padded);
  wipe(padded);
  return cryptogram;
}

/**
 * The secret in a cryptogram of `wrapSecretBytes`.
 *
 * @returns Undefined when its length or padding is wrong, so that the DEK does not fit.
 */
export function unwrapSecret(dek: Uint8Array, cryptogram: Uint8Array): Uint8Array | undefined {
  if (cryptogram.length === 0 || cryptogram.length % 16 !== 0) return undefined;
  const padded = aesCbcDecrypt(dek, ZERO_ICV, cryptogram);
  const secret = unpadIso(padded)?.slice();
  wipe(padded);
  return secret;
}
