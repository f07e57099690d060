import { concatBytes, uintToBytes } from "../bytes/bytes.js";
import type { AesCmac } from "../crypto/aes.js";
import { aesEncryptBlock } from "../crypto/aes.js";
import { kdfCounterCmac } from "../crypto/kdf.js";
import { Scp03SessionKeySet } from "./key-types.js";

/** Security levels of EXTERNAL AUTHENTICATE P1 that protect commands (Amendment D, table 7-3). */
export const SCP03_LEVELS = [0x01, 0x03, 0x11, 0x13, 0x33] as const;

/** 01 C-MAC · 03 and C-ENC · 11 C-MAC, R-MAC · 13 and C-ENC · 33 and R-ENC. */
export type Scp03SecurityLevel = (typeof SCP03_LEVELS)[number];

/** Bits of a security level. */
export const LEVEL = { C_MAC: 0x01, C_ENC: 0x02, R_MAC: 0x10, R_ENC: 0x20 } as const;

/** Bits of the parameter "i" (Amendment D 1.1.2, table 5-1). */
export const SCP03_I = { S16: 0x01, PSEUDO_RANDOM: 0x10, R_MAC: 0x20, R_ENC: 0x40 } as const;

/** Bytes of a C-MAC and of an R-MAC on the wire (S8). */
export const MAC_SIZE = 8;

/** Derivation constants (Amendment D, table 4-1). */
const CONSTANT = {
  cardCryptogram: 0x00,
  hostCryptogram: 0x01,
  cardChallenge: 0x02,
  sEnc: 0x04,
  sMac: 0x06,
  sRmac: 0x07,
} as const;

/** Whether a chip with this "i" can do `level`: R-MAC and R-ENC are optional in the protocol. */
export function levelSupported(i: number, level: number): boolean {
  const needed = ((level & LEVEL.R_MAC) !== 0 ? SCP03_I.R_MAC : 0) | ((level & LEVEL.R_ENC) !== 0 ? SCP03_I.R_ENC : 0);
  return (i & needed) === needed;
}

/** Whether `sw` is a status word whose response is protected: 9000 and the warnings (Amendment D §6.2.5). */
export function isProtectedStatus(sw: number): boolean {
  return sw === 0x9000 || sw >> 8 === 0x62 || sw >> 8 === 0x63;
}

/**
 * The data derivation scheme: SP 800-108 counter mode with AES-CMAC over 11×00 ‖ constant ‖ 00 ‖ L ‖ i ‖ context.
 *
 * Spec: Amendment D §4.1.5. Pinned by gp/scp03-kdf.json, all key sizes.
 *
 * @param bits - Bits wanted: 64, 128, 192 or 256.
 */
export function scp03Derive(key: Uint8Array, constant: number, context: Uint8Array, bits: number): Uint8Array {
  const label = new Uint8Array(15);
  label[11] = constant;
  label[13] = bits >> 8;
  label[14] = bits & 0xff;
  return kdfCounterCmac(key, label, context, bits);
}

/**
 * Session keys of one secure channel from the static ENC and MAC keys.
 *
 * Spec: Amendment D §6.2.1. Pinned by the `session_keys` of gp/scp03-pysim-*.json and gp/scp03-kaoh-delete.json.
 *
 * @param hostChallenge - 8 bytes.
 * @param cardChallenge - 8 bytes.
 * @returns Keys as long as the static ones; whoever takes them wipes them.
 */
export function deriveSessionKeys(
  keys: { readonly enc: Uint8Array; readonly mac: Uint8Array },
  hostChallenge: Uint8Array,
  cardChallenge: Uint8Array,
): Scp03SessionKeySet {
  const context = concatBytes(hostChallenge, cardChallenge);
  return new Scp03SessionKeySet(
    scp03Derive(keys.enc, CONSTANT.sEnc, context, keys.enc.length * 8),
    scp03Derive(keys.mac, CONSTANT.sMac, context, keys.mac.length * 8),
    scp03Derive(keys.mac, CONSTANT.sRmac, context, keys.mac.length * 8),
  );
}

/** Card cryptogram, 8 bytes (Amendment D §6.2.2.2). Pinned by INITIALIZE UPDATE of every gp/scp03-*.json. */
export function cardCryptogram(sMac: Uint8Array, hostChallenge: Uint8Array, cardChallenge: Uint8Array): Uint8Array {
  return scp03Derive(sMac, CONSTANT.cardCryptogram, concatBytes(hostChallenge, cardChallenge), 64);
}

/** Host cryptogram, 8 bytes (Amendment D §6.2.2.3). Pinned by EXTERNAL AUTHENTICATE of every gp/scp03-*.json. */
export function hostCryptogram(sMac: Uint8Array, hostChallenge: Uint8Array, cardChallenge: Uint8Array): Uint8Array {
  return scp03Derive(sMac, CONSTANT.hostCryptogram, concatBytes(hostChallenge, cardChallenge), 64);
}

