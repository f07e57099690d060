import type { CommandApdu } from "../apdu/apdu.js";
import { EMPTY, equalBytes, wipe } from "../bytes/bytes.js";
import { AesCmac, AesKey } from "../crypto/aes.js";
import { TdesKey } from "../crypto/legacy/des.js";
import { unpadIso } from "../crypto/padding.js";
import { MalformedError, ProtocolError } from "../errors.js";
import { lengthSize, parseTlvs, type TlvNode, writeHeader } from "../tlv/ber.js";
import { copyInto, padInPlace, SmFrame } from "./frame.js";

/** Cipher of secure messaging, as in the names of the PACE and chip-authentication protocols. */
export type SmSuiteName = "3DES" | "AES-128" | "AES-192" | "AES-256";

/** What opens a session on either side. The session copies keys and counter; the caller wipes its own. */
export interface SmParameters {
  readonly suite: SmSuiteName;
  /** 16 bytes for 3DES and AES-128, 24 for AES-192, 32 for AES-256. */
  readonly ksEnc: Uint8Array;
  /** As long as `ksEnc`. */
  readonly ksMac: Uint8Array;
  /** Send sequence counter before the first command: 8 bytes for 3DES, 16 for AES. */
  readonly ssc: Uint8Array;
}

/** The keyed half of a suite. It works on the frame, which is what a message is put together in. */
interface SmCipher {
  /** Encrypts the whole blocks of the frame from `from` to `to` in their place; the block in front of them may be overwritten. */
  encrypt(ssc: Uint8Array, frame: SmFrame, from: number, to: number): void;
  /** A new array. */
  decrypt(ssc: Uint8Array, encrypted: Uint8Array): Uint8Array;
  /**
   * MAC of the first `length` bytes of the frame, of which SSC, the first block, need not be there; method 2 pads behind them. Before
   * `length` the frame comes back with all but SSC as it was.
   *
   * @returns Memory for the caller to use, in whose last block the MAC is the first 8 bytes. It may be a Buffer: not to be handed on as it is.
   */
  mac(ssc: Uint8Array, frame: SmFrame, length: number): Uint8Array;
  wipe(): void;
}

interface SmSuite {
  readonly keyLength: number;
  /** Block of the cipher in bytes; the counter is as long. */
  readonly blockSize: number;
  readonly open: (ksEnc: Uint8Array, ksMac: Uint8Array) => SmCipher;
}

/**
 * 3DES: CBC with zero IV, retail MAC (9303-11 §9.8.6).
 * Vectors: 9303-11 App. D.4 (bac-example-D.json), active-authentication-sm-3des.json.
 */
function openTdes(ksEnc: Uint8Array, ksMac: Uint8Array): SmCipher {
  const enc = new TdesKey(ksEnc);
  const mac = new TdesKey(ksMac);
  const zeroIv = new Uint8Array(8);
  return {
    encrypt: (_ssc, { bytes }, from, to) => bytes.set(enc.encryptCbc(zeroIv, bytes.subarray(from, to)), from),
    decrypt: (_ssc, encrypted) => enc.decryptCbc(zeroIv, encrypted),
    mac(ssc, { bytes }, length) {
      copyInto(ssc, bytes, 0);
      return mac.retailMac(bytes.subarray(0, length));
    },
    wipe() {
      enc.wipe();
      mac.wipe();
    },
  };
}

/**
 * AES: CBC with IV = E(KSenc, SSC), CMAC cut to 8 bytes (9303-11 §9.8.7).
 * Vectors: sm-aes128-mse-set-at.json, sm-aes128-gematik.json (all four command cases), sm-aes256-persosim.json; for
 * AES-192 a second calculation by OpenSSL (sm-openssl.json).
 */
function openAes(ksEnc: Uint8Array, ksMac: Uint8Array): SmCipher {
  const enc = new AesKey(ksEnc);
  const mac = new AesCmac(ksMac);
  const lastBlock = new Uint8Array(16);
  return {
    // CBC with zero IV makes E(KSenc, SSC) of a block SSC, and chains what follows with it: IV and data in one go.
    encrypt: (ssc, frame, from, to) => enc.encryptInPlace(frame.encrypted(from - ssc.length, to), ssc),
    decrypt: (ssc, encrypted) => enc.decryptCbc(enc.encryptBlock(ssc), encrypted),
    mac(ssc, frame, length) {
      const { bytes } = frame;
      const last = (length >> 4) * 16;
      for (let at = last; at < length; at++) lastBlock[at - last] = bytes[at] as number;
      padInPlace(bytes, length, last + 16);
      const chain = mac.macBlocks(frame.authenticated(last + 16), ssc);
      for (let at = last; at < length; at++) bytes[at] = lastBlock[at - last] as number;
      return chain;
    },
    wipe() {
      enc.wipe();
      mac.wipe();
    },
  };
}

const SUITES: Readonly<Record<SmSuiteName, SmSuite>> = {
  "3DES": { keyLength: 16, blockSize: 8, open: openTdes },
  "AES-128": { keyLength: 16, blockSize: 16, open: openAes },
  "AES-192": { keyLength: 24, blockSize: 16, open: openAes },
  "AES-256": { keyLength: 32, blockSize: 16, open: openAes },
};

