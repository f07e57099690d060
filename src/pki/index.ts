/**
 * The document public-key infrastructure: X.509, CRL and CMS readers, strict or lenient by name, lists, trust, the Signer port.
 * ICAO 9303-12 §4 to §10, RFC 5280 (certificates, revocation lists), RFC 5652 (CMS), RFC 5480 (keys), RFC 5958 (PKCS#8).
 * Leaves out OCSP, delta and indirect revocation lists, and any fetching; issuing is in `pki/issue`.
 * @module
 */

export type { AlgorithmIdentifier, SubjectPublicKeyInfo } from "../asn1/types.js";
export {
  type LegacySignatureAlgorithm,
  type ModernSignatureAlgorithm,
  SIGNATURE_ALGORITHMS,
  type SignatureAlgorithm,
  type SignatureFamily,
} from "../crypto/algorithms.js";
export {
  EcPrivateKey,
  EcPublicKey,
  exportEcScalar,
  generateEcPrivateKey,
  importEcPrivateKey,
  importEcPublicKey,
} from "../crypto/ecdsa.js";
export type { HashName } from "../crypto/hash.js";
export type {
  AnyHashName,
  CurveName,
  RsaPrivateNumbers,
  RsaPss,
  RsaPublicNumbers,
  RsaScheme,
} from "../crypto/primitives.js";
export {
  exportRsaPrivateNumbers,
  generateRsaPrivateKey,
  importRsaPrivateKey,
  importRsaPublicKey,
  type PssRestriction,
  RSA_PKCS1,
  RsaPrivateKey,
  RsaPublicKey,
  rsaPss,
} from "../crypto/rsa.js";
export {
  type Certificate,
  type Extension,
  isSelfIssued,
  type KnownExtensions,
  parseCertificate,
  unknownCriticalExtensions,
} from "./certificate.js";
export { CertificateCache } from "./certificate-cache.js";
export { type CertificateIndex, indexCertificate } from "./certificate-index.js";
export {
  type Attribute,
  CMS,
  parseCms,
  type SignedData,
  type SignerIdentifier,
  type SignerInfo,
} from "./cms.js";
export { type CmsRequest, checkSignerKey, checkSignerTime, signCms } from "./cms-sign.js";
export {
  SIGNATURE_CHECKS,
  type SignatureCheck,
  type SignatureFindings,
  type VerifyOptions,
  verifySignedData,
} from "./cms-verify.js";
export { type Crl, parseCrl, verifyCrl } from "./crl.js";
export { type RevokedCertificate, RevokedCertificates } from "./crl-entries.js";
export {
  CRL_ENTRY_EXTENSION,
  CRL_EXTENSION,
  REVOCATION_REASONS,
  type RevocationReason,
} from "./crl-extensions.js";
export {
  ALL_DEPARTURES,
  DEPARTURES,
  type Departure,
  type DepartureCode,
  type ReadingOptions,
} from "./departures.js";
export {
  DEVIATION,
  type Deviation,
  type DeviationDescription,
  type DeviationDocuments,
  type DeviationList,
  type DeviationListContent,
  ID_DEVIATION_LIST,
  ID_DEVIATION_LIST_SIGNER,
  parseDeviationList,
} from "./deviation-list.js";
export { encodeEcdsaSignature, parseEcdsaSignature } from "./ecdsa-signature.js";
export {
  type AlternativeName,
  type BasicConstraints,
  EXTENSION,
  KEY_USAGES,
  type KeyUsage,
  localityOf,
  type PrivateKeyUsagePeriod,
} from "./extensions.js";
export type { Finding, FindingStatus } from "./finding.js";
export { type Ldif, type LdifProblem, type LdifValue, parseLdif } from "./ldif.js";
export {
  ID_MASTER_LIST,
  ID_MASTER_LIST_SIGNER,
  type MasterList,
  parseMasterList,
  parseMasterListContent,
} from "./master-list.js";
export { attributeOf, commonNameOf, countryOf, NAME, type Name, type NameAttribute, nameToString } from "./name.js";
export { matchNames, type NameMatch } from "./name-match.js";
export { allFromPem, fromPem, toPem } from "./pem.js";
export { encodePkcs8, parsePkcs8 } from "./pkcs8.js";
export {
  type CurveParametersForm,
  encodeRsaSpki,
  encodeSpki,
  ID_EC_PUBLIC_KEY,
  isSamePublicKey,
  type PublicKey,
  type PublicKeyForm,
  publicKeyForm,
  publicKeyFromSpki,
  signatureLength,
} from "./public-key.js";
export {
  type CertificateRequest,
  type CertificateRequestOptions,
  createCertificateRequest,
  parseCertificateRequest,
  verifyCertificateRequest,
} from "./request.js";
export { DEFAULT_REVOCATION, type RevocationPolicy } from "./revocation.js";
export {
  encodeSignatureValue,
  type SignatureAlgorithmName,
  signatureAlgorithmIdentifier,
} from "./signature-algorithm.js";
export { memorySignatureCounter, type SignatureCounter, type SyncSignatureCounter } from "./signature-counter.js";
export type { SignedList } from "./signed-list.js";
export {
  type MaybePromise,
  memorySigner,
  type Signer,
  type SyncSigner,
} from "./signer.js";
export {
  OPTIONAL_PATH_CHECKS,
  PATH_CHECKS,
  type PathCheck,
  type PathFindings,
  type SignerPathOptions,
  validateSignerPath,
} from "./signer-path.js";
export { type RotaKey, type RotaSigner, type SignerRota, type SignerRotaOptions, signerRota } from "./signer-rota.js";
export { type PolicySigner, policySigner, type SigningPolicy } from "./signing-policy.js";
export {
  type AnchorOrigin,
  type AnchorSource,
  buildTrustStore,
  findIssuers,
  fingerprintOf,
  type Issuers,
  type KnownCrl,
  type KnownSigner,
  type TrustAnchor,
  type TrustInputs,
  type TrustStore,
  type UnusedInput,
} from "./trust.js";
export {
  examineSignature,
  type SignatureExamination,
  type SignatureHints,
  verifyCertificateSignature,
  verifySignature,
} from "./verify-signature.js";