/**
 * Pseudo-random card challenge, 8 bytes.
 *
 * Spec: Amendment D §6.2.2.1. Pinned by the challenges of real cards in gp/scp03-pysim-*.json (over the AID
 * A0000005591010FFFFFFFF8900000100) and gp/scp03-kaoh-{delete,getstatus,aes192-i10}.json (over A000000151000000).
 *
 * @param sequenceCounter - 3 bytes, already stepped for this INITIALIZE UPDATE.
 * @param aid - Application that holds the channel, 5 to 16 bytes.
 */
export function pseudoRandomChallenge(kEnc: Uint8Array, sequenceCounter: Uint8Array, aid: Uint8Array): Uint8Array {
  return scp03Derive(kEnc, CONSTANT.cardChallenge, concatBytes(sequenceCounter, aid), 64);
}

/** Logical channel in a class byte (GPCS 2.3.1 §11.1.4): 0 to 3, or 4 to 19 when bit 7 is set. */
export function channelOf(cla: number): number {
  return (cla & 0x40) === 0 ? cla & 0x03 : (cla & 0x0f) + 4;
}

/** The class byte with GlobalPlatform's secure messaging indicated. */
export function secureCla(cla: number): number {
  return (cla & 0x40) === 0 ? (cla & 0xf3) | 0x04 : cla | 0x20;
}

/** Whether a class byte indicates GlobalPlatform's secure messaging, and no other kind. */
export function isSecureCla(cla: number): boolean {
  return (cla & 0x40) === 0 ? (cla & 0x0c) === 0x04 : (cla & 0x20) !== 0;
}

/** The class byte without the indication of secure messaging. */
export function plainCla(cla: number): number {
  return (cla & 0x40) === 0 ? cla & 0xf3 : cla & 0xdf;
}

/**
 * Full 16-byte C-MAC of a command; its first 8 bytes are sent, all 16 are the next MAC chaining value.
 *
 * Spec: Amendment D §6.2.4. Pinned by the wrapped commands of gp/scp03-*.json. With extended lengths Lc enters as it
 * is transmitted, in three bytes: the standard does not say it, GlobalPlatformPro does it, no published
 * transcript shows it; the test compares with MACs calculated by OpenSSL.
 *
 * @param header - CLA INS P1 P2 as sent; the logical channel is taken out, since the MAC does not cover it. `ne` only
 *   decides whether Lc has one byte or three: Le itself is not covered.
 * @param data - Data field without the MAC, already encrypted.
 */
export function commandMac(
  sMac: AesCmac,
  chaining: Uint8Array,
  header: { readonly cla: number; readonly ins: number; readonly p1: number; readonly p2: number; readonly ne: number },
  data: Uint8Array,
): Uint8Array {
  const { cla, ins, p1, p2, ne } = header;
  const lc = data.length + MAC_SIZE;
  const macCla = ((cla & 0x40) === 0 ? cla & 0xf0 : cla & 0x80) | 0x04;
  const head =
    lc > 255 || ne > 256
      ? Uint8Array.of(macCla, ins, p1, p2, 0, lc >> 8, lc & 0xff)
      : Uint8Array.of(macCla, ins, p1, p2, lc);
  return sMac.mac(chaining, head, data);
}

/**
 * R-MAC of a response, 8 bytes.
 *
 * Spec: Amendment D §6.2.5. Pinned by gp/scp03-pysim-*-lvl11.json and gp/scp03-kaoh-rmac-renc.json.
 *
 * @param chaining - The C-MAC of the command that is answered, 16 bytes.
 */
export function responseMac(sRmac: AesCmac, chaining: Uint8Array, data: Uint8Array, sw: number): Uint8Array {
  return sRmac.mac(chaining, data, uintToBytes(sw, 2)).subarray(0, MAC_SIZE);
}

/**
 * ICV of command encryption: the counter, encrypted.
 *
 * Spec: Amendment D §6.2.6. Pinned by gp/scp03-pysim-*-lvl03.json, -lvl33.json and gp/scp03-kaoh-*.json.
 *
 * @param counter - 1 for the first command after EXTERNAL AUTHENTICATE.
 */
export function commandIcv(sEnc: Uint8Array, counter: number): Uint8Array {
  return aesEncryptBlock(sEnc, uintToBytes(counter, 16));
}

/** ICV of response encryption (Amendment D §6.2.7). Pinned by gp/scp03-pysim-*-lvl33.json, gp/scp03-kaoh-rmac-renc.json. */
export function responseIcv(sEnc: Uint8Array, counter: number): Uint8Array {
  const block = uintToBytes(counter, 16);
  block[0] = 0x80;
  return aesEncryptBlock(sEnc, block);
}
