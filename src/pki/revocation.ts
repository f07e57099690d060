import { equalBytes, toHex } from "../bytes/bytes.js";
import { type Certificate, isSelfIssued } from "./certificate.js";
import { keyOfCertificate } from "./certificate-key.js";
import { lastInstant } from "./cms-sign.js";
import { type Crl, verifyCrl } from "./crl.js";
import type { RevokedCertificate } from "./crl-entries.js";
import { CRL_EXTENSION } from "./crl-extensions.js";
import { departureCodes } from "./departures.js";
import { EXTENSION_OBJECTS } from "./extensions.js";
import type { Finding } from "./finding.js";
import { lenienceOf, readObject } from "./lenient.js";
import { countryOf, nameToString } from "./name.js";
import { matchNames } from "./name-match.js";
import { anchorsNamed, groupBy, type KnownCrl, type TrustAnchor, type TrustStore } from "./trust-store.js";

/** What is asked of revocation lists. */
export interface RevocationPolicy {
  /**
   * - `require`: without a good and current list the check fails;
   * - `ifAvailable`: a list that is missing is `notChecked`, and one that is old is a warning; what it revokes is revoked;
   * - `ignore`: lists are not looked at, and the check says so.
   */
  readonly crl: "require" | "ifAvailable" | "ignore";
  /** Days after which a list is old, whatever it says itself. Authorities issue one every 90 days (ICAO 9303-12 §4.1.5). */
  readonly maxAge?: number;
}

/** What is asked when the caller says nothing. */
export const DEFAULT_REVOCATION: RevocationPolicy = { crl: "ifAvailable" };

const DAY = 86_400_000;

/** @internal An answer, without its name. */
export type RevocationAnswer = Omit<Finding, "id">;

/** A list whose signature is good, under the key of an anchor. */
interface GoodCrl extends KnownCrl {
  readonly anchor: TrustAnchor;
}

const verdicts = new WeakMap<Crl, WeakMap<Certificate, boolean | undefined>>();

/** Whether the anchor's key signed the list; calculated once for each. */
function signedBy(crl: Crl, issuer: Certificate): boolean | undefined {
  let known = verdicts.get(crl);
  if (known === undefined) {
    known = new WeakMap();
    verdicts.set(crl, known);
  }
  if (!known.has(issuer)) known.set(issuer, verifyCrl(crl, keyOfCertificate(issuer)));
  return known.get(issuer);
}

/** The anchor whose key signed a list. Of an authority's keys any may: one that is being revoked may sign its own end. */
function issuerOf(store: TrustStore, { crl }: KnownCrl): TrustAnchor | undefined {
  return anchorsNamed(store, crl.issuerRaw, crl.authorityKeyIdentifier).anchors.find(({ certificate }) => {
    if (certificate === undefined || certificate.keyUsage?.includes("cRLSign") === false) return false;
    return signedBy(crl, certificate) === true;
  });
}

const byCountry = new WeakMap<readonly KnownCrl[], ReadonlyMap<string, readonly KnownCrl[]>>();

function listsOf(crls: readonly KnownCrl[], country: string): readonly KnownCrl[] {
  let index = byCountry.get(crls);
  if (index === undefined) {
    index = groupBy(crls, ({ crl }) => countryOf(crl.issuer)?.toUpperCase() ?? "");
    byCountry.set(crls, index);
  }
  return index.get(country.toUpperCase()) ?? [];
}

/**
 * Whether a list is about the certificates of this issuer: it has the name, it names it as a former one, or the authority has
 * changed its name by a link certificate. By ICAO 9303-12 §7.1.4 the country alone would do; states with several authorities
 * make that unsafe, so that a list of another name only warns.
 */
function covers(store: TrustStore, { crl }: KnownCrl, issuerRaw: Uint8Array): boolean {
  if (matchNames(crl.issuerRaw, issuerRaw) !== undefined) return true;
  const former = formerNames(crl);
  const changed = store.anchors.some(({ certificate, subjectRaw }) => {
    if (matchNames(subjectRaw, crl.issuerRaw) === undefined || certificate === undefined) return false;
    return (
      certificate.nameChange === true &&
      !isSelfIssued(certificate) &&
      matchNames(certificate.issuerRaw, issuerRaw) !== undefined
    );
  });
  return changed || former.some((name) => store.anchors.some((anchor) => isNamed(anchor, name, issuerRaw)));
}

