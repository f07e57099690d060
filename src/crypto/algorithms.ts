import type { HashName } from "./hash.js";
import type { AnyHashName } from "./primitives.js";

interface SignatureAlgorithmBase {
  /** Object identifier in an AlgorithmIdentifier, dotted. */
  readonly oid: string;
  /** Name in cardwright, e.g. `ECDSA-SHA256`. */
  readonly name: string;
  /** Kind of key. */
  readonly family: "ECDSA";
}

/** An algorithm fit for new signatures. */
export interface ModernSignatureAlgorithm extends SignatureAlgorithmBase {
  readonly legacy: false;
  readonly hash: HashName;
}

/** An algorithm that is only verified, on documents already issued; its use is a finding. */
export interface LegacySignatureAlgorithm extends SignatureAlgorithmBase {
  readonly legacy: true;
  readonly hash: AnyHashName;
}

/** One row of {@link SIGNATURE_ALGORITHMS}; `legacy` tells the two kinds apart, for the compiler too. */
export type SignatureAlgorithm = ModernSignatureAlgorithm | LegacySignatureAlgorithm;

/**
 * The signature algorithms of X.509 certificates and CMS, as data, one row for each object identifier.
 *
 * Spec: ICAO 9303-12 §4.1.6; RFC 5758 §3.2 (ECDSA with SHA-2), RFC 3279 §2.2.3 (ECDSA with SHA-1).
 */
export const SIGNATURE_ALGORITHMS: readonly SignatureAlgorithm[] = [
  { oid: "1.2.840.10045.4.3.1", name: "ECDSA-SHA224", family: "ECDSA", hash: "SHA-224", legacy: false },
  { oid: "1.2.840.10045.4.3.2", name: "ECDSA-SHA256", family: "ECDSA", hash: "SHA-256", legacy: false },
  { oid: "1.2.840.10045.4.3.3", name: "ECDSA-SHA384", family: "ECDSA", hash: "SHA-384", legacy: false },
  { oid: "1.2.840.10045.4.3.4", name: "ECDSA-SHA512", family: "ECDSA", hash: "SHA-512", legacy: false },
  { oid: "1.2.840.10045.4.1", name: "ECDSA-SHA1", family: "ECDSA", hash: "SHA-1", legacy: true },
];

/** The row of an object identifier (dotted), legacy rows included; undefined for an algorithm that is not offered. */
export function signatureAlgorithmByOid(oid: string): SignatureAlgorithm | undefined {
  return SIGNATURE_ALGORITHMS.find((row) => row.oid === oid);
}

/** The row of a name such as `ECDSA-SHA256`, legacy rows included; undefined for an algorithm that is not offered. */
export function signatureAlgorithmByName(name: string): SignatureAlgorithm | undefined {
  return SIGNATURE_ALGORITHMS.find((row) => row.name === name);
}
