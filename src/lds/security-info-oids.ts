import type { SecurityInfoKind } from "./security-info-kinds.js";

/** Hash functions by the names that the whole package uses. */
export type ProtocolHash = "SHA-1" | "SHA-224" | "SHA-256" | "SHA-384" | "SHA-512" | "RIPEMD-160";

/** One protocol of the SecurityInfos: what its object identifier says. */
export interface SecurityProtocol {
  /** Dotted. */
  readonly oid: string;
  /** Name in the standard. */
  readonly name: string;
  /** The data structure it stands in. */
  readonly kind: SecurityInfoKind;
  readonly keyAgreement?: "DH" | "ECDH";
  /** Of PACE: generic, integrated, or chip authentication mapping. */
  readonly mapping?: "GM" | "IM" | "CAM";
  /** Of secure messaging. */
  readonly cipher?: "3DES" | "AES";
  /** Effective bits of the session keys: 112 for 3DES. */
  readonly keyBits?: 112 | 128 | 192 | 256;
  readonly mac?: "retail" | "CMAC";
  readonly hash?: ProtocolHash;
  /** Of a password that PasswordInfo describes. */
  readonly password?: "mrz" | "can" | "pin" | "puk";
}

/** One algorithm that a protocol signs with. */
export interface ProtocolSignature {
  /** Dotted. */
  readonly oid: string;
  /** Name in the standard. */
  readonly name: string;
  /** `plain`: r‖s, each of the length of the group order. */
  readonly signature: "RSA-v1-5" | "RSA-PSS" | "ECDSA-plain";
  readonly hash: ProtocolHash;
}

const BSI_DE = "0.4.0.127.0.7";
const SMARTCARD = `${BSI_DE}.2.2`;
const ID_PK = `${SMARTCARD}.1`;
const ID_TA = `${SMARTCARD}.2`;
const ID_CA = `${SMARTCARD}.3`;
const ID_PACE = `${SMARTCARD}.4`;
const ID_RI = `${SMARTCARD}.5`;
const ID_PS = `${SMARTCARD}.11`;
const ID_PASSWORD_TYPE = `${SMARTCARD}.12`;
const ID_ICAO_MRTD_SECURITY = "2.23.136.1.1";

type Cipher = Required<Pick<SecurityProtocol, "cipher" | "keyBits" | "mac">>;
/** Ciphers by the last arc of PACE and chip authentication. */
const CIPHERS: readonly (readonly [arc: number, name: string, Cipher])[] = [
  [1, "3DES-CBC-CBC", { cipher: "3DES", keyBits: 112, mac: "retail" }],
  [2, "AES-CBC-CMAC-128", { cipher: "AES", keyBits: 128, mac: "CMAC" }],
  [3, "AES-CBC-CMAC-192", { cipher: "AES", keyBits: 192, mac: "CMAC" }],
  [4, "AES-CBC-CMAC-256", { cipher: "AES", keyBits: 256, mac: "CMAC" }],
];

/** Hashes by the last arc of restricted identification and pseudonymous signatures. */
const HASHES: readonly (readonly [arc: number, ProtocolHash])[] = [
  [1, "SHA-1"],
  [2, "SHA-224"],
  [3, "SHA-256"],
  [4, "SHA-384"],
  [5, "SHA-512"],
];

/** Mappings and key agreements of PACE; chip authentication mapping has no 3DES. */
const PACE = [
  [1, "DH", "GM", CIPHERS],
  [2, "ECDH", "GM", CIPHERS],
  [3, "DH", "IM", CIPHERS],
  [4, "ECDH", "IM", CIPHERS],
  [6, "ECDH", "CAM", CIPHERS.slice(1)],
] as const;

const AGREEMENTS = [
  [1, "DH"],
  [2, "ECDH"],
] as const;

/** Pseudonymous signatures: of authentication, of messages, of credentials. */
const PSEUDONYMOUS = [
  [1, "PSA", "psaInfo"],
  [2, "PSM", "psmInfo"],
  [3, "PSC", "pscInfo"],
] as const;

const PASSWORDS = [
  [1, "MRZ", "mrz"],
  [2, "CAN", "can"],
  [3, "PIN", "pin"],
  [4, "PUK", "puk"],
] as const;

/**
 * Every protocol of the SecurityInfos, as data, one row for each object identifier.
 *
 * Spec: ICAO 9303-11 §9.2.3 to §9.2.10; BSI TR-03110-3 (2.21) A.1.1.
 */
