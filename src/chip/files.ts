import type { CommandApdu, ResponseApdu } from "../apdu/apdu.js";
import { SW } from "../apdu/status.js";
import { toHex, uintToBytes } from "../bytes/bytes.js";
import { type AccessProtocol, isMet, type Shown } from "../card/access-rule.js";
import type { CardFile } from "../card/image.js";
import { MalformedError } from "../errors.js";
import { encodeTlv, parseTlv } from "../tlv/ber.js";
import { ok, status } from "./answer.js";
import type { ChipApplication, ChipMemory } from "./state.js";

/** What is selected; the master file, which is the issuer security domain too, when `application` is undefined. */
export interface Selection {
  application: ChipApplication | undefined;
  file: CardFile | undefined;
}

/** FCI of an application or the issuer security domain: 6F { 84 AID, A5 }. */
function applicationTemplate(aid: Uint8Array): Uint8Array {
  return encodeTlv(0x6f, encodeTlv(0x84, aid), encodeTlv(0xa5));
}

/** FCP of a transparent file: 62 { 80 size, 82 01, 83 FID }. */
function fileTemplate(file: CardFile): Uint8Array {
  const size = file.content.length;
  return encodeTlv(
    0x62,
    encodeTlv(0x80, uintToBytes(size, size > 0xffff ? 4 : 2)),
    encodeTlv(0x82, Uint8Array.of(1)),
    encodeTlv(0x83, uintToBytes(file.fid, 2)),
  );
}

/** Identifier of the master file (ISO 7816-4 §7.4.1). */
const MASTER_FILE = 0x3f00;

/** The files that a short identifier or a file identifier means now. */
function filesOf(memory: ChipMemory, { application }: Selection): ReadonlyMap<number, CardFile> {
  return application?.files ?? memory.masterFile;
}

/** Whether an AID matches a name given whole or by its first bytes (ISO 7816-4 §12.2.2). */
const startsWith = (aid: Uint8Array, name: Uint8Array): boolean => toHex(aid).startsWith(toHex(name));

/**
 * SELECT by DF name or by file identifier under the current application (ISO 7816-4 §11.2.2).
 *
 * @returns The answer; `selection` is changed only when it is 9000.
 */
export function select(memory: ChipMemory, selection: Selection, command: CommandApdu): ResponseApdu {
  const { p1, p2, data, ne } = command;
  if ((p2 & 0xf3) !== 0) return status(SW.INCORRECT_P1_P2); // first or only occurrence; b4-b3 say what to return
  if (memory.quirks.selectWithoutAnswerOnly === true && p2 !== 0x0c) return status(SW.INCORRECT_P1_P2);
  const answer = (template: () => Uint8Array): ResponseApdu =>
    (p2 & 0x0c) === 0x0c || ne === 0 ? ok() : ok(template());
  if (p1 === 0x04) {
    const name = data;
    if (name.length > 16) return status(SW.WRONG_LENGTH);
    const found = [...memory.applications.values()].find((candidate) => startsWith(candidate.aid, name));
    const domain = startsWith(memory.issuerSecurityDomain, name);
    if (domain || found === undefined) {
      if (!domain) return status(SW.FILE_NOT_FOUND);
      selection.application = undefined;
      selection.file = undefined;
      return answer(() => applicationTemplate(memory.issuerSecurityDomain));
    }
    selection.application = found;
    selection.file = undefined;
    return answer(() => applicationTemplate(found.aid));
  }
  if (p1 === 0x08 && memory.masterFile.size > 0) {
    // Path from the master file (ISO 7816-4 table 39). Applications have names and no identifiers, so it is one file long.
    if (data.length < 2 || data.length % 2 !== 0) return status(SW.WRONG_LENGTH);
    const file =
      data.length === 2 ? memory.masterFile.get(((data[0] as number) << 8) | (data[1] as number)) : undefined;
    if (file === undefined) return status(SW.FILE_NOT_FOUND);
    selection.application = undefined;
    selection.file = file;
    return answer(() => fileTemplate(file));
  }
  if (p1 !== 0x00 && p1 !== 0x02) return status(SW.FUNCTION_NOT_SUPPORTED);
  if (data.length !== 2 && data.length !== 0) return status(SW.WRONG_LENGTH);
  // without data the master file is meant (9303-10 §3.6.1.1)
  const fid = data.length === 0 ? MASTER_FILE : ((data[0] as number) << 8) | (data[1] as number);
  if (fid === MASTER_FILE && p1 === 0x00 && memory.masterFile.size > 0) {
    selection.application = undefined;
    selection.file = undefined;
    return answer(() => encodeTlv(0x62, encodeTlv(0x82, Uint8Array.of(0x38)), encodeTlv(0x83, uintToBytes(fid, 2))));
  }
  const file = filesOf(memory, selection).get(fid);
  if (file === undefined) return status(SW.FILE_NOT_FOUND);
  selection.file = file;
  return answer(() => fileTemplate(file));
}

