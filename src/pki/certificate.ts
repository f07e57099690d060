import { oid } from "../asn1/oid.js";
import { timeToDate } from "../asn1/time.js";
import {
  type AlgorithmIdentifier,
  algorithmIdentifier,
  BIT_STRING,
  BOOLEAN,
  bitString,
  boolean,
  INTEGER,
  integerBytes,
  OBJECT_IDENTIFIER,
  OCTET_STRING,
  SEQUENCE,
  smallInteger,
  subjectPublicKeyInfo,
  time,
} from "../asn1/types.js";
import { equalBytes } from "../bytes/bytes.js";
import { MalformedError } from "../errors.js";
import { rest } from "../tlv/choice.js";
import { type DataObject, dataObject, mapped, parseObject } from "../tlv/file.js";
import { list } from "../tlv/list.js";
import { opt, req, reqOwn, struct } from "../tlv/struct.js";
import { keepingRaw, parsePart, tagged } from "./der.js";
import {
  type AlternativeName,
  type BasicConstraints,
  EXTENSION,
  EXTENSION_OBJECTS,
  type KeyUsage,
  type PrivateKeyUsagePeriod,
} from "./extensions.js";
import { type Name, name } from "./name.js";

const date = mapped(
  time,
  () => {
    throw new TypeError("certificates are written by cardwright/pki/issue");
  },
  timeToDate,
);

const extension = struct({
  oid: req(OBJECT_IDENTIFIER, oid()),
  critical: opt(BOOLEAN, boolean()),
  /** DER of the extension's own type. */
  value: req(OCTET_STRING, rest()),
});

const tbsCertificate = struct({
  version: req(0xa0, tagged(INTEGER, smallInteger(2))),
  serialNumber: req(INTEGER, integerBytes()),
  signature: reqOwn(keepingRaw(SEQUENCE, algorithmIdentifier)),
  issuer: reqOwn(keepingRaw(SEQUENCE, name)),
  validity: req(SEQUENCE, struct({ notBefore: reqOwn(date), notAfter: reqOwn(date) })),
  subject: reqOwn(keepingRaw(SEQUENCE, name)),
  subjectPublicKeyInfo: reqOwn(keepingRaw(SEQUENCE, subjectPublicKeyInfo)),
  issuerUniqueId: opt(0x81, rest()),
  subjectUniqueId: opt(0x82, rest()),
  extensions: req(0xa3, tagged(SEQUENCE, list(SEQUENCE, extension, { min: 1 }))),
});

const certificateObject = dataObject(
  "Certificate",
  SEQUENCE,
  struct({
    tbs: reqOwn(keepingRaw(SEQUENCE, tbsCertificate)),
    signatureAlgorithm: reqOwn(keepingRaw(SEQUENCE, algorithmIdentifier)),
    signature: req(BIT_STRING, bitString()),
  }),
);

/** One extension of a certificate, as it stands. */
export interface Extension {
  readonly oid: string;
  readonly critical: boolean;
  /** DER of the extension's own type. */
  readonly value: Uint8Array;
}

/** The extensions that are understood, by their names; one that the certificate lacks is missing. */
export interface KnownExtensions {
  readonly subjectKeyIdentifier?: Uint8Array;
  /** keyIdentifier of AuthorityKeyIdentifier. */
  readonly authorityKeyIdentifier?: Uint8Array;
  readonly keyUsage?: readonly KeyUsage[];
  readonly basicConstraints?: BasicConstraints;
  readonly privateKeyUsagePeriod?: PrivateKeyUsagePeriod;
  readonly subjectAltName?: AlternativeName;
  readonly issuerAltName?: AlternativeName;
  /** URIs of CRLDistributionPoints. */
  readonly crlDistributionPoints?: readonly string[];
  /** Object identifiers. */
  readonly extKeyUsage?: readonly string[];
  /** Document types as in the MRZ; a single letter stands for all types that begin with it. */
  readonly documentTypeList?: readonly string[];
}

