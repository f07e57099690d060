import { extension, type SubjectOptions } from "./certificate.js";
import { issueSignerCertificate, type SignerCertificateOptions } from "./signer-certificate.js";

/** What a new Document Signer is to be. */
export interface DocumentSignerOptions extends SignerCertificateOptions, Pick<SubjectOptions, "privateKeyUsage"> {
  /** One or two characters as in the MRZ; a single letter stands for all types that begin with it. At least one. */
  readonly documentTypes: readonly string[];
  /**
   * The one purpose that the key may serve, as an object identifier, e.g. the `signerRole` of a profile's security object;
   * written as a critical extension, so that who does not know it refuses the certificate. Left out for the signer of EF.SOD, as
   * ICAO 9303-12 wants it.
   */
  readonly extendedKeyUsage?: string;
}

/**
 * The certificate of a Document Signer, signed by its CSCA.
 *
 * Spec: ICAO 9303-12 §7.1.1, tables 5 and 6, column "Document Signer"; document types: §7.1.1.6.
 *
 * Extensions: SubjectKeyIdentifier, AuthorityKeyIdentifier, KeyUsage (critical: digitalSignature), PrivateKeyUsagePeriod,
 * SubjectAltName (locality and e-mail), IssuerAltName (as the CSCA states it), CRLDistributionPoints, DocumentTypeList; and
 * ExtKeyUsage (critical) when asked for.
 *
 * @returns DER of the certificate.
 * @throws {RangeError} for options that the profile does not allow, or a certificate that would outlive the CSCA's.
 * @throws {CardwrightError} `SIGNER_MISMATCH` - the CSCA's certificate is for another key than its signer's;
 *   `SIGNER_NOT_YET_VALID`, `SIGNER_EXPIRED` - the CSCA may not sign at `notBefore`; `ALGORITHM_UNSUPPORTED` - of `publicKey`.
 * @throws {MalformedError} when the CSCA's certificate or `publicKey` cannot be read.
 * @example
 * const documentSigner = await issueDocumentSigner({ commonName: "Utopia Document Signer 01", publicKey: signer.publicKey,
 *   issuer: { certificate: csca, signer: cscaSigner }, notBefore, notAfter, privateKeyUsage, documentTypes: ["I"],
 *   crlDistributionPoints: ["https://pki.example/utopia.crl"], contact: "ds@example.org" });
 */
export async function issueDocumentSigner(options: DocumentSignerOptions): Promise<Uint8Array> {
  const { documentTypes, extendedKeyUsage } = options;
  if (documentTypes.length === 0) throw new RangeError("documentTypes must name at least one type");
  return issueSignerCertificate(options, [
    extension("documentTypeList", documentTypes),
    ...(extendedKeyUsage === undefined ? [] : [extension("extKeyUsage", [extendedKeyUsage], true)]),
  ]);
}
