import {
  constants,
  createCipheriv,
  createDecipheriv,
  createDiffieHellman,
  createECDH,
  createPrivateKey,
  createPublicKey,
  sign as cryptoSign,
  verify as cryptoVerify,
  type DiffieHellman,
  diffieHellman,
  ECDH,
  generateKeyPairSync,
  hash,
  type KeyObject,
  publicDecrypt,
} from "node:crypto";
import { concatBytes, EMPTY, equalBytes, fromHex, toHex, wipe } from "../bytes/bytes.js";
import { fromBigInt, powSecret, toBigInt } from "./bigint.js";
import { curveByName } from "./curves.js";
import { recoverY } from "./point-recovery.js";
import type {
  AnyHashName,
  BackendAesDecryption,
  BackendAesEncryption,
  CurveName,
  Primitives,
  RsaScheme,
} from "./primitives.js";
import { type HashTable, isRepresentative, verifyBlock } from "./rsa-encoding.js";

/** OpenSSL's names of the hash functions, with the bytes of a digest. */
const HASH: Readonly<Record<AnyHashName, { readonly openssl: string; readonly size: number }>> = {
  "SHA-1": { openssl: "sha1", size: 20 },
  "SHA-224": { openssl: "sha224", size: 28 },
  "SHA-256": { openssl: "sha256", size: 32 },
  "SHA-384": { openssl: "sha384", size: 48 },
  "SHA-512": { openssl: "sha512", size: 64 },
};

const AES_BLOCK = 16;
const ZERO_IV = new Uint8Array(AES_BLOCK);
const AES_CBC: Readonly<Record<number, string>> = { 16: "aes-128-cbc", 24: "aes-192-cbc", 32: "aes-256-cbc" };

function digestOf(name: AnyHashName, data: Uint8Array): Uint8Array {
  const digest = new Uint8Array(HASH[name].size);
  digestInto(name, data, digest, 0);
  return digest;
}

function digestInto(name: AnyHashName, data: Uint8Array, out: Uint8Array, at: number): void {
  const { openssl, size } = HASH[name];
  // A digest asked for as a one-byte-a-character string and copied out costs half of one asked for as a Buffer:
  // the small Uint8Array lives on the JavaScript heap, a Buffer needs an allocation outside it.
  const text = hash(openssl, data, "binary");
  for (let i = 0; i < size; i++) out[at + i] = text.charCodeAt(i);
}

const hashFunction: HashTable = (name) => ({ size: HASH[name].size, digest: (data) => digestOf(name, data) });

