import { primitives } from "#primitives";
import { toHex } from "../bytes/bytes.js";
import { bitLength } from "./bigint.js";
import { HASHES, type HashName, hash as hashOf } from "./hash.js";
import type {
  AnyHashName,
  BackendRsaPrivateKey,
  BackendRsaPublicKey,
  RsaPrivateNumbers,
  RsaPss,
  RsaPublicNumbers,
  RsaScheme,
} from "./primitives.js";
import { isRepresentative } from "./rsa-encoding.js";
import { copyOf, fitTogether, publicProblem, significant, wipeNumbers } from "./rsa-numbers.js";

/** Bits of the shortest modulus for new signatures. */
const LEAST_BITS = 2048;

/** RSASSA-PKCS1-v1_5. */
export const RSA_PKCS1: RsaScheme = { scheme: "PKCS1-v1_5" };

/**
 * RSASSA-PSS as it is used for new signatures: MGF1 with the hash function of the message, and a salt as long as its digest.
 *
 * Spec: RFC 8017 §9.1, RFC 4055 §3.1 (the recommended parameters).
 *
 * @example
 * const signature = key.sign("SHA-256", message, rsaPss("SHA-256"));
 */
export function rsaPss(hash: HashName): RsaPss {
  const row = HASHES.find(({ name }) => name === hash);
  if (row === undefined) throw new RangeError(`rsaPss: ${JSON.stringify(hash)} is no hash function for new signatures`);
  return { scheme: "PSS", mgfHash: hash, saltLength: row.size };
}

/** What a key for RSASSA-PSS alone says of its signatures (RFC 4055 §1.2); without `parameters` any of them are good. */
export interface PssRestriction {
  /** Hash functions that must be used, and the shortest salt (RFC 4055 §3.3). */
  readonly parameters?: RsaPss & { readonly hash: AnyHashName };
}

/** Reads the numbers out of a key; set by the class, so that nothing but this module can. */
let numbersOf: (key: RsaPrivateKey) => RsaPrivateNumbers;

/**
 * An RSA private key, ready to sign: the backend has parsed it once.
 *
 * Spec: RFC 8017 §3.2 (two primes) and §8, FIPS 186-5 §5.
 *
 * Prints, inspects and serialises as size and fingerprint, never as its numbers. Made by {@link importRsaPrivateKey}.
 *
 * @example
 * const key = importRsaPrivateKey(numbers);
 * const signature = key.sign("SHA-256", message, rsaPss("SHA-256"));
 * importRsaPublicKey(key).verify("SHA-256", message, signature, rsaPss("SHA-256")); // true
 */
export class RsaPrivateKey {
  /** Tells it from a key on a curve. */
  readonly kind = "RSA";
  /** Bits of the modulus. */
  readonly bits: number;
  /** Unsigned, big-endian, without leading zeros; so is `publicExponent`. */
  readonly modulus: Uint8Array;
  readonly publicExponent: Uint8Array;
  /** There when the key is for RSASSA-PSS alone. */
  readonly pss?: PssRestriction;
  readonly #numbers: RsaPrivateNumbers;
  #backendKey: BackendRsaPrivateKey | undefined;

