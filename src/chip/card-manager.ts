import type { CommandApdu, ResponseApdu } from "../apdu/apdu.js";
import { SW } from "../apdu/status.js";
import { concatBytes, equalBytes, toHex, wipe } from "../bytes/bytes.js";
import { type FileControlParameters, parseFileControl } from "../card/file-control.js";
import type { CardFile } from "../card/image.js";
import { CardwrightError, MalformedError } from "../errors.js";
import { parsePutKey, putKeyResponse } from "../gp/chip/put-key.js";
import { type Dgi, parseDgis, Scp03StaticKeys, unwrapKey, unwrapSecret } from "../gp/chip/scp03.js";
import { encodeTlv, parseTlvs } from "../tlv/ber.js";
import { ok, status } from "./answer.js";
import { doorsOfMemory } from "./doors.js";
import { counterIn } from "./renewal.js";
import { applicationOf, type ChipApplication, type ChipMemory, usedBytes } from "./state.js";

/** Life-cycle state of an application that can be selected and still personalized. */
const SELECTABLE = 0x07;

/** What STORE DATA has collected for one application; gone after a reset. */
export interface StoreTarget {
  readonly application: ChipApplication;
  readonly parts: Uint8Array[];
  bytes: number;
  encrypted: boolean;
}

/** The card manager's volatile state and its open key version. */
export interface ManagerState {
  target: StoreTarget | undefined;
  keyVersion: number;
}

/** Handles a card content command that came inside a secure channel (GPCS 2.3.1 §11). */
export function manage(memory: ChipMemory, state: ManagerState, command: CommandApdu): ResponseApdu {
  try {
    switch (command.ins) {
      case 0xe6:
        return install(memory, state, command);
      case 0xe2:
        return storeData(memory, state, command);
      case 0xf0:
        return setStatus(memory, command);
      case 0xf2:
        return getStatus(memory, command);
      case 0xd8:
        return putKey(memory, state, command);
      default:
        return status(SW.INS_NOT_SUPPORTED);
    }
  } catch (error) {
    // What the declared formats refuse is wrong data; anything else is a fault of this program.
    if (error instanceof CardwrightError) return status(SW.WRONG_DATA);
    throw error;
  }
}

/** Length-value fields of INSTALL. */
function lengthValues(data: Uint8Array): Uint8Array[] {
  const fields: Uint8Array[] = [];
  for (let at = 0; at < data.length; ) {
    const length = data[at] as number;
    if (at + 1 + length > data.length) throw new MalformedError("TRUNCATED", "a field is cut off", at, "INSTALL");
    fields.push(data.subarray(at + 1, at + 1 + length));
    at += 1 + length;
  }
  return fields;
}

function install(memory: ChipMemory, state: ManagerState, command: CommandApdu): ResponseApdu {
  const fields = lengthValues(command.data);
  if (command.p2 !== 0) return status(SW.INCORRECT_P1_P2);
  if (command.p1 === 0x20) {
    const aid = fields[2];
    const application = aid === undefined ? undefined : applicationOf(memory, aid);
    if (application === undefined) return status(SW.REFERENCED_DATA_NOT_FOUND);
    if (application.lifeCycle !== SELECTABLE) return status(SW.CONDITIONS_NOT_SATISFIED);
    state.target = { application, parts: [], bytes: 0, encrypted: false };
    return ok(Uint8Array.of(0));
  }
  if (command.p1 !== 0x0c) return status(SW.INCORRECT_P1_P2);
  const [loadFile, module, aid] = fields;
  if (loadFile === undefined || module === undefined || aid === undefined) return status(SW.WRONG_DATA);
  const profile = memory.modules.get(toHex(module));
  if (profile === undefined || !equalBytes(profile.install.loadFile, loadFile)) {
    return status(SW.REFERENCED_DATA_NOT_FOUND);
  }
  if (aid.length < 5 || aid.length > 16) return status(SW.WRONG_DATA);
  if (applicationOf(memory, aid) !== undefined) return status(SW.CONDITIONS_NOT_SATISFIED);
  memory.applications.set(toHex(aid), {
    aid: aid.slice(),
    profile,
    files: new Map(),
    secrets: new Map(),
    lifeCycle: SELECTABLE,
    ...(profile.functions && { functions: profile.functions }),
    counter: undefined,
  });
  return ok(Uint8Array.of(0));
}

