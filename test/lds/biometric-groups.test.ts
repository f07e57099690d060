import { describe, expect, it } from "vitest";
import {
  biometricSubtype,
  FORMAT_FINGER_19794_4,
  FORMAT_FINGER_39794_4,
  OWNER_ISO_SC37,
} from "../../src/biometric/cbeff.js";
import { buildFaceRecord } from "../../src/biometric/face.js";
import { buildFingerRecord } from "../../src/biometric/finger.js";
import { parseIso39794Face } from "../../src/biometric/iso39794/face.js";
import { parseIso39794Finger } from "../../src/biometric/iso39794/finger.js";
import { equalBytes, fromHex, toHex } from "../../src/bytes/bytes.js";
import { type Dg2, dg2 } from "../../src/lds/dg2.js";
import { type Dg3, dg3 } from "../../src/lds/dg3.js";
import { dg4 } from "../../src/lds/dg4.js";
import { encodeFile, parseFile } from "../../src/tlv/file.js";
import { malformed, readVector } from "../property/strict.js";

const image = fromHex("FFD8FFD9");
const header = { formatOwner: OWNER_ISO_SC37, formatType: 8 };
const faceOf = (width: number) => ({ face: buildFaceRecord({ image, width, height: 1, imageDataType: 0 }) });

describe("EF.DG2", () => {
  it("of ICAO, with a block of ISO/IEC 39794-5 under 7F2E", () => {
    const bytes = readVector("lds/iso39794/dg2_silver_mandatory_fields.bin");
    const value = parseFile(dg2, bytes);
    expect(value.instances).toHaveLength(1);
    const [one] = value.instances;
    expect(one?.header).toEqual({ formatOwner: 0x0101, formatType: 0x002a });
    expect(one?.data.face).toBeUndefined();
    expect(parseIso39794Face(one?.data.iso39794?.standardized as Uint8Array).versionBlock.year).toBe(2019);
    expect(equalBytes(encodeFile(dg2, value), bytes)).toBe(true);
  });

  it("holds both formats, in one to nine templates", () => {
    const block = parseFile(dg2, readVector("lds/iso39794/dg2_silver_mandatory_fields.bin")).instances[0]?.data;
    const value = {
      instances: [
        { header, data: faceOf(1) },
        { header, data: block },
        { header, data: faceOf(3) },
      ],
    } as Dg2;
    expect(parseFile(dg2, encodeFile(dg2, value))).toEqual(value);
    expect(() => encodeFile(dg2, { instances: [] })).toThrow("EF.DG2.instances: 0 entries; 1 to 9 are allowed");
  });

  it.each([
    ["two blocks in one template", "A10265006600", "EF.DG2.instances[0].data.iso39794", "tag 66"],
    ["no A1", "65026500", "EF.DG2.instances[0].data.iso39794.standardized", "tag A1 expected, tag 65 found"],
  ])("is refused with %s under 7F2E", (_what, content, path, detail) => {
    const bytes = (hex: string, tag: string) => `${tag}${(hex.length / 2).toString(16).padStart(2, "0")}${hex}`;
    const hex = bytes(bytes(`020101${bytes(`A108870201018802002A${bytes(content, "7F2E")}`, "7F60")}`, "7F61"), "75");
    expect(malformed(() => parseFile(dg2, fromHex(hex)))).toMatchObject({
      path,
      detail: expect.stringContaining(detail),
    });
  });

  it("says which data a template may have", () => {
    const hex = "7518 7F6115 020101 7F600F A10887020101 88020008 5F3C0100 00".replace(/ /g, "");
    expect(malformed(() => parseFile(dg2, fromHex(hex)))).toMatchObject({
      code: "BAD_TAG",
      path: "EF.DG2.instances[0].data",
      detail: "a data object expected, tag 5F3C found",
    });
  });
});