/** The name of an anchor in words, as names of extensions are read without their bytes. */
function isNamed({ certificate, subjectRaw }: TrustAnchor, name: string, issuerRaw: Uint8Array): boolean {
  if (matchNames(subjectRaw, issuerRaw) === undefined || certificate === undefined) return false;
  return nameToString(certificate.subject).toLowerCase() === name;
}

function formerNames(crl: Crl): readonly string[] {
  const extension = crl.extensions.find(({ oid }) => oid === CRL_EXTENSION.issuerAltName);
  if (extension === undefined) return [];
  try {
    const lenience = lenienceOf({ tolerate: ["EMPTY_SEQUENCE", "SET_ORDER", "STRING_CHARACTERS"] });
    const { directoryNames } = readObject(EXTENSION_OBJECTS.issuerAltName, extension.value, lenience);
    return directoryNames.map((name) => nameToString(name).toLowerCase());
  } catch {
    // What cannot be read names nobody; the list is still one of its own issuer.
    return [];
  }
}

const numberOf = ({ crl }: KnownCrl): bigint => BigInt(`0x${crl.crlNumber === undefined ? "0" : toHex(crl.crlNumber)}`);

/** The newest first: by date, then by number. */
function newestFirst(a: KnownCrl, b: KnownCrl): number {
  const later = b.crl.thisUpdate.getTime() - a.crl.thisUpdate.getTime();
  if (later !== 0) return later;
  return numberOf(b) > numberOf(a) ? 1 : numberOf(b) < numberOf(a) ? -1 : 0;
}

/**
 * @internal Whether a certificate that an authority issued has been revoked. The newest good list of that authority answers,
 * with whichever of its keys it is signed: it covers the certificates of all earlier keys.
 *
 * Spec: ICAO 9303-12 §4.1.5, §6.1.2 and §7.1.4; RFC 5280 §6.3.
 */
export function revocationOf(
  certificate: Certificate,
  store: TrustStore,
  at: Date,
  policy: RevocationPolicy,
): RevocationAnswer {
  if (policy.crl === "ignore") {
    return { status: "notChecked", detail: "Revocation lists are not looked at, as the policy says." };
  }
  const country = countryOf(certificate.issuer) ?? "";
  const inCountry = listsOf(store.crls, country);
  const about = inCountry.filter((known) => covers(store, known, certificate.issuerRaw));
  const problems: string[] = [];
  const good: GoodCrl[] = [];
  for (const known of about) {
    const problem = problemOf(known, store, at);
    if (typeof problem === "string") problems.push(`${known.source}: ${problem}`);
    else good.push({ ...known, anchor: problem });
  }
  const [newest] = good.sort(newestFirst);
  const others = problems.length === 0 ? "" : ` Not counted: ${problems.join("; ")}.`;
  if (newest === undefined) {
    const detail = `There is no usable revocation list of ${nameToString(certificate.issuer)}; obtain the current one.${others}`;
    const elsewhere = revokedElsewhere(certificate, inCountry, about, store, at);
    if (policy.crl === "require") return { status: "failed", detail };
    if (elsewhere !== undefined) return { status: "warning", detail: `${elsewhere} ${detail}` };
    return { status: problems.length === 0 ? "notChecked" : "warning", detail };
  }
  const evidence = evidenceOf(newest);
  const entry = newest.crl.revoked.find(certificate.serialNumber);
  if (entry !== undefined) {
    const revocationDate = entry.revocationDate.toISOString();
    return { status: "failed", detail: wordsOf(entry), evidence: { ...evidence, revocationDate } };
  }
  const age = ageOf(newest.crl, at, policy);
  const codes = departureCodes(newest.crl.departures);
  const form = codes === "" ? "" : ` The list departs from the standard: ${codes}.`;
  if (age !== undefined) {
    const detail = `Not revoked by the newest list, but that is old: ${age}.${others}${form}`;
    return { status: policy.crl === "require" ? "failed" : "warning", detail, evidence };
  }
  const detail = `Not revoked, by the list of ${newest.crl.thisUpdate.toISOString()}.${others}${form}`;
  return { status: codes === "" && others === "" ? "passed" : "warning", detail, evidence };
}

