import { oid } from "../asn1/oid.js";
import { OBJECT_IDENTIFIER, OCTET_STRING } from "../asn1/types.js";
import { equalBytes, toHex } from "../bytes/bytes.js";
import { hashAny } from "../crypto/legacy/sha1.js";
import { MalformedError } from "../errors.js";
import { parseTlv } from "../tlv/ber.js";
import { dataObject, encodeObject, parseObject } from "../tlv/file.js";
import type { Certificate } from "./certificate.js";
import { keyOfCertificate, labelOfCertificate } from "./certificate-key.js";
import { type Attribute, CMS, type SignedData, type SignerInfo, signedAttributes, singleValue } from "./cms.js";
import { type Algorithms, algorithmsOf } from "./cms-algorithms.js";
import { type CertificateSource, certificateSource, type SignerMatch, signerCertificate } from "./cms-signer.js";
import type { Departure, DepartureCode } from "./departures.js";
import { completeFindings, type Finding, type FindingStatus } from "./finding.js";
import { lenienceOf, readObject } from "./lenient.js";
import { signingTimeOf } from "./signing-time.js";
import { examineSignature, verifySignature } from "./verify-signature.js";

/**
 * The checks of a signature, in the order they are made:
 * - `singleSigner`: there is exactly one SignerInfo (`warning` for several different ones that are all good);
 * - `signerCertificate`: the certificate it names is there, exactly once (`warning` when its name is written in another way,
 *   `notChecked` when there is no certificate at all);
 * - `algorithms`: the digest algorithm is announced, and the signature algorithm has the same hash function (`warning` when not,
 *   and for SHA-1; `notChecked` when not offered);
 * - `contentType`: the signed attribute equals the type of the content (`warning` when nothing but the content is signed);
 * - `messageDigest`: the signed attribute equals the hash of the content (`warning` as above);
 * - `signature`: good over the signed attributes as received, or over the content when there are none.
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
  /** Departures from the standard met while verifying, those of the signer's certificate included; a finding names each. */
  readonly departures: readonly Departure[];
  /** The certificate that the (first) signer names, when it is there; not trusted. */
  readonly certificate?: Certificate;
  /** The signed attribute signingTime: a claim of the signer. */
  readonly signingTime?: Date;
}

/** What else is known when a signature is verified. */
export interface VerifyOptions {
  /**
   * Certificates that may be the signer's, beside those in the message; DER or parsed. A parsed one also stands for the same
   * bytes in the message, which are then not parsed again.
   */
  readonly certificates?: readonly (Uint8Array | Certificate)[];
}

type Answer = { readonly status: FindingStatus; readonly detail: string };
type Answers = Map<SignatureCheck, Answer>;

const passed = (detail: string): Answer => ({ status: "passed", detail });
const failed = (detail: string): Answer => ({ status: "failed", detail });
const warning = (detail: string): Answer => ({ status: "warning", detail });
const notChecked = (detail: string): Answer => ({ status: "notChecked", detail });

/** Sentences of the usual case, by the name in them: made once. */
function sentences(make: (name: string) => string): (name: string) => Answer {
  const made = new Map<string, Answer>();
  return (name) => {
    let answer = made.get(name);
    if (answer === undefined) {
      answer = passed(make(name));
      if (made.size < MOST_SENTENCES) made.set(name, answer);
    }
    return answer;
  };
}
const MOST_SENTENCES = 64;
const rightHash = sentences((name) => `The ${name} hash of the content is the signed one.`);
const signedAs = sentences((type) => `The content is signed as ${type}.`);
const signedBy = sentences((label) => `The signer is ${label}.`);
const goodAlgorithm = sentences((name) => `${name}.`);
const GOOD = passed("The signature is good.");
const ONE_SIGNER = passed("There is one signer.");
const contentTypeValue = dataObject("contentType", OBJECT_IDENTIFIER, oid());

/** One signer's answers, while they are being found. */
interface Run {
  readonly signedData: SignedData;
  readonly info: SignerInfo;
  readonly path: string;
  readonly answers: Answers;
  readonly departures: Departure[];
}