/** An X.509 v3 certificate. All byte arrays are views of the input. */
export interface Certificate extends KnownExtensions {
  /** The whole certificate. */
  readonly raw: Uint8Array;
  /** TBSCertificate: what is signed. */
  readonly tbsRaw: Uint8Array;
  /** DER of the issuer's name. */
  readonly issuerRaw: Uint8Array;
  /** DER of the subject's name. */
  readonly subjectRaw: Uint8Array;
  /** DER of SubjectPublicKeyInfo. */
  readonly spkiRaw: Uint8Array;
  /** Content of the INTEGER: two's complement, minimal. */
  readonly serialNumber: Uint8Array;
  readonly issuer: Name;
  readonly subject: Name;
  /** First and last second at which the certificate is valid. */
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  /** As in the BIT STRING; for ECDSA the DER of Ecdsa-Sig-Value. */
  readonly signature: Uint8Array;
  /** All extensions in their order, understood or not. */
  readonly extensions: readonly Extension[];
}

/**
 * A certificate, read strictly: version 3, DER, each extension once, inner and outer signature algorithm the same. Nothing is
 * verified.
 *
 * Spec: RFC 5280 §4.1 and §4.2, ICAO 9303-12 §7.1.
 *
 * @param der - DER of Certificate and nothing else. Kept: leave it unchanged while the result is used.
 * @throws {MalformedError} with path (`Certificate.tbs.validity.notAfter`) and offset in `der`.
 * @example
 * const certificate = parseCertificate(der);
 * nameToString(certificate.subject); // "C=UT, CN=Utopia Document Signer 01"
 */
export function parseCertificate(der: Uint8Array): Certificate {
  const { tbs, signatureAlgorithm, signature } = parseObject(certificateObject, der);
  const body = tbs.value;
  const at = (view: Uint8Array) => view.byteOffset - der.byteOffset;
  if (body.version !== 2) {
    throw new MalformedError("BAD_VALUE", "is not 2 (v3)", at(tbs.raw), "Certificate.tbs.version");
  }
  if (!equalBytes(body.signature.raw, signatureAlgorithm.raw)) {
    const detail = "differs from the algorithm inside the signed part";
    throw new MalformedError("BAD_VALUE", detail, at(signatureAlgorithm.raw), "Certificate.signatureAlgorithm");
  }
  const extensions = body.extensions.map(({ oid: type, critical, value }, index): Extension => {
    const path = `Certificate.tbs.extensions[${index}]`;
    // DER leaves a default value out (ISO 8825-1 §11.5).
    if (critical === false) throw new MalformedError("BAD_VALUE", "critical FALSE is encoded", at(value), path);
    if (body.extensions.findIndex((other) => other.oid === type) !== index) {
      throw new MalformedError("BAD_VALUE", `the extension ${type} occurs twice`, at(value), path);
    }
    return { oid: type, critical: critical ?? false, value };
  });
  return {
    raw: der,
    tbsRaw: tbs.raw,
    issuerRaw: body.issuer.raw,
    subjectRaw: body.subject.raw,
    spkiRaw: body.subjectPublicKeyInfo.raw,
    serialNumber: body.serialNumber,
    issuer: body.issuer.value,
    subject: body.subject.value,
    notBefore: body.validity.notBefore,
    notAfter: body.validity.notAfter,
    signatureAlgorithm: signatureAlgorithm.value,
    signature,
    extensions,
    ...knownExtensions(extensions, der),
  };
}

function knownExtensions(extensions: readonly Extension[], der: Uint8Array): KnownExtensions {
  const known: Record<string, unknown> = {};
  for (const { oid: type, value } of extensions) {
    const field = FIELD_OF.get(type);
    if (field === undefined) continue;
    const parsed = parsePart<unknown>(
      EXTENSION_OBJECTS[field] as unknown as DataObject<unknown>,
      value,
      der,
      "Certificate.tbs.extensions",
    );
    if (field !== "authorityKeyIdentifier") known[field] = parsed;
    else {
      const { keyIdentifier } = parsed as { keyIdentifier?: Uint8Array };
      if (keyIdentifier !== undefined) known[field] = keyIdentifier;
    }
  }
  return known;
}

const FIELD_OF: ReadonlyMap<string, keyof typeof EXTENSION> = new Map(
  Object.entries(EXTENSION).map(([field, type]) => [type, field as keyof typeof EXTENSION]),
);

/** Whether `certificate` names itself as issuer: a root, or a link certificate between two keys of one authority. */
export function isSelfIssued(certificate: Certificate): boolean {
  return equalBytes(certificate.issuerRaw, certificate.subjectRaw);
}
