import { primitives } from "#primitives";
import { fromHex, toHex, wipe } from "../bytes/bytes.js";
import { type RandomSource, systemRandom } from "../bytes/random.js";
import { curveByName } from "./curves.js";
import { type HashName, hash as hashOf, isModernHash } from "./hash.js";
import type { AnyHashName, BackendPrivateKey, BackendPublicKey, CurveName } from "./primitives.js";
import { isScalar, randomScalar } from "./scalar.js";

/** Reads the scalar out of a key; set by the class, so that nothing but this module can. */
let scalarOf: (key: EcPrivateKey) => Uint8Array;

/**
 * An elliptic-curve private key, ready to sign: the backend has parsed it once.
 *
 * Spec: FIPS 186-5 §6, TR-03111 §4.2.1 (ECDSA).
 *
 * Prints, inspects and serialises as curve and fingerprint, never as its scalar. Made by {@link importEcPrivateKey} and
 * {@link generateEcPrivateKey}.
 *
 * @example
 * const key = generateEcPrivateKey("P-256");
 * const signature = key.sign("SHA-256", message); // r‖s, 64 bytes
 * importEcPublicKey(key.curve, key.point).verify("SHA-256", message, signature); // true
 */
export class EcPrivateKey {
  /** Tells it from an RSA key. */
  readonly kind = "EC";
  /** Name of the curve, a row of `CURVES`. */
  readonly curve: CurveName;
  /** Public point, uncompressed: 04‖x‖y. */
  readonly point: Uint8Array;
  readonly #scalar: Uint8Array;
  #backendKey: BackendPrivateKey | undefined;

