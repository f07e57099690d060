import {
  CHIP_AUTHENTICATION_PROTOCOLS,
  type ChipAuthenticationOffer,
  type ChipAuthenticationProtocol,
  chipAuthenticationOffers,
} from "../access/chip-authentication/shared.js";
import { curveOfReference, staticPublicKeyOf } from "../access/static-keys/shared.js";
import { INTEGER, SEQUENCE, type SubjectPublicKeyInfo } from "../asn1/types.js";
import { fromHex } from "../bytes/bytes.js";
import { curveByParameterId } from "../crypto/curves.js";
import { dhGroupByParameterId } from "../crypto/dh-groups.js";
import { type AgreementGroup, dhAgreementGroup, ecAgreementGroup } from "../crypto/key-agreement.js";
import { MalformedError } from "../errors.js";
import { ID_SECURITY_OBJECT } from "../lds/card-security.js";
import { publicKeyOf } from "../lds/public-key-info.js";
import type { SecurityInfo } from "../lds/security-info-content.js";
import { parseSecurityInfos } from "../lds/security-infos.js";
import { parseCms } from "../pki/cms.js";
import { ALL_DEPARTURES } from "../pki/departures.js";
import { parseTlv } from "../tlv/ber.js";

/** Chip authentication of version 2 as EF.CardAccess offers it: with the group of its key, whose value comes later. */
export interface Version2Offer {
  readonly protocol: ChipAuthenticationProtocol;
  readonly keyId?: number;
  readonly group: AgreementGroup;
}

const RANK: readonly string[] = ["AES-256", "AES-192", "AES-128", "3DES"];

/** SecurityInfos of EF.CardAccess; none when there is no such file, or it cannot be read. */
export function infosOfCardAccess(file: Uint8Array | undefined): readonly SecurityInfo[] {
  return file === undefined ? [] : (quietly(() => parseSecurityInfos(file, { keepMalformed: true }).infos) ?? []);
}

/** Whether EF.CardAccess states version 2 of terminal and chip authentication, in whatever way. */
export function statesVersion2(infos: readonly SecurityInfo[]): boolean {
  const states = (kind: "terminalAuthenticationInfo" | "chipAuthenticationInfo"): boolean =>
    infos.some((info) => info.kind === kind && info.version === 2);
  return states("terminalAuthenticationInfo") && states("chipAuthenticationInfo");
}

/**
 * What EF.CardAccess offers of terminal and chip authentication of version 2, best first: AES before 3DES, longer keys first, curves
 * before primes, the first key of several. What is not known here is left out.
 *
 * Spec: TR-03110-3 A.1.1.2, A.1.1.3, A.1.2.
 *
 * @returns Empty too when it does not state version 2 of both.
 */
export function version2Offers(infos: readonly SecurityInfo[]): readonly Version2Offer[] {
  if (!statesVersion2(infos)) return [];
  const domains = infos.filter((info) => info.kind === "chipAuthenticationDomainParameterInfo");
  const offers = infos.flatMap((info): Version2Offer[] => {
    if (info.kind !== "chipAuthenticationInfo" || info.version !== 2) return [];
    const protocol = CHIP_AUTHENTICATION_PROTOCOLS.find((row) => row.oid === info.protocol);
    if (protocol === undefined) return [];
    const { keyId } = info;
    return domains.flatMap((domain): Version2Offer[] => {
      const group = domain.keyId === keyId ? groupOf(domain.domainParameter) : undefined;
      if (group?.keyAgreement !== protocol.keyAgreement) return [];
      return [{ protocol, ...(keyId !== undefined && { keyId }), group }];
    });
  });
  const rank = ({ protocol }: Version2Offer): number =>
    2 * RANK.indexOf(protocol.suite) + (protocol.keyAgreement === "DH" ? 1 : 0);
  return [...offers].sort((one, other) => rank(one) - rank(other));
}

/** The group of domain parameters; undefined when it is not known here. */
function groupOf(domain: SubjectPublicKeyInfo["algorithm"]): AgreementGroup | undefined {
  const { parameters } = domain;
  if (parameters === undefined) return undefined;
  return quietly(() => {
    const node = parseTlv(parameters);
    if (node.tag === INTEGER) return standardized(node.value);
    // Nothing but the group is asked for: any number will do for a key, and the generator for one of the group.
    const key = (subjectPublicKey: Uint8Array): SubjectPublicKeyInfo => ({ algorithm: domain, subjectPublicKey });
    const info = publicKeyOf(key(Uint8Array.of(INTEGER, 1, 2)));
    const curve = info.kind === "EC" ? curveOfReference(info.curve) : undefined;
    if (info.kind !== "DH" || node.tag !== SEQUENCE) return curve && ecAgreementGroup(curve.name);
    const [, generator] = [...node.children].filter(({ tag }) => tag === INTEGER);
    return generator && staticPublicKeyOf(key(generator.raw))?.group;
  });
}

function standardized(number: Uint8Array): AgreementGroup | undefined {
  if (number.length !== 1) return undefined;
  const id = number[0] as number;
  const curve = curveByParameterId(id);
  if (curve !== undefined) return ecAgreementGroup(curve.name);
  const row = dhGroupByParameterId(id);
  return row && dhAgreementGroup({ p: fromHex(row.p), g: fromHex(row.g), q: fromHex(row.q) });
}

/**
 * The key of EF.CardSecurity for what EF.CardAccess offered: it must be of the group in which the terminal has its key already.
 *
 * @param file - EF.CardSecurity, whose signature is looked at elsewhere.
 * @returns undefined when the file holds none.
 */
export function signedOffer(file: Uint8Array | undefined, offer: Version2Offer): ChipAuthenticationOffer | undefined {
  if (file === undefined) return undefined;
  const infos = quietly(() => {
    const { eContentType, eContent } = parseCms(file, { tolerate: ALL_DEPARTURES });
    return eContentType === ID_SECURITY_OBJECT ? parseSecurityInfos(eContent, { keepMalformed: true }).infos : [];
  });
  return chipAuthenticationOffers(infos ?? []).find(
    ({ version, protocol, group, keyId }) =>
      version === 2 &&
      protocol.oid === offer.protocol.oid &&
      group.name === offer.group.name &&
      (offer.keyId === undefined || keyId === undefined || keyId === offer.keyId),
  );
}

function quietly<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}
