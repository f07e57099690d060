import { timeToDate } from "../asn1/time.js";
import { GENERALIZED_TIME, UTC_TIME } from "../asn1/types.js";
import { MalformedError } from "../errors.js";
import { parseTlv } from "../tlv/ber.js";
import { type Attribute, CMS, singleValue } from "./cms.js";

/** @internal The attribute signingTime; undefined also when it is malformed: it is a claim, and no check depends on it. */
export function signingTimeOf(attributes: readonly Attribute[]): Date | undefined {
  const value = singleValue(attributes, CMS.signingTime);
  if (value === undefined) return undefined;
  try {
    const { tag, value: content } = parseTlv(value);
    const text = String.fromCharCode(...content.subarray(0, 16));
    if (tag === UTC_TIME) return timeToDate({ utcTime: text });
    return tag === GENERALIZED_TIME ? timeToDate({ generalizedTime: text }) : undefined;
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}
