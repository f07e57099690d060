import { concatBytes, uintToBytes, wipe } from "../bytes/bytes.js";
import { AesCmac } from "./aes.js";
import { hashAny } from "./legacy/sha1.js";
import type { AnyHashName } from "./primitives.js";

/** Ciphers of ICAO secure messaging, by the key that is derived for them. */
export type IcaoCipher = "3DES" | "AES-128" | "AES-192" | "AES-256";

/** What ICAO 9303-11 §9.7.1.1 and §9.7.1.2 say of each cipher: hash function, bytes of key data used, DES parity. */
const KDF_ICAO: Readonly<Record<IcaoCipher, { hash: AnyHashName; bytes: number; desParity: boolean }>> = {
  "3DES": { hash: "SHA-1", bytes: 16, desParity: true },
  "AES-128": { hash: "SHA-1", bytes: 16, desParity: false },
  "AES-192": { hash: "SHA-256", bytes: 24, desParity: false },
  "AES-256": { hash: "SHA-256", bytes: 32, desParity: false },
};

/**
 * Derives a key: the first bytes of H(secret ‖ counter).
 *
 * Spec: ICAO 9303-11 §9.7.1 (KDF(K, c)); pinned by the worked examples of appendices D, G and H.
 *
 * @param secret - The shared secret K, of any length; left alone.
 * @param counter - 1 for an encryption key, 2 for a MAC key, 3 for a password key; hashed as 4 bytes, big-endian.
 * @param cipher - Decides hash function and length; SHA-1 for 3DES and AES-128, SHA-256 for AES-192 and AES-256.
 * @returns A new key of 16, 24 or 32 bytes. 3DES keys are two-key keys (A ‖ B) with their parity bits made odd.
 * @throws {RangeError} when `counter` or `cipher` is not one of those.
 * @example
 * const ksEnc = kdfIcao(sharedSecret, 1, "AES-128");
 */
export function kdfIcao(secret: Uint8Array, counter: 1 | 2 | 3, cipher: IcaoCipher): Uint8Array {
  if (counter !== 1 && counter !== 2 && counter !== 3) {
    throw new RangeError("kdfIcao: the counter must be 1, 2 or 3");
  }
  const row = Object.hasOwn(KDF_ICAO, cipher) ? KDF_ICAO[cipher] : undefined;
  if (row === undefined) throw new RangeError(`kdfIcao: no cipher is called ${JSON.stringify(cipher)}`);
  const input = concatBytes(secret, uintToBytes(counter, 4));
  const keyData = hashAny(row.hash, input);
  const key = keyData.slice(0, row.bytes);
  wipe(input, keyData);
  return row.desParity ? withOddParity(key) : key;
}

/** Sets the lowest bit of every byte so that the byte has an odd number of ones (FIPS 46-3); works in place. */
function withOddParity(key: Uint8Array): Uint8Array {
  for (let i = 0; i < key.length; i++) {
    const byte = key[i] as number;
    let ones = 0;
    for (let bit = 1; bit < 8; bit++) ones ^= (byte >> bit) & 1;
    key[i] = (byte & 0xfe) | (ones ^ 1);
  }
  return key;
}

/**
 * Derives key bits in counter mode with AES-CMAC and a counter of one byte: K(i) = CMAC(key, before ‖ i ‖ after),
 * i = 1, 2, …
 *
 * Spec: NIST SP 800-108 r1 §4.1 (r = 8); the form used by GlobalPlatform SCP03 §4.1.5. Pinned by NIST CAVP vectors.
 * Where the counter stands among label, separator, length and context is the caller's layout.
 *
 * @param key - Key derivation key of 16, 24 or 32 bytes; left alone.
 * @param before - Fixed input in front of the counter.
 * @param after - Fixed input behind it.
 * @param bits - Length of the result in bits: a multiple of 8, 8 to 32,640 (255 blocks).
 * @returns A new array of `bits` / 8 bytes.
 * @throws {RangeError} when `key` or `bits` has another length.
 * @example
 * // SCP03 S-ENC: label (11 × 00 ‖ 04), separator 00, length 0080, counter, context
 * const sEnc = kdfCounterCmac(keyEnc, fromHex("0000000000000000000000 04 00 0080"), context, 128);
 */
export function kdfCounterCmac(key: Uint8Array, before: Uint8Array, after: Uint8Array, bits: number): Uint8Array {
  if (!Number.isInteger(bits) || bits < 8 || bits % 8 !== 0 || bits > 255 * 128) {
    throw new RangeError("kdfCounterCmac: bits must be a multiple of 8 between 8 and 32640");
  }
  const cmac = new AesCmac(key);
  const result = new Uint8Array(bits / 8);
  for (let at = 0; at < result.length; at += 16) {
    const block = cmac.mac(before, Uint8Array.of(at / 16 + 1), after);
    result.set(block.subarray(0, result.length - at), at);
    wipe(block);
  }
  cmac.wipe();
  return result;
}
