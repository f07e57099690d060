import { oid } from "../asn1/oid.js";
import {
  algorithmIdentifier,
  BIT_STRING,
  BOOLEAN,
  boolean,
  IA5_STRING,
  INTEGER,
  namedBits,
  OBJECT_IDENTIFIER,
  OCTET_STRING,
  PRINTABLE_STRING,
  SEQUENCE,
  SET,
  smallInteger,
  subjectPublicKeyInfo,
} from "../asn1/types.js";
import { EncodeError, MalformedError } from "../errors.js";
import { choice, rest } from "../tlv/choice.js";
import { Codec, type Value } from "../tlv/codec.js";
import { dataObject } from "../tlv/file.js";
import { octets, uint } from "../tlv/leaves.js";
import { list } from "../tlv/list.js";
import { opt, optOwn, req, struct } from "../tlv/struct.js";
import { text } from "../tlv/text.js";

const protocol = req(OBJECT_IDENTIFIER, oid());
/** Versions, and identifiers of keys and domain parameters: no card goes near the limit. */
const number = smallInteger(0x7fffffff);
const version = req(INTEGER, number);
const optionalId = opt(INTEGER, number);

/** FileID: where a file lies in the master file. */
const fileId = struct({
  fid: req(OCTET_STRING, uint(2)),
  /** Short identifier. */
  sfi: opt(OCTET_STRING, uint(1)),
});

/** PACEInfo (9303-11 §9.2.1). */
export const paceInfo = dataObject("PACEInfo", SEQUENCE, struct({ protocol, version, parameterId: optionalId }));
/** Value of `paceInfo`: `version` is 2; `parameterId` is that of standardized parameters, or of explicit ones. */
export interface PaceInfo extends Value<typeof paceInfo> {}

/** PACEDomainParameterInfo (9303-11 §9.2.2). */
export const paceDomainParameterInfo = dataObject(
  "PACEDomainParameterInfo",
  SEQUENCE,
  struct({ protocol, domainParameter: req(SEQUENCE, algorithmIdentifier), parameterId: optionalId }),
);
/** Value of `paceDomainParameterInfo`. Explicit parameters are unprotected: use known ones only. */
export interface PaceDomainParameterInfo extends Value<typeof paceDomainParameterInfo> {}

/** ChipAuthenticationInfo (9303-11 §9.2.5). */
export const chipAuthenticationInfo = dataObject(
  "ChipAuthenticationInfo",
  SEQUENCE,
  struct({ protocol, version, keyId: optionalId }),
);
/** Value of `chipAuthenticationInfo`: `version` is 1, in eIDAS tokens 2 or 3. */
export interface ChipAuthenticationInfo extends Value<typeof chipAuthenticationInfo> {}

/** ChipAuthenticationDomainParameterInfo (TR-03110-3 A.1.1.2). */
export const chipAuthenticationDomainParameterInfo = dataObject(
  "ChipAuthenticationDomainParameterInfo",
  SEQUENCE,
  struct({ protocol, domainParameter: req(SEQUENCE, algorithmIdentifier), keyId: optionalId }),
);
/** Value of `chipAuthenticationDomainParameterInfo`. */
export interface ChipAuthenticationDomainParameterInfo extends Value<typeof chipAuthenticationDomainParameterInfo> {}

/** ChipAuthenticationPublicKeyInfo (9303-11 §9.2.6). */
export const chipAuthenticationPublicKeyInfo = dataObject(
  "ChipAuthenticationPublicKeyInfo",
  SEQUENCE,
  struct({ protocol, chipAuthenticationPublicKey: req(SEQUENCE, subjectPublicKeyInfo), keyId: optionalId }),
);
/** Value of `chipAuthenticationPublicKeyInfo`; the key also serves PACE with chip authentication mapping. */
export interface ChipAuthenticationPublicKeyInfo extends Value<typeof chipAuthenticationPublicKeyInfo> {}

/** TerminalAuthenticationInfo (9303-11 §9.2.8, TR-03110-3 A.1.1.3). */
export const terminalAuthenticationInfo = dataObject(
  "TerminalAuthenticationInfo",
  SEQUENCE,
  struct({ protocol, version, efCvca: opt(SEQUENCE, fileId) }),
);
/** Value of `terminalAuthenticationInfo`: `version` 1 or 2; `efCvca` with version 1 only. */
export interface TerminalAuthenticationInfo extends Value<typeof terminalAuthenticationInfo> {}

