/**
 * A signer over a key of the Web Cryptography API, in browsers and Node, which may be non-extractable.
 * W3C Web Cryptography API §20 to §23 (RSASSA-PKCS1-v1_5, RSA-PSS, ECDSA).
 * Leaves out curves and hash functions that the API does not have: brainpool, SHA-224.
 * @module
 */
import { CardwrightError } from "../errors.js";
import { type CurveParametersForm, encodeRsaSpki, encodeSpki, publicKeyFromSpki } from "../pki/public-key.js";
import { algorithmRow, type SignatureAlgorithmName, type Signer } from "../pki/signer.js";

/** What is used of a CryptoKey. */
export interface WebCryptoKey {
  readonly type: string;
  readonly algorithm: object;
  readonly usages: readonly string[];
}

/** What is used of SubtleCrypto: `globalThis.crypto.subtle` fits. */
export interface WebCryptoSubtle {
  /** Signs data with a key. */
  sign(algorithm: WebCryptoAlgorithm, key: WebCryptoKey, data: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer>;
  /** DER of a public key. */
  exportKey(format: "spki", key: WebCryptoKey): Promise<ArrayBuffer>;
}

/** Parameters of one signature. */
export interface WebCryptoAlgorithm {
  readonly name: string;
  /** Of ECDSA. */
  readonly hash: string;
  /** Of RSA-PSS, in bytes. */
  readonly saltLength: number;
}

/** A key pair, as `subtle.generateKey` gives it, and how it is to be used. */
export interface WebCryptoSignerOptions {
  /** With the usage `sign`; it may be non-extractable. */
  readonly privateKey: WebCryptoKey;
  /** Its public key, extractable, or DER of SubjectPublicKeyInfo. */
  readonly publicKey: WebCryptoKey | Uint8Array;
  /** How the signer's `publicKey` states a curve: `explicit`, as ICAO 9303-12 §4.1.6.3 wants it, unless told otherwise. */
  readonly curveParameters?: CurveParametersForm;
  /** The algorithm to prefer: on a curve the hash function is free. */
  readonly algorithm?: SignatureAlgorithmName;
}

const EC_ALGORITHMS: Readonly<Record<string, readonly SignatureAlgorithmName[]>> = {
  "P-256": ["ECDSA-SHA256", "ECDSA-SHA384", "ECDSA-SHA512"],
  "P-384": ["ECDSA-SHA384", "ECDSA-SHA512", "ECDSA-SHA256"],
  "P-521": ["ECDSA-SHA512", "ECDSA-SHA384", "ECDSA-SHA256"],
};

/** Names of the API's RSA algorithms, with the beginning of ours; the hash function is the key's. */
const RSA_ALGORITHMS: Readonly<Record<string, string>> = { "RSASSA-PKCS1-v1_5": "RSA", "RSA-PSS": "RSASSA-PSS" };

/**
 * A signer over a key of the Web Cryptography API.
 *
 * Spec: W3C Web Cryptography API §20.8, §21.4, §23.7; ECDSA answers with r‖s as it is.
 *
 * @param subtle - Where the key lives: `crypto.subtle`.
 * @returns A signer whose `sign` answers with a promise. It offers what the key can: all SHA-2 but SHA-224 on a curve, and for RSA the
 *   one scheme and hash function that the key was made for.
 * @throws {TypeError} when a key is not what it should be: no private key, without the usage `sign`, another public key's kind.
 * @throws {RangeError} when the key is not for `options.algorithm`.
 * @throws {CardwrightError} `ALGORITHM_UNSUPPORTED` - another kind of key or another size than 2048 to 8192 bits; SHA-1.
 * @example
 * const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
 * const signer = await webCryptoSigner(crypto.subtle, pair);
 */
export async function webCryptoSigner(subtle: WebCryptoSubtle, options: WebCryptoSignerOptions): Promise<Signer> {
  const { privateKey, publicKey } = options;
  if (privateKey.type !== "private" || !privateKey.usages.includes("sign")) {
    throw new TypeError("webCryptoSigner: privateKey must be a private key with the usage sign");
  }
  const spki =
    publicKey instanceof Uint8Array
      ? publicKey
      : new Uint8Array(await subtle.exportKey("spki", checkedPublic(publicKey)));
  const key = publicKeyFromSpki(spki);
  const { name, namedCurve, hash } = privateKey.algorithm as {
    readonly name: string;
    readonly namedCurve?: string;
    readonly hash?: { readonly name: string };
  };
  const offered = key.kind === "EC" ? ecAlgorithms(name, namedCurve, key.curve) : rsaAlgorithms(name, hash?.name);
  const preferred = options.algorithm ?? (offered[0] as SignatureAlgorithmName);
  if (!offered.includes(preferred)) {
    throw new RangeError(`webCryptoSigner: the key is for ${offered.join(", ")}, not ${preferred}`);
  }
  return {
    // RSA keys of the API do not say in SubjectPublicKeyInfo for which scheme they are, and neither does this.
    publicKey:
      key.kind === "EC" ? encodeSpki(key.curve, key.point, options.curveParameters) : encodeRsaSpki(key, key.pss),
    algorithms: [preferred, ...offered.filter((other) => other !== preferred)],
    async sign(message, algorithm) {
      if (!offered.includes(algorithm)) {
        throw new RangeError(`the signer offers ${offered.join(", ")}, not ${algorithm}`);
      }
      const row = algorithmRow(algorithm);
      const parameters = { name, hash: row.hash, saltLength: DIGEST_BYTES[row.hash] as number };
      return new Uint8Array(await subtle.sign(parameters, privateKey, Uint8Array.from(message)));
    },
  };
}

const DIGEST_BYTES: Readonly<Record<string, number>> = { "SHA-224": 28, "SHA-256": 32, "SHA-384": 48, "SHA-512": 64 };

function checkedPublic(key: WebCryptoKey): WebCryptoKey {
  if (key.type === "public") return key;
  throw new TypeError("webCryptoSigner: publicKey must be a public key");
}

function ecAlgorithms(name: string, curve: string | undefined, ofPublicKey: string): readonly SignatureAlgorithmName[] {
  if (curve !== ofPublicKey)
    throw new TypeError("webCryptoSigner: the private key is on another curve than the public");
  const offered = name === "ECDSA" ? EC_ALGORITHMS[curve] : undefined;
  if (offered === undefined) throw unsupported(`${name} on ${curve}`);
  return offered;
}

function rsaAlgorithms(name: string, hash: string | undefined): readonly SignatureAlgorithmName[] {
  const family = RSA_ALGORITHMS[name];
  if (hash === undefined)
    throw new TypeError("webCryptoSigner: the private key is no RSA key, but the public key is one");
  if (family === undefined || hash === "SHA-1" || DIGEST_BYTES[hash] === undefined)
    throw unsupported(`${name}, ${hash}`);
  return [`${family}-${hash.replace("-", "")}` as SignatureAlgorithmName];
}

function unsupported(what: string): CardwrightError {
  return new CardwrightError(
    "ALGORITHM_UNSUPPORTED",
    `${what}: use a key for ECDSA, RSA-PSS or RSASSA-PKCS1-v1_5 with SHA-256, SHA-384 or SHA-512.`,
  );
}
