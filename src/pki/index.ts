/**
 * The document public-key infrastructure: strict X.509 reader, CMS SignedData over opaque content, trust stores, the Signer port.
 * ICAO 9303-12 §4 to §7, RFC 5280 (certificates), RFC 5652 (CMS), RFC 5480 (keys), RFC 5958 (PKCS#8).
 * Leaves out revocation, RSA signatures (answered as not checked), BER, and any fetching; issuing is in `pki/issue`.
 * @module
 */

export type { AlgorithmIdentifier, SubjectPublicKeyInfo } from "../asn1/types.js";
export {
  EcPrivateKey,
  EcPublicKey,
  exportEcScalar,
  generateEcPrivateKey,
  importEcPrivateKey,
  importEcPublicKey,
} from "../crypto/ecdsa.js";
export type { HashName } from "../crypto/hash.js";
export type { AnyHashName, CurveName } from "../crypto/primitives.js";
export {
  type Certificate,
  type Extension,
  isSelfIssued,
  type KnownExtensions,
  parseCertificate,
} from "./certificate.js";
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
  verifySignedData,
} from "./cms-verify.js";
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
export { attributeOf, commonNameOf, countryOf, NAME, type Name, type NameAttribute, nameToString } from "./name.js";
export { allFromPem, fromPem, toPem } from "./pem.js";
export { encodePkcs8, parsePkcs8 } from "./pkcs8.js";
export { type CurveParametersForm, encodeSpki, ID_EC_PUBLIC_KEY, publicKeyFromSpki } from "./public-key.js";
export {
  type MaybePromise,
  memorySigner,
  type SignatureAlgorithmName,
  type Signer,
  type SyncSigner,
} from "./signer.js";
export { PATH_CHECKS, type PathCheck, type PathFindings, validateSignerPath } from "./signer-path.js";
export { buildTrustStore, findIssuers, type TrustStore } from "./trust.js";
export { verifyCertificateSignature, verifySignature } from "./verify-signature.js";
