import { oid } from "../asn1/oid.js";
import {
  type AlgorithmIdentifier,
  algorithmIdentifier,
  BIT_STRING,
  bitString,
  INTEGER,
  OBJECT_IDENTIFIER,
  SEQUENCE,
  SET,
  smallInteger,
  subjectPublicKeyInfo,
} from "../asn1/types.js";
import { CardwrightError, MalformedError } from "../errors.js";
import { encodeTlv } from "../tlv/ber.js";
import { any } from "../tlv/choice.js";
import { derOrder } from "../tlv/der-order.js";
import { dataObject, encodeObject, parseObject } from "../tlv/file.js";
import { list, listOwn } from "../tlv/list.js";
import { req, reqOwn, struct } from "../tlv/struct.js";
import { checkExtensions, type Extension, extensionList } from "./certificate.js";
import { checkSignatureSize } from "./cms-sign.js";
import { keepingRaw, parsePart } from "./der.js";
import { type Name, name } from "./name.js";
import type { PublicKey } from "./public-key.js";
import { encodeSignatureValue, signatureAlgorithmIdentifier } from "./signature-algorithm.js";
import type { MaybePromise, SignatureAlgorithmName, Signer, SyncSigner } from "./signer.js";
import { verifySignature } from "./verify-signature.js";

/** The attribute that asks for extensions (RFC 2985 §5.4.2). */
const EXTENSION_REQUEST = "1.2.840.113549.1.9.14";

const attributes = list(
  SEQUENCE,
  struct({ type: req(OBJECT_IDENTIFIER, oid()), values: req(SET, listOwn(any(), { min: 1, sorted: derOrder })) }),
  { sorted: derOrder },
);
const info = struct({
  version: req(INTEGER, smallInteger(0)),
  subject: reqOwn(keepingRaw(SEQUENCE, name)),
  subjectPkInfo: reqOwn(keepingRaw(SEQUENCE, subjectPublicKeyInfo)),
  attributes: req(0xa0, attributes),
});
const infoObject = dataObject("CertificationRequestInfo", SEQUENCE, info);
const requestObject = dataObject(
  "CertificationRequest",
  SEQUENCE,
  struct({
    info: reqOwn(keepingRaw(SEQUENCE, info)),
    signatureAlgorithm: reqOwn(keepingRaw(SEQUENCE, algorithmIdentifier)),
    signature: req(BIT_STRING, bitString()),
  }),
);
const nameObject = dataObject("Name", SEQUENCE, name);
const extensionsObject = dataObject("Extensions", SEQUENCE, extensionList);
const algorithmObject = dataObject("AlgorithmIdentifier", SEQUENCE, algorithmIdentifier);
const signatureObject = dataObject("signature", BIT_STRING, bitString());

/** A request for a certificate. All byte arrays are views of the input. */
export interface CertificateRequest {
  /** The whole request as received. */
  readonly raw: Uint8Array;
  /** CertificationRequestInfo: what is signed. */
  readonly infoRaw: Uint8Array;
  readonly subject: Name;
  /** DER of the subject's name. */
  readonly subjectRaw: Uint8Array;
  /** DER of SubjectPublicKeyInfo. */
  readonly spkiRaw: Uint8Array;
  /** All attributes, each of their values as DER. */
  readonly attributes: readonly { readonly type: string; readonly values: readonly Uint8Array[] }[];
  /** The extensions that are asked for; what the certificate gets is the authority's decision. */
  readonly extensions: readonly Extension[];
  readonly signatureAlgorithm: AlgorithmIdentifier;
  /** As in the BIT STRING; for ECDSA the DER of Ecdsa-Sig-Value. */
  readonly signature: Uint8Array;
}

/**
 * A certificate request (PKCS #10), read strictly: DER, version 1, attributes in their order. Nothing is verified: see
 * {@link verifyCertificateRequest}.
 *
 * Spec: RFC 2986 §4; extensionRequest: RFC 2985 §5.4.2.
 *
 * @param der - DER of CertificationRequest and nothing else. Kept: leave it unchanged while the result is used.
 * @throws {MalformedError} with path (`CertificationRequest.info.subject`) and offset in `der`.
 * @example
 * const request = parseCertificateRequest(fromPem(text, "CERTIFICATE REQUEST"));
 */
