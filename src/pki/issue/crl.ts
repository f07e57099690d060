import { algorithmIdentifier, BIT_STRING, bitString, SEQUENCE } from "../../asn1/types.js";
import { concatBytes } from "../../bytes/bytes.js";
import { CardwrightError } from "../../errors.js";
import { encodeTlv } from "../../tlv/ber.js";
import { dataObject, encodeObject } from "../../tlv/file.js";
import { type Certificate, parseCertificate } from "../certificate.js";
import { checkSignerKey, checkSignerTime } from "../cms-sign.js";
import { parseCrl, tbsCertList, verifyCrl } from "../crl.js";
import { revokedCertificate } from "../crl-entries.js";
import { CRL_EXTENSION, CRL_EXTENSION_OBJECTS } from "../crl-extensions.js";
import { countryOf } from "../name.js";
import { encodeSignatureValue, signatureAlgorithmIdentifier } from "../signature-algorithm.js";
import type { SignatureAlgorithmName, Signer } from "../signer.js";
import { keyIdentifier } from "./certificate.js";

/** What a new revocation list is to say. */
export interface CrlOptions {
  /** The CSCA. */
  readonly issuer: {
    /** Its certificate, as DER or parsed. */
    readonly certificate: Uint8Array | Certificate;
    readonly signer: Signer;
  };
  /** The preferred algorithm of the signer unless told otherwise. */
  readonly algorithm?: SignatureAlgorithmName;
  /** When the list is made. */
  readonly thisUpdate: Date;
  /** When the next one comes: at most 90 days later. */
  readonly nextUpdate: Date;
  /** Number of the list, greater than that of every list before: content of a positive INTEGER, at most 20 bytes. */
  readonly crlNumber: Uint8Array;
  /**
   * Certificates of the CSCA under its earlier names, as DER or parsed, when it changed its name: the list states these names as
   * IssuerAltName, because it is the one list for all certificates of the country. Names whose certificates have all expired may go.
   */
  readonly previousNames?: readonly (Uint8Array | Certificate)[];
  /** The revoked certificates, whichever key or name of the CSCA issued them; none when there is none. ICAO has no reasons. */
  readonly revoked: readonly { readonly serialNumber: Uint8Array; readonly revocationDate: Date }[];
}

/** ICAO 9303-12 §4.1.5: one at least every 90 days. */
const LONGEST = 90 * 24 * 3600 * 1000;

/** directoryName of GeneralName. */
const DIRECTORY_NAME = 0xa4;

const tbsObject = dataObject("TBSCertList", SEQUENCE, tbsCertList);
const algorithmObject = dataObject("AlgorithmIdentifier", SEQUENCE, algorithmIdentifier);
const signatureObject = dataObject("signatureValue", BIT_STRING, bitString());

/**
 * A revocation list of a CSCA: version 2, full, with AuthorityKeyIdentifier and cRLNumber and without extensions of its entries. It is
 * read and its signature verified before it is handed out. A CSCA has one list, signed by its newest key: after a change of key or
 * name it goes on to hold what the older ones issued.
 *
 * Spec: ICAO 9303-12 §4.1.5 and §7.1.4, tables 9 and 10 (note 1: names before); RFC 5280 §5.
 *
 * @returns DER of CertificateList.
 * @throws {RangeError} for dates, a number or serial numbers that the profile does not allow, or a certificate twice.
 * @throws {CardwrightError} `SIGNER_MISMATCH` - the certificate is for another key than the signer's, or its signature is not by
 *   its own public key; `SIGNER_NOT_YET_VALID`, `SIGNER_EXPIRED` - the certificate is not valid at `thisUpdate`.
 * @example
 * const crl = await issueCrl({ issuer: { certificate: csca, signer }, thisUpdate, nextUpdate, crlNumber: Uint8Array.of(7),
 *   revoked: [{ serialNumber: certificate.serialNumber, revocationDate: thisUpdate }] });
 */
