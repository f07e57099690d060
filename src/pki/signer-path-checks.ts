import { equalBytes } from "../bytes/bytes.js";
import { CardwrightError } from "../errors.js";
import { type Certificate, isSelfIssued, unknownCriticalExtensions } from "./certificate.js";
import { keyOfCertificate } from "./certificate-key.js";
import { lastInstant } from "./cms-sign.js";
import { departureCodes } from "./departures.js";
import { EXTENSION } from "./extensions.js";
import type { Finding } from "./finding.js";
import { countryOf, nameToString } from "./name.js";
import type { NameMatch } from "./name-match.js";
import { publicKeyForm } from "./public-key.js";
import { findIssuers, type TrustAnchor, type TrustStore } from "./trust-store.js";
import { rowOf, verifyCertificateSignature } from "./verify-signature.js";

/** An answer, without its name. */
export type Answer = Omit<Finding, "id">;

export const passed = (detail: string): Answer => ({ status: "passed", detail });
export const failed = (detail: string): Answer => ({ status: "failed", detail });
export const warning = (detail: string): Answer => ({ status: "warning", detail });
export const notChecked = (detail: string): Answer => ({ status: "notChecked", detail });

const answer = (ok: boolean, good: string, bad: string): Answer => (ok ? passed(good) : failed(bad));

const signatures = new WeakMap<Certificate, WeakMap<Certificate, boolean | undefined>>();

/** Whether the key of one certificate signed another; calculated once for each pair. */
export function isSignedBy(certificate: Certificate, issuer: Certificate): boolean | undefined {
  let known = signatures.get(certificate);
  if (known === undefined) {
    known = new WeakMap();
    signatures.set(certificate, known);
  }
  if (!known.has(issuer)) known.set(issuer, verifyCertificateSignature(certificate, keyOfCertificate(issuer)));
  return known.get(issuer);
}

const MATCHES = {
  form: "NAME_FORM: the issuer's name is written in another way than in the CSCA's certificate",
  order: "RDN_ORDER: the issuer's name has its parts in another order than in the CSCA's certificate",
} as const;

export function cscaKnown(issuer: string, found: number, match: NameMatch, trusted: number): Answer {
  if (found === 0) {
    const detail = `No CSCA named ${issuer} with this key is among the ${trusted} that are trusted; obtain it from the state.`;
    return failed(detail);
  }
  if (match !== "bytes") return warning(`${found} trusted CSCA named ${issuer}. ${MATCHES[match]}.`);
  return passed(`${found} trusted CSCA named ${issuer}.`);
}

/** Departures of the anchor's own certificate; those of the signer's are told with the signature. */
export function cscaForm({ departures }: Certificate): Answer {
  if (departures.length === 0) return passed("The certificate of the CSCA is well-formed.");
  return warning(`The certificate of the CSCA departs from the standard: ${departureCodes(departures)}.`);
}

export function signature(certificate: Certificate, csca: Certificate): Answer {
  const { signatureAlgorithm } = certificate;
  const verdict = isSignedBy(certificate, csca);
  const row = rowOf(signatureAlgorithm);
  if (verdict === undefined) {
    const what = row === undefined ? `The algorithm ${signatureAlgorithm.algorithm}` : "The CSCA's kind of key";
    return notChecked(`${what} is not supported.`);
  }
  if (verdict && row?.legacy) return warning(`Signed by the CSCA, with ${row.name}, which is no longer secure.`);
  return answer(verdict, "Signed by the CSCA.", "Not signed with the key of the CSCA that it names.");
}

/** Whether a certificate is from one key of an authority to another: it names another key, or another name of its own. */
export function isLink(certificate: Certificate): boolean {
  const { authorityKeyIdentifier: aki, subjectKeyIdentifier: ski } = certificate;
  return !isSelfIssued(certificate) || (aki !== undefined && ski !== undefined && !equalBytes(aki, ski));
}

