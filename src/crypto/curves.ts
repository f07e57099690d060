import { fromHex, toHex } from "../bytes/bytes.js";
import type { CurveName } from "./primitives.js";

/**
 * One prime curve y² = x³ + ax + b over GF(p), cofactor 1. Numbers are lower-case hex of exactly `bytes` bytes.
 */
export interface CurveParameters {
  /** Name used throughout cardwright. */
  readonly name: CurveName;
  /** Object identifier of the named curve, dotted. */
  readonly oid: string;
  /** Short name that OpenSSL, and so the Node backend, knows the curve by. */
  readonly openssl: string;
  /** Length of p and of n in bits. */
  readonly bits: number;
  /** Bytes of one coordinate, of a scalar, and of r and of s in a signature. */
  readonly bytes: number;
  /** The prime of the field. */
  readonly p: string;
  /** Coefficient a. */
  readonly a: string;
  /** Coefficient b. */
  readonly b: string;
  /** Base point, uncompressed: 04‖x‖y (1 + 2 × `bytes` bytes). */
  readonly g: string;
  /** Order of the base point. */
  readonly n: string;
  /** Cofactor. */
  readonly h: 1;
}

/**
 * The curves of this package, as data.
 *
 * Spec: NIST SP 800-186 §3.2.1 and SEC 2 v2 §2 (P-256, P-384, P-521).
 *
 * To add a curve (say brainpoolP256r1, RFC 5639) put its row here and its name into `CurveName` in `primitives.ts`:
 * both backends build what they need from the row, and the conformance suite runs over every row.
 */
export const CURVES: readonly CurveParameters[] = [
  {
    name: "P-256",
    oid: "1.2.840.10045.3.1.7",
    openssl: "prime256v1",
    bits: 256,
    bytes: 32,
    p: "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
    a: "ffffffff00000001000000000000000000000000fffffffffffffffffffffffc",
    b: "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
    g:
      "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296" +
      "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
    n: "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
    h: 1,
  },
  {
    name: "P-384",
    oid: "1.3.132.0.34",
    openssl: "secp384r1",
    bits: 384,
    bytes: 48,
    p: "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff",
    a: "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000fffffffc",
    b: "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef",
    g:
      "04aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7" +
      "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f",
    n: "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
    h: 1,
  },
  {
    name: "P-521",
    oid: "1.3.132.0.35",
    openssl: "secp521r1",
    bits: 521,
    bytes: 66,
    p:
      "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff" +
      "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    a:
      "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff" +
      "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffc",
    b:
      "0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e1" +
      "56193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00",
    g:
      "0400c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3d" +
      "baa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66" +
      "011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c" +
      "97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650",
    n:
      "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa" +
      "51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
    h: 1,
  },
];

const BY_NAME: ReadonlyMap<string, CurveParameters> = new Map(CURVES.map((row) => [row.name, row]));
const BY_OID: ReadonlyMap<string, CurveParameters> = new Map(CURVES.map((row) => [row.oid, row]));

/**
 * The row of a named curve.
 *
 * @throws {RangeError} for a name that is not in {@link CURVES}, which only untyped callers can pass.
 */
export function curveByName(name: CurveName): CurveParameters {
  const row = BY_NAME.get(name);
  if (row === undefined) throw new RangeError(`curveByName: no curve is called ${JSON.stringify(name)}`);
  return row;
}

/** The row of a named curve's object identifier (dotted), or undefined: an unknown curve is a finding, not a mistake. */
export function curveByOid(oid: string): CurveParameters | undefined {
  return BY_OID.get(oid);
}

/** Domain parameters spelled out, as ECParameters of SEC 1 §C.2 carries them: big-endian, leading zeros allowed. */
export interface ExplicitCurveParameters {
  readonly p: Uint8Array;
  readonly a: Uint8Array;
  readonly b: Uint8Array;
  /** Base point, uncompressed (04‖x‖y) or compressed (02 or 03‖x). */
  readonly g: Uint8Array;
  readonly n: Uint8Array;
}

/**
 * The named curve that explicit domain parameters describe.
 *
 * Spec: ICAO 9303-12 §4.1.6.3 (ECDSA keys state explicit parameters).
 *
 * All five values are compared, the base point included: parameters that agree with a named curve in everything but
 * the generator are a forgery (CVE-2020-0601), not that curve.
 *
 * @returns The row, or undefined when no row agrees in every value.
 */
export function curveByParameters(parameters: ExplicitCurveParameters): CurveParameters | undefined {
  const [p, a, b, n] = [parameters.p, parameters.a, parameters.b, parameters.n].map(significant);
  return CURVES.find(
    (row) =>
      significant(fromHex(row.p)) === p &&
      significant(fromHex(row.a)) === a &&
      significant(fromHex(row.b)) === b &&
      significant(fromHex(row.n)) === n &&
      isBasePoint(row, toHex(parameters.g)),
  );
}

/** Hex without leading zero bytes. */
function significant(number: Uint8Array): string {
  return toHex(number).replace(/^(00)+/, "");
}

function isBasePoint(row: CurveParameters, g: string): boolean {
  if (g === row.g) return true;
  const yIsOdd = Number.parseInt(row.g.slice(-2), 16) % 2 === 1;
  return g === (yIsOdd ? "03" : "02") + row.g.slice(2, 2 + 2 * row.bytes);
}