  static {
    scalarOf = (key) => {
      if (key.#backendKey === undefined) throw new TypeError("exportEcScalar: the key has been wiped");
      return key.#scalar;
    };
  }

  /** See {@link importEcPrivateKey}. */
  constructor(curve: CurveName, scalar: Uint8Array) {
    if (!isScalar(scalar, fromHex(curveByName(curve).n))) {
      throw new RangeError(`importEcPrivateKey: the scalar must be ${curveByName(curve).bytes} bytes, from 1 to n - 1`);
    }
    this.curve = curve;
    this.#scalar = Uint8Array.from(scalar);
    this.point = primitives.ecPublicPoint(curve, this.#scalar);
    this.#backendKey = primitives.ecPrivateKey(curve, this.#scalar);
  }

  /**
   * ECDSA over `message`, which is hashed here.
   *
   * Spec: FIPS 186-5 §6.4; plain format r‖s of TR-03111 §5.2.1.
   *
   * @param hash - Any hash function but SHA-1; one longer than the order of the curve is cut as the standard says.
   * @param message - The message itself, not its hash.
   * @returns A new array: r‖s, each as long as the order of the curve (64 bytes on P-256). s may be high or low.
   * @throws {TypeError} when the key has been wiped.
   * @throws {RangeError} for an unknown hash function, and for SHA-1.
   */
  sign(hash: HashName, message: Uint8Array): Uint8Array {
    if (this.#backendKey === undefined) throw new TypeError("EcPrivateKey: the key has been wiped");
    // Types can be circumvented, and SHA-1 must stay out of new signatures.
    if (!isModernHash(hash)) {
      throw new RangeError(`sign: ${JSON.stringify(hash)} is not a hash function for new signatures`);
    }
    return this.#backendKey.sign(hash, message);
  }

  /** Overwrites the scalar and lets go of the backend's key, which OpenSSL frees later; signing then throws. */
  wipe(): void {
    wipe(this.#scalar);
    this.#backendKey = undefined;
  }

  /** Curve and fingerprint; what `JSON.stringify` writes. */
  toJSON(): { readonly curve: CurveName; readonly fingerprint: string } {
    return { curve: this.curve, fingerprint: fingerprint(this.point) };
  }

  /** Curve and fingerprint in one line. */
  toString(): string {
    return `EcPrivateKey(${this.curve}, ${fingerprint(this.point)})`;
  }

  /** What Node prints for the key. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

/**
 * A private key from its scalar.
 *
 * @param curve - Name of the curve.
 * @param scalar - Big-endian, exactly as long as the order of the curve (32 bytes on P-256), from 1 to n - 1. Copied: wipe
 *   your own.
 * @throws {RangeError} when `scalar` has another length or is out of range, or the curve is unknown.
 * @example
 * const key = importEcPrivateKey("P-256", scalar);
 * wipe(scalar);
 */
export function importEcPrivateKey(curve: CurveName, scalar: Uint8Array): EcPrivateKey {
  return new EcPrivateKey(curve, scalar);
}

/**
 * A new private key, its scalar drawn evenly from 1 to n - 1 by rejection.
 *
 * Spec: FIPS 186-5 appendix A.2.2 (key pair generation by rejection sampling).
 *
 * @param curve - Name of the curve.
 * @param random - Source of the scalar; the system's unless told otherwise.
 * @throws {RangeError} when `random` gives arrays of the wrong length, or nothing in range in 100 draws.
 * @example
 * const activeAuthenticationKey = generateEcPrivateKey("P-256");
 */
export function generateEcPrivateKey(curve: CurveName, random: RandomSource = systemRandom): EcPrivateKey {
  const scalar = randomScalar(curveByName(curve).n, random);
  try {
    return new EcPrivateKey(curve, scalar);
  } finally {
    wipe(scalar);
  }
}

/**
 * A copy of the secret scalar, for writing the key into PKCS#8 or onto a chip and for nothing else.
 *
 * @returns A new array as long as the order of the curve, big-endian. The caller wipes it.
 * @throws {TypeError} when the key has been wiped.
 */
export function exportEcScalar(key: EcPrivateKey): Uint8Array {
  return Uint8Array.from(scalarOf(key));
}

/**
 * An elliptic-curve public key, ready to verify: the backend has parsed it once.
 *
 * Spec: FIPS 186-5 §6.4.2, TR-03111 §4.2.1 (ECDSA). Made by {@link importEcPublicKey}.
 */
export class EcPublicKey {
  /** Tells it from an RSA key. */
  readonly kind = "EC";
  /** Name of the curve, a row of `CURVES`. */
  readonly curve: CurveName;
  /** The point, uncompressed: 04‖x‖y. */
  readonly point: Uint8Array;
  readonly #backendKey: BackendPublicKey;

  /** See {@link importEcPublicKey}. */
  constructor(curve: CurveName, point: Uint8Array) {
    const { bytes } = curveByName(curve);
    if (point.length !== 1 + 2 * bytes || point[0] !== 0x04) {
      throw new RangeError(`importEcPublicKey: a point of ${curve} is 04‖x‖y in ${1 + 2 * bytes} bytes`);
    }
    this.curve = curve;
    this.point = Uint8Array.from(point);
    this.#backendKey = primitives.ecPublicKey(curve, this.point);
  }

  /**
   * Whether an ECDSA signature over `message` is good.
   *
   * @param hash - SHA-1 is accepted, because documents signed with it exist; that it was used is the caller's finding.
   * @param message - The message itself, not its hash.
   * @param signature - r‖s, each as long as the order of the curve. High and low s are accepted.
   * @returns false also for a signature of the wrong length and for r or s out of range.
   */
  verify(hash: AnyHashName, message: Uint8Array, signature: Uint8Array): boolean {
    return this.#backendKey.verify(hash, message, signature);
  }
}

/**
 * A public key from its point.
 *
 * Spec: SEC 1 §2.3.4 and §3.2.2.1 (public key validation; the cofactor of every curve here is 1).
 *
 * @param curve - Name of the curve.
 * @param point - Uncompressed: 04‖x‖y. Compressed and hybrid points and infinity are refused: ICAO 9303-12 §4.1.6.3 and
 *   TR-03110 want uncompressed points. Copied.
 * @throws {RangeError} when the point has another form or is not on the curve, or the curve is unknown.
 * @example
 * const publicKey = importEcPublicKey("P-256", point);
 */
export function importEcPublicKey(curve: CurveName, point: Uint8Array): EcPublicKey {
  return new EcPublicKey(curve, point);
}

/**
 * A compressed point in full. Documents are to have uncompressed points (ICAO 9303-12 §4.1.6.3), so that this is for reading
 * what departs from it.
 *
 * Spec: SEC 1 §2.3.4.
 *
 * @param point - 02 or 03‖x, with x as long as the prime of the curve.
 * @returns A new array, 04‖x‖y.
 * @throws {RangeError} when `point` has another form, or no point of the curve has this x.
 * @example
 * const publicKey = importEcPublicKey("P-256", decompressEcPoint("P-256", compressed));
 */
export function decompressEcPoint(curve: CurveName, point: Uint8Array): Uint8Array {
  const { bytes } = curveByName(curve);
  if (point.length !== 1 + bytes || (point[0] !== 0x02 && point[0] !== 0x03)) {
    throw new RangeError(`decompressEcPoint: a compressed point of ${curve} is 02 or 03‖x in ${1 + bytes} bytes`);
  }
  return primitives.ecDecompress(curve, point);
}

/** First 8 bytes of SHA-256 over the point, as hex. */
function fingerprint(point: Uint8Array): string {
  return toHex(hashOf("SHA-256", point).subarray(0, 8));
}