// CV certificates (BSI TR-03110-3)

export { CVC_ALGORITHMS, type CvcAlgorithm, cvcAlgorithmByOid } from "./cvc/algorithms.js";
export {
  CVC_EXTENSION,
  type CvCertificate,
  type CvCertificateBody,
  type CvcExtension,
  encodeCvCertificate,
  encodeCvCertificateBody,
  extensionValue,
  parseCvCertificate,
} from "./cvc/certificate.js";
export {
  CVC_CHECKS,
  type CvcCertificateFindings,
  type CvcChain,
  type CvcChainReport,
  type CvcCheck,
  type EffectiveAuthorization,
  verifyCvcChain,
} from "./cvc/chain.js";
export {
  buildChat,
  type Chat,
  type ChatDescription,
  type CvcRole,
  effectiveChat,
  grantedRights,
  rightsOf,
  roleOf,
  terminalTypeByOid,
} from "./cvc/chat.js";
export type { CvcTrustPoint } from "./cvc/checks.js";
export { type CvcDate, isCvcDate } from "./cvc/date.js";
export {
  type CvCertificateOptions,
  type CvcaOptions,
  type CvcHolder,
  type CvcIssuer,
  createCvca,
  createCvcaLink,
  issueCvCertificate,
} from "./cvc/issue.js";
export {
  CV_REQUEST_CHECKS,
  type CvRequestCheck,
  type CvRequestOptions,
  createCvRequest,
  issueFromCvRequest,
  verifyCvRequest,
} from "./cvc/issue-request.js";
export {
  type CvcDomainParameters,
  type CvcEcPublicKey,
  type CvcPublicKey,
  type CvcRsaPublicKey,
  cvcPublicKeyFromSpki,
} from "./cvc/public-key.js";
export { type HolderReference, parseHolderReference } from "./cvc/reference.js";
export {
  type CvRequest,
  type CvRequestBody,
  encodeCvRequest,
  type OuterSignature,
  parseCvRequest,
} from "./cvc/request.js";
export { TERMINAL_TYPES, type TerminalType, type TerminalTypeName } from "./cvc/terminal-types.js";
export { verifyCvcSignature } from "./cvc/verify.js";
