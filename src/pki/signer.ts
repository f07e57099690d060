import type { ModernSignatureAlgorithm } from "../crypto/algorithms.js";
import { SIGNATURE_ALGORITHMS } from "../crypto/algorithms.js";
import { curveByName } from "../crypto/curves.js";
import type { EcPrivateKey } from "../crypto/ecdsa.js";
import { type CurveParametersForm, encodeSpki } from "./public-key.js";

/** Names of the algorithms that new signatures are made with: ECDSA with the hash function that is named. */
export type SignatureAlgorithmName = "ECDSA-SHA256" | "ECDSA-SHA384" | "ECDSA-SHA512";

/** A value that may be there at once or come later. */
export type MaybePromise<T> = T | Promise<T>;

/**
 * Custody of one signing key: in memory, in a file, in a security module. It takes the message and gives the signature; the
 * key never leaves it.
 *
 * Spec: ICAO 9303-12 §4.1.6.3 (ECDSA); plain format r‖s of TR-03111 §5.2.1.
 *
 * An implementation makes a signature that `publicKey` verifies, for each of `algorithms`, the preferred one first, and may
 * answer at once or with a promise.
 */
export interface Signer {
  /** DER of SubjectPublicKeyInfo, with the curve stated as certificates are to state it. */
  readonly publicKey: Uint8Array;
  /** What the key signs with, the preferred algorithm first; never empty. */
  readonly algorithms: readonly SignatureAlgorithmName[];
  /** r‖s over `message` (which is hashed by the signer), each as long as the order of the curve. */
  sign(message: Uint8Array, algorithm: SignatureAlgorithmName): MaybePromise<Uint8Array>;
}

/** A {@link Signer} that always answers at once. */
export interface SyncSigner extends Signer {
  sign(message: Uint8Array, algorithm: SignatureAlgorithmName): Uint8Array;
}

const NAMES: readonly SignatureAlgorithmName[] = ["ECDSA-SHA256", "ECDSA-SHA384", "ECDSA-SHA512"];

/** @internal The row of an algorithm for new signatures. */
export function algorithmRow(name: SignatureAlgorithmName): ModernSignatureAlgorithm {
  for (const row of SIGNATURE_ALGORITHMS) if (row.name === name && !row.legacy) return row;
  throw new RangeError(`${JSON.stringify(name)} is no algorithm for new signatures; take one of ${NAMES.join(", ")}`);
}

/**
 * A signer over a key in memory: for tests, demonstrations and small issuers.
 *
 * @param key - Kept, not copied: wiping it ends the signer.
 * @param options.curveParameters - How `publicKey` states the curve: `explicit`, which ICAO 9303-12 §4.1.6.3 demands of CSCA and
 *   Document Signer, unless told otherwise; `named` for programs that refuse that (OpenSSL's -x509_strict).
 * @returns A signer whose preferred algorithm has a hash function as long as the curve: SHA-256 for P-256, SHA-384 for
 *   P-384, SHA-512 for P-521. `sign` throws a RangeError for an algorithm that is not in `algorithms`.
 * @example
 * const signer = memorySigner(generateEcPrivateKey("P-256"));
 * const signature = signer.sign(message, "ECDSA-SHA256"); // r‖s, 64 bytes
 */
export function memorySigner(
  key: EcPrivateKey,
  options: { readonly curveParameters?: CurveParametersForm } = {},
): SyncSigner {
  const { bits } = curveByName(key.curve);
  const preferred: SignatureAlgorithmName =
    bits <= 256 ? "ECDSA-SHA256" : bits <= 384 ? "ECDSA-SHA384" : "ECDSA-SHA512";
  return {
    publicKey: encodeSpki(key.curve, key.point, options.curveParameters),
    algorithms: [preferred, ...NAMES.filter((name) => name !== preferred)],
    sign: (message, algorithm) => key.sign(algorithmRow(algorithm).hash, message),
  };
}
