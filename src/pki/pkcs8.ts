import {
  algorithmIdentifier,
  BIT_STRING,
  bitString,
  INTEGER,
  OCTET_STRING,
  SEQUENCE,
  smallInteger,
} from "../asn1/types.js";
import { concatBytes, equalBytes, wipe } from "../bytes/bytes.js";
import { curveByName } from "../crypto/curves.js";
import { type EcPrivateKey, exportEcScalar, importEcPrivateKey } from "../crypto/ecdsa.js";
import { CardwrightError, MalformedError } from "../errors.js";
import { encodeTlv } from "../tlv/ber.js";
import { any, rest } from "../tlv/choice.js";
import { dataObject, encodeObject, parseObject } from "../tlv/file.js";
import { octets } from "../tlv/leaves.js";
import { opt, req, struct } from "../tlv/struct.js";
import { parsePart } from "./der.js";
import { type CurveParametersForm, encodeCurve, ID_EC_PUBLIC_KEY, parseCurve } from "./public-key.js";

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

/**
 * An elliptic-curve private key as PKCS#8, with its public key. The result is the key in the clear: write it where only
 * its owner reads, and wipe it.
 *
 * Spec: RFC 5958 §2, RFC 5915 §3.
 *
 * @param form - `explicit` states the curve by all its parameters, `named` (the default here, as every program reads it)
 *   by its object identifier.
 * @throws {TypeError} when the key has been wiped.
 * @example
 * const pem = toPem("PRIVATE KEY", encodePkcs8(key));
 */
export function encodePkcs8(key: EcPrivateKey, form: CurveParametersForm = "named"): Uint8Array {
  const algorithm = encodeObject(algorithmObject, {
    algorithm: ID_EC_PUBLIC_KEY,
    parameters: encodeCurve(curveByName(key.curve), form),
  });
  // By hand, because the encoder's scratch buffer would keep the secret.
  const scalar = exportEcScalar(key);
  const secret = encodeTlv(OCTET_STRING, scalar);
  const publicKey = encodeTlv(0xa1, encodeTlv(BIT_STRING, concatBytes(Uint8Array.of(0), key.point)));
  const inner = encodeTlv(SEQUENCE, Uint8Array.of(INTEGER, 1, 1), secret, publicKey);
  const wrapped = encodeTlv(OCTET_STRING, inner);
  const der = encodeTlv(SEQUENCE, Uint8Array.of(INTEGER, 1, 0), algorithm, wrapped);
  wipe(scalar, secret, inner, wrapped);
  return der;
}

/**
 * The elliptic-curve private key in a PKCS#8 structure without encryption.
 *
 * Spec: RFC 5958 §2, RFC 5915 §3.
 *
 * @param der - DER of PrivateKeyInfo. Wipe it after use; the key has a copy of its own.
 * @throws {MalformedError} when the bytes are no such structure, or scalar, public key and curve do not fit together.
 * @throws {CardwrightError} `ALGORITHM_UNSUPPORTED` - another kind of key or curve.
 * @example
 * const key = parsePkcs8(fromPem(text, "PRIVATE KEY"));
 */
export function parsePkcs8(der: Uint8Array): EcPrivateKey {
  const { algorithm, privateKey } = parseObject(privateKeyInfo, der);
  if (algorithm.algorithm !== ID_EC_PUBLIC_KEY) {
    throw new CardwrightError(
      "ALGORITHM_UNSUPPORTED",
      `Keys of algorithm ${algorithm.algorithm} are not supported; use an elliptic-curve key.`,
    );
  }
  const row = parseCurve(algorithm.parameters, der);
  const inner = parsePart(ecPrivateKey, privateKey, der, "PrivateKeyInfo.privateKey");
  const malformed = (detail: string, part: Uint8Array) =>
    new MalformedError("BAD_VALUE", detail, part.byteOffset - der.byteOffset, "PrivateKeyInfo.privateKey");
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
