import {
  ecParameters,
  ID_EC_PUBLIC_KEY,
  ID_PRIME_FIELD,
  ID_RSA_ENCRYPTION,
  ID_RSASSA_PSS,
  namedCurve,
  rsaPublicKey,
  spkiObject,
} from "../asn1/keys.js";
import {
  INTEGER,
  integerBytes,
  OBJECT_IDENTIFIER,
  SEQUENCE,
  type SubjectPublicKeyInfo,
  smallInteger,
  unsignedToInteger,
} from "../asn1/types.js";
import { MalformedError } from "../errors.js";
import { type DataObject, dataObject, encodeObject, parseObject } from "../tlv/file.js";
import { ID_STANDARDIZED_DOMAIN_PARAMETERS } from "./security-info-oids.js";

/** How the curve of a key is stated. All numbers unsigned, most significant byte first. */
export type CurveReference =
  /** By object identifier, dotted. */
  | { readonly form: "named"; readonly oid: string }
  /** By the number of ICAO 9303-11 §9.5.1, e.g. 13 for brainpoolP256r1. */
  | { readonly form: "standardized"; readonly parameterId: number }
  /** By all its parameters, over a prime field. `raw` is ECParameters. */
  | {
      readonly form: "explicit";
      readonly p: Uint8Array;
      readonly a: Uint8Array;
      readonly b: Uint8Array;
      /** The base point, encoded. */
      readonly base: Uint8Array;
      readonly order: Uint8Array;
      readonly cofactor?: Uint8Array;
      readonly raw: Uint8Array;
    }
  /** Not at all, or in a form that no document uses; `raw` is the parameters. */
  | { readonly form: "other"; readonly raw?: Uint8Array };

/** What a SubjectPublicKeyInfo holds; `raw` is the whole structure as received. Nothing is checked of the numbers. */
export type PublicKeyInfo =
  | {
      readonly kind: "RSA";
      readonly modulus: Uint8Array;
      readonly exponent: Uint8Array;
      /** The modulus is written as a negative INTEGER, without its zero byte, as in the BSI reference data set. */
      readonly signMissing?: true;
      readonly raw: Uint8Array;
    }
  | { readonly kind: "EC"; readonly curve: CurveReference; readonly point: Uint8Array; readonly raw: Uint8Array }
  /** `parameters` is the data object behind the algorithm: p, g and more, or the number of standardized ones. */
  | {
      readonly kind: "DH";
      readonly parameters?: Uint8Array;
      readonly publicValue: Uint8Array;
      readonly raw: Uint8Array;
    }
  | { readonly kind: "unknown"; readonly algorithm: string; readonly raw: Uint8Array };

const integerObject = dataObject("INTEGER", INTEGER, integerBytes());
const parameterNumber = dataObject("parameterId", INTEGER, smallInteger(255));

/** Kinds of key by the algorithm of a SubjectPublicKeyInfo. */
const ALGORITHMS: ReadonlyMap<string, Exclude<PublicKeyInfo["kind"], "unknown">> = new Map([
  [ID_RSA_ENCRYPTION, "RSA"],
  [ID_RSASSA_PSS, "RSA"],
  [ID_EC_PUBLIC_KEY, "EC"],
  ["1.2.840.113549.1.3.1", "DH"], // dhKeyAgreement, PKCS #3
  ["1.2.840.10046.2.1", "DH"], // dhpublicnumber, X9.42
]);

/** The first of the standardized domain parameters that is a curve; those before are groups modulo a prime. */
const FIRST_CURVE = 8;

/** Parses a part that is a view of `input`, with offsets of the whole. */
function part<T>(object: DataObject<T>, view: Uint8Array, input: Uint8Array, path: string): T {
  try {
    return parseObject(object, view);
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    const offset = error.offset + view.byteOffset - input.byteOffset;
    throw new MalformedError(error.code, error.detail, offset, error.path).within(path).within(spkiObject.name);
  }
}

function unsigned(bytes: Uint8Array, input: Uint8Array, path: string): Uint8Array {
  if ((bytes[0] as number) >= 0x80) {
    const offset = bytes.byteOffset - input.byteOffset;
    throw new MalformedError("BAD_VALUE", "a negative number", offset, `${spkiObject.name}.${path}`);
  }
  return bytes[0] === 0 && bytes.length > 1 ? bytes.subarray(1) : bytes;
}

