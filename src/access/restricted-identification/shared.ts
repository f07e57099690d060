import { oid } from "../../asn1/oid.js";
import { OBJECT_IDENTIFIER } from "../../asn1/types.js";
import { concatBytes, EMPTY, equalBytes, fromHex, wipe } from "../../bytes/bytes.js";
import { curveByName, curveByParameters } from "../../crypto/curves.js";
import { DH_GROUPS } from "../../crypto/dh-groups.js";
import { type AgreementGroup, dhAgreementGroup, ecAgreementGroup } from "../../crypto/key-agreement.js";
import { hashAny } from "../../crypto/legacy/sha1.js";
import type { AnyHashName } from "../../crypto/primitives.js";
import { MalformedError } from "../../errors.js";
import { SECURITY_PROTOCOLS } from "../../lds/security-info-oids.js";
import { encodeTlv, parseTlv } from "../../tlv/ber.js";
import { dataObject, encodeObject } from "../../tlv/file.js";

/** One protocol of restricted identification: a row of its object identifier. */
export interface RestrictedIdentificationProtocol {
  /** Dotted. */
  readonly oid: string;
  /** Content octets of the object identifier, as commands carry it. */
  readonly reference: Uint8Array;
  readonly name: string;
  readonly keyAgreement: "DH" | "ECDH";
  /** Of the shared secret. */
  readonly hash: AnyHashName;
}

const protocolObject = dataObject("protocol", OBJECT_IDENTIFIER, oid());

/** The protocols of restricted identification (TR-03110-3 A.5.1, A.1.1.4). */
export const RESTRICTED_IDENTIFICATION_PROTOCOLS: readonly RestrictedIdentificationProtocol[] =
  SECURITY_PROTOCOLS.flatMap(({ kind, oid: dotted, name, keyAgreement, hash }) => {
    if (kind !== "restrictedIdentificationInfo" || keyAgreement === undefined) return [];
    if (hash === undefined || hash === "RIPEMD-160") return [];
    return [{ oid: dotted, reference: encodeObject(protocolObject, dotted).subarray(2), name, keyAgreement, hash }];
  });

/** The protocol of the content octets of an object identifier, or undefined. */
export function restrictedIdentificationProtocolByReference(
  reference: Uint8Array,
): RestrictedIdentificationProtocol | undefined {
  return RESTRICTED_IDENTIFICATION_PROTOCOLS.find((protocol) => equalBytes(protocol.reference, reference));
}

/**
 * The identifier of a chip in a sector: H(KA(SK.ID, PK.Sector)).
 *
 * Spec: TR-03110-2 §3.5, TR-03110-3 A.5. Vector: restricted-identification-sector1.json; libeac agrees with every hash function in
 * every group (interop step libeac-ca).
 *
 * @param privateKey - SK.ID of the chip; or the sector's private key, with the revocation key of the chip in place of
 *   `publicKey`: see {@link revocationKey}.
 * @throws {RangeError} when the public key is not of the group.
 */
export function sectorIdentifier(
  hash: AnyHashName,
  group: AgreementGroup,
  privateKey: Uint8Array,
  publicKey: Uint8Array,
): Uint8Array {
  if (!group.isElement(publicKey)) throw new RangeError("sectorIdentifier: the key is not of the group");
  const secret = group.agree(publicKey, privateKey);
  const identifier = hashAny(hash, secret);
  wipe(secret);
  return identifier;
}

/**
 * The public key of a sector: SK.Sector · PK.Revocation. So made, chips of the sector can be revoked.
 *
 * Spec: TR-03110-2 §3.5.2. Vector: restricted-identification-sector1.json (`sector_public`).
 */
export function sectorPublicKey(
  group: AgreementGroup,
  sectorPrivateKey: Uint8Array,
  revocationPublicKey: Uint8Array,
): Uint8Array {
  return group.power(revocationPublicKey, sectorPrivateKey);
}