/** A departure, and the sentence that names it. */
function departed(run: Run, code: DepartureCode, detail: string): Answer {
  const offset = Math.max(run.info.signature.byteOffset - run.signedData.raw.byteOffset, 0);
  run.departures.push({ code, path: run.path, offset });
  return warning(`${detail} (${code})`);
}

/**
 * Checks the signature of a SignedData. A bad document is an answer, not an exception.
 *
 * Spec: RFC 5652 §5.4 and §5.6, ICAO 9303-11 §5.1 (passive authentication, the signature of the Document Signer).
 *
 * Of several signatures every one has to be good: a good one beside a bad one proves nothing about who put them together.
 *
 * @example
 * const { good, findings, certificate } = verifySignedData(parseCms(der));
 */
export function verifySignedData(signedData: SignedData, options: VerifyOptions = {}): SignatureFindings {
  const source = certificateSource(signedData, options.certificates ?? []);
  const [only] = signedData.signerInfos;
  if (only !== undefined && signedData.signerInfos.length === 1) {
    const run: Run = { signedData, info: only, path: "signerInfos[0]", answers: new Map(), departures: [] };
    const { certificate, signingTime } = verifySigner(run, source);
    run.answers.set("singleSigner", ONE_SIGNER);
    const { good, findings } = finish(run.answers, NO_CERTIFICATE);
    return {
      good,
      findings,
      departures: run.departures,
      ...(certificate && { certificate }),
      ...(signingTime && { signingTime }),
    };
  }
  const runs = signedData.signerInfos.map((info, index): Run => {
    const path = `signerInfos[${index}]`;
    return { signedData, info, path, answers: new Map(), departures: [] };
  });
  const [first, ...others] = runs;
  if (first === undefined) {
    const none = new Map([["singleSigner" as const, failed("There are 0 signers where one is expected.")]]);
    return { ...finish(none, "There is no signature."), departures: [] };
  }
  const signer = verifySigner(first, source);
  for (const other of others) verifySigner(other, source);
  const answers = worstOf(runs.map((run) => run.answers)).set("singleSigner", severalSigners(runs));
  const departures = runs.flatMap((run) => run.departures);
  return { ...finish(answers, NO_CERTIFICATE), departures, ...signer };
}

const NO_CERTIFICATE = "The signer's certificate is not there.";

function finish(answers: Answers, reason: string) {
  const findings = completeFindings(SIGNATURE_CHECKS, answers, reason);
  return { good: findings.every(isGood), findings };
}

const isGood = ({ status }: { readonly status: FindingStatus }) => status === "passed" || status === "warning";

function severalSigners(runs: readonly Run[]): Answer {
  const bad = runs.flatMap(({ answers }, index) =>
    SIGNATURE_CHECKS.slice(1).every((id) => isGood(answers.get(id) ?? notChecked(""))) ? [] : [index + 1],
  );
  const [run] = runs;
  const names = runs.map(({ info }) =>
    [info.sid.issuerRaw, info.sid.serialNumber, info.sid.subjectKeyIdentifier]
      .map((part) => part && toHex(part))
      .join(),
  );
  if (new Set(names).size < names.length) return failed(`There are ${runs.length} signers, and one of them twice.`);
  if (bad.length === 0 && run !== undefined) {
    return departed(run, "SEVERAL_SIGNERS", `There are ${runs.length} signers where one is expected; all are good.`);
  }
  return failed(`There are ${runs.length} signers where one is expected, and number ${bad.join(", ")} is not good.`);
}

const SEVERITY: readonly FindingStatus[] = ["passed", "warning", "notChecked", "failed"];

/** Of every check the worst answer that a signer got. */
function worstOf(all: readonly Answers[]): Answers {
  const worst: Answers = new Map();
  for (const id of SIGNATURE_CHECKS.slice(1)) {
    for (const [index, answers] of all.entries()) {
      const { status, detail } = answers.get(id) ?? notChecked(NO_CERTIFICATE);
      const before = worst.get(id);
      if (before !== undefined && SEVERITY.indexOf(status) <= SEVERITY.indexOf(before.status)) continue;
      worst.set(id, { status, detail: `Signer ${index + 1}: ${detail}` });
    }
  }
  return worst;
}