/** The OpenSSL backend: synchronous node:crypto, with every key parsed once and kept as a KeyObject. */
export const primitives: Primitives = {
  backend: "node",

  hash: digestOf,
  hashInto: digestInto,

  aesCbcEncrypt(key, iv, data) {
    const cipher = createCipheriv(AES_CBC[key.length] as string, key, iv);
    cipher.setAutoPadding(false);
    // Without padding and with whole blocks, update gives everything and final would give nothing.
    return plain(cipher.update(data));
  },

  aesCbcDecrypt(key, iv, data) {
    const decipher = createDecipheriv(AES_CBC[key.length] as string, key, iv);
    decipher.setAutoPadding(false);
    return plain(decipher.update(data));
  },

  aesEncryption: keptAesEncryption,
  aesDecryption: keptAesDecryption,

  ecPublicPoint(curve, scalar) {
    const ecdh = createECDH(curveByName(curve).openssl);
    ecdh.setPrivateKey(scalar);
    return plain(ecdh.getPublicKey());
  },

  ecPrivateKey(curve, scalar) {
    const { oid } = curveByName(curve);
    // ECPrivateKey (SEC 1 §C.4) without the public key, which OpenSSL derives.
    const sec1 = der(0x30, fromHex("020101"), der(0x04, scalar), der(0xa0, derOid(oid)));
    const keyObject = createPrivateKey({ key: sec1 as Buffer, format: "der", type: "sec1" });
    wipe(sec1);
    const key = { key: keyObject, dsaEncoding: "ieee-p1363" } as const;
    return { sign: (name, message) => plain(cryptoSign(HASH[name].openssl, message, key)) };
  },

  ecPublicKey(curve, point) {
    const { oid, bytes } = curveByName(curve);
    let keyObject: KeyObject;
    try {
      keyObject = ecPublicKeyObject(oid, point);
    } catch (cause) {
      throw new RangeError(`ecPublicKey: the point is not on ${curve}`, { cause });
    }
    const key = { key: keyObject, dsaEncoding: "ieee-p1363" } as const;
    return {
      verify: (name, message, signature) =>
        signature.length === 2 * bytes && cryptoVerify(HASH[name].openssl, message, key, signature),
    };
  },

  ecDecompress(curve, point) {
    try {
      const uncompressed = ECDH.convertKey(point, curveByName(curve).openssl, undefined, undefined, "uncompressed");
      return plain(uncompressed as Buffer);
    } catch (cause) {
      throw new RangeError(`ecDecompress: the point is not on ${curve}`, { cause });
    }
  },

  ecMultiply(curve, scalar, point) {
    const row = curveByName(curve);
    const shared = sharedXOf(curve, point);
    // ECDH gives the x-coordinate alone; that of (scalar + 1)·point says which y belongs to it.
    const x = shared(scalar);
    const next = plusOne(scalar);
    const following = equalBytes(next, fromHex(row.n)) ? undefined : shared(next);
    wipe(next);
    return recoverY(row, point, x, following);
  },

  ecSharedX: (curve, scalar, point) => sharedXOf(curve, point)(scalar),

  modPow(base, exponent, modulus) {
    const name = toHex(modulus);
    let dh = moduli.get(name);
    if (dh === undefined) {
      dh = createDiffieHellman(modulus, 2);
      moduli.set(name, dh);
    }
    dh.setPrivateKey(exponent);
    let secret: Uint8Array = EMPTY;
    try {
      secret = plain(dh.computeSecret(base));
    } catch {
      // See below: Node 20 throws, Node 22 gives no bytes.
    } finally {
      dh.setPrivateKey(Uint8Array.of(1)); // lets go of the exponent
    }
    if (secret.length === modulus.length) return secret;
    // OpenSSL takes 1 and p - 1 for no shared secret; as powers they are good, of bases that nobody keeps secret.
    return fromBigInt(powSecret(toBigInt(base), toBigInt(exponent), toBigInt(modulus)), modulus.length);
  },

  rsaGenerate(bits) {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: bits, publicExponent: 0x10001 });
    const pkcs1 = privateKey.export({ format: "der", type: "pkcs1" });
    const [, modulus, publicExponent, privateExponent, prime1, prime2, exponent1, exponent2, coefficient] = integersOf(
      pkcs1,
    ) as NineNumbers;
    const numbers = { modulus, publicExponent, privateExponent, prime1, prime2, exponent1, exponent2, coefficient };
    wipe(pkcs1);
    return numbers;
  },

  rsaPrivateKey(numbers) {
    const { modulus, publicExponent, privateExponent, prime1, prime2, exponent1, exponent2, coefficient } = numbers;
    const pkcs1 = derNumbers(
      new Uint8Array(1),
      ...[modulus, publicExponent, privateExponent, prime1, prime2, exponent1, exponent2, coefficient],
    );
    const key = createPrivateKey({ key: pkcs1 as Buffer, format: "der", type: "pkcs1" });
    wipe(pkcs1);
    return {
      sign(name, message, scheme) {
        try {
          return plain(cryptoSign(HASH[name].openssl, message, { key, ...padding(scheme) }));
        } catch (cause) {
          throw new RangeError("sign: the modulus is too short for this hash and salt, or the numbers are no RSA key", {
            cause,
          });
        }
      },
    };
  },

  rsaPublicKey({ modulus, publicExponent }) {
    const pkcs1 = derNumbers(modulus, publicExponent);
    const key = createPublicKey({ key: pkcs1 as Buffer, format: "der", type: "pkcs1" });
    const raw = { key, padding: constants.RSA_NO_PADDING };
    const recover = (signature: Uint8Array) => plain(publicDecrypt(raw, signature));
    return {
      recover,
      verify(name, message, signature, scheme) {
        if (!isRepresentative(signature, modulus)) return false;
        if (scheme.scheme === "PKCS1-v1_5") return cryptoVerify(HASH[name].openssl, message, key, signature);
        // node:crypto has no way to name another hash function for MGF1, and takes lengths of the salt as 32-bit numbers.
        if (scheme.mgfHash !== name || scheme.saltLength > modulus.length) {
          return verifyBlock(recover, modulus, hashFunction, name, message, signature, scheme);
        }
        return cryptoVerify(HASH[name].openssl, message, { key, ...padding(scheme) }, signature);
      },
    };
  },
};

