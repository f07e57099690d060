import { equalBytes } from "../bytes/bytes.js";
import type { Certificate } from "./certificate.js";
import { completeFindings, type Finding } from "./finding.js";
import { nameToString } from "./name.js";
import {
  anchorRevocation,
  DEFAULT_REVOCATION,
  type RevocationAnswer,
  type RevocationPolicy,
  revocationOf,
} from "./revocation.js";
import * as check from "./signer-path-checks.js";
import { findIssuers, type TrustAnchor, type TrustStore } from "./trust-store.js";

/**
 * The checks of the path from a Document Signer to a trusted CSCA, in the order they are made:
 * - `cscaKnown`: the store has a CSCA with the issuer's name and key identifier (`warning` when the name is written otherwise);
 * - `cscaForm`: its certificate can be read (`warning` where it departs from the standard);
 * - `signature`: the certificate is signed with the key of that CSCA (`warning` for SHA-1);
 * - `cscaSignature`: the CSCA is signed with its own key, or, for a link certificate, with another one of the store;
 * - `cscaAuthority`: the CSCA is a certification authority that may sign certificates;
 * - `pathLength`: nothing stands between the two (`warning` when the CSCA's certificate would allow it);
 * - `cscaValidity`, `signerValidity`: both are valid at the date;
 * - `privateKeyUsage`: CSCA and signer signed while their keys were in use, as far as dates are known (`warning` when not);
 * - `signerKeyUsage`: the signer may sign documents and is no authority itself;
 * - `signerRole`: its extended key usage fits what it signed: critical and exactly the role asked for, or, when none is asked
 *   for, absent (`warning` when it is there and not critical, as in some certificates in the field);
 * - `criticalExtensions`: neither has a critical extension that is not understood;
 * - `keys`: kind, size and form of both keys (`warning` for short ones and for compressed points);
 * - `country`: both names, of subject and issuer, state the same country;
 * - `documentTypeList`: the certificate says which document types it is for (`warning` when it does not);
 * - `revocation`, `cscaRevocation`: no revocation list has the certificate; see {@link RevocationPolicy}.
 */
export const PATH_CHECKS = [
  "cscaKnown",
  "cscaForm",
  "signature",
  "cscaSignature",
  "cscaAuthority",
  "pathLength",
  "cscaValidity",
  "signerValidity",
  "privateKeyUsage",
  "signerKeyUsage",
  "signerRole",
  "criticalExtensions",
  "keys",
  "country",
  "documentTypeList",
  "revocation",
  "cscaRevocation",
] as const;
/** See {@link PATH_CHECKS}. */
export type PathCheck = (typeof PATH_CHECKS)[number];

/** Checks that need data which a document, or a verifier, may lack: not made, they do not make a path bad. */
export const OPTIONAL_PATH_CHECKS: readonly PathCheck[] = ["privateKeyUsage", "revocation", "cscaRevocation"];

/** What else is known when a path is checked. */
export interface SignerPathOptions {
  /**
   * The one purpose, an object identifier, to which the signer's certificate must be limited; left out for what a plain Document
   * Signer signs, and then a certificate that is limited to some purpose does not serve.
   */
  readonly role?: string;
  /** When the document was issued, as DG12 states it: what was signed then. */
  readonly issued?: Date;
  /**
   * Judges validity at this date instead of `at`, which is then a stated assumption: the date of issue stands in the document
   * itself, and signingTime is only a claim. Revocation is always judged at `at`.
   */
  readonly validAt?: Date;
  /** `ifAvailable` unless told otherwise. */
  readonly revocation?: RevocationPolicy;
  /** Certificates that came along, for telling what stands in between; never trusted. */
  readonly others?: readonly Certificate[];
}

/** What was found about the path from a signer's certificate to a trust anchor. */
export interface PathFindings {
  /** Whether every finding is `passed` or `warning`; those that need data which are not there may be `notChecked`. */
  readonly good: boolean;
  /** Every check of {@link PATH_CHECKS}, in that order. */
  readonly findings: readonly Finding<PathCheck>[];
  /** The trusted certificate that the path leads to; of several candidates the one about which least is to be said. */
  readonly csca?: Certificate;
  /** The same with where it came from. */
  readonly anchor?: TrustAnchor;
}

type Answers = Map<PathCheck, check.Answer>;

/**
 * Checks that the certificate of a Document Signer leads to a trusted CSCA. A bad certificate is an answer, not an exception.
 *
 * Spec: ICAO 9303-11 §5.1, ICAO 9303-12 §6.1 and table 6, RFC 5280 §6.1.
 *
 * Not checked here: whether the document's type is among those of `documentTypeList`.
 *
 * @param certificate - The signer's certificate, e.g. from a security object.
 * @param store - What is trusted. The certificate itself is never a trust anchor.
 * @param at - The date for which the answer holds.
 * @param options - What else is known; a string is the role alone.
 * @example
 * const { good, findings } = validateSignerPath(certificate, store, new Date("2027-01-01T00:00:00Z"));
 */
