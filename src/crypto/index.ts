/**
 * Cryptography under the protocols: hash, AES and CMAC, key derivation, curves and ECDSA; DES and SHA-1 in `legacy/`.
 * ICAO 9303-11 §9.7, FIPS 180-4, 186-5 and 197, SP 800-38B and 800-108, ISO 9797-1; one backend behind `#primitives`.
 * Leaves out key custody (ports of `pki` and `gp`), DER of keys and signatures (`pki`), and any choice of provider.
 * @module
 */
export { AesCmac, aesCbcDecrypt, aesCbcEncrypt, aesCmac, aesEncryptBlock, aesKcv } from "./aes.js";
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
  curveByParameters,
  type ExplicitCurveParameters,
} from "./curves.js";
export {
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
export { anyHashByOid, hashAny, SHA1, sha1 } from "./legacy/sha1.js";
export { padIso, unpadIso } from "./padding.js";
export type { AnyHashName, CurveName } from "./primitives.js";
