import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes, equalBytes, fromHex, toHex, utf8 } from "../../src/bytes/bytes.js";
import { efAtrInfo } from "../../src/lds/atr-info.js";
import { efCvca } from "../../src/lds/cvca.js";
import { UNTAGGED_FILES } from "../../src/lds/data-groups.js";
import { efDir } from "../../src/lds/dir.js";
import { encodeUntagged, parseUntagged, type UntaggedFile } from "../../src/lds/untagged.js";
import {
  dumpUntagged,
  parseUntaggedTolerantly,
  untaggedFromJson,
  untaggedToJson,
} from "../../src/lds/untagged-forms.js";
import { arbitraryOf } from "../../src/testing/arbitrary.js";
import { encodeTlv, parseTlv } from "../../src/tlv/ber.js";
import { ALL_TOLERANCES } from "../../src/tlv/tolerances.js";
import { readVectors } from "../crypto/vectors.js";
import { damaged, malformed, readVector, thrownBy } from "../property/strict.js";

/** The CAR of a certificate: 7F21, 7F4E, 42. */
const carOf = (certificate: Uint8Array): Uint8Array =>
  parseTlv(certificate).child(0x7f4e)?.child(0x42)?.raw as Uint8Array;
/** References of published certificates, as data objects. */
const CARS = ["DECVCAeID00102", "persosim-IS/CVCA_Cert_01"].map((name) =>
  carOf(readVector(`tr03110/cvc/${name}.cvcert`)),
);
const filled = (...parts: Uint8Array[]) => {
  const content = concatBytes(...parts);
  return concatBytes(content, new Uint8Array(36 - content.length));
};

describe("EF.CVCA", () => {
  it("holds references as certificates carry them, filled up to 36 bytes", () => {
    const [eid, inspection] = CARS as [Uint8Array, Uint8Array];
    for (const [bytes, value] of [
      [filled(eid, inspection), ["DECVCAeID00102", "DEISCVCA00001"]],
      [filled(inspection), ["DEISCVCA00001"]],
      [filled(), []],
    ] as const) {
      expect(bytes).toHaveLength(36);
      expect(parseUntagged(efCvca, bytes)).toEqual(value);
      expect(toHex(encodeUntagged(efCvca, value))).toBe(toHex(bytes));
    }
    expect(efCvca).toMatchObject({ fid: 0x011c, sfi: 0x1c });
  });

  it("has room for two of the longest, in ISO/IEC 8859-1", () => {
    const value = ["DEMNEMONIC0AB01A", "FRÉÉÉÉÉÉÉÉÉ00001"];
    const bytes = encodeUntagged(efCvca, value);
    expect(toHex(bytes)).toBe(`4210${toHex(utf8(value[0] as string))}42104652${"c9".repeat(9)}${toHex(utf8("00001"))}`);
    expect(parseUntagged(efCvca, bytes)).toEqual(value);
  });

  it.each([
    ["three references", ["DEA00001", "DEA00002", "DEA00003"], "EF.CVCA"],
    ["a reference without a country", ["E00001"], "EF.CVCA[0]"],
    ["a reference that is too long", ["DEA00001", "DEMNEMONICXX00001"], "EF.CVCA[1]"],
    ["a letter outside ISO/IEC 8859-1", ["DEAŁ00001"], "EF.CVCA[0]"],
    ["a number for a reference", [5], "EF.CVCA[0]"],
  ])("is not written with %s", (_, value, path) => {
    expect(thrownBy(() => encodeUntagged(efCvca, value as string[]))).toMatchObject({
      code: "VALUE_NOT_ENCODABLE",
      path,
    });
  });

  const car = "420d" + "44454953435643413030303031";
  it.each([
    ["no fill", car, "BAD_LENGTH", 0],
    ["a byte too many", `${car}${"00".repeat(22)}`, "BAD_LENGTH", 0],
    ["a fill of FF", `${car}${"ff".repeat(21)}`, "BAD_TAG", undefined],
    ["something behind the fill", `${car}${"00".repeat(20)}01`, "BAD_VALUE", 35],
    ["a reference behind the fill", `${"00".repeat(21)}${car}`, "BAD_VALUE", 21],
    ["the reference of a holder", `5f20${car.slice(2)}${"00".repeat(20)}`, "BAD_TAG", 0],
    ["a reference of six characters", `4206453030303031${"00".repeat(28)}`, "BAD_LENGTH", 2],
    ["a reference cut by the end", `${car}4220${"41".repeat(19)}`, "TRUNCATED", undefined],
  ])("with %s is refused", (_, hex, code, offset) => {
    const error = malformed(() => parseUntagged(efCvca, fromHex(hex)));
    expect(error).toMatchObject({ code, ...(offset !== undefined && { offset }) });
    expect(error.path).toMatch(/^EF\.CVCA/);
  });
});

