import type { CommandApdu, ResponseApdu } from "../../apdu/apdu.js";
import type { ChipExchange } from "../../apdu/exchange.js";
import type { ChipOutcome } from "../../apdu/session.js";
import { SW } from "../../apdu/status.js";
import { EMPTY, equalBytes } from "../../bytes/bytes.js";
import { type RandomSource, systemRandom } from "../../bytes/random.js";
import { MalformedError } from "../../errors.js";
import { type CvCertificate, parseCvCertificate } from "../../pki/cvc/certificate.js";
import { type EffectiveAuthorization, verifyCvcChain } from "../../pki/cvc/chain.js";
import { type Chat, chatContent, effectiveChat, grantedRights } from "../../pki/cvc/chat.js";
import type { CvcTrustPoint } from "../../pki/cvc/checks.js";
import type { CvcDate } from "../../pki/cvc/date.js";
import type { CvcPublicKey } from "../../pki/cvc/public-key.js";
import { verifyCvcSignature } from "../../pki/cvc/verify.js";
import { encodeTlv } from "../../tlv/ber.js";
import { dataObject, encodeObject, parseObject } from "../../tlv/file.js";
import { objectsByTag, valuesByTag } from "../data-objects/shared.js";
import { CHALLENGE_LENGTH, terminalAuthenticationMessage } from "./formulas.js";
import { terminalKeyOf, terminalRightsOf } from "./keys.js";
import { type AuxiliaryDatum, parseAuxiliaryData, referenceBytes } from "./messages.js";
import { oidObject } from "./oid.js";

/** The trust points of one terminal type, at most two. */
export interface ChipTrustPoints {
  trustPoints: readonly CvcTrustPoint[];
}

/** What a chip knows of terminals. One object for the life of the chip, changed by certificates that it accepts; keep it with what survives a reset. */
export interface ChipTerminalTrust {
  /** One row for each terminal type. */
  readonly types: readonly ChipTrustPoints[];
  /** What the chip holds for today. */
  currentDate: CvcDate;
  /** Whether that is from a clock. */
  readonly clock?: boolean;
}

/** What the session gives to bind the terminal to. */
export interface ChipTerminalBinding {
  readonly version: 1 | 2;
  /** ID.IC: after PACE its outcome's, after BAC `documentIdentifier`. */
  readonly idIc: Uint8Array;
  /** Version 1: Comp(PK.IFD) of chip authentication or of PACE with its mapping. Without it version 1 is refused. */
  readonly compressedKey?: Uint8Array;
  /** The template that PACE was given (7F4C …): it limits the rights, and names the terminal type. */
  readonly chat?: Uint8Array;
  /** Whether a terminal has authenticated in this session: once is all. */
  readonly done?: boolean;
}

/** How terminal authentication ended on the chip. It opens no session: what it proved holds in the one that carried it. */
export interface TerminalAuthenticationChipOutcome extends ChipOutcome {
  /** Only after a good signature. */
  readonly authorization?: EffectiveAuthorization;
  /** Rights by the names of access rules, e.g. `inspection.readDg3`; only after a good signature. */
  readonly rights?: readonly string[];
  /** Of version 2: Comp(PK.IFD), which chip authentication then asks for. */
  readonly announcedKey?: Uint8Array;
  readonly auxiliaryData?: readonly AuxiliaryDatum[];
  /** The terminal's own certificate, for its extensions. */
  readonly certificate?: CvCertificate;
}

/** Whether a command begins terminal authentication: MSE:Set DST. */
export function beginsTerminalAuthentication({ cla, ins, p1, p2 }: CommandApdu): boolean {
  return cla === 0 && ins === 0x22 && p1 === 0x81 && p2 === 0xb6;
}

const OK: ResponseApdu = { data: EMPTY, sw: SW.OK };
const answer = (sw: number): ResponseApdu => ({ data: EMPTY, sw });

/** What was imported in one run. */
interface Imported {
  readonly row: ChipTrustPoints;
  /** Trust points and date when the chain began at a CVCA. */
  readonly trustPoints: readonly CvcTrustPoint[];
  readonly date: CvcDate;
  readonly certificates: readonly CvCertificate[];
  readonly authorization?: EffectiveAuthorization;
}