const MAC_LENGTH = 8;
/** DO 8E: tag, length, MAC. */
export const MAC_OBJECT = 2 + MAC_LENGTH;

/** CLA bits of secure messaging whose header is authenticated (ISO 7816-4 §5.4.1; 9303-11 §9.8.4). */
export const SM_CLASS = 0x0c;

/** Keys, counter and life of one side of a session. Never leaves `sm/`. */
export interface SmState {
  readonly blockSize: number;
  readonly cipher: SmCipher;
  readonly ssc: Uint8Array;
  readonly frame: SmFrame;
  open: boolean;
}

/**
 * @throws {RangeError} when a key or the counter has the wrong length for the suite.
 */
export function openState(parameters: SmParameters): SmState {
  const { ksEnc, ksMac, ssc } = parameters;
  const suite = SUITES[parameters.suite];
  const { keyLength, blockSize } = suite;
  if (ksEnc.length !== keyLength || ksMac.length !== keyLength) {
    throw new RangeError(`secure messaging: keys for ${parameters.suite} have ${keyLength} bytes`);
  }
  if (ssc.length !== blockSize) throw new RangeError(`secure messaging: ssc has ${ssc.length} bytes, not ${blockSize}`);
  return { blockSize, cipher: suite.open(ksEnc, ksMac), ssc: ssc.slice(), frame: new SmFrame(), open: true };
}

/** Ends the session; calling it again does nothing. */
export function closeState(state: SmState): void {
  if (!state.open) return;
  state.open = false;
  state.cipher.wipe();
  state.frame.wipe();
  wipe(state.ssc);
}

/** @throws {ProtocolError} `SM_CLOSED`. */
export function checkOpen(state: SmState, step: string): void {
  if (state.open) return;
  const message = "the secure session is over: authenticate again.";
  throw new ProtocolError("SM_CLOSED", "secure messaging", step, message);
}

/** Adds one to the counter, before each command and before each response (9303-11 §9.8.2). */
export function stepSsc(state: SmState): void {
  const { ssc } = state;
  for (let i = ssc.length - 1; i >= 0; i--) {
    ssc[i] = ((ssc[i] as number) + 1) & 0xff;
    if (ssc[i] !== 0) return;
  }
}

/** 85 for odd INS, 87 (with a padding indicator) for even (9303-11 §9.8.4). */
function dataTag(ins: number): number {
  return (ins & 1) === 1 ? 0x85 : 0x87;
}

/** Bytes of the data object for `length` bytes of data, without its header; 0 for none. */
function encryptedLength(state: SmState, ins: number, length: number): number {
  if (length === 0) return 0;
  return (dataTag(ins) === 0x87 ? 1 : 0) + length + state.blockSize - (length % state.blockSize);
}

/** The same with its header. */
export function dataObjectLength(state: SmState, ins: number, length: number): number {
  const inner = encryptedLength(state, ins, length);
  return inner === 0 ? 0 : 1 + lengthSize(inner) + inner;
}

/** The plain data of a DO 87 or 85; undefined when it is malformed or badly padded. The MAC must be good before. */
export function decodeData(state: SmState, node: TlvNode | undefined): Uint8Array | undefined {
  if (node === undefined) return new Uint8Array(0);
  const { tag, value } = node;
  // 01 is "padding method 2", the only indicator that 9303-11 knows.
  if (tag === 0x87 && value[0] !== 0x01) return undefined;
  const encrypted = tag === 0x87 ? value.subarray(1) : value;
  if (encrypted.length === 0 || encrypted.length % state.blockSize !== 0) return undefined;
  const padded = state.cipher.decrypt(state.ssc, encrypted);
  const plain = unpadIso(padded);
  // Method 2 adds as little as it can, at most one block.
  if (plain !== undefined && padded.length - plain.length <= state.blockSize) return plain;
  wipe(padded);
  return undefined;
}

/** DO 97: Le as one byte up to 256 (00), as two above (0000 is 65,536); nothing for 0. */
export function encodeLe(ne: number): Uint8Array {
  if (ne === 0) return EMPTY;
  return ne > 256 ? Uint8Array.of(0x97, 2, ne >>> 8, ne) : Uint8Array.of(0x97, 1, ne);
}

/** Expected bytes from a DO 97; undefined when it has another length than one or two. */
export function decodeLe(node: TlvNode | undefined): number | undefined {
  if (node === undefined) return 0;
  const { value } = node;
  if (value.length === 1) return value[0] || 256;
  if (value.length === 2) return ((value[0] as number) << 8) | (value[1] as number) || 65_536;
  return undefined;
}

/** Header of a protected command, CLA as it is sent. */
type SmHeader = Pick<CommandApdu, "cla" | "ins" | "p1" | "p2">;

/** Bytes that a MAC is over before the data objects: SSC, and of a command its header as one block. */
const frontLength = (state: SmState, header: SmHeader | undefined): number =>
  header === undefined ? state.blockSize : 2 * state.blockSize;

