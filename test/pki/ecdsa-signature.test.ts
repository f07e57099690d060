import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../src/bytes/bytes.js";
import { MalformedError } from "../../src/errors.js";
import { encodeEcdsaSignature, parseEcdsaSignature } from "../../src/pki/ecdsa-signature.js";

const half = (size: number) =>
  fc.uint8Array({ minLength: size, maxLength: size }).filter((bytes) => bytes.some((byte) => byte !== 0));

describe("Ecdsa-Sig-Value", () => {
  it.each([32, 48, 66])("gives r‖s of %i bytes each back", (size) => {
    fc.assert(
      fc.property(half(size), half(size), (r, s) => {
        const signature = Uint8Array.from([...r, ...s]);
        expect(parseEcdsaSignature(encodeEcdsaSignature(signature), size)).toEqual(signature);
      }),
    );
  });

  it("pads a number whose top bit is set, and drops leading zeros", () => {
    expect(toHex(encodeEcdsaSignature(fromHex("00800001")))).toBe("3007020200800201" + "01");
    expect(toHex(parseEcdsaSignature(fromHex("300702020080020101"), 2))).toBe("00800001");
  });

  it.each([
    ["zero r", "3006020100020101"],
    ["zero s", "3006020101020100"],
    ["negative r", "3006020180020101"],
    ["negative s", "30060201010201ff"],
    ["r of more bytes than the order", "3008020301000002" + "0101"],
    ["r with a needless zero", "300702020001020101"],
    ["a third number", "3009020101020101020101"],
    ["s missing", "3003020101"],
    ["bytes behind it", "300602010102010100"],
    ["a long-form length", "30810602010102" + "0101"],
    ["an indefinite length", "30800201010201010000"],
    ["nothing", ""],
  ])("refuses %s", (_, der) => {
    expect(() => parseEcdsaSignature(fromHex(der), 2)).toThrow(MalformedError);
  });

  it("says where r is wrong", () => {
    expect(() => parseEcdsaSignature(fromHex("3006020100020101"), 2)).toThrow("Ecdsa-Sig-Value.r: is zero (at byte 4)");
  });

  it.each([
    ["", "odd"],
    ["010203", "odd"],
    ["00000001", "zero r"],
    ["00010000", "zero s"],
  ])("does not write %s", (signature) => {
    expect(() => encodeEcdsaSignature(fromHex(signature))).toThrow(RangeError);
  });
});
