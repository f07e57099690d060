import { ID_RSA_ENCRYPTION, ID_RSASSA_PSS } from "../asn1/keys.js";
import {
  algorithmIdentifier,
  BIT_STRING,
  bitString,
  INTEGER,
  integerBytes,
  OCTET_STRING,
  SEQUENCE,
  smallInteger,
  unsignedToInteger,
} from "../asn1/types.js";
import { concatBytes, equalBytes, wipe } from "../bytes/bytes.js";
import { type CurveParameters, curveByName } from "../crypto/curves.js";
import { type EcPrivateKey, exportEcScalar, importEcPrivateKey } from "../crypto/ecdsa.js";
import {
  exportRsaPrivateNumbers,
  importRsaPrivateKey,
  type PssRestriction,
  type RsaPrivateKey,
} from "../crypto/rsa.js";
import { CardwrightError, MalformedError } from "../errors.js";
import { encodeTlv } from "../tlv/ber.js";
import { any, rest } from "../tlv/choice.js";
import { dataObject, encodeObject, parseObject } from "../tlv/file.js";
import { octets } from "../tlv/leaves.js";
import { opt, req, struct } from "../tlv/struct.js";
import { parsePart } from "./der.js";
import {
  type CurveParametersForm,
  encodeCurve,
  ID_EC_PUBLIC_KEY,
  parseCurve,
  pssRestrictionOf,
  rsaAlgorithm,
} from "./public-key.js";

const algorithmObject = dataObject("AlgorithmIdentifier", SEQUENCE, algorithmIdentifier);

/** PrivateKeyInfo without encryption (PKCS#8). */
const privateKeyInfo = dataObject(
  "PrivateKeyInfo",
  SEQUENCE,
  struct({
    version: req(INTEGER, smallInteger(1)),
    algorithm: req(SEQUENCE, algorithmIdentifier),
    privateKey: req(OCTET_STRING, rest()),
    attributes: opt(0xa0, rest()),
    publicKey: opt(0x81, rest()),
  }),
);

/** ECPrivateKey (SEC 1 §C.4, RFC 5915). */
const ecPrivateKey = dataObject(
  "ECPrivateKey",
  SEQUENCE,
  struct({
    version: req(INTEGER, smallInteger(1)),
    privateKey: req(OCTET_STRING, octets(1)),
    parameters: opt(0xa0, any()),
    publicKey: opt(0xa1, struct({ bits: req(BIT_STRING, bitString()) })),
  }),
);

/** RSAPrivateKey with two primes (RFC 8017 appendix A.1.2). */
const rsaPrivateKey = dataObject(
  "RSAPrivateKey",
  SEQUENCE,
  struct({
    version: req(INTEGER, smallInteger(0)),
    modulus: req(INTEGER, integerBytes()),
    publicExponent: req(INTEGER, integerBytes()),
    privateExponent: req(INTEGER, integerBytes()),
    prime1: req(INTEGER, integerBytes()),
    prime2: req(INTEGER, integerBytes()),
    exponent1: req(INTEGER, integerBytes()),
    exponent2: req(INTEGER, integerBytes()),
    coefficient: req(INTEGER, integerBytes()),
  }),
);

/**
 * A private key as PKCS#8; one on a curve with its public key. The result is the key in the clear: write it where only
 * its owner reads, and wipe it.
 *
 * Spec: RFC 5958 §2, RFC 5915 §3, RFC 8017 appendix A.1.2.
 *
 * @param form - `explicit` states the curve by all its parameters, `named` (the default here, as every program reads it)
 *   by its object identifier. Not looked at for RSA.
 * @throws {TypeError} when the key has been wiped.
 * @example
 * const pem = toPem("PRIVATE KEY", encodePkcs8(key));
 */
export function encodePkcs8(key: EcPrivateKey | RsaPrivateKey, form: CurveParametersForm = "named"): Uint8Array {
  // By hand, because the encoder's scratch buffer would keep the secret.
  const inner = key.kind === "EC" ? encodeEcKey(key) : encodeRsaKey(key);
  const algorithm = encodeObject(
    algorithmObject,
    key.kind === "EC"
      ? { algorithm: ID_EC_PUBLIC_KEY, parameters: encodeCurve(curveByName(key.curve), form) }
      : rsaAlgorithm(key.pss),
  );
  const wrapped = encodeTlv(OCTET_STRING, inner);
  const der = encodeTlv(SEQUENCE, Uint8Array.of(INTEGER, 1, 0), algorithm, wrapped);
  wipe(inner, wrapped);
  return der;
}

