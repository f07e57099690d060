import { ID_DEVIATION_LIST_SIGNER } from "../deviation-list.js";
import { ID_MASTER_LIST_SIGNER } from "../master-list.js";
import { extension, type SubjectOptions } from "./certificate.js";
import { issueSignerCertificate, type SignerCertificateOptions } from "./signer-certificate.js";

/** What a new signer of lists is to be. */
export interface ListSignerCertificateOptions
  extends SignerCertificateOptions,
    Partial<Pick<SubjectOptions, "privateKeyUsage">> {}

/**
 * The certificate of a master list signer, signed by its CSCA.
 *
 * Spec: ICAO 9303-12 §7.1.1, tables 5 and 6, column "Master List Signer and Deviation List Signer"; §7.1.1.3.
 *
 * Extensions: those of a Document Signer, but no DocumentTypeList, PrivateKeyUsagePeriod only when asked for, and ExtKeyUsage
 * (critical: 2.23.136.1.1.3).
 *
 * @returns DER of the certificate.
 * @throws {RangeError} and others as `issueDocumentSigner`.
 * @example
 * const certificate = await issueMasterListSigner({ commonName: "Utopia Master List Signer", publicKey: signer.publicKey,
 *   issuer: { certificate: csca, signer: cscaSigner }, notBefore, notAfter,
 *   crlDistributionPoints: ["https://pki.example/utopia.crl"], contact: "lists@example.org" });
 */
export async function issueMasterListSigner(options: ListSignerCertificateOptions): Promise<Uint8Array> {
  return issueSignerCertificate(options, [extension("extKeyUsage", [ID_MASTER_LIST_SIGNER], true)]);
}

/**
 * The certificate of a deviation list signer: as {@link issueMasterListSigner}, with 2.23.136.1.1.8 in its ExtKeyUsage.
 *
 * Spec: ICAO 9303-12 §7.1.1, tables 5 and 6; §7.1.1.3.
 *
 * @returns DER of the certificate.
 * @throws {RangeError} and others as `issueDocumentSigner`.
 */
export async function issueDeviationListSigner(options: ListSignerCertificateOptions): Promise<Uint8Array> {
  return issueSignerCertificate(options, [extension("extKeyUsage", [ID_DEVIATION_LIST_SIGNER], true)]);
}
