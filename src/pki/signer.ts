import { curveByName } from "../crypto/curves.js";
import type { EcPrivateKey } from "../crypto/ecdsa.js";
import { RSA_PKCS1, type RsaPrivateKey, rsaPss } from "../crypto/rsa.js";
import { type CurveParametersForm, encodeRsaSpki, encodeSpki } from "./public-key.js";
import { algorithmNames, algorithmRow, type SignatureAlgorithmName } from "./signature-algorithm.js";

export { algorithmRow, type SignatureAlgorithmName } from "./signature-algorithm.js";

/** A value that may be there at once or come later. */
export type MaybePromise<T> = T | Promise<T>;

/**
 * Custody of one signing key: in memory, in a file, in a security module. It takes the message and gives the signature; the
 * key never leaves it.
 *
 * Spec: ICAO 9303-12 §4.1.6; ECDSA in the plain format r‖s of TR-03111 §5.2.1, RSA as in RFC 8017 §8.
 *
 * An implementation makes a signature that `publicKey` verifies, for each of `algorithms`, the preferred one first, and may
 * answer at once or with a promise.
 */
export interface Signer {
  /** DER of SubjectPublicKeyInfo, with the curve stated as certificates are to state it. */
  readonly publicKey: Uint8Array;
  /** What the key signs with, the preferred algorithm first; never empty. */
  readonly algorithms: readonly SignatureAlgorithmName[];
  /**
   * Signature over `message`, which is hashed by the signer: r‖s, each as long as the order of the curve, or for RSA as many
   * bytes as the modulus. RSASSA-PSS has MGF1 with the same hash function, and a salt as long as its digest. The caller may use
   * the array of `message` again once `sign` has returned.
   */
  sign(message: Uint8Array, algorithm: SignatureAlgorithmName): MaybePromise<Uint8Array>;
}

/** A {@link Signer} that always answers at once. */
export interface SyncSigner extends Signer {
  sign(message: Uint8Array, algorithm: SignatureAlgorithmName): Uint8Array;
}

/** Fewest bits of a curve for new signatures: 112 bits of security (NIST SP 800-131A). */
const LEAST_CURVE_BITS = 224;

/**
 * A signer over a key in memory: for tests, demonstrations and small issuers.
 *
 * @param key - Kept, not copied: wiping it ends the signer.
 * @param options.curveParameters - How `publicKey` states the curve: `explicit`, which ICAO 9303-12 §4.1.6.3 demands of CSCA and
 *   Document Signer, unless told otherwise; `named` for programs that refuse that (OpenSSL's -x509_strict).
 * @param options.algorithm - The algorithm to prefer.
 * @returns A signer whose preferred algorithm, unless told otherwise, has the shortest hash function that is not shorter than
 *   the curve, and at least SHA-256; for RSA it is RSASSA-PSS with SHA-256, which ICAO 9303-12 §4.1.6.1 recommends, or what the
 *   key is restricted to. `sign` throws a RangeError for an algorithm that is not in `algorithms`.
 * @throws {RangeError} for a curve of less than 224 bits, and when the key is not for `options.algorithm`.
 * @example
 * const signer = memorySigner(generateEcPrivateKey("P-256"));
 * const signature = signer.sign(message, "ECDSA-SHA256"); // r‖s, 64 bytes
 */
export function memorySigner(
  key: EcPrivateKey | RsaPrivateKey,
  options: { readonly curveParameters?: CurveParametersForm; readonly algorithm?: SignatureAlgorithmName } = {},
): SyncSigner {
  const offered = key.kind === "EC" ? ecAlgorithms(key) : rsaAlgorithms(key);
  const preferred = options.algorithm ?? (offered[0] as SignatureAlgorithmName);
  if (!offered.includes(preferred)) {
    throw new RangeError(`memorySigner: the key is for ${offered.join(", ")}, not ${preferred}`);
  }
  const rows = new Map(offered.map((name) => [name, algorithmRow(name)]));
  return {
    publicKey:
      key.kind === "EC" ? encodeSpki(key.curve, key.point, options.curveParameters) : encodeRsaSpki(key, key.pss),
    algorithms: [preferred, ...offered.filter((name) => name !== preferred)],
    sign(message, algorithm) {
      const row = rows.get(algorithm);
      if (row === undefined) throw new RangeError(`the signer offers ${offered.join(", ")}, not ${algorithm}`);
      const { hash, family } = row;
      if (key.kind === "EC") return key.sign(hash, message);
      return key.sign(hash, message, family === "RSA" ? RSA_PKCS1 : rsaPss(hash));
    },
  };
}

/** What a key on a curve signs with, the preferred algorithm first. */
function ecAlgorithms({ curve }: EcPrivateKey): readonly SignatureAlgorithmName[] {
  const { bits } = curveByName(curve);
  if (bits < LEAST_CURVE_BITS) {
    throw new RangeError(`memorySigner: ${curve} is too short for new signatures; take one from 224 bits on`);
  }
  const preferred: SignatureAlgorithmName =
    bits <= 256 ? "ECDSA-SHA256" : bits <= 384 ? "ECDSA-SHA384" : "ECDSA-SHA512";
  // SHA-224 last: it is allowed, and nobody should come upon it by accident.
  const [shortest, ...longer] = algorithmNames("ECDSA");
  return [preferred, ...longer.filter((name) => name !== preferred), shortest as SignatureAlgorithmName];
}

function rsaAlgorithms({ pss }: RsaPrivateKey): readonly SignatureAlgorithmName[] {
  if (pss?.parameters !== undefined) {
    const { hash, mgfHash, saltLength } = pss.parameters;
    const names = algorithmNames("RSASSA-PSS").filter((name) => algorithmRow(name).hash === hash);
    const fits = (name: SignatureAlgorithmName) => {
      const scheme = rsaPss(algorithmRow(name).hash);
      return scheme.mgfHash === mgfHash && scheme.saltLength >= saltLength;
    };
    const fitting = names.filter(fits);
    if (fitting.length > 0) return fitting;
    throw new RangeError("memorySigner: the key is restricted to parameters that are not used for new signatures");
  }
  const [shortest, ...longer] = algorithmNames("RSASSA-PSS");
  const last = shortest as SignatureAlgorithmName;
  if (pss !== undefined) return [...longer, last];
  const [shortestV15, ...longerV15] = algorithmNames("RSA");
  return [...longer, ...longerV15, last, shortestV15 as SignatureAlgorithmName];
}
