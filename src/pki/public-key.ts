import { oid } from "../asn1/oid.js";
import {
  BIT_STRING,
  INTEGER,
  integerBytes,
  OBJECT_IDENTIFIER,
  OCTET_STRING,
  SEQUENCE,
  smallInteger,
  subjectPublicKeyInfo,
  unsignedToInteger,
} from "../asn1/types.js";
import { fromHex, uintToBytes } from "../bytes/bytes.js";
import { type CurveParameters, curveByName, curveByOid, curveByParameters } from "../crypto/curves.js";
import { type EcPublicKey, importEcPublicKey } from "../crypto/ecdsa.js";
import type { CurveName } from "../crypto/primitives.js";
import { CardwrightError, MalformedError } from "../errors.js";
import { any, rest } from "../tlv/choice.js";
import { dataObject, encodeObject, parseObject } from "../tlv/file.js";
import { octets } from "../tlv/leaves.js";
import { opt, req, reqOwn, struct } from "../tlv/struct.js";
import { parsePart } from "./der.js";

/** Algorithm of an elliptic-curve key in a SubjectPublicKeyInfo, whatever it is used for. */
export const ID_EC_PUBLIC_KEY = "1.2.840.10045.2.1";
const PRIME_FIELD = "1.2.840.10045.1.1";

/** How the curve of a key is stated: by its object identifier or by all its parameters. */
export type CurveParametersForm = "named" | "explicit";

/** ECParameters, spelled out. */
const ecParameters = struct({
  /** 1; later versions tell how a seed was made, and are not used by documents. */
  version: req(INTEGER, smallInteger(3)),
  fieldId: req(SEQUENCE, struct({ fieldType: req(OBJECT_IDENTIFIER, oid()), parameters: reqOwn(any()) })),
  curve: req(
    SEQUENCE,
    struct({ a: req(OCTET_STRING, octets(1)), b: req(OCTET_STRING, octets(1)), seed: opt(BIT_STRING, rest()) }),
  ),
  base: req(OCTET_STRING, octets(1)),
  order: req(INTEGER, integerBytes()),
  cofactor: opt(INTEGER, integerBytes()),
});

const namedCurve = dataObject("namedCurve", OBJECT_IDENTIFIER, oid());
const specifiedCurve = dataObject("ECParameters", SEQUENCE, ecParameters);
const prime = dataObject("Prime-p", INTEGER, integerBytes());

/** @internal SubjectPublicKeyInfo on its own. */
export const spkiObject = dataObject("SubjectPublicKeyInfo", SEQUENCE, subjectPublicKeyInfo);

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

/** @internal DER of the parameters of id-ecPublicKey. */
export function encodeCurve(row: CurveParameters, form: CurveParametersForm): Uint8Array {
  if (form === "named") return encodeObject(namedCurve, row.oid);
  return encodeObject(specifiedCurve, {
    version: 1,
    fieldId: { fieldType: PRIME_FIELD, parameters: encodeObject(prime, unsignedToInteger(fromHex(row.p))) },
    curve: { a: fromHex(row.a), b: fromHex(row.b) },
    base: fromHex(row.g),
    order: unsignedToInteger(fromHex(row.n)),
    cofactor: uintToBytes(row.h, 1),
  });
}

/**
 * The elliptic-curve key in a SubjectPublicKeyInfo. Explicit parameters count as a curve only when every one of them,
 * the base point included, is that curve's.
 *
 * Spec: RFC 5480 §2, ICAO 9303-12 §4.1.6.3.
 *
 * @param der - DER of SubjectPublicKeyInfo and nothing else.
 * @throws {MalformedError} when the bytes are no such structure, or the point is not on the curve.
 * @throws {CardwrightError} `ALGORITHM_UNSUPPORTED` - another kind of key (RSA), a curve that is none of `CURVES`, or a
 *   compressed point.
 * @example
 * publicKeyFromSpki(certificate.spkiRaw).curve; // "P-256"
 */
export function publicKeyFromSpki(der: Uint8Array): EcPublicKey {
  const { algorithm, subjectPublicKey } = parseObject(spkiObject, der);
  if (algorithm.algorithm !== ID_EC_PUBLIC_KEY) {
    throw unsupported(`keys of algorithm ${algorithm.algorithm} are not supported`);
  }
  const row = parseCurve(algorithm.parameters, der);
  const form = subjectPublicKey[0];
  if (form === 0x02 || form === 0x03) throw unsupported("compressed points are not supported");
  try {
    return importEcPublicKey(row.name, subjectPublicKey);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const offset = subjectPublicKey.byteOffset - der.byteOffset;
    const path = "SubjectPublicKeyInfo.subjectPublicKey";
    throw new MalformedError("BAD_VALUE", `is no uncompressed point of ${row.name}`, offset, path);
  }
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
    if (row === undefined) throw unsupported(`the curve ${name} is not supported`);
    return row;
  }
  const explicit = parsePart(specifiedCurve, parameters, input, "parameters");
  const { version, fieldId, curve, base, order, cofactor } = explicit;
  if (version !== 1) throw unsupported(`ECParameters of version ${version} are not supported`);
  if (fieldId.fieldType !== PRIME_FIELD) throw unsupported("curves over binary fields are not supported");
  const p = parsePart(prime, fieldId.parameters, input, "parameters.fieldId");
  const row = curveByParameters({ p, a: curve.a, b: curve.b, g: base, n: order });
  if (row === undefined || (cofactor !== undefined && (cofactor.length !== 1 || cofactor[0] !== row.h))) {
    throw unsupported("the explicit parameters are those of no supported curve");
  }
  return row;
}

function unsupported(what: string): CardwrightError {
  return new CardwrightError("ALGORITHM_UNSUPPORTED", `${what}; the curves are those of CURVES.`);
}
