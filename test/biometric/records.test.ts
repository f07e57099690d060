import { describe, expect, it } from "vitest";
import { biometricSubtype, parseBiometricSubtype } from "../../src/biometric/cbeff.js";
import { buildFingerRecord, fingerRecord, singleFingerRecord } from "../../src/biometric/finger.js";
import { type IrisRecord, irisRecord } from "../../src/biometric/iris.js";
import { compactMinutiae, minutiaeTemplate } from "../../src/biometric/minutiae.js";
import { fromHex, toHex } from "../../src/bytes/bytes.js";
import { encodeTlv } from "../../src/tlv/ber.js";
import { dataObject, encodeObject, parseObject } from "../../src/tlv/file.js";
import { damaged, holdsStrictly, malformed, readVector } from "../property/strict.js";

describe("a finger image record", () => {
  const FIR = dataObject("FIR", 0x5f2e, fingerRecord);
  const bytes = encodeTlv(0x5f2e, readVector("biometric/finger-record.bin"));
  const at = bytes.length - readVector("biometric/finger-record.bin").length;

  it("of another program is read, and written to the same bytes", () => {
    const value = parseObject(FIR, bytes);
    expect(value).toMatchObject({
      captureDevice: 0,
      acquisitionLevel: 31,
      scaleUnits: 1,
      scanResolutionX: 500,
      imageResolutionY: 500,
      pixelDepth: 8,
      compression: 2,
      images: [{ position: 7, viewCount: 1, viewNumber: 1, quality: 254, impressionType: 0, width: 256, height: 256 }],
    });
    expect(value.images[0]?.image).toEqual(readVector("biometric/rings-256x256.wsq"));
    expect(encodeObject(FIR, value)).toEqual(bytes);
  });

  it("is what buildFingerRecord makes of the same image", () => {
    const image = readVector("biometric/rings-256x256.wsq");
    const value = buildFingerRecord({ image, width: 256, height: 256, position: 7, compression: 2 });
    expect(encodeObject(FIR, value)).toEqual(bytes);
    const fine = buildFingerRecord({ image, width: 1, height: 1, position: 0, compression: 4, resolution: 1000 });
    expect(fine).toMatchObject({ acquisitionLevel: 41, imageResolutionX: 1000, scanResolutionY: 1000, compression: 4 });
    expect(
      buildFingerRecord({ image, width: 1, height: 1, position: 0, compression: 0, resolution: 250 }),
    ).toMatchObject({
      acquisitionLevel: 20,
    });
  });

  it.each([
    ["format", 0, "FIR.format"],
    ["version", 4, "FIR.version"],
    ["length", 13, "FIR.length"],
    ["number of images", 18, "FIR.images"],
    ["unit", 19, "FIR.scaleUnits"],
    ["compression", 29, "FIR.compression"],
    ["reserved byte", 31, "FIR.reserved"],
    ["reserved byte of the image", 45, "FIR.images[0].reserved"],
  ])("is refused with another %s", (_what, offset, path) => {
    const error = malformed(() => parseObject(FIR, bytes.with(at + offset, (bytes[at + offset] as number) ^ 0x40)));
    expect(error.path.startsWith(path)).toBe(true);
  });

  it("is refused with an image length that is not the image's", () => {
    const short = bytes.with(at + 35, (bytes[at + 35] as number) - 1);
    expect(malformed(() => parseObject(FIR, short))).toMatchObject({
      code: "TRAILING_BYTES",
      path: "FIR",
      detail: "1 bytes too many",
      offset: bytes.length - 1,
    });
    const long = bytes.with(at + 35, (bytes[at + 35] as number) + 1);
    expect(malformed(() => parseObject(FIR, long))).toMatchObject({
      code: "TRUNCATED",
      path: "FIR.images[0]",
      offset: at + 32,
      detail: "5245 bytes announced, 5244 are left",
    });
  });

  it("holds several images, in DG3 one", () => {
    const one = parseObject(FIR, bytes);
    const image = { ...(one.images[0] as (typeof one.images)[number]), image: fromHex("FFA0") };
    const two = { ...one, images: [image, { ...image, position: 2 }] };
    expect(parseObject(FIR, encodeObject(FIR, two))).toEqual(two);
    const single = dataObject("FIR", 0x5f2e, singleFingerRecord);
    expect(malformed(() => parseObject(single, encodeObject(FIR, two)))).toMatchObject({
      path: "FIR.images",
      detail: "2 announced; 1 to 1 are allowed",
    });
    expect(() => encodeObject(single, two)).toThrow("FIR.images: 2 items; 1 to 1 are allowed");
  });

  it("gives a value or a MalformedError for every damage", () => {
    let refused = 0;
    for (const each of damaged(bytes)) if (!holdsStrictly(FIR, each)) refused++;
    expect(refused).toBeGreaterThan(900);
  });
});