/** The strict error has path and offset, the dump marks it, and tolerances help or give the same error. */
function holdsWhenRefused(file: UntaggedFile<unknown>, bytes: Uint8Array): void {
  const error = malformed(() => parseUntagged(file, bytes));
  const { code, path, offset } = error;
  if (!path.startsWith(file.name) || offset > bytes.length) throw new Error(`${toHex(bytes)}: ${error}`);
  if (!dumpUntagged(file, bytes).includes(`>>> ${code}: ${path}`)) throw new Error(`${toHex(bytes)}: no mark`);
  const tolerant = (): unknown => parseUntaggedTolerantly(file, bytes);
  try {
    tolerant();
  } catch {
    if (malformed(tolerant).message !== error.message) throw new Error(`${toHex(bytes)}: ${malformed(tolerant)}`);
  }
}

describe.each(UNTAGGED_FILES.map((file) => [file.name, file as never as UntaggedFile<unknown>] as const))(
  "%s",
  (_, file) => {
    const values = arbitraryOf(file) as fc.Arbitrary<unknown>;

    it("reads what it wrote, also as JSON text and with tolerances", () => {
      fc.assert(
        fc.property(values, (value) => {
          const bytes = encodeUntagged(file, value);
          expect(parseUntagged(file, bytes)).toEqual(value);
          const json: unknown = JSON.parse(JSON.stringify(untaggedToJson(file, value)));
          expect(encodeUntagged(file, untaggedFromJson(file, json as never))).toEqual(bytes);
          expect(parseUntaggedTolerantly(file, bytes)).toEqual({ value, raw: bytes, tolerated: [] });
          expect(dumpUntagged(file, bytes)).not.toContain(">>>");
        }),
        { numRuns: 200 },
      );
    });

    it("damaged gives a value that is written the same, or a MalformedError; a dump marks it", () => {
      let refused = 0;
      const samples = fc.sample(values, { numRuns: 30, seed: 2 }).map((value) => encodeUntagged(file, value));
      const [sample] = samples.filter(({ length }) => length >= 20 && length <= 60);
      for (const bytes of damaged(sample as Uint8Array)) {
        let value: unknown;
        try {
          value = parseUntagged(file, bytes);
        } catch {
          holdsWhenRefused(file, bytes);
          refused++;
          continue;
        }
        if (!equalBytes(encodeUntagged(file, value), bytes)) throw new Error(toHex(bytes));
      }
      expect(refused).toBeGreaterThan(20);
    });
  },
);