function verifySigner(run: Run, source: CertificateSource): { certificate?: Certificate; signingTime?: Date } {
  const { answers, info, signedData } = run;
  const match = signerCertificate(source, info.sid);
  answers.set("signerCertificate", aboutCertificate(run, match));
  const { certificate } = match;
  const algorithms = algorithmsOf(info);
  answers.set("algorithms", aboutAlgorithms(run, algorithms));
  const { signedAttrs } = info;
  if (signedAttrs === undefined) {
    const detail =
      "There are no signed attributes, which ICAO 9303-10 requires: the type of the content is not signed.";
    answers.set("contentType", departed(run, "SIGNED_ATTRIBUTES_MISSING", detail));
    answers.set("messageDigest", warning("There are no signed attributes: the content is signed directly."));
    if (certificate !== undefined) answers.set("signature", overContent(run, certificate, algorithms));
    return certificate === undefined ? {} : { certificate };
  }
  answers.set("contentType", aboutContentType(signedData, signedAttrs));
  answers.set("messageDigest", aboutMessageDigest(signedData, signedAttrs, algorithms));
  if (certificate !== undefined) answers.set("signature", overAttributes(run, certificate, algorithms));
  const signingTime = signingTimeOf(signedAttrs);
  return { ...(certificate && { certificate }), ...(signingTime && { signingTime }) };
}

const MATCHES = {
  form: ["NAME_FORM", "The signer's issuer is written in another way than in its certificate."],
  order: ["RDN_ORDER", "The signer's issuer has its parts in another order than in its certificate."],
  computed: ["KEY_IDENTIFIER_COMPUTED", "The certificate lacks the key identifier that names it; its key fits."],
} as const;

function aboutCertificate(run: Run, match: SignerMatch): Answer {
  const { certificate } = match;
  if (certificate === undefined) {
    const unreadable = match.problems.length === 0 ? "" : ` Unreadable: ${match.problems.join("; ")}.`;
    if (match.candidates === 0) {
      return notChecked("The message has no certificate; obtain the signer's from the state or the ICAO PKD.");
    }
    return failed(`${match.matching} of ${match.candidates} certificates match the signer.${unreadable}`);
  }
  const label = labelOfCertificate(certificate);
  if (match.kind === "exact" && certificate.departures.length === 0) return signedBy(label);
  const answers: Answer[] = [];
  if (match.kind !== "exact") {
    const [code, detail] = MATCHES[match.kind];
    answers.push(departed(run, code, detail));
  }
  for (const { code, path, offset } of certificate.departures) {
    run.departures.push({ code, path: `${run.path}.${path}`, offset });
    answers.push(warning(`${path} (${code})`));
  }
  return warning(`The signer is ${label}. ${answers.map(({ detail }) => detail).join(" ")}`);
}

function aboutAlgorithms(run: Run, { digest, hash, row, stated, old }: Algorithms): Answer {
  if (hash === undefined || row === undefined) {
    const name = hash === undefined ? digest : stated;
    return notChecked(`The algorithm ${name} is not supported.`);
  }
  if (!run.signedData.digestAlgorithms.some(({ algorithm }) => algorithm === digest)) {
    const detail = `The digest algorithm ${digest} is not in the list of digest algorithms.`;
    return failed(departed(run, "DIGEST_NOT_LISTED", detail).detail);
  }
  const legacy = row.legacy || hash.name === "SHA-1";
  if (row.hash === hash.name && !old && !legacy) return goodAlgorithm(row.name);
  const answers: Answer[] = [];
  if (row.hash !== hash.name) {
    const detail = `The content is hashed with ${hash.name}, but signed with ${row.name}.`;
    answers.push(departed(run, "HASHES_DIFFER", detail));
  }
  if (old) answers.push(departed(run, "OLD_ALGORITHM", `${stated} is no signature algorithm; taken as ${row.name}.`));
  if (legacy) {
    answers.push(warning(`${row.legacy ? row.name : hash.name} is no longer secure for new documents.`));
  }
  return warning(answers.map(({ detail }) => detail).join(" "));
}

