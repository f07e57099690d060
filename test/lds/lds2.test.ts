import { describe, expect, it } from "vitest";
import { concatBytes, fromHex, toHex } from "../../src/bytes/bytes.js";
import { biometricsSignedBytes, efBiometrics } from "../../src/lds/lds2/additional-biometrics.js";
import { ADDITIONAL_BIOMETRICS_AID, TRAVEL_RECORDS_AID, VISA_RECORDS_AID } from "../../src/lds/lds2/applications.js";
import { efCertificates } from "../../src/lds/lds2/certificates.js";
import { recordCount, recordSearch, recordSearchResult } from "../../src/lds/lds2/record-handling.js";
import {
  efEntryRecords,
  efExitRecords,
  type TravelRecord,
  travelRecordSignedBytes,
} from "../../src/lds/lds2/travel-records.js";
import { efVisaRecords, type VisaRecord, visaRecordSignedBytes } from "../../src/lds/lds2/visa-records.js";
import { encodeUntagged, parseRecords, parseUntagged } from "../../src/lds/untagged.js";
import { parseTlvs } from "../../src/tlv/ber.js";
import { encodeFile, encodeObject, parseFile, parseObject } from "../../src/tlv/file.js";
import { readVectors } from "../crypto/vectors.js";
import { malformed, thrownBy } from "../property/strict.js";

const travel: TravelRecord = {
  state: "USA",
  record: {
    state: "USA",
    visaStatus: "تایید شد",
    travelDate: "20120814",
    inspectionAuthority: "CBP",
    inspectionLocation: "SFO",
    inspectorReference: "SFO00001234",
    inspectionResult: "ok",
    modeOfTravel: "A",
    durationOfStay: fromHex("00ff"),
    conditions: "none",
  },
  signature: new Uint8Array(64).fill(7),
  certificateReference: 1,
};

const visa: VisaRecord = {
  issuingState: "NLD",
  record: {
    issuingState: "NLD",
    documentType: "VS",
    mrvB: "VCD<<DENT<<ARTHUR<PHILIP<<<<<<<<<<<<<<<<<<<<",
    numberOfEntries: 255,
    durationOfStay: fromHex("010000"),
    passportNumber: "XI85935F8",
    visaType: fromHex("01"),
    territory: fromHex("02"),
    placeOfIssuance: "NEW YORK",
    effectiveDate: "20120826",
    expirationDate: "20130826",
    documentNumber: "XI85935F8",
    additionalInformation: "مدت<سی روز",
    holderName: "VAN DER STEEN MARIANNE LOUISE",
    primaryIdentifier: "VAN DER STEEN",
    secondaryIdentifier: "MARIANNE LOUISE",
    sex: "F",
    dateOfBirth: "19870814",
    nationality: "NLD",
    mrz: "VAN<DER<STEEN<<MARIANNE<LOUISE",
    additionalBiometrics: 0x0201,
  },
  signature: fromHex("01"),
  certificateReference: 254,
};

/** Tags at the top level, and inside the second object. */
function tags(bytes: Uint8Array): [string, string] {
  const nodes = [...parseTlvs(bytes)];
  const hex = (list: Iterable<{ tag: number }>) => [...list].map(({ tag }) => tag.toString(16)).join(" ");
  return [hex(nodes), hex(nodes[1]?.children ?? [])];
}

