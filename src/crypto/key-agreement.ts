import { concatBytes, equalBytes, fromHex, toHex, wipe } from "../bytes/bytes.js";
import { type RandomSource, systemRandom } from "../bytes/random.js";
import { bitLength, fromBigInt, powSecret, toBigInt } from "./bigint.js";
import { curveByName } from "./curves.js";
import { DH_GROUPS, type DhGroup, dhPower, isDhElement } from "./dh-groups.js";
import { hash } from "./hash.js";
import { sha1 } from "./legacy/sha1.js";
import { ecMultiply, ecSharedX, isPoint } from "./points.js";
import type { CurveName } from "./primitives.js";
import { randomScalar } from "./scalar.js";

/**
 * A group in which two parties agree on a key, whatever it is made of. Elements are bytes in the form in which they are
 * exchanged: points 04‖x‖y, or numbers without leading zeros (ICAO 9303-11 §9.4.5).
 */
export interface AgreementGroup {
  readonly name: string;
  readonly keyAgreement: "DH" | "ECDH";
  /** The curve, unless it is a group modulo a prime. */
  readonly curve?: CurveName;
  /** Length of the prime in bits. */
  readonly bits: number;
  /** Tag of a public key in a public key data object. */
  readonly keyTag: 0x84 | 0x86;
  readonly generator: Uint8Array;
  /** A new private key; the caller wipes it. */
  randomScalar(random: RandomSource): Uint8Array;
  /** Whether bytes are a public key: of the right form, in the group as far as its order is known, and not its neutral element. */
  isElement(value: Uint8Array): boolean;
  /** scalar·element or element^scalar; the element is one. */
  power(element: Uint8Array, scalar: Uint8Array): Uint8Array;
  /** The shared secret as bytes: the x-coordinate, or the number as long as the prime (§9.6). */
  secret(element: Uint8Array): Uint8Array;
  /** `secret` of `power`, which on a curve takes half the time. */
  agree(element: Uint8Array, scalar: Uint8Array): Uint8Array;
}

/** Numbers of a group modulo a prime as a document states them: unsigned, big-endian, without leading zeros. */
export interface DhParameters {
  readonly p: Uint8Array;
  readonly g: Uint8Array;
  /** Order of g, when it is stated. */
  readonly q?: Uint8Array;
}

/** The group of a curve. */
export function ecAgreementGroup(curve: CurveName): AgreementGroup {
  const { n, g, bits, bytes } = curveByName(curve);
  return {
    name: curve,
    keyAgreement: "ECDH",
    curve,
    bits,
    keyTag: 0x86,
    generator: fromHex(g),
    randomScalar: (random) => randomScalar(n, random),
    isElement: (value) => isPoint(curve, value),
    power: (element, scalar) => ecMultiply(curve, scalar, element),
    secret: (element) => element.slice(1, 1 + bytes),
    agree: (element, scalar) => ecSharedX(curve, scalar, element),
  };
}

/** Moduli of documents; less can be broken, more would only cost time. */
const LEAST_BITS = 1024;
const MOST_BITS = 4096;
/** Private exponents where the order of the group is not stated: twice 192 bits of security. */
const EXPONENT_BYTES = 48;

/**
 * A group modulo a prime: one of `DH_GROUPS`, or one by its numbers.
 *
 * Spec: RFC 2631 §2.1. That the modulus is a prime is for the issuer who signed it to see to.
 *
 * @returns undefined for numbers that are no group: an even modulus or one not of 1024 to 4096 bits, a generator of 0, 1 or p - 1,
 *   an order of less than 160 bits or not below the modulus.
 */
export function dhAgreementGroup(parameters: DhParameters): AgreementGroup | undefined {
  const [p, g, q] = [parameters.p, parameters.g, parameters.q].map((number) => number && unsigned(number)) as [
    Uint8Array,
    Uint8Array,
    Uint8Array | undefined,
  ];
  const row = DH_GROUPS.find((known) => known.p === toHex(p) && known.g === toHex(g));
  if (row !== undefined) return standardGroup(row);
  const bits = bitLength(p);
  if (bits < LEAST_BITS || bits > MOST_BITS || ((p[p.length - 1] as number) & 1) === 0) return undefined;
  const modulus = toBigInt(p);
  const inRange = (value: bigint): boolean => value >= 2n && value <= modulus - 2n;
  if (!inRange(toBigInt(g))) return undefined;
  if (q !== undefined && (bitLength(q) < 160 || toBigInt(q) >= modulus)) return undefined;
  const power = (element: Uint8Array, scalar: Uint8Array): Uint8Array =>
    unsigned(fromBigInt(powSecret(toBigInt(element), toBigInt(scalar), modulus), p.length));
  return {
    ...modular(`MODP ${bits}`, bits, p.length, g, power),
    randomScalar: (random) => (q === undefined ? random(EXPONENT_BYTES).slice() : randomScalar(toHex(q), random)),
    isElement: (value) =>
      value.length <= p.length &&
      value[0] !== 0 &&
      inRange(toBigInt(value)) &&
      (q === undefined || equalBytes(power(value, q), Uint8Array.of(1))),
  };
}

