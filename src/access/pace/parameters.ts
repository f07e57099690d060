import { ecParameters, ID_EC_PUBLIC_KEY } from "../../asn1/keys.js";
import { oid } from "../../asn1/oid.js";
import { OBJECT_IDENTIFIER } from "../../asn1/types.js";
import { equalBytes } from "../../bytes/bytes.js";
import { curveByParameters } from "../../crypto/curves.js";
import { MalformedError } from "../../errors.js";
import type { SecurityInfo } from "../../lds/security-info-content.js";
import type { PaceDomainParameterInfo, PaceInfo } from "../../lds/security-info-kinds.js";
import {
  ID_STANDARDIZED_DOMAIN_PARAMETERS,
  SECURITY_PROTOCOLS,
  type SecurityProtocol,
} from "../../lds/security-info-oids.js";
import type { SmSuiteName } from "../../sm/shared.js";
import { dataObject, encodeObject, parseObject } from "../../tlv/file.js";
import { PACE_CIPHERS, type PaceCipher } from "./cipher.js";
import { type PaceGroup, paceGroupById } from "./group.js";

/** How the nonce becomes a generator: generic, integrated, or with the chip's authentication in it. */
export type PaceMapping = "GM" | "IM" | "CAM";

/** One PACE protocol: a row of its object identifier. */
export interface PaceProtocol {
  /** Dotted. */
  readonly oid: string;
  /** Content octets of the object identifier, as commands carry it. */
  readonly reference: Uint8Array;
  /** Name in the standard. */
  readonly name: string;
  readonly keyAgreement: "DH" | "ECDH";
  readonly mapping: PaceMapping;
  readonly cipher: PaceCipher;
}

/** PACE as a chip offers it: a protocol and the group that it runs in. */
export interface PaceOffer {
  readonly protocol: PaceProtocol;
  readonly group: PaceGroup;
  /** As PACEInfo states it; of explicit parameters it may be missing. With CAM it is the number of the static key too. */
  readonly parameterId?: number;
  /** Whether the chip offers more than one set of domain parameters, so that the command has to say which. */
  readonly ambiguous: boolean;
}

const protocolObject = dataObject("protocol", OBJECT_IDENTIFIER, oid());

function protocolOf(row: SecurityProtocol): PaceProtocol[] {
  const { oid: dotted, name, keyAgreement, mapping, cipher, keyBits } = row;
  if (row.kind !== "paceInfo" || keyAgreement === undefined || mapping === undefined) return [];
  const suite: SmSuiteName = cipher === "3DES" ? "3DES" : (`AES-${keyBits}` as SmSuiteName);
  const reference = encodeObject(protocolObject, dotted).subarray(2);
  return [{ oid: dotted, reference, name, keyAgreement, mapping, cipher: PACE_CIPHERS[suite] }];
}

/** The protocols of PACE, one for each object identifier (ICAO 9303-11 §4.4.3, tables 2 and 3). */
export const PACE_PROTOCOLS: readonly PaceProtocol[] = SECURITY_PROTOCOLS.flatMap(protocolOf);

/** The protocol of the content octets of an object identifier, or undefined. */
export function paceProtocolByReference(reference: Uint8Array): PaceProtocol | undefined {
  return PACE_PROTOCOLS.find((protocol) => equalBytes(protocol.reference, reference));
}

/** Whether a protocol can run in a group: curves with curves, and no integrated mapping to P-224 (§9.5.1). */
export function isCombination(protocol: PaceProtocol, group: PaceGroup): boolean {
  return protocol.keyAgreement === group.keyAgreement && (protocol.mapping !== "IM" || group.integrated);
}

/** Numbers up to this one stand for standardized domain parameters and for nothing else. */
const LAST_STANDARDIZED = 31;

