import { primitives } from "#primitives";
import { toHex, wipe } from "../bytes/bytes.js";

const BLOCK = 16;
const ZERO_IV = new Uint8Array(BLOCK);

/**
 * AES-CBC without padding.
 *
 * Spec: FIPS 197, NIST SP 800-38A §6.2.
 *
 * @param key - 16, 24 or 32 bytes.
 * @param iv - 16 bytes.
 * @param data - A multiple of 16 bytes, already padded where the protocol pads (`padIso`).
 * @returns A new array as long as `data`.
 * @throws {RangeError} when a length is wrong.
 * @example
 * const cryptogram = aesCbcEncrypt(ksEnc, iv, padIso(data, 16));
 */
export function aesCbcEncrypt(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array {
  checkLengths("aesCbcEncrypt", key, iv, data);
  return primitives.aesCbcEncrypt(key, iv, data);
}

/**
 * Reverses {@link aesCbcEncrypt}; removes no padding.
 *
 * Spec: FIPS 197, NIST SP 800-38A §6.2.
 *
 * @param key - 16, 24 or 32 bytes.
 * @param iv - 16 bytes.
 * @param data - A multiple of 16 bytes.
 * @returns A new array as long as `data`.
 * @throws {RangeError} when a length is wrong.
 */
export function aesCbcDecrypt(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array {
  checkLengths("aesCbcDecrypt", key, iv, data);
  return primitives.aesCbcDecrypt(key, iv, data);
}

/**
 * AES of a single block, as ICAO secure messaging needs for its IV: E(KSenc, SSC).
 *
 * Spec: FIPS 197; ICAO 9303-11 §9.8.7.1.
 *
 * @param key - 16, 24 or 32 bytes.
 * @param block - 16 bytes.
 * @returns A new array of 16 bytes.
 * @throws {RangeError} when a length is wrong.
 */
export function aesEncryptBlock(key: Uint8Array, block: Uint8Array): Uint8Array {
  if (block.length !== BLOCK) throw new RangeError(`aesEncryptBlock: a block has 16 bytes, not ${block.length}`);
  return aesCbcEncrypt(key, ZERO_IV, block);
}

/**
 * Key check value of an AES key: the first 3 bytes of AES(key, 16 × 01).
 *
 * Spec: GlobalPlatform Amendment D (SCP03) §7.2.2.
 *
 * @param key - 16, 24 or 32 bytes.
 * @returns 3 bytes, which may be shown: a type that holds the key prints as this.
 * @throws {RangeError} when `key` has another length.
 */
export function aesKcv(key: Uint8Array): Uint8Array {
  return aesEncryptBlock(key, new Uint8Array(BLOCK).fill(0x01)).slice(0, 3);
}

/**
 * AES-CMAC under one key, with the subkeys calculated once.
 *
 * Spec: NIST SP 800-38B, RFC 4493. Calculated as CBC of the backend with zero IV over the message, whose last block is
 * xored with a subkey first: the MAC is the last block of the cryptogram.
 *
 * Holds the key until {@link AesCmac.wipe}; prints, inspects and serialises as its key check value.
 *
 * @example
 * const cmac = new AesCmac(ksMac);
 * const token = cmac.mac(ssc, header, data).subarray(0, 8);
 * cmac.wipe();
 */
export class AesCmac {
  readonly #key: Uint8Array;
  readonly #k1: Uint8Array;
  readonly #k2: Uint8Array;
  #wiped = false;

  /**
   * @param key - 16, 24 or 32 bytes; copied.
   * @throws {RangeError} when `key` has another length.
   */
  constructor(key: Uint8Array) {
    const l = aesEncryptBlock(key, ZERO_IV);
    this.#key = Uint8Array.from(key);
    this.#k1 = double(l);
    this.#k2 = double(this.#k1);
    wipe(l);
  }

  /**
   * MAC over all parts in order, as if they were one message.
   *
   * @returns A new array of 16 bytes; protocols cut it to their length.
   * @throws {TypeError} when the key has been wiped.
   */
  mac(...parts: readonly Uint8Array[]): Uint8Array {
    if (this.#wiped) throw new TypeError("AesCmac: the key has been wiped");
    let length = 0;
    for (const part of parts) length += part.length;
    const padded = new Uint8Array(length === 0 ? BLOCK : Math.ceil(length / BLOCK) * BLOCK);
    let at = 0;
    for (const part of parts) {
      padded.set(part, at);
      at += part.length;
    }
    // SP 800-38B §6.2 step 4: a whole last block takes K1; otherwise it is padded with 80 00… and takes K2.
    const whole = length === padded.length;
    if (!whole) padded[length] = 0x80;
    const subkey = whole ? this.#k1 : this.#k2;
    const last = padded.length - BLOCK;
    for (let i = 0; i < BLOCK; i++) padded[last + i] = (padded[last + i] as number) ^ (subkey[i] as number);
    return primitives.aesCbcEncrypt(this.#key, ZERO_IV, padded).slice(-BLOCK);
  }

  /** Overwrites the key and its subkeys; {@link AesCmac.mac} then throws. */
  wipe(): void {
    wipe(this.#key, this.#k1, this.#k2);
    this.#wiped = true;
  }

  /** The key check value, e.g. `AesCmac(kcv c35280)`. */
  toString(): string {
    return `AesCmac(${this.#wiped ? "wiped" : `kcv ${toHex(aesKcv(this.#key))}`})`;
  }

  /** What `JSON.stringify` writes. */
  toJSON(): string {
    return this.toString();
  }

  /** What Node prints for the key. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

/**
 * AES-CMAC of one message; for several messages under one key use {@link AesCmac}.
 *
 * Spec: NIST SP 800-38B, RFC 4493.
 *
 * @param key - 16, 24 or 32 bytes.
 * @returns A new array of 16 bytes.
 * @throws {RangeError} when `key` has another length.
 * @example
 * const key = fromHex("2b7e151628aed2a6abf7158809cf4f3c");
 * toHex(aesCmac(key, new Uint8Array(0))); // "bb1d6929e95937287fa37d129b756746"
 */
export function aesCmac(key: Uint8Array, data: Uint8Array): Uint8Array {
  const cmac = new AesCmac(key);
  const mac = cmac.mac(data);
  cmac.wipe();
  return mac;
}

/** Doubling in GF(2^128), SP 800-38B §6.1: shift left by one bit, and xor 87 if a one fell out; without a branch. */
function double(block: Uint8Array): Uint8Array {
  const result = new Uint8Array(BLOCK);
  for (let i = 0; i < BLOCK; i++) result[i] = ((block[i] as number) << 1) | ((block[i + 1] ?? 0) >> 7);
  const carry = (block[0] as number) >> 7;
  result[BLOCK - 1] = (result[BLOCK - 1] as number) ^ (0x87 & -carry);
  return result;
}

function checkLengths(name: string, key: Uint8Array, iv: Uint8Array, data: Uint8Array): void {
  if (key.length !== 16 && key.length !== 24 && key.length !== 32) {
    throw new RangeError(`${name}: an AES key has 16, 24 or 32 bytes, not ${key.length}`);
  }
  if (iv.length !== BLOCK) throw new RangeError(`${name}: the IV has 16 bytes, not ${iv.length}`);
  if (data.length % BLOCK !== 0) {
    throw new RangeError(`${name}: the data must be whole blocks of 16 bytes, not ${data.length} bytes`);
  }
}
