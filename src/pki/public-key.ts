import {
  ecParameters,
  ID_EC_PUBLIC_KEY,
  ID_PRIME_FIELD,
  ID_RSA_ENCRYPTION,
  ID_RSASSA_PSS,
  namedCurve,
  primeP,
  rsaPublicKey,
  spkiObject,
} from "../asn1/keys.js";
import {
  type AlgorithmIdentifier,
  NULL,
  OBJECT_IDENTIFIER,
  SEQUENCE,
  type SubjectPublicKeyInfo,
  unsignedToInteger,
} from "../asn1/types.js";
import { equalBytes, fromHex, uintToBytes } from "../bytes/bytes.js";
import { type CurveParameters, curveByName, curveByOid, curveByParameters } from "../crypto/curves.js";
import { decompressEcPoint, type EcPublicKey, importEcPublicKey } from "../crypto/ecdsa.js";
import { importLegacyRsaPublicKey } from "../crypto/legacy/rsa.js";
import type { CurveName, RsaPublicNumbers } from "../crypto/primitives.js";
import { importRsaPublicKey, type PssRestriction, type RsaPublicKey } from "../crypto/rsa.js";
import { CardwrightError, MalformedError } from "../errors.js";
import { encodeObject, parseObject } from "../tlv/file.js";
import { parsePart } from "./der.js";
import { encodePssParameters, hasNoParameters, parsePssParameters } from "./pss-parameters.js";

export { ID_EC_PUBLIC_KEY, spkiObject } from "../asn1/keys.js";

/** A public key of a kind that signatures of X.509, CMS and CV certificates are made with; `kind` tells which. */
export type PublicKey = EcPublicKey | RsaPublicKey;

/** How the curve of a key is stated: by its object identifier or by all its parameters. */
export type CurveParametersForm = "named" | "explicit";

const NULL_PARAMETERS = Uint8Array.of(NULL, 0);

/**
 * SubjectPublicKeyInfo of an elliptic-curve key.
 *
 * Spec: RFC 5480 §2; explicit parameters with cofactor and uncompressed base point: ICAO 9303-12 §4.1.6.3, RFC 3279 §2.3.5.
 *
 * @param curve - Name of the curve.
 * @param point - The public point, uncompressed: 04‖x‖y.
 * @param form - `explicit`, as ICAO 9303-12 wants it of CSCA and Document Signer, unless told otherwise.
 * @throws {RangeError} when the point is not an uncompressed point of the curve.
 * @example
 * const key = generateEcPrivateKey("P-256");
 * const spki = encodeSpki(key.curve, key.point, "named"); // 91 bytes
 */
export function encodeSpki(curve: CurveName, point: Uint8Array, form: CurveParametersForm = "explicit"): Uint8Array {
  importEcPublicKey(curve, point);
  return encodeObject(spkiObject, {
    algorithm: { algorithm: ID_EC_PUBLIC_KEY, parameters: encodeCurve(curveByName(curve), form) },
    subjectPublicKey: point,
  });
}

/**
 * SubjectPublicKeyInfo of an RSA key: rsaEncryption, or id-RSASSA-PSS for a key that is restricted to it.
 *
 * Spec: RFC 3279 §2.3.1, RFC 4055 §1.2.
 *
 * @param numbers - Modulus and exponent, unsigned: an `RsaPublicKey` or `RsaPrivateKey` will do.
 * @param pss - When the key is for RSASSA-PSS alone.
 * @throws {RangeError} when the numbers are not those of a key of 2048 to 8192 bits.
 * @example
 * const spki = encodeRsaSpki(key, key.pss);
 */
export function encodeRsaSpki({ modulus, publicExponent }: RsaPublicNumbers, pss?: PssRestriction): Uint8Array {
  const key = importRsaPublicKey({ modulus, publicExponent }, pss);
  return encodeObject(spkiObject, {
    algorithm: rsaAlgorithm(pss),
    subjectPublicKey: encodeObject(rsaPublicKey, {
      modulus: unsignedToInteger(key.modulus),
      publicExponent: unsignedToInteger(key.publicExponent),
    }),
  });
}

/** @internal Algorithm of an RSA key. */
export function rsaAlgorithm(pss: PssRestriction | undefined): AlgorithmIdentifier {
  if (pss === undefined) return { algorithm: ID_RSA_ENCRYPTION, parameters: NULL_PARAMETERS };
  if (pss.parameters === undefined) return { algorithm: ID_RSASSA_PSS };
  return { algorithm: ID_RSASSA_PSS, parameters: encodePssParameters(pss.parameters) };
}

