import { describe, expect, it } from "vitest";
import { equalBytes, fromHex, toHex } from "../../src/bytes/bytes.js";
import { efCom } from "../../src/lds/com.js";
import { DATA_GROUPS, dataGroupByNumber, dataGroupByTag, LDS_FILES } from "../../src/lds/data-groups.js";
import { dg1 } from "../../src/lds/dg1.js";
import { dg2 } from "../../src/lds/dg2.js";
import { dg11 } from "../../src/lds/dg11.js";
import { dg12 } from "../../src/lds/dg12.js";
import { parseTd1 } from "../../src/lds/mrz.js";
import { efSod, ID_LDS_SECURITY_OBJECT, ldsSecurityObject } from "../../src/lds/security-object.js";
import { encodeTlv, parseTlv, type TlvNode } from "../../src/tlv/ber.js";
import { type DataFile, encodeFile, encodeObject, parseFile, parseObject, sizeOfFile } from "../../src/tlv/file.js";
import { readVectors } from "../crypto/vectors.js";
import { malformed, readVector } from "../property/strict.js";

/** Reads a published file, and writes it again to the same bytes. */
function roundTrip<T>(file: DataFile<T>, bytes: Uint8Array): T {
  const value = parseFile(file, bytes);
  expect(toHex(encodeFile(file, value))).toBe(toHex(bytes));
  expect(sizeOfFile(file, value)).toBe(bytes.length);
  return value;
}

const appA = readVectors<{
  ef_com: { lds: string; unicode?: string; hex: string }[];
  dg11: { name: string; place_of_birth: string; address: string; phone: string; profession: string };
}>("lds/icao-9303-10-app-A.json");
const small = readVectors<Record<"com" | "dg1" | "dg11" | "dg16", string[]>>("lds/small-files-gmrtd.json");
const pymrtd = readVectors<{ dg1: string[] }>("lds/dg1-pymrtd.json");

describe("EF.COM", () => {
  it.each(appA.ef_com)("of ICAO 9303-10 App. A, LDS $lds", ({ lds, hex }) => {
    expect(roundTrip(efCom, fromHex(hex))).toEqual({
      ldsVersion: lds,
      unicodeVersion: "040000",
      tagList: [0x61, 0x75, 0x76, 0x6c],
    });
  });

  it("of other collections", () => {
    expect(roundTrip(efCom, readVector("lds/bsi-silver/EF.COM.bin")).tagList).toEqual([0x61, 0x75, 0x63, 0x6e]);
    expect(small.com.map((hex) => roundTrip(efCom, fromHex(hex)).ldsVersion)).toEqual(["0106"]);
  });

  it("keeps tags of two bytes and the tag 00", () => {
    const hex = "60145F0104303130375F36063034303030305C027F61";
    expect(roundTrip(efCom, fromHex(hex)).tagList).toEqual([0x7f61]);
    expect(roundTrip(efCom, fromHex(hex.replace("5C027F61", "5C026100"))).tagList).toEqual([0x61, 0x00]);
    expect(malformed(() => parseFile(efCom, fromHex(hex.replace("5C027F61", "5C02617F"))))).toMatchObject({
      code: "TRUNCATED",
      path: "EF.COM.tagList",
    });
  });
});

