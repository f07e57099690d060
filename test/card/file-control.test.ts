import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../src/bytes/bytes.js";
import { after, allOf, always, anyOf, never } from "../../src/card/access-rule.js";
import { encodeFileControl, type FileControlParameters, parseFileControl } from "../../src/card/file-control.js";
import { EncodeError, MalformedError } from "../../src/errors.js";

const dg1: FileControlParameters = {
  size: 93,
  fid: 0x0101,
  sfi: 0x01,
  access: { read: after("BAC"), update: never },
};

describe("file control parameters", () => {
  it("are written as ISO 7816-4 §7.4.3 has them, by hand here", () => {
    // 80 size, 82 transparent, 83 FID, 88 SFI in the upper five bits, 8C UPDATE never, READ after SM and authentication
    expect(toHex(encodeFileControl(dg1))).toBe("62138002005d820101830201018801088c0303ffe0");
  });

  it("come back as they were", () => {
    const rule = fc.constantFrom(always, never, after("BAC"));
    fc.assert(
      fc.property(
        fc.record({
          size: fc.integer({ min: 0, max: 0xffff }),
          fid: fc.integer({ min: 0, max: 0xffff }),
          sfi: fc.integer({ min: 0, max: 31 }),
          access: fc.record({ read: rule, update: rule }),
        }),
        (file) => {
          expect(parseFileControl(encodeFileControl(file))).toEqual(file);
        },
      ),
    );
  });

  it.each([
    ["a file of 65,536 bytes", { ...dg1, size: 65_536 }, "size"],
    ["an SFI of 32", { ...dg1, sfi: 32 }, "sfi"],
    ["a rule without compact form", { ...dg1, access: { read: anyOf(always), update: never } }, "access"],
    ["another one", { ...dg1, access: { read: always, update: allOf(always) } }, "access"],
  ])("refuse to write %s, with the path", (_name, file, path) => {
    const encode = () => encodeFileControl(file);
    expect(encode).toThrow(EncodeError);
    expect(encode).toThrow(path);
  });

  it.each([
    ["lower bits in the SFI", "6213 8002005d 820101 83020101 880109 8c0303ffe0", "FCP.sfi"],
    ["another access mode", "6213 8002005d 820101 83020101 880108 8c0301ffe0", "FCP.access"],
    ["an unknown condition for reading", "6213 8002005d 820101 83020101 880108 8c0303ff10", "FCP.access"],
    ["an unknown condition for writing", "6213 8002005d 820101 83020101 880108 8c030310e0", "FCP.access"],
    ["no access rules", "620e 8002005d 820101 83020101 880108", "FCP"],
    ["a record file", "6213 8002005d 820102 83020101 880108 8c0303ffe0", "FCP.descriptor"],
    ["another template", "6f13 8002005d 820101 83020101 880108 8c0303ffe0", "FCP"],
    ["trailing bytes", "6213 8002005d 820101 83020101 880108 8c0303ffe0 00", "FCP"],
  ])("refuse to read %s, with the path", (_name, hex, path) => {
    const bytes = fromHex(hex.replace(/ /g, ""));
    expect(() => parseFileControl(bytes)).toThrow(MalformedError);
    expect(() => parseFileControl(bytes)).toThrow(path);
  });
});
