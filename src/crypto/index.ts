/**
 * Cryptography under the protocols: hash, AES and CMAC, key derivation, curves, ECDSA and RSA signatures; DES, SHA-1, short RSA keys in `legacy/`.
 * ICAO 9303-11 §9.7, FIPS 180-4, 186-5 and 197, RFC 8017, SP 800-38B and 800-108, ISO 9797-1; one backend behind `#primitives`.
 * Leaves out key custody (ports of `pki` and `gp`), DER of keys and signatures (`pki`), and any choice of provider.
 * @module
 */
export { AesCmac, AesKey, aesCbcDecrypt, aesCbcEncrypt, aesCmac, aesEncryptBlock, aesKcv } from "./aes.js";
export {
  type LegacySignatureAlgorithm,
  type ModernSignatureAlgorithm,
  SIGNATURE_ALGORITHMS,
  type SignatureAlgorithm,
  signatureAlgorithmByName,
  signatureAlgorithmByOid,
} from "./algorithms.js";
export { cryptoBackend } from "./backend.js";
export {
  CURVES,
  type CurveParameters,
  curveByName,
  curveByOid,
  curveByParameterId,
  curveByParameters,
  type ExplicitCurveParameters,
} from "./curves.js";
export {
  decompressEcPoint,
  EcPrivateKey,
  EcPublicKey,
  exportEcScalar,
  generateEcPrivateKey,
  importEcPrivateKey,
  importEcPublicKey,
} from "./ecdsa.js";
export { HASHES, type HashAlgorithm, type HashName, hash, hashByOid } from "./hash.js";
export { type IcaoCipher, kdfCounterCmac, kdfIcao } from "./kdf.js";
export { retailMac, TdesKey, tdesCbcDecrypt, tdesCbcEncrypt } from "./legacy/des.js";
export { importLegacyRsaPublicKey, verifyPkcs1WithoutNull } from "./legacy/rsa.js";
export { anyHashByOid, hashAny, SHA1, sha1 } from "./legacy/sha1.js";
export { padIso, unpadIso } from "./padding.js";
export type {
  AnyHashName,
  CurveName,
  RsaPrivateNumbers,
  RsaPss,
  RsaPublicNumbers,
  RsaScheme,
} from "./primitives.js";
export {
  exportRsaPrivateNumbers,
  importRsaPrivateKey,
  importRsaPublicKey,
  type PssRestriction,
  RSA_PKCS1,
  RsaPrivateKey,
  RsaPublicKey,
  rsaPss,
} from "./rsa.js";