describe("EF.DG1", () => {
  it.each([
    ...small.dg1,
    ...pymrtd.dg1,
    toHex(readVector("lds/bsi-silver/DG1.bin")),
    toHex(readVector("lds/gmrtd-sample/DG1.bin")),
  ])("%s", (hex) => {
    const { mrz } = roundTrip(dg1, fromHex(hex));
    expect([72, 88, 90]).toContain(mrz.length);
    expect(`61${(mrz.length + 3).toString(16)}5f1f${mrz.length.toString(16)}`).toBe(hex.slice(0, 10).toLowerCase());
  });

  it("keeps an MRZ with a wrong digit as it stands; parseTd1 refuses it", () => {
    // The composite check digit of this specimen is 4; its lines give 8.
    const { mrz } = parseFile(dg1, fromHex(pymrtd.dg1[0] as string));
    expect(malformed(() => parseTd1(mrz))).toMatchObject({ path: "MRZ.compositeCheckDigit", offset: 59 });
    const right = `${mrz.slice(0, 59)}8${mrz.slice(60)}`;
    expect(parseTd1(right)).toMatchObject({ documentNumber: "XI85935F8", optionalData1: "999999990" });
  });

  it("has 72, 88 or 90 characters of the MRZ", () => {
    for (const length of [0, 71, 73, 87, 89, 91]) {
      const bytes = encodeTlv(0x61, encodeTlv(0x5f1f, new Uint8Array(length).fill(0x41)));
      expect(malformed(() => parseFile(dg1, bytes))).toMatchObject({
        code: "BAD_LENGTH",
        path: "EF.DG1.mrz",
        offset: 5,
      });
    }
    const lower = encodeTlv(0x61, encodeTlv(0x5f1f, new Uint8Array(90).fill(0x41).with(7, 0x61)));
    expect(malformed(() => parseFile(dg1, lower))).toMatchObject({ code: "BAD_VALUE", path: "EF.DG1.mrz", offset: 12 });
  });
});

describe("EF.DG2", () => {
  it("of the BSI reference data set", () => {
    const { instances } = roundTrip(dg2, readVector("lds/bsi-silver/DG2.bin"));
    const [instance] = instances;
    expect(instances).toHaveLength(1);
    expect(instance?.header).toMatchObject({ formatOwner: 0x0101, formatType: 0x0008, subtype: 0 });
    expect(instance?.data.face?.faces).toHaveLength(1);
    expect(instance?.data.face?.faces[0]).toMatchObject({ imageDataType: 1, width: 337, height: 449, imageType: 1 });
    expect(toHex(instance?.data.face?.faces[0]?.image.subarray(0, 8) ?? new Uint8Array(0))).toBe("0000000c6a502020");
  });
});

describe("EF.DG11", () => {
  it("of ICAO 9303-10 App. A, with the lengths put right", () => {
    const { name, place_of_birth, address, phone, profession } = appA.dg11;
    const value = { fullName: name, placeOfBirth: place_of_birth, address, telephone: phone, profession };
    expect(encodeFile(dg11, value)).toEqual(readVector("lds/gmrtd-sample/DG11.bin"));
    expect(roundTrip(dg11, fromHex(small.dg11[0] as string))).toEqual(value);
  });

  it("in Persian, every field", () => {
    const value = {
      fullName: "رضایی<<علی",
      otherNames: ["امیر", "علی‌رضا"],
      personalNumber: "0499370899",
      dateOfBirth: "19910420",
      placeOfBirth: "تهران<ایران",
      address: "خیابان آزادی<تهران",
      telephone: "+982112345678",
      profession: "مهندس",
      title: "دکتر",
      personalSummary: "خلاصه",
      proofOfCitizenship: Uint8Array.of(0xff, 0xd8, 0xff, 0xd9),
      otherTravelDocuments: "A123<B456",
      custody: "x".repeat(999),
    };
    const bytes = encodeFile(dg11, value);
    expect(parseFile(dg11, bytes)).toEqual(value);
    // the order of ICAO 9303-10 table 71
    const tags = "5f0ea05f105f2b5f115f425f125f135f145f155f165f175f18";
    expect(toHex(parseTlv(bytes).child(0x5c)?.value as Uint8Array)).toBe(tags);
    expect([...parseTlv(bytes).children].map(({ tag }) => tag.toString(16)).join("")).toBe(`5c${tags}`);
  });

  describe("as a vendor's library writes it", () => {
    const bytes = readVector("lds/tsemrtd/DG11.bin");

    it("is refused for its tag list, which has another order and misses a tag", () => {
      expect(malformed(() => parseFile(dg11, bytes))).toMatchObject({
        code: "BAD_VALUE",
        path: "EF.DG11.otherNames",
        offset: 5,
        detail: "the tag list does not name A0 here",
      });
    });

    it("is refused for its date in BCD once the tag list is put right", () => {
      const rest = [...parseTlv(bytes).children].filter(({ tag }) => tag !== 0x5c);
      const list = fromHex(rest.map(({ tag }) => tag.toString(16)).join(""));
      const fixed = encodeTlv(0x6b, encodeTlv(0x5c, list), ...rest.map(({ raw }) => raw));
      const error = malformed(() => parseFile(dg11, fixed));
      expect(error).toMatchObject({ code: "BAD_LENGTH", path: "EF.DG11.dateOfBirth" });
      expect(toHex(fixed.subarray(error.offset, error.offset + 4))).toBe("19700101");
      const ascii = rest.map(({ tag, raw }) => (tag === 0x5f2b ? encodeTlv(tag, fromHex("3139373030313031")) : raw));
      expect(parseFile(dg11, encodeTlv(0x6b, encodeTlv(0x5c, list), ...ascii))).toMatchObject({
        fullName: "Doe John",
        otherNames: ["William"],
        dateOfBirth: "19700101",
      });
    });
  });
});

