import { commandApdu } from "../../apdu/apdu.js";
import type { SyncExchange } from "../../apdu/exchange.js";
import { SW, statusError } from "../../apdu/status.js";
import { utf8 } from "../../bytes/bytes.js";
import { encodeTlv } from "../../tlv/ber.js";
import { type ComparisonKind, comparisonOf } from "./shared.js";

export type { ComparisonKind } from "./shared.js";

/** A statement that terminal authentication signs; see `encodeAuxiliaryData`. */
export interface ComparisonStatement {
  /** Content octets of the object identifier. */
  readonly oid: Uint8Array;
  readonly data: Uint8Array;
}

const DAY = /^(\d{4})-(\d\d)-(\d\d)$/;

function dayDigits(day: string): Uint8Array {
  const match = DAY.exec(day);
  const [year, month, date] = (match ?? []).slice(1).map(Number);
  if (year === undefined || month === undefined || date === undefined) {
    throw new RangeError("a day is given as YYYY-MM-DD");
  }
  const real = new Date(Date.UTC(2000, month - 1, date));
  real.setUTCFullYear(year, month - 1, date);
  if (real.getUTCMonth() !== month - 1 || real.getUTCDate() !== date) throw new RangeError("there is no such day");
  return utf8(day.replaceAll("-", ""));
}

/**
 * The question whether the holder was born on that day or before, e.g. today 18 years ago.
 *
 * Spec: TR-03110-3 A.6.5.1.
 *
 * @param day - `YYYY-MM-DD`.
 * @throws {RangeError} when there is no such day.
 * @example
 * const auxiliaryData = encodeAuxiliaryData([bornBy("2008-11-22"), validOn("2026-11-22")]);
 */
export function bornBy(day: string): ComparisonStatement {
  return { oid: comparisonOf("age").reference, data: dayDigits(day) };
}

/** The question whether the document is valid on that day, `YYYY-MM-DD`. Spec: TR-03110-3 A.6.5.2. @throws {RangeError} */
export function validOn(day: string): ComparisonStatement {
  return { oid: comparisonOf("validity").reference, data: dayDigits(day) };
}

/**
 * The question whether the identifier of the holder's community begins so.
 *
 * Spec: TR-03110-3 A.6.5.3. What the identifier is, the profile says; in the shipped national one it is the postal code.
 *
 * @throws {RangeError} when it is empty: every card would say yes.
 */
export function livingIn(community: string): ComparisonStatement {
  if (community.length === 0) throw new RangeError("livingIn: at least one character");
  return { oid: comparisonOf("community").reference, data: utf8(community) };
}

/**
 * Asks the chip what a statement is compared with: yes or no, and nothing else about the holder.
 *
 * Spec: TR-03110-3 A.6.5 and the command VERIFY of its appendix B (80 20 80 00). To be run in the session of chip authentication
 * version 2, after terminal authentication version 2 has signed the statement.
 *
 * @throws {StatusError} `UNEXPECTED_STATUS` - 6A88 when nothing was signed or the card has nothing to compare, 6982 when the terminal has
 *   not the right.
 * @example
 * const isOfAge = yield* secured(session, askComparison("age"));
 */
export function* askComparison(kind: ComparisonKind): SyncExchange<boolean> {
  const command = commandApdu(0x80, 0x20, 0x80, 0x00, encodeTlv(0x06, comparisonOf(kind).reference));
  const { sw } = yield command;
  if (sw === SW.OK) return true;
  if (sw === SW.NO_INFORMATION) return false;
  throw statusError(command, sw, `VERIFY (auxiliary data, ${kind})`);
}
