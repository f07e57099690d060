import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes, fromHex, toHex, utf8 } from "../../src/bytes/bytes.js";
import { MalformedError } from "../../src/errors.js";
import { efCom } from "../../src/lds/com.js";
import { DATA_GROUPS } from "../../src/lds/data-groups.js";
import { dg1 } from "../../src/lds/dg1.js";
import { dg11 } from "../../src/lds/dg11.js";
import { dg12 } from "../../src/lds/dg12.js";
import { dg14 } from "../../src/lds/dg14.js";
import { efSod } from "../../src/lds/security-object.js";
import { arbitraryOf } from "../../src/testing/arbitrary.js";
import { encodeTlv } from "../../src/tlv/ber.js";
import { type DataFile, encodeFile, parseFile } from "../../src/tlv/file.js";
import { TOLERANCES, type ToleranceCode } from "../../src/tlv/tolerances.js";
import { parseFileTolerantly } from "../../src/tlv/tolerant.js";

const vector = (name: string) => new Uint8Array(readFileSync(new URL(`../vectors/lds/${name}`, import.meta.url)));

const mrz = encodeTlv(0x5f1f, utf8(`I<UTO${"<".repeat(85)}`));
const good = encodeTlv(0x61, mrz);
const field = (tag: number, text: string) => encodeTlv(tag, utf8(text));
const list = (hex: string) => encodeTlv(0x5c, fromHex(hex));

/** A SecurityInfo that nobody knows. */
const info = (version: number) =>
  encodeTlv(0x30, encodeTlv(0x06, fromHex("2A0304")), encodeTlv(0x02, Uint8Array.of(version)));

/** One input for each tolerance, and where it is to be reported. */
const CASES: readonly (readonly [ToleranceCode, DataFile<never>, Uint8Array, number, string])[] = [
  ["TRAILING_BYTES", dg1 as never, concatBytes(good, fromHex("9000")), good.length, "EF.DG1"],
  ["PADDING", dg1 as never, encodeTlv(0x61, fromHex("0000"), mrz, fromHex("FF")), 2, "EF.DG1"],
  ["NON_MINIMAL_LENGTH", dg1 as never, concatBytes(fromHex("61 82 00 5D"), mrz), 0, "EF.DG1"],
  ["INDEFINITE_LENGTH", dg1 as never, concatBytes(fromHex("61 80"), mrz, fromHex("0000")), 0, "EF.DG1"],
  [
    "BCD_DATE",
    dg11 as never,
    encodeTlv(0x6b, list("5F2B"), encodeTlv(0x5f2b, fromHex("19700101"))),
    9,
    "EF.DG11.dateOfBirth",
  ],
  [
    "EMPTY_FIELD",
    dg12 as never,
    encodeTlv(0x6c, list("5F195F26"), field(0x5f19, "X"), field(0x5f26, "")),
    12,
    "EF.DG12.dateOfIssue",
  ],
  ["WRONG_FILE_TAG", dg1 as never, encodeTlv(0x63, mrz), 0, "EF.DG1"],
  [
    "FIELD_ORDER",
    dg11 as never,
    encodeTlv(0x6b, list("5F105F0E"), field(0x5f10, "1"), field(0x5f0e, "A")),
    8,
    "EF.DG11.personalNumber",
  ],
  ["TAG_LIST", dg11 as never, encodeTlv(0x6b, list("5F105F0E"), field(0x5f0e, "A")), 4, "EF.DG11"],
  [
    "UNKNOWN_FIELD",
    dg12 as never,
    encodeTlv(0x6c, list("5F19"), field(0x5f19, "X"), field(0x5f60, "Y")),
    10,
    "EF.DG12",
  ],
  ["SET_ORDER", dg14 as never, encodeTlv(0x6e, encodeTlv(0x31, info(2), info(1))), 4, "EF.DG14.securityInfos"],
];