/** A group by explicit parameters: only one that is in the table under another name, because others may leak the password. */
function explicitGroup(domain: PaceDomainParameterInfo): PaceGroup | undefined {
  const { algorithm, parameters } = domain.domainParameter;
  if (parameters === undefined) return undefined;
  if (algorithm === ID_STANDARDIZED_DOMAIN_PARAMETERS) {
    return parameters.length === 3 && parameters[0] === 0x02 ? paceGroupById(parameters[2] as number) : undefined;
  }
  if (algorithm !== ID_EC_PUBLIC_KEY) return undefined;
  try {
    const { fieldId, curve, base, order } = parseObject(ecParameters, parameters);
    const p = fieldId.parameters.subarray(2);
    const row = curveByParameters({ p, a: curve.a, b: curve.b, g: base, n: order });
    return row && paceGroupById(row.parameterId);
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}

function groupOf(info: PaceInfo, domains: readonly PaceDomainParameterInfo[]): PaceGroup | undefined {
  const { parameterId } = info;
  if (parameterId !== undefined && parameterId <= LAST_STANDARDIZED) return paceGroupById(parameterId);
  const named = domains.filter((domain) => domain.parameterId === parameterId);
  return named.length === 1 ? explicitGroup(named[0] as PaceDomainParameterInfo) : undefined;
}

const MAPPING_RANK: Readonly<Record<PaceMapping, number>> = { CAM: 2, GM: 1, IM: 0 };

/** What makes one offer better than another, most important first. */
function merits({ protocol, group }: PaceOffer): readonly number[] {
  return [
    // 3DES and the group of 1024 bits are there for chips that have nothing else
    protocol.cipher.suite === "3DES" || group.strength < 96 ? 0 : 1,
    MAPPING_RANK[protocol.mapping],
    Math.min(group.strength, protocol.cipher.strength),
    protocol.keyAgreement === "ECDH" ? 1 : 0,
    protocol.cipher.strength,
    // what is stronger than it need be costs time
    -group.strength,
  ];
}

function byMerit(one: PaceOffer, other: PaceOffer): number {
  const [a, b] = [merits(one), merits(other)];
  for (const [i, merit] of a.entries()) if (merit !== b[i]) return (b[i] as number) - merit;
  return 0;
}

/**
 * What a chip offers of PACE, best first; what this package does not do is left out.
 *
 * Spec: ICAO 9303-11 §4.4.3, §9.2.1, §9.2.2. Explicit domain parameters count when they are those of a curve that is known.
 *
 * Order: 3DES and the 1024-bit group last; then chip authentication mapping, generic, integrated mapping; then the weaker of
 * group and cipher; then curves before primes; then the longer key.
 *
 * @param infos - Of EF.CardAccess, as `parseSecurityInfos` reads them.
 * @returns Empty when there is none, or none that can be used.
 */
export function paceOffers(infos: readonly SecurityInfo[]): readonly PaceOffer[] {
  const paceInfos = infos.filter((info) => info.kind === "paceInfo");
  const domains = infos.filter((info) => info.kind === "paceDomainParameterInfo");
  const ambiguous = new Set(paceInfos.map((info) => info.parameterId)).size > 1;
  const offers = paceInfos.flatMap((info): PaceOffer[] => {
    const protocol = PACE_PROTOCOLS.find((row) => row.oid === info.protocol);
    const group = groupOf(info, domains);
    if (info.version !== 2 || protocol === undefined || group === undefined || !isCombination(protocol, group))
      return [];
    const { parameterId } = info;
    // the static key is found by the number
    if (protocol.mapping === "CAM" && parameterId === undefined) return [];
    return [{ protocol, group, ...(parameterId !== undefined && { parameterId }), ambiguous }];
  });
  return offers.sort(byMerit);
}

/**
 * What EF.CardAccess says of PACE and the signed file does not: whoever could change the unsigned one may have put it there, or
 * taken away what is missing here.
 *
 * Spec: ICAO 9303-11 §9.2.11 (EF.CardAccess is unprotected; its SecurityInfos stand again in DG14 or EF.CardSecurity).
 *
 * @param cardAccess - SecurityInfos of EF.CardAccess.
 * @param signed - SecurityInfos of DG14 or EF.CardSecurity, whose signature is good.
 * @returns Entries of PACE alone: `added` are in EF.CardAccess only, `removed` in the signed file only.
 */
export function comparePaceInfos(
  cardAccess: readonly SecurityInfo[],
  signed: readonly SecurityInfo[],
): { readonly added: readonly SecurityInfo[]; readonly removed: readonly SecurityInfo[] } {
  const isPace = ({ kind }: SecurityInfo): boolean => kind === "paceInfo" || kind === "paceDomainParameterInfo";
  const missingFrom = (others: readonly SecurityInfo[]) => (info: SecurityInfo) =>
    isPace(info) && !others.some((other) => equalBytes(other.raw, info.raw));
  return { added: cardAccess.filter(missingFrom(signed)), removed: signed.filter(missingFrom(cardAccess)) };
}
