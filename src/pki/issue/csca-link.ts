import { equalBytes } from "../../bytes/bytes.js";
import { type Certificate, parseCertificate } from "../certificate.js";
import { EXTENSION, type PrivateKeyUsagePeriod } from "../extensions.js";
import { countryOf } from "../name.js";
import { isSamePublicKey, publicKeyFromSpki } from "../public-key.js";
import type { SignatureAlgorithmName } from "../signer.js";
import { verifyCertificateSignature } from "../verify-signature.js";
import { authorityOf, checkAuthority, type IssuerOptions, identifierOf, issuerAltNameOf } from "./authority.js";
import { buildCertificate, extension, type SubjectOptions, serialNumberOf, validityOf } from "./certificate.js";

/** What a new link certificate is to join. */
export interface CscaLinkOptions extends Pick<SubjectOptions, "serialNumber" | "random"> {
  /** The CSCA with its old key, which signs. */
  readonly issuer: IssuerOptions;
  /** The self-signed certificate of the new key, as DER or parsed: under the same name, or under a new one. */
  readonly root: Uint8Array | Certificate;
  /** The preferred algorithm of the old key's signer unless told otherwise. */
  readonly algorithm?: SignatureAlgorithmName;
  /** When the link begins: that of the new root unless told otherwise. The old key must be in its usage period then. */
  readonly notBefore?: Date;
  /** Until when the link is valid: as long as the new root unless told otherwise. */
  readonly notAfter?: Date;
}

/**
 * A CSCA link certificate: the old key says that the new one is the same authority's. Where the name has changed, it holds both,
 * and the extension NameChange says so.
 *
 * Spec: ICAO 9303-12 §4.1.4.3, §7.1.1, tables 5 and 6, column "CSCA Link"; name change: §7.1.1.5.
 *
 * Subject, key, SubjectKeyIdentifier, SubjectAltName, PrivateKeyUsagePeriod and CRLDistributionPoints are those of the new root;
 * issuer, AuthorityKeyIdentifier and IssuerAltName are the old one's. KeyUsage and BasicConstraints (path length 0) are critical.
 *
 * @returns DER of the certificate.
 * @throws {RangeError} when the root is none of a CSCA, or is not signed by its own key; when it has the old key, or another
 *   country; for dates that do not fit.
 * @throws {CardwrightError} `SIGNER_MISMATCH` - `issuer.certificate` is for another key than the signer's; `SIGNER_EXPIRED`,
 *   `SIGNER_NOT_YET_VALID` - the old key may not sign at `notBefore`.
 * @throws {MalformedError} when a certificate cannot be read.
 * @example
 * const link = await issueCscaLink({ issuer: { certificate: oldCsca, signer: oldSigner }, root: newCsca });
 */
export async function issueCscaLink(options: CscaLinkOptions): Promise<Uint8Array> {
  const root = options.root instanceof Uint8Array ? parseCertificate(options.root) : options.root;
  checkAuthority(root, "root");
  const { notBefore, notAfter } = validityOf({
    notBefore: options.notBefore ?? root.notBefore,
    notAfter: options.notAfter ?? root.notAfter,
  });
  if (notAfter > root.notAfter) throw new RangeError("notAfter is later than that of the new root");
  const { certificate: old, signer, algorithm, country } = authorityOf(options.issuer, notBefore, options.algorithm);
  if (!isSame(root.issuerRaw, root.subjectRaw) || verifyCertificateSignature(root, root.spkiRaw) !== true) {
    throw new RangeError("root is not signed by its own key");
  }
  if (isSamePublicKey(publicKeyFromSpki(root.spkiRaw), publicKeyFromSpki(old.spkiRaw))) {
    throw new RangeError("root has the old key; a link certificate is for a new one (ICAO 9303-12 §7.1.1.5)");
  }
  if (countryOf(root.subject) !== country) {
    throw new RangeError("root is of another country than the issuer (ICAO 9303-12 table 5)");
  }
  const ofRoot = (field: keyof typeof EXTENSION) => {
    const found = root.extensions.find(({ oid }) => oid === EXTENSION[field]);
    if (found !== undefined) return { ...found, critical: false };
    throw new RangeError(`root has no ${field}, which a link certificate repeats (ICAO 9303-12 table 6)`);
  };
  return buildCertificate({
    serialNumber: serialNumberOf(options),
    signer,
    algorithm,
    issuerRaw: old.subjectRaw,
    subjectRaw: root.subjectRaw,
    notBefore,
    notAfter,
    publicKey: root.spkiRaw,
    extensions: [
      ofRoot("subjectKeyIdentifier"),
      extension("authorityKeyIdentifier", { keyIdentifier: identifierOf(old) }),
      extension("keyUsage", ["keyCertSign", "cRLSign"], true),
      extension("privateKeyUsagePeriod", usageInside(root.privateKeyUsagePeriod, notBefore, notAfter)),
      ofRoot("subjectAltName"),
      issuerAltNameOf(old),
      extension("basicConstraints", { ca: true, pathLength: 0 }, true),
      ofRoot("crlDistributionPoints"),
      ...(isSame(old.subjectRaw, root.subjectRaw) ? [] : [extension("nameChange", true)]),
    ],
  });
}

/** The usage period of the new key, as far as the link is valid. */
function usageInside(usage: PrivateKeyUsagePeriod | undefined, from: Date, to: Date): Required<PrivateKeyUsagePeriod> {
  if (usage === undefined) throw new RangeError("root has no privateKeyUsagePeriod (ICAO 9303-12 table 6)");
  const notBefore = new Date(Math.max(usage.notBefore?.getTime() ?? -Infinity, from.getTime()));
  const notAfter = new Date(Math.min(usage.notAfter?.getTime() ?? Infinity, to.getTime()));
  if (notBefore > notAfter) throw new RangeError("the usage period of the new key lies outside of the link's validity");
  return { notBefore, notAfter };
}

const isSame = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && equalBytes(a, b);
