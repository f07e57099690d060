import type { Value } from "../../tlv/codec.js";
import { dataObject, encodeObject } from "../../tlv/file.js";
import { octets, uint } from "../../tlv/leaves.js";
import { opt, req, struct } from "../../tlv/struct.js";
import { digits, text } from "../../tlv/text.js";
import type { UntaggedFile } from "../untagged.js";
import { authenticityToken, freeText, mrzText, plainText, recordNumber } from "./elements.js";

/** Identifiers of EF.Biometrics1 to EF.Biometrics64. */
const BIOMETRICS_FIDS = Array.from({ length: 64 }, (_, i) => 0x0201 + i);

/** Visa record, DO 71: what is signed. */
export const visaRecordInfo = dataObject(
  "VisaRecord",
  0x71,
  struct({
    /** Issuing State or organization, three-letter code, filled with `<`. */
    issuingState: req(0x5f28, mrzText(3)),
    /** E.g. `VS`. */
    documentType: req(0x43, mrzText(2)),
    /** Machine-readable visa of format A, as far as the table has room for it. */
    mrvA: opt(0x5f71, mrzText(48)),
    /** Machine-readable visa of format B, as far as the table has room for it. */
    mrvB: opt(0x5f72, mrzText(44)),
    /** 1 to 255. */
    numberOfEntries: opt(0x5f73, uint(1)),
    /** Days, months and years, one byte each. */
    durationOfStay: opt(0x5f74, octets(3, 3)),
    passportNumber: opt(0x5f75, mrzText(9)),
    /** Type, class or category, in a coding of the issuer's. */
    visaType: opt(0x5f76, octets(1, 4)),
    territory: opt(0x5f77, octets(1, 8)),
    /** Issuing authority. */
    placeOfIssuance: req(0x49, plainText(50)),
    /** `YYYYMMDD`. */
    effectiveDate: req(0x5f25, digits(8)),
    /** `YYYYMMDD`. */
    expirationDate: req(0x5f24, digits(8)),
    documentNumber: req(0x5a, mrzText(9)),
    /** Endorsements: duration, limitations and fees paid. */
    additionalInformation: opt(0x5f32, freeText),
    holderName: req(0x5b, plainText(50)),
    /** Surname. */
    primaryIdentifier: req(0x5f33, plainText(50)),
    /** Given names. */
    secondaryIdentifier: req(0x5f34, plainText(50)),
    /** `F`, `M` or `<`. */
    sex: req(0x5f35, mrzText(1)),
    /** `YYYYMMDD`; unknown parts are `<`. */
    dateOfBirth: req(0x5f2b, mrzText(8)),
    nationality: req(0x5f2c, mrzText(3)),
    /** Name in the form of the MRZ. */
    mrz: req(0x5f1f, text(50, { charset: "mrz" })),
    /** Identifier of a file of the additional biometrics application, 0x0201 to 0x0240. */
    additionalBiometrics: opt(0x5f40, uint(2, BIOMETRICS_FIDS)),
  }),
);
/** Value of {@link visaRecordInfo}. */
export interface VisaRecordInfo extends Value<typeof visaRecordInfo> {}

/** A record of EF.VisaRecords (table 90). */
export const visaRecord = struct({
  /** The State again, where SEARCH RECORD finds it. Not signed: compare it with `record.issuingState`. */
  issuingState: req(0x5f28, mrzText(3)),
  record: req(visaRecordInfo.tag, visaRecordInfo.codec),
  signature: req(0x5f37, authenticityToken),
  /** Number of the signer's certificate in EF.Certificates. */
  certificateReference: req(0x5f38, recordNumber(254)),
});
/** Value of {@link visaRecord}. */
export interface VisaRecord extends Value<typeof visaRecord> {}

/** EF.VisaRecords: one record for each visa, never changed, at most 254. */
export const efVisaRecords: UntaggedFile<VisaRecord> = {
  name: "EF.VisaRecords",
  fid: 0x0103,
  sfi: 0x03,
  spec: "ICAO 9303-10 §5.2.3",
  codec: visaRecord,
};

/** The bytes that a visa record's signature is over: DO 71 with tag and length (ICAO 9303-10 §5.2.3). */
export function visaRecordSignedBytes(record: VisaRecord): Uint8Array {
  return encodeObject(visaRecordInfo, record.record);
}
