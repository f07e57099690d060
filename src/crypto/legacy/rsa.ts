import { equalBytes } from "../../bytes/bytes.js";
import type { AnyHashName, RsaPublicNumbers } from "../primitives.js";
import { type PssRestriction, RsaPublicKey } from "../rsa.js";
import { encodePkcs1 } from "../rsa-encoding.js";
import { hashAny } from "./sha1.js";

/** Bits of the shortest modulus of documents in the field. */
const LEAST_LEGACY_BITS = 1024;

/**
 * Like `importRsaPublicKey`, for keys from 1024 bits on, behind a fence: they can be broken, so that a signature which
 * verifies with one is weak evidence, and its use is a finding of the report.
 *
 * @throws {RangeError} as `importRsaPublicKey`, but from 1024 bits.
 */
export function importLegacyRsaPublicKey(numbers: RsaPublicNumbers, pss?: PssRestriction): RsaPublicKey {
  return new RsaPublicKey(numbers, LEAST_LEGACY_BITS, pss);
}

/**
 * Whether an RSASSA-PKCS1-v1_5 signature is good whose DigestInfo leaves the NULL parameters out, and in everything else is
 * as it should be. Signatures so made exist (the ICAO master list of September 2023); OpenSSL refuses them, RFC 8017
 * appendix B.1 asks verifiers for tolerance. That it was needed is a finding.
 *
 * Spec: RFC 8017 §8.2.2 with appendix B.1. Pinned by the "MissingNull" cases of Wycheproof.
 *
 * @returns false for a signature with NULL parameters, which `RsaPublicKey.verify` takes.
 */
export function verifyPkcs1WithoutNull(
  key: RsaPublicKey,
  hash: AnyHashName,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (key.pss !== undefined) return false;
  const block = key.recover(signature);
  const expected = encodePkcs1(hash, hashAny(hash, message), key.modulus.length, false);
  return block !== undefined && expected !== undefined && equalBytes(block, expected);
}
