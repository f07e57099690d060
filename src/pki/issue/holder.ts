import { CardwrightError } from "../../errors.js";
import { encodeObject } from "../../tlv/file.js";
import type { Certificate } from "../certificate.js";
import type { KeyUsage } from "../extensions.js";
import type { Name } from "../name.js";
import { publicKeyFromSpki } from "../public-key.js";
import { type CertificateRequest, parseCertificateRequest, verifyCertificateRequest } from "../request.js";
import type { SignatureAlgorithmName } from "../signer.js";
import { authorityOf, type IssuerOptions, identifierOf } from "./authority.js";
import {
  buildCertificate,
  checkDistributionPoints,
  extension,
  keyIdentifier,
  nameObject,
  type SubjectOptions,
  serialNumberOf,
  validityOf,
} from "./certificate.js";

/** What a holder's key is for. */
export type HolderPurpose = "authentication" | "signature";

/** What a new certificate of a card's holder is to be. */
export interface HolderCertificateOptions
  extends Pick<SubjectOptions, "serialNumber" | "random" | "notBefore" | "notAfter" | "crlDistributionPoints"> {
  readonly purpose: HolderPurpose;
  /** The request that the chip signed with its new key, as DER or parsed. Only its key is used. */
  readonly request: Uint8Array | CertificateRequest;
  /** The holder's name as the authority knows it, e.g. national number as commonName, surname and givenName. */
  readonly subject: Name;
  /** The authority for holders. */
  readonly issuer: IssuerOptions;
  /** The preferred algorithm of the authority's signer unless told otherwise. */
  readonly algorithm?: SignatureAlgorithmName;
  /** Object identifiers of the policies that the certificate was issued under. */
  readonly policies?: readonly string[];
  /** The holder's e-mail address, for SubjectAltName. */
  readonly email?: string;
}

/** id-kp-clientAuth (RFC 5280 §4.2.1.12). */
const CLIENT_AUTHENTICATION = "1.3.6.1.5.5.7.3.2";

/** One purpose a key: a login must never make a signature that binds its holder (ETSI EN 319 412-2 §4.3.2, types A and C). */
const USAGES: Readonly<Record<HolderPurpose, readonly KeyUsage[]>> = {
  authentication: ["digitalSignature"],
  signature: ["nonRepudiation"],
};

/**
 * The certificate of a card's holder over a key that was made on the chip, from the request that the chip signed with it.
 *
 * Spec: RFC 5280 §4.2, RFC 2986; key usages as ETSI EN 319 412-2 §4.3.2.
 *
 * Extensions: SubjectKeyIdentifier, AuthorityKeyIdentifier, KeyUsage (critical: digitalSignature for authentication, nonRepudiation for
 * signatures, never both), BasicConstraints (critical, no authority), CRLDistributionPoints; ExtKeyUsage (clientAuth) for
 * authentication; CertificatePolicies and SubjectAltName when asked for. Name and extensions in the request are not
 * taken over: the request proves that its sender has the key, nothing more.
 *
 * @returns DER of the certificate.
 * @throws {CardwrightError} `REQUEST_INVALID` - the request's signature is not by its key; `ALGORITHM_UNSUPPORTED` - its key or
 *   algorithm is not offered; `SIGNER_MISMATCH`, `SIGNER_EXPIRED`, `SIGNER_NOT_YET_VALID` - of the authority.
 * @throws {RangeError} for options that do not fit, an authority that is none, the authority's own key in the request, or a
 *   certificate that would outlive the authority's.
 * @throws {MalformedError} when request or certificate cannot be read.
 * @example
 * const certificate = await issueHolderCertificate({ purpose: "signature", request, issuer, notBefore, notAfter,
 *   subject: [{ oid: NAME.country, value: "UT" }, { oid: NAME.commonName, value: "0012345679" }],
 *   crlDistributionPoints: ["https://pki.example/holders.crl"] });
 */
export async function issueHolderCertificate(options: HolderCertificateOptions): Promise<Uint8Array> {
  const { purpose, subject, crlDistributionPoints, policies, email } = options;
  if (!Object.hasOwn(USAGES, purpose)) throw new RangeError("purpose must be authentication or signature");
  if (subject.length === 0) throw new RangeError("subject must name the holder");
  const request = options.request instanceof Uint8Array ? parseCertificateRequest(options.request) : options.request;
  const { notBefore, notAfter } = validityOf(options);
  checkDistributionPoints(crlDistributionPoints);
  const { certificate: authority, signer, algorithm } = authorityOf(options.issuer, notBefore, options.algorithm);
  if (notAfter > authority.notAfter) {
    throw new RangeError(`notAfter is later than that of the authority, ${authority.notAfter.toISOString()}`);
  }
  checkRequest(request, authority);
  const identifier = keyIdentifier(request.spkiRaw);
  return buildCertificate({
    serialNumber: serialNumberOf(options),
    signer,
    algorithm,
    issuerRaw: authority.subjectRaw,
    subjectRaw: encodeObject(nameObject, subject),
    notBefore,
    notAfter,
    publicKey: request.spkiRaw,
    extensions: [
      extension("subjectKeyIdentifier", identifier),
      extension("authorityKeyIdentifier", { keyIdentifier: identifierOf(authority) }),
      extension("keyUsage", USAGES[purpose], true),
      ...(email === undefined
        ? []
        : [extension("subjectAltName", { emails: [email], directoryNames: [], dnsNames: [], uris: [] })]),
      extension("basicConstraints", { ca: false }, true),
      ...(policies === undefined ? [] : [extension("certificatePolicies", policies)]),
      ...(purpose === "authentication" ? [extension("extKeyUsage", [CLIENT_AUTHENTICATION])] : []),
      extension("crlDistributionPoints", crlDistributionPoints),
    ],
  });
}

function checkRequest(request: CertificateRequest, authority: Certificate): void {
  // A key that is not offered is told apart from a signature that is bad.
  const key = publicKeyFromSpki(request.spkiRaw);
  const good = verifyCertificateRequest(request, key);
  if (good === undefined) {
    throw new CardwrightError(
      "ALGORITHM_UNSUPPORTED",
      `The request is signed with ${request.signatureAlgorithm.algorithm}, which is not supported; have the chip use ECDSA or RSA.`,
    );
  }
  if (!good) {
    throw new CardwrightError(
      "REQUEST_INVALID",
      "The request is not signed by the key that it asks a certificate for; have the chip make a new one.",
    );
  }
  if (keyIdentifier(request.spkiRaw).join() === keyIdentifier(authority.spkiRaw).join()) {
    throw new RangeError("the request is for the authority's own key");
  }
}
