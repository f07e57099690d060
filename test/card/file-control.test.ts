import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../src/bytes/bytes.js";
import {
  type AccessRule,
  allOf,
  always,
  anyOf,
  never,
  after as session,
  withPin,
  withRight,
} from "../../src/card/access-rule.js";
import { encodeFileControl, type FileControlParameters, parseFileControl } from "../../src/card/file-control.js";
import { EncodeError, MalformedError } from "../../src/errors.js";

const dg1: FileControlParameters = {
  size: 93,
  fid: 0x0101,
  sfi: 0x01,
  access: { read: session("BAC"), update: never },
};

/** A rule in `depth` others. */
const nested = (depth: number): AccessRule => (depth === 0 ? always : anyOf(nested(depth - 1)));

describe("file control parameters", () => {
  it("are written as ISO 7816-4 §7.4.3 has them, by hand here", () => {
    // 80 size, 82 transparent, 83 FID, 88 SFI in the upper five bits, 8C UPDATE never, READ after SM and authentication
    expect(toHex(encodeFileControl(dg1))).toBe("62138002005d820101830201018801088c0303ffe0");
  });

  it("say PACE, PIN and right in the expanded format, by hand here", () => {
    // AB: 80 01 02 (update) 97 (never), 80 01 01 (read) A0 (any of) A4 {83 PIN, 95 user}, A4 {80 id-TA, 7F4C CHAT, bit 24}
    const read = anyOf(withPin("identity"), withRight("authentication.readDg17"));
    const pin = "a406830103950108";
    const right = "a41f800804007f0007020202" + "7f4c1206" + "0904007f000703010202" + "53050001000000";
    const expanded = `8001029700800101a0${(8 + 33).toString(16)}${pin}${right}`;
    expect(toHex(encodeFileControl({ ...dg1, access: { read, update: never } }))).toBe(
      `62${(14 + 2 + expanded.length / 2).toString(16)}8002005d82010183020101880108` +
        `ab${(expanded.length / 2).toString(16)}${expanded}`,
    );
  });

  it("come back as they were", () => {
    const leaf = fc.constantFrom<AccessRule>(
      always,
      never,
      session("BAC"),
      session("PACE"),
      withPin("identity"),
      withRight("authentication.readDg17"),
      withRight("inspection.readDg3"),
    );
    const parts = fc.array(leaf, { maxLength: 3 });
    const rule = fc.oneof(
      leaf,
      parts.map((rules) => anyOf(...rules)),
      parts.map((rules) => allOf(withPin("identity"), anyOf(...rules), ...rules)),
    );
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
    ["a rule nested too deep", { ...dg1, access: { read: nested(9), update: never } }, "access"],
    ["another one", { ...dg1, access: { read: always, update: nested(9) } }, "access"],
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
    ["compact and expanded", "6220 8002005d 820101 83020101 880108 8c0303ffe0 ab0b 8001029700 800101 9e01e0", "FCP"],
    [
      "expanded what is compact",
      "621b 8002005d 820101 83020101 880108 ab0b 8001029700 800101 9e01e0",
      "FCP.accessExpanded",
    ],
    [
      "an unknown right",
      "6224 8002005d 820101 83020101 880108 ab14 8001029700 800101 a40a 800804007f0007020203",
      "FCP.accessExpanded",
    ],
    ["a cut condition", "621a 8002005d 820101 83020101 880108 ab0a 8001029700 800101 9e01", "FCP.accessExpanded"],
    ["a record file", "6213 8002005d 820102 83020101 880108 8c0303ffe0", "FCP.descriptor"],
    ["another template", "6f13 8002005d 820101 83020101 880108 8c0303ffe0", "FCP"],
    ["trailing bytes", "6213 8002005d 820101 83020101 880108 8c0303ffe0 00", "FCP"],
  ])("refuse to read %s, with the path", (_name, hex, path) => {
    const bytes = fromHex(hex.replace(/ /g, ""));
    expect(() => parseFileControl(bytes)).toThrow(MalformedError);
    expect(() => parseFileControl(bytes)).toThrow(path);
  });
});
