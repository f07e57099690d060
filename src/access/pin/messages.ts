import { type CommandApdu, commandApdu } from "../../apdu/apdu.js";
import { EMPTY } from "../../bytes/bytes.js";

/** INS of the commands about PINs (ISO 7816-4 §11.5.6 to §11.5.10, ISO 7816-9 for the last two). */
export const INS = { verify: 0x20, change: 0x24, reset: 0x2c, activate: 0x44, deactivate: 0x04 } as const;

/** P1 of CHANGE REFERENCE DATA: old and new PIN, or the new one alone after the old one was verified. */
export const CHANGE = { oldAndNew: 0x00, newOnly: 0x01 } as const;

/** P1 of RESET RETRY COUNTER: what the data are. */
export const RESET = { pukAndNew: 0x00, puk: 0x01, newOnly: 0x02, nothing: 0x03 } as const;

/** P1 of ACTIVATE and DEACTIVATE for a password (TR-03110-3 B.11). */
export const PASSWORD = 0x10;

/** VERIFY; without data it asks how the PIN stands (ISO 7816-4 §11.5.6). */
export const verifyReference = (reference: number, secret: Uint8Array = EMPTY): CommandApdu =>
  commandApdu(0x00, INS.verify, 0x00, reference, secret);

/** CHANGE REFERENCE DATA. */
export const changeReferenceData = (p1: number, reference: number, data: Uint8Array): CommandApdu =>
  commandApdu(0x00, INS.change, p1, reference, data);

/** RESET RETRY COUNTER. */
export const resetRetryCounter = (p1: number, reference: number, data: Uint8Array = EMPTY): CommandApdu =>
  commandApdu(0x00, INS.reset, p1, reference, data);
