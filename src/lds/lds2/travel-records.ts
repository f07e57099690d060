import type { Value } from "../../tlv/codec.js";
import { dataObject, encodeObject } from "../../tlv/file.js";
import { octets } from "../../tlv/leaves.js";
import { opt, req, struct } from "../../tlv/struct.js";
import { digits, text } from "../../tlv/text.js";
import type { UntaggedFile } from "../untagged.js";
import { authenticityToken, freeText, mrzText, plainText, recordNumber } from "./elements.js";

/** Entry or exit travel record, DO 73: what is signed. */
export const travelRecordInfo = dataObject(
  "TravelRecord",
  0x73,
  struct({
    /** Embarkation or debarkation State, three-letter code, filled with `<`. */
    state: req(0x5f44, mrzText(3)),
    /** Visa approvals, refusals and revocations. */
    visaStatus: opt(0x5f4c, freeText),
    /** Date of entry or exit, `YYYYMMDD`. */
    travelDate: req(0x5f45, digits(8)),
    inspectionAuthority: req(0x5f4b, plainText(10)),
    /** Port of entry or exit. */
    inspectionLocation: req(0x5f46, plainText(10)),
    inspectorReference: req(0x5f4a, plainText(20)),
    inspectionResult: opt(0x5f4d, freeText),
    /** `A` air, `S` sea, `L` land. */
    modeOfTravel: opt(0x5f49, text(1, { min: 1, charset: "ascii" })),
    /** Days, as an unsigned number of one or two bytes. */
    durationOfStay: opt(0x5f48, octets(1, 2)),
    /** What the holder must observe while in the State. */
    conditions: opt(0x5f4e, freeText),
  }),
);
/** Value of {@link travelRecordInfo}. */
export interface TravelRecordInfo extends Value<typeof travelRecordInfo> {}

/** A record of EF.EntryRecords or EF.ExitRecords (table 86). */
export const travelRecord = struct({
  /** The State again, where SEARCH RECORD finds it. Not signed: compare it with `record.state`. */
  state: req(0x5f44, mrzText(3)),
  record: req(travelRecordInfo.tag, travelRecordInfo.codec),
  signature: req(0x5f37, authenticityToken),
  /** Number of the signer's certificate in EF.Certificates. */
  certificateReference: req(0x5f38, recordNumber(254)),
});
/** Value of {@link travelRecord}. */
export interface TravelRecord extends Value<typeof travelRecord> {}

/** EF.EntryRecords: one record for each entry, never changed, at most 254. */
export const efEntryRecords: UntaggedFile<TravelRecord> = {
  name: "EF.EntryRecords",
  fid: 0x0101,
  sfi: 0x01,
  spec: "ICAO 9303-10 §5.1.4",
  codec: travelRecord,
};

/** EF.ExitRecords: one record for each exit, never changed, at most 254. */
export const efExitRecords: UntaggedFile<TravelRecord> = {
  name: "EF.ExitRecords",
  fid: 0x0102,
  sfi: 0x02,
  spec: "ICAO 9303-10 §5.1.3",
  codec: travelRecord,
};

/** The bytes that a travel record's signature is over: DO 73 with tag and length (ICAO 9303-10 §5.1.3). */
export function travelRecordSignedBytes(record: TravelRecord): Uint8Array {
  return encodeObject(travelRecordInfo, record.record);
}
