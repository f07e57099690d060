import { oid } from "../asn1/oid.js";
import { dateToTime } from "../asn1/time.js";
import { GENERALIZED_TIME, OBJECT_IDENTIFIER, OCTET_STRING, UTC_TIME } from "../asn1/types.js";
import { equalBytes, utf8 } from "../bytes/bytes.js";
import { HASHES, type HashName, hash } from "../crypto/hash.js";
import { CardwrightError } from "../errors.js";
import { encodeTlv, parseTlv } from "../tlv/ber.js";
import { dataObject, encodeObject } from "../tlv/file.js";
import { type Certificate, parseCertificate } from "./certificate.js";
import { type Attribute, CMS, contentInfo, signedAttributes } from "./cms.js";
import { nameToString } from "./name.js";
import { isSamePublicKey, publicKeyFromSpki, signatureLength } from "./public-key.js";
import { encodeSignatureValue, signatureAlgorithmIdentifier } from "./signature-algorithm.js";
import {
  algorithmRow,
  type MaybePromise,
  type SignatureAlgorithmName,
  type Signer,
  type SyncSigner,
} from "./signer.js";

/** What to sign, and with what. */
export interface CmsRequest {
  /** Any bytes; what they mean is not looked at. */
  readonly content: Uint8Array;
  /** Object identifier of what `content` is, e.g. `2.23.136.1.1.1` for an LDS security object. */
  readonly contentType: string;
  readonly signer: Signer;
  /** The signer's certificate, as DER or parsed; parse it once when signing much. It is put into the message. */
  readonly certificate: Uint8Array | Certificate;
  /** The signer's preferred algorithm unless told otherwise. */
  readonly algorithm?: SignatureAlgorithmName;
  /** When the signature is made, checked against certificate and private-key usage period. */
  readonly at: Date;
  /** States this time in the signed attribute signingTime (whole seconds); left out otherwise, as in most documents. */
  readonly signingTime?: Date;
  /** How the signer is named: by issuer and serial number unless told otherwise. */
  readonly sid?: "issuerAndSerialNumber" | "subjectKeyIdentifier";
  /** DER of certificates that are to come along beside the signer's, e.g. that of its CSCA. */
  readonly certificates?: readonly Uint8Array[];
}

const oidObject = dataObject("OBJECT IDENTIFIER", OBJECT_IDENTIFIER, oid());
/**
 * Signs content as CMS SignedData: one signer, content and certificate inside, signed attributes contentType, messageDigest
 * and, when asked for, signingTime, in DER order throughout.
 *
 * Spec: RFC 5652 §5, RFC 5754 §2 (digest algorithms without parameters), ICAO 9303-10 §4.6.2.2, 9303-12 tables 18 and 19.
 *
 * @returns DER of ContentInfo; at once when the signer answers at once, else a promise.
 * @throws {CardwrightError} `SIGNER_MISMATCH` - the certificate is for another key; `SIGNER_NOT_YET_VALID`, `SIGNER_EXPIRED` -
 *   `at` is outside the certificate's validity or its private-key usage period; `ALGORITHM_UNSUPPORTED` - a key that is not
 *   supported.
 * @throws {RangeError} when the signer does not offer `algorithm`, or gives a signature of another length than its key's; when
 *   the certificate lacks the key identifier that is to name it.
 * @example
 * const der = signCms({ content, contentType: "2.23.136.1.1.1", signer, certificate, at });
 */
export function signCms(request: CmsRequest & { readonly signer: SyncSigner }): Uint8Array;
export function signCms(request: CmsRequest): MaybePromise<Uint8Array>;
export function signCms(request: CmsRequest): MaybePromise<Uint8Array> {
  const { content, contentType, signer, at, signingTime } = request;
  const certificate =
    request.certificate instanceof Uint8Array ? parseCertificate(request.certificate) : request.certificate;
  const algorithm = request.algorithm ?? (signer.algorithms[0] as SignatureAlgorithmName);
  if (!signer.algorithms.includes(algorithm)) {
    throw new RangeError(`signCms: the signer offers ${signer.algorithms.join(", ")}, not ${algorithm}`);
  }
  const row = algorithmRow(algorithm);
  checkSignerKey(signer, certificate);
  checkSignerTime(certificate, at);

  const attributes: Attribute[] = [
    { type: CMS.contentType, values: [encodeObject(oidObject, contentType)] },
    { type: CMS.messageDigest, values: [encodeTlv(OCTET_STRING, hash(row.hash, content))] },
  ];
  if (signingTime !== undefined) attributes.push({ type: CMS.signingTime, values: [encodeTime(signingTime)] });
  const message = encodeObject(signedAttributes, attributes);

  const sid = identifierOf(certificate, request.sid);

  const finish = (signature: Uint8Array): Uint8Array => {
    checkSignatureSize(signer, signature);
    const digestAlgorithm = { algorithm: digestOid(row.hash) };
    return encodeObject(contentInfo, {
      contentType: CMS.signedData,
      content: {
        signedData: {
          // RFC 5652 §5.1: 1 for plain data, 3 for everything that has a type
          version: contentType === CMS.data && sid.subjectKeyIdentifier === undefined ? 1 : 3,
          digestAlgorithms: [digestAlgorithm],
          encapContentInfo: { eContentType: contentType, eContent: content },
          certificates: [certificate.raw, ...(request.certificates ?? [])],
          signerInfos: [
            {
              version: sid.subjectKeyIdentifier === undefined ? 1 : 3,
              sid,
              digestAlgorithm,
              signedAttrs: parseTlv(message).value,
              signatureAlgorithm: signatureAlgorithmIdentifier(algorithm),
              signature: encodeSignatureValue(algorithm, signature),
            },
          ],
        },
      },
    });
  };
  const signature = signer.sign(message, algorithm);
  return signature instanceof Uint8Array ? finish(signature) : signature.then(finish);
}

