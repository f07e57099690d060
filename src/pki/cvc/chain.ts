import { completeFindings, type Finding } from "../finding.js";
import type { CvCertificate } from "./certificate.js";
import { type Chat, effectiveChat, grantedRights, roleOf } from "./chat.js";
import {
  type Answer,
  type CvcTrustPoint,
  checkHolderReference,
  checkIssuerValidity,
  checkPublicKey,
  checkRole,
  checkSignature,
  checkTerminalType,
  checkValidity,
  failed,
  isCvca,
  passed,
} from "./checks.js";
import { type CvcDate, isCvcDate } from "./date.js";
import { inheriting } from "./public-key.js";

/** The checks of each certificate of a chain, in the order of the findings. */
export const CVC_CHECKS = [
  "holderReference",
  "issuer",
  "role",
  "terminalType",
  "publicKey",
  "signature",
  "validity",
  "issuerValidity",
] as const;

/** One of {@link CVC_CHECKS}. */
export type CvcCheck = (typeof CVC_CHECKS)[number];

/** What {@link verifyCvcChain} is given. */
export interface CvcChain {
  /** Keys that are trusted: self-signed CVCA certificates, or `trustPoints` of an earlier report. Never those that came along. */
  readonly trustPoints: readonly CvcTrustPoint[];
  /** In the order in which a chip would get them: link certificates, DV, terminal. */
  readonly certificates: readonly CvCertificate[];
  /** What the chip holds for today; or today, with `clock`. */
  readonly currentDate: CvcDate;
  /**
   * Whether `currentDate` comes from a clock: then certificates do not advance it, and one that is not yet effective is refused.
   * A chip without a clock approximates the date by the certificates that it gets.
   */
  readonly clock?: boolean;
}

/** What was found about one certificate. */
export interface CvcCertificateFindings {
  readonly certificate: CvCertificate;
  /** Whether it was imported: every check passed, warnings allowed. */
  readonly accepted: boolean;
  readonly findings: readonly Finding<CvcCheck>[];
}

/** What a terminal may do. */
export interface EffectiveAuthorization {
  /** Reference of the terminal's key, for the signature that proves it. */
  readonly chr: string;
  /** Of the terminal, its DV and its CVCA together. */
  readonly chat: Chat;
  /** By name, the lowest bit first; reserved bits left out. */
  readonly rights: readonly string[];
}

/** The outcome of {@link verifyCvcChain}. */
export interface CvcChainReport {
  /** Whether every certificate was accepted. */
  readonly accepted: boolean;
  readonly certificates: readonly CvcCertificateFindings[];
  /** When the last certificate is a terminal's and was accepted. */
  readonly authorization?: EffectiveAuthorization;
  /** Afterwards: at most two, the newest first. Renewed by accepted link certificates even when a later certificate failed. */
  readonly trustPoints: readonly CvcTrustPoint[];
  /** Afterwards. */
  readonly currentDate: CvcDate;
}

/** A chip keeps two (9303-11 §7.1.4.3.4, step 3). */
const MOST_TRUST_POINTS = 2;

interface State {
  readonly trustPoints: readonly CvcTrustPoint[];
  readonly date: CvcDate;
  /** The DV's or terminal's key that was imported last, with the templates above and its own. */
  readonly imported?: { readonly key: CvcTrustPoint; readonly chats: readonly Chat[] };
}

/**
 * Verifies certificates one after the other as a chip does, and says what the chip knows afterwards.
 *
 * Spec: ICAO 9303-11 §7.1.4.3 (trust points, current date, general procedure, effective authorization, import).
 *
 * Each is signed by a trust point or by the certificate before it. Link certificates and DV certificates are signed by a CVCA,
 * terminal certificates by a DV. Expired certificates and expired trust points are refused, but for link certificates: an expired
 * one renews the trust point all the same, and an expired trust point signs one. The date moves forward to the effective date of
 * link certificates, DV certificates, and terminal certificates of domestic DVs; a foreign DV is not believed. The first
 * certificate that is refused ends the procedure; what earlier ones changed stays.
 *
 * @returns A verdict, never an exception about a certificate.
 * @throws {RangeError} when `currentDate` is no day.
 * @example
 * const report = verifyCvcChain({ trustPoints: [cvca], certificates: [dv, terminal], currentDate: "2027-03-01" });
 * report.authorization?.rights; // ["readDg3"]
 */
