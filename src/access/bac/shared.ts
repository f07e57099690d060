import { concatBytes, equalBytes, utf8, wipe, xorBytes } from "../../bytes/bytes.js";
import { kdfIcao } from "../../crypto/kdf.js";
import { TdesKey } from "../../crypto/legacy/des.js";
import { sha1 } from "../../crypto/legacy/sha1.js";
import type { SmParameters } from "../../sm/shared.js";

/** Document basic access keys, 16 bytes each. Secrets: wipe them after use. */
export interface BacKeys {
  readonly kEnc: Uint8Array;
  readonly kMac: Uint8Array;
}

/** Length of RND.IC and RND.IFD in bytes. */
export const NONCE_LENGTH = 8;
/** Length of K.IC and K.IFD in bytes. */
export const KEYING_LENGTH = 16;
/** E_IFD ‖ M_IFD, and as long E_IC ‖ M_IC. */
export const CRYPTOGRAM_LENGTH = 40;

/** Number of at least nine characters, then birth and expiry, each with its check digit. A birth date may have fillers. */
const MRZ_INFORMATION = /^[A-Z0-9<]{9,22}[0-9][0-9<]{6}[0-9][0-9]{6}[0-9]$/;

/**
 * Derives the document basic access keys.
 *
 * Spec: ICAO 9303-11 §9.7.2; worked example: appendix D.2 (vector bac-example-D.json).
 *
 * @param mrzInformation - Document number (with fillers to nine characters, or all of a longer one), date of birth,
 *   date of expiry, each followed by its check digit: 24 to 37 characters.
 * @returns Two new 16-byte keys, parity adjusted; the caller wipes them.
 * @throws {TypeError} when `mrzInformation` does not have this form.
 * @example
 * toHex(deriveBacKeys("L898902C<369080619406236").kEnc); // ab94fdecf2674fdfb9b391f85d7f76f2
 */
export function deriveBacKeys(mrzInformation: string): BacKeys {
  if (!MRZ_INFORMATION.test(mrzInformation)) {
    throw new TypeError("deriveBacKeys: expected document number, birth and expiry, each with its check digit");
  }
  const text = utf8(mrzInformation);
  const hash = sha1(text);
  const kSeed = hash.slice(0, 16);
  const keys = { kEnc: kdfIcao(kSeed, 1, "3DES"), kMac: kdfIcao(kSeed, 2, "3DES") };
  wipe(text, hash, kSeed);
  return keys;
}

/**
 * Encrypts and authenticates 32 bytes: E = 3DES-CBC(kEnc, zero IV, no padding), M = retail MAC(kMac, E); gives E ‖ M.
 * Spec: 9303-11 §4.3.3. Vectors: App. D.3, E_IFD ‖ M_IFD and E_IC ‖ M_IC (bac-example-D.json).
 */
export function sealCryptogram(keys: BacKeys, plain: Uint8Array): Uint8Array {
  const enc = new TdesKey(keys.kEnc);
  const mac = new TdesKey(keys.kMac);
  const encrypted = enc.encryptCbc(new Uint8Array(8), plain);
  const sealed = concatBytes(encrypted, mac.retailMac(encrypted));
  enc.wipe();
  mac.wipe();
  return sealed;
}

/** The 32 bytes in E ‖ M; undefined when the MAC or the length is wrong. Same vectors as {@link sealCryptogram}. */
export function openCryptogram(keys: BacKeys, sealed: Uint8Array): Uint8Array | undefined {
  if (sealed.length !== CRYPTOGRAM_LENGTH) return undefined;
  const enc = new TdesKey(keys.kEnc);
  const mac = new TdesKey(keys.kMac);
  const encrypted = sealed.subarray(0, 32);
  const good = equalBytes(mac.retailMac(encrypted), sealed.subarray(32));
  const plain = good ? enc.decryptCbc(new Uint8Array(8), encrypted) : undefined;
  enc.wipe();
  mac.wipe();
  return plain;
}

/**
 * Session keys and counter: Kseed = K.IFD xor K.IC, SSC = last four bytes of RND.IC ‖ last four of RND.IFD.
 * Spec: 9303-11 §4.3.1, §9.8.6.3. Vector: App. D.3, steps 3 to 5 (bac-example-D.json). The caller wipes the result.
 */
export function sessionParameters(
  rndIc: Uint8Array,
  rndIfd: Uint8Array,
  kIfd: Uint8Array,
  kIc: Uint8Array,
): SmParameters {
  const kSeed = xorBytes(kIfd, kIc);
  const ksEnc = kdfIcao(kSeed, 1, "3DES");
  const ksMac = kdfIcao(kSeed, 2, "3DES");
  wipe(kSeed);
  return { suite: "3DES", ksEnc, ksMac, ssc: concatBytes(rndIc.subarray(4), rndIfd.subarray(4)) };
}
