import { oid } from "../../asn1/oid.js";
import { OBJECT_IDENTIFIER } from "../../asn1/types.js";
import { dataObject } from "../../tlv/file.js";

/** An object identifier with tag and length. */
export const oidObject = dataObject("algorithm", OBJECT_IDENTIFIER, oid());
