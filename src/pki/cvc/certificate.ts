import { oid } from "../../asn1/oid.js";
import { OBJECT_IDENTIFIER } from "../../asn1/types.js";
import { encodeTlv } from "../../tlv/ber.js";
import { any } from "../../tlv/choice.js";
import type { Value } from "../../tlv/codec.js";
import { dataObject, encodeObject, parseObject } from "../../tlv/file.js";
import { octets, uint } from "../../tlv/leaves.js";
import { list, listOwn } from "../../tlv/list.js";
import { opt, optOwn, req, reqOwn, struct } from "../../tlv/struct.js";
import { keepingRaw } from "../der.js";
import { chatContent } from "./chat.js";
import { cvcDate } from "./date.js";
import { cvcPublicKey } from "./public-key.js";
import { referenceText } from "./reference.js";

/** Object identifiers of extensions. */
export const CVC_EXTENSION = {
  /** 80: hash of the certificate description of an authentication terminal (TR-03110-3 C). */
  description: "0.4.0.127.0.7.3.1.3.1",
  /** 80, and 81 for the second one: hash of a sector public key of restricted identification (TR-03110-3 C). */
  sector: "0.4.0.127.0.7.3.1.3.2",
} as const;

const extension = struct({
  oid: req(OBJECT_IDENTIFIER, oid()),
  /** Whole data objects with context-specific tags, as they stand. */
  objects: optOwn(listOwn(any(), { min: 1 })),
});

/** One extension of a certificate. */
export interface CvcExtension extends Value<typeof extension> {}

/** @internal Content of 65. */
export const extensionList = list(0x73, extension, { min: 1 });

/** @internal Version 1 of the profile is stated as 0. */
export const PROFILE = 0;

const body = struct({
  profile: req(0x5f29, uint(1, [PROFILE])),
  /** Reference of the key that the certificate is signed with. */
  car: req(0x42, referenceText()),
  publicKey: req(0x7f49, cvcPublicKey),
  /** Reference of the key that is certified. */
  chr: req(0x5f20, referenceText()),
  chat: req(0x7f4c, chatContent),
  /** Day on which the certificate was made. */
  effectiveDate: req(0x5f25, cvcDate()),
  /** Last day on which it is valid. */
  expirationDate: req(0x5f24, cvcDate()),
  extensions: opt(0x65, extensionList),
});

/** What is signed in a CV certificate. */
export interface CvCertificateBody extends Value<typeof body> {}

/** @internal */
export const SIGNATURE = 0x5f37;
/** @internal */
export const CERTIFICATE = 0x7f21;
/** @internal */
export const BODY = 0x7f4e;

const bodyObject = dataObject("CertificateBody", BODY, body);
const certificateObject = dataObject(
  "CvCertificate",
  CERTIFICATE,
  struct({ body: reqOwn(keepingRaw(BODY, body)), signature: req(SIGNATURE, octets(1)) }),
);

/** A card-verifiable certificate. All byte arrays are views of the input. */
export interface CvCertificate extends CvCertificateBody {
  /** The whole certificate, 7F21. */
  readonly raw: Uint8Array;
  /** The body, 7F4E with tag and length: what is signed. */
  readonly bodyRaw: Uint8Array;
  /** ECDSA as r‖s, RSA as long as the modulus. */
  readonly signature: Uint8Array;
}

/**
 * A card-verifiable certificate. Strict: order, tags, minimal lengths, lengths of the authorization, days that exist.
 * Nothing is verified.
 *
 * Spec: ICAO 9303-12 §7.2.2 and §7.2.3, tables 11 to 16; TR-03110-3 C and D.
 *
 * @param bytes - One data object 7F21 and nothing else.
 * @throws {MalformedError} with the path, e.g. `CvCertificate.body.effectiveDate`.
 * @example
 * const dv = parseCvCertificate(bytes);
 * rightsOf(dv.chat); // ["readDg3"]
 */
export function parseCvCertificate(bytes: Uint8Array): CvCertificate {
  const { body: signed, signature } = parseObject(certificateObject, bytes);
  return { raw: bytes, bodyRaw: signed.raw, ...signed.value, signature };
}

/** Bytes of a certificate's body: what its issuer signs. @throws {EncodeError} for what a body cannot hold. */
export function encodeCvCertificateBody(value: CvCertificateBody): Uint8Array {
  return encodeObject(bodyObject, value);
}

/** @internal 7F21 of a body, or of a request's, and its signature. */
export function joinSigned(bodyRaw: Uint8Array, signature: Uint8Array): Uint8Array {
  return encodeTlv(CERTIFICATE, bodyRaw, encodeTlv(SIGNATURE, signature));
}

/**
 * Bytes of a certificate from its fields, `raw` and `bodyRaw` apart; those of a parsed one come out as they went in.
 *
 * @throws {EncodeError} for what a certificate cannot hold.
 */
export function encodeCvCertificate(value: CvCertificateBody & { readonly signature: Uint8Array }): Uint8Array {
  return joinSigned(encodeCvCertificateBody(value), value.signature);
}

/**
 * The value of one data object of an extension.
 *
 * @param id - Object identifier of the extension, e.g. `CVC_EXTENSION.description`.
 * @param tag - Context-specific tag, e.g. 0x80.
 * @returns A view; undefined when the certificate has no such extension or object.
 * @example
 * extensionValue(terminal, CVC_EXTENSION.description, 0x80); // hash of the certificate description
 */
export function extensionValue(
  { extensions = [] }: { readonly extensions?: readonly CvcExtension[] },
  id: string,
  tag: number,
): Uint8Array | undefined {
  for (const { oid: found, objects = [] } of extensions) {
    if (found !== id) continue;
    const object = objects.find(([first]) => first === tag);
    // One byte of tag, then the length: what follows is the value.
    if (object !== undefined) return parseObject(dataObject("extension", tag, octets()), object);
  }
  return undefined;
}