/** One of the standardized groups modulo a prime. */
export function standardGroup(row: DhGroup): AgreementGroup {
  const { name, bits, bytes, q } = row;
  return {
    ...modular(name, bits, bytes, fromHex(row.g), (element, scalar) => unsigned(dhPower(row, element, scalar))),
    randomScalar: (random) => randomScalar(q, random),
    isElement: (value) => value.length <= bytes && value[0] !== 0 && isDhElement(row, value),
  };
}

function modular(
  name: string,
  bits: number,
  bytes: number,
  generator: Uint8Array,
  power: AgreementGroup["power"],
): Omit<AgreementGroup, "randomScalar" | "isElement"> {
  const secret = (element: Uint8Array) => concatBytes(new Uint8Array(bytes - element.length), element);
  return {
    name,
    keyAgreement: "DH",
    bits,
    keyTag: 0x84,
    generator,
    power,
    secret,
    agree(element, scalar) {
      const shared = power(element, scalar);
      const bytesOfSecret = secret(shared);
      wipe(shared);
      return bytesOfSecret;
    },
  };
}

/** A number without leading zeros, as it is exchanged. */
export function unsigned(number: Uint8Array): Uint8Array {
  const first = number.findIndex((byte) => byte !== 0);
  return number.slice(first < 0 ? number.length : first);
}

/**
 * Compressed public key: the x-coordinate, or SHA-1 of the number.
 *
 * Spec: ICAO 9303-11 §7.1.4.1.3 and §7.1.4.2.3. Vector for curves: eac-worked-example-ecdh.json (`id_picc` and the key of chip
 * authentication in what the terminal signs).
 */
export function compressPublicKey(group: AgreementGroup, publicKey: Uint8Array): Uint8Array {
  return group.keyAgreement === "ECDH" ? group.secret(publicKey) : sha1(publicKey);
}

/**
 * A key pair for one run of a key agreement. Prints, inspects and serialises without its private key.
 *
 * @example
 * const ephemeral = new EphemeralKey(ecAgreementGroup("brainpoolP256r1"));
 * const k = ephemeral.agree(chipPublicKey);
 */
export class EphemeralKey {
  readonly group: AgreementGroup;
  /** As it is sent. */
  readonly publicKey: Uint8Array;
  /** Comp(PK): what terminal authentication binds. */
  readonly compressed: Uint8Array;
  readonly #scalar: Uint8Array;

  /** @param random - Gives the private key; the system's unless told otherwise. */
  constructor(group: AgreementGroup, random: RandomSource = systemRandom) {
    this.group = group;
    this.#scalar = group.randomScalar(random);
    this.publicKey = group.power(group.generator, this.#scalar);
    this.compressed = compressPublicKey(group, this.publicKey);
  }

  /**
   * The shared secret with a public key, as bytes; the caller wipes it.
   *
   * @throws {RangeError} when the key is no element of the group, or this one has been wiped.
   */
  agree(publicKey: Uint8Array): Uint8Array {
    if (this.#scalar.every((byte) => byte === 0)) throw new RangeError("EphemeralKey: the key has been wiped");
    if (!this.group.isElement(publicKey)) throw new RangeError("EphemeralKey: the other key is not of the group");
    return this.group.agree(publicKey, this.#scalar);
  }

  /** A copy of the private key, for evidence that others can recompute and for nothing else. */
  exportScalar(): Uint8Array {
    return this.#scalar.slice();
  }

  /** Overwrites the private key. */
  wipe(): void {
    wipe(this.#scalar);
  }

  /** Group and fingerprint; what `JSON.stringify` writes. */
  toJSON(): { readonly group: string; readonly fingerprint: string } {
    return { group: this.group.name, fingerprint: toHex(hash("SHA-256", this.publicKey).subarray(0, 8)) };
  }

  /** Group and fingerprint in one line. */
  toString(): string {
    return `EphemeralKey(${this.group.name}, ${this.toJSON().fingerprint})`;
  }
}
