import { SW } from "../../apdu/status.js";
import type { RetryCounter } from "../pin/shared.js";
import type { PacePasswordKind } from "./shared.js";

export {
  failureStatus,
  type PasswordState,
  passwordState,
  pinCounter,
  pukCounter,
  REFUSAL_OF,
  type RetryCounter,
  restoreTries,
  takeTry,
} from "../pin/shared.js";

/** A password as a chip keeps it. MRZ and CAN have no counter: they are printed, and blocking them would hurt the holder alone. */
export interface ChipPassword {
  readonly kind: PacePasswordKind;
  /** MRZ information, or the characters of CAN, PIN or PUK. */
  readonly secret: Uint8Array;
  readonly counter?: RetryCounter;
}

/** Status word of MSE:Set AT: 9000, 63Cx when there were failures, 6283 when deactivated (TR-03110-3 B.11.1). */
export function selectionStatus({ counter }: ChipPassword): number {
  if (counter === undefined) return SW.OK;
  if (!counter.active) return SW.FILE_DEACTIVATED;
  return counter.left < counter.initial ? 0x63c0 | Math.min(counter.left, 15) : SW.OK;
}
