import {
  type AlgorithmIdentifier,
  algorithmIdentifier,
  BIT_STRING,
  bitString,
  INTEGER,
  SEQUENCE,
  smallInteger,
} from "../asn1/types.js";
import { equalBytes } from "../bytes/bytes.js";
import { MalformedError } from "../errors.js";
import { rest } from "../tlv/choice.js";
import { dataObject } from "../tlv/file.js";
import { opt, optOwn, req, reqOwn, struct } from "../tlv/struct.js";
import { berToDer } from "./ber.js";
import { checkExtensions, type Extension, extensionList, sameButForNull } from "./certificate.js";
import { RevokedCertificates } from "./crl-entries.js";
import { CRL_EXTENSION, CRL_EXTENSION_OBJECTS } from "./crl-extensions.js";
import type { Departure, ReadingOptions } from "./departures.js";
import { keepingRaw, tagged } from "./der.js";
import { depart, departuresOf, type Lenience, readAs, readObject, readPart } from "./lenient.js";
import { date } from "./loose-types.js";
import { type Name, name } from "./name.js";
import type { PublicKey } from "./public-key.js";
import { verifySignature } from "./verify-signature.js";

/** @internal TBSCertList, for both directions. */
export const tbsCertList = struct({
  version: opt(INTEGER, smallInteger(1)),
  signature: reqOwn(keepingRaw(SEQUENCE, algorithmIdentifier)),
  issuer: reqOwn(keepingRaw(SEQUENCE, name)),
  thisUpdate: reqOwn(date),
  nextUpdate: optOwn(date),
  /** Its entries, see `crl-entries.ts`. */
  revokedCertificates: opt(SEQUENCE, rest()),
  crlExtensions: opt(0xa0, tagged(SEQUENCE, extensionList)),
});

const crlObject = dataObject(
  "CertificateList",
  SEQUENCE,
  struct({
    tbs: reqOwn(keepingRaw(SEQUENCE, tbsCertList)),
    signatureAlgorithm: reqOwn(keepingRaw(SEQUENCE, algorithmIdentifier)),
    signature: req(BIT_STRING, bitString()),
  }),
);

/** A certificate revocation list. All byte arrays are views of the input. */
export interface Crl {
  /** The whole list as received. */
  readonly raw: Uint8Array;
  /** 1 or 2; ICAO has 2. */
  readonly version: number;
  /** What a lenient reading let pass, in the order of the bytes; empty when the list is strict. */
  readonly departures: readonly Departure[];
  /** TBSCertList: what is signed. */
  readonly tbsRaw: Uint8Array;
  /** DER of the issuer's name. */
  readonly issuerRaw: Uint8Array;
  readonly issuer: Name;
  /** When the list was made. */
  readonly thisUpdate: Date;
  /** When the next one comes at the latest; without it a list never becomes old, and says so. */
  readonly nextUpdate?: Date;
  /** The revoked certificates; read while one goes through them. */
  readonly revoked: RevokedCertificates;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  /** As in the BIT STRING. */
  readonly signature: Uint8Array;
  /** All extensions of the list in their order, understood or not. */
  readonly extensions: readonly Extension[];
  /** Content of the INTEGER cRLNumber. */
  readonly crlNumber?: Uint8Array;
  /** keyIdentifier of AuthorityKeyIdentifier. */
  readonly authorityKeyIdentifier?: Uint8Array;
  /**
   * Critical extensions, of the list or of an entry, that are not understood: such a list says nothing about any certificate
   * (RFC 5280 §5.2 and §5.3). Among them are those of delta, partial and indirect lists, which documents do not have.
   */
  readonly unknownCritical: readonly string[];
}

/**
 * A revocation list of version 1 or 2, read strictly unless told otherwise. Every entry is read once, and none is kept. Nothing
 * is verified: see {@link verifyCrl}.
 *
 * Spec: RFC 5280 §5, ICAO 9303-12 §7.1.4.
 *
 * @param der - DER of CertificateList and nothing else. Kept: leave it unchanged while the result is used.
 * @param options.tolerate - Departures from the standard that are let pass; `departures` of the result lists those met.
 * @throws {MalformedError} with path (`CertificateList.tbs.nextUpdate`) and offset in `der`.
 * @example
 * const crl = parseCrl(der);
 * crl.revoked.find(certificate.serialNumber)?.reason; // "keyCompromise"
 */
export function parseCrl(der: Uint8Array, options: ReadingOptions = {}): Crl {
  return readAs(
    options,
    (lenience) => readCrl(der, der, lenience),
    // What is signed are the bytes received.
    (lenience) => berToDer(der, lenience),
    (normal, lenience) => ({ ...readCrl(normal.der, der, lenience), tbsRaw: normal.first }),
  );
}

