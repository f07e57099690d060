import { cbc } from "@noble/ciphers/aes.js";
import { type ECDSA, ecdsa, weierstrass } from "@noble/curves/abstract/weierstrass.js";
import { sha1 } from "@noble/hashes/legacy.js";
import { sha224, sha256, sha384, sha512 } from "@noble/hashes/sha2.js";
import { wipe } from "../bytes/bytes.js";
import { CardwrightError } from "../errors.js";
import { fromBigInt, powSecret, toBigInt } from "./bigint.js";
import { curveByName } from "./curves.js";
import type { AnyHashName, CurveName, Primitives } from "./primitives.js";
import { bigintRsaPrivateKey, bigintRsaPublicKey } from "./rsa-bigint.js";
import type { HashTable } from "./rsa-encoding.js";

const HASH: Readonly<Record<AnyHashName, ((data: Uint8Array) => Uint8Array) & { readonly outputLen: number }>> = {
  "SHA-1": sha1,
  "SHA-224": sha224,
  "SHA-256": sha256,
  "SHA-384": sha384,
  "SHA-512": sha512,
};

const hashFunction: HashTable = (name) => ({ size: HASH[name].outputLen, digest: HASH[name] });

const ZERO_IV = new Uint8Array(16);
const UNPADDED = { disablePadding: true } as const;

// The hash is taken by us, so noble must not take it again; and noble accepts only low s by default, which would
// refuse half of all good X.509 and ICAO signatures.
const READY_HASH_ANY_S = { prehash: false, lowS: false } as const;

/** The portable backend, for browsers and workers: noble, with the curves built from the table in `curves.ts`. */
export const primitives: Primitives = {
  backend: "noble",

  hash: (name, data) => HASH[name](data),
  hashInto: (name, data, out, at) => out.set(HASH[name](data), at),

  aesCbcEncrypt: (key, iv, data) => cbc(key, iv, UNPADDED).encrypt(data),

  aesCbcDecrypt: (key, iv, data) => cbc(key, iv, UNPADDED).decrypt(data),

  aesEncryption(key) {
    const own = Uint8Array.from(key);
    return {
      encrypt(data, first) {
        if (first !== undefined) data.set(first);
        return cbc(own, ZERO_IV, UNPADDED).encrypt(data);
      },
      close: () => wipe(own),
    };
  },

  aesDecryption(key) {
    const own = Uint8Array.from(key);
    return { decrypt: (iv, data) => cbc(own, iv, UNPADDED).decrypt(data), close: () => wipe(own) };
  },

  ecPublicPoint: (curve, scalar) => nobleCurve(curve).getPublicKey(scalar, false),

  ecPrivateKey(curve, scalar) {
    const noble = nobleCurve(curve);
    return { sign: (name, message) => noble.sign(HASH[name](message), scalar, READY_HASH_ANY_S) };
  },

  ecPublicKey(curve, point) {
    const noble = nobleCurve(curve);
    const { bytes } = curveByName(curve);
    const own = Uint8Array.from(point);
    try {
      noble.Point.fromBytes(own).assertValidity();
    } catch (cause) {
      throw new RangeError(`ecPublicKey: the point is not on ${curve}`, { cause });
    }
    return {
      verify: (name, message, signature) =>
        signature.length === 2 * bytes && noble.verify(signature, HASH[name](message), own, READY_HASH_ANY_S),
    };
  },

  ecDecompress(curve, point) {
    try {
      return nobleCurve(curve).Point.fromBytes(Uint8Array.from(point)).toBytes(false);
    } catch (cause) {
      throw new RangeError(`ecDecompress: the point is not on ${curve}`, { cause });
    }
  },

  ecMultiply: nobleMultiply,

  ecSharedX: (curve, scalar, point) => nobleMultiply(curve, scalar, point).slice(1, 1 + curveByName(curve).bytes),

  modPow: (base, exponent, modulus) =>
    fromBigInt(powSecret(toBigInt(base), toBigInt(exponent), toBigInt(modulus)), modulus.length),

  rsaGenerate(bits) {
    throw new CardwrightError(
      "ALGORITHM_UNSUPPORTED",
      `RSA keys of ${bits} bits are not made here, because finding primes needs the platform; make the key with Node, OpenSSL or a security module.`,
    );
  },

  rsaPrivateKey: (numbers) => bigintRsaPrivateKey(numbers, hashFunction),

  rsaPublicKey: (numbers) => bigintRsaPublicKey(numbers, hashFunction),
};

function nobleMultiply(curve: CurveName, scalar: Uint8Array, point: Uint8Array): Uint8Array {
  const { Point } = nobleCurve(curve);
  let own: InstanceType<typeof Point>;
  try {
    own = Point.fromBytes(Uint8Array.from(point));
    own.assertValidity();
  } catch (cause) {
    throw new RangeError(`ecMultiply: the point is not on ${curve}`, { cause });
  }
  return own.multiply(toBigInt(scalar)).toBytes(false);
}

const built = new Map<CurveName, ECDSA>();

function nobleCurve(name: CurveName): ECDSA {
  let curve = built.get(name);
  if (curve === undefined) {
    const row = curveByName(name);
    const number = (hex: string): bigint => BigInt(`0x${hex}`);
    const point = weierstrass({
      p: number(row.p),
      n: number(row.n),
      h: BigInt(row.h),
      a: number(row.a),
      b: number(row.b),
      Gx: number(row.g.slice(2, 2 + 2 * row.bytes)),
      Gy: number(row.g.slice(2 + 2 * row.bytes)),
    });
    // The hash here only drives the RFC 6979 derivation of k; what is signed is the hash the caller names.
    curve = ecdsa(point, row.bits > 384 ? sha512 : row.bits > 256 ? sha384 : sha256);
    built.set(name, curve);
  }
  return curve;
}
