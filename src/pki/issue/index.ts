/**
 * Issuing for a document public-key infrastructure: country signing CA, its links, signers, holders, revocation and other lists.
 * ICAO 9303-12 §7.1 (profiles, tables 5, 6, 9 and 10), §9 and §10, RFC 5280, RFC 2986.
 * Leaves out communication certificates, LDS2 and bar code signers; keys are in a `Signer`.
 * @module
 */
export type { IssuerOptions } from "./authority.js";
export type { SubjectOptions } from "./certificate.js";
export { type CrlOptions, issueCrl } from "./crl.js";
export { type CscaOptions, issueCsca } from "./csca.js";
export { type CscaLinkOptions, issueCscaLink } from "./csca-link.js";
export { type DeviationListOptions, issueDeviationList } from "./deviation-list.js";
export { type DocumentSignerOptions, issueDocumentSigner } from "./document-signer.js";
export { type HolderCertificateOptions, type HolderPurpose, issueHolderCertificate } from "./holder.js";
export { issueDeviationListSigner, issueMasterListSigner, type ListSignerCertificateOptions } from "./list-signer.js";
export { issueMasterList, type MasterListOptions } from "./master-list.js";
export type { ListSignerOptions } from "./signed-list.js";
export type { SignerCertificateOptions } from "./signer-certificate.js";