/** P1 of STORE DATA (table 11-89). */
const LAST = 0x80;
const ENCRYPTED = 0x60;
const DGI_FORMAT = 0x18;

function storeData(memory: ChipMemory, state: ManagerState, command: CommandApdu): ResponseApdu {
  // Data for nobody else are for the security domain itself (GPCS 2.3.1 §11.11.2): here it keeps the master file.
  if (state.target === undefined && command.p2 === 0) state.target = masterFileTarget(memory);
  const { target } = state;
  if (target === undefined) return status(SW.CONDITIONS_NOT_SATISFIED);
  if (target.application.lifeCycle !== SELECTABLE) {
    state.target = undefined; // locked since it was addressed
    return status(SW.CONDITIONS_NOT_SATISFIED);
  }
  const { p1, p2, data } = command;
  const encrypted = (p1 & ENCRYPTED) === ENCRYPTED;
  const halfEncrypted = !encrypted && (p1 & ENCRYPTED) !== 0; // left to the application, which does not do it, or RFU
  const inOrder = p2 === target.parts.length && (target.parts.length === 0 || encrypted === target.encrypted);
  if (!inOrder || halfEncrypted || (p1 & DGI_FORMAT) !== 0x08) {
    state.target = undefined;
    return status(SW.INCORRECT_P1_P2);
  }
  target.encrypted = encrypted;
  target.bytes += data.length;
  // Room for the headers too. What is replaced counts only in the end, so that a file can be written again.
  if (target.bytes > memory.capacity + 1024) {
    state.target = undefined;
    return status(SW.NOT_ENOUGH_MEMORY);
  }
  target.parts.push(data.slice());
  if ((p1 & LAST) === 0) return ok();
  state.target = undefined;
  return store(memory, state, target);
}

/** The master file as something to be personalized; its files are fixed when the card is SECURED. */
function masterFileTarget(memory: ChipMemory): StoreTarget | undefined {
  const { masterFileProfile: profile, masterFile: files, issuerSecurityDomain: aid } = memory;
  if (profile === undefined || memory.cardLifeCycle >= 0x0f) return undefined;
  const application = { aid, profile, files, secrets: new Map(), lifeCycle: SELECTABLE, counter: undefined };
  return { application, parts: [], bytes: 0, encrypted: false };
}

/** Puts everything that was stored in place at once: a file counts only when it is complete. */
function store(memory: ChipMemory, state: ManagerState, target: StoreTarget): ResponseApdu {
  const { application, encrypted } = target;
  const { profile } = application;
  const dek = memory.keySets.get(state.keyVersion)?.dek;
  if (profile === undefined || dek === undefined) return status(SW.CONDITIONS_NOT_SATISFIED);
  const files: CardFile[] = [];
  const secrets: [string, Uint8Array][] = [];
  let control: FileControlParameters | undefined;
  for (const dgi of parseDgis(concatBytes(...target.parts))) {
    const slot = profile.secrets.find((candidate) => candidate.dgi === dgi.id);
    if (slot !== undefined) {
      if (!encrypted) return status(SW.SECURITY_STATUS_NOT_SATISFIED); // a secret never comes in the clear
      const secret = unwrapSecret(dek, dgi.value);
      if (secret === undefined) return status(SW.WRONG_DATA);
      secrets.push([slot.name, secret]);
    } else if (encrypted) return status(SW.WRONG_DATA);
    else if (dgi.id === profile.fileDgi) control = parseFileControl(dgi.value);
    else files.push(fileFrom(application, dgi, control));
  }
  const fresh = files.reduce((sum, file) => sum + file.content.length, 0);
  const replaced = files.reduce((sum, file) => sum + (application.files.get(file.fid)?.content.length ?? 0), 0);
  if (usedBytes(memory) - replaced + fresh > memory.capacity) return status(SW.NOT_ENOUGH_MEMORY);
  for (const file of files) application.files.set(file.fid, file);
  for (const [name, secret] of secrets) {
    wipe(application.secrets.get(name));
    application.secrets.set(name, secret);
  }
  const { functions } = profile;
  application.counter = counterIn(application.files, functions);
  memory.doors = doorsOfMemory(memory);
  return ok();
}

