import type { CommandApdu } from "../../apdu/apdu.js";
import type { SyncExchange } from "../../apdu/exchange.js";
import { SW, statusError } from "../../apdu/status.js";
import { concatBytes, utf8, wipe } from "../../bytes/bytes.js";
import { CHANGE, changeReferenceData, RESET, resetRetryCounter, verifyReference } from "./messages.js";
import { areDigits, type PinKind, type PinRow, pinRow } from "./shared.js";

export type { PinKind } from "./shared.js";

/** How a PIN stands, or what became of a command about it. */
export interface PinReport {
  readonly pin: PinKind;
  /**
   * `done`: what was asked for happened, or the PIN has been shown in this session. `ready`: it waits to be entered. `wrong`: it, or the
   * PUK that was given for it, was entered wrongly. `suspended`: one try is left, for a session of the CAN. `blocked`: none is left.
   * `deactivated`: the holder does not use it. `notAllowed`: this session has not shown what is needed.
   */
  readonly outcome: "done" | "ready" | "wrong" | "suspended" | "blocked" | "deactivated" | "notAllowed";
  /** Tries left, when the chip said so: of the PUK when that was entered. */
  readonly triesLeft?: number;
  /** What it means and what to do, in words for the holder. */
  readonly message: string;
}

/**
 * How a PIN stands, without taking a try.
 *
 * Spec: ISO 7816-4 §11.5.6 (VERIFY without data). To be run inside the session of PACE, like every function here.
 *
 * @throws {StatusError} `UNEXPECTED_STATUS` - the chip has no such PIN, or answers something else.
 * @example
 * const { triesLeft, message } = yield* secured(session, askPin("signature"));
 */
export function* askPin(pin: PinKind): SyncExchange<PinReport> {
  const row = pinRow(pin);
  const command = verifyReference(row.reference);
  const { sw } = yield command;
  if (sw === SW.OK) return { pin, outcome: "done", message: `The ${row.name} has been entered in this session.` };
  const counted = triesIn(sw);
  if (counted === undefined || counted === 0) return failure(command, sw, row, row);
  const message = `Enter the ${named(row)}. ${tries(counted)} left.${lastTry(row, counted)}`;
  return { pin, outcome: "ready", triesLeft: counted, message };
}

/**
 * Enters a PIN. A wrong one costs a try; nothing is tried again by itself.
 *
 * Spec: ISO 7816-4 §11.5.6; the identity PIN in a session that PACE opened with the CAN.
 *
 * @param digits - Stays the caller's; the copy made of it is wiped.
 * @throws {TypeError} when it is not of as many digits as such a PIN has: no try is taken then.
 * @throws {StatusError} `UNEXPECTED_STATUS` - the chip has no such PIN, or answers something else.
 * @example
 * const { outcome, message } = yield* secured(session, verifyPin("identity", "4711"));
 */
export function* verifyPin(pin: PinKind, digits: string): SyncExchange<PinReport> {
  const row = pinRow(pin);
  const secret = digitsOf(row, digits);
  try {
    return yield* tell(verifyReference(row.reference, secret), row, row, `The ${row.name} is right.`);
  } finally {
    wipe(secret);
  }
}

/**
 * Lets the holder choose a new PIN who knows the old one: VERIFY, then CHANGE REFERENCE DATA. In a session that PACE opened with the
 * identity PIN the old one need not be entered again.
 *
 * Spec: ISO 7816-4 §11.5.6, §11.5.7 (P1 01: the two are not sent in one, where their border would have to be guessed).
 *
 * @param pins.old - Left out when it was shown in this session.
 * @returns What became of the old one when that was wrong; then nothing is changed.
 * @throws {TypeError} when one is not of as many digits as such a PIN has: nothing was sent then.
 * @throws {StatusError} `UNEXPECTED_STATUS` - the chip has no such PIN, or answers something else.
 * @example
 * yield* secured(session, changePin("signature", { old: "111111", new: "271828" }));
 */
export function* changePin(
  pin: Exclude<PinKind, "puk">,
  pins: { readonly old?: string; readonly new: string },
): SyncExchange<PinReport> {
  const row = pinRow(pin);
  const secret = digitsOf(row, pins.new);
  try {
    if (pins.old !== undefined) {
      const shown = yield* verifyPin(pin, pins.old);
      if (shown.outcome !== "done") return shown;
    }
    const command = changeReferenceData(CHANGE.newOnly, row.reference, secret);
    return yield* tell(command, row, row, `The ${row.name} is the new one from now on.`);
  } finally {
    wipe(secret);
  }
}

