import type { AlgorithmIdentifier } from "../asn1/types.js";
import { NULL } from "../asn1/types.js";
import { type SignatureAlgorithm, signatureAlgorithmByOid } from "../crypto/algorithms.js";
import { curveByName } from "../crypto/curves.js";
import type { EcPublicKey } from "../crypto/ecdsa.js";
import { CardwrightError, MalformedError } from "../errors.js";
import type { Certificate } from "./certificate.js";
import { parseEcdsaSignature } from "./ecdsa-signature.js";
import { publicKeyFromSpki } from "./public-key.js";

/** @internal Whether the parameters of an algorithm without parameters are absent or NULL, as RFC 5754 §2 wants accepted. */
export function hasNoParameters({ parameters }: AlgorithmIdentifier): boolean {
  return parameters === undefined || (parameters.length === 2 && parameters[0] === NULL && parameters[1] === 0);
}

/** @internal The row of a signature algorithm; undefined when it is not offered. */
export function rowOf(algorithm: AlgorithmIdentifier): SignatureAlgorithm | undefined {
  return hasNoParameters(algorithm) ? signatureAlgorithmByOid(algorithm.algorithm) : undefined;
}

/**
 * Whether a signature of X.509 or CMS over `message` is good.
 *
 * Spec: RFC 5758 §3.2 and RFC 3279 §2.2.3 (ECDSA).
 *
 * @param spki - DER of the signer's SubjectPublicKeyInfo.
 * @param algorithm - As stated beside the signature; parameters absent or NULL.
 * @param signature - DER of Ecdsa-Sig-Value.
 * @returns true when good; false when bad, a malformed key or signature included; undefined when the algorithm, or the curve of
 *   the key, is not offered: then nothing was checked.
 * @example
 * verifySignature(spki, { algorithm: "1.2.840.10045.4.3.2" }, message, signature) === true;
 */
export function verifySignature(
  spki: Uint8Array,
  algorithm: AlgorithmIdentifier,
  message: Uint8Array,
  signature: Uint8Array,
): boolean | undefined {
  const row = rowOf(algorithm);
  if (row === undefined) return undefined;
  try {
    const key: EcPublicKey = publicKeyFromSpki(spki);
    return key.verify(row.hash, message, parseEcdsaSignature(signature, curveByName(key.curve).bytes));
  } catch (error) {
    if (error instanceof MalformedError) return false;
    if (error instanceof CardwrightError && error.code === "ALGORITHM_UNSUPPORTED") return undefined;
    throw error;
  }
}

/**
 * Whether the certificate carries a good signature by the key of its issuer. Names, validity and purpose are not looked at.
 *
 * Spec: RFC 5280 §6.1.3 (a)(1).
 *
 * @param issuerSpki - DER of the issuer's SubjectPublicKeyInfo: `issuer.spkiRaw`.
 * @returns As {@link verifySignature}: undefined, which is not good, when the algorithm is not offered.
 * @example
 * verifyCertificateSignature(documentSigner, csca.spkiRaw) === true;
 */
export function verifyCertificateSignature(certificate: Certificate, issuerSpki: Uint8Array): boolean | undefined {
  return verifySignature(issuerSpki, certificate.signatureAlgorithm, certificate.tbsRaw, certificate.signature);
}