describe("an iris record", () => {
  const IIR = dataObject("IIR", 0x5f2e, irisRecord);
  const value: IrisRecord = {
    captureDevice: 0x0102,
    properties: {
      reserved: 0,
      boundaryExtraction: 1,
      occlusionFilling: 0,
      occlusion: 1,
      scanType: 4,
      verticalOrientation: 2,
      horizontalOrientation: 1,
    },
    irisDiameter: 150,
    imageFormat: 6,
    width: 640,
    height: 480,
    intensityDepth: 8,
    transformation: 0,
    deviceId: new Uint8Array(16).fill(0x44),
    eyes: [
      {
        eye: 1,
        images: [
          { number: 1, quality: 90, rotationAngle: 0xffff, rotationUncertainty: 0xffff, image: fromHex("AABBCC") },
        ],
      },
      { eye: 2, images: [{ number: 1, quality: 80, rotationAngle: 1, rotationUncertainty: 2, image: fromHex("DD") }] },
    ],
  };
  // ISO/IEC 19794-6:2005 §5.5: header 45, each eye 3, each image 11 bytes
  const hex =
    "49495200" +
    "30313000" +
    "0000004d" +
    "0102" +
    "02" +
    "002d" +
    "02c9" +
    "0096" +
    "0006" +
    "0280" +
    "01e0" +
    "08" +
    "00" +
    "44".repeat(16) +
    "01" +
    "0001" +
    "0001" +
    "5a" +
    "ffff" +
    "ffff" +
    "00000003" +
    "aabbcc" +
    "02" +
    "0001" +
    "0001" +
    "50" +
    "0001" +
    "0002" +
    "00000001" +
    "dd";

  it("has its fields where the standard puts them", () => {
    const bytes = encodeTlv(0x5f2e, fromHex(hex));
    expect(toHex(encodeObject(IIR, value))).toBe(toHex(bytes));
    expect(parseObject(IIR, bytes)).toEqual(value);
  });

  it.each([
    ["version 011 of a draft", hex.replace("30313000", "30313100"), "IIR.version"],
    ["another header length", hex.replace("002d02c9", "002e02c9"), "IIR.headerLength"],
    ["three eyes", hex.replace("010202002d", "010203002d"), "IIR.eyes"],
    ["an image format that is none", hex.replace("00960006", "00960007"), "IIR.imageFormat"],
    ["an eye that is none", hex.replace("0100010001", "0300010001"), "IIR.eyes[0].eye"],
    ["an image longer than the record", hex.replace("00000003aa", "00000f03aa"), "IIR.eyes[0].images[0].image"],
    ["an image of nothing", hex.replace("00000001dd", "00000000dd"), "IIR.eyes[1].images[0].image"],
    ["another record length", hex.replace("0000004d", "0000004e"), "IIR.length"],
  ])("is refused with %s", (_what, changed, path) => {
    expect(changed).not.toBe(hex);
    expect(malformed(() => parseObject(IIR, encodeTlv(0x5f2e, fromHex(changed)))).path).toBe(path);
  });

  it("gives a value or a MalformedError for every damage", () => {
    let refused = 0;
    for (const each of damaged(encodeTlv(0x5f2e, fromHex(hex)))) if (!holdsStrictly(IIR, each)) refused++;
    expect(refused).toBeGreaterThan(900);
  });
});

describe("finger minutiae of compact size", () => {
  const bytes = readVector("biometric/minutiae-compact.bin");
  // as the conversion's input says: tenths of a millimetre, 64 units a turn
  const minutiae = [
    { x: 20, y: 30, type: 1, angle: 0 },
    { x: 51, y: 30, type: 2, angle: 16 },
    { x: 100, y: 200, type: 0, angle: 32 },
    { x: 152, y: 10, type: 1, angle: 48 },
    { x: 130, y: 3, type: 2, angle: 63 },
    { x: 5, y: 5, type: 1, angle: 5 },
  ];

  it("as another program writes them", () => {
    const of = dataObject("M", 0x90, compactMinutiae);
    const read = parseObject(of, encodeTlv(0x90, bytes));
    expect(read).toEqual({ minutiae });
    expect(encodeObject(of, read)).toEqual(encodeTlv(0x90, bytes));
  });

  it("in a biometric data template", () => {
    const value = { finger: { minutiae }, corePoints: fromHex("0102") };
    const template = encodeObject(minutiaeTemplate, value);
    expect(toHex(template)).toBe(`7f2e18${toHex(encodeTlv(0x90, bytes))}92020102`);
    expect(parseObject(minutiaeTemplate, template)).toEqual(value);
  });

  it.each([
    ["half a minutia", "7F2E06 9004 01020304", "BiometricDataTemplate.finger.minutiae[1]", "TRUNCATED"],
    ["no minutiae at all", "7F2E00", "BiometricDataTemplate.finger", "BAD_TAG"],
    [
      "more than a card can count",
      `7F2E820304 90820300${"010203".repeat(256)}`,
      "BiometricDataTemplate.finger.minutiae",
      "BAD_VALUE",
    ],
  ])("are refused with %s", (_what, hex, path, code) => {
    expect(malformed(() => parseObject(minutiaeTemplate, fromHex(hex)))).toMatchObject({ path, code });
  });
});

describe("a biometric subtype (ICAO 9303-10 tables 49 and 56)", () => {
  it.each([
    [0x00, {}],
    [0x01, { side: "right" }],
    [0x02, { side: "left" }],
    [0x05, { side: "right", finger: "thumb" }],
    [0x09, { side: "right", finger: "pointer" }],
    [0x0a, { side: "left", finger: "pointer" }],
    [0x0d, { side: "right", finger: "middle" }],
    [0x12, { side: "left", finger: "ring" }],
    [0x16, { side: "left", finger: "little" }],
  ] as const)("%i", (subtype, meaning) => {
    expect(parseBiometricSubtype(subtype)).toEqual(meaning);
    expect(biometricSubtype(meaning)).toBe(subtype);
  });

  it("that is reserved means nothing", () => {
    for (const subtype of [0x03, 0x07, 0x18, 0x1a, 0x40, 0x80, 0xff])
      expect(parseBiometricSubtype(subtype)).toBeUndefined();
  });
});