function curveOf(parameters: Uint8Array | undefined, der: Uint8Array): CurveReference {
  if (parameters === undefined) return { form: "other" };
  if (parameters[0] === OBJECT_IDENTIFIER)
    return { form: "named", oid: part(namedCurve, parameters, der, "parameters") };
  if (parameters[0] !== SEQUENCE) return { form: "other", raw: parameters };
  const { fieldId, curve, base, order, cofactor } = part(ecParameters, parameters, der, "parameters");
  if (fieldId.fieldType !== ID_PRIME_FIELD) return { form: "other", raw: parameters };
  const path = "parameters.ECParameters";
  return {
    form: "explicit",
    p: unsigned(part(integerObject, fieldId.parameters, der, `${path}.fieldId`), der, `${path}.fieldId`),
    a: curve.a,
    b: curve.b,
    base,
    order: unsigned(order, der, `${path}.order`),
    ...(cofactor !== undefined && { cofactor: unsigned(cofactor, der, `${path}.cofactor`) }),
    raw: parameters,
  };
}

/**
 * The key in a SubjectPublicKeyInfo: of active authentication (DG15) or chip authentication (DG14, EF.CardSecurity).
 *
 * Spec: RFC 3279 §2.3, RFC 5480 §2; ICAO 9303-11 §9.1 and §9.5.1.
 *
 * @param der - SubjectPublicKeyInfo and nothing else. Byte fields of the result are views of it.
 * @throws {MalformedError} when the structure, or that of a key of a known kind, is not well-formed.
 */
export function parsePublicKeyInfo(der: Uint8Array): PublicKeyInfo {
  const {
    algorithm: { algorithm, parameters },
    subjectPublicKey,
  } = parseObject(spkiObject, der);
  if (algorithm === ID_STANDARDIZED_DOMAIN_PARAMETERS && parameters !== undefined) {
    const parameterId = part(parameterNumber, parameters, der, "parameters");
    if (parameterId < FIRST_CURVE) return dhKey(subjectPublicKey, parameters, der);
    return { kind: "EC", curve: { form: "standardized", parameterId }, point: subjectPublicKey, raw: der };
  }
  const kind = ALGORITHMS.get(algorithm);
  if (kind === "EC") return { kind, curve: curveOf(parameters, der), point: subjectPublicKey, raw: der };
  if (kind === "DH") return dhKey(subjectPublicKey, parameters, der);
  if (kind === undefined) return { kind: "unknown", algorithm, raw: der };
  const key = part(rsaPublicKey, subjectPublicKey, der, "subjectPublicKey");
  const exponent = unsigned(key.publicExponent, der, "subjectPublicKey.RSAPublicKey.publicExponent");
  // No modulus is negative, and every program takes one without its zero byte for what was meant.
  const signMissing = (key.modulus[0] as number) >= 0x80;
  const modulus = signMissing ? key.modulus : unsigned(key.modulus, der, "");
  return { kind, modulus, exponent, ...(signMissing && { signMissing }), raw: der };
}

function dhKey(key: Uint8Array, parameters: Uint8Array | undefined, der: Uint8Array): PublicKeyInfo {
  const value = part(integerObject, key, der, "subjectPublicKey");
  const publicValue = unsigned(value, der, "subjectPublicKey");
  return { kind: "DH", ...(parameters !== undefined && { parameters }), publicValue, raw: der };
}

/** Like {@link parsePublicKeyInfo}, for the value in a parsed file; `raw` is made from it, byte for byte as it was. */
export function publicKeyOf(info: SubjectPublicKeyInfo): PublicKeyInfo {
  return parsePublicKeyInfo(encodeObject(spkiObject, info));
}

const NULL_PARAMETERS = Uint8Array.of(0x05, 0x00);

/**
 * SubjectPublicKeyInfo of an RSA key, for DG15. For a key on a curve see `encodeSpki` of `pki`.
 *
 * @param modulus - Unsigned, most significant byte first; so is `exponent`.
 */
export function buildRsaPublicKeyInfo(modulus: Uint8Array, exponent: Uint8Array): SubjectPublicKeyInfo {
  const key = { modulus: unsignedToInteger(modulus), publicExponent: unsignedToInteger(exponent) };
  return {
    algorithm: { algorithm: ID_RSA_ENCRYPTION, parameters: NULL_PARAMETERS },
    subjectPublicKey: encodeObject(rsaPublicKey, key),
  };
}
