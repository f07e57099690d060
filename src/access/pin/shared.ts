import { SW } from "../../apdu/status.js";

/**
 * The retry counter of a password on a chip. One object for the life of the chip, changed by the protocol; keep it
 * with what survives a reset.
 */
export interface RetryCounter {
  /** Tries left. */
  left: number;
  /** Tries after a success. */
  readonly initial: number;
  /** Whether the last try needs the CAN first, so that nobody can block the password from a distance. */
  readonly suspends: boolean;
  /** Whether the holder uses the password at all. */
  active: boolean;
}

/** What a counter counts for. */
export interface Counted {
  readonly counter?: RetryCounter;
}

/** A counter of a PIN: three tries, the last one after the CAN (TR-03110-2 §2.2). */
export function pinCounter(initial = 3): RetryCounter {
  return { left: initial, initial, suspends: true, active: true };
}

/** A counter of a PUK: ten tries, and none of them is held back. */
export function pukCounter(initial = 10): RetryCounter {
  return { left: initial, initial, suspends: false, active: true };
}

/** A counter of a signature PIN: three tries, and none of them is held back, for it is asked in a session only. */
export function signaturePinCounter(initial = 3): RetryCounter {
  return { left: initial, initial, suspends: false, active: true };
}

/** Where a password stands. */
export type PasswordState = "ready" | "suspended" | "blocked" | "deactivated";

/**
 * Where a password stands.
 *
 * Spec: TR-03110-2 §2.2: one try left suspends, none blocks. No vector is published; OpenSC's npa-tool goes through all of it (interop
 * step npa-tool).
 *
 * @param resumed - Whether the session under which it is used was opened with the CAN.
 */
export function passwordState({ counter }: Counted, resumed: boolean): PasswordState {
  if (counter === undefined) return "ready";
  if (!counter.active) return "deactivated";
  if (counter.left <= 0) return "blocked";
  return counter.suspends && counter.left === 1 && !resumed ? "suspended" : "ready";
}

/** Status words with which a password that is not ready is refused (TR-03110-3 B.11.2). */
export const REFUSAL_OF: Readonly<Record<Exclude<PasswordState, "ready">, number>> = {
  suspended: SW.CONDITIONS_NOT_SATISFIED,
  blocked: SW.AUTHENTICATION_METHOD_BLOCKED,
  deactivated: SW.REFERENCE_DATA_NOT_USABLE,
};

/** Takes a try. To be called before the password is judged: then a card that is torn away has counted it. */
export function takeTry({ counter }: Counted): void {
  if (counter !== undefined && counter.left > 0) counter.left--;
}

/** Gives all tries back, after the password was right; also what a PUK allows (RESET RETRY COUNTER). */
export function restoreTries({ counter }: Counted): void {
  if (counter !== undefined) counter.left = counter.initial;
}

/** Status word for a wrong password: 63Cx with a counter, 6300 without. */
export function failureStatus({ counter }: Counted): number {
  return counter === undefined ? SW.NO_INFORMATION : 0x63c0 | Math.min(counter.left, 15);
}

/** The three numbers that a holder keeps. Each does one thing, and none stands for another. */
export type PinKind = "identity" | "signature" | "puk";

/** One of them. */
export interface PinRow {
  readonly kind: PinKind;
  /** P2 of the commands: 03 and 04 as in PACE (TR-03110-3 B.1.1), 81 the first one of an application (ISO 7816-4 §11.5.2). */
  readonly reference: number;
  /** Fewest and most digits. */
  readonly least: number;
  readonly most: number;
  /** What it is called to its holder. */
  readonly name: string;
  /** What it is for, in words that go behind the name. */
  readonly purpose: string;
}

/** The PINs of a card. */
export const PINS: readonly PinRow[] = [
  {
    kind: "identity",
    reference: 0x03,
    least: 4,
    most: 8,
    name: "identity PIN",
    purpose: "which you enter to show who you are",
  },
  {
    kind: "signature",
    reference: 0x81,
    least: 6,
    most: 8,
    name: "signature PIN",
    purpose: "which you enter each time you sign",
  },
  {
    kind: "puk",
    reference: 0x04,
    least: 8,
    most: 10,
    name: "PUK",
    purpose: "which came by letter, unblocks a PIN and does nothing else",
  },
];

/** Reference of the CAN, which is printed and no PIN. */
export const CAN_REFERENCE = 0x02;

/** The row of a PIN. @throws {TypeError} for a name that is none. */
export function pinRow(kind: PinKind): PinRow {
  const row = PINS.find((candidate) => candidate.kind === kind);
  if (row === undefined) throw new TypeError("a PIN is identity, signature or puk");
  return row;
}

/** Whether bytes are that many ASCII digits. */
export function areDigits(bytes: Uint8Array, least: number, most: number): boolean {
  return bytes.length >= least && bytes.length <= most && bytes.every((byte) => byte >= 0x30 && byte <= 0x39);
}
