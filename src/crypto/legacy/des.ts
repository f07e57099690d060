import { toHex } from "../../bytes/bytes.js";
import { addBlock, BLOCK, keySchedule, reversed, rounds, SCHEDULE, writeBlock } from "./des-block.js";

/** Start of each of three chained schedules within the array that a {@link TdesKey} keeps. */
const ENCRYPT = 0;
const DECRYPT = 3 * SCHEDULE;

/**
 * A 3DES key with its key schedules worked out, for BAC, 3DES secure messaging and SCP02.
 *
 * Spec: FIPS 46-3; ISO/IEC 9797-1 (MAC algorithm 3); ICAO 9303-11 §9.8.6.
 *
 * Legacy: 64-bit blocks and at most 112 bits of strength; kept because documents in the field speak nothing else.
 * NOT constant time: it looks up tables at secret indices, so a program on the same processor may learn the key through
 * the cache. The same code runs under both backends. Holds the key until {@link TdesKey.wipe}; prints, inspects and
 * serialises as its key check value.
 *
 * @example
 * const ksMac = new TdesKey(fromHex("7962D9ECE03D1ACD4C76089DCE131543"));
 * const mac = ksMac.retailMac(fromHex("72C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F2"));
 * toHex(mac); // "5f1448eea8ad90a7"
 * ksMac.wipe();
 */
export class TdesKey {
  /** Schedules of E(K1) D(K2) E(K3), then of D(K3) E(K2) D(K1). */
  readonly #schedules = new Int32Array(6 * SCHEDULE);
  /** The block at work, between the initial and the final permutation. */
  readonly #state = new Int32Array(2);
  readonly #twoKeys: boolean;
  #wiped = false;

  /**
   * @param key - 16 bytes (K1 ‖ K2, with K3 = K1) or 24 bytes (K1 ‖ K2 ‖ K3); parity bits are ignored. Not kept.
   * @throws {RangeError} when `key` has another length.
   */
  constructor(key: Uint8Array) {
    if (key.length !== 16 && key.length !== 24) {
      throw new RangeError(`TdesKey: a 3DES key has 16 or 24 bytes, not ${key.length}`);
    }
    this.#twoKeys = key.length === 16;
    const s = this.#schedules;
    for (let i = 0; i < 3; i++) {
      const from = (i * 8) % key.length;
      const forward = keySchedule(key.subarray(from, from + 8));
      const backward = reversed(forward);
      s.set(i === 1 ? backward : forward, ENCRYPT + i * SCHEDULE);
      s.set(i === 1 ? forward : backward, DECRYPT + (2 - i) * SCHEDULE);
      forward.fill(0);
      backward.fill(0);
    }
  }

