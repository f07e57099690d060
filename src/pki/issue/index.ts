/**
 * Issuing the certificates of a document public-key infrastructure: country signing CA and Document Signer.
 * ICAO 9303-12 §7.1.1 (certificate profiles, tables 5 and 6), RFC 5280.
 * Leaves out link certificates, master and deviation list signers, revocation lists, and RSA keys; keys are in a `Signer`.
 * @module
 */
export type { SubjectOptions } from "./certificate.js";
export { type CscaOptions, issueCsca } from "./csca.js";
export { type DocumentSignerOptions, issueDocumentSigner } from "./document-signer.js";
