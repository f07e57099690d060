import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../src/bytes/bytes.js";
import { arbitraryOf } from "../../src/testing/arbitrary.js";
import { bits } from "../../src/tlv/bits.js";
import { dumpTlv } from "../../src/tlv/dump.js";
import { dataFile, dataObject, encodeObject, parseObject } from "../../src/tlv/file.js";
import { octets, uint } from "../../src/tlv/leaves.js";
import { countOf, fixed, items, lengthOf, packed, record, recordLength, remainder } from "../../src/tlv/record.js";
import { req, struct } from "../../src/tlv/struct.js";
import { malformed, thrownBy } from "../property/strict.js";

describe("bits", () => {
  const point = bits(3, { x: 8, y: 8, type: 2, angle: 6 });
  const of = dataObject("P", 0x04, point);

  it("are numbers of some bits each, most significant first", () => {
    expect(toHex(encodeObject(of, { x: 1, y: 2, type: 2, angle: 3 }))).toBe("0403010283");
    expect(parseObject(of, fromHex("0403FFFEC0"))).toEqual({ x: 255, y: 254, type: 3, angle: 0 });
  });

  it("read what they wrote, up to 48 bits", () => {
    const wide = dataObject("W", 0x04, bits(6, { a: 1, b: 31, c: 16 }));
    for (const each of [of, wide]) {
      fc.assert(
        fc.property(arbitraryOf(each as typeof of), (value) => {
          expect(parseObject(each as typeof of, encodeObject(each as typeof of, value))).toEqual(value);
        }),
      );
    }
    expect(toHex(encodeObject(wide, { a: 1, b: 0x7fffffff, c: 0 }))).toBe("0406ffffffff0000");
  });

  it.each([
    [{ x: 256, y: 0, type: 0, angle: 0 }, "P.x: 256 is no whole number of 8 bits"],
    [{ x: 0, y: 0, type: 4, angle: 0 }, "P.type: 4 is no whole number of 2 bits"],
    [{ x: 0, y: 0.5, type: 0, angle: 0 }, "P.y: 0.5 is no whole number of 8 bits"],
    [{ x: 0, y: 0, type: 0 }, "P.angle: is missing"],
    [1, "P: expected an object"],
  ])("do not hold %j", (value, message) => {
    expect(String(thrownBy(() => encodeObject(of, value as never)))).toContain(message);
  });

  it("are refused with another number of bytes, and declared with all their bits only", () => {
    expect(malformed(() => parseObject(of, fromHex("04020102")))).toMatchObject({ code: "BAD_LENGTH", path: "P" });
    expect(() => bits(1, { a: 7 })).toThrow(TypeError);
  });
});

describe("a record with a length of one field", () => {
  const of = dataObject(
    "R",
    0x04,
    record({
      kind: fixed(1, uint(1)),
      size: lengthOf(2, "body"),
      body: remainder(octets(1, 9)),
      tail: fixed(1, uint(1)),
    }),
  );

  it("writes that length by itself", () => {
    const value = { kind: 1, body: fromHex("AABB"), tail: 9 };
    expect(toHex(encodeObject(of, value))).toBe("0406" + "01" + "0002" + "aabb" + "09");
    expect(parseObject(of, encodeObject(of, value))).toEqual(value);
  });

  it.each([
    ["a length beyond its end", "0406 01 0004 AABB 09", "TRUNCATED", "R.body", 5],
    ["a length of nothing", "0404 01 0000 09", "BAD_LENGTH", "R.body", 5],
    ["a length that is too short", "0406 01 0001 AABB 09", "TRAILING_BYTES", "R", 7],
    ["a cut length", "0402 01 00", "TRUNCATED", "R.size", 3],
  ])("is refused with %s", (_what, hex, code, path, offset) => {
    expect(malformed(() => parseObject(of, fromHex(hex)))).toMatchObject({ code, path, offset });
  });
});

