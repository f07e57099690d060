import { activeAuthenticationChip } from "../access/active-authentication/chip.js";
import { beginsChipAuthentication, chipAuthenticationChip } from "../access/chip-authentication/chip.js";
import { type ComparedValues, compareAuxiliaryData } from "../access/eid/chip.js";
import { beginsPace, paceChip } from "../access/pace/chip.js";
import { pinChip } from "../access/pin/chip.js";
import {
  beginsRestrictedIdentification,
  restrictedIdentificationChip,
} from "../access/restricted-identification/chip.js";
import {
  beginsTerminalAuthentication,
  type ChipTerminalBinding,
  type ChipTerminalTrust,
  terminalAuthenticationChip,
} from "../access/terminal-authentication/chip.js";
import type { CommandApdu, ResponseApdu } from "../apdu/apdu.js";
import type { ChipExchange } from "../apdu/exchange.js";
import { SW } from "../apdu/status.js";
import { type AccessProtocol, isMet, type Shown } from "../card/access-rule.js";
import type { ValuePlace } from "../card/functions.js";
import { MalformedError } from "../errors.js";
import { dg15 } from "../lds/dg15.js";
import { parseTlvs } from "../tlv/ber.js";
import { status } from "./answer.js";
import { renewCvca } from "./doors.js";
import { valueAt } from "./renewal.js";
import {
  type ActiveSession,
  comparingTerminal,
  type Outcome,
  rightsIn,
  sectorTerminal,
  staticKeysFor,
  terminalVersion,
} from "./session.js";
import type { ChipApplication, ChipMemory } from "./state.js";

/** Whether a command is a part of a longer one, and not a step of PACE, which has the same bit. */
export const isChained = ({ cla, ins }: CommandApdu): boolean => (cla & 0x10) !== 0 && ins !== 0x86;

/** Whether a protected command is a part of one that was cut up behind secure messaging: it ends with no MAC (ISO 7816-4 §5.3.3). */
export function isFragment({ cla, data }: CommandApdu): boolean {
  if ((cla & 0x10) === 0) return false;
  try {
    return ![...parseTlvs(data)].some(({ tag, value }) => tag === 0x8e && value.length === 8);
  } catch (error) {
    if (error instanceof MalformedError) return true;
    throw error;
  }
}

/**
 * The protocol that a MANAGE SECURITY ENVIRONMENT begins, or the status word of the refusal. All but PACE are for sessions of BAC and PACE
 * (ICAO 9303-11 §6.2, §7.1; TR-03110-2 §2.4).
 */
export function beginProtocol(
  memory: ChipMemory,
  command: CommandApdu,
  active: ActiveSession | undefined,
): ChipExchange<Outcome> | number {
  const { doors, random } = memory;
  const { pace, trust } = doors;
  if (beginsPace(command)) {
    if (pace === undefined) return SW.INS_NOT_SUPPORTED;
    return paceChip(command, pace, { resumed: active?.password === "can", random });
  }
  if (beginsRestrictedIdentification(command)) {
    if (active === undefined) return SW.SECURITY_STATUS_NOT_SATISFIED;
    return restrictedIdentificationChip(command, doors.restrictedIdentification, sectorTerminal(active));
  }
  if (beginsChipAuthentication(command)) {
    if (doors.staticKeys.length === 0) return SW.FUNCTION_NOT_SUPPORTED;
    if (active === undefined) return SW.SECURITY_STATUS_NOT_SATISFIED;
    const announcedKey = active.terminal?.outcome.announcedKey;
    const keys = staticKeysFor(doors, announcedKey !== undefined);
    return chipAuthenticationChip(command, keys, { ...(announcedKey && { announcedKey }), random });
  }
  if (beginsTerminalAuthentication(command)) {
    if (trust === undefined) return SW.FUNCTION_NOT_SUPPORTED;
    if (active?.idIc === undefined) return SW.SECURITY_STATUS_NOT_SATISFIED;
    const { idIc, chat, compressedKey, terminal } = active;
    const keys = { ...(chat && { chat }), ...(compressedKey && { compressedKey }) };
    return authenticatedTerminal(memory, command, trust, { idIc, ...keys, done: terminal !== undefined });
  }
  return pace === undefined ? SW.INS_NOT_SUPPORTED : SW.INCORRECT_P1_P2;
}