describe("travel records", () => {
  it("have the order of table 86", () => {
    const bytes = encodeUntagged(efEntryRecords, travel);
    expect(tags(bytes)).toEqual(["5f44 73 5f37 5f38", "5f44 5f4c 5f45 5f4b 5f46 5f4a 5f4d 5f49 5f48 5f4e"]);
    expect(parseUntagged(efExitRecords, bytes)).toEqual(travel);
  });

  it("are signed over DO 73 with its tag and length", () => {
    const bytes = encodeUntagged(efEntryRecords, travel);
    const signed = toHex(travelRecordSignedBytes(parseUntagged(efEntryRecords, bytes)));
    expect(signed.slice(0, 2)).toBe("73");
    expect(toHex(bytes).indexOf(signed)).toBe(toHex(encodeUntagged(efEntryRecords, travel)).indexOf("73"));
  });

  it("come one after the other", () => {
    const other = { ...travel, state: "UTO", certificateReference: 2 };
    const bytes = concatBytes(...[travel, other, travel].map((row) => encodeUntagged(efEntryRecords, row)));
    expect(parseRecords(efEntryRecords, bytes)).toEqual([travel, other, travel]);
    expect(parseRecords(efEntryRecords, new Uint8Array(0))).toEqual([]);
    const size = bytes.length / 3;
    const cut = malformed(() => parseRecords(efEntryRecords, bytes.subarray(0, 2 * size - 4)));
    expect(cut).toMatchObject({
      code: "BAD_TAG",
      path: "EF.EntryRecords[1].certificateReference",
      offset: 2 * size - 4,
    });
    const torn = malformed(() => parseRecords(efEntryRecords, bytes.subarray(0, 2 * size - 1)));
    expect(torn).toMatchObject({ code: "TRUNCATED", path: "EF.EntryRecords[1]" });
    expect(malformed(() => parseRecords(efEntryRecords, fromHex("7300")))).toMatchObject({
      path: "EF.EntryRecords[0].state",
    });
  });

  it("are 254 at most", () => {
    const one = encodeUntagged(efEntryRecords, travel);
    const many = (count: number) => concatBytes(...Array.from({ length: count }, () => one));
    expect(parseRecords(efEntryRecords, many(254))).toHaveLength(254);
    expect(malformed(() => parseRecords(efEntryRecords, many(255))).detail).toBe("more than 254 records");
  });

  it("refuse what does not fit", () => {
    const change = (part: Partial<TravelRecord["record"]>) => () =>
      encodeUntagged(efEntryRecords, { ...travel, record: { ...travel.record, ...part } });
    expect(thrownBy(change({ travelDate: "2012-08-14" }))).toMatchObject({ path: "EF.EntryRecords.record.travelDate" });
    expect(thrownBy(change({ state: "us" }))).toMatchObject({ path: "EF.EntryRecords.record.state" });
    expect(thrownBy(change({ visaStatus: "ب".repeat(51) }))).toMatchObject({
      path: "EF.EntryRecords.record.visaStatus",
    });
    for (const certificateReference of [0, 255, 1.5]) {
      expect(thrownBy(() => encodeUntagged(efEntryRecords, { ...travel, certificateReference }))).toMatchObject({
        path: "EF.EntryRecords.certificateReference",
      });
    }
    const zero = encodeUntagged(efEntryRecords, travel);
    zero[zero.length - 1] = 0;
    expect(malformed(() => parseUntagged(efEntryRecords, zero))).toMatchObject({
      path: "EF.EntryRecords.certificateReference",
      offset: zero.length - 1,
    });
  });
});

describe("visa records", () => {
  it("have the order of table 90, and are signed over DO 71", () => {
    const bytes = encodeUntagged(efVisaRecords, visa);
    expect(tags(bytes)).toEqual([
      "5f28 71 5f37 5f38",
      "5f28 43 5f72 5f73 5f74 5f75 5f76 5f77 49 5f25 5f24 5a 5f32 5b 5f33 5f34 5f35 5f2b 5f2c 5f1f 5f40",
    ]);
    expect(parseUntagged(efVisaRecords, bytes)).toEqual(visa);
    expect(parseRecords(efVisaRecords, concatBytes(bytes, bytes))).toEqual([visa, visa]);
    expect(toHex(bytes)).toContain(toHex(visaRecordSignedBytes(visa)));
    expect(visaRecordSignedBytes(visa)[0]).toBe(0x71);
  });

  it("point to a file of additional biometrics", () => {
    const record = { ...visa.record, additionalBiometrics: 0x0241 };
    expect(thrownBy(() => encodeUntagged(efVisaRecords, { ...visa, record }))).toMatchObject({
      path: "EF.VisaRecords.record.additionalBiometrics",
    });
  });
});

