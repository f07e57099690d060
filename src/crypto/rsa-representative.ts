import { fromBigInt, toBigInt } from "./bigint.js";
import { exportRsaPrivateNumbers, type RsaPrivateKey } from "./rsa.js";
import { decryptBlinded } from "./rsa-bigint.js";
import { wipeNumbers } from "./rsa-numbers.js";

/**
 * RSASP1: block^d mod n, for schemes that put the message into the signature (ISO 9796-2 of active authentication). The platform's
 * RSA pads by itself, so this is arithmetic of bigint, blinded and checked, whose time is not constant: for virtual chips.
 *
 * Spec: RFC 8017 §5.2.1.
 *
 * @param block - Less than the modulus; big-endian.
 * @returns A new array as long as the modulus.
 * @throws {RangeError} when the block is not less than the modulus.
 * @throws {TypeError} when the key has been wiped.
 */
export function rsaSignRepresentative(key: RsaPrivateKey, block: Uint8Array): Uint8Array {
  const m = toBigInt(block);
  if (m >= toBigInt(key.modulus)) throw new RangeError("rsaSignRepresentative: the block is not less than the modulus");
  const numbers = exportRsaPrivateNumbers(key);
  try {
    return fromBigInt(decryptBlinded(numbers, m), key.modulus.length);
  } finally {
    wipeNumbers(numbers);
  }
}