function aboutContentType({ eContentType }: SignedData, attributes: readonly Attribute[]): Answer {
  const value = singleValue(attributes, CMS.contentType);
  if (value === undefined) return failed("The attribute contentType does not occur once, with one value.");
  try {
    const signed = parseObject(contentTypeValue, value);
    return signed === eContentType
      ? signedAs(signed)
      : failed(`The content is signed as ${signed}, but stands there as ${eContentType}.`);
  } catch (error) {
    return malformed(error);
  }
}

function aboutMessageDigest(
  { eContent }: SignedData,
  attributes: readonly Attribute[],
  { hash, digest }: Algorithms,
): Answer {
  const value = singleValue(attributes, CMS.messageDigest);
  if (value === undefined) return failed("The attribute messageDigest does not occur once, with one value.");
  if (hash === undefined) return notChecked(`The algorithm ${digest} is not supported.`);
  try {
    return equalBytes(parseTlv(value, OCTET_STRING).value, hashAny(hash.name, eContent))
      ? rightHash(hash.name)
      : failed("The content is not the one that was signed: its hash differs.");
  } catch (error) {
    return malformed(error);
  }
}

function overAttributes(run: Run, certificate: Certificate, algorithms: Algorithms): Answer {
  const received = run.info.signedAttrsRaw as Uint8Array;
  const answer = overMessage(run, certificate, algorithms, received, " over the signed attributes");
  if (answer.status !== "failed") return answer;
  const sorted = encodeObject(signedAttributes, run.info.signedAttrs as readonly Attribute[]);
  if (equalBytes(sorted, received)) return answer;
  const second = overMessage(run, certificate, algorithms, sorted, "");
  if (!isGood(second)) return answer;
  return departed(run, "SIGNED_OVER_SORTED", "The signature is good over the attributes in the order of DER.");
}

function overContent(run: Run, certificate: Certificate, algorithms: Algorithms): Answer {
  const { eContent } = run.signedData;
  if (couldBeAttributes(eContent)) return failed("The content could be the signed attributes of another message.");
  return overMessage(run, certificate, algorithms, eContent, " over the content");
}

/** Attributes that were signed elsewhere are signed bytes too, and would pass as content. */
function couldBeAttributes(content: Uint8Array): boolean {
  try {
    const attributes = readObject(signedAttributes, content, lenienceOf({ tolerate: ["SET_ORDER", "TRAILING_BYTES"] }));
    return attributes.some(({ type }) => type === CMS.messageDigest);
  } catch (error) {
    if (error instanceof MalformedError) return false;
    throw error;
  }
}

function overMessage(
  run: Run,
  certificate: Certificate,
  { hash }: Algorithms,
  message: Uint8Array,
  what: string,
): Answer {
  const hints = hash === undefined ? {} : { digest: hash.name };
  const key = keyOfCertificate(certificate);
  const { signatureAlgorithm, signature } = run.info;
  // The usual case first, which needs no second look.
  if (verifySignature(key, signatureAlgorithm, message, signature, hints) === true) return GOOD;
  const { good, departures } = examineSignature(key, signatureAlgorithm, message, signature, hints);
  if (good === undefined) {
    return notChecked("The algorithm, or the curve or size of the signer's key, is not supported.");
  }
  if (!good) return failed(`The signature is not that of the signer's key${what}.`);
  if (departures.length === 0) return GOOD;
  const detail = "The signature is good; its block states the hash function without NULL.";
  return departed(run, "DIGEST_INFO_WITHOUT_NULL", detail);
}

function malformed(error: unknown): Answer {
  if (error instanceof MalformedError) return failed(error.message);
  throw error;
}
