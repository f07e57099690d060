import { BitString, fromBER, Integer } from "asn1js";
import { AlgorithmIdentifier, Certificate, Extension, PublicKeyInfo, RelativeDistinguishedNames, Time } from "pkijs";
import { dateToTime } from "../../asn1/time.js";
import { type AlgorithmIdentifier as OwnAlgorithmIdentifier, SEQUENCE } from "../../asn1/types.js";
import { type RandomSource, systemRandom } from "../../bytes/random.js";
import { sha1 } from "../../crypto/legacy/sha1.js";
import { CardwrightError } from "../../errors.js";
import { type DataObject, dataObject, encodeObject, parseObject } from "../../tlv/file.js";
import { type Extension as CertificateExtension, parseCertificate } from "../certificate.js";
import { EXTENSION, EXTENSION_OBJECTS, type PrivateKeyUsagePeriod } from "../extensions.js";
import { NAME, type Name, name } from "../name.js";
import { spkiObject } from "../public-key.js";
import { encodeSignatureValue, signatureAlgorithmIdentifier } from "../signature-algorithm.js";
import type { SignatureAlgorithmName, Signer } from "../signer.js";
import { verifyCertificateSignature } from "../verify-signature.js";

/** The name of a certificate's subject below the country, and how long the certificate and its key serve. */
export interface SubjectOptions {
  /** E.g. `Utopia CSCA`; PrintableString where its characters allow, else UTF8String. */
  readonly commonName: string;
  readonly organization?: string;
  readonly organizationalUnit?: string;
  /** 1 to 20 bytes, a positive INTEGER without needless zeros, never used before by this authority; drawn when left out. */
  readonly serialNumber?: Uint8Array;
  /** Source of the serial number; the system's unless told otherwise. */
  readonly random?: RandomSource;
  /** First and last second at which the certificate is valid. */
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** When the private key may sign: for a CSCA 3 to 5 years, for a Document Signer up to 3 months (ICAO 9303-12 §5). */
  readonly privateKeyUsage: { readonly notBefore: Date; readonly notAfter: Date };
  /** Where the revocation list is: ldap, http or https. */
  readonly crlDistributionPoints: readonly string[];
  /** E-mail address for questions about the certificate. */
  readonly contact: string;
}

/** @internal What goes into a certificate. */
export interface CertificateParts {
  readonly serialNumber: Uint8Array;
  readonly signer: Signer;
  readonly algorithm: SignatureAlgorithmName;
  /** DER of the names. */
  readonly issuerRaw: Uint8Array;
  readonly subjectRaw: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** DER of SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
  readonly extensions: readonly CertificateExtension[];
}

/** @internal A name as a whole. */
export const nameObject = dataObject("Name", SEQUENCE, name);

/** @internal DER of a name: country first, common name last. */
export function encodeName(
  country: string,
  subject: Pick<SubjectOptions, "commonName" | "organization" | "organizationalUnit">,
): Uint8Array {
  const { commonName, organization, organizationalUnit } = subject;
  const attributes: Name = [
    { oid: NAME.country, value: country },
    ...(organization === undefined ? [] : [{ oid: NAME.organization, value: organization }]),
    ...(organizationalUnit === undefined ? [] : [{ oid: NAME.organizationalUnit, value: organizationalUnit }]),
    { oid: NAME.commonName, value: commonName },
  ];
  const empty = attributes.find(({ value }) => value === "" || value.length > 64);
  if (empty !== undefined) throw new RangeError("a name's attributes have 1 to 64 characters (RFC 5280 appendix A.1)");
  return encodeObject(nameObject, attributes);
}

/** @internal An extension by its name. */
export function extension<K extends keyof typeof EXTENSION>(
  field: K,
  value: (typeof EXTENSION_OBJECTS)[K] extends DataObject<infer T> ? T : never,
  critical = false,
): CertificateExtension {
  const object = EXTENSION_OBJECTS[field] as unknown as DataObject<typeof value>;
  return { oid: EXTENSION[field], critical, value: encodeObject(object, value) };
}

/**
 * @internal Identifier of a key: SHA-1 over the bits of the public key (RFC 5280 §4.2.1.2, method 1). It names a key and
 * protects nothing, so that collisions gain nothing.
 */
export function keyIdentifier(spki: Uint8Array): Uint8Array {
  return sha1(parseObject(spkiObject, spki).subjectPublicKey);
}

/** @internal The serial number given, checked, or a new one of 128 bits. */
export function serialNumberOf({
  serialNumber,
  random = systemRandom,
}: Pick<SubjectOptions, "serialNumber" | "random">): Uint8Array {
  if (serialNumber === undefined) {
    const drawn = Uint8Array.from(random(16));
    // Neither negative nor starting with a zero byte: 16 bytes, always.
    drawn[0] = ((drawn[0] as number) & 0x3f) | 0x40;
    return drawn;
  }
  const [first = 0, second = 0] = serialNumber;
  const minimal = first !== 0 || (serialNumber.length > 1 && second >= 0x80);
  if (serialNumber.length === 0 || serialNumber.length > 20 || first >= 0x80 || !minimal) {
    throw new RangeError("serialNumber must be a positive INTEGER of 1 to 20 bytes without needless zeros");
  }
  return serialNumber;
}

