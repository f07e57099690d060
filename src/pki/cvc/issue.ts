import { CardwrightError } from "../../errors.js";
import { publicKeyFromSpki } from "../public-key.js";
import type { Signer } from "../signer.js";
import { CVC_ALGORITHMS } from "./algorithms.js";
import {
  type CvCertificate,
  type CvCertificateBody,
  type CvcExtension,
  encodeCvCertificateBody,
  joinSigned,
  PROFILE,
  parseCvCertificate,
} from "./certificate.js";
import { type Chat, roleOf } from "./chat.js";
import { checkRole, checkTerminalType, isCvca, sameAlgorithm, samePublicKey } from "./checks.js";
import { type CvcDate, isCvcDate } from "./date.js";
import { algorithmOf, type CvcPublicKey, curveOf, cvcPublicKeyFromSpki, isEcKey, withoutDomain } from "./public-key.js";
import { checkReference } from "./reference.js";
import { verifyCvcSignature } from "./verify.js";

/** What is stated about the holder of a new certificate, the key apart. */
export interface CvcHolder {
  /** Reference of the new key: country, mnemonic, sequence number. */
  readonly chr: string;
  /** What the holder is and may do; see `buildChat`. */
  readonly chat: Chat;
  /** Day on which the certificate is made. */
  readonly effectiveDate: CvcDate;
  /** Last day on which it is valid. */
  readonly expirationDate: CvcDate;
  readonly extensions?: readonly CvcExtension[];
}

/** Who signs: a CVCA or a DV. */
export interface CvcIssuer {
  /** Its own certificate, which says with which algorithm the key signs. */
  readonly certificate: CvCertificate;
  readonly signer: Signer;
}

/** A new CVCA. */
export interface CvcaOptions extends CvcHolder {
  /** Holds the key, which also signs the certificate. */
  readonly signer: Signer;
  /** Object identifier of `CVC_ALGORITHMS`; that of the signer's preferred algorithm when left out. */
  readonly algorithm?: string;
}

/** A new certificate under an issuer. */
export interface CvCertificateOptions extends CvcHolder {
  readonly issuer: CvcIssuer;
  /** Of the holder; see `cvcPublicKeyFromSpki`. Whether its domain parameters are stated follows from the role. */
  readonly publicKey: CvcPublicKey;
}

/**
 * A self-signed CVCA certificate: the first trust point of chips.
 *
 * Spec: ICAO 9303-12 §7.2.2, TR-03110-3 C.
 *
 * @returns The certificate, parsed; `raw` is its bytes.
 * @throws {RangeError} for a reference, dates or a role that such a certificate cannot have, or an algorithm that is not the signer's.
 * @throws {EncodeError} `VALUE_NOT_ENCODABLE` - for extensions that cannot be written.
 * @throws {CardwrightError} `SIGNER_MISMATCH` - the signer's signature is not by its own public key; `ALGORITHM_UNSUPPORTED` - the
 *   key of the signer is of another kind.
 * @example
 * import { buildChat, createCvca, generateEcPrivateKey, memorySigner, roleOf } from "cardwright/pki";
 *
 * const cvca = await createCvca({
 *   signer: memorySigner(generateEcPrivateKey("P-256")),
 *   chr: "UTCVCA00001",
 *   chat: buildChat({ terminalType: "IS", role: "cvca", rights: ["readDg3", "readDg4"] }),
 *   effectiveDate: "2027-01-01",
 *   expirationDate: "2029-12-31",
 * });
 * roleOf(cvca.chat); // => cvca
 */
export async function createCvca(options: CvcaOptions): Promise<CvCertificate> {
  const { signer, chr, chat, algorithm = preferredAlgorithm(signer) } = options;
  if (roleOf(chat) !== "cvca") throw new RangeError("createCvca: the role of the template must be cvca");
  const publicKey = cvcPublicKeyFromSpki(signer.publicKey, algorithm);
  return signCertificate(bodyOf(options, chr, publicKey), publicKey, signer);
}

/**
 * The link certificate that leads chips from one key of a CVCA to the next.
 *
 * Spec: ICAO 9303-12 §7.2.2.3, 9303-11 §7.1.4.3.2.
 *
 * It states what the next self-signed certificate states, domain parameters included, signed with the key before.
 *
 * @param options.next - The next self-signed certificate of the CVCA.
 * @throws as {@link issueCvCertificate}.
 * @example
 * const link = await createCvcaLink({ issuer: { certificate: cvca1, signer: signer1 }, next: cvca2 });
 */
export async function createCvcaLink(options: {
  readonly issuer: CvcIssuer;
  readonly next: CvCertificate;
}): Promise<CvCertificate> {
  const { issuer, next } = options;
  if (!isCvca(next) || next.car !== next.chr) {
    throw new RangeError("createCvcaLink: next must be a self-signed certificate of a CVCA");
  }
  return issueCvCertificate({ ...next, issuer });
}

