/**
 * What is met in the field and is not what the standard says. Each is off unless it is named; what was used is listed.
 * Strict reading knows none of them, and nothing is ever written so.
 */
export const TOLERANCES = [
  {
    code: "TRAILING_BYTES",
    reason: "bytes behind the data object, left by a chip that gives whole blocks",
    seen: "NFCPassportReader 2.3.1",
  },
  {
    code: "PADDING",
    reason: "00 or FF between data objects (ISO 7816-4 §5.2.2.1 allows it, DER and the LDS do not)",
    seen: "BerTlv.NET #3, evsinev/ber-tlv #11",
  },
  {
    code: "NON_MINIMAL_LENGTH",
    reason: "a length in more bytes than it needs",
    seen: "asn1js #129, lapo/asn1js #108",
  },
  {
    code: "INDEFINITE_LENGTH",
    reason: "BER's open length, closed by two zero bytes",
    seen: "security objects of New Zealand passports",
  },
  {
    code: "BCD_DATE",
    reason: "a date in packed digits where text is due",
    seen: "DG11 and DG12: dmrtd #48, NFCPassportReader #130, JMRTD #88",
  },
  {
    code: "EMPTY_FIELD",
    reason: "a field with nothing in it where at least one character is due; it is read as missing",
    seen: "JMRTD #87",
  },
  {
    code: "WRONG_FILE_TAG",
    reason: "the file has the tag of another file, and its content fits",
    seen: "no public example at hand; inspectors asked for it",
  },
  {
    code: "FIELD_ORDER",
    reason: "fields in another order than the table's",
    seen: "DG11 and DG12 of several issuers",
  },
  {
    code: "TAG_LIST",
    reason: "a tag list that names other tags than are there, or in another order; the fields count",
    seen: "tsemrtd DG11; 5F0F for A0 in JMRTD's DG11",
  },
  {
    code: "UNKNOWN_FIELD",
    reason: "a field that the table does not have; it is left out of the value",
    seen: "national additions to DG11 and DG12",
  },
  {
    code: "SET_ORDER",
    reason: "a SET OF that is not sorted as DER wants it",
    seen: "DG14 of the BSI silver data set, EF.CardAccess of Slovenia",
  },
] as const;

/** Stable name of a tolerance; see {@link TOLERANCES}. */
export type ToleranceCode = (typeof TOLERANCES)[number]["code"];

/** Every tolerance, for readers that want a value if there is any. */
export const ALL_TOLERANCES: readonly ToleranceCode[] = TOLERANCES.map(({ code }) => code);

/** A tolerance that was needed. */
export interface Tolerated {
  readonly code: ToleranceCode;
  /** Dotted path of the field, as in a `MalformedError`. */
  readonly path: string;
  /** Byte of the input. */
  readonly offset: number;
}
