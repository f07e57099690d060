import { oid } from "../asn1/oid.js";
import {
  type AlgorithmIdentifier,
  algorithmIdentifier,
  INTEGER,
  integerBytes,
  OBJECT_IDENTIFIER,
  OCTET_STRING,
  SEQUENCE,
  SET,
  smallInteger,
} from "../asn1/types.js";
import { MalformedError } from "../errors.js";
import { encodeTlv } from "../tlv/ber.js";
import { any, choice, rest } from "../tlv/choice.js";
import { dataObject, parseObject } from "../tlv/file.js";
import { octets } from "../tlv/leaves.js";
import { list, listOwn } from "../tlv/list.js";
import { opt, req, reqOwn, struct } from "../tlv/struct.js";
import { keepingRaw, tagged } from "./der.js";
import { name } from "./name.js";

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

/** @internal The signed attributes under their own tag, as they are hashed; written in DER order, read in any. */
export const signedAttributes = {
  write: dataObject("signedAttrs", SET, list(SEQUENCE, attribute, { sorted: true })),
  read: dataObject("signedAttrs", SET, list(SEQUENCE, attribute)),
};

const signerInfo = struct({
  version: req(INTEGER, smallInteger(3)),
  sid: reqOwn(
    choice({
      issuerAndSerialNumber: req(
        SEQUENCE,
        struct({ issuer: reqOwn(keepingRaw(SEQUENCE, name)), serialNumber: req(INTEGER, integerBytes()) }),
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
            version: req(INTEGER, smallInteger(5)),
            digestAlgorithms: req(SET, list(SEQUENCE, algorithmIdentifier)),
            encapContentInfo: req(
              SEQUENCE,
              struct({
                eContentType: req(OBJECT_IDENTIFIER, oid()),
                eContent: req(0xa0, tagged(OCTET_STRING, rest())),
              }),
            ),
            certificates: opt(0xa0, listOwn(any())),
            crls: opt(0xa1, listOwn(any())),
            signerInfos: req(SET, list(SEQUENCE, signerInfo)),
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

/** A CMS SignedData. Byte arrays but `signedAttrsRaw` are views of the input. */
export interface SignedData {
  /** The whole ContentInfo. */
  readonly raw: Uint8Array;
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
 * A CMS message with SignedData, read strictly (DER, content inside). Nothing is verified.
 *
 * Spec: RFC 5652 §3 and §5, ICAO 9303-10 §4.6.2.
 *
 * @param der - DER of ContentInfo and nothing else; of EF.SOD that is the content of tag 77. Kept: leave it unchanged while
 *   the result is used.
 * @throws {MalformedError} with path and offset. Indefinite lengths are refused, and so is content that is not in the message.
 * @example
 * const signedData = parseCms(der);
 * signedData.eContentType; // "2.23.136.1.1.1"
 */
export function parseCms(der: Uint8Array): SignedData {
  const { contentType, content } = parseObject(contentInfo, der);
  if (contentType !== CMS.signedData) {
    throw new MalformedError("BAD_VALUE", `${contentType} is not SignedData`, 0, "ContentInfo.contentType");
  }
  const { version, digestAlgorithms, encapContentInfo, certificates, crls, signerInfos } = content.signedData;
  return {
    raw: der,
    version,
    digestAlgorithms,
    eContentType: encapContentInfo.eContentType,
    eContent: encapContentInfo.eContent,
    certificates: certificates ?? [],
    crls: crls ?? [],
    signerInfos: signerInfos.map((info, index): SignerInfo => {
      const path = `ContentInfo.content.signedData.signerInfos[${index}]`;
      const { issuerAndSerialNumber } = info.sid;
      return {
        version: info.version,
        sid:
          issuerAndSerialNumber === undefined
            ? { subjectKeyIdentifier: info.sid.subjectKeyIdentifier as Uint8Array }
            : { issuerRaw: issuerAndSerialNumber.issuer.raw, serialNumber: issuerAndSerialNumber.serialNumber },
        digestAlgorithm: info.digestAlgorithm,
        ...(info.signedAttrs === undefined ? {} : readAttributes(info.signedAttrs, path, der)),
        signatureAlgorithm: info.signatureAlgorithm,
        signature: info.signature,
        ...(info.unsignedAttrs === undefined ? {} : { unsignedAttrsRaw: info.unsignedAttrs }),
      };
    }),
  };
}

function readAttributes(content: Uint8Array, path: string, der: Uint8Array) {
  const signedAttrsRaw = encodeTlv(SET, content);
  try {
    return { signedAttrsRaw, signedAttrs: parseObject(signedAttributes.read, signedAttrsRaw) };
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    // The offset was that in the copy, whose header is as long as the one received.
    const offset = error.offset + content.byteOffset - der.byteOffset - (signedAttrsRaw.length - content.length);
    throw new MalformedError(error.code, error.detail, offset, error.path).within(path);
  }
}

/** @internal The DER of a value of an attribute that occurs once with one value; undefined otherwise. */
export function singleValue(attributes: readonly Attribute[], type: string): Uint8Array | undefined {
  const [found, ...others] = attributes.filter((entry) => entry.type === type);
  return found?.values.length === 1 && others.length === 0 ? found.values[0] : undefined;
}
