/**
 * What a crypto backend provides. Resolved at import through `#primitives`: `primitives-node.ts` under Node,
 * `primitives-noble.ts` elsewhere. Synchronous; both agree byte for byte (one conformance suite runs over both).
 *
 * A backend calculates and nothing else: lengths and ranges are checked once, in `aes.ts`, `ecdsa.ts` and `rsa.ts`, before it is
 * called. Every result is a plain `Uint8Array` with memory of its own.
 */

/** Hash functions a backend offers; SHA-1 is reached through `legacy/` only. */
export type AnyHashName = "SHA-1" | "SHA-224" | "SHA-256" | "SHA-384" | "SHA-512";

/** Elliptic curves by their name in the table of `curves.ts`. */
export type CurveName =
  | "P-192"
  | "P-224"
  | "P-256"
  | "P-384"
  | "P-521"
  | "brainpoolP192r1"
  | "brainpoolP224r1"
  | "brainpoolP256r1"
  | "brainpoolP320r1"
  | "brainpoolP384r1"
  | "brainpoolP512r1";

/** An ECDSA private key held by a backend; nothing of it can be printed. */
export interface BackendPrivateKey {
  /**
   * ECDSA over `message`, as r‖s, each as long as the order of the curve.
   * Low and high s both occur, as ICAO 9303 and X.509 allow; whether two signatures over one message are equal is the
   * backend's choice (OpenSSL draws k at random, noble derives it by RFC 6979).
   */
  sign(hash: AnyHashName, message: Uint8Array): Uint8Array;
}

/** An ECDSA public key held by a backend. */
export interface BackendPublicKey {
  /** Whether `signature` (r‖s) over `message` is good; false for anything malformed, never an exception. */
  verify(hash: AnyHashName, message: Uint8Array, signature: Uint8Array): boolean;
}

/** RSASSA-PSS (RFC 8017 §8.1) with MGF1. */
export interface RsaPss {
  readonly scheme: "PSS";
  /** Hash function of MGF1; that of the message unless a document says otherwise. */
  readonly mgfHash: AnyHashName;
  /** Bytes of salt, exactly. */
  readonly saltLength: number;
}

/** How an RSA signature is padded: RSASSA-PKCS1-v1_5 (RFC 8017 §8.2) or RSASSA-PSS. */
export type RsaScheme = { readonly scheme: "PKCS1-v1_5" } | RsaPss;

/** The numbers of an RSA public key: unsigned, big-endian, without leading zeros. */
export interface RsaPublicNumbers {
  readonly modulus: Uint8Array;
  readonly publicExponent: Uint8Array;
}

/** The numbers of an RSA private key with two primes, by the names of RFC 8017 appendix A.1.2; form as in {@link RsaPublicNumbers}. */
export interface RsaPrivateNumbers extends RsaPublicNumbers {
  readonly privateExponent: Uint8Array;
  readonly prime1: Uint8Array;
  readonly prime2: Uint8Array;
  readonly exponent1: Uint8Array;
  readonly exponent2: Uint8Array;
  readonly coefficient: Uint8Array;
}

/** An RSA private key held by a backend. */
export interface BackendRsaPrivateKey {
  /**
   * Signature as long as the modulus; the salt of PSS is the system's random, its MGF1 takes the hash of the message.
   * @throws {RangeError} when the modulus is too short for hash and salt, or the numbers are no RSA key after all.
   */
  sign(hash: AnyHashName, message: Uint8Array, scheme: RsaScheme): Uint8Array;
}

/** An RSA public key held by a backend. */
export interface BackendRsaPublicKey {
  /** Whether `signature` over `message` is good; false for anything malformed, never an exception. */
  verify(hash: AnyHashName, message: Uint8Array, signature: Uint8Array, scheme: RsaScheme): boolean;
  /** RSAVP1: signature^e mod n, as long as the modulus. `signature` is as long and less than the modulus. */
  recover(signature: Uint8Array): Uint8Array;
}

