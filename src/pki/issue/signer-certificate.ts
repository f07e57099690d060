import type { Extension } from "../certificate.js";
import { publicKeyFromSpki } from "../public-key.js";
import type { SignatureAlgorithmName } from "../signer.js";
import { authorityOf, type IssuerOptions, identifierOf, issuerAltNameOf, subjectAltNameOf } from "./authority.js";
import {
  buildCertificate,
  checkDistributionPoints,
  encodeName,
  extension,
  keyIdentifier,
  type SubjectOptions,
  serialNumberOf,
  usageOf,
  validityOf,
} from "./certificate.js";

/** What is common to all signers below a CSCA. Country and code of the state are those of the CSCA. */
export interface SignerCertificateOptions extends Omit<SubjectOptions, "privateKeyUsage"> {
  /** DER of SubjectPublicKeyInfo of the signer: `signer.publicKey`. */
  readonly publicKey: Uint8Array;
  /** The CSCA. */
  readonly issuer: IssuerOptions;
  /** The preferred algorithm of the CSCA's signer unless told otherwise. */
  readonly algorithm?: SignatureAlgorithmName;
}

/** @internal A certificate of ICAO 9303-12 table 6 below a CSCA: what all columns share, and what is `own` to one of them. */
export async function issueSignerCertificate(
  options: SignerCertificateOptions & Pick<Partial<SubjectOptions>, "privateKeyUsage">,
  own: readonly Extension[],
): Promise<Uint8Array> {
  const { publicKey, contact, crlDistributionPoints, privateKeyUsage } = options;
  const { notBefore, notAfter } = validityOf(options);
  checkDistributionPoints(crlDistributionPoints);
  const { certificate: csca, signer, algorithm, country } = authorityOf(options.issuer, notBefore, options.algorithm);
  if (notAfter > csca.notAfter) {
    throw new RangeError(`notAfter is later than that of the CSCA, ${csca.notAfter.toISOString()}`);
  }
  publicKeyFromSpki(publicKey);
  return buildCertificate({
    serialNumber: serialNumberOf(options),
    signer,
    algorithm,
    issuerRaw: csca.subjectRaw,
    subjectRaw: encodeName(country, options),
    notBefore,
    notAfter,
    publicKey,
    extensions: [
      extension("subjectKeyIdentifier", keyIdentifier(publicKey)),
      extension("authorityKeyIdentifier", { keyIdentifier: identifierOf(csca) }),
      extension("keyUsage", ["digitalSignature"], true),
      ...(privateKeyUsage === undefined
        ? []
        : [extension("privateKeyUsagePeriod", usageOf(privateKeyUsage, notBefore, notAfter))]),
      subjectAltNameOf(csca, contact),
      issuerAltNameOf(csca),
      extension("crlDistributionPoints", crlDistributionPoints),
      ...own,
    ],
  });
}
