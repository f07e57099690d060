import { oid } from "../asn1/oid.js";
import {
  type AlgorithmIdentifier,
  algorithmIdentifier,
  BIT_STRING,
  BOOLEAN,
  bitString,
  boolean,
  INTEGER,
  NULL,
  OBJECT_IDENTIFIER,
  OCTET_STRING,
  SEQUENCE,
  smallInteger,
  subjectPublicKeyInfo,
} from "../asn1/types.js";
import { equalBytes } from "../bytes/bytes.js";
import { MalformedError } from "../errors.js";
import { rest } from "../tlv/choice.js";
import { type DataObject, dataObject } from "../tlv/file.js";
import { list } from "../tlv/list.js";
import { opt, req, reqOwn, struct } from "../tlv/struct.js";
import { berToDer } from "./ber.js";
import type { Departure, ReadingOptions } from "./departures.js";
import { keepingRaw, tagged } from "./der.js";
import {
  type AlternativeName,
  type BasicConstraints,
  EXTENSION,
  EXTENSION_OBJECTS,
  type KeyUsage,
  type PrivateKeyUsagePeriod,
} from "./extensions.js";
import { depart, departuresOf, type Lenience, readAs, readObject, readPart, tolerant } from "./lenient.js";
import { date, looseBoolean, serialNumber } from "./loose-types.js";
import { type Name, name } from "./name.js";

const extension = struct({
  oid: req(OBJECT_IDENTIFIER, oid()),
  critical: opt(BOOLEAN, tolerant("BOOLEAN_NOT_FF", "critical", boolean(), looseBoolean)),
  /** DER of the extension's own type. */
  value: req(OCTET_STRING, rest()),
});

/** @internal Extensions of a certificate, a list or an entry of one. */
export const extensionList = tolerant(
  "EMPTY_SEQUENCE",
  "extensions",
  list(SEQUENCE, extension, { min: 1 }),
  list(SEQUENCE, extension),
);

