import type { CommandApdu } from "../../apdu/apdu.js";
import { SW } from "../../apdu/status.js";
import { equalBytes, wipe } from "../../bytes/bytes.js";
import type { PacePasswordKind } from "../pace/shared.js";
import { CHANGE, INS, PASSWORD, RESET } from "./messages.js";
import {
  areDigits,
  CAN_REFERENCE,
  failureStatus,
  PINS,
  type PinKind,
  type PinRow,
  passwordState,
  REFUSAL_OF,
  type RetryCounter,
  restoreTries,
  takeTry,
} from "./shared.js";

export { type PinKind, type RetryCounter, signaturePinCounter } from "./shared.js";

/** A PIN as a chip keeps it. One object for the life of the chip: secret and counter are changed by commands. */
export interface ChipPin {
  /** ASCII digits. */
  secret: Uint8Array;
  readonly counter?: RetryCounter;
}

/** The numbers that a chip knows; what is left out it does not have. */
export interface ChipPins extends Readonly<Partial<Record<PinKind, ChipPin>>> {
  /** Printed on the card, so that nobody verifies it here; a terminal with the right may renew it. */
  readonly can?: ChipPin;
}

/** What the session that carries a command has shown. */
export interface PinSession {
  /** The password of PACE; undefined in a session of another protocol. */
  readonly password?: PacePasswordKind;
  /** PINs shown in it, by PACE or by VERIFY. */
  readonly shown: readonly PinKind[];
  /** Rights of the terminal by the names of access rules. */
  readonly rights: readonly string[];
}

/** What a command about PINs led to. */
export interface PinOutcome {
  readonly sw: number;
  /** A PIN that has been shown by it. */
  readonly shown?: PinKind;
  /** A PIN that counts as not shown any longer. */
  readonly forgotten?: PinKind;
}

/** Right of a terminal that looks after PINs at the issuer's counter. */
const PIN_MANAGEMENT = "authentication.pinManagement";
/** Digits of a CAN. */
const CAN_DIGITS = 6;

/** Whether a command is about PINs. VERIFY with P1 P2 8000 is about auxiliary data. */
export function isPinCommand({ cla, ins, p1, p2 }: CommandApdu): boolean {
  if (cla !== 0) return false;
  if (ins === INS.activate || ins === INS.deactivate) return p1 === PASSWORD;
  return (ins === INS.verify && !(p1 === 0x80 && p2 === 0)) || ins === INS.change || ins === INS.reset;
}

/**
 * VERIFY, CHANGE REFERENCE DATA, RESET RETRY COUNTER, and activation of PINs on the chip's side.
 *
 * Spec: ISO 7816-4 §11.5.6 to §11.5.10; TR-03110-3 B.11 for PACE passwords: P1 02 renews, P1 03 unblocks. TR-03110-2 §2.2 for counters.
 *
 * In the clear, and in a session that PACE did not open, everything is refused. The identity PIN is verified in a session of the CAN,
 * which is also what the last of its tries waits for; in that of PACE with the PIN it has been shown already. The PUK unblocks both
 * PINs and lets their holder choose new ones; it never stands for a PIN. A terminal with the right to PIN management unblocks and
 * renews the identity PIN and the CAN, never the signature PIN, which is its holder's alone.
 *
 * @param command - One for which {@link isPinCommand} holds.
 * @param session - undefined for a command in the clear.
 */
export function pinChip(command: CommandApdu, pins: ChipPins, session: PinSession | undefined): PinOutcome {
  if (session?.password === undefined) return { sw: SW.SECURITY_STATUS_NOT_SATISFIED };
  const { ins, p2 } = command;
  if (p2 === CAN_REFERENCE) return renewCan(command, pins, session);
  const row = PINS.find(({ reference }) => reference === p2);
  const pin = row && pins[row.kind];
  if (row === undefined || pin === undefined) return { sw: SW.REFERENCED_DATA_NOT_FOUND };
  if (ins === INS.verify) return verify(command, row, pin, session);
  if (row.kind === "puk") return { sw: SW.SECURITY_STATUS_NOT_SATISFIED }; // nothing renews or unblocks it
  if (ins === INS.change) return change(command, row, pin, session);
  if (ins === INS.reset) return reset(command, row, pin, pins, session);
  return activate(command, row, pin, session);
}

function renewCan({ ins, p1, data }: CommandApdu, { can }: ChipPins, { rights }: PinSession): PinOutcome {
  if (can === undefined || ins !== INS.reset) return { sw: SW.REFERENCED_DATA_NOT_FOUND };
  if (!rights.includes(PIN_MANAGEMENT)) return { sw: SW.SECURITY_STATUS_NOT_SATISFIED };
  if (p1 !== RESET.newOnly) return { sw: SW.INCORRECT_P1_P2 };
  if (!areDigits(data, CAN_DIGITS, CAN_DIGITS)) return { sw: SW.WRONG_DATA };
  replace(can, data);
  return { sw: SW.OK };
}