/**
 * A cipher object that is kept, because making one takes longer than encrypting a kilobyte. It goes on from the last block of the message
 * before as its IV; that block xored into the first one begins a message with zero IV.
 */
function keptAesEncryption(key: Uint8Array): BackendAesEncryption {
  const cipher = createCipheriv(AES_CBC[key.length] as string, key, ZERO_IV);
  cipher.setAutoPadding(false);
  const last = new Uint8Array(AES_BLOCK);
  return {
    encrypt(data, first = data) {
      for (let i = 0; i < AES_BLOCK; i++) data[i] = (first[i] as number) ^ (last[i] as number);
      const encrypted = cipher.update(data);
      copyLastBlock(encrypted, last);
      return encrypted;
    },
    close() {
      // Gives nothing, and lets OpenSSL overwrite and free the key.
      cipher.final();
      wipe(last);
    },
  };
}

/** The same for decryption, where the last block of the message before has been xored into the first block of the result. */
function keptAesDecryption(key: Uint8Array): BackendAesDecryption {
  const decipher = createDecipheriv(AES_CBC[key.length] as string, key, ZERO_IV);
  decipher.setAutoPadding(false);
  const last = new Uint8Array(AES_BLOCK);
  return {
    decrypt(iv, data) {
      if (data.length === 0) return new Uint8Array(0);
      const decrypted = decipher.update(data);
      for (let i = 0; i < AES_BLOCK; i++) {
        decrypted[i] = (decrypted[i] as number) ^ (last[i] as number) ^ (iv[i] as number);
      }
      copyLastBlock(data, last);
      return plain(decrypted);
    },
    close() {
      decipher.final();
      wipe(last);
    },
  };
}

function copyLastBlock(from: Uint8Array, to: Uint8Array): void {
  for (let i = 0, at = from.length - AES_BLOCK; i < AES_BLOCK; i++, at++) to[i] = from[at] as number;
}

/** One object for each prime: OpenSSL tests a prime whenever it is given one, for a tenth of a second. */
const moduli = new Map<string, DiffieHellman>();

/**
 * The x-coordinate of scalar·point, for several scalars.
 *
 * An ECDH object multiplies four times for that: it derives the public key, checks the pair, checks the point and agrees. A key object
 * whose public key is given, which may be any as agreeing does not look at it, takes two; but importing it costs more than that
 * on P-256, for which OpenSSL has code of its own.
 *
 * @throws {RangeError} when the point is not on the curve.
 */
function sharedXOf(curve: CurveName, point: Uint8Array): (scalar: Uint8Array) => Uint8Array {
  const { openssl, oid } = curveByName(curve);
  const fail = (cause: unknown): RangeError => new RangeError(`ecMultiply: the point is not on ${curve}`, { cause });
  if (curve === "P-256") {
    const ecdh = createECDH(openssl);
    return (scalar) => {
      ecdh.setPrivateKey(scalar);
      try {
        return plain(ecdh.computeSecret(point));
      } catch (cause) {
        throw fail(cause);
      }
    };
  }
  let publicKey: KeyObject;
  try {
    publicKey = ecPublicKeyObject(oid, point);
  } catch (cause) {
    throw fail(cause);
  }
  const parameters = der(0xa0, derOid(oid));
  const anyPublicKey = der(0xa1, der(0x03, new Uint8Array(1), point));
  return (scalar) => {
    const secret = der(0x04, scalar);
    const sec1 = der(0x30, fromHex("020101"), secret, parameters, anyPublicKey);
    const privateKey = createPrivateKey({ key: sec1 as Buffer, format: "der", type: "sec1" });
    wipe(secret, sec1);
    return plain(diffieHellman({ privateKey, publicKey }));
  };
}