  static {
    numbersOf = (key) => {
      if (key.#backendKey === undefined) throw new TypeError("exportRsaPrivateNumbers: the key has been wiped");
      return key.#numbers;
    };
  }

  /** See {@link importRsaPrivateKey}. */
  constructor(numbers: RsaPrivateNumbers, pss?: PssRestriction) {
    const own = copyOf(numbers);
    const problem = publicProblem(own, LEAST_BITS) ?? (fitTogether(own) ? undefined : "do not fit together");
    if (problem !== undefined) {
      wipeNumbers(own);
      throw new RangeError(`importRsaPrivateKey: the numbers ${problem}`);
    }
    this.bits = bitLength(own.modulus);
    this.modulus = Uint8Array.from(own.modulus);
    this.publicExponent = Uint8Array.from(own.publicExponent);
    if (pss !== undefined) this.pss = pss;
    this.#numbers = own;
    this.#backendKey = primitives.rsaPrivateKey(own);
  }

  /**
   * A signature over `message`, which is hashed here.
   *
   * Spec: RFC 8017 §8.1.1 and §8.2.1. Where the platform has no RSA, the calculation is blinded and checked, but its time is
   * not constant: sign on a machine that others cannot time, or with a security module.
   *
   * @param hash - Any hash function but SHA-1.
   * @param message - The message itself, not its hash.
   * @param scheme - PSS needs `mgfHash` equal to `hash`.
   * @returns A new array as long as the modulus.
   * @throws {TypeError} when the key has been wiped.
   * @throws {RangeError} for an unknown hash function and for SHA-1, for a salt that the modulus has no room for, and for a
   *   scheme that the key is not for.
   */
  sign(hash: HashName, message: Uint8Array, scheme: RsaScheme): Uint8Array {
    if (this.#backendKey === undefined) throw new TypeError("RsaPrivateKey: the key has been wiped");
    // Types can be circumvented, and SHA-1 must stay out of new signatures.
    if (!HASHES.some((row) => row.name === hash)) {
      throw new RangeError(`sign: ${JSON.stringify(hash)} is not a hash function for new signatures`);
    }
    if (scheme.scheme === "PSS" && (scheme.mgfHash !== hash || !isSaltLength(scheme.saltLength, this.modulus))) {
      throw new RangeError(
        "sign: PSS takes the hash function of the message for MGF1, and a salt that fits the modulus",
      );
    }
    if (this.pss !== undefined && !isAllowed(this.pss, hash, scheme)) {
      throw new RangeError("sign: the key is for RSASSA-PSS alone, with the parameters that it states");
    }
    return this.#backendKey.sign(hash, message, scheme);
  }

  /** Overwrites the numbers and lets go of the backend's key, which OpenSSL frees later; signing then throws. */
  wipe(): void {
    wipeNumbers(this.#numbers);
    this.#backendKey = undefined;
  }

  /** Size and fingerprint; what `JSON.stringify` writes. */
  toJSON(): { readonly bits: number; readonly fingerprint: string } {
    return { bits: this.bits, fingerprint: fingerprint(this.modulus) };
  }

  /** Size and fingerprint in one line. */
  toString(): string {
    return `RsaPrivateKey(${this.bits} bits, ${fingerprint(this.modulus)})`;
  }

  /** What Node prints for the key. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

/**
 * A private key from its numbers, all eight of RFC 8017 appendix A.1.2.
 *
 * That they fit together is checked; that the primes are prime is not.
 *
 * @param numbers - Unsigned, big-endian; leading zeros are allowed. Copied: wipe your own.
 * @param pss - When the key is for RSASSA-PSS alone: with which parameters.
 * @throws {RangeError} when the modulus has less than 2048 or more than 8192 bits, the public exponent is even, below 3 or
 *   2^64 and above, or the numbers do not fit together.
 * @example
 * const key = importRsaPrivateKey(numbers);
 */
export function importRsaPrivateKey(numbers: RsaPrivateNumbers, pss?: PssRestriction): RsaPrivateKey {
  return new RsaPrivateKey(numbers, pss);
}

/**
 * A new private key with two primes and public exponent 65537, made by the platform: under Node only.
 *
 * Spec: FIPS 186-5 §5 and appendix A.1, as OpenSSL does it.
 *
 * @param bits - Size of the modulus, 2048 to 8192, a multiple of 8; 3072 takes about a third of a second.
 * @param pss - When the key is to be for RSASSA-PSS alone: with which parameters.
 * @throws {RangeError} for another size.
 * @throws {CardwrightError} `ALGORITHM_UNSUPPORTED` where the platform makes no RSA keys: in browsers.
 * @example
 * const key = generateRsaPrivateKey(3072);
 */
export function generateRsaPrivateKey(bits: number, pss?: PssRestriction): RsaPrivateKey {
  if (!Number.isInteger(bits) || bits < LEAST_BITS || bits > 8192 || bits % 8 !== 0) {
    throw new RangeError(`generateRsaPrivateKey: bits must be a multiple of 8 from ${LEAST_BITS} to 8192`);
  }
  const numbers = primitives.rsaGenerate(bits);
  try {
    return new RsaPrivateKey(numbers, pss);
  } finally {
    wipeNumbers(numbers);
  }
}

/**
 * A copy of the secret numbers, for writing the key into PKCS#8 and for nothing else.
 *
 * @returns New arrays, big-endian without leading zeros. The caller wipes them.
 * @throws {TypeError} when the key has been wiped.
 */
export function exportRsaPrivateNumbers(key: RsaPrivateKey): RsaPrivateNumbers {
  return copyOf(numbersOf(key));
}

/**
 * An RSA public key, ready to verify: the backend has parsed it once.
 *
 * Spec: RFC 8017 §8.1.2 and §8.2.2. Made by {@link importRsaPublicKey}.
 */
export class RsaPublicKey {
  /** Tells it from a key on a curve. */
  readonly kind = "RSA";
  /** Bits of the modulus. */
  readonly bits: number;
  /** Unsigned, big-endian, without leading zeros; so is `publicExponent`. */
  readonly modulus: Uint8Array;
  readonly publicExponent: Uint8Array;
  /** There when the key is for RSASSA-PSS alone. */
  readonly pss?: PssRestriction;
  readonly #backendKey: BackendRsaPublicKey;

  /** @internal See {@link importRsaPublicKey} and `importLegacyRsaPublicKey`. */
  constructor(numbers: RsaPublicNumbers, leastBits: number, pss?: PssRestriction) {
    const own = { modulus: significant(numbers.modulus), publicExponent: significant(numbers.publicExponent) };
    const problem = publicProblem(own, leastBits);
    if (problem !== undefined) throw new RangeError(`importRsaPublicKey: the numbers ${problem}`);
    this.bits = bitLength(own.modulus);
    this.modulus = own.modulus;
    this.publicExponent = own.publicExponent;
    if (pss !== undefined) this.pss = pss;
    this.#backendKey = primitives.rsaPublicKey(own);
  }

  /**
   * Whether a signature over `message` is good. The padding is made anew and compared as a whole, DigestInfo with NULL
   * parameters included; see `verifyPkcs1WithoutNull` for the other form.
   *
   * @param hash - SHA-1 is accepted, because documents signed with it exist; that it was used is the caller's finding.
   * @param message - The message itself, not its hash.
   * @param signature - Exactly as long as the modulus.
   * @param scheme - PSS with a salt of exactly `saltLength` bytes, and any hash function for MGF1.
   * @returns false also for a signature of the wrong length or out of range, and for a scheme that the key is not for.
   */
  verify(hash: AnyHashName, message: Uint8Array, signature: Uint8Array, scheme: RsaScheme): boolean {
    if (this.pss !== undefined && !isAllowed(this.pss, hash, scheme)) return false;
    if (scheme.scheme === "PSS" && !isSaltLength(scheme.saltLength, this.modulus)) return false;
    return this.#backendKey.verify(hash, message, signature, scheme);
  }

  /**
   * RSAVP1: signature^e mod n, for schemes that recover a message (ISO 9796-2 of active authentication).
   *
   * Spec: RFC 8017 §5.2.2.
   *
   * @returns A new array as long as the modulus; undefined when `signature` has another length or is not below the modulus.
   */
  recover(signature: Uint8Array): Uint8Array | undefined {
    return isRepresentative(signature, this.modulus) ? this.#backendKey.recover(signature) : undefined;
  }
}

/**
 * A public key from modulus and exponent.
 *
 * Spec: FIPS 186-5 §5.1, RFC 8017 §3.1. For old keys of 1024 bits see `importLegacyRsaPublicKey`.
 *
 * @param numbers - Unsigned, big-endian; leading zeros are allowed. Copied.
 * @param pss - When the key is for RSASSA-PSS alone: with which parameters.
 * @throws {RangeError} when the modulus is even, has less than 2048 or more than 8192 bits, or the exponent is even, below 3
 *   or 2^64 and above.
 * @example
 * const publicKey = importRsaPublicKey({ modulus, publicExponent });
 */
export function importRsaPublicKey(numbers: RsaPublicNumbers, pss?: PssRestriction): RsaPublicKey {
  return new RsaPublicKey(numbers, LEAST_BITS, pss);
}

function isAllowed({ parameters }: PssRestriction, hash: AnyHashName, scheme: RsaScheme): boolean {
  if (scheme.scheme !== "PSS") return false;
  if (parameters === undefined) return true;
  const { hash: ownHash, mgfHash, saltLength } = parameters;
  return hash === ownHash && scheme.mgfHash === mgfHash && scheme.saltLength >= saltLength;
}

function isSaltLength(length: number, modulus: Uint8Array): boolean {
  return Number.isInteger(length) && length >= 0 && length < modulus.length;
}

/** First 8 bytes of SHA-256 over the modulus, as hex. */
function fingerprint(modulus: Uint8Array): string {
  return toHex(hashOf("SHA-256", modulus).subarray(0, 8));
}
