import { type Certificate, parseCertificate } from "../certificate.js";
import { checkSignerKey, checkSignerTime } from "../cms-sign.js";
import { type AlternativeName, EXTENSION } from "../extensions.js";
import { countryOf } from "../name.js";
import type { SignatureAlgorithmName, Signer } from "../signer.js";
import { extension, keyIdentifier } from "./certificate.js";

/** The authority that signs a certificate. */
export interface IssuerOptions {
  /** Its certificate, as DER or parsed. */
  readonly certificate: Uint8Array | Certificate;
  readonly signer: Signer;
}

/** @internal An authority that was found fit to sign at a time. */
export interface Authority {
  readonly certificate: Certificate;
  readonly signer: Signer;
  readonly algorithm: SignatureAlgorithmName;
  readonly country: string;
}

/**
 * @internal Checks that an authority may sign a certificate at a time: it is one, the key is its own, and the time lies in
 * its validity and private-key usage period.
 */
export function authorityOf(issuer: IssuerOptions, at: Date, algorithm?: SignatureAlgorithmName): Authority {
  const { signer } = issuer;
  const certificate =
    issuer.certificate instanceof Uint8Array ? parseCertificate(issuer.certificate) : issuer.certificate;
  checkAuthority(certificate, "issuer.certificate");
  const country = countryOf(certificate.subject);
  if (country === undefined) throw new RangeError("issuer.certificate states no country in its name");
  checkSignerKey(signer, certificate);
  checkSignerTime(certificate, at);
  return { certificate, signer, algorithm: algorithm ?? (signer.algorithms[0] as SignatureAlgorithmName), country };
}

/** @internal Refuses a certificate that is not that of an authority. */
export function checkAuthority({ basicConstraints, keyUsage }: Certificate, name: string): void {
  if (basicConstraints?.ca !== true || keyUsage?.includes("keyCertSign") !== true) {
    throw new RangeError(`${name} is not that of a certification authority`);
  }
}

/** @internal The identifier of an authority's key, as its own certificate states it. */
export const identifierOf = ({ subjectKeyIdentifier, spkiRaw }: Certificate): Uint8Array =>
  subjectKeyIdentifier ?? keyIdentifier(spkiRaw);

/** @internal IssuerAltName: as the authority states its SubjectAltName. */
export function issuerAltNameOf({ extensions }: Certificate) {
  const own = extensions.find(({ oid }) => oid === EXTENSION.subjectAltName);
  if (own !== undefined) return { ...own, oid: EXTENSION.issuerAltName, critical: false };
  throw new RangeError("issuer.certificate has no SubjectAltName");
}

/** @internal SubjectAltName of a signer: the state as its CSCA states it, and a contact of its own. */
export function subjectAltNameOf({ subjectAltName }: Certificate, contact: string) {
  const directoryNames = subjectAltName?.directoryNames ?? [];
  if (directoryNames.length === 0) throw new RangeError("issuer.certificate has no state in its SubjectAltName");
  const value: AlternativeName = { directoryNames, emails: [contact], dnsNames: [], uris: [] };
  return extension("subjectAltName", value);
}