/**
 * The revocation half, by who holds the revocation key: what a revoked chip is told to sectors by, SK.Revocation · PK.ID.
 *
 * Spec: TR-03110-2 §3.5.2. Vector: restricted-identification-sector1.json (`revocation_id_point`).
 *
 * A sector then finds the identifier to block: `sectorIdentifier(hash, group, sectorPrivateKey, revocationKey)`.
 *
 * @param idPublicKey - PK.ID of the chip, from when it was made.
 */
export function revocationKey(
  group: AgreementGroup,
  revocationPrivateKey: Uint8Array,
  idPublicKey: Uint8Array,
): Uint8Array {
  return group.power(idPublicKey, revocationPrivateKey);
}

/** A sector public key as commands carry it. */
export interface SectorKey {
  readonly protocol: RestrictedIdentificationProtocol;
  readonly group: AgreementGroup;
  readonly publicKey: Uint8Array;
}

function withoutZeros(hex: string): Uint8Array {
  return fromHex(hex.replace(/^(00)+/, ""));
}

/**
 * Content of a sector public key: protocol, domain parameters, key.
 *
 * Spec: TR-03110-3 D.3.2 (DH: 81 p, 82 q, 83 g, 84 y) and D.3.3 (81 p, 82 a, 83 b, 84 G, 85 n, 86 Q, 87 h). No
 * vector of a sector key is at hand; the same objects, with the same numbers, are in the CVCA certificates of tr03110/cvc.
 *
 * @throws {RangeError} when the group is none of the standardized ones.
 */
export function encodeSectorKey({ protocol, group, publicKey }: SectorKey): Uint8Array {
  const name = encodeTlv(0x06, protocol.reference);
  if (group.curve === undefined) {
    const row = DH_GROUPS.find((known) => known.name === group.name);
    if (row === undefined) throw new RangeError(`encodeSectorKey: ${group.name} is no standardized group`);
    const [p, q, g] = [row.p, row.q, row.g].map(withoutZeros) as [Uint8Array, Uint8Array, Uint8Array];
    return joined(name, [p, q, g, publicKey]);
  }
  const { p, a, b, g, n, h } = curveByName(group.curve);
  const numbers = [p, a, b].map(withoutZeros);
  return joined(name, [...numbers, fromHex(g), withoutZeros(n), publicKey, Uint8Array.of(h)]);
}

function joined(name: Uint8Array, values: readonly Uint8Array[]): Uint8Array {
  return concatBytes(name, ...values.map((value, i) => encodeTlv(0x81 + i, value)));
}

/** The other way round; undefined for anything else, and for a group or key that cannot be used. */
export function parseSectorKey(content: Uint8Array): SectorKey | undefined {
  const values = new Map<number, Uint8Array>();
  try {
    for (const { tag, value } of parseTlv(encodeTlv(0x7f49, content)).children) {
      if (values.has(tag)) return undefined;
      values.set(tag, value.slice());
    }
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
  const protocol = restrictedIdentificationProtocolByReference(values.get(0x06) ?? EMPTY);
  const at = (tag: number): Uint8Array => values.get(tag) ?? EMPTY;
  if (protocol === undefined) return undefined;
  if (protocol.keyAgreement === "DH") {
    const group = values.size === 5 ? dhAgreementGroup({ p: at(0x81), q: at(0x82), g: at(0x83) }) : undefined;
    return group && checked({ protocol, group, publicKey: at(0x84) });
  }
  const row = curveByParameters({ p: at(0x81), a: at(0x82), b: at(0x83), g: at(0x84), n: at(0x85) });
  const cofactor = values.get(0x87);
  if (row === undefined || (cofactor !== undefined && !equalBytes(cofactor, Uint8Array.of(row.h)))) return undefined;
  return checked({ protocol, group: ecAgreementGroup(row.name), publicKey: at(0x86) });
}

function checked(key: SectorKey): SectorKey | undefined {
  return key.group.isElement(key.publicKey) ? key : undefined;
}

/**
 * Hash of a sector public key, as the terminal's certificate states it: over the public key object, 7F49.
 *
 * Spec: TR-03110-3 C.3.2. No vector is at hand: certificates with hashes are, but not the keys to them.
 */
export function sectorKeyHash(hash: AnyHashName, content: Uint8Array): Uint8Array {
  return hashAny(hash, encodeTlv(0x7f49, content));
}
