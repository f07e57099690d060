import { toHex, wipe } from "../bytes/bytes.js";
import { aesKcv } from "../crypto/aes.js";

/** What Node's `console.log` and `util.inspect` call; a registered symbol, so no platform is named. */
const INSPECT = Symbol.for("nodejs.util.inspect.custom");

/** Key type AES (GPCS 2.3.1 §11.1.8). */
export const KEY_TYPE_AES = 0x88;

function isAesKey(key: Uint8Array): boolean {
  return key.length === 16 || key.length === 24 || key.length === 32;
}

/** Refuses what is no AES key. */
export function checkAesKey(name: string, key: Uint8Array): void {
  if (!isAesKey(key)) throw new RangeError(`${name}: an AES key has 16, 24 or 32 bytes, not ${key.length}`);
}

/** Key check value as upper-case hex: all of a key that may be shown. */
export function kcvHex(key: Uint8Array): string {
  return isAesKey(key) ? toHex(aesKcv(key)).toUpperCase() : "unknown";
}

/** Session keys of one secure channel. Whoever receives them wipes them. */
export interface Scp03SessionKeys {
  /** Encrypts command and response data, and the counter. */
  readonly sEnc: Uint8Array;
  /** Makes the C-MAC and both cryptograms. */
  readonly sMac: Uint8Array;
  /** Makes the R-MAC. */
  readonly sRmac: Uint8Array;
}

/** {@link Scp03SessionKeys} that print as key check values. */
export class Scp03SessionKeySet implements Scp03SessionKeys {
  readonly #sEnc: Uint8Array;
  readonly #sMac: Uint8Array;
  readonly #sRmac: Uint8Array;

  /** Takes the arrays over; they are not copied. */
  constructor(sEnc: Uint8Array, sMac: Uint8Array, sRmac: Uint8Array) {
    this.#sEnc = sEnc;
    this.#sMac = sMac;
    this.#sRmac = sRmac;
  }

  get sEnc(): Uint8Array {
    return this.#sEnc;
  }

  get sMac(): Uint8Array {
    return this.#sMac;
  }

  get sRmac(): Uint8Array {
    return this.#sRmac;
  }

  /** Key check values. */
  toJSON(): { sEnc: string; sMac: string; sRmac: string } {
    return { sEnc: kcvHex(this.#sEnc), sMac: kcvHex(this.#sMac), sRmac: kcvHex(this.#sRmac) };
  }

  /** Key check values only. */
  toString(): string {
    return `Scp03SessionKeys(KCV ${Object.values(this.toJSON()).join(" ")})`;
  }

  /** Key check values only. */
  [INSPECT](): string {
    return this.toString();
  }
}

/**
 * One SCP03 key set of one card: Key-ENC, Key-MAC, Key-DEK. Prints as key check values.
 *
 * Spec: Amendment D §6.1.
 */
export class Scp03StaticKeys {
  readonly #enc: Uint8Array;
  readonly #mac: Uint8Array;
  readonly #dek: Uint8Array;

  /**
   * @param enc - 16, 24 or 32 bytes, copied like the others.
   * @throws {RangeError} when a key is no AES key or the three differ in length.
   */
  constructor(enc: Uint8Array, mac: Uint8Array, dek: Uint8Array) {
    checkAesKey("Key-ENC", enc);
    if (mac.length !== enc.length || dek.length !== enc.length) {
      throw new RangeError("Key-ENC, Key-MAC and Key-DEK of a key set have the same length");
    }
    this.#enc = enc.slice();
    this.#mac = mac.slice();
    this.#dek = dek.slice();
  }

  get enc(): Uint8Array {
    return this.#enc;
  }

  get mac(): Uint8Array {
    return this.#mac;
  }

  get dek(): Uint8Array {
    return this.#dek;
  }

  /** Overwrites the keys; the set is of no use afterwards. */
  wipe(): void {
    wipe(this.#enc, this.#mac, this.#dek);
  }

  /** Key check values. */
  toJSON(): { enc: string; mac: string; dek: string } {
    return { enc: kcvHex(this.#enc), mac: kcvHex(this.#mac), dek: kcvHex(this.#dek) };
  }

  /** Key check values only. */
  toString(): string {
    return `Scp03StaticKeys(KCV ${Object.values(this.toJSON()).join(" ")})`;
  }

  /** Key check values only. */
  [INSPECT](): string {
    return this.toString();
  }
}

/** An AES key encrypted under a card's DEK, as PUT KEY and DGI 8113 carry it. */
export interface WrappedKey {
  /** Bytes of the key itself: 16, 24 or 32. */
  readonly length: number;
  /** AES-CBC with a zero ICV; 16 or 32 bytes. */
  readonly cryptogram: Uint8Array;
  /** Key check value, 3 bytes. */
  readonly kcv: Uint8Array;
}

/** A secret of any length encrypted under a card's DEK. */
export interface WrappedSecret {
  /** AES-CBC with a zero ICV over the secret padded with 80 00…; a multiple of 16 bytes. */
  readonly cryptogram: Uint8Array;
  /** Key check value, 3 bytes; only for AES keys. A check value of a PIN would give the PIN away. */
  readonly kcv?: Uint8Array;
}