/** @internal DER of the parameters of id-ecPublicKey. */
export function encodeCurve(row: CurveParameters, form: CurveParametersForm): Uint8Array {
  if (form === "named") return encodeObject(namedCurve, row.oid);
  return encodeObject(ecParameters, {
    version: 1,
    fieldId: { fieldType: ID_PRIME_FIELD, parameters: encodeObject(primeP, unsignedToInteger(fromHex(row.p))) },
    curve: { a: fromHex(row.a), b: fromHex(row.b) },
    base: fromHex(row.g),
    order: unsignedToInteger(fromHex(row.n)),
    cofactor: uintToBytes(row.h, 1),
  });
}

/**
 * The key in a SubjectPublicKeyInfo. Making it costs as much as a verification: keep it where one key verifies much.
 *
 * Spec: RFC 5480 §2, ICAO 9303-12 §4.1.6; RFC 3279 §2.3.1 and RFC 4055 §1.2 (RSA, from 1024 bits, with the restriction of
 * id-RSASSA-PSS).
 *
 * Explicit parameters count as a curve only when every one of them, the base point included, is that curve's; seed and
 * cofactor may be absent. A compressed point is accepted; {@link publicKeyForm} tells so, and what else departs from
 * ICAO 9303-12.
 *
 * @param der - DER of SubjectPublicKeyInfo and nothing else.
 * @throws {MalformedError} when the bytes are no such structure, the point is not on the curve, modulus or exponent are
 *   negative or even, or the exponent is 1.
 * @throws {CardwrightError} `ALGORITHM_UNSUPPORTED` - another kind of key, a curve that is none of `CURVES`, a modulus of
 *   less than 1024 or more than 8192 bits, or an exponent of more than 64.
 * @example
 * const key = publicKeyFromSpki(certificate.spkiRaw);
 * key.kind === "EC" ? key.curve : key.bits; // "P-256"
 */
export function publicKeyFromSpki(der: Uint8Array): PublicKey {
  const info = parseObject(spkiObject, der);
  switch (info.algorithm.algorithm) {
    case ID_EC_PUBLIC_KEY:
      return ecKeyOf(info, der);
    case ID_RSA_ENCRYPTION:
      if (!hasNoParameters(info.algorithm)) {
        const offset = (info.algorithm.parameters as Uint8Array).byteOffset - der.byteOffset;
        const path = "SubjectPublicKeyInfo.algorithm.parameters";
        throw new MalformedError("BAD_VALUE", "are not NULL, as those of rsaEncryption are", offset, path);
      }
      return rsaKeyOf(info, der);
    case ID_RSASSA_PSS:
      return rsaKeyOf(info, der, pssRestrictionOf(info.algorithm, der));
    default:
      throw unsupported(`keys of algorithm ${info.algorithm.algorithm} are not supported`);
  }
}

/** How a SubjectPublicKeyInfo states its key, for findings: ICAO 9303-12 §4.1.6.3 wants explicit and uncompressed. */
export interface PublicKeyForm {
  /** Algorithm of the key, dotted. */
  readonly algorithm: string;
  /** Of a key on a curve, when it states one. */
  readonly curve?: CurveParametersForm;
  /** Of a key on a curve. */
  readonly point?: "uncompressed" | "compressed" | "other";
}

/**
 * How a SubjectPublicKeyInfo states its key. Nothing is checked of the key itself.
 *
 * @throws {MalformedError} when the bytes are no such structure.
 * @example
 * publicKeyForm(certificate.spkiRaw).curve; // "explicit"
 */
export function publicKeyForm(der: Uint8Array): PublicKeyForm {
  const { algorithm, subjectPublicKey } = parseObject(spkiObject, der);
  if (algorithm.algorithm !== ID_EC_PUBLIC_KEY) return { algorithm: algorithm.algorithm };
  const tag = algorithm.parameters?.[0];
  const curve = tag === OBJECT_IDENTIFIER ? "named" : tag === SEQUENCE ? "explicit" : undefined;
  const first = subjectPublicKey[0];
  const point = first === 0x04 ? "uncompressed" : isCompressed(subjectPublicKey) ? "compressed" : "other";
  return { algorithm: algorithm.algorithm, point, ...(curve !== undefined && { curve }) };
}

