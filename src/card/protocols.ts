import { INTEGER, SEQUENCE, type SubjectPublicKeyInfo, subjectPublicKeyInfo } from "../asn1/types.js";
import { publicKeyOf } from "../lds/public-key-info.js";
import type { SecurityInfoInput } from "../lds/security-info-content.js";
import { ID_STANDARDIZED_DOMAIN_PARAMETERS, securityProtocolByOid } from "../lds/security-info-oids.js";
import { encodeTlv } from "../tlv/ber.js";
import { dataObject, parseObject } from "../tlv/file.js";
import { CHIP_SECRETS } from "./secrets.js";

/** A public key of a chip, as DER of SubjectPublicKeyInfo or parsed. */
export type ChipPublicKey = Uint8Array | SubjectPublicKeyInfo;

/** A protocol that a chip speaks, with the public part of what it needs. Object identifiers are dotted. */
export type InstalledProtocol =
  /** PACE with one cipher and mapping; `parameterId` is a number of 9303-11 §9.5.1. */
  | {
      readonly kind: "pace";
      readonly protocol: string;
      readonly parameterId: number;
      /** Static key of chip authentication mapping; needed with that, and with that only. */
      readonly publicKey?: ChipPublicKey;
      /** Passwords beside the MRZ, which follows from the document. */
      readonly passwords?: readonly ("can" | "pin" | "puk")[];
    }
  /** Chip authentication; several protocols may share a key by its `keyId`. */
  | {
      readonly kind: "chipAuthentication";
      readonly protocol: string;
      readonly version: 1 | 2;
      readonly keyId?: number;
      /** With the parameters of its curve, not its name: DG14 needs them so (9303-11 §9.2, §9.5.2). */
      readonly publicKey: ChipPublicKey;
      /** Number of its group in 9303-11 §9.5.1: with version 2, EF.CardAccess states that instead of all parameters. */
      readonly parameterId?: number;
    }
  /** Terminal authentication. */
  | { readonly kind: "terminalAuthentication"; readonly version: 1 | 2 }
  /** Active authentication; with a key on a curve `signatureAlgorithm` says what it signs with. */
  | { readonly kind: "activeAuthentication"; readonly publicKey: ChipPublicKey; readonly signatureAlgorithm?: string }
  /** Restricted identification on standardized domain parameters. */
  | {
      readonly kind: "restrictedIdentification";
      readonly protocol: string;
      readonly keyId: number;
      readonly parameterId: number;
      readonly authorizedOnly: boolean;
    }
  /** The holder signs with a PIN of its own. */
  | { readonly kind: "signaturePin" };

/** What the files of a card say of its protocols, and which secrets its chip needs. */
export interface ProtocolStatements {
  /** EF.CardAccess: what is needed before any file can be trusted. */
  readonly cardAccess: readonly SecurityInfoInput[];
  /** EF.CardSecurity, beside those of EF.CardAccess. */
  readonly cardSecurity: readonly SecurityInfoInput[];
  /** DG14, beside those of EF.CardAccess. */
  readonly dg14: readonly SecurityInfoInput[];
  /** DG15. */
  readonly activeAuthenticationKey?: ChipPublicKey;
  /** Names of the secrets, see `CHIP_SECRETS`. */
  readonly secrets: readonly string[];
}

const ID_PK = "0.4.0.127.0.7.2.2.1";
const ID_TA = "0.4.0.127.0.7.2.2.2";
const ID_AA = "2.23.136.1.1.5";
const spki = dataObject("SubjectPublicKeyInfo", SEQUENCE, subjectPublicKeyInfo);

/**
 * The SecurityInfos of a card, all from one list of what its chip speaks, so that EF.CardAccess, EF.CardSecurity, DG14 and DG15 cannot
 * disagree, neither with each other nor with the chip.
 *
 * Spec: ICAO 9303-11 §9.2; BSI TR-03110-3 A.1.1 and A.1.2: what version 2 of terminal and chip authentication needs is in
 * EF.CardAccess and EF.CardSecurity, what version 1 needs in DG14; the key of chip authentication mapping is in EF.CardSecurity.
 *
 * @throws {RangeError} when a protocol is none of its kind, a key is missing or names its curve, or an identifier stands for two keys.
 * @example
 * const statements = statementsOf([{ kind: "pace", protocol: "0.4.0.127.0.7.2.2.4.2.2", parameterId: 13, passwords: ["can"] }]);
 * statements.secrets; // ["cardAccessNumber"]
 */
