import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromHex, toHex } from "../../src/bytes/bytes.js";
import { padIso, unpadIso } from "../../src/crypto/padding.js";
import { readVectors } from "./vectors.js";

type Vector = { data: string; block: number; padded: string };
const { vectors } = readVectors<{ vectors: Vector[] }>("crypto/iso9797-padding2.json");

describe("padding method 2", () => {
  test.each(vectors)("'$data' to blocks of $block", ({ data, block, padded }) => {
    expect(toHex(padIso(fromHex(data), block))).toBe(padded.toLowerCase());
    expect(toHex(unpadIso(fromHex(padded)) as Uint8Array)).toBe(data.toLowerCase());
  });

  test("fills whole blocks, adds one byte to one block, and comes off again", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), fc.constantFrom(8, 16), (data, block) => {
        const padded = padIso(data, block);
        expect(padded.length % block).toBe(0);
        expect(padded.length - data.length).toBeGreaterThanOrEqual(1);
        expect(padded.length - data.length).toBeLessThanOrEqual(block);
        const back = unpadIso(padded) as Uint8Array;
        expect(toHex(back)).toBe(toHex(data));
        expect(back.buffer).toBe(padded.buffer);
      }),
    );
  });

  test.each(["", "00", "0000000000000000", "01", "8001", "800000ff", "81000000"])("no padding in '%s'", (bytes) => {
    expect(unpadIso(fromHex(bytes))).toBeUndefined();
  });

  test.each([0, -8, 1.5, Number.NaN])("a block of %d bytes is refused", (block) => {
    expect(() => padIso(new Uint8Array(3), block)).toThrow(RangeError);
  });
});