/** Whether two keys are the same, however certificates state them. */
export function isSamePublicKey(a: PublicKey, b: PublicKey): boolean {
  if (a.kind === "EC") return b.kind === "EC" && a.curve === b.curve && equalBytes(a.point, b.point);
  return b.kind === "RSA" && equalBytes(a.modulus, b.modulus) && equalBytes(a.publicExponent, b.publicExponent);
}

/** Bytes of a signature as a `Signer` gives it: r‖s, or the modulus. */
export function signatureLength(key: PublicKey): number {
  return key.kind === "EC" ? 2 * curveByName(key.curve).bytes : key.modulus.length;
}

function isCompressed(point: Uint8Array): boolean {
  return point[0] === 0x02 || point[0] === 0x03;
}

function ecKeyOf({ algorithm, subjectPublicKey }: SubjectPublicKeyInfo, der: Uint8Array): EcPublicKey {
  const row = parseCurve(algorithm.parameters, der);
  try {
    const point = isCompressed(subjectPublicKey) ? decompressEcPoint(row.name, subjectPublicKey) : subjectPublicKey;
    return importEcPublicKey(row.name, point);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const offset = subjectPublicKey.byteOffset - der.byteOffset;
    const path = "SubjectPublicKeyInfo.subjectPublicKey";
    throw new MalformedError("BAD_VALUE", `is no point of ${row.name}`, offset, path);
  }
}

function rsaKeyOf({ subjectPublicKey }: SubjectPublicKeyInfo, der: Uint8Array, pss?: PssRestriction): RsaPublicKey {
  const path = "SubjectPublicKeyInfo.subjectPublicKey";
  const numbers = parsePart(rsaPublicKey, subjectPublicKey, der, path);
  for (const field of ["modulus", "publicExponent"] as const) {
    const number = numbers[field];
    const last = number[number.length - 1] as number;
    const wrong =
      (number[0] as number) >= 0x80
        ? "is negative"
        : (last & 1) === 0
          ? "is even"
          : number.length === 1 && last === 1
            ? "is 1"
            : undefined;
    if (wrong === undefined) continue;
    throw new MalformedError("BAD_VALUE", wrong, number.byteOffset - der.byteOffset, `${path}.RSAPublicKey.${field}`);
  }
  try {
    return importLegacyRsaPublicKey(numbers, pss);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const detail = "An RSA key needs a modulus of 1024 to 8192 bits and an exponent below 2^64.";
    throw new CardwrightError("ALGORITHM_UNSUPPORTED", detail, { cause });
  }
}

/** @internal The restriction in the algorithm id-RSASSA-PSS of a key; `input` is what it is a view of. */
export function pssRestrictionOf({ parameters }: AlgorithmIdentifier, input: Uint8Array): PssRestriction {
  if (parameters === undefined) return {};
  const parsed = parsePssParameters(parameters, input);
  if (parsed === undefined) throw unsupported("the parameters of the key's RSASSA-PSS are not supported");
  return { parameters: parsed };
}

/** @internal The curve in the parameters of id-ecPublicKey; `input` is what they are a view of. */
export function parseCurve(parameters: Uint8Array | undefined, input: Uint8Array): CurveParameters {
  const tag = parameters?.[0];
  if (parameters === undefined || (tag !== OBJECT_IDENTIFIER && tag !== SEQUENCE)) {
    throw unsupported("the key does not state its curve");
  }
  if (tag === OBJECT_IDENTIFIER) {
    const name = parsePart(namedCurve, parameters, input, "parameters");
    const row = curveByOid(name);
    if (row === undefined) throw unsupported(`the curve ${name} is not supported; the curves are those of CURVES`);
    return row;
  }
  const { version, fieldId, curve, base, order, cofactor } = parsePart(ecParameters, parameters, input, "parameters");
  if (version === 0) throw unsupported("ECParameters of version 0 are not supported");
  if (fieldId.fieldType !== ID_PRIME_FIELD) throw unsupported("curves over binary fields are not supported");
  const p = parsePart(primeP, fieldId.parameters, input, "parameters.fieldId");
  const row = curveByParameters({ p, a: curve.a, b: curve.b, g: base, n: order });
  if (row === undefined || (cofactor !== undefined && (cofactor.length !== 1 || cofactor[0] !== row.h))) {
    throw unsupported("the explicit parameters are those of none of CURVES");
  }
  return row;
}

function unsupported(what: string): CardwrightError {
  return new CardwrightError("ALGORITHM_UNSUPPORTED", `${what}.`);
}