export function statementsOf(protocols: readonly InstalledProtocol[]): ProtocolStatements {
  const cardAccess: SecurityInfoInput[] = [];
  const cardSecurity: SecurityInfoInput[] = [];
  const dg14: SecurityInfoInput[] = [];
  const secrets = new Set<string>();
  let activeAuthenticationKey: ChipPublicKey | undefined;
  for (const installed of protocols) {
    switch (installed.kind) {
      case "pace": {
        const { protocol, parameterId, publicKey, passwords = [] } = installed;
        const mapping = rowOf(protocol, "paceInfo").mapping === "CAM";
        if (mapping !== (publicKey !== undefined)) {
          throw new RangeError(
            "statementsOf: a static key belongs to chip authentication mapping, and to no other one",
          );
        }
        cardAccess.push({ kind: "paceInfo", protocol, version: 2, parameterId });
        if (publicKey !== undefined) {
          cardSecurity.push(keyInfo(publicKey, parameterId));
          secrets.add(CHIP_SECRETS.chipAuthentication(parameterId));
        }
        for (const password of passwords) secrets.add(CHIP_SECRETS[password]);
        break;
      }
      case "chipAuthentication": {
        const { protocol, version, keyId, publicKey, parameterId } = installed;
        rowOf(protocol, "chipAuthenticationInfo");
        const named = keyId === undefined ? {} : { keyId };
        const info: SecurityInfoInput = { kind: "chipAuthenticationInfo", protocol, version, ...named };
        if (version === 2) {
          cardAccess.push(info);
          cardAccess.push(domainInfo(publicKey, keyId, parameterId));
          cardSecurity.push(keyInfo(publicKey, keyId));
        } else dg14.push(info, keyInfo(publicKey, keyId));
        secrets.add(CHIP_SECRETS.chipAuthentication(keyId));
        break;
      }
      case "terminalAuthentication": {
        const { version } = installed;
        const info: SecurityInfoInput = { kind: "terminalAuthenticationInfo", protocol: ID_TA, version };
        (version === 2 ? cardAccess : dg14).push(info);
        secrets.add(CHIP_SECRETS.trustPoints);
        break;
      }
      case "activeAuthentication": {
        const { publicKey, signatureAlgorithm } = installed;
        activeAuthenticationKey = publicKey;
        if (signatureAlgorithm !== undefined) {
          dg14.push({ kind: "activeAuthenticationInfo", protocol: ID_AA, version: 1, signatureAlgorithm });
        }
        secrets.add(CHIP_SECRETS.activeAuthentication);
        break;
      }
      case "restrictedIdentification": {
        const { protocol, keyId, authorizedOnly, parameterId } = installed;
        rowOf(protocol, "restrictedIdentificationInfo");
        cardSecurity.push({
          kind: "restrictedIdentificationInfo",
          protocol,
          params: { version: 1, keyId, authorizedOnly },
        });
        cardSecurity.push({
          kind: "restrictedIdentificationDomainParameterInfo",
          protocol: protocol.slice(0, protocol.lastIndexOf(".")),
          domainParameter: standardized(parameterId),
        });
        secrets.add(CHIP_SECRETS.restrictedIdentification(keyId));
        break;
      }
      case "signaturePin":
        secrets.add(CHIP_SECRETS.signaturePin);
    }
  }
  return {
    cardAccess,
    cardSecurity,
    dg14,
    ...(activeAuthenticationKey !== undefined && { activeAuthenticationKey }),
    secrets: [...secrets],
  };
}

function rowOf(protocol: string, kind: string) {
  const row = securityProtocolByOid(protocol);
  if (row?.kind !== kind) throw new RangeError(`statementsOf: ${protocol} is no protocol of ${kind}`);
  return row;
}

const parsed = (key: ChipPublicKey): SubjectPublicKeyInfo => (key instanceof Uint8Array ? parseObject(spki, key) : key);

function keyInfo(publicKey: ChipPublicKey, keyId: number | undefined): SecurityInfoInput {
  const chipAuthenticationPublicKey = parsed(publicKey);
  const key = publicKeyOf(chipAuthenticationPublicKey);
  const { kind } = key;
  if (kind !== "EC" && kind !== "DH") throw new RangeError("statementsOf: a static key is on a curve or of a DH group");
  // 9303-11 §9.5.2; a terminal that follows it does not read EF.CardAccess with a curve that is named
  if (key.kind === "EC" && key.curve.form === "named") {
    throw new RangeError(
      "statementsOf: a static key states its curve by parameters, explicit or standardized, not by name",
    );
  }
  return {
    kind: "chipAuthenticationPublicKeyInfo",
    protocol: `${ID_PK}.${kind === "DH" ? 1 : 2}`,
    chipAuthenticationPublicKey,
    ...(keyId !== undefined && { keyId }),
  };
}

/** Version 2 agrees on an ephemeral key before EF.CardSecurity is read: its group is stated beforehand (TR-03110-3 A.1.1.2). */
function domainInfo(
  publicKey: ChipPublicKey,
  keyId: number | undefined,
  parameterId: number | undefined,
): SecurityInfoInput {
  const key = parsed(publicKey);
  const { kind } = publicKeyOf(key);
  return {
    kind: "chipAuthenticationDomainParameterInfo",
    protocol: `0.4.0.127.0.7.2.2.3.${kind === "DH" ? 1 : 2}`,
    domainParameter: parameterId === undefined ? key.algorithm : standardized(parameterId),
    ...(keyId !== undefined && { keyId }),
  };
}

function standardized(parameterId: number) {
  return {
    algorithm: ID_STANDARDIZED_DOMAIN_PARAMETERS,
    parameters: encodeTlv(INTEGER, Uint8Array.of(parameterId)),
  };
}
