import { CardwrightError } from "../../errors.js";
import { completeFindings, type Finding } from "../finding.js";
import type { Signer } from "../signer.js";
import { type CvCertificate, type CvcExtension, joinSigned, PROFILE } from "./certificate.js";
import { type Answer, checkKey, failed, notChecked, passed, warning } from "./checks.js";
import { type CvcHolder, type CvcIssuer, issueCvCertificate, preferredAlgorithm, signCvc } from "./issue.js";
import { algorithmOf, type CvcPublicKey, cvcPublicKeyFromSpki, isEcKey } from "./public-key.js";
import { checkReference, parseHolderReference } from "./reference.js";
import { type CvRequest, encodeCvRequest, encodeCvRequestBody, outerSignedBytes, parseCvRequest } from "./request.js";
import { verifyCvcSignature } from "./verify.js";

/** What an applicant asks for. */
export interface CvRequestOptions {
  /** Holds the new key, which makes the inner signature. */
  readonly signer: Signer;
  /** Object identifier of `CVC_ALGORITHMS`; that of the signer's preferred algorithm when left out. */
  readonly algorithm?: string;
  /** Reference of the new key. */
  readonly chr: string;
  /** Reference of the authority's key that is to sign. */
  readonly car?: string;
  readonly extensions?: readonly CvcExtension[];
  /** Who vouches: the applicant's key before, or another authority. */
  readonly outer?: {
    /** Reference of the key. */
    readonly car: string;
    readonly signer: Signer;
    /** Object identifier of `CVC_ALGORITHMS`; that of the signer's preferred algorithm when left out. */
    readonly algorithm?: string;
  };
}

/**
 * A request for a CV certificate, with an outer signature when asked for.
 *
 * Spec: ICAO 9303-12 §8.1.1, TR-03110-3 C.
 *
 * @returns The request, parsed; `raw` is its bytes.
 * @throws {RangeError} for a reference that is none, or an algorithm that is not for the key.
 * @throws {CardwrightError} `SIGNER_MISMATCH`, `ALGORITHM_UNSUPPORTED` as `createCvca`.
 * @example
 * const request = await createCvRequest({ signer, chr: "UTDV00002", car: "UTCVCA00001",
 *   outer: { car: "UTDV00001", signer: signerBefore } });
 */
export async function createCvRequest(options: CvRequestOptions): Promise<CvRequest> {
  const { signer, chr, car, extensions, outer, algorithm = preferredAlgorithm(signer) } = options;
  checkReference(chr, "chr");
  if (car !== undefined) checkReference(car, "car");
  if (outer !== undefined) checkReference(outer.car, "outer.car");
  const publicKey = cvcPublicKeyFromSpki(signer.publicKey, algorithm);
  const body = {
    profile: PROFILE,
    publicKey,
    chr,
    ...(car !== undefined && { car }),
    ...(extensions !== undefined && extensions.length > 0 && { extensions }),
  };
  const bodyRaw = encodeCvRequestBody(body);
  const signature = await signCvc(publicKey, signer, bodyRaw);
  if (outer === undefined) return parseCvRequest(encodeCvRequest({ ...body, signature }));
  const outerKey = cvcPublicKeyFromSpki(outer.signer.publicKey, outer.algorithm ?? preferredAlgorithm(outer.signer));
  const signedRaw = outerSignedBytes(joinSigned(bodyRaw, signature), outer.car);
  const outerSignature = await signCvc(outerKey, outer.signer, signedRaw);
  return parseCvRequest(encodeCvRequest({ ...body, signature, outer: { car: outer.car, signature: outerSignature } }));
}

/** The checks of a request, in the order of the findings. */
export const CV_REQUEST_CHECKS = ["holderReference", "publicKey", "innerSignature", "outerSignature"] as const;

/** One of {@link CV_REQUEST_CHECKS}. */
export type CvRequestCheck = (typeof CV_REQUEST_CHECKS)[number];