/**
 * MAC of the frame whose data objects end at `end`: SSC ‖ padded header ‖ data objects, padded; of a response without header. A command
 * without data objects has its header padded once only. Vectors: 9303-11 App. D.4; for the header alone sm-aes128-gematik.json, case 1.
 */
function macOfFrame(state: SmState, header: SmHeader | undefined, end: number): Uint8Array {
  const { ssc, blockSize, cipher, frame } = state;
  if (header === undefined) return cipher.mac(ssc, frame, end);
  const { bytes } = frame;
  bytes[blockSize] = header.cla;
  bytes[blockSize + 1] = header.ins;
  bytes[blockSize + 2] = header.p1;
  bytes[blockSize + 3] = header.p2;
  const headerEnd = blockSize + 4;
  if (end === 2 * blockSize) return cipher.mac(ssc, frame, headerEnd);
  padInPlace(bytes, headerEnd, 2 * blockSize);
  return cipher.mac(ssc, frame, end);
}

/**
 * The data objects of a message with DO 8E behind them: DO 87 or 85 with the encrypted data (nothing for no data), then `middle`, which
 * is DO 97 of a command or DO 99 of a response.
 *
 * All is put together in the frame and the data are encrypted there, because at a kilobyte new arrays for each step take as long as the
 * ciphers; the result takes the array over that the MAC has needed.
 *
 * Vectors: 87 by 9303-11 App. D.4. None is published for 85: sm-openssl.json holds a second calculation by OpenSSL.
 *
 * @param header - That of a command; undefined for a response.
 */
export function protect(
  state: SmState,
  header: SmHeader | undefined,
  ins: number,
  data: Uint8Array,
  middle: Uint8Array,
): Uint8Array {
  const front = frontLength(state, header);
  const dataEnd = front + dataObjectLength(state, ins, data.length);
  const end = dataEnd + middle.length;
  const bytes = state.frame.fit(end);
  if (data.length > 0) {
    const inner = encryptedLength(state, ins, data.length);
    const tag = dataTag(ins);
    const from = tag === 0x87 ? dataEnd - inner + 1 : dataEnd - inner;
    bytes.set(data, from);
    padInPlace(bytes, from + data.length, dataEnd);
    state.cipher.encrypt(state.ssc, state.frame, from, dataEnd);
    // 01 is "padding method 2".
    if (tag === 0x87) bytes[from - 1] = 0x01;
    writeHeader(tag, inner, bytes, dataEnd - inner);
  }
  copyInto(middle, bytes, dataEnd);
  const mac = macOfFrame(state, header, end);
  bytes[end] = 0x8e;
  bytes[end + 1] = MAC_LENGTH;
  for (let i = 0, at = mac.length - state.blockSize; i < MAC_LENGTH; i++) bytes[end + 2 + i] = mac[at + i] as number;
  const length = end + MAC_OBJECT - front;
  if (mac.length < length) return bytes.slice(front, front + length);
  mac.set(state.frame.objects(front, front + length));
  for (let i = length; i < mac.length; i++) mac[i] = 0;
  return new Uint8Array(mac.buffer, mac.byteOffset, length);
}

/** Whether the MAC of a message is right, in time that does not depend on it; `header` as in {@link protect}. */
export function isAuthentic(state: SmState, header: SmHeader | undefined, objects: SmObjects): boolean {
  const { protectedBytes } = objects;
  const front = frontLength(state, header);
  const end = front + protectedBytes.length;
  state.frame.fit(end).set(protectedBytes, front);
  const mac = macOfFrame(state, header, end);
  const expected = new Uint8Array(MAC_LENGTH);
  for (let i = 0, at = mac.length - state.blockSize; i < MAC_LENGTH; i++) expected[i] = mac[at + i] as number;
  return equalBytes(expected, objects.mac);
}

/** The data objects of a protected command (`middle` is DO 97) or response (`middle` is DO 99). */
export interface SmObjects {
  readonly data: TlvNode | undefined;
  readonly middle: TlvNode | undefined;
  /** All bytes before DO 8E. */
  readonly protectedBytes: Uint8Array;
  readonly mac: Uint8Array;
}

/** The data objects in `bytes`; undefined when they are not a sequence of well-formed ones. */
export function parseObjects(bytes: Uint8Array): TlvNode[] | undefined {
  try {
    return [...parseTlvs(bytes)];
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}

/** Puts the objects in their places; undefined for an unknown, doubled or misplaced one, or a MAC not of 8 bytes. */
export function sortObjects(
  bytes: Uint8Array,
  nodes: readonly TlvNode[],
  ins: number,
  middleTag: 0x97 | 0x99,
): SmObjects | undefined {
  let at = 0;
  const take = (tag: number) => (nodes[at]?.tag === tag ? nodes[at++] : undefined);
  const data = take(dataTag(ins));
  const middle = take(middleTag);
  const mac = take(0x8e);
  if (mac === undefined || mac.value.length !== 8 || at !== nodes.length) return undefined;
  return { data, middle, protectedBytes: bytes.subarray(0, mac.start), mac: mac.value };
}