/** Why a list does not count; the anchor that signed it when it does. */
function problemOf(known: KnownCrl, store: TrustStore, at: Date): string | TrustAnchor {
  const { crl } = known;
  if (crl.thisUpdate.getTime() > at.getTime())
    return `it is of ${crl.thisUpdate.toISOString()}, after the date asked for`;
  if (crl.unknownCritical.length > 0) return `critical extensions not understood: ${crl.unknownCritical.join(", ")}`;
  const anchor = issuerOf(store, known);
  return anchor ?? "its signature is not that of a trusted key of its issuer";
}

function ageOf({ thisUpdate, nextUpdate }: Crl, at: Date, { maxAge }: RevocationPolicy): string | undefined {
  if (nextUpdate === undefined) return "it does not say when the next one comes";
  if (at.getTime() > lastInstant(nextUpdate)) return `the next one was due on ${nextUpdate.toISOString()}`;
  const days = Math.floor((at.getTime() - thisUpdate.getTime()) / DAY);
  if (maxAge !== undefined && days > maxAge) return `it is ${days} days old, where ${maxAge} are allowed`;
  return undefined;
}

function wordsOf({ revocationDate, reason }: RevokedCertificate): string {
  return `Revoked on ${revocationDate.toISOString()}${reason === undefined ? "" : ` (${reason})`}.`;
}

function evidenceOf({ crl, source, anchor }: GoodCrl): Readonly<Record<string, string>> {
  return {
    crl: source,
    crlIssuer: nameToString(crl.issuer),
    ...(crl.crlNumber !== undefined && { crlNumber: toHex(crl.crlNumber) }),
    thisUpdate: crl.thisUpdate.toISOString(),
    ...(crl.nextUpdate !== undefined && { nextUpdate: crl.nextUpdate.toISOString() }),
    ...(anchor.subjectKeyIdentifier !== undefined && { crlSigner: toHex(anchor.subjectKeyIdentifier) }),
  };
}

/** A list of another name of the same country that has the serial number: no proof, but nothing to keep silent about. */
function revokedElsewhere(
  certificate: Certificate,
  inCountry: readonly KnownCrl[],
  about: readonly KnownCrl[],
  store: TrustStore,
  at: Date,
): string | undefined {
  const found = inCountry.find(
    (known) =>
      !about.includes(known) &&
      typeof problemOf(known, store, at) !== "string" &&
      known.crl.revoked.find(certificate.serialNumber) !== undefined,
  );
  if (found === undefined) return undefined;
  return `A list of ${nameToString(found.crl.issuer)}, of the same country, has this serial number (${found.source}).`;
}

/**
 * @internal Whether an anchor has been revoked: by a list of its authority, or because the older key that alone vouches for it
 * was (ICAO 9303-12 §4.1.5.1).
 */
export function anchorRevocation(
  anchor: TrustAnchor,
  store: TrustStore,
  at: Date,
  policy: RevocationPolicy,
  seen: readonly TrustAnchor[] = [],
): RevocationAnswer {
  const { certificate } = anchor;
  if (certificate === undefined) return { status: "notChecked", detail: "The CSCA cannot be read." };
  const own = revocationOf(certificate, store, at, policy);
  if (isRevoked(own)) return own;
  const links = anchor.origins.filter(({ how, via }) => how === "link" && via !== undefined);
  if (policy.crl === "ignore" || links.length === 0 || links.length < anchor.origins.length) return own;
  const olds = links.flatMap(({ via }) =>
    via === undefined || seen.includes(via) || equalBytes(via.raw, anchor.raw) ? [] : [via],
  );
  const found = olds.map((old) => anchorRevocation(old, store, at, policy, [...seen, anchor]));
  if (found.length === 0 || !found.every(isRevoked)) return own;
  const [first] = found as [RevocationAnswer];
  return { ...first, detail: `The CSCA is trusted by a link from a key that is revoked: ${first.detail}` };
}

/** @internal Whether a list says so, rather than that a list is missing or old. */
export function isRevoked({ evidence = {} }: RevocationAnswer): boolean {
  return "revocationDate" in evidence;
}
