import { oid } from "../../asn1/oid.js";
import { OBJECT_IDENTIFIER } from "../../asn1/types.js";
import { fromHex } from "../../bytes/bytes.js";
import { type CurveParameters, curveByName, curveByParameters } from "../../crypto/curves.js";
import { EncodeError, MalformedError } from "../../errors.js";
import type { Codec } from "../../tlv/codec.js";
import { mapped } from "../../tlv/file.js";
import { octets } from "../../tlv/leaves.js";
import { opt, req, struct } from "../../tlv/struct.js";
import { publicKeyFromSpki } from "../public-key.js";
import { type CvcAlgorithm, cvcAlgorithmByOid } from "./algorithms.js";

/** The curve of a key, spelled out. Numbers are unsigned and big-endian, as they stand. */
export interface CvcDomainParameters {
  /** Prime modulus. */
  readonly p: Uint8Array;
  readonly a: Uint8Array;
  readonly b: Uint8Array;
  /** Base point, uncompressed: 04‖x‖y. */
  readonly g: Uint8Array;
  /** Order of the base point. */
  readonly n: Uint8Array;
  /** Cofactor; may be missing. */
  readonly h?: Uint8Array;
}

/** An elliptic-curve key in a CV certificate. */
export interface CvcEcPublicKey {
  /** Algorithm, dotted; see `CVC_ALGORITHMS`. */
  readonly oid: string;
  /** Missing in DV and terminal certificates, which inherit those of their CVCA. */
  readonly domain?: CvcDomainParameters;
  /** Public point, uncompressed: 04‖x‖y. */
  readonly point: Uint8Array;
}

/** An RSA key in a CV certificate. Numbers are unsigned and big-endian, as they stand. */
export interface CvcRsaPublicKey {
  /** Algorithm, dotted; see `CVC_ALGORITHMS`. */
  readonly oid: string;
  readonly modulus: Uint8Array;
  readonly exponent: Uint8Array;
}

/** A public key in a CV certificate. */
export type CvcPublicKey = CvcEcPublicKey | CvcRsaPublicKey;

/** Whether the key is one on an elliptic curve. */
export const isEcKey = (key: CvcPublicKey): key is CvcEcPublicKey => "point" in key;

/** Both kinds share their tags: 81 is the prime of the field, or the modulus; 82 the coefficient a, or the exponent. */
const objects = struct({
  oid: req(OBJECT_IDENTIFIER, oid()),
  first: opt(0x81, octets(1)),
  second: opt(0x82, octets(1)),
  b: opt(0x83, octets(1)),
  g: opt(0x84, octets(1)),
  n: opt(0x85, octets(1)),
  point: opt(0x86, octets(1)),
  h: opt(0x87, octets(1)),
});

/**
 * Content of 7F49. A public point makes it an elliptic-curve key, whose domain parameters are all there or all missing.
 *
 * Spec: ICAO 9303-12 tables 15 and 16, TR-03110-3 D.3. Leading zero bytes of numbers are kept, because requests in the field
 * have them; the checks tell.
 */
export const cvcPublicKey: Codec<CvcPublicKey> = mapped(
  objects,
  (key: CvcPublicKey) => {
    if (typeof key !== "object" || key === null) throw new EncodeError("expected a public key");
    if (!isEcKey(key)) return { oid: key.oid, first: key.modulus, second: key.exponent };
    const { oid: algorithm, point, domain } = key;
    if (domain === undefined) return { oid: algorithm, point };
    const { p, a, ...others } = domain;
    return { oid: algorithm, first: p, second: a, ...others, point };
  },
  ({ oid: algorithm, first, second, b, g, n, point, h }, at) => {
    const domain = [first, second, b, g, n];
    if (point === undefined) {
      if (first === undefined || second === undefined || [b, g, n, h].some((part) => part !== undefined)) {
        throw new MalformedError("BAD_VALUE", "neither a key with a public point nor modulus and exponent", at);
      }
      return { oid: algorithm, modulus: first, exponent: second };
    }
    if (first !== undefined && second !== undefined && b !== undefined && g !== undefined && n !== undefined) {
      return { oid: algorithm, domain: { p: first, a: second, b, g, n, ...(h !== undefined && { h }) }, point };
    }
    if (domain.some((part) => part !== undefined) || h !== undefined) {
      throw new MalformedError("BAD_VALUE", "some of the domain parameters are missing", at);
    }
    return { oid: algorithm, point };
  },
);

