/**
 * Issuing for a document public-key infrastructure: country signing CA, Document Signer, revocation, master and deviation lists.
 * ICAO 9303-12 §7.1 (profiles, tables 5, 6, 9 and 10), §9 and §10, RFC 5280.
 * Leaves out link certificates and the profiles of list signers; keys are in a `Signer`.
 * @module
 */
export type { SubjectOptions } from "./certificate.js";
export { type CrlOptions, issueCrl } from "./crl.js";
export { type CscaOptions, issueCsca } from "./csca.js";
export { type DeviationListOptions, issueDeviationList } from "./deviation-list.js";
export { type DocumentSignerOptions, issueDocumentSigner } from "./document-signer.js";
export { issueMasterList, type MasterListOptions } from "./master-list.js";
export type { ListSignerOptions } from "./signed-list.js";