function encodeEcKey(key: EcPrivateKey): Uint8Array {
  const scalar = exportEcScalar(key);
  const secret = encodeTlv(OCTET_STRING, scalar);
  const publicKey = encodeTlv(0xa1, encodeTlv(BIT_STRING, concatBytes(Uint8Array.of(0), key.point)));
  const inner = encodeTlv(SEQUENCE, Uint8Array.of(INTEGER, 1, 1), secret, publicKey);
  wipe(scalar, secret);
  return inner;
}

function encodeRsaKey(key: RsaPrivateKey): Uint8Array {
  const secret = exportRsaPrivateNumbers(key);
  const { modulus, publicExponent, privateExponent, prime1, prime2, exponent1, exponent2, coefficient } = secret;
  const numbers = [modulus, publicExponent, privateExponent, prime1, prime2, exponent1, exponent2, coefficient];
  const padded = numbers.map(unsignedToInteger);
  const integers = padded.map((number) => encodeTlv(INTEGER, number));
  const inner = encodeTlv(SEQUENCE, Uint8Array.of(INTEGER, 1, 0), ...integers);
  wipe(...numbers, ...padded, ...integers);
  return inner;
}

/**
 * The private key in a PKCS#8 structure without encryption: on a curve, or RSA with two primes.
 *
 * Spec: RFC 5958 §2, RFC 5915 §3, RFC 8017 appendix A.1.2, RFC 4055 §1.2 (a key for RSASSA-PSS alone stays one).
 *
 * @param der - DER of PrivateKeyInfo. Wipe it after use; the key has a copy of its own.
 * @throws {MalformedError} when the bytes are no such structure, or the numbers of the key do not fit together.
 * @throws {CardwrightError} `ALGORITHM_UNSUPPORTED` - another kind of key or curve, or an RSA key of another size than 2048 to
 *   8192 bits.
 * @example
 * const key = parsePkcs8(fromPem(text, "PRIVATE KEY"));
 */
export function parsePkcs8(der: Uint8Array): EcPrivateKey | RsaPrivateKey {
  const { algorithm, privateKey } = parseObject(privateKeyInfo, der);
  switch (algorithm.algorithm) {
    case ID_EC_PUBLIC_KEY:
      return parseEcKey(parseCurve(algorithm.parameters, der), privateKey, der);
    case ID_RSA_ENCRYPTION:
      return parseRsaKey(privateKey, der);
    case ID_RSASSA_PSS:
      return parseRsaKey(privateKey, der, pssRestrictionOf(algorithm, der));
    default:
      throw new CardwrightError(
        "ALGORITHM_UNSUPPORTED",
        `Keys of algorithm ${algorithm.algorithm} are not supported; use an elliptic-curve or RSA key.`,
      );
  }
}

const PATH = "PrivateKeyInfo.privateKey";

function parseEcKey(row: CurveParameters, privateKey: Uint8Array, der: Uint8Array): EcPrivateKey {
  const inner = parsePart(ecPrivateKey, privateKey, der, PATH);
  const malformed = (detail: string, part: Uint8Array) =>
    new MalformedError("BAD_VALUE", detail, part.byteOffset - der.byteOffset, PATH);
  let key: EcPrivateKey;
  try {
    key = importEcPrivateKey(row.name, inner.privateKey);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw malformed(`the scalar does not fit ${row.name}`, inner.privateKey);
  }
  if (inner.publicKey !== undefined && !equalBytes(inner.publicKey.bits, key.point)) {
    throw malformed("the public key is not that of the scalar", inner.publicKey.bits);
  }
  return key;
}

function parseRsaKey(privateKey: Uint8Array, der: Uint8Array, pss?: PssRestriction): RsaPrivateKey {
  const { version, ...numbers } = parsePart(rsaPrivateKey, privateKey, der, PATH);
  const offset = privateKey.byteOffset - der.byteOffset;
  const size = numbers.modulus[0] === 0 ? numbers.modulus.length - 1 : numbers.modulus.length;
  if (size < 256 || size > 1024) {
    throw new CardwrightError("ALGORITHM_UNSUPPORTED", `An RSA key of ${8 * size} bits; 2048 to 8192 are supported.`);
  }
  try {
    // A negative INTEGER has its highest bit set, and would be read as a number of the same length.
    if (version === 0 && Object.values(numbers).every((number) => (number[0] as number) < 0x80)) {
      return importRsaPrivateKey(numbers, pss);
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  throw new MalformedError("BAD_VALUE", "the numbers do not fit together", offset, PATH);
}