/** Terminal authentication of the version that the terminal asks for; EF.CVCA follows each certificate that changes the trust points. */
function* authenticatedTerminal(
  { doors, applications, random }: ChipMemory,
  first: CommandApdu,
  trust: ChipTerminalTrust,
  session: Omit<ChipTerminalBinding, "version">,
): ChipExchange<Outcome> {
  const binding = { ...session, version: terminalVersion(doors, false) };
  const exchange = terminalAuthenticationChip(first, trust, binding, random);
  try {
    let step = exchange.next();
    for (;;) {
      renewCvca(applications.values(), trust);
      if (step.done === true) return step.value;
      const command = yield step.value;
      // MSE:Set AT is the first step in which the versions differ.
      if (setsTerminal(command)) binding.version = terminalVersion(doors, announcesKey(command));
      step = exchange.next(command);
    }
  } finally {
    exchange.return({});
  }
}

const setsTerminal = ({ ins, p1, p2 }: CommandApdu): boolean => ins === 0x22 && p1 === 0x81 && p2 === 0xa4;

/** Whether the key of a chip authentication to come is among the data (TR-03110-3 B.3). */
function announcesKey({ data }: CommandApdu): boolean {
  try {
    return [...parseTlvs(data)].some(({ tag }) => tag === 0x91);
  } catch (error) {
    if (error instanceof MalformedError) return false;
    throw error;
  }
}

/** INTERNAL AUTHENTICATE: for whoever may read the public key to it. */
export function proveKey(
  { doors, random }: ChipMemory,
  application: ChipApplication | undefined,
  command: CommandApdu,
  protocols: readonly AccessProtocol[],
  shown: Shown,
): ResponseApdu {
  const file = application?.files.get(dg15.fid);
  const { activeAuthentication } = doors;
  if (activeAuthentication === undefined || file === undefined) return status(SW.INS_NOT_SUPPORTED);
  if (!isMet(file.read, protocols, shown)) return status(SW.SECURITY_STATUS_NOT_SATISFIED);
  return activeAuthenticationChip(command, activeAuthentication, random) ?? status(SW.CLA_NOT_SUPPORTED);
}

/** A command about PINs; in a session it changes what counts as shown. */
export function managePins({ doors }: ChipMemory, command: CommandApdu, active: ActiveSession | undefined): number {
  const { pins } = doors;
  if (Object.keys(pins).length === 0) return SW.INS_NOT_SUPPORTED;
  const { password } = active ?? {};
  const session = active && {
    shown: active.pins,
    rights: rightsIn(active),
    ...(password !== undefined && { password }),
  };
  const { sw, shown, forgotten } = pinChip(command, pins, session);
  if (active !== undefined) {
    const kept = active.pins.filter((pin) => pin !== forgotten && pin !== shown);
    active.pins = shown === undefined || shown === forgotten ? kept : [...kept, shown];
  }
  return sw;
}

/** VERIFY of auxiliary data. */
export function compare(memory: ChipMemory, command: CommandApdu, active: ActiveSession): number {
  return compareAuxiliaryData(command, comparingTerminal(active), comparedValues(memory));
}

/** The values of the first application that has any. */
function comparedValues({ applications }: ChipMemory): ComparedValues {
  for (const { files, functions } of applications.values()) {
    const { comparisons } = functions ?? {};
    if (comparisons === undefined) continue;
    const at = (place: ValuePlace | undefined): Uint8Array | undefined => {
      const file = place && [...files.values()].find(({ name }) => name === place.file);
      return file && place && valueAt(file.content, place.tags);
    };
    const [age, validity, community] = [at(comparisons.age), at(comparisons.validity), at(comparisons.community)];
    return { ...(age && { age }), ...(validity && { validity }), ...(community && { community }) };
  }
  return {};
}
