import { INTEGER, SEQUENCE, smallInteger } from "../asn1/types.js";
import { MalformedError } from "../errors.js";
import { dataObject, mapped } from "../tlv/file.js";
import { EXTENSION_OBJECTS } from "./extensions.js";
import { integer, timeInGeneralizedForm } from "./loose-types.js";

/** Object identifiers of the extensions of a revocation list that are understood (RFC 5280 §5.2, ICAO 9303-12 table 10). */
export const CRL_EXTENSION = {
  authorityKeyIdentifier: "2.5.29.35",
  issuerAltName: "2.5.29.18",
  crlNumber: "2.5.29.20",
} as const;

/** Object identifiers of the extensions of an entry that are understood (RFC 5280 §5.3); ICAO has none. */
export const CRL_ENTRY_EXTENSION = { reasonCode: "2.5.29.21", invalidityDate: "2.5.29.24" } as const;

/** Why a certificate was revoked, by its number (RFC 5280 §5.3.1); 7 is not used. */
export const REVOCATION_REASONS = [
  "unspecified",
  "keyCompromise",
  "cACompromise",
  "affiliationChanged",
  "superseded",
  "cessationOfOperation",
  "certificateHold",
  undefined,
  "removeFromCRL",
  "privilegeWithdrawn",
  "aACompromise",
] as const;
/** One of {@link REVOCATION_REASONS}. */
export type RevocationReason = Exclude<(typeof REVOCATION_REASONS)[number], undefined>;

const ENUMERATED = 0x0a;
const GENERALIZED_TIME = 0x18;

const reasonCode = mapped<number, RevocationReason>(
  smallInteger(REVOCATION_REASONS.length - 1),
  (reason) => REVOCATION_REASONS.indexOf(reason),
  (number, at) => {
    const reason = REVOCATION_REASONS[number];
    if (reason === undefined) throw new MalformedError("BAD_VALUE", `there is no reason ${number}`, at);
    return reason;
  },
);

/** @internal The extensions that are understood, each as a data object of its own. */
export const CRL_EXTENSION_OBJECTS = {
  authorityKeyIdentifier: dataObject(
    "authorityKeyIdentifier",
    SEQUENCE,
    EXTENSION_OBJECTS.authorityKeyIdentifier.codec,
  ),
  crlNumber: dataObject("crlNumber", INTEGER, integer),
  reasonCode: dataObject("reasonCode", ENUMERATED, reasonCode),
  invalidityDate: dataObject("invalidityDate", GENERALIZED_TIME, timeInGeneralizedForm),
};
