import type { CvCertificate } from "../../pki/cvc/certificate.js";
import { type Chat, grantedRights, roleOf, terminalTypeByOid } from "../../pki/cvc/chat.js";
import type { CvcTrustPoint } from "../../pki/cvc/checks.js";
import { type CvcPublicKey, inheriting } from "../../pki/cvc/public-key.js";
import type { TerminalTypeName } from "../../pki/cvc/terminal-types.js";

/**
 * The key of the last certificate with the domain parameters of the CVCA whose chain it ends; undefined when the chain does not
 * begin at a trust point.
 */
export function terminalKeyOf(
  certificates: readonly CvCertificate[],
  trustPoints: readonly CvcTrustPoint[],
): CvcPublicKey | undefined {
  const known = new Map<string, CvcPublicKey>(trustPoints.map(({ chr, publicKey }) => [chr, publicKey]));
  let key: CvcPublicKey | undefined;
  for (const certificate of certificates) {
    const issuer = known.get(certificate.car);
    if (issuer === undefined) return undefined;
    key = inheriting(certificate.publicKey, issuer);
    known.set(certificate.chr, key);
  }
  return key;
}

/** Role of a terminal type in the names of access rules. */
const ROLES: Readonly<Partial<Record<TerminalTypeName, string>>> = { IS: "inspection", AT: "authentication" };

/**
 * Rights by the names that access rules have for them: `inspection.readDg3`, `authentication.writeDg17`. A right says nothing without
 * its terminal type, whose bits mean something else in another.
 *
 * @returns None for a terminal type that no rule names.
 */
export function terminalRightsOf(chat: Chat): readonly string[] {
  const type = terminalTypeByOid(chat.oid)?.name;
  const role = type && ROLES[type];
  return role === undefined ? [] : grantedRights(chat).map((right) => `${role}.${right}`);
}

/**
 * The certificates that lead from a trust point of the chip to the terminal, in the order in which they are sent.
 *
 * Spec: ICAO 9303-11 §7.1.2, §7.1.4.3.2 (link certificates first).
 *
 * @param references - Of the chip's trust points, the newest first: from PACE, or EF.CVCA.
 * @param pool - Certificates that the terminal has, in any order.
 * @param holder - Reference of the terminal's own key; any terminal certificate when left out.
 * @returns The shortest chain for the first reference that has one; undefined when there is none.
 * @example
 * const chain = certificateChainFor(pace.certificationAuthorityReferences, pool);
 */
export function certificateChainFor(
  references: readonly string[],
  pool: readonly CvCertificate[],
  holder?: string,
): readonly CvCertificate[] | undefined {
  for (const reference of references) {
    let paths: readonly (readonly CvCertificate[])[] = [[]];
    const seen = new Set([reference]);
    while (paths.length > 0) {
      const next: (readonly CvCertificate[])[] = [];
      for (const path of paths) {
        const end = path.at(-1)?.chr ?? reference;
        for (const certificate of pool) {
          if (certificate.car !== end || seen.has(certificate.chr)) continue;
          const longer = [...path, certificate];
          if (roleOf(certificate.chat) !== "terminal") {
            seen.add(certificate.chr);
            next.push(longer);
          } else if (holder === undefined || certificate.chr === holder) return longer;
        }
      }
      paths = next;
    }
  }
  return undefined;
}
