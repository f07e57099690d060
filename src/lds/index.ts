/**
 * Files of the travel-document application, each declared once, and the machine-readable zone.
 * ICAO 9303-10 (LDS 1.7 and 1.8), 9303-3 to -7 (MRZ).
 * The security object's hashes and signature are made in `pki`; lines from an OCR reader are in `lds/ocr`, LDS2 in `lds/lds2`.
 * @module
 */

export {
  type AtrInfo,
  type CardCapabilities,
  type ExtendedLengthLimits,
  efAtrInfo,
  encodeAtrInfo,
  parseAtrInfo,
} from "./atr-info.js";
export { type EfCardAccess, efCardAccess } from "./card-access.js";
export { type EfCardSecurity, efCardSecurity, ID_SECURITY_OBJECT } from "./card-security.js";
export { checkDigit } from "./check-digit.js";
export { type EfCom, efCom } from "./com.js";
export { efCvca } from "./cvca.js";
export {
  DATA_GROUPS,
  type DataGroup,
  type DataGroupNumber,
  dataGroupByNumber,
  dataGroupByTag,
  LDS_FILES,
  LDS1_AID,
  MF_FILES,
  UNTAGGED_FILES,
} from "./data-groups.js";
export { type Dg1, dg1 } from "./dg1.js";
export { type Dg2, dg2 } from "./dg2.js";
export { type Dg3, dg3 } from "./dg3.js";
export { type Dg4, dg4 } from "./dg4.js";
export { type Dg5, dg5 } from "./dg5.js";
export { dg6 } from "./dg6.js";
export { type Dg7, dg7 } from "./dg7.js";
export { dg8 } from "./dg8.js";
export { dg9 } from "./dg9.js";
export { dg10 } from "./dg10.js";
export { type Dg11, dg11 } from "./dg11.js";
export { type Dg12, dg12 } from "./dg12.js";
export { dg13 } from "./dg13.js";
export { type Dg14, dg14 } from "./dg14.js";
export { type Dg15, dg15 } from "./dg15.js";
export { type Dg16, dg16, type PersonToNotify } from "./dg16.js";
export { type ApplicationTemplate, efDir } from "./dir.js";
export type { Features } from "./features.js";
export { encodeMrz, encodeTd1, parseMrz, parseTd1 } from "./mrz.js";
export { SPECIAL_CODES, type SpecialCode } from "./mrz-codes.js";
export { type CenturyRule, fullDate } from "./mrz-dates.js";
export type { Mrz, MrzElements, Td1Mrz, Td2Mrz, Td3Mrz, VisaMrz } from "./mrz-elements.js";
export { type MrzKeyMaterial, mrzInformation } from "./mrz-key.js";
export {
  MRZ_LAYOUTS,
  type MrzElement,
  type MrzFormat,
  type MrzLayout,
  type MrzPlace,
  mrzFormat,
  nameFieldWidth,
} from "./mrz-layouts.js";
export { buildNameField, type NameField, namesOf } from "./mrz-names.js";
export {
  buildRsaPublicKeyInfo,
  type CurveReference,
  type PublicKeyInfo,
  parsePublicKeyInfo,
  publicKeyOf,
} from "./public-key-info.js";
export { type SecurityInfoData, securityInfo } from "./security-info.js";
export type {
  MalformedSecurityInfo,
  PrivilegedTerminalInfo,
  SecurityInfo,
  SecurityInfoContent,
  SecurityInfoInput,
  SecurityInfos,
  SecurityInfosOptions,
  UnknownSecurityInfo,
} from "./security-info-content.js";
export {
  type ActiveAuthenticationInfo,
  type CardInfo,
  type ChipAuthenticationDomainParameterInfo,
  type ChipAuthenticationInfo,
  type ChipAuthenticationPublicKeyInfo,
  type EfDirInfo,
  type EidSecurityInfo,
  type PaceDomainParameterInfo,
  type PaceInfo,
  type PasswordInfo,
  type PsInfo,
  type PsPublicKeyInfo,
  type RestrictedIdentificationDomainParameterInfo,
  type RestrictedIdentificationInfo,
  SECURITY_INFO_KINDS,
  type SecurityInfoKind,
  type TerminalAuthenticationInfo,
} from "./security-info-kinds.js";
export {
  ACTIVE_AUTHENTICATION_SIGNATURES,
  ID_STANDARDIZED_DOMAIN_PARAMETERS,
  type ProtocolHash,
  type ProtocolSignature,
  protocolSignatureByOid,
  SECURITY_PROTOCOLS,
  type SecurityProtocol,
  securityProtocolByOid,
  TERMINAL_AUTHENTICATION_SIGNATURES,
} from "./security-info-oids.js";
export {
  buildSecurityInfo,
  encodeSecurityInfo,
  encodeSecurityInfos,
  parseDg14SecurityInfos,
  parseSecurityInfos,
  securityInfoOf,
} from "./security-infos.js";
export { efSod, ID_LDS_SECURITY_OBJECT, type LdsSecurityObject, ldsSecurityObject } from "./security-object.js";
export { type MrzName, mrzName, type Transliteration, type TransliterationOptions } from "./transliterate.js";
export type { CyrillicLanguage, LatinVariant } from "./transliteration-variants.js";
export {
  type AnyUntaggedFile,
  encodeUntagged,
  parseRecords,
  parseUntagged,
  type UntaggedFile,
} from "./untagged.js";