describe("items that know their own end", () => {
  const image = record({ number: fixed(1, uint(1)), size: lengthOf(1, "image"), image: remainder(octets(1, 20)) });
  const eye = record({ eye: fixed(1, uint(1)), count: countOf(1, "images"), images: items(image, { min: 1, max: 2 }) });
  const of = dataObject("R", 0x04, record({ length: recordLength(1), count: countOf(1, "eyes"), eyes: items(eye) }));
  it("stand one behind the other", () => {
    const value = parseObject(of, fromHex("040C 0C02 01010701AA 02010801BB"));
    expect(value).toEqual({
      eyes: [
        { eye: 1, images: [{ number: 7, image: fromHex("AA") }] },
        { eye: 2, images: [{ number: 8, image: fromHex("BB") }] },
      ],
    });
    fc.assert(
      fc.property(arbitraryOf(of), (some) => {
        expect(parseObject(of, encodeObject(of, some))).toEqual(some);
      }),
    );
  });

  it.each([
    ["no image", "0404 04 01 01 00", "BAD_VALUE", "R.eyes[0].images", "0 announced; 1 to 2 are allowed"],
    ["too many images", "0404 04 01 01 03", "BAD_VALUE", "R.eyes[0].images", "3 announced; 1 to 2 are allowed"],
    [
      "a second image cut off",
      "0407 07 01 01 02 07 01 AA",
      "TRUNCATED",
      "R.eyes[0].images[1].number",
      "1 bytes expected",
    ],
    ["a byte too many", "0408 08 01 01 01 07 01 AA 00", "TRAILING_BYTES", "R", "1 bytes too many"],
  ])("are refused with %s", (_what, bytes, code, path, detail) => {
    const error = malformed(() => parseObject(of, fromHex(bytes)));
    expect(error).toMatchObject({ code, path, detail: expect.stringContaining(detail) });
  });

  it("are refused when there are too few or too many to write", () => {
    const eyes = (count: number) => ({
      eyes: [{ eye: 1, images: new Array(count).fill({ number: 1, image: fromHex("AA") }) }],
    });
    for (const count of [0, 3]) {
      expect(() => encodeObject(of, eyes(count))).toThrow(`R.eyes[0].images: ${count} items; 1 to 2 are allowed`);
    }
  });

  it("go to the end of the window when no field counts them", () => {
    const open = dataObject("O", 0x04, record({ points: items(bits(2, { a: 4, b: 12 }), { min: 1, max: 3 }) }));
    expect(parseObject(open, fromHex("04041002FFFF"))).toEqual({
      points: [
        { a: 1, b: 2 },
        { a: 15, b: 4095 },
      ],
    });
    expect(malformed(() => parseObject(open, fromHex("0403100200")))).toMatchObject({
      code: "TRUNCATED",
      path: "O.points[1]",
    });
    expect(malformed(() => parseObject(open, fromHex("0400")))).toMatchObject({ code: "BAD_VALUE", path: "O.points" });
    expect(malformed(() => parseObject(open, fromHex("0408 0000000000000000")))).toMatchObject({
      code: "BAD_VALUE",
      detail: "more than 3 items",
      offset: 8,
    });
    const units = dataObject("U", 0x04, record({ points: packed(2) }));
    expect(parseObject(units, fromHex("040401020304"))).toEqual({ points: fromHex("01020304") });
    expect(malformed(() => parseObject(units, fromHex("0403010203")))).toMatchObject({ code: "TRAILING_BYTES" });
  });

  it("must know it", () => {
    expect(() => items(record({ kind: fixed(1, uint(1)), body: remainder(octets()) }))).toThrow(TypeError);
    expect(() => items(record({ list: packed(1) }))).toThrow(TypeError);
    expect(() => items(record({ none: fixed(0, octets()) }))).toThrow(TypeError);
    expect(() => items(octets())).toThrow(TypeError);
  });

  it("are named one by one in a dump, bits too", () => {
    const points = record({
      flags: fixed(1, bits(1, { reserved: 6, on: 2 })),
      points: items(bits(2, { a: 4, b: 12 })),
    });
    const file = dataFile({
      name: "EF",
      fid: 1,
      sfi: 1,
      tag: 0x60,
      spec: "",
      content: struct({ eyes: req(0x81, of.codec), points: req(0x82, points) }),
    });
    const bytes = fromHex("6013 810C 0C02 01010701AA 02010801BB 8203 02 1002");
    expect(dumpTlv(bytes, file).split("\n")).toEqual([
      "     0  60 [19] EF",
      "     2    81 [12] eyes",
      "     4      length  12",
      "     5      count  2",
      "     6      eyes[0]",
      "     6        eye  1",
      "     7        count  1",
      "     8        images[0]",
      "     8          number  7",
      "     9          size  1",
      "    10          image  aa",
      "    11      eyes[1]",
      "    11        eye  2",
      "    12        count  1",
      "    13        images[0]",
      "    13          number  8",
      "    14          size  1",
      "    15          image  bb",
      "    16    82 [3] points",
      "    18      flags  02 (reserved 0, on 2)",
      "    19      points[0]  1002 (a 1, b 2)",
    ]);
  });
});
