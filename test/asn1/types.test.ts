import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as asn1 from "../../src/asn1/types.js";
import { fromHex, toHex } from "../../src/bytes/bytes.js";
import { arbitraryOf } from "../../src/testing/arbitrary.js";
import { dataObject, encodeObject, parseObject } from "../../src/tlv/file.js";
import { holdsStrictly, malformed } from "../property/strict.js";

const small = (max: number) => dataObject("N", asn1.INTEGER, asn1.smallInteger(max));
const BIG = dataObject("I", asn1.INTEGER, asn1.integerBytes());
const BITS = dataObject("B", asn1.BIT_STRING, asn1.namedBits());
const KEY = dataObject("K", asn1.BIT_STRING, asn1.bitString());
const BOOL = dataObject("F", asn1.BOOLEAN, asn1.boolean());

describe("smallInteger", () => {
  it.each([
    [0, "020100"],
    [1, "020101"],
    [127, "02017f"],
    [128, "02020080"],
    [255, "020200ff"],
    [256, "02020100"],
    [32_767, "02027fff"],
    [32_768, "0203008000"],
    [0x7fffffff, "02047fffffff"],
    [0x80000000, "02050080000000"],
    [0xffffffff, "020500ffffffff"],
    [Number.MAX_SAFE_INTEGER, "02071fffffffffffff"],
  ])("%d is %s", (value, hex) => {
    const of = small(Number.MAX_SAFE_INTEGER);
    expect(toHex(encodeObject(of, value))).toBe(hex);
    expect(parseObject(of, fromHex(hex))).toBe(value);
  });

  it("stays below its limit", () => {
    expect(parseObject(small(16), fromHex("020110"))).toBe(16);
    const codes = ["020111", "02020100", "0208 7fffffffffffffff", "0201ff", "02020001", "0202ff80", "0200"].map(
      (hex) => malformed(() => parseObject(small(16), fromHex(hex))).code,
    );
    expect(codes).toEqual(["BAD_VALUE", "BAD_VALUE", "BAD_VALUE", "BAD_VALUE", "BAD_VALUE", "BAD_VALUE", "BAD_LENGTH"]);
  });
});

describe("integerBytes", () => {
  it.each(["00", "7f", "0080", "80", "ff7f", "00ffffffffffffffffffffffff"])("%s is minimal", (hex) => {
    const bytes = fromHex(hex);
    expect(parseObject(BIG, encodeObject(BIG, bytes))).toEqual(bytes);
  });

  it.each(["02020000", "0202007f", "0202ff80", "0202ffff"])("%s is not", (hex) => {
    expect(malformed(() => parseObject(BIG, fromHex(hex)))).toMatchObject({ code: "BAD_VALUE", path: "I", offset: 2 });
  });

  it("come from unsigned numbers", () => {
    const cases = { "00": "00", "0000": "00", "7f": "7f", "80": "0080", "000080": "0080", ff01: "00ff01", "": "00" };
    for (const [from, to] of Object.entries(cases)) expect(toHex(asn1.unsignedToInteger(fromHex(from))), from).toBe(to);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), (bytes) => {
        const integer = asn1.unsignedToInteger(bytes);
        expect(BigInt(`0x${toHex(integer)}`)).toBe(BigInt(`0x${toHex(bytes)}`));
        expect(parseObject(BIG, encodeObject(BIG, integer))).toEqual(integer);
        expect((integer[0] as number) < 0x80).toBe(true);
      }),
    );
  });
});

describe("namedBits", () => {
  // RFC 5280 KeyUsage as certificates carry it: digitalSignature; keyCertSign and cRLSign; decipherOnly (bit 8).
  it.each([
    [[], "030100"],
    [[0], "03020780"],
    [[5, 6], "03020106"],
    [[7], "03020001"],
    [[0, 8], "0303078080"],
    [[3, 4], "03020318"],
  ])("%j is %s", (bits, hex) => {
    expect(toHex(encodeObject(BITS, bits))).toBe(hex);
    expect(parseObject(BITS, fromHex(hex))).toEqual(bits);
  });

  it("are a set: any order, no difference when named twice", () => {
    expect(toHex(encodeObject(BITS, [6, 5, 6]))).toBe("03020106");
  });

  it.each([
    "0300",
    "030107",
    "03020886",
    "03020680",
    "03020781",
    "0303070000",
    "0302 0000",
    "0312 00 01010101010101010101010101010101 80",
  ])("%s is refused", (hex) => {
    const error = malformed(() => parseObject(BITS, fromHex(hex)));
    expect(error).toMatchObject({ path: "B", offset: 2 });
  });

  it("reads what it wrote", () => {
    fc.assert(
      fc.property(arbitraryOf(BITS), (bits) => {
        expect(parseObject(BITS, encodeObject(BITS, bits))).toEqual(bits);
      }),
    );
  });
});

describe("BOOLEAN, BIT STRING, NULL", () => {
  it("a DER BOOLEAN is 00 or FF", () => {
    expect([true, false].map((value) => toHex(encodeObject(BOOL, value)))).toEqual(["0101ff", "010100"]);
    for (const hex of ["0100", "010101", "01017f", "0102ffff"]) {
      expect(malformed(() => parseObject(BOOL, fromHex(hex))).code, hex).toBe("BAD_VALUE");
    }
  });

  it("a BIT STRING of whole bytes", () => {
    expect(toHex(encodeObject(KEY, fromHex("0102")))).toBe("0303000102");
    expect(toHex(encodeObject(KEY, new Uint8Array(0)))).toBe("030100");
    expect(malformed(() => parseObject(KEY, fromHex("0300"))).code).toBe("BAD_LENGTH");
    expect(malformed(() => parseObject(KEY, fromHex("03020780"))).code).toBe("BAD_VALUE");
  });

  it("NULL is empty", () => {
    const of = dataObject("NULL", asn1.NULL, asn1.nullContent());
    expect(toHex(encodeObject(of, new Uint8Array(0)))).toBe("0500");
    expect(malformed(() => parseObject(of, fromHex("050100"))).code).toBe("BAD_VALUE");
  });

  it.each([small(70_000), BIG, BITS, KEY, BOOL])("$name: one value for one encoding, whatever the bytes", (of) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 6 }), (content) => {
        holdsStrictly(of, Uint8Array.of(of.tag, content.length, ...content));
      }),
      { numRuns: 3000 },
    );
  });
});

describe("AlgorithmIdentifier", () => {
  const of = dataObject("A", asn1.SEQUENCE, asn1.algorithmIdentifier);

  it("tells absent parameters from NULL", () => {
    const absent = fromHex("300b0609608648016503040201");
    const empty = fromHex("300d06096086480165030402010500");
    expect(parseObject(of, absent)).toEqual({ algorithm: "2.16.840.1.101.3.4.2.1" });
    expect(parseObject(of, empty)).toEqual({ algorithm: "2.16.840.1.101.3.4.2.1", parameters: fromHex("0500") });
    expect(malformed(() => parseObject(of, fromHex("300f060960864801650304020105000500")))).toMatchObject({
      code: "BAD_TAG",
      path: "A",
      offset: 15,
    });
  });
});