/**
 * AES encryption under one key for many messages, such as those of a secure session; nothing of the key can be printed. Not used after
 * `close`, which lets go of the key: it is overwritten where the platform allows.
 */
export interface BackendAesEncryption {
  /**
   * CBC with zero IV and without padding, of a block or more; of a single block this is AES itself.
   *
   * For speed, against what holds elsewhere: the first block of `data` may be overwritten, and the result may be of the platform's own
   * kind, such as a Buffer, so it must not be handed on as it is.
   *
   * @param first - The first block, where it is not in `data`.
   */
  encrypt(data: Uint8Array, first?: Uint8Array): Uint8Array;
  close(): void;
}

/** The other way round. */
export interface BackendAesDecryption {
  /** CBC without padding. */
  decrypt(iv: Uint8Array, data: Uint8Array): Uint8Array;
  close(): void;
}

/** The one seam between cardwright and a platform's cryptography. */
export interface Primitives {
  readonly backend: "node" | "noble";
  hash(name: AnyHashName, data: Uint8Array): Uint8Array;
  /** The same into `out` from `at` on, where there is room. */
  hashInto(name: AnyHashName, data: Uint8Array, out: Uint8Array, at: number): void;
  /** AES-CBC without padding; key 16, 24 or 32 bytes, iv 16, data a multiple of 16. */
  aesCbcEncrypt(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array;
  aesCbcDecrypt(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array;
  /** Key 16, 24 or 32 bytes, copied. */
  aesEncryption(key: Uint8Array): BackendAesEncryption;
  aesDecryption(key: Uint8Array): BackendAesDecryption;
  /** Uncompressed point 04‖x‖y of scalar·G. */
  ecPublicPoint(curve: CurveName, scalar: Uint8Array): Uint8Array;
  /** `scalar` is handed over: the backend may keep the array itself, so that wiping it wipes the key where that is possible. */
  ecPrivateKey(curve: CurveName, scalar: Uint8Array): BackendPrivateKey;
  /**
   * `point` is 04‖x‖y; other forms and infinity never come here (a backend may take them).
   * @throws {RangeError} when the point is not on the curve.
   */
  ecPublicKey(curve: CurveName, point: Uint8Array): BackendPublicKey;
  /**
   * The point 02 or 03‖x as 04‖x‖y.
   * @throws {RangeError} when no point of the curve has this x.
   */
  ecDecompress(curve: CurveName, point: Uint8Array): Uint8Array;
  /**
   * scalar·point as 04‖x‖y. The scalar is from 1 to n - 1 and as long as the order; the point is 04‖x‖y.
   * @throws {RangeError} when the point is not on the curve.
   */
  ecMultiply(curve: CurveName, scalar: Uint8Array, point: Uint8Array): Uint8Array;
  /** The x-coordinate of that, as long as the prime; throws alike. */
  ecSharedX(curve: CurveName, scalar: Uint8Array, point: Uint8Array): Uint8Array;
  /** base^exponent mod modulus, as long as the modulus: a prime of 512 bits or more, with 1 < base < modulus - 1. */
  modPow(base: Uint8Array, exponent: Uint8Array, modulus: Uint8Array): Uint8Array;
  /**
   * The numbers of a new key with public exponent 65537.
   * @throws {CardwrightError} `ALGORITHM_UNSUPPORTED` where the platform makes no RSA keys.
   */
  rsaGenerate(bits: number): RsaPrivateNumbers;
  /** The numbers fit together; they are handed over like the scalar of `ecPrivateKey`. */
  rsaPrivateKey(numbers: RsaPrivateNumbers): BackendRsaPrivateKey;
  /** The modulus is odd and has 1024 to 8192 bits; the exponent is odd, 3 or more, and below 2^64. */
  rsaPublicKey(numbers: RsaPublicNumbers): BackendRsaPublicKey;
}