/**
 * Terminal authentication on the chip's side: any number of MSE:Set DST and PSO:Verify Certificate, then MSE:Set AT, GET CHALLENGE and
 * EXTERNAL AUTHENTICATE.
 *
 * Spec: ICAO 9303-11 §7.1.4.3, §7.1.5; TR-03110-3 B.2 and B.3 for version 2. The certificates that it accepts renew trust points and date at
 * once, whatever comes afterwards. To be run for commands that came in a session only.
 *
 * @param first - A command for which {@link beginsTerminalAuthentication} holds.
 * @param trust - Changed by certificates.
 * @returns The last response with what was proved, or without when it was refused; `{}` when a command is not part of the protocol and
 *   is to be handled afresh.
 */
export function* terminalAuthenticationChip(
  first: CommandApdu,
  trust: ChipTerminalTrust,
  binding: ChipTerminalBinding,
  random: RandomSource = systemRandom,
): ChipExchange<TerminalAuthenticationChipOutcome> {
  if (!beginsTerminalAuthentication(first)) return {};
  const limit = binding.chat === undefined ? undefined : parseChat(binding.chat);
  let imported: Imported | undefined;
  let selected: { readonly row: ChipTrustPoints; readonly reference: string } | undefined;
  let command = first;
  for (;;) {
    const { cla, ins, p1, p2, data } = command;
    if (beginsTerminalAuthentication(command)) {
      selected = selectKey(data, trust, imported);
      command = yield answer(selected === undefined ? SW.REFERENCED_DATA_NOT_FOUND : SW.OK);
    } else if (cla === 0 && ins === 0x2a && p1 === 0x00 && p2 === 0xbe) {
      if (selected === undefined) return { response: answer(SW.CONDITIONS_NOT_SATISFIED) };
      const next = importCertificate(data, selected, trust, imported);
      if (typeof next === "number") return { response: answer(next) };
      imported = next;
      selected = undefined;
      command = yield OK;
    } else if (cla === 0 && ins === 0x22 && p1 === 0x81 && p2 === 0xa4) break;
    else return {};
  }
  const proof = prepare(command.data, imported, binding, limit);
  if (typeof proof === "number") return { response: answer(proof) };

  command = yield OK;
  if (command.cla !== 0 || command.ins !== 0x84 || command.p1 !== 0 || command.p2 !== 0) return {};
  if (command.data.length > 0 || command.ne < CHALLENGE_LENGTH) return { response: answer(SW.WRONG_LENGTH) };
  const challenge = random(CHALLENGE_LENGTH).slice();
  command = yield { data: challenge.slice(), sw: SW.OK };
  if (command.cla !== 0 || command.ins !== 0x82 || command.p1 !== 0 || command.p2 !== 0) return {};

  const { key, compressedKey, auxiliaryRaw, outcome } = proof;
  const message = terminalAuthenticationMessage(binding.idIc, challenge, compressedKey, auxiliaryRaw);
  if (verifyCvcSignature(key, message, command.data) !== true) return { response: answer(SW.NO_INFORMATION) };
  return { response: OK, ...outcome };
}

const CHAT = dataObject("CHAT", 0x7f4c, chatContent);

/** A template; one that cannot be read grants nothing. */
function parseChat(bytes: Uint8Array): Chat | "unreadable" {
  try {
    return parseObject(CHAT, bytes);
  } catch (error) {
    if (error instanceof MalformedError) return "unreadable";
    throw error;
  }
}

/** The key that a reference means: of a certificate imported just now, or a trust point. */
function selectKey(data: Uint8Array, trust: ChipTerminalTrust, imported: Imported | undefined) {
  const value = valuesByTag(data, [0x83])?.get(0x83);
  if (value === undefined) return undefined;
  const is = ({ chr }: { readonly chr: string }): boolean => equalBytes(referenceBytes(chr), value);
  const last = imported?.certificates.at(-1);
  if (imported !== undefined && last !== undefined && is(last)) return { row: imported.row, reference: last.chr };
  for (const row of trust.types) {
    const point = row.trustPoints.find(is);
    if (point !== undefined) return { row, reference: point.chr };
  }
  return undefined;
}