/**
 * READ BINARY, even and odd INS (ISO 7816-4 §11.3.3): by short identifier, by offset, by offset data object.
 *
 * @param protocols - Protocols whose session carries this command.
 * @param room - Most bytes of an answer; less than 65,536 when it will be protected.
 * @param shown - What the session has proved beside its protocol.
 * @returns The answer; a file becomes the selected one only when it may be read.
 */
export function readBinary(
  memory: ChipMemory,
  selection: Selection,
  command: CommandApdu,
  protocols: readonly AccessProtocol[],
  room: number,
  shown: Shown = {},
): ResponseApdu {
  const { p1, p2, ne } = command;
  const odd = (command.ins & 1) === 1;
  const { quirks } = memory;
  let file = selection.file;
  let offset: number;
  if (odd) {
    const reference = (p1 << 8) | p2;
    const at = offsetObject(command.data);
    if (at === undefined) return status(SW.WRONG_DATA);
    offset = at;
    if (reference !== 0) {
      file = bySfiOrFid(filesOf(memory, selection), reference);
      if (file === undefined) return status(SW.FILE_NOT_FOUND);
    }
  } else if (command.data.length > 0) return status(SW.WRONG_LENGTH);
  else if ((p1 & 0x80) !== 0) {
    if ((p1 & 0x60) !== 0 || quirks.noShortIdentifiers === true) return status(SW.INCORRECT_P1_P2);
    file = bySfi(filesOf(memory, selection), p1 & 0x1f);
    if (file === undefined) return status(SW.FILE_NOT_FOUND);
    offset = p2;
  } else offset = (p1 << 8) | p2;

  if (file === undefined) return status(SW.COMMAND_NOT_ALLOWED);
  if (!isMet(file.read, protocols, shown)) return status(SW.SECURITY_STATUS_NOT_SATISFIED);
  selection.file = file;
  // No room at all: the Le around a protected command is under no MAC, and nothing read must not look like the end of a file.
  if (ne === 0 || room <= 0 || (ne > room && !asksForAll(ne))) return status(SW.WRONG_LENGTH);
  if (offset >= file.content.length) return status(SW.WRONG_OFFSET);
  const { bytes = room, otherwise = "fewer", leZeroToo = false } = quirks.mostRead ?? {};
  if (otherwise === "6700" && ne > bytes && (leZeroToo || !asksForAll(ne))) return status(SW.WRONG_LENGTH);
  const most = Math.min(ne, room, bytes);
  const rest = file.content.length - offset + (odd ? 2 : 0);
  if (quirks.endOfFile === "6Cxx" && most > rest && rest <= 0xff && !asksForAll(ne)) return status(0x6c00 | rest);
  const answer = odd ? oddAnswer(file.content, offset, most) : evenAnswer(file.content, offset, most);
  return asksForAll(ne) && answer.sw === SW.END_OF_FILE ? { ...answer, sw: SW.OK } : answer;
}

/** Ne of 256 or 65,536 asks for whatever there is; any other one is a number of bytes (ISO 7816-4 §5.2). */
const asksForAll = (ne: number): boolean => ne === 256 || ne === 65_536;

function evenAnswer(content: Uint8Array, offset: number, most: number): ResponseApdu {
  const data = content.subarray(offset, offset + most);
  return { data, sw: data.length < most ? SW.END_OF_FILE : SW.OK };
}

/** The data come in DO 53, whose header counts against Ne too. */
function oddAnswer(content: Uint8Array, offset: number, most: number): ResponseApdu {
  const header = most <= 0x7f + 2 ? 2 : most <= 0xff + 3 ? 3 : 4;
  const room = most - header;
  if (room <= 0) return status(SW.WRONG_LENGTH);
  const part = content.subarray(offset, offset + room);
  return { data: encodeTlv(0x53, part), sw: part.length < room ? SW.END_OF_FILE : SW.OK };
}

function offsetObject(data: Uint8Array): number | undefined {
  try {
    const { value } = parseTlv(data, 0x54);
    if (value.length < 1 || value.length > 4) return undefined;
    return value.reduce((sum, byte) => sum * 256 + byte, 0);
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}

function bySfi(files: ReadonlyMap<number, CardFile>, sfi: number): CardFile | undefined {
  return [...files.values()].find((file) => file.sfi === sfi);
}

/** P1 P2 of the odd INS: a short identifier in b5-b1 of P2 when P1 is 00, else a file identifier. */
function bySfiOrFid(files: ReadonlyMap<number, CardFile>, reference: number): CardFile | undefined {
  return reference <= 0x1f ? bySfi(files, reference) : files.get(reference);
}