describe("EF.DG12", () => {
  it("of a collection", () => {
    expect(roundTrip(dg12, readVector("lds/gmrtd-sample/DG12.bin"))).toEqual({
      personalizationTime: "20161115013612",
      personalizationSystem: "N-4962",
    });
  });

  it("with every field, in the order of ICAO 9303-10 table 73", () => {
    const value = {
      issuingAuthority: "سازمان ثبت احوال",
      dateOfIssue: "20260101",
      otherPersons: ["A<<B"],
      endorsements: "e",
      taxOrExit: "t",
      frontImage: Uint8Array.of(1),
      rearImage: Uint8Array.of(2),
      personalizationTime: "20260102030405",
      personalizationSystem: "s",
    };
    const bytes = encodeFile(dg12, value);
    expect(parseFile(dg12, bytes)).toEqual(value);
    expect(toHex(parseTlv(bytes).child(0x5c)?.value as Uint8Array)).toBe("5f195f26a05f1b5f1c5f1d5f1e5f555f56");
  });
});

/** The LDSSecurityObject in a CMS SignedData, whatever its content type. */
function eContentOf(sod: Uint8Array): Uint8Array {
  const down = (node: TlvNode | undefined, ...path: number[]): TlvNode | undefined =>
    path.reduce<TlvNode | undefined>((at, i) => [...(at?.children ?? [])][i], node);
  return down(parseTlv(parseFile(efSod, sod)), 1, 0, 2, 1, 0)?.value as Uint8Array;
}