const tbsCertificate = struct({
  version: opt(0xa0, tagged(INTEGER, smallInteger(2))),
  serialNumber: req(INTEGER, serialNumber),
  signature: reqOwn(keepingRaw(SEQUENCE, algorithmIdentifier)),
  issuer: reqOwn(keepingRaw(SEQUENCE, name)),
  validity: req(SEQUENCE, struct({ notBefore: reqOwn(date), notAfter: reqOwn(date) })),
  subject: reqOwn(keepingRaw(SEQUENCE, name)),
  subjectPublicKeyInfo: reqOwn(keepingRaw(SEQUENCE, subjectPublicKeyInfo)),
  issuerUniqueId: opt(0x81, rest()),
  subjectUniqueId: opt(0x82, rest()),
  extensions: opt(0xa3, tagged(SEQUENCE, extensionList)),
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
  readonly certificatePolicies?: readonly string[];
  /** The link certificate changes the name of the authority (ICAO 9303-12 §7.1.1.5). */
  readonly nameChange?: true;
  /** Object identifiers. */
  readonly extKeyUsage?: readonly string[];
  /** Document types as in the MRZ; a single letter stands for all types that begin with it. */
  readonly documentTypeList?: readonly string[];
}

/** An X.509 certificate. All byte arrays are views of the input. */
export interface Certificate extends KnownExtensions {
  /** The whole certificate as received. */
  readonly raw: Uint8Array;
  /** 1 to 3; documents have 3. */
  readonly version: number;
  /** What a lenient reading let pass, in the order of the bytes; empty when the certificate is strict. */
  readonly departures: readonly Departure[];
  /** TBSCertificate: what is signed. */
  readonly tbsRaw: Uint8Array;
  /** DER of the issuer's name. */
  readonly issuerRaw: Uint8Array;
  /** DER of the subject's name. */
  readonly subjectRaw: Uint8Array;
  /** DER of SubjectPublicKeyInfo. */
  readonly spkiRaw: Uint8Array;
  /** Content of the INTEGER: two's complement. */
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
 * A certificate, read strictly unless told otherwise: DER, the version that its fields need, each extension once, inner and
 * outer signature algorithm the same. Nothing is verified.
 *
 * Spec: RFC 5280 §4.1 and §4.2, ICAO 9303-12 §7.1.
 *
 * @param der - DER of Certificate and nothing else. Kept: leave it unchanged while the result is used.
 * @param options.tolerate - Departures from the standard that are let pass; `departures` of the result lists those met.
 * @throws {MalformedError} with path (`Certificate.tbs.validity.notAfter`) and offset in `der`.
 * @example
 * const certificate = parseCertificate(der, { tolerate: ALL_DEPARTURES });
 * nameToString(certificate.subject); // "C=UT, CN=Utopia Document Signer 01"
 * certificate.departures; // [{ code: "NAMED_BITS", path: "Certificate.tbs.extensions.keyUsage", offset: 471 }]
 */
export function parseCertificate(der: Uint8Array, options: ReadingOptions = {}): Certificate {
  return readAs(
    options,
    (lenience) => readCertificate(der, der, lenience),
    // What is signed are the bytes received.
    (lenience) => berToDer(der, lenience),
    (normal, lenience) => ({ ...readCertificate(normal.der, der, lenience), tbsRaw: normal.first }),
  );
}

function readCertificate(der: Uint8Array, raw: Uint8Array, lenience: Lenience | undefined): Certificate {
  const { tbs, signatureAlgorithm, signature } = readObject(certificateObject, der, lenience);
  const body = tbs.value;
  const at = (view: Uint8Array) => view.byteOffset - der.byteOffset;
  const fault = (detail: string, view: Uint8Array, path: string) =>
    new MalformedError("BAD_VALUE", detail, at(view), `Certificate.${path}`);

  const version = (body.version ?? 0) + 1;
  if (body.version === 0) {
    const path = "tbs.version";
    depart(
      lenience,
      "DEFAULT_ENCODED",
      `Certificate.${path}`,
      fault("the default version 1 is encoded", tbs.raw, path),
    );
  }
  if (body.extensions !== undefined && version !== 3) {
    const path = "tbs.version";
    const error = fault(`is not 2 (v3), as extensions need it, but ${version - 1}`, tbs.raw, path);
    depart(lenience, "VERSION", `Certificate.${path}`, error);
  }
  if (!equalBytes(body.signature.raw, signatureAlgorithm.raw)) {
    const path = "signatureAlgorithm";
    const error = fault("differs from the algorithm inside the signed part", signatureAlgorithm.raw, path);
    if (!sameButForNull(body.signature.value, signatureAlgorithm.value)) throw error;
    depart(lenience, "ALGORITHM_PARAMETERS", `Certificate.${path}`, error);
  }
  const extensions = checkExtensions(body.extensions ?? [], "Certificate.tbs.extensions", der, lenience);
  const known = knownExtensions(extensions, der, lenience);
  const departures = departuresOf(lenience);
  return {
    raw,
    version,
    departures,
    tbsRaw: tbs.raw,
    issuerRaw: body.issuer.raw,
    subjectRaw: body.subject.raw,
    spkiRaw: body.subjectPublicKeyInfo.raw,
    serialNumber: body.serialNumber,
    issuer: body.issuer.value,
    subject: body.subject.value,
    notBefore: body.validity.notBefore,
    notAfter: body.validity.notAfter,
    signatureAlgorithm: body.signature.value,
    signature,
    extensions,
    ...known,
  };
}

/** @internal The same algorithm, with NULL as parameters on one side and none on the other. */
export function sameButForNull(a: AlgorithmIdentifier, b: AlgorithmIdentifier): boolean {
  const none = ({ parameters }: AlgorithmIdentifier) =>
    parameters === undefined || (parameters.length === 2 && parameters[0] === NULL && parameters[1] === 0);
  return a.algorithm === b.algorithm && none(a) && none(b);
}

/** @internal Extensions that each occur once, with defaults left out. */
export function checkExtensions(
  all: readonly { readonly oid: string; readonly critical?: boolean; readonly value: Uint8Array }[],
  where: string,
  der: Uint8Array,
  lenience: Lenience | undefined,
): readonly Extension[] {
  const extensions: Extension[] = [];
  for (const [index, { oid: type, critical, value }] of all.entries()) {
    const path = `${where}[${index}]`;
    const offset = value.byteOffset - der.byteOffset;
    if (critical === false) {
      // DER leaves a default value out (ISO 8825-1 §11.5).
      const error = new MalformedError("BAD_VALUE", "critical FALSE is encoded", offset, path);
      depart(lenience, "DEFAULT_ENCODED", path, error);
    }
    const before = extensions.find((other) => other.oid === type);
    if (before !== undefined) {
      const error = new MalformedError("BAD_VALUE", `the extension ${type} occurs twice`, offset, path);
      if (before.critical !== (critical ?? false) || !equalBytes(before.value, value)) throw error;
      depart(lenience, "EXTENSION_REPEATED", path, error);
      continue;
    }
    extensions.push({ oid: type, critical: critical ?? false, value });
  }
  return extensions;
}

/** Extensions that limit what a key may do: to overlook one of these would widen it. */
const LIMITING: ReadonlySet<string> = new Set<string>([
  EXTENSION.keyUsage,
  EXTENSION.basicConstraints,
  EXTENSION.extKeyUsage,
]);

function knownExtensions(
  extensions: readonly Extension[],
  der: Uint8Array,
  lenience: Lenience | undefined,
): KnownExtensions {
  const known: Record<string, unknown> = {};
  for (const { oid: type, critical, value } of extensions) {
    const field = FIELD_OF.get(type);
    if (field === undefined) continue;
    const path = "Certificate.tbs.extensions";
    const noted = lenience?.used.length ?? 0;
    try {
      const object = EXTENSION_OBJECTS[field] as unknown as DataObject<unknown>;
      const parsed = readPart<unknown>(object, value, der, path, lenience);
      if (field !== "authorityKeyIdentifier") known[field] = parsed;
      else {
        const { keyIdentifier } = parsed as { keyIdentifier?: Uint8Array };
        if (keyIdentifier !== undefined) known[field] = keyIdentifier;
      }
    } catch (error) {
      if (!(error instanceof MalformedError) || critical || LIMITING.has(type)) throw error;
      if (lenience !== undefined) lenience.used.length = noted;
      depart(lenience, "EXTENSION_MALFORMED", error.path, error);
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

/**
 * The critical extensions of a certificate that are not understood: who meets one must not rely on the certificate.
 *
 * Spec: RFC 5280 §4.2.
 *
 * @returns Object identifiers.
 * @example
 * unknownCriticalExtensions(certificate).length === 0;
 */
export function unknownCriticalExtensions({ extensions }: Pick<Certificate, "extensions">): readonly string[] {
  return extensions.filter(({ oid: type, critical }) => critical && !FIELD_OF.has(type)).map(({ oid: type }) => type);
}
