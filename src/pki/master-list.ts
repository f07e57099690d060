import { INTEGER, SEQUENCE, SET, smallInteger } from "../asn1/types.js";
import { MalformedError } from "../errors.js";
import { expectTag } from "../tlv/ber.js";
import { any } from "../tlv/choice.js";
import { Codec } from "../tlv/codec.js";
import { derOrder } from "../tlv/der-order.js";
import { dataObject } from "../tlv/file.js";
import { listOwn } from "../tlv/list.js";
import { req, struct } from "../tlv/struct.js";
import type { ReadingOptions } from "./departures.js";
import { lenienceOf, readObject, tolerant } from "./lenient.js";
import { parseSignedList, type SignedList } from "./signed-list.js";

/** Type of the content: id-icao-cscaMasterList. */
export const ID_MASTER_LIST = "2.23.136.1.1.2";
/** What the key of a master list signer is for: id-icao-cscaMasterListSigningKey, the role for `validateSignerPath`. */
export const ID_MASTER_LIST_SIGNER = "2.23.136.1.1.3";

/** No certificate is shorter; what is cannot make a list of a million entries. */
const SHORTEST_CERTIFICATE = 64;
const MOST_CERTIFICATES = 16_384;

const whole = any();
/** One certificate as it stands. */
const certificateBytes = new Codec<Uint8Array>(
  whole.write,
  (c) => {
    const at = c.at;
    expectTag(c, SEQUENCE);
    const certificate = whole.read(c);
    if (certificate.length < SHORTEST_CERTIFICATE) {
      throw new MalformedError("BAD_LENGTH", `${certificate.length} bytes are no certificate`, at);
    }
    return certificate;
  },
  whole.shape,
);

const MOST = { max: MOST_CERTIFICATES };
const sortedList = listOwn(certificateBytes, { ...MOST, sorted: derOrder });

/** @internal The content, for both directions. */
export const cscaMasterList = dataObject(
  "CscaMasterList",
  SEQUENCE,
  struct({
    version: req(INTEGER, smallInteger(0)),
    certList: req(SET, tolerant("SET_ORDER", "certList", sortedList, listOwn(certificateBytes, MOST))),
  }),
);

/** A master list: the CSCA certificates that its issuer trusts. */
export interface MasterList extends SignedList {
  /** DER of each certificate, roots and links, in the order of the list; views. */
  readonly certificates: readonly Uint8Array[];
}

/**
 * A CSCA master list. Nothing is verified, and a list counts only once its signature is good and its signer leads to an anchor
 * that is trusted already: see `verifySignedData`, and `validateSignerPath` with the role {@link ID_MASTER_LIST_SIGNER}.
 *
 * Spec: ICAO 9303-12 §9.
 *
 * The certificates are not read here, which would take most of the time: `indexCertificate` finds what they are looked up by, and
 * `parseCertificate` reads one.
 *
 * @param bytes - ContentInfo and nothing else. Kept: leave it unchanged while the result is used.
 * @param options.tolerate - Departures from the standard that are let pass; `departures` of the result lists those met.
 * @throws {MalformedError} with path and offset; in the content, that of the content.
 * @example
 * const list = parseMasterList(bytes, { tolerate: ALL_DEPARTURES });
 * const { good, certificate } = verifySignedData(list.signedData);
 */
export function parseMasterList(bytes: Uint8Array, options: ReadingOptions = {}): MasterList {
  const { list, content } = parseSignedList(bytes, options, ID_MASTER_LIST, cscaMasterList);
  return { ...list, certificates: content.certList };
}

/**
 * The certificates of a bare CscaMasterList: the content of a master list without its signature.
 *
 * Spec: ICAO 9303-12 §9.2.
 *
 * @throws {MalformedError} with path and offset.
 * @example
 * parseMasterListContent(signedData.eContent).length; // 541
 */
export function parseMasterListContent(content: Uint8Array, options: ReadingOptions = {}): readonly Uint8Array[] {
  return readObject(cscaMasterList, content, lenienceOf(options)).certList;
}
