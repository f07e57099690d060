import type { ActiveAuthenticationChipKey } from "../access/active-authentication/chip.js";
import { activeAuthenticationKey } from "../access/active-authentication/shared.js";
import { ifWellFormed } from "../access/data-objects/shared.js";
import type { RestrictedIdentificationKey } from "../access/restricted-identification/chip.js";
import { curveOfReference } from "../access/static-keys/shared.js";
import { INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE } from "../asn1/types.js";
import { fromHex } from "../bytes/bytes.js";
import { CHIP_SECRETS } from "../card/secrets.js";
import { curveByParameterId } from "../crypto/curves.js";
import { dhGroupByParameterId } from "../crypto/dh-groups.js";
import { importEcPrivateKey } from "../crypto/ecdsa.js";
import { HASHES, type HashName } from "../crypto/hash.js";
import { type AgreementGroup, dhAgreementGroup, ecAgreementGroup } from "../crypto/key-agreement.js";
import { importRsaPrivateKey } from "../crypto/rsa.js";
import type { SecurityInfo } from "../lds/security-info-content.js";
import { ID_STANDARDIZED_DOMAIN_PARAMETERS, protocolSignatureByOid } from "../lds/security-info-oids.js";
import { parseTlv, type TlvNode } from "../tlv/ber.js";

/** Hash function of active authentication with RSA, where the card states none. */
const RSA_HASH: HashName = "SHA-256";

/**
 * The key of active authentication, from what DG15 says it is and its PKCS#8.
 *
 * @param secret - As it was loaded.
 * @returns undefined when the two are of different kinds, or one cannot be read: then the chip does not do it.
 */
export function activeAuthenticationChipKey(
  dg15: Uint8Array,
  infos: readonly SecurityInfo[],
  secret: Uint8Array,
): ActiveAuthenticationChipKey | undefined {
  const stated = activeAuthenticationKey(dg15);
  const inner = privateKeyIn(secret);
  if (stated === undefined || inner === undefined) return undefined;
  const info = infos.find((each) => each.kind === "activeAuthenticationInfo");
  try {
    if (stated.kind === "EC") {
      const curve = curveOfReference(stated.curve);
      const scalar = inner.find(({ tag }) => tag === OCTET_STRING)?.value;
      const name = info && protocolSignatureByOid(info.signatureAlgorithm)?.hash;
      const hash = HASHES.find((row) => row.name === name)?.name;
      if (curve === undefined || scalar === undefined || hash === undefined) return undefined;
      return { key: importEcPrivateKey(curve.name, scalar), hash };
    }
    if (stated.kind !== "RSA" || inner.length !== 9 || inner.some(({ tag }) => tag !== INTEGER)) return undefined;
    const number = (at: number): Uint8Array => withoutSign((inner[at] as TlvNode).value);
    const parts = {
      modulus: number(1),
      publicExponent: number(2),
      privateExponent: number(3),
      prime1: number(4),
      prime2: number(5),
      exponent1: number(6),
      exponent2: number(7),
      coefficient: number(8),
    };
    return { key: importRsaPrivateKey(parts), hash: RSA_HASH };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

const withoutSign = (value: Uint8Array): Uint8Array => (value[0] === 0 ? value.subarray(1) : value);

/** What stands in the key of a PKCS#8: ECPrivateKey or RSAPrivateKey, by its elements. */
function privateKeyIn(pkcs8: Uint8Array): readonly TlvNode[] | undefined {
  return ifWellFormed(() => {
    const wrapped = [...parseTlv(pkcs8, SEQUENCE).children].find(({ tag }) => tag === OCTET_STRING);
    return wrapped && [...parseTlv(wrapped.value, SEQUENCE).children];
  });
}

/** The SecurityInfos inside the SignedData of EF.CardSecurity; the chip does not check its own signature. */
export function signedContent(cms: Uint8Array): Uint8Array | undefined {
  return ifWellFormed(() => {
    const signedData = child(child(parseTlv(cms, SEQUENCE), 0xa0), SEQUENCE);
    const content = [...(signedData?.children ?? [])].find(
      (node) => node.tag === SEQUENCE && child(node, OBJECT_IDENTIFIER) !== undefined,
    );
    return child(child(content, 0xa0), OCTET_STRING)?.value;
  });
}

const child = (node: TlvNode | undefined, tag: number): TlvNode | undefined =>
  node && [...node.children].find((candidate) => candidate.tag === tag);

/** The keys of restricted identification that the files state and the chip was given. */
export function restrictedIdentificationKeys(
  infos: readonly SecurityInfo[],
  secrets: (name: string) => Uint8Array | undefined,
): readonly RestrictedIdentificationKey[] {
  const keys = new Map<number, RestrictedIdentificationKey>();
  for (const info of infos) {
    if (info.kind !== "restrictedIdentificationInfo") continue;
    const { keyId, authorizedOnly } = info.params;
    const privateKey = secrets(CHIP_SECRETS.restrictedIdentification(keyId));
    const group = groupStated(infos, info.protocol);
    if (privateKey === undefined || group === undefined) continue;
    const protocols = [...(keys.get(keyId)?.protocols ?? []), info.protocol];
    keys.set(keyId, { keyId, group, privateKey: privateKey.slice(), protocols, authorizedOnly });
  }
  return [...keys.values()];
}

/** The group of a protocol of restricted identification: standardized domain parameters. */
function groupStated(infos: readonly SecurityInfo[], protocol: string): AgreementGroup | undefined {
  for (const info of infos) {
    if (info.kind !== "restrictedIdentificationDomainParameterInfo") continue;
    if (!protocol.startsWith(`${info.protocol}.`)) continue;
    const { algorithm, parameters } = info.domainParameter;
    const number = parameters && ifWellFormed(() => parseTlv(parameters, INTEGER).value);
    if (algorithm !== ID_STANDARDIZED_DOMAIN_PARAMETERS || number?.length !== 1) return undefined;
    const curve = curveByParameterId(number[0] as number);
    if (curve !== undefined) return ecAgreementGroup(curve.name);
    const row = dhGroupByParameterId(number[0] as number);
    return row && dhAgreementGroup({ p: fromHex(row.p), g: fromHex(row.g), q: fromHex(row.q) });
  }
  return undefined;
}