export function cscaSignature(anchor: TrustAnchor, csca: Certificate, store: TrustStore): Answer {
  if (!isLink(csca)) {
    const verdict = isSignedBy(csca, csca);
    if (verdict === undefined) return notChecked("The CSCA's algorithm or kind of key is not supported.");
    return answer(verdict, "The CSCA is signed with its own key.", "The CSCA is not signed with its own key.");
  }
  const name = csca.nameChange === true && !isSelfIssued(csca) ? " under its new name" : "";
  const verdicts = findIssuers(store, csca).anchors.map(({ certificate }) =>
    certificate === undefined ? undefined : isSignedBy(csca, certificate),
  );
  if (verdicts.includes(true)) return passed(`The CSCA${name} is a link certificate, signed with another trusted key.`);
  if (verdicts.includes(false)) {
    return failed("The CSCA is a link certificate, and not signed with the key that it names.");
  }
  const others = anchor.origins.filter(({ how }) => how !== "link");
  const detail = "The CSCA is a link certificate, and the key that signed it is not in the store";
  return others.length === 0
    ? notChecked(`${detail}.`)
    : warning(
        `${detail}; it is trusted because ${others[0]?.how === "pinned" ? "it is pinned" : "a master list has it"}.`,
      );
}

export function cscaAuthority({ basicConstraints, keyUsage }: Certificate): Answer {
  return answer(
    basicConstraints?.ca === true && keyUsage?.includes("keyCertSign") === true,
    "The CSCA may sign certificates.",
    "The CSCA lacks cA in BasicConstraints or keyCertSign in KeyUsage.",
  );
}

/** 9303-12 table 6: 0 for a CSCA, so that nothing stands between it and a signer. */
export function pathLength(certificate: Certificate, csca: Certificate | undefined, between: Certificate | undefined) {
  if (between !== undefined) {
    const limit = csca === undefined ? "" : `, which allows ${csca.basicConstraints?.pathLength ?? 0}`;
    return failed(
      `${nameToString(between.subject)} stands between the signer and the CSCA${limit}: a path has no certificate in between.`,
    );
  }
  if (certificate.basicConstraints?.ca === true)
    return failed("The signer is an authority: the path does not end here.");
  if (csca === undefined) return notChecked("The CSCA is not known.");
  const limit = csca.basicConstraints?.pathLength;
  if (limit === 0) return passed("The signer follows the CSCA, and nothing may stand between them.");
  return warning(`The CSCA's path length is ${limit ?? "not limited"}, where it has to be 0; none is made use of.`);
}

export function signerKeyUsage({ basicConstraints, keyUsage }: Certificate): Answer {
  if (basicConstraints?.ca === true) return failed("The signer is a certification authority itself.");
  const good = keyUsage?.includes("digitalSignature") === true;
  return answer(good, "The signer's key may sign documents.", "The signer's KeyUsage lacks digitalSignature.");
}

/** RFC 5280 §4.2.1.12: a certificate with this extension serves the purposes it names, and no other. */
export function signerRole({ extKeyUsage, extensions }: Certificate, role: string | undefined): Answer {
  const stated = extKeyUsage?.join(", ");
  const critical = extensions.some((extension) => extension.oid === EXTENSION.extKeyUsage && extension.critical);
  if (role !== undefined) {
    return answer(
      stated === role && critical,
      "The signer has the role that signs this, and no other.",
      `The signer's role must be ${role} alone, in a critical extension; ${stated === undefined ? "its certificate states none" : `it is ${stated}${critical ? "" : ", not critical"}`}.`,
    );
  }
  if (stated !== undefined && !critical) return warning(`The certificate names purposes of its key: ${stated}.`);
  return answer(
    stated === undefined,
    "The signer's role is not limited to something else.",
    `The signer's certificate is for ${stated} only, not for documents of this kind.`,
  );
}

export function validity({ notBefore, notAfter, subject }: Certificate, at: Date, assumption: string): Answer {
  const span = `valid from ${notBefore.toISOString()} to ${notAfter.toISOString()}`;
  return answer(
    at.getTime() >= notBefore.getTime() && at.getTime() <= lastInstant(notAfter),
    `${nameToString(subject)} is ${span}${assumption}.`,
    `${nameToString(subject)} is ${span}, not at ${Number.isNaN(at.getTime()) ? "an invalid date" : at.toISOString()}${assumption}.`,
  );
}

const day = (date: Date) => date.toISOString().slice(0, 10);