  /**
   * 3DES in CBC mode, without padding.
   *
   * @param iv - 8 bytes.
   * @param data - A multiple of 8 bytes.
   * @returns A new array as long as `data`.
   * @throws {RangeError} when a length is wrong.
   * @throws {TypeError} when the key has been wiped.
   */
  encryptCbc(iv: Uint8Array, data: Uint8Array): Uint8Array {
    this.#check("encryptCbc", iv, data);
    const state = this.#state;
    const result = new Uint8Array(data.length);
    state.fill(0);
    addBlock(state, iv, 0);
    // In the permuted form, chaining is an xor as well, so the state is never permuted back.
    for (let at = 0; at < data.length; at += BLOCK) {
      addBlock(state, data, at);
      rounds(state, this.#schedules, ENCRYPT, 3);
      writeBlock(state[0] as number, state[1] as number, result, at);
    }
    state.fill(0);
    return result;
  }

  /**
   * Reverses {@link TdesKey.encryptCbc}; removes no padding.
   *
   * @param iv - 8 bytes.
   * @param data - A multiple of 8 bytes.
   * @returns A new array as long as `data`.
   * @throws {RangeError} when a length is wrong.
   * @throws {TypeError} when the key has been wiped.
   */
  decryptCbc(iv: Uint8Array, data: Uint8Array): Uint8Array {
    this.#check("decryptCbc", iv, data);
    const state = this.#state;
    const result = new Uint8Array(data.length);
    for (let at = 0; at < data.length; at += BLOCK) {
      state.fill(0);
      addBlock(state, data, at);
      rounds(state, this.#schedules, DECRYPT, 3);
      writeBlock(state[0] as number, state[1] as number, result, at);
      const previous = at === 0 ? iv : data;
      const from = at === 0 ? 0 : at - BLOCK;
      for (let i = 0; i < BLOCK; i++) {
        result[at + i] = (result[at + i] as number) ^ (previous[from + i] as number);
      }
    }
    state.fill(0);
    return result;
  }

  /**
   * Retail MAC: CBC with single DES under K1, the last block with 3DES; padding method 2 is applied here.
   *
   * Spec: ISO/IEC 9797-1, MAC algorithm 3 with DES, padding method 2, zero IV, output transformation 3.
   *
   * @param data - Any number of bytes, not padded.
   * @returns A new array of 8 bytes.
   * @throws {RangeError} when the key has 24 bytes: the algorithm is defined for two keys.
   * @throws {TypeError} when the key has been wiped.
   */
  retailMac(data: Uint8Array): Uint8Array {
    if (!this.#twoKeys) throw new RangeError("retailMac: MAC algorithm 3 takes a key of 16 bytes");
    this.#checkOpen();
    const state = this.#state;
    const whole = data.length - (data.length % BLOCK);
    state.fill(0);
    for (let at = 0; at < whole; at += BLOCK) {
      addBlock(state, data, at);
      rounds(state, this.#schedules, ENCRYPT, 1);
    }
    const last = new Uint8Array(BLOCK);
    for (let at = whole; at < data.length; at++) last[at - whole] = data[at] as number;
    last[data.length - whole] = 0x80;
    addBlock(state, last, 0);
    rounds(state, this.#schedules, ENCRYPT, 3);
    writeBlock(state[0] as number, state[1] as number, last, 0);
    state.fill(0);
    return last;
  }

  /** Overwrites the key schedules; every other method then throws. */
  wipe(): void {
    this.#schedules.fill(0);
    this.#state.fill(0);
    this.#wiped = true;
  }

  /** The key check value (first 3 bytes of 3DES over 8 bytes of 00), e.g. `TdesKey(kcv 8baf47)`. */
  toString(): string {
    if (this.#wiped) return "TdesKey(wiped)";
    const zeros = new Uint8Array(BLOCK);
    return `TdesKey(kcv ${toHex(this.encryptCbc(zeros, zeros).subarray(0, 3))})`;
  }

  /** What `JSON.stringify` writes. */
  toJSON(): string {
    return this.toString();
  }

  /** What Node prints for the key. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  #check(name: string, iv: Uint8Array, data: Uint8Array): void {
    if (iv.length !== BLOCK) throw new RangeError(`${name}: the IV has 8 bytes, not ${iv.length}`);
    if (data.length % BLOCK !== 0) {
      throw new RangeError(`${name}: the data must be whole blocks of 8 bytes, not ${data.length} bytes`);
    }
    this.#checkOpen();
  }

  #checkOpen(): void {
    if (this.#wiped) throw new TypeError("TdesKey: the key has been wiped");
  }
}

/**
 * 3DES-CBC of one message, without padding; for several messages under one key use {@link TdesKey}.
 *
 * Spec: FIPS 46-3. Not constant time, see {@link TdesKey}.
 *
 * @param key - 16 or 24 bytes.
 * @param iv - 8 bytes.
 * @param data - A multiple of 8 bytes.
 * @returns A new array as long as `data`.
 * @throws {RangeError} when a length is wrong.
 */
export function tdesCbcEncrypt(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array {
  return withKey(key, (tdes) => tdes.encryptCbc(iv, data));
}

/**
 * Reverses {@link tdesCbcEncrypt}; removes no padding.
 *
 * Spec: FIPS 46-3. Not constant time, see {@link TdesKey}.
 *
 * @param key - 16 or 24 bytes.
 * @param iv - 8 bytes.
 * @param data - A multiple of 8 bytes.
 * @returns A new array as long as `data`.
 * @throws {RangeError} when a length is wrong.
 */
export function tdesCbcDecrypt(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array {
  return withKey(key, (tdes) => tdes.decryptCbc(iv, data));
}

/**
 * Retail MAC of one message, padding method 2 applied inside; for several under one key use {@link TdesKey}.
 *
 * Spec: ISO/IEC 9797-1 (MAC algorithm 3); pinned by ICAO 9303-11 appendices D.3 and D.4. Not constant time, see
 * {@link TdesKey}.
 *
 * @param key - 16 bytes.
 * @param data - Any number of bytes, not padded.
 * @returns A new array of 8 bytes.
 * @throws {RangeError} when `key` has another length.
 */
export function retailMac(key: Uint8Array, data: Uint8Array): Uint8Array {
  return withKey(key, (tdes) => tdes.retailMac(data));
}

function withKey(key: Uint8Array, use: (tdes: TdesKey) => Uint8Array): Uint8Array {
  const tdes = new TdesKey(key);
  try {
    return use(tdes);
  } finally {
    tdes.wipe();
  }
}
