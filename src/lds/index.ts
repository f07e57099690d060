/**
 * Files of the travel-document application, each declared once, and the machine-readable zone.
 * ICAO 9303-10 (LDS 1.7 and 1.8), 9303-3 and -5 (MRZ).
 * Here: EF.COM, DG1, DG2, DG11, DG12, EF.SOD, MRZ of TD1. The security object's hashes and signature are made in `pki`.
 * @module
 */
export { checkDigit } from "./check-digit.js";
export { type EfCom, efCom } from "./com.js";
export {
  DATA_GROUPS,
  type DataGroupNumber,
  dataGroupByNumber,
  dataGroupByTag,
  LDS_FILES,
  LDS1_AID,
} from "./data-groups.js";
export { type Dg1, dg1 } from "./dg1.js";
export { type Dg2, dg2 } from "./dg2.js";
export { type Dg11, dg11 } from "./dg11.js";
export { type Dg12, dg12 } from "./dg12.js";
export { encodeTd1, type MrzKeyMaterial, mrzInformation, namesOf, parseTd1, type Td1Mrz } from "./mrz.js";
export { buildNameField, type NameField } from "./mrz-names.js";
export { efSod, ID_LDS_SECURITY_OBJECT, type LdsSecurityObject, ldsSecurityObject } from "./security-object.js";
export { type MrzName, mrzName, type Transliteration } from "./transliterate.js";
