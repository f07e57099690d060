import { oid } from "../asn1/oid.js";
import { OBJECT_IDENTIFIER, SEQUENCE } from "../asn1/types.js";
import { any } from "../tlv/choice.js";
import type { Value } from "../tlv/codec.js";
import { derOrder } from "../tlv/der-order.js";
import { dataObject } from "../tlv/file.js";
import { list } from "../tlv/list.js";
import { optOwn, req, reqOwn, struct } from "../tlv/struct.js";

/** Most SecurityInfos in a set; the fullest card at hand has 18, nested ones counted. */
export const MAX_SECURITY_INFOS = 32;

/** SecurityInfo as ICAO 9303-11 §9.2 declares it: what a protocol's data mean is told by its object identifier. */
export const securityInfo = dataObject(
  "SecurityInfo",
  SEQUENCE,
  struct({
    protocol: req(OBJECT_IDENTIFIER, oid()),
    /** One data object, as it stands. */
    requiredData: reqOwn(any()),
    /** One data object, as it stands. */
    optionalData: optOwn(any()),
  }),
);
/** Value of {@link securityInfo}. */
export interface SecurityInfoData extends Value<typeof securityInfo> {}

/** SecurityInfos: SET OF SecurityInfo, in DER order. */
export const securityInfoSet = list(SEQUENCE, securityInfo.codec, {
  sorted: derOrder,
  min: 1,
  max: MAX_SECURITY_INFOS,
});