describe("EF.Certificates", () => {
  it("has country and serial number, then the certificate", () => {
    const record = { serialNumber: { country: "US", serial: fromHex("0102") }, certificate: fromHex("3000") };
    const bytes = encodeUntagged(efCertificates, record);
    expect(toHex(bytes)).toBe("5f3a0455530102" + "72023000");
    expect(parseUntagged(efCertificates, bytes)).toEqual(record);
    const long = { ...record, serialNumber: { country: "US", serial: new Uint8Array(21) } };
    expect(thrownBy(() => encodeUntagged(efCertificates, long))).toMatchObject({
      path: "EF.Certificates.serialNumber.serial",
    });
    expect(malformed(() => parseUntagged(efCertificates, fromHex("5f3a025553 72023000")))).toMatchObject({
      code: "BAD_LENGTH",
      path: "EF.Certificates.serialNumber.serial",
    });
  });
});

describe("additional biometrics", () => {
  it("are 64 files, signed over DO 5F2E", () => {
    const value = { biometricData: fromHex("0102"), signature: fromHex("03"), certificateReference: 64 };
    const file = efBiometrics(64);
    expect(file).toMatchObject({ name: "EF.Biometrics64", fid: 0x0240, sfi: 0, tag: 0x7f2e });
    const bytes = encodeFile(file, value);
    expect(toHex(bytes)).toBe("7f2e0d" + "5f2e020102" + "5f370103" + "5f380140");
    expect(parseFile(file, bytes)).toEqual(value);
    expect(toHex(biometricsSignedBytes(value))).toBe("5f2e020102");
    expect(malformed(() => parseFile(file, bytes.with(bytes.length - 1, 65)))).toMatchObject({
      path: "EF.Biometrics64.certificateReference",
    });
    for (const number of [0, 65, 1.5]) expect(() => efBiometrics(number)).toThrow(RangeError);
  });
});

describe("data objects of appendices H to J", () => {
  it("the number of records (H.1)", () => {
    const { fmm } = readVectors<{ fmm: { response: string; meaning: string } }>("lds/lds2-reading.json");
    const answer = fromHex(fmm.response).slice(0, -2);
    const value = parseObject(recordCount, answer);
    expect(fmm.meaning.startsWith(`${value.count} records`)).toBe(true);
    expect(encodeObject(recordCount, value)).toEqual(answer);
  });

  it("a search by State (I.1) and its answer", () => {
    const hex = "7f7619 510101 a10b 800100 b006 020103 020103 a307 b105 8103 555341".replaceAll(" ", "");
    const value = {
      fileReference: fromHex("01"),
      configuration: { parameter: 0, window: { offset: 3, size: 3 } },
      searchString: { template: { bytes: fromHex("555341") } },
    };
    expect(toHex(encodeObject(recordSearch, value))).toBe(hex);
    expect(parseObject(recordSearch, fromHex(hex))).toEqual(value);
    const answer = fromHex("7f7609 510101 020103 020104");
    expect(parseObject(recordSearchResult, answer)).toEqual({ fileReference: fromHex("01"), matches: [3, 4] });
    expect(encodeObject(recordSearchResult, { fileReference: fromHex("1a"), matches: [1] })).toEqual(
      fromHex("7f7606 51011a 020101"), // J.1
    );
    expect(malformed(() => parseObject(recordSearchResult, fromHex("7f7603 510101"))).path).toBe(
      "RecordSearchResult.matches",
    );
  });

  it("the applications have their identifiers", () => {
    expect([TRAVEL_RECORDS_AID, VISA_RECORDS_AID, ADDITIONAL_BIOMETRICS_AID].map(toHex)).toEqual([
      "a0000002472001",
      "a0000002472002",
      "a0000002472003",
    ]);
  });
});
