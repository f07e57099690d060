import { oid } from "../asn1/oid.js";
import {
  type AlgorithmIdentifier,
  algorithmIdentifier,
  INTEGER,
  OBJECT_IDENTIFIER,
  OCTET_STRING,
  SEQUENCE,
  SET,
  smallInteger,
} from "../asn1/types.js";
import { MalformedError } from "../errors.js";
import { encodeTlv } from "../tlv/ber.js";
import { any, choice, rest } from "../tlv/choice.js";
import type { Codec } from "../tlv/codec.js";
import { derOrder } from "../tlv/der-order.js";
import { dataObject } from "../tlv/file.js";
import { octets } from "../tlv/leaves.js";
import { type ListOptions, list, listOwn } from "../tlv/list.js";
import { opt, req, reqOwn, struct } from "../tlv/struct.js";
import { berToDer } from "./ber.js";
import type { Departure, ReadingOptions } from "./departures.js";
import { tagged } from "./der.js";
import { depart, departuresOf, type Lenience, readAs, readObject, tolerant } from "./lenient.js";
import { integer } from "./loose-types.js";

/** Object identifiers of CMS (RFC 5652 §5 and §11). */
export const CMS = {
  data: "1.2.840.113549.1.7.1",
  signedData: "1.2.840.113549.1.7.2",
  contentType: "1.2.840.113549.1.9.3",
  messageDigest: "1.2.840.113549.1.9.4",
  signingTime: "1.2.840.113549.1.9.5",
} as const;

const attribute = struct({
  type: req(OBJECT_IDENTIFIER, oid()),
  values: req(SET, listOwn(any(), { min: 1 })),
});

/** A SET OF, whose order a lenient reading does not ask for. */
const setOf = <T>(path: string, of: (options: ListOptions) => Codec<readonly T[]>): Codec<readonly T[]> =>
  tolerant("SET_ORDER", path, of({ sorted: derOrder }), of({}));

/** @internal The signed attributes under their own tag, as they are hashed. */
export const signedAttributes = dataObject(
  "signedAttrs",
  SET,
  setOf("", (options) => list(SEQUENCE, attribute, options)),
);

const version = tolerant("CMS_VERSION", "version", smallInteger(5), smallInteger(255));

const signerInfo = struct({
  version: req(INTEGER, version),
  sid: reqOwn(
    choice({
      issuerAndSerialNumber: req(
        SEQUENCE,
        struct({
          // Not read: it is only compared.
          issuer: reqOwn(any()),
          serialNumber: req(INTEGER, integer),
        }),
      ),
      subjectKeyIdentifier: req(0x80, octets(1)),
    }),
  ),
  digestAlgorithm: req(SEQUENCE, algorithmIdentifier),
  /** The content of the set: what is signed is this under tag 31. */
  signedAttrs: opt(0xa0, rest()),
  signatureAlgorithm: req(SEQUENCE, algorithmIdentifier),
  signature: req(OCTET_STRING, octets(1)),
  unsignedAttrs: opt(0xa1, rest()),
});

/** @internal ContentInfo with SignedData, for both directions. */
export const contentInfo = dataObject(
  "ContentInfo",
  SEQUENCE,
  struct({
    contentType: req(OBJECT_IDENTIFIER, oid()),
    content: req(
      0xa0,
      struct({
        signedData: req(
          SEQUENCE,
          struct({
            version: req(INTEGER, version),
            digestAlgorithms: req(
              SET,
              setOf("digestAlgorithms", (options) => list(SEQUENCE, algorithmIdentifier, options)),
            ),
            encapContentInfo: req(
              SEQUENCE,
              struct({
                eContentType: req(OBJECT_IDENTIFIER, oid()),
                eContent: req(0xa0, tagged(OCTET_STRING, rest())),
              }),
            ),
            certificates: opt(
              0xa0,
              setOf("certificates", (options) => listOwn(any(), options)),
            ),
            crls: opt(
              0xa1,
              setOf("crls", (options) => listOwn(any(), options)),
            ),
            signerInfos: req(
              SET,
              setOf("signerInfos", (options) => list(SEQUENCE, signerInfo, options)),
            ),
          }),
        ),
      }),
    ),
  }),
);