function fileFrom(application: ChipApplication, dgi: Dgi, control: FileControlParameters | undefined): CardFile {
  const row = application.profile?.files.find((file) => file.dgi === dgi.id);
  if (row === undefined || control === undefined || control.fid !== row.fid || control.size !== dgi.value.length) {
    throw new MalformedError("BAD_VALUE", "the DGI and the file control parameters disagree", 0, "STORE DATA");
  }
  const { fid, sfi, access } = control;
  return { name: row.name, fid, sfi, read: access.read, update: access.update, content: dgi.value.slice() };
}

function setStatus(memory: ChipMemory, command: CommandApdu): ResponseApdu {
  const { p1, p2, data } = command;
  if (p1 === 0x80) {
    // OP_READY 01 → INITIALIZED 07 → SECURED 0F, one step at a time and never back (GPCS §5.1.1)
    const next: Readonly<Record<number, number>> = { 1: 0x07, 7: 0x0f };
    if (next[memory.cardLifeCycle] !== p2) return status(SW.CONDITIONS_NOT_SATISFIED);
    memory.cardLifeCycle = p2;
    return ok();
  }
  if (p1 !== 0x40) return status(SW.INCORRECT_P1_P2);
  const application = applicationOf(memory, data);
  if (application === undefined) return status(SW.REFERENCED_DATA_NOT_FOUND);
  // Application-specific states have their lower three bits set and only go up here.
  if ((p2 & 0x07) !== 0x07 || p2 <= application.lifeCycle) return status(SW.CONDITIONS_NOT_SATISFIED);
  application.lifeCycle = p2;
  return ok();
}

function getStatus(memory: ChipMemory, command: CommandApdu): ResponseApdu {
  const search = parseTlvs(command.data).first;
  if (search?.tag !== 0x4f || (command.p2 & 0x02) === 0) return status(SW.WRONG_DATA);
  const row = (aid: Uint8Array, lifeCycle: number) =>
    encodeTlv(0xe3, encodeTlv(0x4f, aid), encodeTlv(0x9f70, Uint8Array.of(lifeCycle)));
  if (command.p1 === 0x80) return ok(row(memory.issuerSecurityDomain, memory.cardLifeCycle));
  if (command.p1 !== 0x40) return status(SW.INCORRECT_P1_P2);
  const rows = [...memory.applications.values()]
    .filter((application) => toHex(application.aid).startsWith(toHex(search.value)))
    .map((application) => row(application.aid, application.lifeCycle));
  return rows.length === 0 ? status(SW.REFERENCED_DATA_NOT_FOUND) : ok(concatBytes(...rows));
}

function putKey(memory: ChipMemory, state: ManagerState, command: CommandApdu): ResponseApdu {
  const put = parsePutKey(command);
  const dek = memory.keySets.get(state.keyVersion)?.dek;
  const [enc, mac, newDek] = put.keys;
  if (dek === undefined || enc === undefined || mac === undefined || newDek === undefined || put.keyId !== 1) {
    return status(SW.WRONG_DATA);
  }
  if (put.oldVersion !== 0 && !memory.keySets.has(put.oldVersion)) return status(SW.REFERENCED_DATA_NOT_FOUND);
  const [clearEnc, clearMac, clearDek] = [unwrapKey(dek, enc), unwrapKey(dek, mac), unwrapKey(dek, newDek)];
  if (clearEnc === undefined || clearMac === undefined || clearDek === undefined) return status(SW.WRONG_DATA);
  if (clearMac.length !== clearEnc.length || clearDek.length !== clearEnc.length) return status(SW.WRONG_DATA);
  const keys = new Scp03StaticKeys(clearEnc, clearMac, clearDek);
  if (put.oldVersion !== 0) memory.keySets.delete(put.oldVersion);
  memory.keySets.set(put.newVersion, keys);
  return ok(putKeyResponse(put));
}

/** GET DATA of what anybody may see: key diversification data 00CF, key information 00E0. */
export function getData(memory: ChipMemory, command: CommandApdu): ResponseApdu {
  const tag = (command.p1 << 8) | command.p2;
  if (tag === 0x00cf) return ok(encodeTlv(0xcf, memory.kdd));
  if (tag !== 0x00e0) return status(SW.REFERENCED_DATA_NOT_FOUND);
  const rows = [...memory.keySets].flatMap(([version, keys]) =>
    [1, 2, 3].map((id) => encodeTlv(0xc0, Uint8Array.of(id, version, 0x88, keys.enc.length))),
  );
  return ok(encodeTlv(0xe0, ...rows));
}
