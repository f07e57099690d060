import { primitives } from "#primitives";
import { toHex, wipe } from "../bytes/bytes.js";
import type { BackendAesDecryption, BackendAesEncryption } from "./primitives.js";

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

function kcvOf(aes: BackendAesEncryption): Uint8Array {
  return lastBlock(aes.encrypt(new Uint8Array(BLOCK).fill(0x01))).subarray(0, 3);
}

/**
 * An AES key for many messages in CBC mode, such as those of a secure session: with OpenSSL, whose cipher objects take longer to make
 * than a kilobyte to encrypt, it keeps one for each direction.
 *
 * Spec: FIPS 197, NIST SP 800-38A §6.2.
 *
 * Holds the key until {@link AesKey.wipe}; prints, inspects and serialises as its key check value.
 *
 * @example
 * const key = new AesKey(ksEnc);
 * const iv = key.encryptBlock(ssc);
 * const padded = key.decryptCbc(iv, cryptogram);
 * key.wipe();
 */
export class AesKey {
  readonly #encryption: BackendAesEncryption;
  readonly #decryption: BackendAesDecryption;
  #wiped = false;

  /**
   * @param key - 16, 24 or 32 bytes; copied.
   * @throws {RangeError} when `key` has another length.
   */
  constructor(key: Uint8Array) {
    checkKey("AesKey", key);
    this.#encryption = primitives.aesEncryption(key);
    this.#decryption = primitives.aesDecryption(key);
  }