/** ActiveAuthenticationInfo (9303-11 §9.2.4). */
export const activeAuthenticationInfo = dataObject(
  "ActiveAuthenticationInfo",
  SEQUENCE,
  struct({
    protocol,
    version,
    /** One of `ACTIVE_AUTHENTICATION_SIGNATURES`. */
    signatureAlgorithm: req(OBJECT_IDENTIFIER, oid()),
  }),
);
/** Value of `activeAuthenticationInfo`. */
export interface ActiveAuthenticationInfo extends Value<typeof activeAuthenticationInfo> {}

/** RestrictedIdentificationInfo (TR-03110-3 A.1.1.4). */
export const restrictedIdentificationInfo = dataObject(
  "RestrictedIdentificationInfo",
  SEQUENCE,
  struct({
    protocol,
    params: req(SEQUENCE, struct({ version, keyId: req(INTEGER, number), authorizedOnly: req(BOOLEAN, boolean()) })),
    /** Longest sector key, in bits. */
    maxKeyLen: opt(INTEGER, number),
  }),
);
/** Value of `restrictedIdentificationInfo`. */
export interface RestrictedIdentificationInfo extends Value<typeof restrictedIdentificationInfo> {}

/** RestrictedIdentificationDomainParameterInfo (TR-03110-3 A.1.1.4). */
export const restrictedIdentificationDomainParameterInfo = dataObject(
  "RestrictedIdentificationDomainParameterInfo",
  SEQUENCE,
  struct({ protocol, domainParameter: req(SEQUENCE, algorithmIdentifier) }),
);
/** Value of `restrictedIdentificationDomainParameterInfo`. */
export interface RestrictedIdentificationDomainParameterInfo
  extends Value<typeof restrictedIdentificationDomainParameterInfo> {}

/** CardInfo, formerly CardInfoLocator (TR-03110-3 A.1.1.7). */
export const cardInfo = dataObject(
  "CardInfo",
  SEQUENCE,
  struct({
    protocol,
    urlCardInfo: req(IA5_STRING, text(2000, { charset: "ascii" })),
    optionalCardInfoData: optOwn(
      choice({
        efCardInfo: req(SEQUENCE, fileId),
        extCardInfoData: req(
          0xa0,
          struct({
            efCardInfo: opt(0xa0, fileId),
            /** E.g. `Version 2.21`. */
            supportedTrVersion: opt(0x81, text(127)),
            /** SET OF SupportedTerminalTypes: its content, as it stands. */
            suppTerminalTypes: opt(0xa2, rest()),
            maxScNo: opt(0x83, smallInteger(127)),
            envInfo: opt(0x84, boolean()),
          }),
        ),
      }),
    ),
  }),
);
/** Value of `cardInfo`. */
export interface CardInfo extends Value<typeof cardInfo> {}

/** EIDSecurityInfo (TR-03110-3 A.1.1.8): hashes of data groups of the eID application. */
export const eidSecurityInfo = dataObject(
  "EIDSecurityInfo",
  SEQUENCE,
  struct({
    protocol,
    eidSecurityObject: req(
      SEQUENCE,
      struct({
        hashAlgorithm: req(SEQUENCE, algorithmIdentifier),
        dataGroupHashValues: req(
          SEQUENCE,
          list(
            SEQUENCE,
            struct({
              dataGroupNumber: req(INTEGER, smallInteger(255)),
              dataGroupHashValue: req(OCTET_STRING, octets(20, 64)),
            }),
            { max: 22 },
          ),
        ),
      }),
    ),
    eidVersionInfo: opt(
      SEQUENCE,
      struct({
        eidVersion: req(PRINTABLE_STRING, text(32, { charset: "printable" })),
        unicodeVersion: req(PRINTABLE_STRING, text(32, { charset: "printable" })),
      }),
    ),
  }),
);
/** Value of `eidSecurityInfo`. */
export interface EidSecurityInfo extends Value<typeof eidSecurityInfo> {}

/** PrivilegedTerminalInfo (TR-03110-3 A.1.1.9): the SecurityInfos inside are read by `parseSecurityInfos`. */
export const privilegedTerminalInfo = dataObject(
  "PrivilegedTerminalInfo",
  SEQUENCE,
  struct({ protocol, privilegedTerminalInfos: req(SET, rest()) }),
);

/** EFDIRInfo (9303-11 §9.2.10). */
export const efDirInfo = dataObject(
  "EFDIRInfo",
  SEQUENCE,
  struct({
    protocol,
    /** The whole of EF.DIR. */
    efDir: req(OCTET_STRING, octets()),
  }),
);
/** Value of `efDirInfo`. */
export interface EfDirInfo extends Value<typeof efDirInfo> {}

