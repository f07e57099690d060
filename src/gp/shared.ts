import { concatBytes, wipe } from "../bytes/bytes.js";
import type { AesCmac, AesKey } from "../crypto/aes.js";
import { kdfCounterCmac } from "../crypto/kdf.js";
import { unpadIso } from "../crypto/padding.js";
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

/** Bytes of an AES block. */
const BLOCK = 16;

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
  return sRmac.mac(chaining, data, Uint8Array.of(sw >> 8, sw & 0xff)).subarray(0, MAC_SIZE);
}

/**
 * Adds one to the encryption counter, a block of 16 bytes that is 1 for the first command after EXTERNAL AUTHENTICATE (Amendment D
 * §6.2.6). Pinned by the later commands of gp/scp03-pysim-*-lvl03.json and -lvl33.json.
 */
export function stepCounter(counter: Uint8Array): void {
  for (let i = counter.length - 1; i >= 0; i--) {
    const next = ((counter[i] as number) + 1) & 0xff;
    counter[i] = next;
    if (next !== 0) return;
  }
}

/** The counter as a response's ICV is made of it (Amendment D §6.2.7). Pinned by gp/scp03-pysim-*-lvl33.json, gp/scp03-kaoh-rmac-renc.json. */
export function responseCounter(counter: Uint8Array): Uint8Array {
  const block = counter.slice();
  block[0] = 0x80;
  return block;
}

/** A message with room for its MAC, in an array of its own. */
export function messageOf(data: Uint8Array): Uint8Array {
  const message = new Uint8Array(data.length + MAC_SIZE);
  message.set(data);
  return message;
}

/**
 * The same of encrypted data: padded with 80 00… and encrypted where they stand, with the encrypted counter as ICV.
 *
 * Spec: Amendment D §6.2.6, §6.2.7. Pinned by gp/scp03-pysim-*-lvl03.json, -lvl33.json and gp/scp03-kaoh-*.json.
 *
 * @param counter - 16 bytes: that of the command, for a response through {@link responseCounter}.
 * @param data - At least one byte.
 */
export function encryptedMessageOf(sEnc: AesKey, counter: Uint8Array, data: Uint8Array): Uint8Array {
  const end = BLOCK + paddedLength(data.length);
  const bytes = new Uint8Array(end + MAC_SIZE);
  bytes.set(data, BLOCK);
  bytes[BLOCK + data.length] = 0x80;
  // CBC with zero IV makes the ICV of a first block that is the counter, and chains what follows with it.
  sEnc.encryptInPlace(bytes.subarray(0, end), counter);
  bytes.fill(0, 0, BLOCK); // what is handed on has this memory too
  return bytes.subarray(BLOCK);
}

/**
 * The data inside of `encrypted`, whose MAC must be good before.
 *
 * @param counter - As for {@link encryptedMessageOf}.
 * @returns Undefined when length or padding are wrong.
 */
export function decryptData(sEnc: AesKey, counter: Uint8Array, encrypted: Uint8Array): Uint8Array | undefined {
  if (encrypted.length % BLOCK !== 0) return undefined;
  const padded = sEnc.decryptCbc(sEnc.encryptBlock(counter), encrypted);
  const data = unpadIso(padded);
  if (data === undefined) wipe(padded);
  return data;
}

/** Puts the first bytes of a MAC into the room that a message has for it. */
export function putMac(message: Uint8Array, mac: Uint8Array): void {
  for (let i = 0, at = message.length - MAC_SIZE; i < MAC_SIZE; i++) message[at + i] = mac[i] as number;
}

/** Bytes after padding with 80 00… to whole AES blocks. */
export function paddedLength(length: number): number {
  return ((length >> 4) << 4) + BLOCK;
}
