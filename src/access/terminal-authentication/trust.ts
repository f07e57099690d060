import { equalBytes } from "../../bytes/bytes.js";
import type { AnyHashName } from "../../crypto/primitives.js";
import { CVC_EXTENSION, type CvCertificate, extensionValue, parseCvCertificate } from "../../pki/cvc/certificate.js";
import { roleOf } from "../../pki/cvc/chat.js";
import type { CvcTrustPoint } from "../../pki/cvc/checks.js";
import { algorithmOf } from "../../pki/cvc/public-key.js";
import { parseTlvs } from "../../tlv/ber.js";
import { encodeObject } from "../../tlv/file.js";
import type { ChipTerminalTrust } from "./chip.js";
import { oidObject } from "./oid.js";

/**
 * What a chip knows of terminals when it is issued: the CVCA certificates that were put on it, sorted by terminal type, and as its
 * date the day on which the last of them was made.
 *
 * Spec: ICAO 9303-11 §7.1.4.3.1, §7.1.4.3.3.
 *
 * @param certificates - Data objects 7F21, one after the other.
 * @throws {MalformedError} when they are anything else.
 * @throws {RangeError} when one is not of a CVCA, or there is none.
 */
export function chipTerminalTrust(certificates: Uint8Array): ChipTerminalTrust {
  const types = new Map<string, CvcTrustPoint[]>();
  let currentDate = "";
  for (const { raw } of parseTlvs(certificates)) {
    const { chr, publicKey, chat, effectiveDate, expirationDate } = parseCvCertificate(raw.slice());
    if (roleOf(chat) !== "cvca") throw new RangeError(`chipTerminalTrust: ${chr} is no certificate of a CVCA`);
    const row = types.get(chat.oid) ?? [];
    types.set(chat.oid, row);
    row.push({ chr, publicKey, chat, effectiveDate, expirationDate });
    if (effectiveDate > currentDate) currentDate = effectiveDate;
  }
  if (types.size === 0) throw new RangeError("chipTerminalTrust: no certificate");
  const newestFirst = (one: CvcTrustPoint, other: CvcTrustPoint) =>
    one.effectiveDate < other.effectiveDate ? 1 : one.effectiveDate > other.effectiveDate ? -1 : 0;
  return {
    types: [...types.values()].map((row) => ({ trustPoints: row.sort(newestFirst).slice(0, 2) })),
    currentDate,
  };
}

/** References of the trust points of a terminal type (content octets of its object identifier), for PACE; undefined when there is none. */
export function trustReferences(trust: ChipTerminalTrust, terminalType: Uint8Array): readonly string[] | undefined {
  const row = trust.types.find(({ trustPoints: [first] }) => {
    return first !== undefined && equalBytes(encodeObject(oidObject, first.chat.oid).subarray(2), terminalType);
  });
  return row?.trustPoints.map(({ chr }) => chr);
}

/** What a terminal's certificate says of its sectors. */
export interface CertifiedSectors {
  readonly sectorKeyHashes: { readonly first?: Uint8Array; readonly second?: Uint8Array };
  /** Hash function of its signature algorithm, which the hashes are made with. */
  readonly hash: AnyHashName;
}

/** What restricted identification needs of a terminal's certificate (TR-03110-3 C.3.2); undefined when its algorithm is unknown. */
export function certifiedSectors(certificate: CvCertificate): CertifiedSectors | undefined {
  const hash = algorithmOf(certificate.publicKey)?.hash;
  if (hash === undefined) return undefined;
  const first = extensionValue(certificate, CVC_EXTENSION.sector, 0x80)?.slice();
  const second = extensionValue(certificate, CVC_EXTENSION.sector, 0x81)?.slice();
  return { sectorKeyHashes: { ...(first && { first }), ...(second && { second }) }, hash };
}
