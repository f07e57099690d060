import { EMPTY, uintToBytes } from "../bytes/bytes.js";
import { encodeTlv, lengthSize, parseTlv } from "../tlv/ber.js";
import { type CommandApdu, commandApdu } from "./apdu.js";

/** A caller's number that a command cannot carry. */
function checkRange(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new RangeError(`${name} is ${value}, ${least} to ${most} is possible`);
}

/**
 * SELECT an application by its identifier, without answer data.
 *
 * Spec: ISO 7816-4 §11.2.2; ICAO 9303-10 §3.6.1 (00 A4 04 0C).
 *
 * @param aid - 5 to 16 bytes.
 * @throws {RangeError} when `aid` has another length.
 * @example
 * encodeCommand(selectApplication(fromHex("A0000002471001"))); // 00A4040C07A0000002471001
 */
export function selectApplication(aid: Uint8Array): CommandApdu {
  checkRange("selectApplication: the length of aid", aid.length, 5, 16);
  return commandApdu(0x00, 0xa4, 0x04, 0x0c, aid);
}

/**
 * SELECT the master file, where PACE begins and EF.CardAccess lies, without answer data.
 *
 * Spec: ISO 7816-4 §11.2.2; ICAO 9303-10 §3.6.1.1 (00 A4 00 0C, nothing else).
 */
export function selectMasterFile(): CommandApdu {
  return commandApdu(0x00, 0xa4, 0x00, 0x0c);
}

/**
 * SELECT an elementary file of the current application by its identifier, without answer data.
 *
 * Spec: ISO 7816-4 §11.2.2; ICAO 9303-10 §3.6.2 (00 A4 02 0C 02).
 *
 * @param fid - 0x0000 to 0xFFFF.
 * @throws {RangeError} when `fid` is out of range.
 */
export function selectFile(fid: number): CommandApdu {
  checkRange("selectFile: fid", fid, 0, 0xffff);
  return commandApdu(0x00, 0xa4, 0x02, 0x0c, uintToBytes(fid, 2));
}

/**
 * READ BINARY of the selected file.
 *
 * Spec: ISO 7816-4 §11.3.3; ICAO 9303-10 §3.6.3.1.
 *
 * @param offset - First byte, 0 to 0x7FFF; {@link readBinaryOdd} reaches further.
 * @param ne - Most bytes to read, 1 to 65,536; above 256 the chip must know extended lengths.
 * @throws {RangeError} when a number is out of range.
 */
export function readBinary(offset: number, ne: number): CommandApdu {
  checkRange("readBinary: offset", offset, 0, 0x7fff);
  checkRange("readBinary: ne", ne, 1, 65_536);
  return commandApdu(0x00, 0xb0, offset >> 8, offset & 0xff, EMPTY, ne);
}

/**
 * READ BINARY that selects the file by its short identifier at the same time: one round trip less.
 *
 * Spec: ISO 7816-4 §11.3.3; ICAO 9303-10 §3.6.3.2.
 *
 * @param sfi - 1 to 30.
 * @param offset - First byte, 0 to 0xFF.
 * @param ne - Most bytes to read, 1 to 65,536.
 * @throws {RangeError} when a number is out of range.
 */
export function readBinaryBySfi(sfi: number, offset: number, ne: number): CommandApdu {
  checkRange("readBinaryBySfi: sfi", sfi, 1, 30);
  checkRange("readBinaryBySfi: offset", offset, 0, 0xff);
  checkRange("readBinaryBySfi: ne", ne, 1, 65_536);
  return commandApdu(0x00, 0xb0, 0x80 | sfi, offset, EMPTY, ne);
}

/**
 * READ BINARY with odd INS, for bytes of the selected file from 0x8000 on. The answer is a data object 53: see
 * {@link parseReadBinaryOdd}.
 *
 * Spec: ISO 7816-4 §11.3.3; ICAO 9303-10 §3.6.6.
 *
 * @param offset - First byte, 0 to 0xFFFFFF; sent in a data object 54 of two bytes, three from 0x10000 on.
 * @param ne - Most bytes of the *file* to read, 1 to 65,532. The command asks for as many more as the header of data
 *   object 53 takes, so 253 is the most that short lengths carry.
 * @throws {RangeError} when a number is out of range.
 */
export function readBinaryOdd(offset: number, ne: number): CommandApdu {
  checkRange("readBinaryOdd: offset", offset, 0, 0xff_ffff);
  checkRange("readBinaryOdd: ne", ne, 1, 65_532);
  const data = encodeTlv(0x54, uintToBytes(offset, offset > 0xffff ? 3 : 2));
  return commandApdu(0x00, 0xb1, 0x00, 0x00, data, 1 + lengthSize(ne) + ne);
}

/**
 * The file bytes in the answer to {@link readBinaryOdd}.
 *
 * @throws {MalformedError} when `data` is not exactly one data object 53.
 */
export function parseReadBinaryOdd(data: Uint8Array): Uint8Array {
  return parseTlv(data, 0x53).value;
}

/**
 * GET CHALLENGE: random bytes made by the chip.
 *
 * Spec: ISO 7816-4 §11.5.3; ICAO 9303-11 §4.3.4.1.
 *
 * @param length - Bytes wanted, 1 to 256; 8 for BAC and terminal authentication.
 */
export function getChallenge(length: number): CommandApdu {
  checkRange("getChallenge: length", length, 1, 256);
  return commandApdu(0x00, 0x84, 0x00, 0x00, EMPTY, length);
}

/**
 * EXTERNAL AUTHENTICATE; with `ne` above 0 it authenticates both sides.
 *
 * Spec: ISO 7816-4 §11.5.4; ICAO 9303-11 §4.3.4.2 (BAC: P1 P2 = 0000), §7.1 (terminal authentication).
 *
 * @param data - Cryptogram or signature.
 * @param ne - Bytes of the chip's own proof, 0 for none.
 */
export function externalAuthenticate(p1: number, p2: number, data: Uint8Array, ne = 0): CommandApdu {
  return commandApdu(0x00, 0x82, p1, p2, data, ne);
}