/** One attribute; each of its values as DER. */
export interface Attribute {
  /** Object identifier. */
  readonly type: string;
  readonly values: readonly Uint8Array[];
}

/** Which certificate signed: by issuer and serial number, or by the identifier of its key. */
export type SignerIdentifier =
  | { readonly issuerRaw: Uint8Array; readonly serialNumber: Uint8Array; readonly subjectKeyIdentifier?: undefined }
  | { readonly subjectKeyIdentifier: Uint8Array; readonly issuerRaw?: undefined; readonly serialNumber?: undefined };

/** One signature. */
export interface SignerInfo {
  /** 1 with issuer and serial number, 3 with a key identifier. */
  readonly version: number;
  readonly sid: SignerIdentifier;
  readonly digestAlgorithm: AlgorithmIdentifier;
  /** The attributes in the order received; missing when the content is signed directly. */
  readonly signedAttrs?: readonly Attribute[];
  /** The message that is signed: the attributes as received, under the tag 31 of their set. */
  readonly signedAttrsRaw?: Uint8Array;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  /** For ECDSA the DER of Ecdsa-Sig-Value. */
  readonly signature: Uint8Array;
  /** Content of the set of unsigned attributes, not looked at. */
  readonly unsignedAttrsRaw?: Uint8Array;
}

/** A CMS SignedData. Byte arrays but `signedAttrsRaw` are views of the input; of BER, of its form in DER. */
export interface SignedData {
  /** The whole ContentInfo as received. */
  readonly raw: Uint8Array;
  /** What a lenient reading let pass, in the order of the bytes; empty when the message is strict. */
  readonly departures: readonly Departure[];
  readonly version: number;
  readonly digestAlgorithms: readonly AlgorithmIdentifier[];
  /** Object identifier of what is signed. */
  readonly eContentType: string;
  /** What is signed, opaque here. */
  readonly eContent: Uint8Array;
  /** The certificates that came along, as DER; nothing in them is trusted. */
  readonly certificates: readonly Uint8Array[];
  readonly crls: readonly Uint8Array[];
  readonly signerInfos: readonly SignerInfo[];
}

/**
 * A CMS message with SignedData and its content inside, read strictly (DER) unless told otherwise. Nothing is verified.
 *
 * Spec: RFC 5652 §3 and §5, ICAO 9303-10 §4.6.2.
 *
 * What is signed is never encoded again: content and attributes are the octets received, of BER those inside its headers
 * (RFC 5652 §5.4).
 *
 * @param der - ContentInfo and nothing else; of EF.SOD that is the content of tag 77. Kept: leave it unchanged while the result
 *   is used.
 * @param options.tolerate - Departures from the standard that are let pass, open lengths and content in pieces among them;
 *   `departures` of the result lists those met.
 * @throws {MalformedError} with path and offset. Content that is not in the message is refused.
 * @example
 * const signedData = parseCms(bytes, { tolerate: ALL_DEPARTURES });
 * signedData.eContentType; // "2.23.136.1.1.1"
 * signedData.departures; // [{ code: "INDEFINITE_LENGTH", path: "", offset: 0 }]
 */
export function parseCms(der: Uint8Array, options: ReadingOptions = {}): SignedData {
  return readAs(
    options,
    (lenience) => readCms(der, der, lenience),
    // BER: headers alone are made anew, and content and attributes stay what they are.
    (lenience) => berToDer(der, lenience, isCertificateSet),
    (normal, lenience) => readCms(normal.der, der, lenience),
  );
}

/** Certificates and revocation lists have signatures of their own over their octets: ContentInfo, [0], SignedData, [0] or [1]. */
function isCertificateSet([outer, content, signedData, set, ...more]: readonly number[]): boolean {
  const inside = outer === SEQUENCE && content === 0xa0 && signedData === SEQUENCE && more.length === 0;
  return inside && (set === 0xa0 || set === 0xa1);
}