  /**
   * AES of a single block.
   *
   * @param block - 16 bytes.
   * @returns A new array of 16 bytes.
   * @throws {RangeError} when the length is wrong.
   * @throws {TypeError} when the key has been wiped.
   */
  encryptBlock(block: Uint8Array): Uint8Array {
    this.#checkOpen();
    if (block.length !== BLOCK) throw new RangeError(`encryptBlock: a block has 16 bytes, not ${block.length}`);
    return lastBlock(this.#encryption.encrypt(new Uint8Array(BLOCK), block));
  }

  /**
   * Encrypts whole blocks with zero IV, without padding, where they stand. With a counter as the first block, what follows is encrypted
   * with the IV E(key, counter), because that is what chaining does.
   *
   * @param blocks - A multiple of 16 bytes, at least one block; overwritten.
   * @param first - The first block, where it is not in `blocks`: 16 bytes.
   * @throws {RangeError} when a length is wrong.
   * @throws {TypeError} when the key has been wiped.
   */
  encryptInPlace(blocks: Uint8Array, first: Uint8Array = blocks): void {
    this.#checkOpen();
    checkInPlace("encryptInPlace", blocks, first);
    blocks.set(this.#encryption.encrypt(blocks, first));
  }

  /**
   * Decrypts; removes no padding.
   *
   * @param iv - 16 bytes.
   * @param data - A multiple of 16 bytes.
   * @returns A new array as long as `data`.
   * @throws {RangeError} when a length is wrong.
   * @throws {TypeError} when the key has been wiped.
   */
  decryptCbc(iv: Uint8Array, data: Uint8Array): Uint8Array {
    this.#checkOpen();
    checkIv("decryptCbc", iv);
    checkBlocks("decryptCbc", data);
    return this.#decryption.decrypt(iv, data);
  }

  /** Lets go of the key; every other method then throws. */
  wipe(): void {
    if (this.#wiped) return;
    this.#wiped = true;
    this.#encryption.close();
    this.#decryption.close();
  }

  /** The key check value, e.g. `AesKey(kcv c35280)`. */
  toString(): string {
    return `AesKey(${this.#wiped ? "wiped" : `kcv ${toHex(kcvOf(this.#encryption))}`})`;
  }

  /** What `JSON.stringify` writes. */
  toJSON(): string {
    return this.toString();
  }

  /** What Node prints for the key. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  #checkOpen(): void {
    if (this.#wiped) throw new TypeError("AesKey: the key has been wiped");
  }
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
  readonly #aes: BackendAesEncryption;
  readonly #k1: Uint8Array;
  readonly #k2: Uint8Array;
  #wiped = false;

  /**
   * @param key - 16, 24 or 32 bytes; copied.
   * @throws {RangeError} when `key` has another length.
   */
  constructor(key: Uint8Array) {
    checkKey("AesCmac", key);
    this.#aes = primitives.aesEncryption(key);
    const l = lastBlock(this.#aes.encrypt(new Uint8Array(BLOCK)));
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
    this.#checkOpen();
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
    return lastBlock(this.#aes.encrypt(padded));
  }

  /**
   * MAC over whole blocks, at least one of 16 bytes, padded already where the protocol pads. Saves the copies that {@link AesCmac.mac}
   * makes: the first and the last block are overwritten, and the MAC is not cut out.
   *
   * @param first - The first block, where it is not in `blocks`: 16 bytes.
   * @returns Memory for the caller to use, as long as `blocks`, which ends with the 16 bytes of the MAC. It may be a Buffer, so what is
   *   handed on is another view of it; and what is in front of the MAC stays secret.
   * @throws {RangeError} when a length is wrong.
   * @throws {TypeError} when the key has been wiped.
   */
  macBlocks(blocks: Uint8Array, first: Uint8Array = blocks): Uint8Array {
    this.#checkOpen();
    checkInPlace("macBlocks", blocks, first);
    const subkey = this.#k1;
    // Of a single block that is given apart, the subkey belongs to that.
    const single = blocks.length === BLOCK && first !== blocks;
    if (single) blocks.set(first);
    for (let i = 0, at = blocks.length - BLOCK; i < BLOCK; i++) {
      blocks[at + i] = (blocks[at + i] as number) ^ (subkey[i] as number);
    }
    return this.#aes.encrypt(blocks, single ? blocks : first);
  }

  /** Lets go of the key and overwrites its subkeys; {@link AesCmac.mac} then throws. */
  wipe(): void {
    if (this.#wiped) return;
    this.#wiped = true;
    this.#aes.close();
    wipe(this.#k1, this.#k2);
  }

  #checkOpen(): void {
    if (this.#wiped) throw new TypeError("AesCmac: the key has been wiped");
  }

  /** The key check value, e.g. `AesCmac(kcv c35280)`. */
  toString(): string {
    return `AesCmac(${this.#wiped ? "wiped" : `kcv ${toHex(kcvOf(this.#aes))}`})`;
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
  checkKey(name, key);
  checkIv(name, iv);
  checkBlocks(name, data);
}

function checkInPlace(name: string, blocks: Uint8Array, first: Uint8Array): void {
  checkBlocks(name, blocks);
  if (blocks.length === 0 || (first !== blocks && first.length !== BLOCK)) {
    throw new RangeError(`${name}: there must be a block, and the first has 16 bytes`);
  }
}

function lastBlock(data: Uint8Array): Uint8Array {
  const block = new Uint8Array(BLOCK);
  for (let i = 0, at = data.length - BLOCK; i < BLOCK; i++) block[i] = data[at + i] as number;
  return block;
}

function checkKey(name: string, key: Uint8Array): void {
  if (key.length !== 16 && key.length !== 24 && key.length !== 32) {
    throw new RangeError(`${name}: an AES key has 16, 24 or 32 bytes, not ${key.length}`);
  }
}

function checkIv(name: string, iv: Uint8Array): void {
  if (iv.length !== BLOCK) throw new RangeError(`${name}: the IV has 16 bytes, not ${iv.length}`);
}

function checkBlocks(name: string, data: Uint8Array): void {
  if (data.length % BLOCK !== 0) {
    throw new RangeError(`${name}: the data must be whole blocks of 16 bytes, not ${data.length} bytes`);
  }
}