function verify({ p1, data }: CommandApdu, row: PinRow, pin: ChipPin, session: PinSession): PinOutcome {
  if (p1 !== 0) return { sw: SW.INCORRECT_P1_P2 };
  if (data.length > 0) return judge(row, pin, data, session);
  if (session.shown.includes(row.kind)) return { sw: SW.OK };
  return { sw: pin.counter?.active === false ? SW.REFERENCE_DATA_NOT_USABLE : failureStatus(pin) };
}

/** Compares a PIN with what was entered: the try is taken before, and all are given back when it is right. */
function judge(row: PinRow, pin: ChipPin, entered: Uint8Array, { password }: PinSession): PinOutcome {
  const { kind } = row;
  if (kind === "identity" && password !== "can" && password !== "pin") return { sw: SW.SECURITY_STATUS_NOT_SATISFIED };
  const state = passwordState(pin, password === "can");
  if (state !== "ready") return { sw: REFUSAL_OF[state] };
  takeTry(pin);
  if (!equalBytes(entered, pin.secret)) return { sw: failureStatus(pin), forgotten: kind };
  restoreTries(pin);
  return { sw: SW.OK, shown: kind };
}

/** The old PIN stands first, as long as it is; so a wrong one takes a try like any other. */
function change({ p1, data }: CommandApdu, row: PinRow, pin: ChipPin, session: PinSession): PinOutcome {
  if (p1 === CHANGE.newOnly) {
    return session.shown.includes(row.kind) ? renew(row, pin, data) : { sw: SW.SECURITY_STATUS_NOT_SATISFIED };
  }
  if (p1 !== CHANGE.oldAndNew) return { sw: SW.INCORRECT_P1_P2 };
  const { length } = pin.secret;
  const outcome = judge(row, pin, data.subarray(0, length), session);
  return outcome.sw === SW.OK ? { ...outcome, ...renew(row, pin, data.subarray(length)) } : outcome;
}

function reset(
  { p1, data }: CommandApdu,
  row: PinRow,
  pin: ChipPin,
  { puk }: ChipPins,
  session: PinSession,
): PinOutcome {
  const managed = row.kind === "identity" && session.rights.includes(PIN_MANAGEMENT);
  const authorized = session.shown.includes("puk") || managed;
  const refused: PinOutcome = { sw: SW.SECURITY_STATUS_NOT_SATISFIED };
  if (p1 === RESET.nothing) {
    if (data.length > 0) return { sw: SW.WRONG_LENGTH };
    return authorized ? unblock(pin) : refused;
  }
  if (p1 === RESET.newOnly) return authorized || session.shown.includes(row.kind) ? renew(row, pin, data) : refused;
  if (p1 !== RESET.puk && p1 !== RESET.pukAndNew) return { sw: SW.INCORRECT_P1_P2 };
  if (puk === undefined) return { sw: SW.REFERENCED_DATA_NOT_FOUND };
  const { length } = puk.secret;
  const pukRow = PINS.find(({ kind }) => kind === "puk") as PinRow;
  const alone = p1 === RESET.puk;
  const outcome = judge(pukRow, puk, alone ? data : data.subarray(0, length), session);
  if (outcome.sw !== SW.OK) return outcome;
  return { ...outcome, ...(alone ? unblock(pin) : renew(row, pin, data.subarray(length))) };
}

function activate({ ins, data }: CommandApdu, row: PinRow, { counter }: ChipPin, { rights }: PinSession): PinOutcome {
  if (row.kind !== "identity" || !rights.includes(PIN_MANAGEMENT)) return { sw: SW.SECURITY_STATUS_NOT_SATISFIED };
  if (data.length > 0) return { sw: SW.WRONG_LENGTH };
  if (counter === undefined) return { sw: SW.CONDITIONS_NOT_SATISFIED };
  counter.active = ins === INS.activate;
  return counter.active ? { sw: SW.OK } : { sw: SW.OK, forgotten: row.kind };
}

function unblock(pin: ChipPin): PinOutcome {
  if (pin.counter?.active === false) return { sw: SW.REFERENCE_DATA_NOT_USABLE };
  restoreTries(pin);
  return { sw: SW.OK };
}

/** A new PIN; whoever wants to use it shows it first. */
function renew({ kind, least, most }: PinRow, pin: ChipPin, secret: Uint8Array): PinOutcome {
  if (pin.counter?.active === false) return { sw: SW.REFERENCE_DATA_NOT_USABLE };
  if (!areDigits(secret, least, most)) return { sw: SW.WRONG_DATA };
  replace(pin, secret);
  restoreTries(pin);
  return { sw: SW.OK, forgotten: kind };
}

function replace(pin: ChipPin, secret: Uint8Array): void {
  wipe(pin.secret);
  pin.secret = secret.slice();
}
