import type { AlgorithmIdentifier } from "../asn1/types.js";
import type { SignatureAlgorithm } from "../crypto/algorithms.js";
import { curveByName } from "../crypto/curves.js";
import { verifyPkcs1WithoutNull } from "../crypto/legacy/rsa.js";
import type { AnyHashName } from "../crypto/primitives.js";
import { CardwrightError, MalformedError } from "../errors.js";
import type { Certificate } from "./certificate.js";
import { parseEcdsaSignature } from "./ecdsa-signature.js";
import { type PublicKey, publicKeyFromSpki } from "./public-key.js";
import { type SignatureScheme, signatureSchemeOf } from "./signature-algorithm.js";

export { hasNoParameters } from "./pss-parameters.js";

/** What else is known about a signature. */
export interface SignatureHints {
  /**
   * Hash function that is stated apart from the signature algorithm (digestAlgorithm of CMS): needed where the algorithm is
   * that of the key (rsaEncryption, id-ecPublicKey), and not looked at otherwise.
   */
  readonly digest?: AnyHashName;
}

/** What a signature was found to be. */
export interface SignatureExamination {
  /** As {@link verifySignature}, but true also for the departures that are listed. */
  readonly good: boolean | undefined;
  /** Tolerances that were needed: `digestInfoWithoutNull`, a PKCS#1 v1.5 block whose hash function has no NULL parameters. */
  readonly departures: readonly "digestInfoWithoutNull"[];
  /** The algorithm, when it is offered. */
  readonly algorithm?: SignatureAlgorithm;
}

/** @internal The row of a signature algorithm; undefined when it is not offered, or its parameters are malformed. */
export function rowOf(algorithm: AlgorithmIdentifier, hints: SignatureHints = {}): SignatureAlgorithm | undefined {
  try {
    return signatureSchemeOf(algorithm, hints.digest)?.row;
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}

/**
 * Whether a signature of X.509 or CMS over `message` is good.
 *
 * Spec: RFC 5758 §3.2 and RFC 3279 §2.2.3 (ECDSA), RFC 4055 §3 and §5 (RSA), TR-03111 §5.2.1 (plain ECDSA).
 *
 * @param key - The signer's key: DER of SubjectPublicKeyInfo, or what `publicKeyFromSpki` made of it. The latter saves the
 *   larger half of the time where one key verifies much.
 * @param algorithm - As stated beside the signature; parameters absent or NULL, but for RSASSA-PSS.
 * @param signature - DER of Ecdsa-Sig-Value, or the octets of RSA.
 * @returns true when good; false when bad, a malformed key or signature and a key of another kind included; undefined when the
 *   algorithm, or the key's curve or size, is not offered: then nothing was checked.
 * @example
 * verifySignature(spki, { algorithm: "1.2.840.10045.4.3.2" }, message, signature) === true;
 */
export function verifySignature(
  key: Uint8Array | PublicKey,
  algorithm: AlgorithmIdentifier,
  message: Uint8Array,
  signature: Uint8Array,
  hints: SignatureHints = {},
): boolean | undefined {
  return answer(() => {
    const scheme = signatureSchemeOf(algorithm, hints.digest);
    return scheme && isGood(publicKeyOf(key), scheme, message, signature);
  });
}

/**
 * Like {@link verifySignature}, and takes what programs in the field take too, by name.
 *
 * @example
 * const { good, departures } = examineSignature(certificate.spkiRaw, algorithm, message, signature);
 */
export function examineSignature(
  key: Uint8Array | PublicKey,
  algorithm: AlgorithmIdentifier,
  message: Uint8Array,
  signature: Uint8Array,
  hints: SignatureHints = {},
): SignatureExamination {
  const row = rowOf(algorithm, hints);
  const stated = row === undefined ? {} : { algorithm: row };
  const good = verifySignature(key, algorithm, message, signature, hints);
  if (good !== false || row?.family !== "RSA") return { good, departures: [], ...stated };
  const tolerated = answer(() => {
    const ownKey = publicKeyOf(key);
    return ownKey.kind === "RSA" && verifyPkcs1WithoutNull(ownKey, row.hash, message, signature);
  });
  return { good: tolerated, departures: tolerated === true ? ["digestInfoWithoutNull"] : [], ...stated };
}

/**
 * Whether the certificate carries a good signature by the key of its issuer. Names, validity and purpose are not looked at.
 *
 * Spec: RFC 5280 §6.1.3 (a)(1).
 *
 * @param issuerKey - The issuer's key: `issuer.spkiRaw`, or what `publicKeyFromSpki` made of it.
 * @returns As {@link verifySignature}: undefined, which is not good, when the algorithm is not offered.
 * @example
 * verifyCertificateSignature(documentSigner, csca.spkiRaw) === true;
 */
export function verifyCertificateSignature(
  certificate: Certificate,
  issuerKey: Uint8Array | PublicKey,
): boolean | undefined {
  return verifySignature(issuerKey, certificate.signatureAlgorithm, certificate.tbsRaw, certificate.signature);
}

function publicKeyOf(key: Uint8Array | PublicKey): PublicKey {
  return key instanceof Uint8Array ? publicKeyFromSpki(key) : key;
}

function isGood(key: PublicKey, { row, rsa }: SignatureScheme, message: Uint8Array, signature: Uint8Array): boolean {
  const { family, hash } = row;
  if (key.kind === "RSA")
    return (family === "RSA" || family === "RSASSA-PSS") && key.verify(hash, message, signature, rsa);
  if (family === "ECDSA-PLAIN") return key.verify(hash, message, signature);
  if (family !== "ECDSA") return false;
  return key.verify(hash, message, parseEcdsaSignature(signature, curveByName(key.curve).bytes));
}

/** What is malformed is bad, and what is not offered is not checked. */
function answer(check: () => boolean | undefined): boolean | undefined {
  try {
    return check();
  } catch (error) {
    if (error instanceof MalformedError) return false;
    if (error instanceof CardwrightError && error.code === "ALGORITHM_UNSUPPORTED") return undefined;
    throw error;
  }
}