/** Only warnings: the printed date of issue may lie some days away from that of the signature, which nothing states. */
export function privateKeyUsage(
  certificate: Certificate,
  csca: Certificate | undefined,
  issued: Date | undefined,
): Answer {
  const period = certificate.privateKeyUsagePeriod;
  const warnings: string[] = [];
  const stated = csca?.privateKeyUsagePeriod;
  if (stated !== undefined && !isWithin(certificate.notBefore, stated)) {
    warnings.push(`The CSCA signed the certificate on ${day(certificate.notBefore)}, when its key was not to be used.`);
  }
  const evidence = {
    ...(issued && { dateOfIssue: day(issued) }),
    ...(period?.notBefore && { from: day(period.notBefore) }),
    ...(period?.notAfter && { to: day(period.notAfter) }),
  };
  if (period !== undefined && issued !== undefined && !isWithin(issued, period)) {
    warnings.push("Issued at a date when the signer's key was not to be used.");
  }
  if (warnings.length > 0) return { ...warning(warnings.join(" ")), evidence };
  if (issued === undefined) return notChecked("The date of issue is not known.");
  if (period === undefined) return notChecked("The signer's certificate states no period.");
  return { ...passed("Issued while the signer's key was in use."), evidence };
}

/** Whole days, as the date of issue is one. */
function isWithin(
  date: Date,
  { notBefore, notAfter }: { readonly notBefore?: Date; readonly notAfter?: Date },
): boolean {
  return (
    (notBefore === undefined || day(date) >= day(notBefore)) && (notAfter === undefined || day(date) <= day(notAfter))
  );
}

export function criticalExtensions(certificates: readonly Certificate[]): Answer {
  const unknown = certificates.flatMap(unknownCriticalExtensions);
  return answer(
    unknown.length === 0,
    "Every critical extension is understood.",
    `Critical extensions that are not understood: ${unknown.join(", ")}.`,
  );
}

/** Upper and lower case are the same country; that ICAO wants upper case is a matter of the profile. */
export function country(certificates: readonly Certificate[]): Answer {
  const codes = certificates.flatMap(({ subject, issuer }) => [countryOf(subject), countryOf(issuer)]);
  const [first] = codes;
  return answer(
    first !== undefined && codes.every((code) => code?.toUpperCase() === first.toUpperCase()),
    `The country is ${first}.`,
    `The names state different countries or none: ${codes.map((code) => code ?? "none").join(", ")}.`,
  );
}

export function documentTypeList({ documentTypeList: types }: Certificate): Answer {
  return types === undefined
    ? warning("The certificate does not say which document types it is for.")
    : passed(`The certificate is for documents of type ${types.join(", ")}.`);
}

/** Least bits that ICAO 9303-12 §4.1.6 recommends for what is issued now. */
const LEAST_BITS = { RSA: 2048, EC: 224 } as const;

/** Kind, size and form of the keys; by ICAO 9303-12 §4.1.6.3 a curve is stated with all its parameters. */
export function keys(certificates: Readonly<Record<string, Certificate>>): Answer {
  const evidence: Record<string, string> = {};
  const warnings: string[] = [];
  for (const [who, certificate] of Object.entries(certificates)) {
    try {
      const key = keyOfCertificate(certificate);
      if (key instanceof Uint8Array) {
        evidence[who] = "not supported";
        continue;
      }
      const { curve, point } = publicKeyForm(certificate.spkiRaw);
      const bits = key.kind === "RSA" ? key.modulus.length * 8 : key.point.length * 4 - 4;
      evidence[who] = key.kind === "RSA" ? `RSA ${bits}` : `${key.curve}, ${curve ?? "unknown"} parameters`;
      if (bits < LEAST_BITS[key.kind])
        warnings.push(`The key of the ${who} has ${bits} bits, which is no longer secure.`);
      if (point !== undefined && point !== "uncompressed") warnings.push(`The point of the ${who} is ${point}.`);
    } catch (error) {
      if (!(error instanceof CardwrightError)) throw error;
      evidence[who] = "malformed";
    }
  }
  const said = Object.entries(evidence)
    .map(([who, what]) => `${who}: ${what}`)
    .join("; ");
  if (warnings.length > 0) return { ...warning(warnings.join(" ")), evidence };
  return { ...passed(`The keys are those of ICAO 9303-12 in kind and size (${said}).`), evidence };
}
