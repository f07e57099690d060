import type { CommandApdu } from "../../apdu/apdu.js";
import { SW } from "../../apdu/status.js";
import { equalBytes } from "../../bytes/bytes.js";
import { MalformedError } from "../../errors.js";
import { parseTlv } from "../../tlv/ber.js";
import { COMPARISONS, type ComparisonKind } from "./shared.js";

export type { ComparisonKind } from "./shared.js";

/** What a chip compares with: dates as `YYYYMMDD`, the community by whatever digits tell it, all in ASCII. */
export type ComparedValues = Readonly<Partial<Record<ComparisonKind, Uint8Array>>>;

/** What terminal authentication of version 2 has proved in the session. */
export interface ComparingTerminal {
  /** Rights by the names of access rules. */
  readonly rights: readonly string[];
  /** Statements that it signed. */
  readonly statements: readonly { readonly oid: Uint8Array; readonly data: Uint8Array }[];
}

/** Whether a command asks for a comparison: VERIFY with P1 P2 8000 (CLA 80; 00 is met too). */
export function beginsComparison({ cla, ins, p1, p2 }: CommandApdu): boolean {
  return (cla === 0x80 || cla === 0x00) && ins === 0x20 && p1 === 0x80 && p2 === 0x00;
}

/**
 * Verification of auxiliary data on the chip's side: one bit about the holder, and nothing else.
 *
 * Spec: TR-03110-3 A.6.5 (what is compared) and the command VERIFY of its appendix B. The day and the community come from what the
 * terminal signed, so a session has one of each and cannot search by halves.
 *
 * @param terminal - undefined when none has authenticated as authentication terminal, or its rights are not bound to the session.
 * @returns The status word: 9000 yes, 6300 no, 6A88 nothing to compare, 6982 not for this terminal.
 */
export function compareAuxiliaryData(
  { data }: CommandApdu,
  terminal: ComparingTerminal | undefined,
  values: ComparedValues,
): number {
  if (terminal === undefined) return SW.SECURITY_STATUS_NOT_SATISFIED;
  const oid = identifierIn(data);
  if (oid === undefined) return SW.WRONG_DATA;
  const row = COMPARISONS.find(({ reference }) => equalBytes(reference, oid));
  if (row === undefined) return SW.REFERENCED_DATA_NOT_FOUND;
  if (row.right !== undefined && !terminal.rights.includes(row.right)) return SW.SECURITY_STATUS_NOT_SATISFIED;
  const stated = terminal.statements.filter((statement) => equalBytes(statement.oid, oid));
  const own = values[row.kind];
  const [statement] = stated;
  if (own === undefined || statement === undefined || stated.length > 1) return SW.REFERENCED_DATA_NOT_FOUND;
  return COMPARE[row.kind](own, statement.data) ? SW.OK : SW.NO_INFORMATION;
}

/** Born on that day or before; valid on that day; of a community whose identifier begins so. */
const COMPARE: Readonly<Record<ComparisonKind, (own: Uint8Array, stated: Uint8Array) => boolean>> = {
  age: (own, stated) => isDay(own) && isDay(stated) && order(own, stated) <= 0,
  validity: (own, stated) => isDay(own) && isDay(stated) && order(own, stated) >= 0,
  community: (own, stated) => stated.length > 0 && equalBytes(own.subarray(0, stated.length), stated),
};

/** Whether it is a day of the calendar: one that is none would stand before or behind every other in the order of its digits. */
function isDay(date: Uint8Array): boolean {
  if (date.length !== 8 || !date.every((byte) => byte >= 0x30 && byte <= 0x39)) return false;
  const number = (from: number, to: number) => date.subarray(from, to).reduce((sum, byte) => sum * 10 + byte - 0x30, 0);
  const [year, month, day] = [number(0, 4), number(4, 6), number(6, 8)];
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const most = month === 2 && leap ? 29 : (DAYS[month - 1] ?? 0);
  return year > 0 && day >= 1 && day <= most;
}

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function order(one: Uint8Array, other: Uint8Array): number {
  for (let i = 0; i < one.length; i++) {
    const difference = (one[i] as number) - (other[i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

function identifierIn(data: Uint8Array): Uint8Array | undefined {
  try {
    return parseTlv(data, 0x06).value;
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}
