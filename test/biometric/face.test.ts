import { describe, expect, it } from "vitest";
import { buildFaceRecord, type FaceRecord, faceRecord, featurePointsOf } from "../../src/biometric/face.js";
import { fromHex, toHex } from "../../src/bytes/bytes.js";
import { encodeTlv } from "../../src/tlv/ber.js";
import { dataObject, encodeObject, parseObject } from "../../src/tlv/file.js";
import { damaged, holdsStrictly, malformed, readVector } from "../property/strict.js";

const BDB = dataObject("BDB", 0x5f2e, faceRecord);
const published = readVector("lds/iso19794/face-ok.bin");
const parse = (bytes: Uint8Array) => parseObject(BDB, encodeTlv(0x5f2e, bytes));

describe("a published face record", () => {
  it("is read, and written to the same bytes", () => {
    const { faces } = parse(published);
    expect(faces).toHaveLength(1);
    expect(faces[0]).toMatchObject({
      gender: 0,
      featurePoints: new Uint8Array(0),
      imageType: 2,
      imageDataType: 1,
      width: 0x94,
      height: 0x46,
    });
    expect(toHex(faces[0]?.image.subarray(0, 4) as Uint8Array)).toBe("ffd8ffe0");
    expect(encodeObject(BDB, { faces })).toEqual(encodeTlv(0x5f2e, published));
  });

  it("gives a value or a MalformedError for every damage", () => {
    let refused = 0;
    for (const bytes of damaged(published)) if (!holdsStrictly(BDB, encodeTlv(0x5f2e, bytes))) refused++;
    expect(refused).toBeGreaterThan(900);
  });

  it.each([
    ["format", 0, "BDB.format"],
    ["version", 4, "BDB.version"],
    ["length", 8, "BDB.length"],
    ["number of faces", 13, "BDB.faces"],
    ["length of the face", 14, "BDB.faces[0]"],
    ["number of feature points", 19, "BDB.faces[0]"],
    ["image data type", 35, "BDB.faces[0].imageDataType"],
  ])("is refused with another %s", (_what, at, path) => {
    const bytes = published.with(at, (published[at] as number) ^ 0x40);
    expect(malformed(() => parse(bytes)).path.startsWith(path)).toBe(true);
  });
});

describe("buildFaceRecord", () => {
  const image = Uint8Array.of(0xff, 0xd8, 0xff, 0xd9);

  it("leaves everything but the image unspecified", () => {
    const record = buildFaceRecord({ image, width: 0x0203, height: 0x0405, imageDataType: 0 });
    // ISO/IEC 19794-5 §5.4 to §5.8: header 14, facial information 20, image information 12 bytes
    expect(toHex(encodeObject(BDB, record))).toBe(
      "5f2e32" +
        "4641430030313000000000320001" +
        "000000240000" +
        "00".repeat(14) +
        "0100" +
        "02030405" +
        "0100" +
        "00000000" +
        "ffd8ffd9",
    );
    expect(parseObject(BDB, encodeObject(BDB, record))).toEqual(record);
  });

  it("takes JPEG 2000 and a token image, and several faces with feature points", () => {
    const one = buildFaceRecord({ image, width: 1, height: 2, imageDataType: 1, imageType: 2 }).faces[0];
    if (one === undefined) throw new Error("no face");
    const points = { ...one, featurePoints: new Uint8Array(16).fill(1) };
    const record: FaceRecord = { faces: [one, points, one] };
    const bytes = encodeObject(BDB, record);
    expect(parseObject(BDB, bytes)).toEqual(record);
    expect(bytes[4 + 13]).toBe(3);
    expect(bytes.length).toBe(4 + 14 + 3 * (20 + 12 + 4) + 16);
  });

  it("gives the feature points, four bits for each part of their codes", () => {
    const featurePoints = fromHex("01 C1 0123 0234 0000" + "01 0A FFFF 0000 0001");
    expect(featurePointsOf({ featurePoints })).toEqual([
      { type: 1, code: { major: 12, minor: 1 }, x: 0x123, y: 0x234, reserved: 0 },
      { type: 1, code: { major: 0, minor: 10 }, x: 0xffff, y: 0, reserved: 1 },
    ]);
    expect(featurePointsOf({ featurePoints: new Uint8Array(0) })).toEqual([]);
  });

  it("states grey when told", () => {
    const [face] = buildFaceRecord({ image, width: 1, height: 2, imageDataType: 0, colourSpace: 3 }).faces;
    expect(face?.colourSpace).toBe(3);
  });

  it("holds one to eight faces", () => {
    const [one] = buildFaceRecord({ image, width: 1, height: 2, imageDataType: 0 }).faces;
    for (const count of [0, 9]) {
      expect(() => encodeObject(BDB, { faces: new Array(count).fill(one) })).toThrow(`BDB.faces: ${count} items`);
    }
    expect(malformed(() => parse(published.with(13, 0)))).toMatchObject({
      code: "BAD_VALUE",
      path: "BDB.faces",
      offset: 5 + 14,
      detail: "0 announced; 1 to 8 are allowed",
    });
  });
});
