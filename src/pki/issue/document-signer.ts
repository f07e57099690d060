import { parseCertificate } from "../certificate.js";
import { checkSignerKey, checkSignerTime } from "../cms-sign.js";
import { EXTENSION, localityOf } from "../extensions.js";
import { countryOf, NAME } from "../name.js";
import { publicKeyFromSpki } from "../public-key.js";
import type { SignatureAlgorithmName, Signer } from "../signer.js";
import {
  buildCertificate,
  encodeName,
  extension,
  keyIdentifier,
  periodsOf,
  type SubjectOptions,
  serialNumberOf,
} from "./certificate.js";

/** What a new Document Signer is to be. Country and code of the state are those of the issuing CSCA. */
export interface DocumentSignerOptions extends SubjectOptions {
  /** DER of SubjectPublicKeyInfo of the Document Signer: `signer.publicKey`. */
  readonly publicKey: Uint8Array;
  /** The CSCA. */
  readonly issuer: {
    /** DER of its certificate. */
    readonly certificate: Uint8Array;
    readonly signer: Signer;
  };
  /** The preferred algorithm of the CSCA's signer unless told otherwise. */
  readonly algorithm?: SignatureAlgorithmName;
  /** One or two characters as in the MRZ; a single letter stands for all types that begin with it. At least one. */
  readonly documentTypes: readonly string[];
  /**
   * The one purpose that the key may serve, as an object identifier, e.g. the `signerRole` of a profile's security object;
   * written as a critical extension, so that who does not know it refuses the certificate. Left out for the signer of EF.SOD.
   */
  readonly extendedKeyUsage?: string;
}

/**
 * The certificate of a Document Signer, signed by its CSCA.
 *
 * Spec: ICAO 9303-12 §7.1.1, tables 5 and 6, column "Document Signer"; document types: §7.1.1.6.
 *
 * Extensions: SubjectKeyIdentifier, AuthorityKeyIdentifier, KeyUsage (critical: digitalSignature), PrivateKeyUsagePeriod,
 * SubjectAltName (locality and e-mail), IssuerAltName (as the CSCA states it), CRLDistributionPoints, DocumentTypeList; and
 * ExtKeyUsage (critical) when asked for.
 *
 * @returns DER of the certificate.
 * @throws {RangeError} for options that the profile does not allow, or a certificate that would outlive the CSCA's.
 * @throws {CardwrightError} `SIGNER_MISMATCH` - the CSCA's certificate is for another key than its signer's;
 *   `SIGNER_NOT_YET_VALID`, `SIGNER_EXPIRED` - the CSCA may not sign at `notBefore`; `ALGORITHM_UNSUPPORTED` - of `publicKey`.
 * @throws {MalformedError} when the CSCA's certificate or `publicKey` cannot be read.
 * @example
 * const documentSigner = await issueDocumentSigner({ commonName: "Utopia Document Signer 01", publicKey: signer.publicKey,
 *   issuer: { certificate: csca, signer: cscaSigner }, notBefore, notAfter, privateKeyUsage, documentTypes: ["I"],
 *   crlDistributionPoints: ["https://pki.example/utopia.crl"], contact: "ds@example.org" });
 */
export async function issueDocumentSigner(options: DocumentSignerOptions): Promise<Uint8Array> {
  const { publicKey, issuer, contact, crlDistributionPoints, documentTypes, extendedKeyUsage } = options;
  const csca = parseCertificate(issuer.certificate);
  const country = countryOf(csca.subject);
  const locality = localityOf(csca.subjectAltName);
  if (csca.basicConstraints?.ca !== true || csca.keyUsage?.includes("keyCertSign") !== true) {
    throw new RangeError("issuer.certificate is not that of a certification authority");
  }
  const cscaAltName = csca.extensions.find(({ oid }) => oid === EXTENSION.subjectAltName);
  if (country === undefined || locality === undefined || cscaAltName === undefined) {
    throw new RangeError("issuer.certificate states no country in its name, or no locality in its SubjectAltName");
  }
  if (documentTypes.length === 0) throw new RangeError("documentTypes must name at least one type");
  const { notBefore, notAfter, privateKeyUsage } = periodsOf(options);
  if (notAfter > csca.notAfter) {
    throw new RangeError(`notAfter is later than that of the CSCA, ${csca.notAfter.toISOString()}`);
  }
  checkSignerKey(issuer.signer, csca);
  checkSignerTime(csca, notBefore);
  publicKeyFromSpki(publicKey);
  return buildCertificate({
    serialNumber: serialNumberOf(options),
    signer: issuer.signer,
    algorithm: options.algorithm ?? (issuer.signer.algorithms[0] as SignatureAlgorithmName),
    issuerRaw: csca.subjectRaw,
    subjectRaw: encodeName(country, options),
    notBefore,
    notAfter,
    publicKey,
    extensions: [
      extension("subjectKeyIdentifier", keyIdentifier(publicKey)),
      extension("authorityKeyIdentifier", {
        keyIdentifier: csca.subjectKeyIdentifier ?? keyIdentifier(csca.spkiRaw),
      }),
      extension("keyUsage", ["digitalSignature"], true),
      extension("privateKeyUsagePeriod", privateKeyUsage),
      extension("subjectAltName", {
        directoryNames: [[{ oid: NAME.locality, value: locality }]],
        emails: [contact],
        dnsNames: [],
        uris: [],
      }),
      { ...cscaAltName, oid: EXTENSION.issuerAltName, critical: false },
      extension("crlDistributionPoints", crlDistributionPoints),
      extension("documentTypeList", documentTypes),
      ...(extendedKeyUsage === undefined ? [] : [extension("extKeyUsage", [extendedKeyUsage], true)]),
    ],
  });
}