export function verifyCvcChain(chain: CvcChain): CvcChainReport {
  const { certificates, currentDate, clock = false } = chain;
  if (!isCvcDate(currentDate)) {
    throw new RangeError(`verifyCvcChain: ${JSON.stringify(currentDate)} is no day as YYYY-MM-DD from 2000 to 2099`);
  }
  let state: State = { trustPoints: newest(chain.trustPoints), date: currentDate };
  const results: CvcCertificateFindings[] = [];
  let ended = false;
  for (const certificate of certificates) {
    if (ended) {
      const findings = completeFindings(CVC_CHECKS, new Map(), "a certificate before it was refused");
      results.push({ certificate, accepted: false, findings });
      continue;
    }
    const issuer = findIssuer(certificate, state);
    const findings = findingsOf(certificate, issuer, state, clock);
    const accepted = findings.every(({ status }) => status === "passed" || status === "warning");
    results.push({ certificate, accepted, findings });
    if (accepted && issuer !== undefined) state = importKey(certificate, issuer, state, clock);
    else ended = true;
  }
  const authorization = ended ? undefined : authorizationOf(state);
  return {
    accepted: !ended,
    certificates: results,
    ...(authorization !== undefined && { authorization }),
    trustPoints: state.trustPoints,
    currentDate: state.date,
  };
}

/** The imported key comes first: a temporary one is looked for by its reference like any other. */
function findIssuer({ car }: CvCertificate, { imported, trustPoints }: State): CvcTrustPoint | undefined {
  return imported?.key.chr === car ? imported.key : trustPoints.find(({ chr }) => chr === car);
}

function findingsOf(
  certificate: CvCertificate,
  issuer: CvcTrustPoint | undefined,
  state: State,
  clock: boolean,
): readonly Finding<CvcCheck>[] {
  const { trustPoints, imported, date } = state;
  const answers = new Map<CvcCheck, Answer>([
    ["holderReference", checkHolderReference(certificate, trustPoints, imported?.key)],
    ["validity", checkValidity(certificate, date, clock)],
    ["publicKey", checkPublicKey(certificate, issuer)],
  ]);
  if (issuer === undefined) answers.set("issuer", failed(`${certificate.car} is neither trusted nor just imported`));
  else {
    answers.set("issuer", passed(`${issuer.chr} is known`));
    answers.set("role", checkRole(certificate, issuer));
    answers.set("terminalType", checkTerminalType(certificate, issuer));
    answers.set("signature", checkSignature(certificate, issuer));
    answers.set("issuerValidity", checkIssuerValidity(certificate, issuer, date));
  }
  return completeFindings(CVC_CHECKS, answers, "the issuer is not known");
}

/** Steps 2 and 3 of the general procedure (9303-11 §7.1.4.3.4): date, key, trust points, at once. */
function importKey(certificate: CvCertificate, issuer: CvcTrustPoint, state: State, clock: boolean): State {
  const { chr, chat, effectiveDate, expirationDate } = certificate;
  const publicKey = inheriting(certificate.publicKey, issuer.publicKey);
  const key: CvcTrustPoint = { chr, publicKey, chat, effectiveDate, expirationDate };
  const accurate = roleOf(chat) !== "terminal" || roleOf(issuer.chat) === "dvDomestic";
  const date = !clock && accurate && state.date < effectiveDate ? effectiveDate : state.date;
  if (isCvca(certificate)) return { trustPoints: newest([key, ...state.trustPoints]), date };
  const above = roleOf(chat) === "terminal" && state.imported !== undefined ? state.imported.chats : [issuer.chat];
  return { trustPoints: state.trustPoints, date, imported: { key, chats: [...above, chat] } };
}

/** The trust point with the least recent effective date goes first. */
function newest(trustPoints: readonly CvcTrustPoint[]): readonly CvcTrustPoint[] {
  return [...trustPoints]
    .sort((a, b) => (a.effectiveDate < b.effectiveDate ? 1 : a.effectiveDate > b.effectiveDate ? -1 : 0))
    .slice(0, MOST_TRUST_POINTS);
}

function authorizationOf({ imported }: State): EffectiveAuthorization | undefined {
  if (imported === undefined || roleOf(imported.key.chat) !== "terminal") return undefined;
  const chat = effectiveChat(...imported.chats);
  return { chr: imported.key.chr, chat, rights: grantedRights(chat) };
}