/** Reading the key checks that the point satisfies the curve's equation. */
function ecPublicKeyObject(oid: string, point: Uint8Array): KeyObject {
  const algorithm = der(0x30, derOid("1.2.840.10045.2.1"), derOid(oid));
  const spki = der(0x30, algorithm, der(0x03, new Uint8Array(1), point));
  return createPublicKey({ key: spki as Buffer, format: "der", type: "spki" });
}

/** The number after this one, as long; never called where it would not fit. */
function plusOne(number: Uint8Array): Uint8Array {
  const next = number.slice();
  for (let i = next.length - 1, carry = 1; i >= 0; i--) {
    carry += next[i] as number;
    next[i] = carry & 0xff;
    carry >>= 8;
  }
  return next;
}

function padding(scheme: RsaScheme): { readonly padding: number; readonly saltLength?: number } {
  return scheme.scheme === "PSS"
    ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: scheme.saltLength }
    : { padding: constants.RSA_PKCS1_PADDING };
}

/** SEQUENCE of INTEGER: the keys of PKCS #1 (RFC 8017 appendix A.1). The intermediate copies are wiped. */
function derNumbers(...numbers: readonly Uint8Array[]): Uint8Array {
  const integers = numbers.map((number) =>
    (number[0] as number) >= 0x80 ? der(0x02, new Uint8Array(1), number) : der(0x02, number),
  );
  const key = der(0x30, ...integers);
  wipe(...integers);
  return key;
}

type NineNumbers = readonly [
  ...[Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array],
  ...[Uint8Array, Uint8Array, Uint8Array, Uint8Array],
];

/** Copies of the numbers of a PKCS #1 key, which OpenSSL wrote: SEQUENCE of INTEGER, lengths of up to two bytes. */
function integersOf(key: Uint8Array): readonly Uint8Array[] {
  const numbers: Uint8Array[] = [];
  const content = (at: number): { readonly start: number; readonly end: number } => {
    const first = key[at + 1] as number;
    const start = at + 2 + (first < 0x80 ? 0 : first & 0x7f);
    let length = first < 0x80 ? first : 0;
    for (let i = at + 2; i < start; i++) length = length * 256 + (key[i] as number);
    return { start, end: start + length };
  };
  for (let at = content(0).start; at < key.length; ) {
    const { start, end } = content(at);
    numbers.push(Uint8Array.from(key.subarray(key[start] === 0 && end - start > 1 ? start + 1 : start, end)));
    at = end;
  }
  return numbers;
}

/** The bytes of a Buffer as a plain Uint8Array over the same memory: a Buffer's slice and toString would surprise. */
function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}

/** One DER element; contents of up to 65,535 bytes, which covers keys of 8192 bits. */
function der(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const body = concatBytes(...contents);
  const header =
    body.length < 0x80
      ? [tag, body.length]
      : body.length < 0x100
        ? [tag, 0x81, body.length]
        : [tag, 0x82, body.length >> 8, body.length & 0xff];
  const element = concatBytes(Uint8Array.from(header), body);
  wipe(body);
  return element;
}

function derOid(oid: string): Uint8Array {
  const [first = 0, second = 0, ...arcs] = oid.split(".").map(Number);
  const body = [40 * first + second];
  for (const arc of arcs) {
    const digits = [arc & 0x7f];
    for (let rest = arc >> 7; rest > 0; rest >>= 7) digits.unshift((rest & 0x7f) | 0x80);
    body.push(...digits);
  }
  return der(0x06, Uint8Array.from(body));
}
