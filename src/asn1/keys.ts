import { any, rest } from "../tlv/choice.js";
import { dataObject } from "../tlv/file.js";
import { octets } from "../tlv/leaves.js";
import { opt, req, reqOwn, struct } from "../tlv/struct.js";
import { oid } from "./oid.js";
import {
  BIT_STRING,
  INTEGER,
  integerBytes,
  OBJECT_IDENTIFIER,
  OCTET_STRING,
  SEQUENCE,
  smallInteger,
  subjectPublicKeyInfo,
} from "./types.js";

/** Algorithm of a key on a curve in a SubjectPublicKeyInfo, whatever it is used for (RFC 5480 §2.1.1). */
export const ID_EC_PUBLIC_KEY = "1.2.840.10045.2.1";
/** Algorithm of an RSA key for any scheme (RFC 8017 appendix A.1). */
export const ID_RSA_ENCRYPTION = "1.2.840.113549.1.1.1";
/** Algorithm of an RSA key for RSASSA-PSS alone, and of such a signature (RFC 8017 appendix A.2.3). */
export const ID_RSASSA_PSS = "1.2.840.113549.1.1.10";
/** Field of integers modulo a prime, in ECParameters (RFC 3279 §2.3.5). */
export const ID_PRIME_FIELD = "1.2.840.10045.1.1";

/** SubjectPublicKeyInfo on its own. */
export const spkiObject = dataObject("SubjectPublicKeyInfo", SEQUENCE, subjectPublicKeyInfo);

/** A curve by its name. */
export const namedCurve = dataObject("namedCurve", OBJECT_IDENTIFIER, oid());

/** The prime of {@link ID_PRIME_FIELD}. */
export const primeP = dataObject("Prime-p", INTEGER, integerBytes());

/** A curve by all its parameters (SEC 1 §C.2, RFC 3279 §2.3.5); seed and cofactor may be absent. */
export const ecParameters = dataObject(
  "ECParameters",
  SEQUENCE,
  struct({
    /** 1; 2 and 3 say that the seed proves curve, or curve and base point. */
    version: req(INTEGER, smallInteger(3)),
    fieldId: req(SEQUENCE, struct({ fieldType: req(OBJECT_IDENTIFIER, oid()), parameters: reqOwn(any()) })),
    curve: req(
      SEQUENCE,
      struct({ a: req(OCTET_STRING, octets(1)), b: req(OCTET_STRING, octets(1)), seed: opt(BIT_STRING, rest()) }),
    ),
    base: req(OCTET_STRING, octets(1)),
    order: req(INTEGER, integerBytes()),
    cofactor: opt(INTEGER, integerBytes()),
  }),
);

/** RSAPublicKey (RFC 8017 appendix A.1.1). */
export const rsaPublicKey = dataObject(
  "RSAPublicKey",
  SEQUENCE,
  struct({ modulus: req(INTEGER, integerBytes()), publicExponent: req(INTEGER, integerBytes()) }),
);