/** The signer as SignerInfo names it. */
function identifierOf(certificate: Certificate, kind: CmsRequest["sid"]) {
  if (kind !== "subjectKeyIdentifier") {
    return { issuerAndSerialNumber: { issuer: certificate.issuerRaw, serialNumber: certificate.serialNumber } };
  }
  const { subjectKeyIdentifier } = certificate;
  if (subjectKeyIdentifier !== undefined) return { subjectKeyIdentifier };
  throw new RangeError("signCms: the signer's certificate has no subjectKeyIdentifier to name it by");
}

const sizes = new WeakMap<Signer, number>();

/** @internal Refuses a signature that is not as long as those of the signer's key. */
export function checkSignatureSize(signer: Signer, signature: Uint8Array): void {
  const size = signatureSize(signer);
  if (signature.length === size) return;
  // e.g. DER as many security modules give it, which would go unnoticed until the document is checked
  const what = publicKeyFromSpki(signer.publicKey).kind === "EC" ? "r‖s of its curve" : "a signature of its modulus";
  throw new RangeError(`signCms: the signer gave ${signature.length} bytes; ${what} has ${size}`);
}

/** @internal Bytes of a signature; kept for each signer, as reading its key costs more than signing. */
export function signatureSize(signer: Signer): number {
  const known = sizes.get(signer);
  if (known !== undefined) return known;
  const size = signatureLength(publicKeyFromSpki(signer.publicKey));
  sizes.set(signer, size);
  return size;
}

/**
 * Checks that a certificate is for the key of a signer, however either states the curve.
 *
 * @throws {CardwrightError} `SIGNER_MISMATCH`; `ALGORITHM_UNSUPPORTED` for a key that is not supported.
 */
export function checkSignerKey(signer: Signer, certificate: Certificate): void {
  if (equalBytes(signer.publicKey, certificate.spkiRaw)) return;
  const own = publicKeyFromSpki(signer.publicKey);
  const certified = publicKeyFromSpki(certificate.spkiRaw);
  if (isSamePublicKey(own, certified)) return;
  const subject = nameToString(certificate.subject);
  throw new CardwrightError(
    "SIGNER_MISMATCH",
    `The certificate of ${subject} is for another key than the signer's; use the certificate issued for this key.`,
  );
}

/**
 * Checks that a key may sign at a time: inside the validity of its certificate and inside the private-key usage period, where
 * one is stated.
 *
 * Spec: RFC 5280 §4.1.2.5, ICAO 9303-12 §5 and table 6 (PrivateKeyUsagePeriod).
 *
 * @throws {CardwrightError} `SIGNER_NOT_YET_VALID` or `SIGNER_EXPIRED`.
 */
export function checkSignerTime(certificate: Certificate, at: Date): void {
  if (Number.isNaN(at.getTime())) throw new RangeError("checkSignerTime: `at` is an invalid date");
  const usage = certificate.privateKeyUsagePeriod;
  const from = Math.max(certificate.notBefore.getTime(), usage?.notBefore?.getTime() ?? -Infinity);
  const to = Math.min(lastInstant(certificate.notAfter), usage?.notAfter ? lastInstant(usage.notAfter) : Infinity);
  const time = at.getTime();
  if (time >= from && time <= to) return;
  const subject = nameToString(certificate.subject);
  if (time < from) {
    throw new CardwrightError(
      "SIGNER_NOT_YET_VALID",
      `${subject} may sign from ${new Date(from).toISOString()}, not at ${at.toISOString()}; wait, or use the signer now in force.`,
    );
  }
  throw new CardwrightError(
    "SIGNER_EXPIRED",
    `${subject} may sign until ${new Date(to).toISOString()}, not at ${at.toISOString()}; use a newer signer and its certificate.`,
  );
}

/** @internal A time in whole seconds includes the whole of its second. */
export function lastInstant(date: Date): number {
  return date.getTime() + 999;
}

function encodeTime(date: Date): Uint8Array {
  const { utcTime, generalizedTime } = dateToTime(date);
  return utcTime === undefined
    ? encodeTlv(GENERALIZED_TIME, utf8(generalizedTime as string))
    : encodeTlv(UTC_TIME, utf8(utcTime));
}

function digestOid(name: HashName): string {
  for (const row of HASHES) if (row.name === name) return row.oid;
  throw new RangeError(`signCms: ${name} is no hash function for new signatures`);
}
