import { oid } from "../../asn1/oid.js";
import { OBJECT_IDENTIFIER } from "../../asn1/types.js";
import { equalBytes } from "../../bytes/bytes.js";
import type { AgreementGroup } from "../../crypto/key-agreement.js";
import type { CurveName } from "../../crypto/primitives.js";
import type { SecurityInfo } from "../../lds/security-info-content.js";
import { SECURITY_PROTOCOLS, securityProtocolByOid } from "../../lds/security-info-oids.js";
import type { SmSuiteName } from "../../sm/shared.js";
import { dataObject, encodeObject } from "../../tlv/file.js";
import { type StaticPublicKey, staticPublicKeyOf } from "../static-keys/shared.js";

/** One protocol of chip authentication: a row of its object identifier. */
export interface ChipAuthenticationProtocol {
  /** Dotted. */
  readonly oid: string;
  /** Content octets of the object identifier, as commands carry it. */
  readonly reference: Uint8Array;
  /** Name in the standard. */
  readonly name: string;
  readonly keyAgreement: "DH" | "ECDH";
  /** Cipher of the session that follows. */
  readonly suite: SmSuiteName;
}

const protocolObject = dataObject("protocol", OBJECT_IDENTIFIER, oid());

/** The protocols of chip authentication (ICAO 9303-11 §6.2.3, tables 5 and 6). */
export const CHIP_AUTHENTICATION_PROTOCOLS: readonly ChipAuthenticationProtocol[] = SECURITY_PROTOCOLS.flatMap(
  ({ kind, oid: dotted, name, keyAgreement, cipher, keyBits }) => {
    if (kind !== "chipAuthenticationInfo" || keyAgreement === undefined) return [];
    const suite: SmSuiteName = cipher === "3DES" ? "3DES" : (`AES-${keyBits}` as SmSuiteName);
    return [{ oid: dotted, reference: encodeObject(protocolObject, dotted).subarray(2), name, keyAgreement, suite }];
  },
);

/** The protocol of the content octets of an object identifier, or undefined. */
export function chipAuthenticationProtocolByReference(reference: Uint8Array): ChipAuthenticationProtocol | undefined {
  return CHIP_AUTHENTICATION_PROTOCOLS.find((protocol) => equalBytes(protocol.reference, reference));
}

/** Chip authentication as a chip offers it: a protocol and the static key that it runs with. */
export interface ChipAuthenticationOffer {
  readonly protocol: ChipAuthenticationProtocol;
  /** 1 as in ICAO 9303-11, 2 as in TR-03110-2 §3.4. */
  readonly version: 1 | 2;
  readonly keyId?: number;
  /** Whether the chip has several keys, so that the command has to say which. */
  readonly ambiguous: boolean;
  readonly group: AgreementGroup;
  /** Static public key of the chip. */
  readonly publicKey: Uint8Array;
  /** Whether no ChipAuthenticationInfo states the protocol, so that 3DES was inferred. */
  readonly inferred: boolean;
}

interface NamedKey extends StaticPublicKey {
  readonly keyId: number | undefined;
  readonly keyAgreement: "DH" | "ECDH" | undefined;
}

function keysOf(infos: readonly SecurityInfo[]): readonly NamedKey[] {
  return infos.flatMap((info): NamedKey[] => {
    if (info.kind !== "chipAuthenticationPublicKeyInfo") return [];
    const key = staticPublicKeyOf(info.chipAuthenticationPublicKey);
    const keyAgreement = securityProtocolByOid(info.protocol)?.keyAgreement;
    return key === undefined || key.group.keyAgreement !== keyAgreement
      ? []
      : [{ ...key, keyId: info.keyId, keyAgreement }];
  });
}

const RANK: readonly SmSuiteName[] = ["AES-256", "AES-192", "AES-128", "3DES"];

/**
 * What a chip offers of chip authentication, best first; what this package does not do is left out.
 *
 * Spec: ICAO 9303-11 §9.2.5 to §9.2.7; TR-03110-3 A.1.1.2. A chip with a key and no ChipAuthenticationInfo means 3DES, version 1.
 *
 * A protocol goes with the keys of its identifier; one without identifier goes with the only key of its kind.
 *
 * @param infos - Of DG14 or EF.CardSecurity, whose signature is to be checked.
 * @returns Empty when there is none. Order: AES before 3DES, longer keys first, curves before primes.
 */
export function chipAuthenticationOffers(infos: readonly SecurityInfo[]): readonly ChipAuthenticationOffer[] {
  const keys = keysOf(infos);
  const ambiguous = infos.filter(({ kind }) => kind === "chipAuthenticationPublicKeyInfo").length > 1;
  const stated = infos.filter((info) => info.kind === "chipAuthenticationInfo");
  const offers = stated.flatMap((info): ChipAuthenticationOffer[] => {
    const { version, keyId } = info;
    const protocol = CHIP_AUTHENTICATION_PROTOCOLS.find((row) => row.oid === info.protocol);
    if (protocol === undefined || (version !== 1 && version !== 2)) return [];
    return fitting(keys, protocol.keyAgreement, keyId).map((key) => offer(key, protocol, version, ambiguous, false));
  });
  const silent = keys.filter(
    (key) => !stated.some(({ protocol }) => securityProtocolByOid(protocol)?.keyAgreement === key.keyAgreement),
  );
  const inferred = silent.flatMap((key): ChipAuthenticationOffer[] => {
    const protocol = CHIP_AUTHENTICATION_PROTOCOLS.find(
      (row) => row.suite === "3DES" && row.keyAgreement === key.keyAgreement,
    );
    return protocol === undefined ? [] : [offer(key, protocol, 1, ambiguous, true)];
  });
  const rank = ({ protocol }: ChipAuthenticationOffer): number =>
    2 * RANK.indexOf(protocol.suite) + (protocol.keyAgreement === "DH" ? 1 : 0);
  return [...offers, ...inferred].sort((one, other) => rank(one) - rank(other));
}

function fitting(keys: readonly NamedKey[], keyAgreement: string, keyId: number | undefined): readonly NamedKey[] {
  const kind = keys.filter((key) => key.keyAgreement === keyAgreement);
  const named = kind.filter((key) => key.keyId === keyId);
  // One side may leave out the identifier where nothing else can be meant.
  return named.length > 0 || kind.length !== 1 || (keyId !== undefined && kind[0]?.keyId !== undefined) ? named : kind;
}

function offer(
  { group, publicKey, keyId }: NamedKey,
  protocol: ChipAuthenticationProtocol,
  version: 1 | 2,
  ambiguous: boolean,
  inferred: boolean,
): ChipAuthenticationOffer {
  return { protocol, version, ...(keyId !== undefined && { keyId }), ambiguous, group, publicKey, inferred };
}

/**
 * The static key that PACE with chip authentication mapping is checked with.
 *
 * Spec: ICAO 9303-11 §4.4.3.5, §9.2.6: with several keys, the one whose identifier is the number of PACE's domain parameters; it
 * must be on the same curve.
 *
 * @returns 04‖x‖y; undefined when there is no such key, or more than one that may be meant.
 */
export function chipAuthenticationMappingKey(
  infos: readonly SecurityInfo[],
  mapping: { readonly curve: CurveName; readonly keyId: number },
): Uint8Array | undefined {
  const keys = keysOf(infos).filter(({ group }) => group.curve === mapping.curve);
  const named = keys.filter(({ keyId }) => keyId === mapping.keyId);
  const chosen = named.length > 0 ? named : keys;
  return chosen.length === 1 ? chosen[0]?.publicKey : undefined;
}
