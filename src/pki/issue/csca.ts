import { NAME } from "../name.js";
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

/** What a new country signing CA is to be. */
export interface CscaOptions extends SubjectOptions {
  /** Two capital letters for the name, `UT`. */
  readonly country: string;
  /** The state's code as in the MRZ, for the alternative names: `UTO`, `D`. */
  readonly countryCode3: string;
  /**
   * The three-letter code of the state, where `countryCode3` does not say which one it is, e.g. `HKG` beside `CHN`
   * (ICAO 9303-12 §7.1.1.2).
   */
  readonly stateCode?: string;
  /** States that this root came with a change of the authority's name (ICAO 9303-12 §7.1.1.5); it may be left out. */
  readonly nameChange?: boolean;
  /** Holds the key of the authority, which also signs the certificate. */
  readonly signer: Signer;
  /** The signer's preferred algorithm unless told otherwise. */
  readonly algorithm?: SignatureAlgorithmName;
}

/**
 * A self-signed root certificate of a country signing CA.
 *
 * Spec: ICAO 9303-12 §7.1.1, tables 5 and 6, column "CSCA Self-Signed Root".
 *
 * Extensions: SubjectKeyIdentifier, AuthorityKeyIdentifier, KeyUsage (critical: keyCertSign, cRLSign), PrivateKeyUsagePeriod,
 * SubjectAltName = IssuerAltName (locality and e-mail), BasicConstraints (critical: cA, path length 0), CRLDistributionPoints;
 * NameChange when asked for.
 *
 * @returns DER of the certificate. Its key is stated as `signer.publicKey` states it.
 * @throws {RangeError} for options that the profile does not allow.
 * @throws {CardwrightError} `SIGNER_MISMATCH` - the signer's signature is not by its own public key.
 * @example
 * import { generateEcPrivateKey, memorySigner, nameToString, parseCertificate } from "cardwright/pki";
 * import { issueCsca } from "cardwright/pki/issue";
 *
 * const csca = await issueCsca({
 *   country: "UT",
 *   countryCode3: "UTO",
 *   commonName: "Utopia CSCA",
 *   signer: memorySigner(generateEcPrivateKey("P-384")),
 *   notBefore: new Date("2027-01-01T00:00:00Z"),
 *   notAfter: new Date("2042-01-01T00:00:00Z"),
 *   privateKeyUsage: { notBefore: new Date("2027-01-01T00:00:00Z"), notAfter: new Date("2031-01-01T00:00:00Z") },
 *   crlDistributionPoints: ["https://pki.example/utopia.crl"],
 *   contact: "csca@example.org",
 * });
 * nameToString(parseCertificate(csca).subject); // => C=UT, CN=Utopia CSCA
 */
export async function issueCsca(options: CscaOptions): Promise<Uint8Array> {
  const { country, countryCode3, stateCode, signer, contact, crlDistributionPoints } = options;
  if (!/^[A-Z]{2}$/.test(country)) throw new RangeError("country must be two capital letters (ICAO 9303-12 table 5)");
  if (!/^[A-Z]{1,3}$/.test(countryCode3)) throw new RangeError("countryCode3 must be the state's code as in the MRZ");
  if (stateCode !== undefined && !/^[A-Z]{3}$/.test(stateCode)) {
    throw new RangeError("stateCode must be a three-letter code of ICAO 9303-3");
  }
  const { notBefore, notAfter, privateKeyUsage } = periodsOf(options);
  const subjectRaw = encodeName(country, options);
  const alternativeName = {
    directoryNames: [
      [
        { oid: NAME.locality, value: countryCode3 },
        ...(stateCode === undefined ? [] : [{ oid: NAME.stateOrProvince, value: stateCode }]),
      ],
    ],
    emails: [contact],
    dnsNames: [],
    uris: [],
  };
  const identifier = keyIdentifier(signer.publicKey);
  return buildCertificate({
    serialNumber: serialNumberOf(options),
    signer,
    algorithm: options.algorithm ?? (signer.algorithms[0] as SignatureAlgorithmName),
    issuerRaw: subjectRaw,
    subjectRaw,
    notBefore,
    notAfter,
    publicKey: signer.publicKey,
    extensions: [
      extension("subjectKeyIdentifier", identifier),
      extension("authorityKeyIdentifier", { keyIdentifier: identifier }),
      extension("keyUsage", ["keyCertSign", "cRLSign"], true),
      extension("privateKeyUsagePeriod", privateKeyUsage),
      extension("subjectAltName", alternativeName),
      extension("issuerAltName", alternativeName),
      extension("basicConstraints", { ca: true, pathLength: 0 }, true),
      extension("crlDistributionPoints", crlDistributionPoints),
      ...(options.nameChange === true ? [extension("nameChange", true)] : []),
    ],
  });
}