/** Verifies and imports a certificate; a status word when it is refused. */
function importCertificate(
  data: Uint8Array,
  selected: { readonly row: ChipTrustPoints; readonly reference: string },
  trust: ChipTerminalTrust,
  imported: Imported | undefined,
): Imported | number {
  let certificate: CvCertificate;
  try {
    certificate = parseCvCertificate(encodeTlv(0x7f21, data));
  } catch (error) {
    if (error instanceof MalformedError) return SW.WRONG_DATA;
    throw error;
  }
  const { row, reference } = selected;
  if (certificate.car !== reference) return SW.REFERENCED_DATA_NOT_FOUND;
  const goesOn = imported?.row === row && imported.certificates.at(-1)?.chr === reference;
  const before = goesOn ? imported : { row, trustPoints: row.trustPoints, date: trust.currentDate, certificates: [] };
  const certificates = [...before.certificates, certificate];
  const report = verifyCvcChain({
    trustPoints: before.trustPoints,
    currentDate: before.date,
    certificates,
    ...(trust.clock !== undefined && { clock: trust.clock }),
  });
  if (!report.accepted) return SW.REFERENCE_DATA_NOT_USABLE;
  const isLink = report.trustPoints.some(({ chr }) => chr === certificate.chr);
  row.trustPoints = report.trustPoints;
  if (trust.clock !== true && report.currentDate > trust.currentDate) trust.currentDate = report.currentDate;
  if (isLink) return { row, trustPoints: row.trustPoints, date: trust.currentDate, certificates: [] };
  return { ...before, certificates, ...(report.authorization && { authorization: report.authorization }) };
}

/** Templates of one type have the same bits. */
function sameType(one: Chat, other: Chat): boolean {
  return one.oid === other.oid && one.authorization.length === other.authorization.length;
}

/** What EXTERNAL AUTHENTICATE is checked with. */
interface Proof {
  readonly key: CvcPublicKey;
  readonly compressedKey: Uint8Array;
  readonly auxiliaryRaw: Uint8Array;
  readonly outcome: TerminalAuthenticationChipOutcome;
}

/** MSE:Set AT: whether the terminal that it names may authenticate; a status word when not. */
function prepare(
  data: Uint8Array,
  imported: Imported | undefined,
  binding: ChipTerminalBinding,
  limit: Chat | "unreadable" | undefined,
): Proof | number {
  const { version } = binding;
  if (binding.done) return SW.SECURITY_STATUS_NOT_SATISFIED;
  const objects = objectsByTag(data, version === 1 ? [0x83] : [0x80, 0x83, 0x67, 0x91]);
  const reference = objects?.get(0x83)?.value;
  if (objects === undefined || reference === undefined) return SW.WRONG_DATA;
  const certificate = imported?.certificates.at(-1);
  const granted = imported?.authorization;
  if (imported === undefined || granted === undefined || certificate === undefined) return SW.REFERENCED_DATA_NOT_FOUND;
  if (!equalBytes(referenceBytes(granted.chr), reference)) return SW.REFERENCED_DATA_NOT_FOUND;
  const key = terminalKeyOf(imported.certificates, imported.trustPoints);
  if (key === undefined) return SW.REFERENCED_DATA_NOT_FOUND;
  if (version === 2) {
    const algorithm = objects.get(0x80)?.value;
    if (algorithm === undefined || !equalBytes(encodeObject(oidObject, key.oid).subarray(2), algorithm)) {
      return SW.WRONG_DATA;
    }
  }
  const announced = version === 2 ? objects.get(0x91)?.value.slice() : undefined;
  const compressedKey = version === 1 ? binding.compressedKey : announced;
  if (compressedKey === undefined) return version === 1 ? SW.CONDITIONS_NOT_SATISFIED : SW.WRONG_DATA;
  // what is signed is the data object as it came, with tag and length
  const auxiliaryRaw = objects.get(0x67)?.raw.slice() ?? EMPTY;
  const auxiliaryData = auxiliaryRaw.length === 0 ? [] : parseAuxiliaryData(auxiliaryRaw);
  if (auxiliaryData === undefined) return SW.WRONG_DATA;
  if (limit !== undefined && (limit === "unreadable" || !sameType(limit, granted.chat))) {
    return SW.SECURITY_STATUS_NOT_SATISFIED;
  }
  const chat = limit === undefined ? granted.chat : effectiveChat(granted.chat, limit);
  const outcome = {
    authorization: { chr: granted.chr, chat, rights: grantedRights(chat) },
    rights: terminalRightsOf(chat),
    auxiliaryData,
    certificate,
    ...(announced !== undefined && { announcedKey: announced }),
  };
  return { key, compressedKey, auxiliaryRaw, outcome };
}
