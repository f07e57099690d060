import { SW } from "../../apdu/status.js";
import type { PacePasswordKind } from "./shared.js";

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

/** A password as a chip keeps it. MRZ and CAN have no counter: they are printed, and blocking them would hurt the holder alone. */
export interface ChipPassword {
  readonly kind: PacePasswordKind;
  /** MRZ information, or the characters of CAN, PIN or PUK. */
  readonly secret: Uint8Array;
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

/** Where a password stands. */
export type PasswordState = "ready" | "suspended" | "blocked" | "deactivated";

/**
 * Where a password stands.
 *
 * Spec: TR-03110-2 §2.2: one try left suspends, none blocks.
 *
 * @param resumed - Whether the session under which it is used was opened with the CAN.
 */
export function passwordState({ counter }: ChipPassword, resumed: boolean): PasswordState {
  if (counter === undefined) return "ready";
  if (!counter.active) return "deactivated";
  if (counter.left <= 0) return "blocked";
  return counter.suspends && counter.left === 1 && !resumed ? "suspended" : "ready";
}

/** Status word of MSE:Set AT: 9000, 63Cx when there were failures, 6283 when deactivated (TR-03110-3 B.11.1). */
export function selectionStatus({ counter }: ChipPassword): number {
  if (counter === undefined) return SW.OK;
  if (!counter.active) return SW.FILE_DEACTIVATED;
  return counter.left < counter.initial ? 0x63c0 | Math.min(counter.left, 15) : SW.OK;
}

/** Status words with which GENERAL AUTHENTICATE refuses a password that is not ready (TR-03110-3 B.11.2). */
export const REFUSAL_OF: Readonly<Record<Exclude<PasswordState, "ready">, number>> = {
  suspended: SW.CONDITIONS_NOT_SATISFIED,
  blocked: SW.AUTHENTICATION_METHOD_BLOCKED,
  deactivated: SW.REFERENCE_DATA_NOT_USABLE,
};

/** Takes a try. To be called before the password is judged: then a card that is torn away has counted it. */
export function takeTry({ counter }: ChipPassword): void {
  if (counter !== undefined && counter.left > 0) counter.left--;
}

/** Gives all tries back, after the password was right; also what a PUK allows (RESET RETRY COUNTER). */
export function restoreTries({ counter }: ChipPassword): void {
  if (counter !== undefined) counter.left = counter.initial;
}

/** Status word for a wrong password: 63Cx with a counter, 6300 without. */
export function failureStatus({ counter }: ChipPassword): number {
  return counter === undefined ? SW.NO_INFORMATION : 0x63c0 | Math.min(counter.left, 15);
}