function readCrl(der: Uint8Array, raw: Uint8Array, lenience: Lenience | undefined): Crl {
  const { tbs, signatureAlgorithm, signature } = readObject(crlObject, der, lenience);
  const body = tbs.value;
  const at = (view: Uint8Array) => view.byteOffset - der.byteOffset;
  const fault = (detail: string, view: Uint8Array, path: string) =>
    new MalformedError("BAD_VALUE", detail, at(view), `CertificateList.${path}`);
  if (body.version === 0) {
    const path = "tbs.version";
    const error = fault("the default version 1 is encoded", tbs.raw, path);
    depart(lenience, "DEFAULT_ENCODED", `CertificateList.${path}`, error);
  }
  if (!equalBytes(body.signature.raw, signatureAlgorithm.raw)) {
    const path = "signatureAlgorithm";
    const error = fault("differs from the algorithm inside the signed part", signatureAlgorithm.raw, path);
    if (!sameButForNull(body.signature.value, signatureAlgorithm.value)) throw error;
    depart(lenience, "ALGORITHM_PARAMETERS", `CertificateList.${path}`, error);
  }
  const list = body.revokedCertificates;
  if (list?.length === 0) {
    const path = "tbs.revokedCertificates";
    depart(lenience, "EMPTY_SEQUENCE", `CertificateList.${path}`, fault("is empty and has to be left out", list, path));
  }
  const extensions = checkExtensions(body.crlExtensions ?? [], "CertificateList.tbs.crlExtensions", der, lenience);
  const revoked = new RevokedCertificates(list ?? der.subarray(0, 0), der, lenience?.allowed);
  const found = revoked.check(lenience);
  if (body.version !== 1 && (extensions.length > 0 || found.extensions)) {
    const path = "tbs.version";
    depart(
      lenience,
      "VERSION",
      `CertificateList.${path}`,
      fault("is not 1 (v2), as extensions need it", tbs.raw, path),
    );
  }
  const critical = extensions.filter((extension) => extension.critical && !UNDERSTOOD.has(extension.oid));
  const known = knownExtensions(extensions, der, lenience);
  const { nextUpdate } = body;
  return {
    raw,
    version: (body.version ?? 0) + 1,
    departures: departuresOf(lenience),
    tbsRaw: tbs.raw,
    issuerRaw: body.issuer.raw,
    issuer: body.issuer.value,
    thisUpdate: body.thisUpdate,
    ...(nextUpdate === undefined ? {} : { nextUpdate }),
    revoked,
    signatureAlgorithm: body.signature.value,
    signature,
    extensions,
    ...known,
    unknownCritical: [...new Set([...critical.map(({ oid }) => oid), ...found.unknownCritical])],
  };
}

const UNDERSTOOD: ReadonlySet<string> = new Set(Object.values(CRL_EXTENSION));

function knownExtensions(extensions: readonly Extension[], der: Uint8Array, lenience: Lenience | undefined) {
  const path = "CertificateList.tbs.crlExtensions";
  const known: { crlNumber?: Uint8Array; authorityKeyIdentifier?: Uint8Array } = {};
  for (const { oid, value } of extensions) {
    if (oid === CRL_EXTENSION.crlNumber) {
      known.crlNumber = readPart(CRL_EXTENSION_OBJECTS.crlNumber, value, der, path, lenience);
    } else if (oid === CRL_EXTENSION.authorityKeyIdentifier) {
      const identifier = readPart(CRL_EXTENSION_OBJECTS.authorityKeyIdentifier, value, der, path, lenience);
      if (identifier.keyIdentifier !== undefined) known.authorityKeyIdentifier = identifier.keyIdentifier;
    }
  }
  return known;
}

/**
 * Whether a revocation list carries a good signature by the key of its issuer. Names, dates and extensions are not looked at.
 *
 * Spec: RFC 5280 §6.3.3 (g).
 *
 * @param issuerKey - The issuer's key: `issuer.spkiRaw`, or what `publicKeyFromSpki` made of it.
 * @returns undefined, which is not good, when the algorithm is not offered.
 * @example
 * verifyCrl(parseCrl(der), csca.spkiRaw) === true;
 */
export function verifyCrl(crl: Crl, issuerKey: Uint8Array | PublicKey): boolean | undefined {
  return verifySignature(issuerKey, crl.signatureAlgorithm, crl.tbsRaw, crl.signature);
}
