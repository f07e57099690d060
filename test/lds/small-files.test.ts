import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../src/bytes/bytes.js";
import { EncodeError } from "../../src/errors.js";
import { efAtrInfo, encodeAtrInfo, parseAtrInfo } from "../../src/lds/atr-info.js";
import { dg5 } from "../../src/lds/dg5.js";
import { dg6 } from "../../src/lds/dg6.js";
import { dg7 } from "../../src/lds/dg7.js";
import { dg8 } from "../../src/lds/dg8.js";
import { dg9 } from "../../src/lds/dg9.js";
import { dg10 } from "../../src/lds/dg10.js";
import { dg13 } from "../../src/lds/dg13.js";
import { dg16 } from "../../src/lds/dg16.js";
import { efDir } from "../../src/lds/dir.js";
import { encodeUntagged, parseUntagged } from "../../src/lds/untagged.js";
import { encodeTlv } from "../../src/tlv/ber.js";
import { type DataFile, encodeFile, parseFile } from "../../src/tlv/file.js";
import { readVectors } from "../crypto/vectors.js";
import { damaged, malformed, readVector, thrownBy } from "../property/strict.js";

function roundTrip<T>(file: DataFile<T>, bytes: Uint8Array): T {
  const value = parseFile(file, bytes);
  expect(toHex(encodeFile(file, value))).toBe(toHex(bytes));
  return value;
}

describe("EF.DG7 and EF.DG5", () => {
  it("DG7 of a vendor's library: one JPEG 2000 image", () => {
    const [image, more] = roundTrip(dg7, readVector("lds/tsemrtd/DG7.bin"));
    expect(more).toBeUndefined();
    expect(image).toHaveLength(289);
    expect(toHex((image as Uint8Array).subarray(0, 8))).toBe("0000000c6a502020");
  });

  it("DG5 as table 58 has it, with two portraits", () => {
    expect(roundTrip(dg5, fromHex("650d 020102 5f4002ffd8 5f4002ffd9")).map(toHex)).toEqual(["ffd8", "ffd9"]);
  });

  it.each([
    ["no count", "6505 5f4002ffd8", "BAD_TAG", 2],
    ["a count of another number", "6508 020102 5f4002ffd8", "BAD_VALUE", 10],
    ["no image", "6503 020100", "BAD_VALUE", 5],
    ["the tag of DG7's images", "6508 020101 5f4302ffd8", "BAD_TAG", 5],
    ["an empty image", "6506 020101 5f4000", "BAD_LENGTH", 8],
  ])("DG5 with %s is refused", (_, hex, code, offset) => {
    expect(malformed(() => parseFile(dg5, fromHex(hex)))).toMatchObject({ code, offset });
  });

  it("more than nine images are refused", () => {
    const images = Array.from({ length: 10 }, () => Uint8Array.of(1));
    expect(thrownBy(() => encodeFile(dg5, images))).toBeInstanceOf(EncodeError);
  });
});

describe("EF.DG6, EF.DG8 to EF.DG10 and EF.DG13", () => {
  it("DG6 and DG13 keep whatever is in them", () => {
    expect(toHex(roundTrip(dg6, fromHex("6603010203")))).toBe("010203");
    expect(toHex(roundTrip(dg13, fromHex("6d0201ff")))).toBe("01ff");
    expect(roundTrip(dg13, fromHex("6d00"))).toHaveLength(0);
  });

  it.each([
    [dg8, 0x68],
    [dg9, 0x69],
    [dg10, 0x6a],
  ] as const)("DG8, DG9, DG10 have a count and data objects: %#", (file, tag) => {
    const value = roundTrip(file, encodeTlv(tag, fromHex("020102 a103800101 5f2e0155")));
    expect(value.count).toBe(2);
    expect(value.objects.map(toHex)).toEqual(["a103800101", "5f2e0155"]);
    expect(malformed(() => parseFile(file, encodeTlv(tag, fromHex("020100 0500"))))).toMatchObject({
      code: "BAD_VALUE",
      path: `${file.name}.count`,
    });
    expect(malformed(() => parseFile(file, encodeTlv(tag, fromHex("020101"))))).toMatchObject({ code: "BAD_TAG" });
  });
});

