import { oid } from "../asn1/oid.js";
import { OBJECT_IDENTIFIER, SEQUENCE } from "../asn1/types.js";
import { any } from "../tlv/choice.js";
import type { Value } from "../tlv/codec.js";
import { dataFile } from "../tlv/file.js";
import { req, struct } from "../tlv/struct.js";

/** eContentType of the SecurityInfos signed in EF.CardSecurity (BSI TR-03110-3 A.1.2.5). */
export const ID_SECURITY_OBJECT = "0.4.0.127.0.7.3.2.1";

/**
 * EF.CardSecurity in the master file: a CMS SignedData over SecurityInfos. The whole file is the ContentInfo, so CMS is
 * read from the file's bytes, in `pki`; its content is for `parseSecurityInfos`.
 */
export const efCardSecurity = dataFile({
  name: "EF.CardSecurity",
  fid: 0x011d,
  sfi: 0x1d,
  tag: SEQUENCE,
  spec: "ICAO 9303-10 §3.11.4",
  content: struct({
    /** `1.2.840.113549.1.7.2`, SignedData. */
    contentType: req(OBJECT_IDENTIFIER, oid()),
    /** The SignedData, tag and length included. */
    content: req(0xa0, any()),
  }),
});
/** Value of {@link efCardSecurity}. */
export interface EfCardSecurity extends Value<typeof efCardSecurity> {}
