import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../src/bytes/bytes.js";
import { MalformedError } from "../../src/errors.js";
import { encodeDgis, parseDgis } from "../../src/gp/dgi.js";
import { vectors } from "./support.js";

const published = vectors<{
  dgi: { data: string; dgi: string; value: string }[];
  ext_length: { enc: string; len: number }[];
}>("tlv/simple-and-dgi-tlv.json");

describe("data groupings", () => {
  it.each(published.dgi)("$data", ({ data, dgi, value }) => {
    const id = Number.parseInt(dgi, 16);
    expect(parseDgis(fromHex(data))).toEqual([{ id, value: fromHex(value) }]);
    expect(toHex(encodeDgis([{ id, value: fromHex(value) }]))).toBe(data);
  });

  it.each(published.ext_length)("length $len is $enc", ({ enc, len }) => {
    const bytes = encodeDgis([{ id: 0x7ff0, value: new Uint8Array(len) }]);
    expect(toHex(bytes.subarray(2, 2 + enc.length / 2))).toBe(enc.toLowerCase());
    expect(parseDgis(bytes)[0]?.value.length).toBe(len);
  });

  it("come back as they went", () => {
    const dgi = fc.record({ id: fc.nat(0xffff), value: fc.uint8Array({ maxLength: 600 }) });
    fc.assert(
      fc.property(fc.array(dgi, { maxLength: 5 }), (dgis) => {
        expect(parseDgis(encodeDgis(dgis))).toEqual(dgis);
      }),
    );
  });

  it("are strict: any bytes are refused or come out the same", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        let dgis: ReturnType<typeof parseDgis>;
        try {
          dgis = parseDgis(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedError);
          return;
        }
        expect(toHex(encodeDgis(dgis))).toBe(toHex(bytes));
      }),
    );
  });

  it.each([
    ["12", "TRUNCATED"],
    ["1234", "TRUNCATED"],
    ["123402AA", "TRUNCATED"],
    ["1234FF00", "TRUNCATED"],
    ["1234FF0001AA", "BAD_LENGTH"],
  ])("%s is %s", (hex, code) => {
    expect(() => parseDgis(fromHex(hex))).toThrow(expect.objectContaining({ code }));
  });

  it("refuses what does not fit", () => {
    expect(() => encodeDgis([{ id: 0x10000, value: new Uint8Array(0) }])).toThrow(RangeError);
    expect(() => encodeDgis([{ id: 1, value: new Uint8Array(0x10000) }])).toThrow(RangeError);
  });
});
