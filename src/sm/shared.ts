import { concatBytes, uintToBytes, wipe } from "../bytes/bytes.js";
import { AesCmac, aesCbcDecrypt, aesCbcEncrypt, aesEncryptBlock } from "../crypto/aes.js";
import { TdesKey } from "../crypto/legacy/des.js";
import { padIso, unpadIso } from "../crypto/padding.js";
import { MalformedError, ProtocolError } from "../errors.js";
import { encodeTlv, lengthSize, parseTlvs, type TlvNode, writeHeader } from "../tlv/ber.js";

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

/** The keyed half of a suite. `mac` pads its input, all parts as one, with method 2 and gives 8 bytes. */
interface SmCipher {
  encrypt(ssc: Uint8Array, padded: Uint8Array): Uint8Array;
  decrypt(ssc: Uint8Array, encrypted: Uint8Array): Uint8Array;
  mac(...parts: readonly Uint8Array[]): Uint8Array;
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
    encrypt: (_ssc, padded) => enc.encryptCbc(zeroIv, padded),
    decrypt: (_ssc, encrypted) => enc.decryptCbc(zeroIv, encrypted),
    mac: (...parts) => mac.retailMac(concatBytes(...parts)),
    wipe() {
      enc.wipe();
      mac.wipe();
    },
  };
}

/** Padding by method 2 behind so many bytes of the last block of 16. */
const PADDINGS: readonly Uint8Array[] = Array.from({ length: 16 }, (_, used) =>
  padIso(new Uint8Array(used), 16).slice(used),
);

/**
 * AES: CBC with IV = E(KSenc, SSC), CMAC cut to 8 bytes (9303-11 §9.8.7).
 * Vectors: sm-aes128-mse-set-at.json, sm-aes128-gematik.json (all four command cases), sm-aes256-persosim.json; for
 * AES-192 a second calculation by OpenSSL (sm-openssl.json).
 */
function openAes(ksEnc: Uint8Array, ksMac: Uint8Array): SmCipher {
  const key = ksEnc.slice();
  const mac = new AesCmac(ksMac);
  return {
    encrypt: (ssc, padded) => aesCbcEncrypt(key, aesEncryptBlock(key, ssc), padded),
    decrypt: (ssc, encrypted) => aesCbcDecrypt(key, aesEncryptBlock(key, ssc), encrypted),
    mac(...parts) {
      let length = 0;
      for (const part of parts) length += part.length;
      return mac.mac(...parts, PADDINGS[length % 16] as Uint8Array).subarray(0, 8);
    },
    wipe() {
      wipe(key);
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

/** CLA bits of secure messaging whose header is authenticated (ISO 7816-4 §5.4.1; 9303-11 §9.8.4). */
export const SM_CLASS = 0x0c;

/** Keys, counter and life of one side of a session. Never leaves `sm/`. */
export interface SmState {
  readonly blockSize: number;
  readonly cipher: SmCipher;
  readonly ssc: Uint8Array;
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
  return { blockSize, cipher: suite.open(ksEnc, ksMac), ssc: ssc.slice(), open: true };
}

/** Ends the session; calling it again does nothing. */
export function closeState(state: SmState): void {
  if (!state.open) return;
  state.open = false;
  state.cipher.wipe();
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

/** Bytes of the data object that {@link encodeData} makes of `length` bytes, without its header; 0 for none. */
export function encryptedLength(state: SmState, ins: number, length: number): number {
  if (length === 0) return 0;
  return (dataTag(ins) === 0x87 ? 1 : 0) + length + state.blockSize - (length % state.blockSize);
}

/**
 * DO 87 or 85 with the encrypted data; nothing for no data.
 * Vectors: 87 by 9303-11 App. D.4. None is published for 85: sm-openssl.json holds a second calculation by OpenSSL.
 */
export function encodeData(state: SmState, ins: number, data: Uint8Array): Uint8Array {
  if (data.length === 0) return data;
  const inner = encryptedLength(state, ins, data.length);
  const out = new Uint8Array(1 + lengthSize(inner) + inner);
  writeData(state, ins, data, out, out.length);
  return out;
}

/** The same into `out`, ending before `end`; nothing for no data. */
export function writeData(state: SmState, ins: number, data: Uint8Array, out: Uint8Array, end: number): void {
  if (data.length === 0) return;
  const tag = dataTag(ins);
  const padded = padIso(data, state.blockSize);
  const encrypted = state.cipher.encrypt(state.ssc, padded);
  wipe(padded);
  const at = end - encrypted.length;
  out.set(encrypted, at);
  // 01 is "padding method 2".
  if (tag === 0x87) out[at - 1] = 0x01;
  const inner = encrypted.length + (tag === 0x87 ? 1 : 0);
  writeHeader(tag, inner, out, end - inner);
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
  const plain = unpadIso(padded)?.slice();
  wipe(padded);
  // Method 2 adds as little as it can, at most one block.
  return plain !== undefined && padded.length - plain.length <= state.blockSize ? plain : undefined;
}

/** DO 97: Le as one byte up to 256 (00), as two above (0000 is 65,536); nothing for 0. */
export function encodeLe(ne: number): Uint8Array {
  if (ne === 0) return new Uint8Array(0);
  return encodeTlv(0x97, ne > 256 ? uintToBytes(ne & 0xffff, 2) : Uint8Array.of(ne & 0xff));
}

/** Expected bytes from a DO 97; undefined when it has another length than one or two. */
export function decodeLe(node: TlvNode | undefined): number | undefined {
  if (node === undefined) return 0;
  const { value } = node;
  if (value.length === 1) return value[0] || 256;
  if (value.length === 2) return ((value[0] as number) << 8) | (value[1] as number) || 65_536;
  return undefined;
}

/**
 * MAC of a command: SSC ‖ padded header ‖ data objects, padded. Without data objects the padding of the header is the only one.
 * Vectors: 9303-11 App. D.4; for the header alone sm-aes128-gematik.json, case 1.
 */
export function commandMac(state: SmState, header: Uint8Array, objects: Uint8Array): Uint8Array {
  const { ssc, blockSize, cipher } = state;
  if (objects.length === 0) return cipher.mac(ssc, header);
  return cipher.mac(ssc, padIso(header, blockSize), objects);
}

/** MAC of a response: SSC ‖ data objects, padded. Vectors: 9303-11 App. D.4; sm-aes128-gematik.json. */
export function responseMac(state: SmState, objects: Uint8Array): Uint8Array {
  return state.cipher.mac(state.ssc, objects);
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