describe("untagged files that depart from the standard", () => {
  const dirVector = readVectors<{ vectors: { data: string }[] }>("iso7816/ef-dir.json").vectors[0]?.data as string;
  const car = encodeTlv(0x42, utf8("DEISCVCA00001"));
  const one = "61094f07a0000002471001";

  it.each([
    ["EF.DIR filled up with FF", efDir, `${one}ffff`, [["PADDING", 11]]],
    ["EF.DIR with 00 between templates", efDir, `${one}00${one}`, [["PADDING", 11]]],
    ["EF.DIR with a long length", efDir, "6181094f07a0000002471001", [["NON_MINIMAL_LENGTH", 0]]],
    ["EF.DIR with fields in another order", efDir, "610c5001414f07a0000002471001", [["FIELD_ORDER", 2]]],
    ["EF.DIR with a field of its issuer", efDir, "610c4f07a0000002471001820141", [["UNKNOWN_FIELD", 11]]],
    ["EF.ATR/INFO with an open length", efAtrInfo, "7f6680020203e8020203e80000", [["INDEFINITE_LENGTH", 0]]],
    ["EF.CVCA of the size of its references", efCvca, toHex(car), [["PADDING", 15]]],
    ["EF.CVCA filled up to another size", efCvca, `${toHex(car)}0000`, [["PADDING", 15]]],
    ["EF.CVCA filled up with FF", efCvca, `${toHex(car)}${"ff".repeat(21)}`, [["PADDING", 15]]],
  ] as const)("%s", (_, file, hex, expected) => {
    const bytes = fromHex(hex);
    const declared = file as UntaggedFile<unknown>;
    const { value, raw, tolerated } = parseUntaggedTolerantly(declared, bytes);
    expect(tolerated.map(({ code, offset }) => [code, offset])).toEqual(expected);
    expect(raw).toBe(bytes);
    expect(parseUntagged(declared, encodeUntagged(declared, value))).toEqual(value);
    const others = ALL_TOLERANCES.filter((code) => !expected.some(([needed]) => needed === code));
    const strict = malformed(() => parseUntagged(declared, bytes));
    for (const tolerate of [[], others]) {
      expect(malformed(() => parseUntaggedTolerantly(declared, bytes, { tolerate }))).toEqual(strict);
    }
  });

  it("beyond help give the strict error", () => {
    for (const hex of ["", `${one}4f`, "620100", "5f20"]) {
      const strict = malformed(() => parseUntagged(efDir, fromHex(hex)));
      expect(malformed(() => parseUntaggedTolerantly(efDir, fromHex(hex)))).toEqual(strict);
    }
    expect(() => parseUntaggedTolerantly(efDir, "61" as never)).toThrow(TypeError);
  });

  it("are printed as trees", () => {
    expect(dumpUntagged(efCvca, filled(car)).split("\n")).toEqual([
      "     0  EF.CVCA",
      '     0  42 [13]  "DEISCVCA00001"',
      "    15  fill [21]",
    ]);
    expect(dumpUntagged(efCvca, car).split("\n")).toEqual([
      "     0  EF.CVCA",
      '     0  42 [13]  "DEISCVCA00001"',
      "     0  >>> BAD_LENGTH: EF.CVCA: 15 bytes; the file has 36",
    ]);
    const lines = dumpUntagged(efDir, fromHex(dirVector)).split("\n");
    expect(lines.filter((line) => line.includes(" aid  ")).map((line) => line.trim().split("  ").at(-1))).toEqual([
      "e828bd080fa000000167455349474e",
      "a0000002471001",
      "e80704007f00070302",
      "a000000167455349474e",
    ]);
    expect(lines[3]).toMatch(/^ {4}19 {4}50 \[15\] label {2}"CIA zu DF.eSign"$/);
    expect(dumpUntagged(efDir, fromHex(`${one}61044e020102`))).toMatch(/\n {4}13 {2}>>> BAD_TAG: EF.DIR\[1\].aid: /);
  });

  it("JSON of another form is refused with its path", () => {
    expect(thrownBy(() => untaggedFromJson(efDir, [{ aid: "xy" }]))).toMatchObject({ path: "EF.DIR[0].aid" });
    expect(untaggedToJson(efCvca, ["DEISCVCA00001"])).toEqual(["DEISCVCA00001"]);
  });
});
