import { oid } from "../asn1/oid.js";
import {
  algorithmIdentifier,
  GENERALIZED_TIME,
  INTEGER,
  OBJECT_IDENTIFIER,
  PRINTABLE_STRING,
  SEQUENCE,
  SET,
  smallInteger,
} from "../asn1/types.js";
import { any, choice } from "../tlv/choice.js";
import type { Codec, Value } from "../tlv/codec.js";
import { derOrder } from "../tlv/der-order.js";
import { dataObject } from "../tlv/file.js";
import { octets } from "../tlv/leaves.js";
import { type ListOptions, list } from "../tlv/list.js";
import { opt, optOwn, req, reqOwn, struct } from "../tlv/struct.js";
import { text } from "../tlv/text.js";
import type { ReadingOptions } from "./departures.js";
import { tolerant } from "./lenient.js";
import { integer, timeInGeneralizedForm } from "./loose-types.js";
import { parseSignedList, type SignedList } from "./signed-list.js";

/** Type of the content: id-icao-DeviationList. */
export const ID_DEVIATION_LIST = "2.23.136.1.1.7";
/** What the key of a deviation list signer is for: id-icao-DeviationListSigningKey, the role for `validateSignerPath`. */
export const ID_DEVIATION_LIST_SIGNER = "2.23.136.1.1.8";

/** Object identifiers of deviations (ICAO 9303-12 §10.2). */
export const DEVIATION = {
  certOrKey: "2.23.136.1.1.7.1",
  dsSignature: "2.23.136.1.1.7.1.1",
  dsEncoding: "2.23.136.1.1.7.1.2",
  cscaEncoding: "2.23.136.1.1.7.1.3",
  aaKeyCompromised: "2.23.136.1.1.7.1.4",
  lds: "2.23.136.1.1.7.2",
  dgMalformed: "2.23.136.1.1.7.2.1",
  dgHashWrong: "2.23.136.1.1.7.2.2",
  sodSignatureWrong: "2.23.136.1.1.7.2.3",
  comInconsistent: "2.23.136.1.1.7.2.4",
  mrz: "2.23.136.1.1.7.3",
  mrzWrongData: "2.23.136.1.1.7.3.1",
  mrzWrongCheckDigit: "2.23.136.1.1.7.3.2",
  chip: "2.23.136.1.1.7.4",
  nationalUse: "2.23.136.1.1.7.5",
} as const;

const MOST = 1024;
const setOf = <T>(path: string, of: (options: ListOptions) => Codec<readonly T[]>): Codec<readonly T[]> =>
  tolerant("SET_ORDER", path, of({ max: MOST, sorted: derOrder }), of({ max: MOST }));

const printable = (max: number) => text(max, { min: 1, charset: "printable" });

const description = struct({
  /** For people. */
  description: opt(PRINTABLE_STRING, printable(4096)),
  /** One of {@link DEVIATION}, or one below it. */
  deviationType: req(OBJECT_IDENTIFIER, oid()),
  /** DER of what the type defines: CertField, Datagroup, MRZField. */
  parameters: opt(0xa0, any()),
  /** For the state that made the list. */
  nationalUse: opt(0xa1, any()),
});

/** Which certificate signed the documents. */
const documentSignerIdentifier = choice({
  issuerAndSerialNumber: req(
    0xa1,
    struct({
      /** DER of Name. */
      issuer: reqOwn(any()),
      serialNumber: req(INTEGER, integer),
    }),
  ),
  subjectKeyIdentifier: req(0x82, octets(1)),
  /** With the digest algorithm of the list. */
  certificateDigest: req(0x83, octets(1)),
});

const documents = struct({
  /** Document code as in the MRZ. */
  documentType: opt(0x80, printable(2)),
  dscIdentifier: optOwn(documentSignerIdentifier),
  issuingDate: opt(
    0xa4,
    struct({
      firstIssued: req(GENERALIZED_TIME, timeInGeneralizedForm),
      lastIssued: req(GENERALIZED_TIME, timeInGeneralizedForm),
    }),
  ),
  documentNumbers: opt(
    0xa5,
    setOf("documentNumbers", (options) => list(PRINTABLE_STRING, printable(64), options)),
  ),
});

const deviation = struct({
  /** Which documents are meant: those that everything stated here fits. */
  documents: req(SEQUENCE, documents),
  descriptions: req(
    SET,
    setOf("descriptions", (options) => list(SEQUENCE, description, options)),
  ),
});

/** The content, for both directions. */
export const deviationList = dataObject(
  "DeviationList",
  SEQUENCE,
  struct({
    version: req(INTEGER, smallInteger(0)),
    /** Of `certificateDigest`. */
    digestAlgorithm: opt(SEQUENCE, algorithmIdentifier),
    deviations: req(
      SET,
      setOf("deviations", (options) => list(SEQUENCE, deviation, options)),
    ),
  }),
);

/** What is wrong with some documents. */
export interface DeviationDescription extends Value<typeof description> {}
/** Which documents: what is stated is joined by "and". */
export interface DeviationDocuments extends Value<typeof documents> {}
/** Documents, and what is wrong with them. */
export interface Deviation extends Value<typeof deviation> {}
/** The content of a deviation list. */
export interface DeviationListContent extends Value<typeof deviationList> {}
/** A deviation list: documents that are genuine though they depart from the standard. */
export interface DeviationList extends SignedList, DeviationListContent {}

/**
 * A deviation list. Nothing is verified: see `verifySignedData`, and `validateSignerPath` with the role
 * {@link ID_DEVIATION_LIST_SIGNER}.
 *
 * Spec: ICAO 9303-12 §10.
 *
 * @param bytes - ContentInfo and nothing else. Kept: leave it unchanged while the result is used.
 * @param options.tolerate - Departures from the standard that are let pass; `departures` of the result lists those met.
 * @throws {MalformedError} with path and offset; in the content, that of the content.
 * @example
 * const list = parseDeviationList(bytes);
 * list.deviations[0]?.documents.documentType; // "P"
 */
export function parseDeviationList(bytes: Uint8Array, options: ReadingOptions = {}): DeviationList {
  const { list: signed, content } = parseSignedList(bytes, options, ID_DEVIATION_LIST, deviationList);
  return { ...signed, ...content };
}
