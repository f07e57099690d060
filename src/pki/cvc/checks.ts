import { equalBytes } from "../../bytes/bytes.js";
import type { FindingStatus } from "../finding.js";
import type { CvCertificate } from "./certificate.js";
import { type Chat, roleOf, terminalTypeByOid } from "./chat.js";
import type { CvcDate } from "./date.js";
import { algorithmOf, type CvcPublicKey, curveOf, hasLeadingZeros, inheriting, isEcKey } from "./public-key.js";
import { parseHolderReference } from "./reference.js";
import { verifyCvcSignature } from "./verify.js";

/** A public key that a chip has imported, with what it keeps of its certificate (ICAO 9303-11 §7.1.4.3.7). */
export interface CvcTrustPoint {
  readonly chr: string;
  /** With its domain parameters, even when the link certificate left them out. */
  readonly publicKey: CvcPublicKey;
  readonly chat: Chat;
  readonly effectiveDate: CvcDate;
  readonly expirationDate: CvcDate;
}

/** What a check answers. */
export interface Answer {
  readonly status: FindingStatus;
  readonly detail: string;
}

export const passed = (detail: string): Answer => ({ status: "passed", detail });
export const failed = (detail: string): Answer => ({ status: "failed", detail });
export const warning = (detail: string): Answer => ({ status: "warning", detail });
export const notChecked = (detail: string): Answer => ({ status: "notChecked", detail });

interface HasChat {
  readonly chat: Chat;
}

/** @internal Whether a certificate is one of a CVCA, whose own expiry does not count and which renews a trust point. */
export const isCvca = ({ chat }: HasChat): boolean => roleOf(chat) === "cvca";

/** @internal ICAO 9303-12 §7.2.2.2; 9303-11 §7.1.4.3.7: a reference that is known already is not imported. */
export function checkHolderReference(
  { chr }: CvCertificate,
  trustPoints: readonly CvcTrustPoint[],
  imported: CvcTrustPoint | undefined,
): Answer {
  if (trustPoints.some((known) => known.chr === chr)) return failed(`${chr} is a trust point already`);
  if (parseHolderReference(chr) === undefined) {
    return warning(`${JSON.stringify(chr)} has not the form of a reference: country, mnemonic, sequence number`);
  }
  if (imported?.chr === chr) return warning(`${chr} is the reference of the certificate before, too`);
  return passed(`${chr} is new`);
}

/** @internal ICAO 9303-11 §7.1.4.3.6: CVCAs and DVs by a CVCA, terminals by a DV. */
export function checkRole(holder: HasChat, issuer: HasChat): Answer {
  const [role, by] = [roleOf(holder.chat), roleOf(issuer.chat)];
  const allowed = role === "terminal" ? by === "dvDomestic" || by === "dvForeign" : by === "cvca";
  return (allowed ? passed : failed)(`a certificate of role ${role}, issued by one of role ${by}`);
}

/** @internal Each terminal type has a table of bits of its own (9303-11 §7.1.4.3.6), so rights of two types do not add up. */
export function checkTerminalType({ chat }: HasChat, issuer: HasChat): Answer {
  const name = terminalTypeByOid(chat.oid)?.name ?? chat.oid;
  if (chat.oid === issuer.chat.oid) return passed(`terminal type ${name}, as its issuer's`);
  return failed(
    `terminal type ${name}; the issuer's is ${terminalTypeByOid(issuer.chat.oid)?.name ?? issuer.chat.oid}`,
  );
}

/** @internal ICAO 9303-12 §7.2.2.3 (domain parameters), §4.2.1 (one algorithm in a chain, but for links). */
export function checkPublicKey(certificate: CvCertificate, issuer: CvcTrustPoint | undefined): Answer {
  const { publicKey } = certificate;
  const algorithm = algorithmOf(publicKey);
  if (algorithm === undefined) return failed(`${publicKey.oid} is no algorithm for this kind of key`);
  if (!isCvca(certificate)) {
    if (isEcKey(publicKey) && publicKey.domain !== undefined) {
      return failed("domain parameters where those of the CVCA are inherited");
    }
    if (issuer !== undefined && !sameAlgorithm(publicKey, issuer.publicKey)) {
      return failed("algorithm or key size is not that of the issuer");
    }
  }
  const key = inheriting(publicKey, issuer?.publicKey);
  return checkKey(key) ?? passed(`a key for ${algorithm.name}`);
}

