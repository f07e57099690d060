import { INTEGER, type SubjectPublicKeyInfo } from "../../asn1/types.js";
import { fromHex } from "../../bytes/bytes.js";
import { type CurveParameters, curveByOid, curveByParameterId, curveByParameters } from "../../crypto/curves.js";
import { dhGroupByParameterId } from "../../crypto/dh-groups.js";
import { type AgreementGroup, dhAgreementGroup, ecAgreementGroup } from "../../crypto/key-agreement.js";
import { MalformedError } from "../../errors.js";
import { type CurveReference, type PublicKeyInfo, publicKeyOf } from "../../lds/public-key-info.js";
import { parseTlv } from "../../tlv/ber.js";

/** A static public key of a chip, and the group that it is an element of. */
export interface StaticPublicKey {
  readonly group: AgreementGroup;
  /** As it is exchanged: 04‖x‖y, or a number without leading zeros. */
  readonly publicKey: Uint8Array;
}

/** The curve that a key states in whatever form; undefined when it is none of `CURVES`. */
export function curveOfReference(reference: CurveReference): CurveParameters | undefined {
  if (reference.form === "named") return curveByOid(reference.oid);
  if (reference.form === "standardized") return curveByParameterId(reference.parameterId);
  if (reference.form !== "explicit") return undefined;
  const { p, a, b, base, order, cofactor } = reference;
  const row = curveByParameters({ p, a, b, g: base, n: order });
  return cofactor !== undefined && (cofactor.length !== 1 || cofactor[0] !== row?.h) ? undefined : row;
}

/**
 * The key of chip authentication in a SubjectPublicKeyInfo.
 *
 * Spec: ICAO 9303-11 §9.1, §9.4.1, §9.5.1 (standardized and explicit domain parameters; PKCS #3 and X9.42). Vectors: ca-ecdh-3des.json,
 * ca-ecdh-aes128-nokeyid.json, lds/npa-ecdh; Wycheproof's ecdh_brainpoolP256r1_test.json.
 *
 * @returns undefined when the group is not supported, the key is of another kind or not in its group.
 */
export function staticPublicKeyOf(info: SubjectPublicKeyInfo): StaticPublicKey | undefined {
  const key = parsed(info);
  if (key?.kind === "EC") {
    const row = curveOfReference(key.curve);
    return row && element(ecAgreementGroup(row.name), key.point);
  }
  if (key?.kind !== "DH" || key.parameters === undefined) return undefined;
  const group = dhGroupOf(key.parameters);
  return group && element(group, key.publicValue);
}

function parsed(info: SubjectPublicKeyInfo): PublicKeyInfo | undefined {
  try {
    return publicKeyOf(info);
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}

function element(group: AgreementGroup, publicKey: Uint8Array): StaticPublicKey | undefined {
  return group.isElement(publicKey) ? { group, publicKey: publicKey.slice() } : undefined;
}

/** Shorter third numbers are the length of private values of PKCS #3, not the order of X9.42. */
const LEAST_ORDER_BYTES = 20;

/** INTEGER with the number of a standardized group, or SEQUENCE { p, g, q or length of private values … }. */
function dhGroupOf(parameters: Uint8Array): AgreementGroup | undefined {
  try {
    const node = parseTlv(parameters);
    if (node.tag === INTEGER) {
      const row = node.value.length === 1 ? dhGroupByParameterId(node.value[0] as number) : undefined;
      return row && dhAgreementGroup({ p: fromHex(row.p), g: fromHex(row.g), q: fromHex(row.q) });
    }
    const [p, g, q] = [...node.children].filter(({ tag }) => tag === INTEGER).map(({ value }) => value);
    if (p === undefined || g === undefined) return undefined;
    return dhAgreementGroup({ p, g, ...(q !== undefined && q.length >= LEAST_ORDER_BYTES && { q }) });
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}