const WHERE = "ContentInfo.content.signedData";

function readCms(der: Uint8Array, raw: Uint8Array, lenience: Lenience | undefined): SignedData {
  const { contentType, content } = readObject(contentInfo, der, lenience);
  if (contentType !== CMS.signedData) {
    throw new MalformedError("BAD_VALUE", `${contentType} is not SignedData`, 0, "ContentInfo.contentType");
  }
  const { version, digestAlgorithms, encapContentInfo, certificates, crls, signerInfos } = content.signedData;
  const { eContentType, eContent } = encapContentInfo;
  const at = eContent.byteOffset - der.byteOffset;
  checkVersion(version, eContentType, signerInfos, at, lenience);
  const infos = signerInfos.map((info, index): SignerInfo => {
    const path = `${WHERE}.signerInfos[${index}]`;
    const { issuerAndSerialNumber } = info.sid;
    const wanted = issuerAndSerialNumber === undefined ? 3 : 1;
    if (info.version !== wanted) {
      const detail = `is ${info.version}, where the identifier of the signer needs ${wanted}`;
      const offset = info.signature.byteOffset - der.byteOffset;
      depart(lenience, "CMS_VERSION", `${path}.version`, new MalformedError("BAD_VALUE", detail, offset, path));
    }
    return {
      version: info.version,
      sid:
        issuerAndSerialNumber === undefined
          ? { subjectKeyIdentifier: info.sid.subjectKeyIdentifier as Uint8Array }
          : { issuerRaw: issuerAndSerialNumber.issuer, serialNumber: issuerAndSerialNumber.serialNumber },
      digestAlgorithm: info.digestAlgorithm,
      ...(info.signedAttrs === undefined ? {} : readAttributes(info.signedAttrs, path, der, lenience)),
      signatureAlgorithm: info.signatureAlgorithm,
      signature: info.signature,
      ...(info.unsignedAttrs === undefined ? {} : { unsignedAttrsRaw: info.unsignedAttrs }),
    };
  });
  return {
    raw,
    departures: departuresOf(lenience),
    version,
    digestAlgorithms,
    eContentType,
    eContent,
    certificates: certificates ?? [],
    crls: crls ?? [],
    signerInfos: infos,
  };
}

/** RFC 5652 §5.1; ICAO wants 3 whatever is signed. 4 and 5 are for kinds of certificates that documents do not have. */
function checkVersion(
  version: number,
  eContentType: string,
  signerInfos: readonly { readonly version: number }[],
  at: number,
  lenience: Lenience | undefined,
): void {
  const one = eContentType === CMS.data && signerInfos.every((info) => info.version === 1);
  if (version === 3 || (version === 1 && one)) return;
  const path = `${WHERE}.version`;
  const detail = `is ${version} where ${one ? "1 or 3" : "3"} is due`;
  depart(lenience, "CMS_VERSION", path, new MalformedError("BAD_VALUE", detail, at, path));
}

function readAttributes(content: Uint8Array, path: string, der: Uint8Array, lenience: Lenience | undefined) {
  const signedAttrsRaw = encodeTlv(SET, content);
  // Offsets are those in the copy, whose header is as long as the one received.
  const base = content.byteOffset - der.byteOffset - (signedAttrsRaw.length - content.length);
  try {
    const signedAttrs = readObject(signedAttributes, signedAttrsRaw, lenience && { ...lenience, base, path });
    return { signedAttrsRaw, signedAttrs };
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    throw new MalformedError(error.code, error.detail, error.offset + base, error.path).within(path);
  }
}

/** @internal The DER of a value of an attribute that occurs once with one value; undefined otherwise. */
export function singleValue(attributes: readonly Attribute[], type: string): Uint8Array | undefined {
  const [found, ...others] = attributes.filter((entry) => entry.type === type);
  return found?.values.length === 1 && others.length === 0 ? found.values[0] : undefined;
}
