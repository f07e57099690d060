/**
 * Where certificates, messages and lists met in the field depart from the standard. Strict reading refuses each of them, and
 * nothing is ever written so. A lenient reading names those it met; none of them changes what a signature is checked over.
 */
export const DEPARTURES = [
  // ISO 8825-1: the encoding
  {
    code: "INDEFINITE_LENGTH",
    reason: "BER's open length, closed by two zero bytes (DER: ISO 8825-1 §10.1)",
    seen: "security objects of New Zealand passports",
  },
  {
    code: "NON_MINIMAL_LENGTH",
    reason: "a length in more bytes than it needs (ISO 8825-1 §10.1)",
    seen: "asn1js #129, lapo/asn1js #108",
  },
  {
    code: "CONSTRUCTED_STRING",
    reason: "a string in pieces (ISO 8825-1 §10.2); the content is that of all pieces",
    seen: "content as pkijs writes it",
  },
  { code: "TRAILING_BYTES", reason: "bytes behind the object; they are left out", seen: "no public example at hand" },
  {
    code: "SET_ORDER",
    reason: "a SET OF that is not sorted (ISO 8825-1 §11.6)",
    seen: "signed attributes: walt-passes-android #194",
  },
  {
    code: "BOOLEAN_NOT_FF",
    reason: "TRUE as another byte than FF (ISO 8825-1 §11.1)",
    seen: "CSCA of Ukraine in the German and ICAO master lists",
  },
  {
    code: "NAMED_BITS",
    reason: "named bits with trailing zeros or set unused bits (ISO 8825-1 §11.2.2)",
    seen: "KeyUsage of CSCA of Cyprus, Côte d'Ivoire, China, Georgia",
  },
  {
    code: "DEFAULT_ENCODED",
    reason: "a default value that is written out (ISO 8825-1 §11.5)",
    seen: "no public example at hand",
  },
  {
    code: "INTEGER_FORM",
    reason: "an INTEGER in more bytes than it needs (ISO 8825-1 §8.3.2)",
    seen: "no public example at hand",
  },
  // RFC 5280: certificates and revocation lists
  {
    code: "VERSION",
    reason: "a version that does not fit what follows: extensions need version 3, a CRL version 2",
    seen: "no public example at hand",
  },
  {
    code: "SERIAL_NUMBER",
    reason: "a serial number that is zero, negative or longer than 20 bytes (RFC 5280 §4.1.2.2)",
    seen: "CSCA of Albania and of the Vatican, PKITS",
  },
  {
    code: "TIME_CHOICE",
    reason: "GeneralizedTime for a year before 2050 (RFC 5280 §4.1.2.5)",
    seen: "PKITS ValidGeneralizedTimenotBeforeDateTest4",
  },
  {
    code: "TIME_FORM",
    reason: "a time without seconds, with a fraction or with an offset from UTC (RFC 5280 §4.1.2.5)",
    seen: "no public example at hand",
  },
  {
    code: "STRING_CHARACTERS",
    reason: "a string with characters that its type does not have (X.680 §41)",
    seen: "no public example at hand",
  },
  {
    code: "EMPTY_SEQUENCE",
    reason: "a sequence with nothing in it where at least one entry is due",
    seen: "SubjectAltName of the CSCA of Liechtenstein",
  },
  {
    code: "ALGORITHM_PARAMETERS",
    reason: "inner and outer signature algorithm state their parameters differently (RFC 5280 §4.1.1.2)",
    seen: "no public example at hand",
  },
  {
    code: "EXTENSION_REPEATED",
    reason: "the same extension twice, with the same bytes (RFC 5280 §4.2)",
    seen: "no public example at hand",
  },
  {
    code: "EXTENSION_MALFORMED",
    reason: "an extension, neither critical nor one that limits the key, that cannot be read; it is kept as bytes only",
    seen: "no public example at hand",
  },
  // RFC 5652: signed messages
  {
    code: "CMS_VERSION",
    reason: "a version number that does not follow from the message (RFC 5652 §5.1 and §5.3)",
    seen: "SOD 6 of pymrtd's negative set",
  },
  {
    code: "DIGEST_NOT_LISTED",
    reason: "the signer's hash function is not among those announced (RFC 5652 §5.1); it fails",
    seen: "no public example at hand",
  },
  {
    code: "HASHES_DIFFER",
    reason: "content and attributes are hashed with different functions",
    seen: "passport-reader #33, self #1302",
  },
  {
    code: "OLD_ALGORITHM",
    reason: "the algorithm of the key where one of signatures is due; the hash function is that of the digest",
    seen: "gmrtd #441",
  },
  {
    code: "DIGEST_INFO_WITHOUT_NULL",
    reason: "an RSA signature of PKCS #1 v1.5 whose block lacks the NULL of RFC 8017 §9.2",
    seen: "ICAO master list of September 2023",
  },
  {
    code: "SIGNED_ATTRIBUTES_MISSING",
    reason: "the content is signed directly, without attributes (ICAO 9303-10 §4.6.2.2)",
    seen: "EF.CardSecurity of test cards, openssl cms -noattr",
  },
  {
    code: "SIGNED_OVER_SORTED",
    reason: "the attributes were sorted when signed and not when sent",
    seen: "walt-passes-android #194",
  },
  {
    code: "SEVERAL_SIGNERS",
    reason: "signatures of several signers; every one of them has to be good",
    seen: "allowed, not recommended (ICAO 9303-10 table 36, 9303-12 table 18)",
  },
  {
    code: "NAME_FORM",
    reason: "the signer's issuer in other bytes than in its certificate, equal by RFC 5280 §7.1",
    seen: "gmrtd #353",
  },
  {
    code: "RDN_ORDER",
    reason: "the signer's issuer with its parts in another order than in its certificate",
    seen: "security objects of Malaysian passports",
  },
  {
    code: "KEY_IDENTIFIER_COMPUTED",
    reason: "the certificate lacks the key identifier that names it; the SHA-1 value of its key fits",
    seen: "gmrtd #425",
  },
] as const;

/** Stable name of a departure; see {@link DEPARTURES}. */
export type DepartureCode = (typeof DEPARTURES)[number]["code"];

/** Every departure, for readers that want a value if there is any: `parseCertificate(der, { tolerate: ALL_DEPARTURES })`. */
export const ALL_DEPARTURES: readonly DepartureCode[] = DEPARTURES.map(({ code }) => code);

/** A departure that was met. */
export interface Departure {
  readonly code: DepartureCode;
  /** Dotted path of the part, as in a `MalformedError`. */
  readonly path: string;
  /** Byte of the input; of what was put into DER before, byte of that. */
  readonly offset: number;
}

/** Which departures a reader lets pass; strict when left out. */
export interface ReadingOptions {
  /** Codes of {@link DEPARTURES}; `ALL_DEPARTURES` for all. */
  readonly tolerate?: readonly DepartureCode[];
}

/** @internal The codes of departures for a sentence: `SET_ORDER, TIME_FORM`. */
export function departureCodes(departures: readonly Departure[]): string {
  return [...new Set(departures.map(({ code }) => code))].join(", ");
}