export const SECURITY_PROTOCOLS: readonly SecurityProtocol[] = [
  ...PACE.flatMap(([arc, keyAgreement, mapping, ciphers]): SecurityProtocol[] => {
    const oid = `${ID_PACE}.${arc}`;
    const name = `id-PACE-${keyAgreement}-${mapping}`;
    return [
      { oid, name, kind: "paceDomainParameterInfo", keyAgreement, mapping },
      ...ciphers.map(
        ([last, suffix, cipher]): SecurityProtocol => ({
          oid: `${oid}.${last}`,
          name: `${name}-${suffix}`,
          kind: "paceInfo",
          keyAgreement,
          mapping,
          ...cipher,
        }),
      ),
    ];
  }),
  ...AGREEMENTS.flatMap(([arc, keyAgreement]): SecurityProtocol[] => [
    {
      oid: `${ID_PK}.${arc}`,
      name: `id-PK-${keyAgreement}`,
      kind: "chipAuthenticationPublicKeyInfo",
      keyAgreement,
    },
    {
      oid: `${ID_CA}.${arc}`,
      name: `id-CA-${keyAgreement}`,
      kind: "chipAuthenticationDomainParameterInfo",
      keyAgreement,
    },
    ...CIPHERS.map(
      ([last, suffix, cipher]): SecurityProtocol => ({
        oid: `${ID_CA}.${arc}.${last}`,
        name: `id-CA-${keyAgreement}-${suffix}`,
        kind: "chipAuthenticationInfo",
        keyAgreement,
        ...cipher,
      }),
    ),
    {
      oid: `${ID_RI}.${arc}`,
      name: `id-RI-${keyAgreement}`,
      kind: "restrictedIdentificationDomainParameterInfo",
      keyAgreement,
    },
    ...HASHES.map(
      ([last, hash]): SecurityProtocol => ({
        oid: `${ID_RI}.${arc}.${last}`,
        name: `id-RI-${keyAgreement}-${hash}`,
        kind: "restrictedIdentificationInfo",
        keyAgreement,
        hash,
      }),
    ),
  ]),
  { oid: ID_TA, name: "id-TA", kind: "terminalAuthenticationInfo" },
  { oid: `${SMARTCARD}.6`, name: "id-CI", kind: "cardInfo" },
  { oid: `${SMARTCARD}.7`, name: "id-eIDSecurity", kind: "eidSecurityInfo" },
  { oid: `${SMARTCARD}.8`, name: "id-PT", kind: "privilegedTerminalInfo" },
  ...PSEUDONYMOUS.flatMap(([arc, name, kind]) =>
    HASHES.slice(2).map(
      ([last, hash]): SecurityProtocol => ({
        oid: `${ID_PS}.${arc}.2.${last}`,
        name: `id-${name}-ECDH-ECSchnorr-${hash}`,
        kind,
        keyAgreement: "ECDH",
        hash,
      }),
    ),
  ),
  { oid: `${ID_PK}.3.2`, name: "id-PS-PK-ECDH-ECSchnorr", kind: "psPublicKeyInfo", keyAgreement: "ECDH" },
  ...PASSWORDS.map(
    ([arc, name, password]): SecurityProtocol => ({
      oid: `${ID_PASSWORD_TYPE}.${arc}`,
      name: `id-${name}`,
      kind: "passwordInfo",
      password,
    }),
  ),
  {
    oid: `${ID_ICAO_MRTD_SECURITY}.5`,
    name: "id-icao-mrtd-security-aaProtocolObject",
    kind: "activeAuthenticationInfo",
  },
  { oid: `${ID_ICAO_MRTD_SECURITY}.13`, name: "id-EFDIR", kind: "efDirInfo" },
];

/** Algorithms of terminal authentication, named in card-verifiable certificates (9303-11 §9.2.9, TR-03110-3 A.1.1.3). */
export const TERMINAL_AUTHENTICATION_SIGNATURES: readonly ProtocolSignature[] = [
  { oid: `${ID_TA}.1.1`, name: "id-TA-RSA-v1-5-SHA-1", signature: "RSA-v1-5", hash: "SHA-1" },
  { oid: `${ID_TA}.1.2`, name: "id-TA-RSA-v1-5-SHA-256", signature: "RSA-v1-5", hash: "SHA-256" },
  { oid: `${ID_TA}.1.3`, name: "id-TA-RSA-PSS-SHA-1", signature: "RSA-PSS", hash: "SHA-1" },
  { oid: `${ID_TA}.1.4`, name: "id-TA-RSA-PSS-SHA-256", signature: "RSA-PSS", hash: "SHA-256" },
  { oid: `${ID_TA}.1.5`, name: "id-TA-RSA-v1-5-SHA-512", signature: "RSA-v1-5", hash: "SHA-512" },
  { oid: `${ID_TA}.1.6`, name: "id-TA-RSA-PSS-SHA-512", signature: "RSA-PSS", hash: "SHA-512" },
  ...HASHES.map(
    ([last, hash]): ProtocolSignature => ({
      oid: `${ID_TA}.2.${last}`,
      name: `id-TA-ECDSA-${hash}`,
      signature: "ECDSA-plain",
      hash,
    }),
  ),
];

/** Algorithms of ECDSA active authentication, named in ActiveAuthenticationInfo (9303-11 §9.2.4, TR-03111 §5.2.1). */
export const ACTIVE_AUTHENTICATION_SIGNATURES: readonly ProtocolSignature[] = [
  ...HASHES.map(
    ([last, hash]): ProtocolSignature => ({
      oid: `${BSI_DE}.1.1.4.1.${last}`,
      name: `ecdsa-plain-${hash.replace("SHA-", "SHA")}`,
      signature: "ECDSA-plain",
      hash,
    }),
  ),
  { oid: `${BSI_DE}.1.1.4.1.6`, name: "ecdsa-plain-RIPEMD160", signature: "ECDSA-plain", hash: "RIPEMD-160" },
];

/** AlgorithmIdentifier of a standardized set of domain parameters, whose number follows (9303-11 §9.5.1). */
export const ID_STANDARDIZED_DOMAIN_PARAMETERS = `${BSI_DE}.1.2`;

const PROTOCOLS = new Map(SECURITY_PROTOCOLS.map((row) => [row.oid, row]));
const SIGNATURES = new Map(
  [...TERMINAL_AUTHENTICATION_SIGNATURES, ...ACTIVE_AUTHENTICATION_SIGNATURES].map((row) => [row.oid, row]),
);

/** The row of a protocol's object identifier (dotted); undefined for one that is none of {@link SECURITY_PROTOCOLS}. */
export function securityProtocolByOid(oid: string): SecurityProtocol | undefined {
  return PROTOCOLS.get(oid);
}

/** The row of an algorithm of terminal or active authentication (dotted); undefined for another. */
export function protocolSignatureByOid(oid: string): ProtocolSignature | undefined {
  return SIGNATURES.get(oid);
}
