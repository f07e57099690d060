import { SET } from "../asn1/types.js";
import type { Value } from "../tlv/codec.js";
import { dataFile } from "../tlv/file.js";
import { req, struct } from "../tlv/struct.js";
import { securityInfoSet } from "./security-info.js";

/**
 * DG14: the security protocols of the application, signed through EF.SOD.
 *
 * The set is asked for and written in DER order. Many issuers do not sort theirs: `parseDg14SecurityInfos` reads these and
 * says so.
 */
export const dg14 = dataFile({
  name: "EF.DG14",
  fid: 0x010e,
  sfi: 0x0e,
  tag: 0x6e,
  spec: "ICAO 9303-10 §4.7.14",
  content: struct({
    /** See `securityInfoOf` for what each says, `buildSecurityInfo` to make one. */
    securityInfos: req(SET, securityInfoSet),
  }),
});
/** Value of {@link dg14}. */
export interface Dg14 extends Value<typeof dg14> {}