describe("EF.SOD and LDSSecurityObject", () => {
  const { vectors } = readVectors<{ vectors: { index: number; comment: string[]; sod: string }[] }>(
    "lds/sod-modified-pymrtd.json",
  );

  it("of the BSI reference data set: version 0, SHA-1, DG1, DG2, DG3, DG14", () => {
    const sod = readVector("lds/bsi-silver/EF.SOD.bin");
    expect(equalBytes(encodeFile(efSod, parseFile(efSod, sod)), sod)).toBe(true);
    const content = eContentOf(sod);
    const object = parseObject(ldsSecurityObject, content);
    expect(encodeObject(ldsSecurityObject, object)).toEqual(content);
    expect(object.version).toBe(0);
    expect(object.hashAlgorithm.algorithm).toBe("1.3.14.3.2.26");
    expect(object.dataGroupHashValues.map(({ dataGroupNumber }) => dataGroupNumber)).toEqual([1, 2, 3, 14]);
    expect(object.dataGroupHashValues.every(({ dataGroupHashValue }) => dataGroupHashValue.length === 20)).toBe(true);
  });

  it.each(vectors)("modified, $index: is refused as version 2, or read and written again", ({ comment, sod }) => {
    const bytes = fromHex(sod);
    expect(equalBytes(encodeFile(efSod, parseFile(efSod, bytes)), bytes)).toBe(true);
    const content = eContentOf(bytes);
    if (comment.join().includes("is version 2")) {
      const error = malformed(() => parseObject(ldsSecurityObject, content));
      expect(error).toMatchObject({ code: "BAD_VALUE", path: "LDSSecurityObject.version" });
    } else {
      const object = parseObject(ldsSecurityObject, content);
      expect(object.dataGroupHashValues.length).toBeGreaterThanOrEqual(2);
      expect(encodeObject(ldsSecurityObject, object)).toEqual(content);
    }
    const longer = fromHex(`${toHex(bytes)}00`);
    expect(malformed(() => parseFile(efSod, longer))).toMatchObject({
      code: "TRAILING_BYTES",
      path: "EF.SOD",
      offset: bytes.length,
    });
  });

  it("there is one of version 2 among them", () => {
    expect(vectors.filter(({ comment }) => comment.join().includes("is version 2"))).toHaveLength(1);
    expect(ID_LDS_SECURITY_OBJECT).toBe("2.23.136.1.1.1");
  });

  it("of version 1 names the versions of LDS and Unicode", () => {
    const value = {
      version: 1,
      hashAlgorithm: { algorithm: "2.16.840.1.101.3.4.2.1" },
      dataGroupHashValues: [1, 2].map((n) => ({ dataGroupNumber: n, dataGroupHashValue: new Uint8Array(32).fill(n) })),
      ldsVersionInfo: { ldsVersion: "0108", unicodeVersion: "040000" },
    };
    const bytes = encodeObject(ldsSecurityObject, value);
    expect(parseObject(ldsSecurityObject, bytes)).toEqual(value);
    expect(toHex(bytes.subarray(-16))).toBe(`300e${"130430313038"}${"1306303430303030"}`);
  });

  it("of one data group is refused", () => {
    const one = fromHex("3024 020100 300B0609608648016503040201 3012 3010 020101 040B 0102030405060708090A0B");
    expect(malformed(() => parseObject(ldsSecurityObject, one))).toMatchObject({
      path: "LDSSecurityObject.dataGroupHashValues",
      code: "BAD_VALUE",
    });
  });
});

describe("data groups (ICAO 9303-10 table 38)", () => {
  it("have their file identifiers and tags", () => {
    expect(DATA_GROUPS.map(({ tag }) => tag.toString(16)).join(" ")).toBe(
      "61 75 63 76 65 66 67 68 69 6a 6b 6c 6d 6e 6f 70",
    );
    for (const { number, name, fid, sfi } of DATA_GROUPS) {
      expect([name, fid, sfi]).toEqual([`EF.DG${number}`, 0x100 + number, number]);
    }
  });

  it("are declared as their files are", () => {
    for (const { file, name, fid, sfi, tag } of DATA_GROUPS) {
      if (file !== undefined) expect(file).toMatchObject({ name, fid, sfi, tag });
    }
    const common = LDS_FILES.filter(({ name }) => !name.startsWith("EF.DG"));
    expect(common.map(({ name, fid, sfi, tag }) => [name, fid, sfi, tag])).toEqual([
      ["EF.COM", 0x011e, 0x1e, 0x60],
      ["EF.SOD", 0x011d, 0x1d, 0x77],
    ]);
  });

  it("are found by number and tag", () => {
    expect(dataGroupByNumber(11)?.tag).toBe(0x6b);
    expect(dataGroupByTag(0x75)?.number).toBe(2);
    for (const number of [0, 17, -1, 1.5]) expect(dataGroupByNumber(number)).toBeUndefined();
    expect(dataGroupByTag(0x60)).toBeUndefined();
  });
});
