import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../src/bytes/bytes.js";
import { arbitraryOf } from "../../src/testing/arbitrary.js";
import { any } from "../../src/tlv/choice.js";
import { constant } from "../../src/tlv/constant.js";
import { derOrder } from "../../src/tlv/der-order.js";
import { dataObject, encodeObject, mapped, parseObject } from "../../src/tlv/file.js";
import { octets, uint } from "../../src/tlv/leaves.js";
import { list, listOwn } from "../../src/tlv/list.js";
import { countOf, fixed, items, record, recordLength, remainder } from "../../src/tlv/record.js";
import { opt, optOwn, req, struct } from "../../src/tlv/struct.js";
import { listedBy } from "../../src/tlv/tag-list.js";
import { text } from "../../src/tlv/text.js";
import { holdsStrictly, malformed } from "../property/strict.js";

const SET = dataObject("SET", 0x31, list(0x04, octets(), { sorted: derOrder }));

describe("a DER SET OF", () => {
  it("is sorted when written: byte by byte, a shorter one before its extension", () => {
    const values = ["020202", "ff", "aabb", "00", "aabb"].map(fromHex);
    expect(toHex(encodeObject(SET, values))).toBe("31130401000401ff0402aabb0402aabb0403020202");
  });

  it("is refused out of order, with the first item that is wrong", () => {
    expect(malformed(() => parseObject(SET, fromHex("31060401020401 01")))).toMatchObject({
      code: "BAD_VALUE",
      path: "SET[1]",
      offset: 5,
    });
  });

  it("reads what it wrote, for generated values, whatever order they come in", () => {
    fc.assert(
      fc.property(arbitraryOf(SET), fc.nat(), (values, turn) => {
        const bytes = encodeObject(SET, values);
        expect(parseObject(SET, bytes)).toEqual(values);
        const at = values.length === 0 ? 0 : turn % values.length;
        expect(encodeObject(SET, [...values.slice(at), ...values.slice(0, at)])).toEqual(bytes);
      }),
    );
  });

  it("sorts items that bring their own tags", () => {
    const own = dataObject("SET", 0x31, listOwn(any(), { sorted: derOrder }));
    expect(toHex(encodeObject(own, [fromHex("0500"), fromHex("040101"), fromHex("0400")]))).toBe(
      "3107" + "0400" + "040101" + "0500",
    );
    fc.assert(
      fc.property(arbitraryOf(own), (values) => {
        expect(parseObject(own, encodeObject(own, values))).toEqual(values);
      }),
    );
  });
});

describe("a counted list", () => {
  const of = dataObject("L", 0xa0, list(0x5f0f, text(5), { count: 0x02, min: 1, max: 3 }));

  it.each([
    ["no count", "A004 5F0F0141", "BAD_TAG", "L"],
    ["a count of two bytes", "A008 02020001 5F0F0141", "BAD_LENGTH", "L"],
    ["a count too high", "A007 020102 5F0F0141", "BAD_VALUE", "L"],
    ["a count of zero", "A003 020100", "BAD_VALUE", "L"],
    ["too many", "A013 020104 5F0F0141 5F0F0142 5F0F0143 5F0F0144", "BAD_VALUE", "L"],
    ["another tag", "A007 020101 5F0E0141", "BAD_TAG", "L[0]"],
    ["an item too long", "A010 020102 5F0F0141 5F0F06414243444546", "BAD_LENGTH", "L[1]"],
  ])("is refused with %s", (_what, hex, code, path) => {
    expect(malformed(() => parseObject(of, fromHex(hex)))).toMatchObject({ code, path });
  });
});

describe("a struct", () => {
  const of = dataObject("S", 0x30, struct({ a: req(0x80, uint(1)), b: opt(0x81, octets()), c: optOwn(any()) }));

  it.each([
    ["a field missing", "3000", "BAD_TAG", "S.a", 2],
    ["the order wrong", "3006 810100 800101", "BAD_TAG", "S.a", 2],
    ["a field twice", "3009 800101 810100 810100 ", "", "", 0],
    ["bytes behind", "300A 800101 810100 0400 0400", "BAD_TAG", "S", 10],
    ["a value too long", "3004 80020101", "BAD_LENGTH", "S.a", 4],
    ["a field that leaves its object", "3003 800201", "TRUNCATED", "S.a", 3],
  ])("with %s", (_what, hex, code, path, offset) => {
    const bytes = fromHex(hex);
    // The second 81 is taken by the last field, which holds any data object.
    if (code === "") expect(parseObject(of, bytes)).toEqual({ a: 1, b: Uint8Array.of(0), c: fromHex("810100") });
    else expect(malformed(() => parseObject(of, bytes))).toMatchObject({ code, path, offset });
  });

  it.each([
    ["misses a field", "6007 5C00 80 01 01 81 00"],
    ["names a field that is not there", "6007 5C028081 80 01 01"],
    ["has another order", "600A 5C028180 800101 810100"],
  ])("is refused when its tag list %s", (_what, hex) => {
    const listed = dataObject(
      "T",
      0x60,
      struct({ a: opt(0x80, uint(1)), b: opt(0x81, octets()) }, { list: listedBy(0x5c) }),
    );
    const error = malformed(() => parseObject(listed, fromHex(hex)));
    expect(error.code).toBe("BAD_VALUE");
    expect(error.offset).toBe(4);
  });

  it("has an empty tag list when nothing is there", () => {
    const listed = dataObject("T", 0x60, struct({ a: opt(0x80, uint(1)) }, { list: listedBy(0x5c) }));
    expect(toHex(encodeObject(listed, {}))).toBe("60025c00");
    expect(parseObject(listed, fromHex("60025c00"))).toEqual({});
    expect(malformed(() => parseObject(listed, fromHex("6000")))).toMatchObject({ code: "BAD_TAG", path: "T" });
  });
});

