import type { ResponseApdu } from "../apdu/apdu.js";
import { SW } from "../apdu/status.js";
import { EMPTY } from "../bytes/bytes.js";

/** An answer without data. */
export const status = (sw: number): ResponseApdu => ({ data: EMPTY, sw });

/** 9000, with data when given. */
export const ok = (data: Uint8Array = EMPTY): ResponseApdu => ({ data, sw: SW.OK });