/** @internal Checks dates, period and distribution points, and gives the times in whole seconds. */
export function periodsOf(
  subject: Pick<SubjectOptions, "notBefore" | "notAfter" | "privateKeyUsage" | "crlDistributionPoints">,
) {
  const { notBefore, notAfter } = validityOf(subject);
  checkDistributionPoints(subject.crlDistributionPoints);
  return { notBefore, notAfter, privateKeyUsage: usageOf(subject.privateKeyUsage, notBefore, notAfter) };
}

/** @internal Checks the dates of a certificate, and gives them in whole seconds. */
export function validityOf(subject: { readonly notBefore: Date; readonly notAfter: Date }) {
  const notBefore = wholeSeconds(subject.notBefore);
  const notAfter = wholeSeconds(subject.notAfter);
  if (notBefore > notAfter) throw new RangeError("notBefore is later than notAfter");
  return { notBefore, notAfter };
}

/** @internal Checks a private-key usage period, and gives it in whole seconds. */
export function usageOf(period: Required<PrivateKeyUsagePeriod>, notBefore: Date, notAfter: Date) {
  const usage = { notBefore: wholeSeconds(period.notBefore), notAfter: wholeSeconds(period.notAfter) };
  if (usage.notBefore > usage.notAfter || usage.notBefore < notBefore || usage.notAfter > notAfter) {
    throw new RangeError("privateKeyUsage must lie inside notBefore and notAfter, and end after it begins");
  }
  return usage;
}

/** @internal ICAO 9303-12 §7.1.1.4: at least one place, by ldap, http or https. */
export function checkDistributionPoints(uris: readonly string[]): void {
  if (uris.length === 0) {
    throw new RangeError("crlDistributionPoints must name at least one place (ICAO 9303-12 §7.1.1.4)");
  }
  for (const uri of uris) {
    if (!/^(?:https?|ldap):\/\//i.test(uri)) {
      throw new RangeError(`crlDistributionPoints: ${uri} is neither ldap nor http nor https (ICAO 9303-12 table 6)`);
    }
  }
}

function wholeSeconds(date: Date): Date {
  const milliseconds = date.getTime();
  if (Number.isNaN(milliseconds)) throw new RangeError("a date is invalid");
  return new Date(Math.floor(milliseconds / 1000) * 1000);
}

/**
 * @internal Builds a certificate with pkijs and has it signed by the port. The result is read with the strict reader and its
 * signature verified before it is handed out.
 */
export async function buildCertificate(parts: CertificateParts): Promise<Uint8Array> {
  if (!parts.signer.algorithms.includes(parts.algorithm)) {
    throw new RangeError(`the signer offers ${parts.signer.algorithms.join(", ")}, not ${parts.algorithm}`);
  }
  const certificate = new Certificate();
  certificate.version = 2;
  certificate.serialNumber = new Integer({ valueHex: bufferOf(parts.serialNumber) });
  certificate.signature = algorithmOf(signatureAlgorithmIdentifier(parts.algorithm));
  certificate.signatureAlgorithm = algorithmOf(signatureAlgorithmIdentifier(parts.algorithm));
  certificate.issuer = new RelativeDistinguishedNames({ schema: schemaOf(parts.issuerRaw) });
  certificate.subject = new RelativeDistinguishedNames({ schema: schemaOf(parts.subjectRaw) });
  certificate.notBefore = timeOf(parts.notBefore);
  certificate.notAfter = timeOf(parts.notAfter);
  certificate.subjectPublicKeyInfo = publicKeyInfo(parts.publicKey);
  certificate.extensions = parts.extensions.map(
    ({ oid, critical, value }) => new Extension({ extnID: oid, critical, extnValue: bufferOf(value) }),
  );

  // The bytes themselves go to the signer: pkijs' own signing knows named curves and WebCrypto keys only.
  const tbs = certificate.encodeTBS().toBER(false);
  certificate.tbsView = new Uint8Array(tbs);
  const signature = await parts.signer.sign(new Uint8Array(tbs), parts.algorithm);
  certificate.signatureValue = new BitString({ valueHex: bufferOf(encodeSignatureValue(parts.algorithm, signature)) });
  const der = new Uint8Array(certificate.toSchema(true).toBER(false));
  if (verifyCertificateSignature(parseCertificate(der), parts.signer.publicKey) !== true) {
    throw new CardwrightError(
      "SIGNER_MISMATCH",
      "The signer's signature does not verify with its own public key; check which key it uses.",
    );
  }
  return der;
}

function publicKeyInfo(spki: Uint8Array): PublicKeyInfo {
  const { algorithm, subjectPublicKey } = parseObject(spkiObject, spki);
  // PublicKeyInfo.fromSchema would do for named curves, but explicit parameters must stay the object they are.
  return new PublicKeyInfo({
    algorithm: algorithmOf(algorithm),
    subjectPublicKey: new BitString({ valueHex: bufferOf(subjectPublicKey) }),
  });
}

function algorithmOf({ algorithm, parameters }: OwnAlgorithmIdentifier): AlgorithmIdentifier {
  return new AlgorithmIdentifier({
    algorithmId: algorithm,
    ...(parameters === undefined ? {} : { algorithmParams: schemaOf(parameters) }),
  });
}

function timeOf(date: Date): Time {
  return new Time({ type: dateToTime(date).utcTime === undefined ? 1 : 0, value: date });
}

function schemaOf(der: Uint8Array) {
  return fromBER(bufferOf(der)).result;
}

/** A copy with a buffer of its own, as asn1js keeps what it is given. */
function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}
