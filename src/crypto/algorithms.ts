import type { HashName } from "./hash.js";
import type { AnyHashName } from "./primitives.js";

/**
 * Kind of a signature algorithm: ECDSA with DER of Ecdsa-Sig-Value, ECDSA with plain r‖s (TR-03111 §5.2.1), RSA with PKCS#1
 * v1.5 padding, and RSASSA-PSS.
 */
export type SignatureFamily = "ECDSA" | "ECDSA-PLAIN" | "RSA" | "RSASSA-PSS";

interface SignatureAlgorithmBase<Family extends SignatureFamily, Name extends AnyHashName> {
  /** Object identifier in an AlgorithmIdentifier, dotted. The rows of RSASSA-PSS share theirs; its parameters tell the hash. */
  readonly oid: string;
  /** Name in cardwright, e.g. `ECDSA-SHA256`. */
  readonly name: string;
  readonly family: Family;
  readonly hash: Name;
}

/** An algorithm fit for new signatures. */
export interface ModernSignatureAlgorithm extends SignatureAlgorithmBase<SignatureFamily, HashName> {
  readonly legacy: false;
}

/** An algorithm that is only verified, on documents already issued; its use is a finding. */
export interface LegacySignatureAlgorithm extends SignatureAlgorithmBase<SignatureFamily, AnyHashName> {
  readonly legacy: true;
}

/** One row of {@link SIGNATURE_ALGORITHMS}; `legacy` tells the two kinds apart, for the compiler too. */
export type SignatureAlgorithm = ModernSignatureAlgorithm | LegacySignatureAlgorithm;

const PSS = "1.2.840.113549.1.1.10";

/**
 * The signature algorithms of X.509 certificates and CMS, as data.
 *
 * Spec: ICAO 9303-12 §4.1.6; RFC 5758 §3.2 (ECDSA with SHA-2), RFC 3279 §2.2.1 and §2.2.3 (with SHA-1), RFC 4055 §3 and §5
 * (RSA), TR-03111 §5.2.1.1 (plain ECDSA).
 */
export const SIGNATURE_ALGORITHMS: readonly SignatureAlgorithm[] = [
  { oid: "1.2.840.10045.4.3.1", name: "ECDSA-SHA224", family: "ECDSA", hash: "SHA-224", legacy: false },
  { oid: "1.2.840.10045.4.3.2", name: "ECDSA-SHA256", family: "ECDSA", hash: "SHA-256", legacy: false },
  { oid: "1.2.840.10045.4.3.3", name: "ECDSA-SHA384", family: "ECDSA", hash: "SHA-384", legacy: false },
  { oid: "1.2.840.10045.4.3.4", name: "ECDSA-SHA512", family: "ECDSA", hash: "SHA-512", legacy: false },
  { oid: "1.2.840.10045.4.1", name: "ECDSA-SHA1", family: "ECDSA", hash: "SHA-1", legacy: true },

  { oid: "0.4.0.127.0.7.1.1.4.1.2", name: "ECDSA-PLAIN-SHA224", family: "ECDSA-PLAIN", hash: "SHA-224", legacy: false },
  { oid: "0.4.0.127.0.7.1.1.4.1.3", name: "ECDSA-PLAIN-SHA256", family: "ECDSA-PLAIN", hash: "SHA-256", legacy: false },
  { oid: "0.4.0.127.0.7.1.1.4.1.4", name: "ECDSA-PLAIN-SHA384", family: "ECDSA-PLAIN", hash: "SHA-384", legacy: false },
  { oid: "0.4.0.127.0.7.1.1.4.1.5", name: "ECDSA-PLAIN-SHA512", family: "ECDSA-PLAIN", hash: "SHA-512", legacy: false },
  { oid: "0.4.0.127.0.7.1.1.4.1.1", name: "ECDSA-PLAIN-SHA1", family: "ECDSA-PLAIN", hash: "SHA-1", legacy: true },

  { oid: "1.2.840.113549.1.1.14", name: "RSA-SHA224", family: "RSA", hash: "SHA-224", legacy: false },
  { oid: "1.2.840.113549.1.1.11", name: "RSA-SHA256", family: "RSA", hash: "SHA-256", legacy: false },
  { oid: "1.2.840.113549.1.1.12", name: "RSA-SHA384", family: "RSA", hash: "SHA-384", legacy: false },
  { oid: "1.2.840.113549.1.1.13", name: "RSA-SHA512", family: "RSA", hash: "SHA-512", legacy: false },
  { oid: "1.2.840.113549.1.1.5", name: "RSA-SHA1", family: "RSA", hash: "SHA-1", legacy: true },
  // sha1WithRSASignature of the OIW, which old software wrote
  { oid: "1.3.14.3.2.29", name: "RSA-SHA1", family: "RSA", hash: "SHA-1", legacy: true },

  { oid: PSS, name: "RSASSA-PSS-SHA224", family: "RSASSA-PSS", hash: "SHA-224", legacy: false },
  { oid: PSS, name: "RSASSA-PSS-SHA256", family: "RSASSA-PSS", hash: "SHA-256", legacy: false },
  { oid: PSS, name: "RSASSA-PSS-SHA384", family: "RSASSA-PSS", hash: "SHA-384", legacy: false },
  { oid: PSS, name: "RSASSA-PSS-SHA512", family: "RSASSA-PSS", hash: "SHA-512", legacy: false },
  { oid: PSS, name: "RSASSA-PSS-SHA1", family: "RSASSA-PSS", hash: "SHA-1", legacy: true },
];

/**
 * The row of an object identifier (dotted), legacy rows included; undefined for an algorithm that is not offered, and for
 * RSASSA-PSS, whose identifier does not say which row it is.
 */
export function signatureAlgorithmByOid(oid: string): SignatureAlgorithm | undefined {
  return oid === PSS ? undefined : SIGNATURE_ALGORITHMS.find((row) => row.oid === oid);
}

/** The row of a name such as `ECDSA-SHA256`, legacy rows included; undefined for an algorithm that is not offered. */
export function signatureAlgorithmByName(name: string): SignatureAlgorithm | undefined {
  return SIGNATURE_ALGORITHMS.find((row) => row.name === name);
}

/** The row of a family and a hash function; every pair has one. */
export function signatureAlgorithmOf(family: SignatureFamily, hash: AnyHashName): SignatureAlgorithm {
  const row = SIGNATURE_ALGORITHMS.find((candidate) => candidate.family === family && candidate.hash === hash);
  if (row === undefined) throw new RangeError(`signatureAlgorithmOf: there is no ${family} with ${hash}`);
  return row;
}