describe("parseFileTolerantly", () => {
  it("has a case for every tolerance of the table", () => {
    expect(CASES.map(([code]) => code)).toEqual(TOLERANCES.map(({ code }) => code));
  });

  it.each(CASES)("%s: refused strictly, read when named, listed when used", (code, file, bytes, offset, path) => {
    expect(() => parseFile(file, bytes)).toThrow(MalformedError);
    const others = TOLERANCES.map((row) => row.code).filter((other) => other !== code);
    const { tolerated, raw } = parseFileTolerantly(file, bytes);
    expect(tolerated.map((use) => use.code)).toContain(code);
    expect(tolerated.find((use) => use.code === code)).toEqual({ code, offset, path });
    expect(raw).toBe(bytes);
    const needed = tolerated.map((use) => use.code);
    expect(parseFileTolerantly(file, bytes, { tolerate: needed }).tolerated).toEqual(tolerated);
    // without it the strict error stands
    const strict = attempt(() => parseFile(file, bytes));
    expect(attempt(() => parseFileTolerantly(file, bytes, { tolerate: others }))).toEqual(strict);
  });

  it("reads what the field wrote: a date in BCD and a tag list in another order", () => {
    const { value, tolerated } = parseFileTolerantly(dg11, vector("tsemrtd/DG11.bin"));
    expect(value).toMatchObject({ fullName: "Doe John", otherNames: ["William"], dateOfBirth: "19700101" });
    expect(tolerated.map(({ code }) => code)).toEqual(["TAG_LIST", "BCD_DATE"]);
  });

  it("lets a field that is left out of the value be left out of its list", () => {
    const bytes = encodeTlv(0x6c, list("5F195F26"), field(0x5f19, "X"), field(0x5f26, ""));
    const { value, tolerated } = parseFileTolerantly(dg12, bytes);
    expect(value).toEqual({ issuingAuthority: "X" });
    expect(tolerated.map(({ code }) => code)).toEqual(["TAG_LIST", "EMPTY_FIELD"]);
  });

  it("closes open lengths inside one another, and keeps the content of what is opaque", () => {
    const inner = fromHex("30 80 04 80 0402ABCD 0000 0000");
    expect(() => parseFileTolerantly(efSod, concatBytes(fromHex("77 80"), inner, fromHex("0000")))).toThrow(
      MalformedError,
    );
    const constructed = fromHex("30 80 24 80 0402ABCD 0000 0000");
    const { value } = parseFileTolerantly(efSod, concatBytes(fromHex("77 80"), constructed, fromHex("0000")));
    expect(toHex(value)).toBe("3006" + "2404" + "0402abcd");
  });

  it("does not help a file that no tolerance describes", () => {
    const wrong = fromHex("60165F0104303130375F360630343030305A5C046175766C");
    const strict = attempt(() => parseFile(efCom, wrong));
    expect(strict).toMatchObject({ code: "BAD_VALUE", path: "EF.COM.unicodeVersion" });
    expect(attempt(() => parseFileTolerantly(efCom, wrong))).toEqual(strict);
  });

  const files = [efCom, dg1, dg11, dg12] as unknown as readonly DataFile<unknown>[];
  it.each(files.map((file) => [file.name, file] as const))("%s: a strict file needs none", (_name, file) => {
    fc.assert(
      fc.property(arbitraryOf(file) as fc.Arbitrary<unknown>, (value) => {
        const bytes = encodeFile(file, value);
        expect(parseFileTolerantly(file, bytes)).toEqual({ value: parseFile(file, bytes), raw: bytes, tolerated: [] });
      }),
      { numRuns: 50 },
    );
  });

  it("gives a value or a MalformedError for any bytes, and writing the value again is strict", () => {
    const samples = DATA_GROUPS.flatMap(({ file }) =>
      file === undefined ? [] : [file as unknown as DataFile<unknown>],
    );
    const any = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.constantFrom(...CASES.map(([, , bytes]) => bytes)).chain((bytes) =>
        fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)).map(([at, byte]) => {
          const changed = bytes.slice();
          changed[at] = byte;
          return changed;
        }),
      ),
    );
    fc.assert(
      fc.property(any, fc.constantFrom(...samples), (bytes, file) => {
        const result = attempt(() => parseFileTolerantly(file, bytes));
        if (result instanceof Error) expect(result).toBeInstanceOf(MalformedError);
        else expect(parseFile(file, encodeFile(file, result.value))).toEqual(result.value);
      }),
      { numRuns: 2_000 },
    );
  });

  it("ends for a hundred thousand open levels", () => {
    const deep = concatBytes(
      fromHex("61"),
      new Uint8Array(200_000).map((_, i) => (i % 2 === 0 ? 0x80 : 0x30)),
    );
    expect(() => parseFileTolerantly(dg1, deep)).toThrow(MalformedError);
  });
});

function attempt<T>(make: () => T): T | Error {
  try {
    return make();
  } catch (error) {
    return error as Error;
  }
}
