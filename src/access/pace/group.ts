import { concatBytes, equalBytes, fromHex } from "../../bytes/bytes.js";
import type { RandomSource } from "../../bytes/random.js";
import { CURVES, type CurveParameters } from "../../crypto/curves.js";
import { DH_GROUPS, type DhGroup, dhMultiply, dhPower, isDhElement } from "../../crypto/dh-groups.js";
import { ecEncodeToPoint, ecMapGeneric, ecMultiply, isPoint } from "../../crypto/points.js";
import type { CurveName } from "../../crypto/primitives.js";
import { randomScalar, reduceScalar } from "../../crypto/scalar.js";

/**
 * A group that PACE runs in, whatever it is made of. Elements are bytes in the form in which they are exchanged: points 04‖x‖y,
 * or numbers without leading zeros (ICAO 9303-11 §9.4.5).
 */
export interface PaceGroup {
  /** Number among the standardized domain parameters (ICAO 9303-11 §9.5.1, table 12). */
  readonly parameterId: number;
  readonly name: string;
  readonly keyAgreement: "DH" | "ECDH";
  /** The curve, unless it is a group modulo a prime. */
  readonly curve?: CurveName;
  /** Bits of security against discrete logarithms, for choosing the best. */
  readonly strength: number;
  /** Length of the prime in bits. */
  readonly bits: number;
  /** Whether the integrated mapping is defined: it is not for P-224. */
  readonly integrated: boolean;
  /** Tag of a public key in a public key data object: 84 or 86. */
  readonly keyTag: 0x84 | 0x86;
  readonly generator: Uint8Array;
  /** A new private key; the caller wipes it. */
  randomScalar(random: RandomSource): Uint8Array;
  /** Whether bytes are a public key: of the right form, in the group, and not its neutral element. */
  isElement(value: Uint8Array): boolean;
  /** scalar·element or element^scalar; the element is one. */
  power(element: Uint8Array, scalar: Uint8Array): Uint8Array;
  /** The shared secret K as bytes: the x-coordinate, or the number as long as the prime (§9.6). */
  secret(element: Uint8Array): Uint8Array;
  /** Generic mapping (§4.4.3.3.1); undefined when it would be the neutral element. */
  mapGeneric(nonce: Uint8Array, h: Uint8Array): Uint8Array | undefined;
  /** Integrated mapping of R(s, t) (§4.4.3.3.2); undefined when it would be the neutral element. */
  mapIntegrated(r: Uint8Array): Uint8Array | undefined;
}

function curveGroup(row: CurveParameters): PaceGroup {
  const { name, n, bytes } = row;
  return {
    parameterId: row.parameterId,
    name,
    keyAgreement: "ECDH",
    curve: name,
    strength: row.bits >> 1,
    bits: row.bits,
    integrated: name !== "P-224",
    keyTag: 0x86,
    generator: fromHex(row.g),
    randomScalar: (random) => randomScalar(n, random),
    isElement: (value) => isPoint(name, value),
    power: (element, scalar) => ecMultiply(name, scalar, element),
    secret: (element) => element.slice(1, 1 + bytes),
    mapGeneric: (nonce, h) => ecMapGeneric(name, nonce, h),
    mapIntegrated: (r) => ecEncodeToPoint(name, r),
  };
}

/** The number without leading zeros, as it is exchanged. */
function unsigned(number: Uint8Array): Uint8Array {
  const first = number.findIndex((byte) => byte !== 0);
  return number.slice(first < 0 ? number.length : first);
}

function dhGroup(row: DhGroup): PaceGroup {
  const { p, q, bytes } = row;
  const cofactor = quotient(p, q);
  const one = (number: Uint8Array): boolean => equalBytes(unsigned(number), Uint8Array.of(1));
  return {
    parameterId: row.parameterId,
    name: row.name,
    keyAgreement: "DH",
    strength: row.bits === 1024 ? 80 : 112,
    bits: row.bits,
    integrated: true,
    keyTag: 0x84,
    generator: fromHex(row.g),
    randomScalar: (random) => randomScalar(q, random),
    isElement: (value) => value.length <= bytes && value[0] !== 0 && isDhElement(row, value),
    power: (element, scalar) => unsigned(dhPower(row, element, scalar)),
    secret: (element) => concatBytes(new Uint8Array(bytes - element.length), element),
    mapGeneric(nonce, h) {
      const exponent = reduceScalar(nonce, q);
      if (exponent.every((byte) => byte === 0)) return h.slice();
      const mapped = dhMultiply(row, dhPower(row, fromHex(row.g), exponent), h);
      return one(mapped) ? undefined : unsigned(mapped);
    },
    mapIntegrated(r) {
      const base = reduceScalar(r, p);
      // 0, 1 and p - 1 have the power 0 or 1, as the cofactor is even.
      if (unsigned(base).length === 0 || one(base) || one(dhMultiply(row, base, base))) return undefined;
      const mapped = dhPower(row, base, cofactor);
      return one(mapped) ? undefined : unsigned(mapped);
    },
  };
}

/** (p - 1) / q, big-endian. */
function quotient(p: string, q: string): Uint8Array {
  const hex = ((BigInt(`0x${p}`) - 1n) / BigInt(`0x${q}`)).toString(16);
  return fromHex(hex.length % 2 === 0 ? hex : `0${hex}`);
}

/**
 * The standardized domain parameters, one group each.
 *
 * Spec: ICAO 9303-11 §9.5.1, table 12.
 */
export const PACE_GROUPS: readonly PaceGroup[] = [...DH_GROUPS.map(dhGroup), ...CURVES.map(curveGroup)].sort(
  (one, other) => one.parameterId - other.parameterId,
);

/** The group of a number of the standardized domain parameters; undefined for a number that is reserved. */
export function paceGroupById(parameterId: number): PaceGroup | undefined {
  return PACE_GROUPS.find((group) => group.parameterId === parameterId);
}
