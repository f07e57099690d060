import { equalBytes } from "../bytes/bytes.js";
import { type Certificate, isSelfIssued } from "./certificate.js";
import { lastInstant } from "./cms-sign.js";
import { EXTENSION } from "./extensions.js";
import { completeFindings, type Finding, type FindingStatus } from "./finding.js";
import { countryOf, nameToString } from "./name.js";
import { findIssuers, type TrustStore } from "./trust.js";
import { rowOf, verifyCertificateSignature } from "./verify-signature.js";

/**
 * The checks of the path from a Document Signer to a trusted CSCA, in the order they are made:
 * - `cscaKnown`: the store has a CSCA with the issuer's name and key identifier;
 * - `signature`: the certificate is signed with the key of that CSCA (`warning` for SHA-1);
 * - `cscaSignature`: the CSCA is signed with its own key, or, for a link certificate, with another one of the store;
 * - `cscaAuthority`: the CSCA is a certification authority that may sign certificates;
 * - `cscaValidity`, `signerValidity`: both are valid at the date;
 * - `signerKeyUsage`: the signer may sign documents and is no authority itself;
 * - `signerRole`: its extended key usage fits what it signed: critical and exactly the role asked for, or, when none is asked
 *   for, absent (`warning` when it is there and not critical, as in some certificates in the field);
 * - `criticalExtensions`: neither has a critical extension that is not understood;
 * - `country`: both names, of subject and issuer, state the same country;
 * - `documentTypeList`: the certificate says which document types it is for (`warning` when it does not).
 */
export const PATH_CHECKS = [
  "cscaKnown",
  "signature",
  "cscaSignature",
  "cscaAuthority",
  "cscaValidity",
  "signerValidity",
  "signerKeyUsage",
  "signerRole",
  "criticalExtensions",
  "country",
  "documentTypeList",
] as const;
/** See {@link PATH_CHECKS}. */
export type PathCheck = (typeof PATH_CHECKS)[number];

/** What was found about the path from a signer's certificate to a trust anchor. */
export interface PathFindings {
  /** Whether every finding is `passed` or `warning`. */
  readonly good: boolean;
  /** Every check of {@link PATH_CHECKS}, in that order. */
  readonly findings: readonly Finding<PathCheck>[];
  /** The trusted certificate that the path leads to; of several candidates the one whose key signed. */
  readonly csca?: Certificate;
}

type Answer = { readonly status: FindingStatus; readonly detail: string };

const answer = (ok: boolean, good: string, bad: string): Answer =>
  ok ? { status: "passed", detail: good } : { status: "failed", detail: bad };

/**
 * Checks that the certificate of a Document Signer leads to a trusted CSCA. A bad certificate is an answer, not an exception.
 *
 * Spec: ICAO 9303-11 §5.1, ICAO 9303-12 §6.1 and table 6, RFC 5280 §6.1.
 *
 * Not checked here: revocation, and whether the document's type is among those of `documentTypeList`.
 *
 * @param certificate - The signer's certificate, e.g. from a security object.
 * @param store - What is trusted. The certificate itself is never a trust anchor.
 * @param at - The date for which the answer holds.
 * @param role - The one purpose, an object identifier, to which the signer's certificate must be limited; left out for what
 *   a plain Document Signer signs, and then a certificate that is limited to some purpose does not serve.
 * @example
 * const { good, findings } = validateSignerPath(certificate, store, new Date("2027-01-01T00:00:00Z"));
 */
export function validateSignerPath(certificate: Certificate, store: TrustStore, at: Date, role?: string): PathFindings {
  const answers = new Map<PathCheck, Answer>();
  answers.set("signerValidity", validity(certificate, at));
  answers.set("signerKeyUsage", signerKeyUsage(certificate));
  answers.set("signerRole", signerRole(certificate, role));
  const types = certificate.documentTypeList;
  answers.set(
    "documentTypeList",
    types === undefined
      ? { status: "warning", detail: "The certificate does not say which document types it is for." }
      : { status: "passed", detail: `The certificate is for documents of type ${types.join(", ")}.` },
  );

  const candidates = findIssuers(store, certificate).filter((csca) => !equalBytes(csca.raw, certificate.raw));
  const verdicts = candidates.map((csca) => verifyCertificateSignature(certificate, csca.spkiRaw));
  const best = Math.max(verdicts.indexOf(true), 0);
  const csca = candidates[best];
  const issuer = nameToString(certificate.issuer);
  answers.set(
    "cscaKnown",
    answer(
      csca !== undefined,
      `${candidates.length} trusted CSCA named ${issuer}.`,
      `No CSCA named ${issuer} with this key is among the ${store.cscas.length} that are trusted; obtain it from the state.`,
    ),
  );
  answers.set("criticalExtensions", criticalExtensions(csca === undefined ? [certificate] : [certificate, csca]));
  answers.set("country", country(csca === undefined ? [certificate] : [certificate, csca]));
  if (csca !== undefined) {
    answers.set("signature", signature(verdicts[best], certificate));
    answers.set("cscaSignature", cscaSignature(csca, store));
    answers.set("cscaAuthority", cscaAuthority(csca));
    answers.set("cscaValidity", validity(csca, at));
  }
  const findings = completeFindings(PATH_CHECKS, answers, "The CSCA is not known.");
  return {
    good: findings.every(({ status }) => status === "passed" || status === "warning"),
    findings,
    ...(csca === undefined ? {} : { csca }),
  };
}