export async function issueCrl(options: CrlOptions): Promise<Uint8Array> {
  const { issuer, thisUpdate, nextUpdate, crlNumber } = options;
  const { signer } = issuer;
  const certificate =
    issuer.certificate instanceof Uint8Array ? parseCertificate(issuer.certificate) : issuer.certificate;
  const algorithm = options.algorithm ?? (signer.algorithms[0] as SignatureAlgorithmName);
  if (!signer.algorithms.includes(algorithm)) {
    throw new RangeError(`issueCrl: the signer offers ${signer.algorithms.join(", ")}, not ${algorithm}`);
  }
  if (certificate.keyUsage?.includes("cRLSign") !== true) {
    throw new RangeError("issueCrl: the issuer's certificate lacks cRLSign in its KeyUsage");
  }
  const span = nextUpdate.getTime() - thisUpdate.getTime();
  if (!(span > 0 && span <= LONGEST)) {
    throw new RangeError(
      "issueCrl: nextUpdate must be later than thisUpdate, by 90 days at most (ICAO 9303-12 §4.1.5)",
    );
  }
  checkNumber(crlNumber, "crlNumber");
  checkSignerKey(signer, certificate);
  // A CSCA that issues certificates no more still has to issue lists, so its private-key usage period does not count.
  const { privateKeyUsagePeriod: _, ...validity } = certificate;
  checkSignerTime(validity, thisUpdate);

  const signature = signatureAlgorithmIdentifier(algorithm);
  const signatureRaw = encodeObject(algorithmObject, signature);
  const identifier = certificate.subjectKeyIdentifier ?? keyIdentifier(certificate.spkiRaw);
  const entries = encodeEntries(options.revoked);
  const tbs = encodeObject(tbsObject, {
    version: 1,
    signature: { raw: signatureRaw, value: signature },
    issuer: { raw: certificate.subjectRaw, value: certificate.subject },
    thisUpdate,
    nextUpdate,
    // RFC 5280 §5.1.2.6: left out when nothing is revoked.
    ...(entries.length === 0 ? {} : { revokedCertificates: entries }),
    crlExtensions: [
      {
        oid: CRL_EXTENSION.authorityKeyIdentifier,
        value: encodeObject(CRL_EXTENSION_OBJECTS.authorityKeyIdentifier, { keyIdentifier: identifier }),
      },
      ...previousNamesOf(options.previousNames ?? [], certificate),
      { oid: CRL_EXTENSION.crlNumber, value: encodeObject(CRL_EXTENSION_OBJECTS.crlNumber, crlNumber) },
    ],
  });
  const signed = encodeSignatureValue(algorithm, await signer.sign(tbs, algorithm));
  const der = encodeTlv(SEQUENCE, tbs, signatureRaw, encodeObject(signatureObject, signed));
  if (verifyCrl(parseCrl(der), signer.publicKey) !== true) {
    throw new CardwrightError(
      "SIGNER_MISMATCH",
      "The signer's signature does not verify with its own public key; check which key it uses.",
    );
  }
  return der;
}

/** IssuerAltName of the names before, as they stand in the certificates issued under them. */
function previousNamesOf(previous: readonly (Uint8Array | Certificate)[], current: Certificate) {
  if (previous.length === 0) return [];
  const names: Uint8Array[] = [];
  for (const one of previous) {
    const { subjectRaw, subject } = one instanceof Uint8Array ? parseCertificate(one) : one;
    if (countryOf(subject) !== countryOf(current.subject)) {
      throw new RangeError("issueCrl: previousNames holds a certificate of another country");
    }
    const isKnown = [current.subjectRaw, ...names].some((known) => known.join() === subjectRaw.join());
    if (!isKnown) names.push(subjectRaw);
  }
  if (names.length === 0) throw new RangeError("issueCrl: previousNames holds no other name than the present one");
  // By hand, because the names have to be the very bytes of the issuer fields (table 10, note 1).
  const value = encodeTlv(SEQUENCE, ...names.map((name) => encodeTlv(DIRECTORY_NAME, name)));
  return [{ oid: CRL_EXTENSION.issuerAltName, value }];
}

function encodeEntries(revoked: CrlOptions["revoked"]): Uint8Array {
  const seen = new Set<string>();
  const entries = revoked.map(({ serialNumber, revocationDate }) => {
    checkNumber(serialNumber, "serialNumber");
    const key = serialNumber.join();
    if (seen.has(key)) throw new RangeError("issueCrl: a certificate is revoked twice");
    seen.add(key);
    return encodeObject(revokedCertificate, { userCertificate: serialNumber, revocationDate });
  });
  return concatBytes(...entries);
}

function checkNumber(content: Uint8Array, name: string): void {
  const [first = 0x80, second = 0] = content;
  if (content.length > 20 || first >= 0x80 || (first === 0 && content.length > 1 && second < 0x80)) {
    throw new RangeError(`issueCrl: ${name} must be the content of a positive INTEGER of 1 to 20 bytes`);
  }
}