export function parseCertificateRequest(der: Uint8Array): CertificateRequest {
  const { info: body, signatureAlgorithm, signature } = parseObject(requestObject, der);
  const { subject, subjectPkInfo, attributes: all } = body.value;
  const path = "CertificationRequest.info.attributes";
  const asked: Extension[] = [];
  for (const [index, { type, values }] of all.entries()) {
    const [value, second] = values as [Uint8Array, Uint8Array | undefined];
    const where = `${path}[${index}]`;
    if (all.findIndex((other) => other.type === type) < index) {
      throw new MalformedError(
        "BAD_VALUE",
        `the attribute ${type} occurs twice`,
        value.byteOffset - der.byteOffset,
        where,
      );
    }
    if (type !== EXTENSION_REQUEST) continue;
    if (second !== undefined) {
      const offset = second.byteOffset - der.byteOffset;
      throw new MalformedError("BAD_VALUE", "extensionRequest has one value (RFC 2985 §5.4.2)", offset, where);
    }
    asked.push(...checkExtensions(parsePart(extensionsObject, value, der, where), where, der, undefined));
  }
  return {
    raw: der,
    infoRaw: body.raw,
    subject: subject.value,
    subjectRaw: subject.raw,
    spkiRaw: subjectPkInfo.raw,
    attributes: all,
    extensions: asked,
    signatureAlgorithm: signatureAlgorithm.value,
    signature,
  };
}

/**
 * Whether a request is signed by the key that it asks a certificate for. It proves that the applicant has the key, and nothing about
 * who the applicant is.
 *
 * Spec: RFC 2986 §4.2.
 *
 * @param key - What `publicKeyFromSpki(request.spkiRaw)` gave, when it is at hand.
 * @returns As `verifySignature`: undefined, which is not good, when the algorithm or the key is not offered.
 * @example
 * verifyCertificateRequest(request) === true;
 */
export function verifyCertificateRequest(request: CertificateRequest, key?: PublicKey): boolean | undefined {
  const { spkiRaw, signatureAlgorithm, infoRaw, signature } = request;
  return verifySignature(key ?? spkiRaw, signatureAlgorithm, infoRaw, signature);
}

/** What to ask for. */
export interface CertificateRequestOptions {
  /** Holds the key that is to be certified: in memory, in a security module, or on the chip. */
  readonly signer: Signer;
  readonly subject: Name;
  /** The extensions that are asked for; none when left out. */
  readonly extensions?: readonly Extension[];
  /** The signer's preferred algorithm unless told otherwise. */
  readonly algorithm?: SignatureAlgorithmName;
}

/**
 * A certificate request (PKCS #10) over the key of a signer. The signature is verified before it is handed out.
 *
 * Spec: RFC 2986 §4.
 *
 * @returns DER of CertificationRequest; at once when the signer answers at once, else a promise.
 * @throws {RangeError} when the signer does not offer `algorithm`, or gives a signature of another length than its key's.
 * @throws {EncodeError} for a name or extensions that cannot be written.
 * @throws {CardwrightError} `SIGNER_MISMATCH` - the signature is not by the signer's public key.
 * @example
 * import { createCertificateRequest, generateEcPrivateKey, memorySigner, NAME, parseCertificateRequest } from "cardwright/pki";
 * import { verifyCertificateRequest } from "cardwright/pki";
 * const signer = memorySigner(generateEcPrivateKey("P-256"), { curveParameters: "named" });
 * const der = createCertificateRequest({ signer, subject: [{ oid: NAME.commonName, value: "0012345679" }] });
 * verifyCertificateRequest(parseCertificateRequest(der)); // => true
 */
export function createCertificateRequest(
  options: CertificateRequestOptions & { readonly signer: SyncSigner },
): Uint8Array;
export function createCertificateRequest(options: CertificateRequestOptions): MaybePromise<Uint8Array>;
export function createCertificateRequest(options: CertificateRequestOptions): MaybePromise<Uint8Array> {
  const { signer, subject, extensions = [] } = options;
  const algorithm = options.algorithm ?? (signer.algorithms[0] as SignatureAlgorithmName);
  if (!signer.algorithms.includes(algorithm)) {
    throw new RangeError(
      `createCertificateRequest: the signer offers ${signer.algorithms.join(", ")}, not ${algorithm}`,
    );
  }
  const asked = extensions.map(({ oid: type, critical, value }) => ({
    oid: type,
    value,
    ...(critical && { critical }),
  }));
  const infoRaw = encodeObject(infoObject, {
    version: 0,
    subject: { raw: encodeObject(nameObject, subject), value: subject },
    subjectPkInfo: { raw: signer.publicKey, value: undefined as never },
    attributes:
      asked.length === 0 ? [] : [{ type: EXTENSION_REQUEST, values: [encodeObject(extensionsObject, asked)] }],
  });
  const finish = (signature: Uint8Array): Uint8Array => {
    checkSignatureSize(signer, signature);
    const value = encodeSignatureValue(algorithm, signature);
    const identifier = encodeObject(algorithmObject, signatureAlgorithmIdentifier(algorithm));
    const der = encodeTlv(SEQUENCE, infoRaw, identifier, encodeObject(signatureObject, value));
    if (verifyCertificateRequest(parseCertificateRequest(der)) === true) return der;
    throw new CardwrightError(
      "SIGNER_MISMATCH",
      "The signer's signature does not verify with its own public key; check which key it uses.",
    );
  };
  const signature = signer.sign(infoRaw, algorithm);
  return signature instanceof Uint8Array ? finish(signature) : signature.then(finish);
}
