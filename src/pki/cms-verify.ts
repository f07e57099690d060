import { oid } from "../asn1/oid.js";
import { timeToDate } from "../asn1/time.js";
import { GENERALIZED_TIME, OBJECT_IDENTIFIER, OCTET_STRING, UTC_TIME } from "../asn1/types.js";
import { equalBytes } from "../bytes/bytes.js";
import { anyHashByOid, hashAny } from "../crypto/legacy/sha1.js";
import { MalformedError } from "../errors.js";
import { parseTlv } from "../tlv/ber.js";
import { dataObject, parseObject } from "../tlv/file.js";
import { type Certificate, parseCertificate } from "./certificate.js";
import { type Attribute, CMS, type SignedData, type SignerInfo, singleValue } from "./cms.js";
import { completeFindings, type Finding, type FindingStatus } from "./finding.js";
import { nameToString } from "./name.js";
import { hasNoParameters, rowOf, verifySignature } from "./verify-signature.js";

/**
 * The checks of a signature, in the order they are made:
 * - `singleSigner`: there is exactly one SignerInfo;
 * - `signerCertificate`: the certificate it names came along, exactly once;
 * - `algorithms`: digest and signature algorithm agree (`warning` for SHA-1, `notChecked` when not offered);
 * - `contentType`: the signed attribute equals the type of the content;
 * - `messageDigest`: the signed attribute equals the hash of the content;
 * - `signature`: good over the signed attributes as received.
 */
export const SIGNATURE_CHECKS = [
  "singleSigner",
  "signerCertificate",
  "algorithms",
  "contentType",
  "messageDigest",
  "signature",
] as const;
/** See {@link SIGNATURE_CHECKS}. */
export type SignatureCheck = (typeof SIGNATURE_CHECKS)[number];

/** What was found about the signature of a SignedData. */
export interface SignatureFindings {
  /** Whether every finding is `passed` or `warning`. Says nothing about who the signer is: see `validateSignerPath`. */
  readonly good: boolean;
  /** Every check of {@link SIGNATURE_CHECKS}, in that order. */
  readonly findings: readonly Finding<SignatureCheck>[];
  /** The certificate that the signer names, when it came along; not trusted. */
  readonly certificate?: Certificate;
  /** The signed attribute signingTime: a claim of the signer. */
  readonly signingTime?: Date;
}

type Answer = { readonly status: FindingStatus; readonly detail: string };

const passed = (detail: string): Answer => ({ status: "passed", detail });
const failed = (detail: string): Answer => ({ status: "failed", detail });

const contentTypeValue = dataObject("contentType", OBJECT_IDENTIFIER, oid());

/**
 * Checks the one signature of a SignedData. A bad document is an answer, not an exception.
 *
 * Spec: RFC 5652 §5.4 and §5.6, ICAO 9303-11 §5.1 (passive authentication, the signature of the Document Signer).
 *
 * Signed attributes are required, as ICAO 9303-10 §4.6.2.2 does: a signature directly over the content could be passed off as
 * one over attributes.
 *
 * @example
 * const { good, certificate } = verifySignedData(parseCms(der));
 */
export function verifySignedData(signedData: SignedData): SignatureFindings {
  const answers = new Map<SignatureCheck, Answer>();
  const [info, ...others] = signedData.signerInfos;
  if (info === undefined || others.length > 0) {
    answers.set("singleSigner", failed(`There are ${signedData.signerInfos.length} signers where one is expected.`));
    return finish(answers, "Only a message with one signer is checked.");
  }
  answers.set("singleSigner", passed("There is one signer."));

  const certificate = signerCertificate(signedData, info, answers);
  answers.set("algorithms", checkAlgorithms(signedData, info));
  const attributes = info.signedAttrs;
  if (attributes === undefined || info.signedAttrsRaw === undefined) {
    for (const id of ["contentType", "messageDigest", "signature"] as const) {
      answers.set(id, failed("There are no signed attributes, which ICAO 9303-10 requires."));
    }
    return finish(answers, "", certificate);
  }
  answers.set("contentType", checkContentType(signedData, attributes));
  answers.set("messageDigest", checkMessageDigest(signedData, info, attributes));
  if (certificate !== undefined) answers.set("signature", checkSignature(certificate, info, info.signedAttrsRaw));
  return finish(answers, "The signer's certificate is not there.", certificate, signingTimeOf(attributes));
}

function finish(
  answers: ReadonlyMap<SignatureCheck, Answer>,
  reason: string,
  certificate?: Certificate,
  signingTime?: Date,
): SignatureFindings {
  const findings = completeFindings(SIGNATURE_CHECKS, answers, reason);
  return {
    good: findings.every(({ status }) => status === "passed" || status === "warning"),
    findings,
    ...(certificate === undefined ? {} : { certificate }),
    ...(signingTime === undefined ? {} : { signingTime }),
  };
}