describe("a record", () => {
  const part = record({ length: recordLength(2), kind: fixed(1, uint(1, [7])), body: remainder(octets(1)) });
  const of = dataObject(
    "R",
    0x04,
    record({ length: recordLength(4), count: countOf(1, "parts"), parts: items(part), tail: fixed(1, uint(1)) }),
  );

  it("writes lengths and counts by itself", () => {
    const value = { parts: [{ kind: 7, body: Uint8Array.of(1, 2) }], tail: 9 };
    expect(toHex(encodeObject(of, value))).toBe("040b" + "0000000b" + "01" + "0005070102" + "09");
    expect(parseObject(of, encodeObject(of, value))).toEqual(value);
    fc.assert(
      fc.property(arbitraryOf(of), (some) => {
        expect(parseObject(of, encodeObject(of, some))).toEqual(some);
      }),
    );
  });

  it.each([
    ["a wrong length", "040B 0000000C 01 0005070102 09", "BAD_LENGTH", "R.length"],
    ["a cut header", "0402 0000", "TRUNCATED", "R.length"],
    ["an item of no length", "0408 00000008 01 0001 09", "BAD_LENGTH", "R.parts[0]"],
    ["an item that is too long", "040B 0000000B 01 00FF070102 09", "TRUNCATED", "R.parts[0]"],
    ["fewer items than said", "040B 0000000B 02 0006070102 09", "TRUNCATED", "R.parts[1]"],
    ["a value not in the list", "040B 0000000B 01 0005080102 09", "BAD_VALUE", "R.parts[0].kind"],
    ["bytes left", "040C 0000000C 01 0005070102 0909", "TRAILING_BYTES", "R"],
    ["no tail", "040A 0000000A 01 0005070102", "TRUNCATED", "R.tail"],
  ])("is refused with %s", (_what, hex, code, path) => {
    expect(malformed(() => parseObject(of, fromHex(hex)))).toMatchObject({ code, path });
  });

  it("takes no item that does not announce its length", () => {
    expect(() => items(octets())).toThrow(TypeError);
    expect(() => items(record({ body: remainder(octets()) }))).toThrow(TypeError);
  });
});

describe("constants, mapped values and shapes", () => {
  it("a constant is written whatever the value, and refused when another", () => {
    const of = dataObject("C", 0x04, constant(fromHex("464143")));
    expect(toHex(encodeObject(of, new Uint8Array(0)))).toBe("0403464143");
    expect(malformed(() => parseObject(of, fromHex("0403464144")))).toMatchObject({
      code: "BAD_VALUE",
      path: "C",
      offset: 2,
    });
  });

  it("a mapped codec can bring the shape of its own values", () => {
    const yes = mapped<number, boolean>(
      uint(1, [0, 1]),
      (v) => (v ? 1 : 0),
      (v) => v === 1,
      { kind: "boolean" },
    );
    const of = dataObject("M", 0x04, yes);
    expect(fc.sample(arbitraryOf(of), 20).every((v) => typeof v === "boolean")).toBe(true);
    expect(parseObject(of, encodeObject(of, true))).toBe(true);
    expect(holdsStrictly(of, fromHex("040102"))).toBe(false);
  });

  it("a leading U+FEFF is kept", () => {
    const of = dataObject("T", 0x0c, text(200));
    for (const value of ["\ufeffa", `\ufeff${"b".repeat(100)}`])
      expect(parseObject(of, encodeObject(of, value))).toBe(value);
  });

  it.each(["C080", "ED A0 80", "F4908080", "80", "E282", "FE"])("text of the bytes %s is no UTF-8", (hex) => {
    const of = dataObject("T", 0x0c, text(200));
    const bytes = fromHex(hex);
    const error = malformed(() => parseObject(of, Uint8Array.of(0x0c, bytes.length, ...bytes)));
    expect(error).toMatchObject({ code: "BAD_VALUE", path: "T", offset: 2, detail: "is not valid UTF-8" });
  });
});