describe("EF.DG3", () => {
  const fingerOf = (position: number) => ({
    finger: buildFingerRecord({ image: fromHex("FFA0FFA1"), width: 2, height: 1, position, compression: 2 }),
  });

  it("with two fingers, as ICAO 9303-10 table 52 puts them", () => {
    const value: Dg3 = {
      instances: [
        { side: "left", position: 7 },
        { side: "right", position: 2 },
      ].map(({ side, position }) => ({
        header: {
          type: Uint8Array.of(8),
          subtype: biometricSubtype({ side: side as "left" | "right", finger: "pointer" }),
          formatOwner: OWNER_ISO_SC37,
          formatType: FORMAT_FINGER_19794_4,
        },
        data: fingerOf(position),
      })),
    };
    const bytes = encodeFile(dg3, value);
    const hex = toHex(bytes);
    expect(hex.startsWith("6381977f6181930201027f6045a10e81010882010a8702010188020007" + "5f2e32")).toBe(true);
    expect(hex).toContain("7f6045a10e8101088201098702010188020007" + "5f2e32");
    expect(parseFile(dg3, bytes)).toEqual(value);
  });

  it("without fingers, with content of the issuer (table 50)", () => {
    const bytes = fromHex("630C 7F6103 020100 5304 01020304");
    const value = { instances: [], issuerContent: fromHex("01020304") };
    expect(parseFile(dg3, bytes)).toEqual(value);
    expect(encodeFile(dg3, value)).toEqual(bytes);
    expect(toHex(encodeFile(dg3, { instances: [] }))).toBe("63067f6103020100");
  });

  it("with a block of ISO/IEC 39794-4", () => {
    const standardized = readVector("lds/iso39794/sample-39794-4-ed-1-v1.der");
    const value: Dg3 = {
      instances: [
        {
          header: { subtype: 9, formatOwner: OWNER_ISO_SC37, formatType: FORMAT_FINGER_39794_4 },
          data: { iso39794: { standardized } },
        },
      ],
    };
    const read = parseFile(dg3, encodeFile(dg3, value));
    expect(read).toEqual(value);
    const block = parseIso39794Finger(read.instances[0]?.data.iso39794?.standardized as Uint8Array);
    expect(block.representationBlocks[0]?.position).toEqual({ code: 2 });
  });

  it.each([
    [
      "no subtype",
      "631A 7F6117 020101 7F6011 A108870201018802 0007 5F2E04 46495200",
      "EF.DG3.instances[0].header.subtype",
    ],
    ["a count that is not theirs", "6306 7F6103 020101", "EF.DG3.instances"],
    ["content before the template", "630A 5302 0102 7F6103 020100", "EF.DG3.instances"],
  ])("is refused with %s", (_what, hex, path) => {
    expect(malformed(() => parseFile(dg3, fromHex(hex))).path).toBe(path);
  });

  it("holds one image in each template, in at most twenty", () => {
    const instance = { header: { ...header, subtype: 1 }, data: fingerOf(1) };
    const twice = {
      ...instance,
      data: { finger: { ...instance.data.finger, images: new Array(2).fill(instance.data.finger.images[0]) } },
    };
    expect(() => encodeFile(dg3, { instances: [twice] })).toThrow("EF.DG3.instances[0].data.finger.images: 2 items");
    expect(() => encodeFile(dg3, { instances: new Array(21).fill(instance) })).toThrow("EF.DG3.instances: 21 entries");
  });
});

describe("EF.DG4", () => {
  it("of the BSI reference data set", () => {
    const bytes = readVector("lds/bsi-silver/DG4.bin");
    const { instances, issuerContent } = parseFile(dg4, bytes);
    expect(issuerContent).toBeUndefined();
    expect(instances.map(({ header: of }) => [of.subtype, of.formatType])).toEqual([
      [1, 9],
      [2, 9],
    ]);
    const [right, left] = instances.map(({ data }) => data.iris);
    expect(right).toMatchObject({ irisDiameter: 150, imageFormat: 16, width: 163, height: 149, intensityDepth: 24 });
    expect(left).toMatchObject({ width: 160, height: 152 });
    expect(right?.eyes).toMatchObject([
      { eye: 1, images: [{ number: 1, quality: 51, rotationAngle: 0xffff, rotationUncertainty: 0xffff }] },
    ]);
    expect(left?.eyes[0]?.images[0]?.image).toHaveLength(6718);
    expect(equalBytes(encodeFile(dg4, { instances }), bytes)).toBe(true);
  });

  it("without irises (table 57)", () => {
    const bytes = fromHex("7609 7F6103 020100 5301FF");
    expect(parseFile(dg4, bytes)).toEqual({ instances: [], issuerContent: fromHex("FF") });
    expect(encodeFile(dg4, parseFile(dg4, bytes))).toEqual(bytes);
  });
});