/** @internal What is wrong with a key whose domain parameters are known. */
export function checkKey(key: CvcPublicKey): Answer | undefined {
  if (isEcKey(key)) {
    if (key.domain === undefined) return notChecked("the domain parameters of the key are not known");
    const curve = curveOf(key.domain);
    if (curve === undefined) return notChecked("the domain parameters are those of no supported curve");
    if (key.point.length !== 1 + 2 * curve.bytes || key.point[0] !== 4) {
      return failed(`the public point is no uncompressed point of ${curve.name}`);
    }
  }
  if (hasLeadingZeros(key)) return warning("a number in the key has leading zero bytes");
  if (algorithmOf(key)?.hash === "SHA-1") return warning("it signs with SHA-1, which is broken");
  const short = isEcKey(key) ? key.point.length < MODERN_POINT : key.modulus.length < MODERN_MODULUS;
  return short ? warning("the key is too short for new certificates") : undefined;
}

/** Of 224-bit curves and 2048-bit moduli, the shortest of 9303-11 §7.1.4.1.2 and §7.1.4.2.2. */
const MODERN_POINT = 57;
const MODERN_MODULUS = 256;

/** @internal Algorithm, kind and size of key. */
export function sameAlgorithm(key: CvcPublicKey, issuer: CvcPublicKey): boolean {
  if (key.oid !== issuer.oid || isEcKey(key) !== isEcKey(issuer)) return false;
  if (isEcKey(key)) return isEcKey(issuer) && key.point.length === issuer.point.length;
  return !isEcKey(issuer) && key.modulus.length === issuer.modulus.length;
}

/** @internal ICAO 9303-11 §7.1.4.3.4, step 1. */
export function checkSignature(certificate: CvCertificate, issuer: CvcTrustPoint): Answer {
  const good = verifyCvcSignature(issuer.publicKey, certificate.bodyRaw, certificate.signature);
  if (good === undefined) return notChecked(`the algorithm or the curve of ${issuer.chr} is not offered`);
  return good ? passed(`signed by ${issuer.chr}`) : failed(`the signature is not by ${issuer.chr}`);
}

/** @internal ICAO 9303-11 §7.1.4.3.3: an expired link certificate counts, an expired DV or terminal certificate does not. */
export function checkValidity(certificate: CvCertificate, date: CvcDate, clock: boolean): Answer {
  const { effectiveDate, expirationDate } = certificate;
  const period = `valid ${effectiveDate} to ${expirationDate}`;
  if (expirationDate < effectiveDate) return failed(`${period}: it expires before it is effective`);
  // An approximated date may lag behind, so that only a clock tells that a certificate comes from the future.
  if (clock && date < effectiveDate) return failed(`${period}: not yet on ${date}`);
  if (expirationDate >= date) return passed(`${period}; the date is ${date}`);
  return isCvca(certificate)
    ? warning(`${period}: expired on ${date}, which does not matter in a link certificate`)
    : failed(`${period}: expired on ${date}`);
}

/** @internal ICAO 9303-11 §7.1.4.3.4: expired trust points verify link certificates only. */
export function checkIssuerValidity(certificate: CvCertificate, issuer: CvcTrustPoint, date: CvcDate): Answer {
  const period = `${issuer.chr} is valid ${issuer.effectiveDate} to ${issuer.expirationDate}`;
  const isLink = isCvca(certificate);
  if (issuer.expirationDate < date && !isLink) return failed(`${period}: expired on ${date}`);
  const { effectiveDate } = certificate;
  const outside = effectiveDate < issuer.effectiveDate || effectiveDate > issuer.expirationDate;
  return outside ? warning(`${period}; the certificate was made on ${effectiveDate}`) : passed(period);
}

/** @internal Whether two keys are the same, whatever domain parameters they state. */
export function samePublicKey(one: CvcPublicKey, other: CvcPublicKey): boolean {
  if (isEcKey(one)) return isEcKey(other) && equalBytes(one.point, other.point);
  return !isEcKey(other) && equalBytes(one.modulus, other.modulus) && equalBytes(one.exponent, other.exponent);
}
