/**
 * The ASN.1 types of cards and certificates, declared with the vocabulary of `tlv`; object identifiers, times, countries.
 * ITU-T X.680, X.690 (DER), RFC 5280 §4.1.
 * Internal: certificates and messages are in `pki`, SecurityInfos in `lds`.
 * @module
 */
export { certificateCountry, icaoCountry } from "./country.js";
export * from "./keys.js";
export { oid } from "./oid.js";
export { dateToGeneralizedTime, dateToTime, timeToDate } from "./time.js";
export * from "./types.js";
