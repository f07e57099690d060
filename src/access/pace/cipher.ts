import { concatBytes, fromHex, wipe } from "../../bytes/bytes.js";
import { aesCbcDecrypt, aesCbcEncrypt, aesCmac, aesEncryptBlock } from "../../crypto/aes.js";
import { retailMac, tdesCbcDecrypt, tdesCbcEncrypt } from "../../crypto/legacy/des.js";
import { padIso, unpadIso } from "../../crypto/padding.js";
import type { SmSuiteName } from "../../sm/shared.js";

/** The cipher of a PACE protocol: what nonces, tokens and the pseudo-random function are made with. */
export interface PaceCipher {
  readonly suite: SmSuiteName;
  /** Bits of the key; 112 for 3DES. */
  readonly strength: number;
  /** Block of the cipher in bytes. */
  readonly blockSize: number;
  /** k of the integrated mapping in bytes: length of the nonce t. */
  readonly keyBytes: number;
  /** l of the integrated mapping in bytes: length of the nonce s. */
  readonly nonceBytes: number;
  /** Constants of the pseudo-random function, as long as l. */
  readonly c0: Uint8Array;
  readonly c1: Uint8Array;
  /** CBC with zero IV, whole blocks. */
  encrypt(key: Uint8Array, plain: Uint8Array): Uint8Array;
  /** The other way round. */
  decrypt(key: Uint8Array, encrypted: Uint8Array): Uint8Array;
  /** Authentication token: 8 bytes. */
  mac(key: Uint8Array, data: Uint8Array): Uint8Array;
}

const C0_128 = fromHex("a668892a7c41e3ca739f40b057d85904");
const C1_128 = fromHex("a4e136ac725f738b01c1f60217c188ad");
const C0_256 = fromHex("d463d65234124ef7897054986dca0a174e28df758cbaa03f240616414d5a1676");
const C1_256 = fromHex("54bd7255f0aaf831bec3423fcf39d69b6cbf066677d0faae5aadd99df8e53517");

const TDES_IV = new Uint8Array(8);
const AES_IV = new Uint8Array(16);

const tdes: PaceCipher = {
  suite: "3DES",
  strength: 112,
  blockSize: 8,
  keyBytes: 16, // §4.4.3.3.2: k is considered to be 128 bits
  nonceBytes: 16,
  c0: C0_128,
  c1: C1_128,
  encrypt: (key, plain) => tdesCbcEncrypt(key, TDES_IV, plain),
  decrypt: (key, encrypted) => tdesCbcDecrypt(key, TDES_IV, encrypted),
  mac: (key, data) => retailMac(key, data),
};

function aes(suite: SmSuiteName, keyBytes: number): PaceCipher {
  const short = keyBytes === 16;
  return {
    suite,
    strength: 8 * keyBytes,
    blockSize: 16,
    keyBytes,
    nonceBytes: short ? 16 : 32,
    c0: short ? C0_128 : C0_256,
    c1: short ? C1_128 : C1_256,
    encrypt: (key, plain) => aesCbcEncrypt(key, AES_IV, plain),
    decrypt: (key, encrypted) => aesCbcDecrypt(key, AES_IV, encrypted),
    mac: (key, data) => aesCmac(key, data).slice(0, 8),
  };
}

/** The ciphers of PACE by name (ICAO 9303-11 §4.4.3.1 and §4.4.3.2). */
export const PACE_CIPHERS: Readonly<Record<SmSuiteName, PaceCipher>> = {
  "3DES": tdes,
  "AES-128": aes("AES-128", 16),
  "AES-192": aes("AES-192", 24),
  "AES-256": aes("AES-256", 32),
};

/**
 * The pseudo-random function of the integrated mapping before it is taken modulo p: R(s, t) = x1‖…‖xn.
 *
 * Spec: ICAO 9303-11 §4.4.3.3.2, figure 2: k0 = E(t, s), xi = E(k(i-1), c1), ki = E(k(i-1), c0), each in CBC mode with zero IV, keys
 * cut to their length. Vectors: pace-im-ecdh-example-H1.json, pace-im-dh-example-H2.json (AES-128). None is published for 3DES,
 * AES-192 and AES-256: prf-openssl.json holds a second calculation by OpenSSL.
 *
 * @param s - Nonce of the chip, `nonceBytes` long.
 * @param t - Nonce of the terminal, `keyBytes` long.
 * @param bits - Length of p in bits; the result has the fewest blocks with at least 64 bits more.
 */
export function pseudoRandom(cipher: PaceCipher, s: Uint8Array, t: Uint8Array, bits: number): Uint8Array {
  const { keyBytes, nonceBytes, c0, c1 } = cipher;
  const blocks: Uint8Array[] = [];
  let key = cipher.encrypt(t, s);
  for (let i = 0; i < Math.ceil((bits + 64) / (8 * nonceBytes)); i++) {
    const used = key.subarray(0, keyBytes);
    blocks.push(cipher.encrypt(used, c1));
    const next = cipher.encrypt(used, c0);
    wipe(key);
    key = next;
  }
  wipe(key);
  const result = concatBytes(...blocks);
  wipe(...blocks);
  return result;
}

/** CBC with IV = E(ksEnc, FF…FF), as only the chip authentication data have it. */
function chipDataIv(ksEnc: Uint8Array): Uint8Array {
  return aesEncryptBlock(ksEnc, new Uint8Array(16).fill(0xff));
}

/**
 * Encrypted chip authentication data A.IC. Spec: 9303-11 §4.4.3.5.3 and §4.4.3.5.4.
 * Vector: pace-cam-ecdh-example-I1.json.
 */
export function encryptChipData(ksEnc: Uint8Array, caIc: Uint8Array): Uint8Array {
  return aesCbcEncrypt(ksEnc, chipDataIv(ksEnc), padIso(caIc, 16));
}

/** Chip authentication data CA.IC; undefined when the length or the padding is wrong. Vector as {@link encryptChipData}. */
export function decryptChipData(ksEnc: Uint8Array, encrypted: Uint8Array): Uint8Array | undefined {
  if (encrypted.length === 0 || encrypted.length % 16 !== 0) return undefined;
  const padded = aesCbcDecrypt(ksEnc, chipDataIv(ksEnc), encrypted);
  const plain = unpadIso(padded)?.slice();
  wipe(padded);
  return plain;
}