/**
 * A certificate for a CVCA's next key, a DV or a terminal.
 *
 * Spec: ICAO 9303-12 §7.2.2 (domain parameters with a CVCA's key only), §4.2.1 (one algorithm in a chain, but for links).
 *
 * @returns The certificate, parsed; `raw` is its bytes.
 * @throws {RangeError} for a reference, dates, a role, a terminal type or a key that the issuer's certificate does not allow.
 * @throws {EncodeError} `VALUE_NOT_ENCODABLE` - for extensions that cannot be written.
 * @throws {CardwrightError} `SIGNER_MISMATCH` - the issuer's certificate is for another key than its signer's, or the signature is
 *   not by that key; `ALGORITHM_UNSUPPORTED` - the signer does not sign with the algorithm that its certificate names.
 * @example
 * const dv = await issueCvCertificate({ issuer: { certificate: cvca, signer }, publicKey, chr: "UTDV00001",
 *   chat: buildChat({ terminalType: "IS", role: "dvDomestic", rights: ["readDg3"] }),
 *   effectiveDate: "2027-02-01", expirationDate: "2027-04-30" });
 */
export async function issueCvCertificate(options: CvCertificateOptions): Promise<CvCertificate> {
  const { issuer, publicKey: holderKey, chr, chat } = options;
  const { certificate } = issuer;
  const issuerKey = signingKey(issuer);
  const publicKey = roleOf(chat) === "cvca" ? holderKey : withoutDomain(holderKey);
  const body = bodyOf(options, certificate.chr, publicKey);
  if (chr === certificate.chr) throw new RangeError(`issueCvCertificate: ${chr} is the issuer's own reference`);
  for (const answer of [checkRole(body, certificate), checkTerminalType(body, certificate)]) {
    if (answer.status === "failed") throw new RangeError(`issueCvCertificate: ${answer.detail}`);
  }
  if (options.effectiveDate < certificate.effectiveDate || options.effectiveDate > certificate.expirationDate) {
    throw new RangeError("issueCvCertificate: the issuer's certificate is not valid on effectiveDate");
  }
  if (roleOf(chat) !== "cvca") checkSuits(holderKey, issuerKey);
  return signCertificate(body, issuerKey, issuer.signer);
}

/** A DV's or terminal's key goes by the domain parameters of its issuer, so they must be its own. */
function checkSuits(holder: CvcPublicKey, issuer: CvcPublicKey): void {
  const domain = isEcKey(holder) ? holder.domain : undefined;
  const inherited = isEcKey(issuer) ? issuer.domain : undefined;
  const sameCurve = domain === undefined || (inherited !== undefined && curveOf(domain) === curveOf(inherited));
  if (!sameAlgorithm(holder, issuer) || !sameCurve) {
    throw new RangeError("issueCvCertificate: the key has another algorithm, curve or size than its issuer's");
  }
}

function bodyOf(holder: CvcHolder, car: string, publicKey: CvcPublicKey): CvCertificateBody {
  const { chr, chat, effectiveDate, expirationDate, extensions } = holder;
  checkReference(chr, "chr");
  for (const [name, day] of Object.entries({ effectiveDate, expirationDate })) {
    if (!isCvcDate(day)) throw new RangeError(`${name} must be a day as YYYY-MM-DD from 2000 to 2099`);
  }
  if (expirationDate < effectiveDate) throw new RangeError("expirationDate is before effectiveDate");
  const body = { profile: PROFILE, car, publicKey, chr, chat, effectiveDate, expirationDate };
  return extensions === undefined || extensions.length === 0 ? body : { ...body, extensions };
}

async function signCertificate(body: CvCertificateBody, key: CvcPublicKey, signer: Signer): Promise<CvCertificate> {
  const bodyRaw = encodeCvCertificateBody(body);
  return parseCvCertificate(joinSigned(bodyRaw, await signCvc(key, signer, bodyRaw)));
}

/** The key of an issuer with its domain parameters, after a look that the signer holds it. */
function signingKey({ certificate, signer }: CvcIssuer): CvcPublicKey {
  const { publicKey } = certificate;
  const own = publicKeyFromSpki(signer.publicKey);
  const key = (own.kind === "EC") === isEcKey(publicKey) && cvcPublicKeyFromSpki(signer.publicKey, publicKey.oid);
  if (key === false || !samePublicKey(key, publicKey)) {
    throw new CardwrightError(
      "SIGNER_MISMATCH",
      `${certificate.chr} is a certificate for another key than its signer's.`,
    );
  }
  return key;
}

/**
 * @internal The signature over `message` as CV certificates carry it, verified before it is given back.
 *
 * @param key - The signer's, with its domain parameters.
 */
export async function signCvc(key: CvcPublicKey, signer: Signer, message: Uint8Array): Promise<Uint8Array> {
  const row = algorithmOf(key);
  const name = row && signer.algorithms.find((algorithm) => algorithm === row.signature);
  if (name === undefined) {
    throw new CardwrightError(
      "ALGORITHM_UNSUPPORTED",
      `The signer does not sign with ${row?.name ?? key.oid}; it offers ${signer.algorithms.join(", ")}.`,
    );
  }
  const signature = await signer.sign(message, name);
  if (verifyCvcSignature(key, message, signature) !== true) {
    throw new CardwrightError(
      "SIGNER_MISMATCH",
      "The signer's signature is not by its public key; nothing was issued.",
    );
  }
  return signature;
}

/** @internal The first algorithm of the signer that CV certificates know. */
export function preferredAlgorithm(signer: Signer): string {
  for (const algorithm of signer.algorithms) {
    const row = CVC_ALGORITHMS.find(({ signature }) => signature === algorithm);
    if (row !== undefined) return row.oid;
  }
  throw new CardwrightError("ALGORITHM_UNSUPPORTED", "The signer has no algorithm of CVC_ALGORITHMS.");
}