function signature(verdict: boolean | undefined, { signatureAlgorithm }: Certificate): Answer {
  const row = rowOf(signatureAlgorithm);
  if (verdict === undefined) {
    const what = row === undefined ? `The algorithm ${signatureAlgorithm.algorithm}` : "The curve of the CSCA's key";
    return { status: "notChecked", detail: `${what} is not supported.` };
  }
  if (verdict && row?.legacy) {
    return { status: "warning", detail: `Signed by the CSCA, with ${row.name}, which is no longer secure.` };
  }
  return answer(verdict, "Signed by the CSCA.", "Not signed with the key of the CSCA that it names.");
}

function cscaSignature(csca: Certificate, store: TrustStore): Answer {
  const { authorityKeyIdentifier: aki, subjectKeyIdentifier: ski } = csca;
  const isLink = !isSelfIssued(csca) || (aki !== undefined && ski !== undefined && !equalBytes(aki, ski));
  if (!isLink) {
    const verdict = verifyCertificateSignature(csca, csca.spkiRaw);
    if (verdict === undefined)
      return { status: "notChecked", detail: "The CSCA's algorithm or curve is not supported." };
    return answer(verdict, "The CSCA is signed with its own key.", "The CSCA is not signed with its own key.");
  }
  const verdicts = findIssuers(store, csca).map((old) => verifyCertificateSignature(csca, old.spkiRaw));
  if (verdicts.includes(true)) {
    return { status: "passed", detail: "The CSCA is a link certificate, signed with another trusted key." };
  }
  if (verdicts.includes(false)) {
    return { status: "failed", detail: "The CSCA is a link certificate, and not signed with the key that it names." };
  }
  return {
    status: "notChecked",
    detail: "The CSCA is a link certificate, and the key that signed it is not in the store.",
  };
}

function cscaAuthority({ basicConstraints, keyUsage }: Certificate): Answer {
  return answer(
    basicConstraints?.ca === true && keyUsage?.includes("keyCertSign") === true,
    "The CSCA may sign certificates.",
    "The CSCA lacks cA in BasicConstraints or keyCertSign in KeyUsage.",
  );
}

function signerKeyUsage({ basicConstraints, keyUsage }: Certificate): Answer {
  if (basicConstraints?.ca === true)
    return { status: "failed", detail: "The signer is a certification authority itself." };
  return answer(
    keyUsage?.includes("digitalSignature") === true,
    "The signer's key may sign documents.",
    "The signer's KeyUsage lacks digitalSignature.",
  );
}

/** RFC 5280 §4.2.1.12: a certificate with this extension serves the purposes it names, and no other. */
function signerRole({ extKeyUsage, extensions }: Certificate, role: string | undefined): Answer {
  const stated = extKeyUsage?.join(", ");
  const critical = extensions.some((extension) => extension.oid === EXTENSION.extKeyUsage && extension.critical);
  if (role !== undefined) {
    return answer(
      stated === role && critical,
      "The signer has the role that signs this, and no other.",
      `The signer's role must be ${role} alone, in a critical extension; ${stated === undefined ? "its certificate states none" : `it is ${stated}${critical ? "" : ", not critical"}`}.`,
    );
  }
  if (stated !== undefined && !critical) {
    return { status: "warning", detail: `The certificate names purposes of its key: ${stated}.` };
  }
  return answer(
    stated === undefined,
    "The signer's role is not limited to something else.",
    `The signer's certificate is for ${stated} only, not for documents of this kind.`,
  );
}

function validity({ notBefore, notAfter, subject }: Certificate, at: Date): Answer {
  const span = `valid from ${notBefore.toISOString()} to ${notAfter.toISOString()}`;
  return answer(
    at.getTime() >= notBefore.getTime() && at.getTime() <= lastInstant(notAfter),
    `${nameToString(subject)} is ${span}.`,
    `${nameToString(subject)} is ${span}, not at ${Number.isNaN(at.getTime()) ? "an invalid date" : at.toISOString()}.`,
  );
}

const UNDERSTOOD: ReadonlySet<string> = new Set(Object.values(EXTENSION));

function criticalExtensions(certificates: readonly Certificate[]): Answer {
  const unknown = certificates
    .flatMap(({ extensions }) => extensions)
    .filter(({ oid, critical }) => critical && !UNDERSTOOD.has(oid));
  return answer(
    unknown.length === 0,
    "Every critical extension is understood.",
    `Critical extensions that are not understood: ${unknown.map(({ oid }) => oid).join(", ")}.`,
  );
}

/** Upper and lower case are the same country; that ICAO wants upper case is a matter of the profile. */
function country(certificates: readonly Certificate[]): Answer {
  const codes = certificates.flatMap(({ subject, issuer }) => [countryOf(subject), countryOf(issuer)]);
  const [first] = codes;
  return answer(
    first !== undefined && codes.every((code) => code?.toUpperCase() === first.toUpperCase()),
    `The country is ${first}.`,
    `The names state different countries or none: ${codes.map((code) => code ?? "none").join(", ")}.`,
  );
}