export function validateSignerPath(
  certificate: Certificate,
  store: TrustStore,
  at: Date,
  options: SignerPathOptions | string = {},
): PathFindings {
  const settings = typeof options === "string" ? { role: options } : options;
  const issuers = findIssuers(store, certificate);
  const anchors = issuers.anchors.filter(
    ({ raw }) => raw.length !== certificate.raw.length || !equalBytes(raw, certificate.raw),
  );
  const known = check.cscaKnown(nameToString(certificate.issuer), anchors.length, issuers.match, store.anchors.length);
  const paths = anchors.map((anchor) => pathTo(anchor, certificate, store, at, settings));
  const best = leastOf(paths);
  const answers = best?.answers ?? withoutAnchor(certificate, store, at, settings);
  answers.set("cscaKnown", known);
  const findings = completeFindings(PATH_CHECKS, answers, "The CSCA is not known.");
  const good = findings.every(
    ({ id, status }) =>
      status === "passed" || status === "warning" || (status === "notChecked" && OPTIONAL_PATH_CHECKS.includes(id)),
  );
  return {
    good,
    findings,
    ...(best?.csca !== undefined && { csca: best.csca }),
    ...(best !== undefined && { anchor: best.anchor }),
  };
}

interface Path {
  readonly anchor: TrustAnchor;
  readonly csca: Certificate | undefined;
  readonly answers: Answers;
}

/** Of several paths the one whose key signed, then the one with fewest failures, checks not made, warnings. */
function leastOf(paths: readonly Path[]): Path | undefined {
  const count = ({ answers }: Path, status: Finding["status"]) =>
    [...answers.values()].filter((answer) => answer.status === status).length;
  const unsigned = ({ answers }: Path) => (answers.get("signature")?.status === "failed" ? 1 : 0);
  const rank = (path: Path) =>
    unsigned(path) * 1e6 + count(path, "failed") * 1e4 + count(path, "notChecked") * 1e2 + count(path, "warning");
  let best: { readonly path: Path; readonly rank: number } | undefined;
  for (const path of paths) {
    const own = rank(path);
    if (best === undefined || own < best.rank) best = { path, rank: own };
  }
  return best?.path;
}

/** What can be said of the signer's certificate alone. */
function ownAnswers(certificate: Certificate, at: Date, { role, validAt }: SignerPathOptions): Answers {
  return new Map<PathCheck, check.Answer>([
    ["signerValidity", check.validity(certificate, validAt ?? at, assumptionOf(validAt))],
    ["signerKeyUsage", check.signerKeyUsage(certificate)],
    ["signerRole", check.signerRole(certificate, role)],
    ["documentTypeList", check.documentTypeList(certificate)],
  ]);
}

const assumptionOf = (validAt: Date | undefined): string =>
  validAt === undefined ? "" : " (assumed: judged at the date of issue that the document states)";

function withoutAnchor(certificate: Certificate, store: TrustStore, at: Date, options: SignerPathOptions): Answers {
  const answers = ownAnswers(certificate, at, options);
  const between = inBetween(certificate, store, options);
  answers.set("criticalExtensions", check.criticalExtensions([certificate]));
  answers.set("keys", check.keys({ signer: certificate }));
  answers.set("country", check.country([certificate]));
  answers.set("pathLength", check.pathLength(certificate, undefined, between));
  answers.set("revocation", revocation(certificate, store, at, options));
  return answers;
}

function pathTo(
  anchor: TrustAnchor,
  certificate: Certificate,
  store: TrustStore,
  at: Date,
  options: SignerPathOptions,
): Path {
  const csca = anchor.certificate;
  if (csca === undefined) {
    const answers = withoutAnchor(certificate, store, at, options);
    answers.set("cscaForm", check.failed("The certificate of the CSCA cannot be read."));
    return { anchor, csca, answers };
  }
  const answers = ownAnswers(certificate, at, options);
  const { validAt, issued, revocation: policy = DEFAULT_REVOCATION } = options;
  answers.set("cscaForm", check.cscaForm(csca));
  answers.set("signature", check.signature(certificate, csca));
  answers.set("cscaSignature", check.cscaSignature(anchor, csca, store));
  answers.set("cscaAuthority", check.cscaAuthority(csca));
  answers.set("pathLength", check.pathLength(certificate, csca, undefined));
  answers.set("cscaValidity", check.validity(csca, validAt ?? at, assumptionOf(validAt)));
  answers.set("privateKeyUsage", check.privateKeyUsage(certificate, csca, issued));
  answers.set("criticalExtensions", check.criticalExtensions([certificate, csca]));
  answers.set("keys", check.keys({ signer: certificate, csca }));
  answers.set("country", check.country([certificate, csca]));
  answers.set("revocation", revocation(certificate, store, at, options));
  answers.set("cscaRevocation", anchorRevocation(anchor, store, at, policy));
  return { anchor, csca, answers };
}

function revocation(
  certificate: Certificate,
  store: TrustStore,
  at: Date,
  options: SignerPathOptions,
): RevocationAnswer {
  return revocationOf(certificate, store, at, options.revocation ?? DEFAULT_REVOCATION);
}

/** An authority that came along, issued the signer's certificate, and leads to an anchor itself. */
function inBetween(
  certificate: Certificate,
  store: TrustStore,
  { others = [] }: SignerPathOptions,
): Certificate | undefined {
  return others.find(
    (other) =>
      other.subjectRaw.length === certificate.issuerRaw.length &&
      equalBytes(other.subjectRaw, certificate.issuerRaw) &&
      !equalBytes(other.spkiRaw, certificate.spkiRaw) &&
      findIssuers(store, other).anchors.length > 0,
  );
}
