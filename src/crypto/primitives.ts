/**
 * What a crypto backend provides. Resolved at import through `#primitives`: `primitives-node.ts` under Node,
 * `primitives-noble.ts` elsewhere. Synchronous; both agree byte for byte (one conformance suite runs over both).
 *
 * A backend calculates and nothing else: lengths and ranges are checked once, in `aes.ts` and `ecdsa.ts`, before it is
 * called. Every result is a plain `Uint8Array` with memory of its own.
 */

/** Hash functions a backend offers; SHA-1 is reached through `legacy/` only. */
export type AnyHashName = "SHA-1" | "SHA-224" | "SHA-256" | "SHA-384" | "SHA-512";

/** Elliptic curves by their name in the table of `curves.ts`. */
export type CurveName = "P-256" | "P-384" | "P-521";

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

/** The one seam between cardwright and a platform's cryptography. */
export interface Primitives {
  readonly backend: "node" | "noble";
  hash(name: AnyHashName, data: Uint8Array): Uint8Array;
  /** AES-CBC without padding; key 16, 24 or 32 bytes, iv 16, data a multiple of 16. */
  aesCbcEncrypt(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array;
  aesCbcDecrypt(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array;
  /** Uncompressed point 04‖x‖y of scalar·G. */
  ecPublicPoint(curve: CurveName, scalar: Uint8Array): Uint8Array;
  /** `scalar` is handed over: the backend may keep the array itself, so that wiping it wipes the key where that is possible. */
  ecPrivateKey(curve: CurveName, scalar: Uint8Array): BackendPrivateKey;
  /**
   * `point` is 04‖x‖y; other forms and infinity never come here (a backend may take them).
   * @throws {RangeError} when the point is not on the curve.
   */
  ecPublicKey(curve: CurveName, point: Uint8Array): BackendPublicKey;
}