/**
 * Unblocks a PIN and, when one is given, puts a new one in place: RESET RETRY COUNTER.
 *
 * Spec: ISO 7816-4 §11.5.10 (P1 00 and 01, with the PUK), TR-03110-3 B.11 (P1 02 and 03, after PACE with the PUK, or for a terminal with
 * the right to PIN management).
 *
 * @param options.puk - Left out in a session that PACE opened with the PUK, or that has the right.
 * @param options.newPin - Left out when the holder still knows the old one.
 * @throws {TypeError} when one is not of as many digits as it has to be: nothing was sent then.
 * @throws {StatusError} `UNEXPECTED_STATUS` - the chip has no such PIN or no PUK, or answers something else.
 * @example
 * const { session } = yield* openPace(offer, { kind: "puk", secret: puk });
 * yield* secured(session, unblockPin("identity", { newPin: "314159" }));
 */
export function* unblockPin(
  pin: Exclude<PinKind, "puk">,
  options: { readonly puk?: string; readonly newPin?: string } = {},
): SyncExchange<PinReport> {
  const row = pinRow(pin);
  const puk = options.puk === undefined ? undefined : digitsOf(pinRow("puk"), options.puk);
  const secret = options.newPin === undefined ? undefined : digitsOf(row, options.newPin);
  const data = concatBytes(...[puk, secret].filter((part) => part !== undefined));
  const withNew = puk === undefined ? RESET.newOnly : RESET.pukAndNew;
  const without = puk === undefined ? RESET.nothing : RESET.puk;
  try {
    const command = resetRetryCounter(secret === undefined ? without : withNew, row.reference, data);
    const done = `The ${row.name} is unblocked${secret === undefined ? "" : ", and the new one counts from now on"}.`;
    return yield* tell(command, row, puk === undefined ? row : pinRow("puk"), done);
  } finally {
    wipe(puk, secret, data);
  }
}

function digitsOf({ name, least, most }: PinRow, digits: string): Uint8Array {
  const secret = utf8(digits);
  if (areDigits(secret, least, most)) return secret;
  wipe(secret);
  throw new TypeError(`the ${name} has ${least} to ${most} digits`); // never with what was entered
}

/** Sends a command. `entered` is the PIN whose digits are in it. */
function* tell(command: CommandApdu, row: PinRow, entered: PinRow, done: string): SyncExchange<PinReport> {
  const { sw } = yield command;
  return sw === SW.OK ? { pin: row.kind, outcome: "done", message: done } : failure(command, sw, row, entered);
}

function failure(command: CommandApdu, sw: number, row: PinRow, entered: PinRow): PinReport {
  const pin = row.kind;
  const counted = triesIn(sw);
  if (counted !== undefined && counted > 0) {
    const message = `The ${entered.name} is wrong. ${tries(counted)} left.${lastTry(entered, counted)}`;
    return { pin, outcome: "wrong", triesLeft: counted, message };
  }
  if (counted === 0 || sw === SW.AUTHENTICATION_METHOD_BLOCKED) {
    const wayOut =
      entered.kind === "puk"
        ? "It cannot be unblocked: ask the issuer for a new card."
        : `Unblock it with the ${named(pinRow("puk"))}.`;
    return { pin, outcome: "blocked", triesLeft: 0, message: `The ${entered.name} is blocked. ${wayOut}` };
  }
  if (sw === SW.CONDITIONS_NOT_SATISFIED) {
    const message = `One try is left for the ${row.name}. Enter the number printed on the card (CAN) first, then this PIN once more.`;
    return { pin, outcome: "suspended", triesLeft: 1, message };
  }
  if (sw === SW.REFERENCE_DATA_NOT_USABLE) {
    return { pin, outcome: "deactivated", message: `The ${row.name} is switched off: the issuer can switch it on.` };
  }
  if (sw === SW.SECURITY_STATUS_NOT_SATISFIED) {
    return { pin, outcome: "notAllowed", message: `Not in this session. ${NEEDED[pin]}` };
  }
  throw statusError(command, sw, `the ${row.name}`);
}

const NEEDED: Readonly<Record<PinKind, string>> = {
  identity: "Open the card with the printed number (CAN) and enter the identity PIN, or the PUK to unblock it.",
  signature: "Enter the signature PIN, or the PUK to unblock it.",
  puk: "Nothing unblocks or changes the PUK.",
};

const named = ({ name, purpose }: PinRow): string => `${name} (${purpose})`;
const triesIn = (sw: number): number | undefined => (sw >> 4 === 0x63c ? sw & 0x0f : undefined);
const tries = (count: number): string => (count === 1 ? "One try is" : `${count} tries are`);
const lastTry = ({ kind }: PinRow, count: number): string => {
  if (count !== 1) return "";
  if (kind === "puk") return " If that is wrong too, only a new card helps: stop when you are not sure.";
  return " If that is wrong too, only the PUK helps: stop when you are not sure.";
};