describe("EF.DG16", () => {
  const { dg16: example } = readVectors<{
    dg16: { template_length: number; persons: { date: string; name: string; phone: string; address: string }[] };
  }>("lds/icao-9303-10-app-A.json");
  const small = readVectors<{ dg16: string[] }>("lds/small-files-gmrtd.json");
  const persons = (rows: typeof example.persons) =>
    rows.map(({ date, name, phone, address }) => ({ dateRecorded: date, name, telephone: phone, address }));

  it("of ICAO 9303-10 App. A, and of two collections", () => {
    const bytes = encodeFile(dg16, persons(example.persons));
    expect(bytes.length - 3).toBe(example.template_length);
    expect(toHex(bytes)).toBe(small.dg16[0]?.toLowerCase());
    expect(roundTrip(dg16, bytes)).toEqual(persons(example.persons));
    expect(roundTrip(dg16, readVector("lds/gmrtd-sample/DG16.bin"))).toHaveLength(2);
  });

  it("numbers its templates A1 to AF", () => {
    const one = { dateRecorded: "20260101", name: "رضایی<<مریم", telephone: "+982112345678", address: "تهران" };
    const bytes = encodeFile(
      dg16,
      Array.from({ length: 15 }, () => one),
    );
    expect(roundTrip(dg16, bytes)).toHaveLength(15);
    expect(thrownBy(() => encodeFile(dg16, []))).toMatchObject({ path: "EF.DG16" });
    expect(
      thrownBy(() =>
        encodeFile(
          dg16,
          Array.from({ length: 16 }, () => one),
        ),
      ),
    ).toBeInstanceOf(EncodeError);
    expect(thrownBy(() => encodeFile(dg16, [one, { ...one, dateRecorded: "2026" }]))).toMatchObject({
      path: "EF.DG16[1].dateRecorded",
    });
  });

  it.each([
    ["a template with the tag of another", (hex: string) => hex.replace("a24f", "a34f"), "BAD_TAG", "EF.DG16[1]"],
    ["the same tag twice", (hex: string) => hex.replace("a24f", "a14f"), "BAD_TAG", "EF.DG16[1]"],
    ["a smaller count", (hex: string) => hex.replace("020102", "020101"), "TRAILING_BYTES", "EF.DG16"],
    ["a larger count", (hex: string) => hex.replace("020102", "020103"), "BAD_TAG", "EF.DG16[2]"],
    ["a count of none", (hex: string) => hex.replace("020102", "020100"), "BAD_VALUE", "EF.DG16"],
    ["no count", (hex: string) => hex.replace("020102", "030102"), "BAD_TAG", "EF.DG16"],
  ])("with %s is refused", (_, change, code, path) => {
    const hex = (small.dg16[0] as string).toLowerCase();
    expect(change(hex)).not.toBe(hex);
    expect(malformed(() => parseFile(dg16, fromHex(change(hex))))).toMatchObject({ code, path });
  });
});

describe("EF.DIR", () => {
  const [vector] = readVectors<{ vectors: { data: string }[] }>("iso7816/ef-dir.json").vectors;
  const bytes = fromHex(vector?.data as string);

  it("of a German card: four applications, one with label, path and discretionary data", () => {
    const value = parseUntagged(efDir, bytes);
    expect(value.map(({ aid }) => toHex(aid).toUpperCase())).toEqual([
      "E828BD080FA000000167455349474E",
      "A0000002471001",
      "E80704007F00070302",
      "A000000167455349474E",
    ]);
    expect(value[0]).toMatchObject({ label: "CIA zu DF.eSign", path: new Uint8Array(0) });
    expect(toHex(value[0]?.discretionary as Uint8Array)).toBe("4f0aa000000167455349474e");
    expect(toHex(encodeUntagged(efDir, value))).toBe(toHex(bytes));
  });

  it("of ICAO 9303-10 table 31", () => {
    const aids = ["A0000002471001", "A0000002472001", "A0000002472002", "A0000002472003"].map((hex) => ({
      aid: fromHex(hex),
    }));
    expect(toHex(encodeUntagged(efDir, aids))).toBe(
      "61094f07a0000002471001" + "61094f07a0000002472001" + "61094f07a0000002472002" + "61094f07a0000002472003",
    );
  });

  it("has paths and offsets of the whole file", () => {
    const bad = fromHex("61094F07A0000002471001 61044E020102");
    expect(malformed(() => parseUntagged(efDir, bad))).toMatchObject({ path: "EF.DIR[1].aid", offset: 13 });
    expect(malformed(() => parseUntagged(efDir, new Uint8Array(0)))).toMatchObject({ path: "EF.DIR" });
    expect(malformed(() => parseUntagged(efDir, fromHex("61094F07A0000002471001 0000")))).toMatchObject({
      code: "BAD_TAG",
      offset: 11,
    });
    expect(() => parseUntagged(efDir, "61" as never)).toThrow(TypeError);
    expect(thrownBy(() => encodeUntagged(efDir, [{ aid: new Uint8Array(17) }]))).toMatchObject({
      path: "EF.DIR[0].aid",
    });
  });
});

