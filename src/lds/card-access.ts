import { SET } from "../asn1/types.js";
import type { Value } from "../tlv/codec.js";
import { dataFile } from "../tlv/file.js";
import { securityInfoSet } from "./security-info.js";

/**
 * EF.CardAccess in the master file: the SecurityInfos that PACE needs. Not signed: what it says is compared with DG14 or
 * EF.CardSecurity later. The set is asked for and written in DER order; `parseSecurityInfos` reads others too.
 */
export const efCardAccess = dataFile({
  name: "EF.CardAccess",
  fid: 0x011c,
  sfi: 0x1c,
  tag: SET,
  spec: "ICAO 9303-10 §3.11.3",
  content: securityInfoSet,
});
/** Value of {@link efCardAccess}. */
export type EfCardAccess = Value<typeof efCardAccess>;