/** The curve that domain parameters describe; undefined when it is none of `CURVES`. A cofactor must be 1. */
export function curveOf(domain: CvcDomainParameters): CurveParameters | undefined {
  const { h } = domain;
  const row = curveByParameters(domain);
  return row !== undefined && (h === undefined || (h.length === 1 && h[0] === row.h)) ? row : undefined;
}

/** Domain parameters of a curve, numbers without leading zero bytes (ICAO 9303-12 §7.2.3.1.1). */
export function domainParametersOf(row: CurveParameters): CvcDomainParameters {
  const [p, a, b, n] = [row.p, row.a, row.b, row.n].map((hex) => fromHex(hex.replace(/^(00)+/, ""))) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  return { p, a, b, g: fromHex(row.g), n, h: Uint8Array.of(row.h) };
}

/** @internal Whether a number in the key has leading zero bytes, which 9303-12 §7.2.3.1.1 does not allow. */
export function hasLeadingZeros(key: CvcPublicKey): boolean {
  const { p, a, b, n, h } = (isEcKey(key) ? key.domain : undefined) ?? {};
  const numbers = isEcKey(key) ? [p, a, b, n, h] : [key.modulus, key.exponent];
  return numbers.some((number) => number !== undefined && number.length > 1 && number[0] === 0);
}

/**
 * The key of a SubjectPublicKeyInfo, as certificates of its kind state it: domain parameters included.
 *
 * Spec: ICAO 9303-12 §7.2.3.2, TR-03110-3 D.3.
 *
 * @param spki - DER of SubjectPublicKeyInfo: `signer.publicKey`.
 * @param algorithm - What the key signs with: an object identifier of `CVC_ALGORITHMS`, dotted.
 * @throws {RangeError} when the algorithm is none of them or not for that kind of key.
 * @throws {MalformedError} when `spki` cannot be read.
 * @throws {CardwrightError} `ALGORITHM_UNSUPPORTED` - of the key's kind or curve.
 * @example
 * const publicKey = cvcPublicKeyFromSpki(signer.publicKey, "0.4.0.127.0.7.2.2.2.2.3"); // id-TA-ECDSA-SHA-256
 */
export function cvcPublicKeyFromSpki(spki: Uint8Array, algorithm: string): CvcPublicKey {
  const row = cvcAlgorithmByOid(algorithm);
  if (row === undefined) {
    throw new RangeError(`cvcPublicKeyFromSpki: ${JSON.stringify(algorithm)} is none of CVC_ALGORITHMS`);
  }
  const key = publicKeyFromSpki(spki);
  const isEc = key.kind === "EC";
  if ((row.family === "ECDSA") !== isEc || (!isEc && key.pss !== undefined && row.family !== "RSA-PSS")) {
    throw new RangeError(`cvcPublicKeyFromSpki: ${row.name} is not for this kind of key`);
  }
  return isEc
    ? { oid: algorithm, domain: domainParametersOf(curveByName(key.curve)), point: key.point }
    : { oid: algorithm, modulus: key.modulus, exponent: key.publicExponent };
}

/** @internal The key with the domain parameters of its issuer, when it states none itself. */
export function inheriting(key: CvcPublicKey, issuer: CvcPublicKey | undefined): CvcPublicKey {
  if (!isEcKey(key) || key.domain !== undefined || issuer === undefined || !isEcKey(issuer)) return key;
  return issuer.domain === undefined ? key : { ...key, domain: issuer.domain };
}

/** @internal The key without domain parameters, as DV and terminal certificates state it. */
export function withoutDomain(key: CvcPublicKey): CvcPublicKey {
  return isEcKey(key) ? { oid: key.oid, point: key.point } : key;
}

/** @internal The row of the key's algorithm when it is for that kind of key. */
export function algorithmOf(key: CvcPublicKey): CvcAlgorithm | undefined {
  const row = cvcAlgorithmByOid(key.oid);
  return row !== undefined && (row.family === "ECDSA") === isEcKey(key) ? row : undefined;
}
