import { importEcPublicKey } from "../../crypto/ecdsa.js";
import { HASHES } from "../../crypto/hash.js";
import { importLegacyRsaPublicKey } from "../../crypto/legacy/rsa.js";
import { SHA1 } from "../../crypto/legacy/sha1.js";
import type { AnyHashName, RsaScheme } from "../../crypto/primitives.js";
import { RSA_PKCS1 } from "../../crypto/rsa.js";
import type { CvcAlgorithm } from "./algorithms.js";
import { algorithmOf, type CvcPublicKey, type CvcRsaPublicKey, curveOf, isEcKey } from "./public-key.js";

/**
 * Whether a signature of a CV certificate or request is good.
 *
 * Spec: ICAO 9303-12 §7.2.2.7, 9303-11 §7.1.4.1.1 (RSASSA-PSS with the default parameters) and §7.1.4.2.1 (ECDSA in plain format
 * r‖s); TR-03110-3 A.1.1.3 (PKCS#1 v1.5). SHA-1 and RSA keys from 1024 bits are for verifying only.
 *
 * @param key - Of the signer, with its domain parameters; its object identifier says how it signs.
 * @param message - What is signed: `bodyRaw`, or `outer.signedRaw` of a request.
 * @returns true when good; false when bad, a malformed key or signature included; undefined when the algorithm, or the curve of
 *   the key, is not offered or not stated: then nothing was checked.
 * @example
 * verifyCvcSignature(cvca.publicKey, dv.bodyRaw, dv.signature) === true;
 */
export function verifyCvcSignature(key: CvcPublicKey, message: Uint8Array, signature: Uint8Array): boolean | undefined {
  const algorithm = algorithmOf(key);
  if (algorithm === undefined) return undefined;
  try {
    if (!isEcKey(key)) return verifyRsa(key, algorithm, message, signature);
    const curve = key.domain && curveOf(key.domain);
    return curve && importEcPublicKey(curve.name, key.point).verify(algorithm.hash, message, signature);
  } catch (error) {
    // No point of the curve, no usable modulus: nothing that it signs is good.
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function verifyRsa(
  { modulus, exponent }: CvcRsaPublicKey,
  { family, hash }: CvcAlgorithm,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const scheme: RsaScheme =
    family === "RSA-PSS" ? { scheme: "PSS", mgfHash: hash, saltLength: digestSize(hash) } : RSA_PKCS1;
  return importLegacyRsaPublicKey({ modulus, publicExponent: exponent }).verify(hash, message, signature, scheme);
}

/** The salt is as long as the digest (9303-11 §7.1.4.1.1). */
function digestSize(hash: AnyHashName): number {
  return (HASHES.find(({ name }) => name === hash) ?? SHA1).size;
}