describe("EF.ATR/INFO", () => {
  const all = {
    selectByDfName: true,
    shortFileIdentifiers: true,
    recordNumbers: true,
    byteDataUnit: true,
    commandChaining: true,
    extendedLength: true,
    extendedLengthInformation: true,
  };

  it("of an LDS2 card: every bit of table 29", () => {
    const bytes = encodeAtrInfo({ cardCapabilities: all, extendedLength: { maxCommand: 1000, maxResponse: 65_536 } });
    expect(toHex(bytes)).toBe("4703" + "8601e0" + "7f6609" + "020203e8" + "0203010000");
    const parsed = parseAtrInfo(bytes);
    expect(parsed).toEqual({
      cardCapabilities: all,
      extendedLength: { maxCommand: 1000, maxResponse: 65_536 },
      others: [],
    });
    expect(toHex(encodeAtrInfo(parsed))).toBe(toHex(bytes));
  });

  it("each capability has its bit", () => {
    const bits = { 8388608: "selectByDfName", 262144: "shortFileIdentifiers", 131072: "recordNumbers" };
    const more = { 128: "commandChaining", 64: "extendedLength", 32: "extendedLengthInformation" };
    for (const [value, name] of Object.entries({ ...bits, ...more, 256: "byteDataUnit" })) {
      const hex = Number(value).toString(16).padStart(6, "0");
      const { cardCapabilities } = parseAtrInfo(fromHex(`4703${hex}`));
      expect(Object.entries(cardCapabilities ?? {}).filter(([, on]) => on)).toEqual([[name, true]]);
    }
    expect(parseAtrInfo(fromHex("470180")).cardCapabilities).toMatchObject({
      selectByDfName: true,
      extendedLength: false,
    });
  });

  it("keeps other objects, and limits with leading zeros or a high bit", () => {
    const bytes = fromHex("430180 7f660a 0204 00000400 0202 ffff 46020102");
    expect(parseAtrInfo(bytes)).toEqual({
      extendedLength: { maxCommand: 1024, maxResponse: 65_535 },
      others: [fromHex("430180"), fromHex("46020102")],
    });
    expect(toHex(encodeUntagged(efAtrInfo, parseUntagged(efAtrInfo, bytes)))).toBe(toHex(bytes));
  });

  it.each([
    ["capabilities twice", "470180 470180", "BAD_TAG"],
    ["four bytes of capabilities", "470480000000", "BAD_LENGTH"],
    ["one limit", "7f6604 020203e8", "BAD_VALUE"],
    ["three limits", "7f6609 020101 020101 020101", "BAD_VALUE"],
    ["a limit that is no integer", "7f6606 040101 020101", "BAD_VALUE"],
    ["a cut object", "4703 8601", "TRUNCATED"],
  ])("with %s is refused", (_, hex, code) => {
    const error = malformed(() => parseAtrInfo(fromHex(hex)));
    expect(error).toMatchObject({ code });
    expect(error.path).toMatch(/^EF\.ATR\/INFO/);
  });

  it("limits must be possible", () => {
    for (const maxCommand of [0, 65_545, 1.5]) {
      expect(thrownBy(() => encodeAtrInfo({ extendedLength: { maxCommand, maxResponse: 256 } }))).toMatchObject({
        path: "EF.ATR/INFO.maxCommand",
      });
    }
  });

  it("damaged gives a value or a MalformedError with its path", () => {
    let refused = 0;
    for (const bytes of damaged(fromHex("47038601e0 7f6608 020203e8 020203e8 430180"))) {
      try {
        parseAtrInfo(bytes);
      } catch {
        expect(malformed(() => parseAtrInfo(bytes)).path).toMatch(/^EF\.ATR\/INFO/);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(100);
  });
});