/**
 * Verifies a request: the form of its reference, its key, and its signatures. Whether an outer signature is needed is the
 * authority's rule: for a first certificate it may be missing, for a further one it may not (9303-12 §8.1.1.5).
 *
 * Spec: ICAO 9303-12 §8.1.1, TR-03110-3 C.
 *
 * @param outerKey - The key that `request.outer.car` refers to, with its domain parameters.
 * @returns A finding for each of {@link CV_REQUEST_CHECKS}; `outerSignature` is `notChecked` when there is none, or no key for it.
 * @example
 * const findings = verifyCvRequest(request, dvBefore.publicKey);
 * findings.every(({ status }) => status === "passed");
 */
export function verifyCvRequest(request: CvRequest, outerKey?: CvcPublicKey): readonly Finding<CvRequestCheck>[] {
  const { chr, publicKey, bodyRaw, signature } = request;
  const answers = new Map<CvRequestCheck, Answer>([
    [
      "holderReference",
      parseHolderReference(chr) === undefined
        ? warning(`${JSON.stringify(chr)} has not the form of a reference: country, mnemonic, sequence number`)
        : passed(chr),
    ],
    ["publicKey", checkRequestKey(publicKey)],
    ["innerSignature", answerOf(verifyCvcSignature(publicKey, bodyRaw, signature), "the key in the request")],
    ["outerSignature", checkOuter(request, outerKey)],
  ]);
  return completeFindings(CV_REQUEST_CHECKS, answers, "");
}

/** A request always states domain parameters (9303-12 §8.1.1.3). */
function checkRequestKey(key: CvcPublicKey): Answer {
  const algorithm = algorithmOf(key);
  if (algorithm === undefined) return failed(`${key.oid} is no algorithm for this kind of key`);
  if (isEcKey(key) && key.domain === undefined) return failed("a request states the domain parameters of its key");
  return checkKey(key) ?? passed(`a key for ${algorithm.name}`);
}

function checkOuter({ outer }: CvRequest, key: CvcPublicKey | undefined): Answer {
  if (outer === undefined) return notChecked("the request has no outer signature");
  if (key === undefined) return notChecked(`the key ${outer.car} is not at hand`);
  return answerOf(verifyCvcSignature(key, outer.signedRaw, outer.signature), outer.car);
}

function answerOf(good: boolean | undefined, by: string): Answer {
  if (good === undefined) return notChecked(`the algorithm or the curve of ${by} is not offered`);
  return good ? passed(`signed by ${by}`) : failed(`the signature is not by ${by}`);
}

/**
 * Issues the certificate that a request asks for. Its inner signature is verified here; whether the applicant may have it, and the
 * outer signature, is what {@link verifyCvRequest} and the authority judge before.
 *
 * Spec: ICAO 9303-12 §8.1.1, TR-03110-3 C.
 *
 * @param options.holder - What the authority states; the reference and the key are the request's, and so are the extensions
 *   when none are given.
 * @throws {RangeError} as `issueCvCertificate`.
 * @throws {CardwrightError} `REQUEST_INVALID` - the inner signature is not good; others as `issueCvCertificate`.
 * @example
 * const dv = await issueFromCvRequest({ issuer: { certificate: cvca, signer }, request,
 *   holder: { chat, effectiveDate: "2027-02-01", expirationDate: "2027-04-30" } });
 */
export async function issueFromCvRequest(options: {
  readonly issuer: CvcIssuer;
  readonly request: CvRequest;
  readonly holder: Omit<CvcHolder, "chr">;
}): Promise<CvCertificate> {
  const { issuer, request, holder } = options;
  const { publicKey, chr, bodyRaw, signature, extensions } = request;
  if (verifyCvcSignature(publicKey, bodyRaw, signature) !== true) {
    throw new CardwrightError(
      "REQUEST_INVALID",
      "The inner signature of the request is not by the key in it; see verifyCvRequest, and ask for a new request.",
    );
  }
  return issueCvCertificate({ ...(extensions !== undefined && { extensions }), ...holder, issuer, publicKey, chr });
}