function signerCertificate(
  { certificates }: SignedData,
  { sid }: SignerInfo,
  answers: Map<SignatureCheck, Answer>,
): Certificate | undefined {
  const problems: string[] = [];
  const matching: Certificate[] = [];
  for (const der of certificates) {
    try {
      const certificate = parseCertificate(der);
      const matches =
        sid.subjectKeyIdentifier === undefined
          ? equalBytes(certificate.issuerRaw, sid.issuerRaw) && equalBytes(certificate.serialNumber, sid.serialNumber)
          : certificate.subjectKeyIdentifier !== undefined &&
            equalBytes(certificate.subjectKeyIdentifier, sid.subjectKeyIdentifier);
      if (matches) matching.push(certificate);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      problems.push(error.message);
    }
  }
  const [certificate, ...others] = matching;
  if (certificate !== undefined && others.length === 0) {
    answers.set("signerCertificate", passed(`The signer is ${nameToString(certificate.subject)}.`));
    return certificate;
  }
  const unreadable = problems.length === 0 ? "" : ` Unreadable: ${problems.join("; ")}.`;
  answers.set(
    "signerCertificate",
    failed(`${matching.length} of ${certificates.length} certificates match the signer.${unreadable}`),
  );
  return undefined;
}

function checkAlgorithms({ digestAlgorithms }: SignedData, info: SignerInfo): Answer {
  const digest = info.digestAlgorithm.algorithm;
  if (!digestAlgorithms.some(({ algorithm }) => algorithm === digest)) {
    return failed(`The digest algorithm ${digest} is not in the list of digest algorithms.`);
  }
  const hash = hashOf(info);
  const row = rowOf(info.signatureAlgorithm);
  if (hash === undefined || row === undefined) {
    const name = hash === undefined ? digest : info.signatureAlgorithm.algorithm;
    return { status: "notChecked", detail: `The algorithm ${name} is not supported.` };
  }
  if (row.hash !== hash.name) return failed(`The content is hashed with ${hash.name}, but signed with ${row.name}.`);
  return row.legacy
    ? { status: "warning", detail: `${row.name} is no longer secure for new documents.` }
    : passed(`${row.name}.`);
}

function hashOf({ digestAlgorithm }: SignerInfo) {
  return hasNoParameters(digestAlgorithm) ? anyHashByOid(digestAlgorithm.algorithm) : undefined;
}

function checkContentType({ eContentType }: SignedData, attributes: readonly Attribute[]): Answer {
  const value = singleValue(attributes, CMS.contentType);
  if (value === undefined) return failed("The attribute contentType does not occur once, with one value.");
  try {
    const signed = parseObject(contentTypeValue, value);
    return signed === eContentType
      ? passed(`The content is signed as ${signed}.`)
      : failed(`The content is signed as ${signed}, but stands there as ${eContentType}.`);
  } catch (error) {
    return malformed(error);
  }
}

function checkMessageDigest({ eContent }: SignedData, info: SignerInfo, attributes: readonly Attribute[]): Answer {
  const value = singleValue(attributes, CMS.messageDigest);
  if (value === undefined) return failed("The attribute messageDigest does not occur once, with one value.");
  const hash = hashOf(info);
  if (hash === undefined) {
    return { status: "notChecked", detail: `The algorithm ${info.digestAlgorithm.algorithm} is not supported.` };
  }
  try {
    return equalBytes(parseTlv(value, OCTET_STRING).value, hashAny(hash.name, eContent))
      ? passed(`The ${hash.name} hash of the content is the signed one.`)
      : failed("The content is not the one that was signed: its hash differs.");
  } catch (error) {
    return malformed(error);
  }
}

function checkSignature(certificate: Certificate, info: SignerInfo, message: Uint8Array): Answer {
  switch (verifySignature(certificate.spkiRaw, info.signatureAlgorithm, message, info.signature)) {
    case true:
      return passed("The signature is good.");
    case false:
      return failed("The signature is not that of the signer's key over the signed attributes.");
    case undefined:
      return { status: "notChecked", detail: "The algorithm or the curve of the signer's key is not supported." };
  }
}

/** Undefined also when the attribute is malformed: it is a claim, and no check depends on it. */
function signingTimeOf(attributes: readonly Attribute[]): Date | undefined {
  const value = singleValue(attributes, CMS.signingTime);
  if (value === undefined) return undefined;
  try {
    const { tag, value: content } = parseTlv(value);
    const text = String.fromCharCode(...content.subarray(0, 16));
    if (tag === UTC_TIME) return timeToDate({ utcTime: text });
    return tag === GENERALIZED_TIME ? timeToDate({ generalizedTime: text }) : undefined;
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}

function malformed(error: unknown): Answer {
  if (error instanceof MalformedError) return failed(error.message);
  throw error;
}
