import { wipe } from "../bytes/bytes.js";
import { systemRandom } from "../bytes/random.js";
import { bitLength, fromBigInt, inverse, powPublic, powSecret, toBigInt } from "./bigint.js";
import type { BackendRsaPrivateKey, BackendRsaPublicKey, RsaPrivateNumbers, RsaPublicNumbers } from "./primitives.js";
import { encodePkcs1, encodePss, type HashTable, verifyBlock } from "./rsa-encoding.js";

/** RSAVP1 (RFC 8017 §5.2.2) on a signature that is as long as the modulus and less than it. */
function recoverBlock({ modulus, publicExponent }: RsaPublicNumbers, signature: Uint8Array): Uint8Array {
  const m = powPublic(toBigInt(signature), toBigInt(publicExponent), toBigInt(modulus));
  return fromBigInt(m, modulus.length);
}

/** Verification where the platform has no RSA: nothing in it is secret. */
export function bigintRsaPublicKey(numbers: RsaPublicNumbers, hashes: HashTable): BackendRsaPublicKey {
  const recover = (signature: Uint8Array) => recoverBlock(numbers, signature);
  return {
    recover,
    verify: (name, message, signature, scheme) =>
      verifyBlock(recover, numbers.modulus, hashes, name, message, signature, scheme),
  };
}

/**
 * Signing where the platform has no RSA. Arithmetic of bigint takes time by its values, so what is exponentiated is blinded
 * with a fresh random number; and what comes out of the Chinese remainders is checked before it leaves, because one wrong
 * half would give away a prime (Boneh, DeMillo, Lipton 1997).
 */
export function bigintRsaPrivateKey(numbers: RsaPrivateNumbers, hashes: HashTable): BackendRsaPrivateKey {
  const { modulus } = numbers;
  return {
    sign(name, message, scheme) {
      const hash = hashes(name);
      const digest = hash.digest(message);
      const block =
        scheme.scheme === "PSS"
          ? encodePss(digest, systemRandom(scheme.saltLength), bitLength(modulus), hash, hashes(scheme.mgfHash))
          : encodePkcs1(name, digest, modulus.length);
      if (block === undefined) throw new RangeError("sign: the modulus is too short for this hash and salt");
      return fromBigInt(decryptBlinded(numbers, toBigInt(block)), modulus.length);
    },
  };
}

/** @internal RSASP1 (RFC 8017 §5.2.1, second form), blinded and checked. */
export function decryptBlinded(numbers: RsaPrivateNumbers, m: bigint): bigint {
  const n = toBigInt(numbers.modulus);
  const e = toBigInt(numbers.publicExponent);
  const [p, q] = [toBigInt(numbers.prime1), toBigInt(numbers.prime2)];
  const [r, unblind] = blinding(n, numbers.modulus.length);
  const blinded = (m * powPublic(r, e, n)) % n;
  const s1 = powSecret(blinded, toBigInt(numbers.exponent1), p);
  const s2 = powSecret(blinded, toBigInt(numbers.exponent2), q);
  const h = ((((s1 - s2) % p) + p) * toBigInt(numbers.coefficient)) % p;
  const s = ((s2 + q * h) * unblind) % n;
  if (powPublic(s, e, n) !== m) throw new RangeError("sign: the numbers of the private key are no RSA key");
  return s;
}

/** A random number below n and its inverse; next to every number has one. */
function blinding(n: bigint, length: number): readonly [bigint, bigint] {
  for (;;) {
    const bytes = systemRandom(length);
    const r = toBigInt(bytes) % n;
    wipe(bytes);
    const unblind = r === 0n ? undefined : inverse(r, n);
    if (unblind !== undefined) return [r, unblind];
  }
}