/** 0 no explicit authorization, 1 explicit authorization is needed, 2 never. */
const authorization = req(INTEGER, smallInteger(2));

const pseudonymousSignature = struct({
  protocol,
  requiredData: req(SEQUENCE, struct({ version, ps1AuthInfo: authorization, ps2AuthInfo: authorization })),
  keyId: optionalId,
});
/** PSAInfo (TR-03110-3 A.1.1.2): pseudonymous signature authentication. */
export const psaInfo = dataObject("PSAInfo", SEQUENCE, pseudonymousSignature);
/** PSMInfo (TR-03110-3 A.1.1.5): pseudonymous signatures of messages. */
export const psmInfo = dataObject("PSMInfo", SEQUENCE, pseudonymousSignature);
/** PSCInfo (TR-03110-3 A.1.1.6): pseudonymous signatures of credentials. */
export const pscInfo = dataObject("PSCInfo", SEQUENCE, pseudonymousSignature);
/** Value of `psaInfo`, `psmInfo` and `pscInfo`. */
export interface PsInfo extends Value<typeof psaInfo> {}

/** PSPublicKeyInfo (TR-03110-3 A.1.1.2). */
export const psPublicKeyInfo = dataObject(
  "PSPublicKeyInfo",
  SEQUENCE,
  struct({
    protocol,
    requiredData: req(SEQUENCE, struct({ psPublicKey: req(SEQUENCE, subjectPublicKeyInfo) })),
    optionalData: opt(SEQUENCE, struct({ psParameterId: opt(0x81, number), keyId: opt(0x82, number) })),
  }),
);
/** Value of `psPublicKeyInfo`. */
export interface PsPublicKeyInfo extends Value<typeof psPublicKeyInfo> {}

/** PwdFlags has twelve bits; with the limit a hostile one cannot make a list of hundreds. */
const passwordFlags = atMost(3, namedBits());

function atMost<T>(size: number, inner: Codec<T>): Codec<T> {
  const shape = inner.shape.kind === "namedBits" ? { ...inner.shape, max: 8 * (size - 1) - 1 } : inner.shape;
  return new Codec<T>(
    (value, out, end) => {
      const start = inner.write(value, out, end);
      if (end - start > size) throw new EncodeError(`${end - start} bytes when encoded; ${size} are the most`);
      return start;
    },
    (c) => {
      const length = c.end - c.at;
      if (length > size) throw new MalformedError("BAD_LENGTH", `${length} bytes; ${size} are the most`, c.at);
      return inner.read(c);
    },
    shape,
  );
}

/** PasswordInfo (TR-03110-3 A.1.1.1). */
export const passwordInfo = dataObject(
  "PasswordInfo",
  SEQUENCE,
  struct({
    protocol,
    requiredPwdData: req(SEQUENCE, struct({ pwdId: req(INTEGER, number) })),
    optionalPwdData: opt(
      SEQUENCE,
      struct({
        /** Numbers of the bits of PwdFlags that are set: 0 local … 11 needs-padding. */
        pwdFlags: req(BIT_STRING, passwordFlags),
        /** SET OF PwdId: its content, as it stands. So are the next two. */
        resumingPwds: opt(0xa0, rest()),
        resettingPwds: opt(0xa1, rest()),
        changingPwdsUt: opt(0xa2, rest()),
        /** 0 BCD, 1 ASCII digits, 2 UTF-8, 3 half-nibble BCD, 4 ISO 9564-1. */
        pwdType: opt(0x83, number),
        minLength: opt(0x84, number),
        storedLength: opt(0x85, number),
        maxLength: opt(0x86, number),
        padChar: opt(0x87, octets(1, 1)),
      }),
    ),
  }),
);
/** Value of `passwordInfo`. */
export interface PasswordInfo extends Value<typeof passwordInfo> {}

/** The data structures of SecurityInfos, by `kind`. */
export const SECURITY_INFO_KINDS = {
  paceInfo,
  paceDomainParameterInfo,
  chipAuthenticationInfo,
  chipAuthenticationDomainParameterInfo,
  chipAuthenticationPublicKeyInfo,
  terminalAuthenticationInfo,
  activeAuthenticationInfo,
  restrictedIdentificationInfo,
  restrictedIdentificationDomainParameterInfo,
  privilegedTerminalInfo,
  cardInfo,
  eidSecurityInfo,
  efDirInfo,
  psaInfo,
  psmInfo,
  pscInfo,
  psPublicKeyInfo,
  passwordInfo,
} as const;

/** Name of a data structure of SecurityInfos. */
export type SecurityInfoKind = keyof typeof SECURITY_INFO_KINDS;
