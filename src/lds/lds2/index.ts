/**
 * LDS2: travel records, visa records and additional biometrics, written to the chip after issue, each record signed.
 * ICAO 9303-10 §5 and §3.7, appendices H to J.
 * Data only: commands are in `apdu`, signatures and certificates in `pki`. Apart from `lds`, so that readers without it stay small.
 * @module
 */
export { parseRecords } from "../untagged.js";
export { biometricsSignedBytes, type EfBiometrics, efBiometrics } from "./additional-biometrics.js";
export { ADDITIONAL_BIOMETRICS_AID, TRAVEL_RECORDS_AID, VISA_RECORDS_AID } from "./applications.js";
export { type CertificateRecord, certificateRecord, efCertificates } from "./certificates.js";
export {
  type RecordCount,
  type RecordSearch,
  type RecordSearchResult,
  recordCount,
  recordSearch,
  recordSearchResult,
} from "./record-handling.js";
export {
  efEntryRecords,
  efExitRecords,
  type TravelRecord,
  type TravelRecordInfo,
  travelRecord,
  travelRecordInfo,
  travelRecordSignedBytes,
} from "./travel-records.js";
export {
  efVisaRecords,
  type VisaRecord,
  type VisaRecordInfo,
  visaRecord,
  visaRecordInfo,
  visaRecordSignedBytes,
} from "./visa-records.js";
