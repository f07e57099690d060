import { concatBytes } from "../../bytes/bytes.js";
import { encodeTlv } from "../../tlv/ber.js";
import type { Value } from "../../tlv/codec.js";
import { dataObject, encodeObject, parseObject } from "../../tlv/file.js";
import { octets, uint } from "../../tlv/leaves.js";
import { opt, req, reqOwn, struct } from "../../tlv/struct.js";
import { keepingRaw } from "../der.js";
import { BODY, CERTIFICATE, extensionList, joinSigned, PROFILE, SIGNATURE } from "./certificate.js";
import { cvcPublicKey } from "./public-key.js";
import { referenceText } from "./reference.js";

const AUTHENTICATION = 0x67;
const CAR = 0x42;

const body = struct({
  profile: req(0x5f29, uint(1, [PROFILE])),
  /** Key of the authority that the applicant expects to be used. */
  car: opt(CAR, referenceText()),
  publicKey: req(0x7f49, cvcPublicKey),
  chr: req(0x5f20, referenceText()),
  /** Extensions that are asked for; TR-03110-3 has them, 9303-12 does not. */
  extensions: opt(0x65, extensionList),
});

/** What an applicant signs in a request. */
export interface CvRequestBody extends Value<typeof body> {}

const bodyObject = dataObject("RequestBody", BODY, body);
const signed = struct({ body: reqOwn(keepingRaw(BODY, body)), signature: req(SIGNATURE, octets(1)) });
const requestObject = dataObject("CvRequest", CERTIFICATE, signed);
const authenticationObject = dataObject(
  "Authentication",
  AUTHENTICATION,
  struct({
    request: reqOwn(keepingRaw(CERTIFICATE, signed)),
    car: req(CAR, referenceText()),
    signature: req(SIGNATURE, octets(1)),
  }),
);

/** The outer signature of a request: by a key that the authority knows already. */
export interface OuterSignature {
  /** Reference of that key. */
  readonly car: string;
  /** The inner request and the reference, both with tag and length: what is signed. */
  readonly signedRaw: Uint8Array;
  readonly signature: Uint8Array;
}

/** A request for a CV certificate. Byte arrays are views of the input, `outer.signedRaw` apart. */
export interface CvRequest extends CvRequestBody {
  /** The whole request: 7F21, or 67 when it has an outer signature. */
  readonly raw: Uint8Array;
  /** The body with tag and length: what the inner signature is over. */
  readonly bodyRaw: Uint8Array;
  /** Inner signature, by the key in the request. */
  readonly signature: Uint8Array;
  readonly outer?: OuterSignature;
}

/**
 * A request for a CV certificate, with or without an outer signature. Strict, as {@link parseCvCertificate}; nothing is verified.
 *
 * Spec: ICAO 9303-12 §8.1.1, table 17; TR-03110-3 C.
 *
 * @param bytes - One data object 7F21 or 67 and nothing else.
 * @throws {MalformedError} with the path, e.g. `Authentication.request.body.chr`.
 * @example
 * const { chr, outer } = parseCvRequest(bytes);
 */
export function parseCvRequest(bytes: Uint8Array): CvRequest {
  if (bytes[0] !== AUTHENTICATION) {
    const { body: inner, signature } = parseObject(requestObject, bytes);
    return { raw: bytes, bodyRaw: inner.raw, ...inner.value, signature };
  }
  const { request, car, signature } = parseObject(authenticationObject, bytes);
  const { body: inner, signature: innerSignature } = request.value;
  return {
    raw: bytes,
    bodyRaw: inner.raw,
    ...inner.value,
    signature: innerSignature,
    outer: { car, signedRaw: outerSignedBytes(request.raw, car), signature },
  };
}

const carObject = dataObject("CertificationAuthorityReference", CAR, referenceText());

/** @internal What an outer signature is over. */
export function outerSignedBytes(requestRaw: Uint8Array, car: string): Uint8Array {
  return concatBytes(requestRaw, encodeObject(carObject, car));
}

/** @internal Bytes of a request's body: what the applicant signs. */
export function encodeCvRequestBody(value: CvRequestBody): Uint8Array {
  return encodeObject(bodyObject, value);
}

/**
 * Bytes of a request from its fields, the raw ones apart; those of a parsed one come out as they went in.
 *
 * @throws {EncodeError} for what a request cannot hold.
 */
export function encodeCvRequest(
  value: CvRequestBody & { readonly signature: Uint8Array; readonly outer?: Pick<OuterSignature, "car" | "signature"> },
): Uint8Array {
  const inner = joinSigned(encodeCvRequestBody(value), value.signature);
  const { outer } = value;
  if (outer === undefined) return inner;
  return encodeTlv(AUTHENTICATION, outerSignedBytes(inner, outer.car), encodeTlv(SIGNATURE, outer.signature));
}
