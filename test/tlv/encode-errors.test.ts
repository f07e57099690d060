import { describe, expect, it } from "vitest";
import { oid } from "../../src/asn1/oid.js";
import { bitString, boolean, integerBytes, namedBits, smallInteger } from "../../src/asn1/types.js";
import { buildFaceRecord, faceRecord } from "../../src/biometric/face.js";
import { EncodeError } from "../../src/errors.js";
import { efCom } from "../../src/lds/com.js";
import { dg1 } from "../../src/lds/dg1.js";
import { type Dg2, dg2 } from "../../src/lds/dg2.js";
import { type Dg11, dg11 } from "../../src/lds/dg11.js";
import { dg12 } from "../../src/lds/dg12.js";
import { efSod, ldsSecurityObject } from "../../src/lds/security-object.js";
import { any, choice, rest } from "../../src/tlv/choice.js";
import type { AnyCodec, Codec } from "../../src/tlv/codec.js";
import { type DataFile, dataObject, encodeFile, encodeObject, parseFile } from "../../src/tlv/file.js";
import { octets, uint } from "../../src/tlv/leaves.js";
import { list } from "../../src/tlv/list.js";
import { opt, req, reqOwn, struct } from "../../src/tlv/struct.js";
import { tagList } from "../../src/tlv/tag-list.js";
import { digits, text } from "../../src/tlv/text.js";
import { thrownBy } from "../property/strict.js";

/** Where and why a value cannot be written. */
function refusal(work: () => unknown): string {
  const error = thrownBy(work);
  if (!(error instanceof EncodeError)) throw error;
  expect(error.code).toBe("VALUE_NOT_ENCODABLE");
  expect(error.message).toBe(`${error.path}: ${error.detail}`);
  return error.message;
}

/** Values as a program without types might pass them. */
const refused = (file: unknown, value: unknown) => refusal(() => encodeFile(file as DataFile<unknown>, value));

const face = buildFaceRecord({ image: Uint8Array.of(1), width: 1, height: 1, imageDataType: 0 }).faces[0];
const dg2Of = (part: object): Dg2 =>
  ({
    instances: [{ header: { formatOwner: 0x101, formatType: 8 }, data: { face: { faces: [{ ...face, ...part }] } } }],
  }) as Dg2;

describe("a value that does not fit its file", () => {
  it.each([
    ["missing", efCom, { ldsVersion: "0107", tagList: [] }, "EF.COM.unicodeVersion: is missing"],
    [
      "too short",
      efCom,
      { ldsVersion: "107", unicodeVersion: "040000", tagList: [] },
      "EF.COM.ldsVersion: 3 bytes when encoded; 4 are allowed",
    ],
    [
      "no digits",
      efCom,
      { ldsVersion: "01.7", unicodeVersion: "040000", tagList: [] },
      /^EF\.COM\.ldsVersion: character "\." at position 2 .*digits only/,
    ],
    [
      "no tag",
      efCom,
      { ldsVersion: "0107", unicodeVersion: "040000", tagList: [0x61, 0x100] },
      "EF.COM.tagList[1]: 256 is no tag",
    ],
    [
      "half a tag",
      efCom,
      { ldsVersion: "0107", unicodeVersion: "040000", tagList: [0x1f] },
      "EF.COM.tagList[0]: 31 is no tag",
    ],
    [
      "no list of tags",
      efCom,
      { ldsVersion: "0107", unicodeVersion: "040000", tagList: "a" },
      "EF.COM.tagList: expected a list of tags",
    ],
    [
      "between two sizes",
      dg1,
      { mrz: "A".repeat(89) },
      "EF.DG1.mrz: 89 bytes when encoded; 72 or 88 or 90 are allowed",
    ],
    ["outside the alphabet", dg1, { mrz: `${"A".repeat(89)}a` }, /^EF\.DG1\.mrz: character "a" at position 89/],
    ["no object", dg1, "text", "EF.DG1: expected an object"],
    ["null", dg11, null, "EF.DG11: expected an object"],
    ["too long", dg11, { otherNames: ["Q".repeat(100)] }, "EF.DG11.otherNames[0]: 100 characters; 99 are allowed"],
    [
      "too long in characters of two bytes",
      dg11,
      { fullName: "ع".repeat(100) },
      "EF.DG11.fullName: 100 characters; 99 are allowed",
    ],
    [
      "half of a surrogate pair",
      dg11,
      { otherNames: ["A", "\ud83d"] },
      "EF.DG11.otherNames[1]: holds half of a surrogate pair",
    ],
    ["the other half", dg11, { fullName: "a\udc00" }, "EF.DG11.fullName: holds half of a surrogate pair"],
    ["no text", dg11, { title: 5 }, "EF.DG11.title: expected text, found number"],
    ["an empty list", dg11, { otherNames: [] }, "EF.DG11.otherNames: 0 entries; 1 to 255 are allowed"],
    [
      "a list too long",
      dg11,
      { otherNames: new Array(256).fill("A") },
      "EF.DG11.otherNames: 256 entries; 1 to 255 are allowed",
    ],
    ["no list", dg11, { otherNames: "A" }, "EF.DG11.otherNames: expected a list"],
    ["custody too long", dg11, { custody: "c".repeat(1000) }, "EF.DG11.custody: 1000 characters; 999 are allowed"],
    ["no bytes", dg12, { frontImage: "ffd8" }, "EF.DG12.frontImage: expected a Uint8Array"],
    ["null for missing", dg12, { issuingAuthority: null }, "EF.DG12.issuingAuthority: expected text, found object"],
    ["no data object", efSod, Uint8Array.of(0x30, 0x05), "EF.SOD: expected the bytes of one whole data object"],
    [
      "not one of its values",
      dg2,
      dg2Of({ imageDataType: 2 }),
      "EF.DG2.instances[0].data.face.faces[0].imageDataType: 2 is not one of 0, 1",
    ],
    [
      "out of range",
      dg2,
      dg2Of({ width: 65_536 }),
      "EF.DG2.instances[0].data.face.faces[0].width: 65536 is no whole number of 2 bytes",
    ],
    [
      "no whole number",
      dg2,
      dg2Of({ height: 1.5 }),
      "EF.DG2.instances[0].data.face.faces[0].height: 1.5 is no whole number of 2 bytes",
    ],
    [
      "items of another size",
      dg2,
      dg2Of({ featurePoints: new Uint8Array(7) }),
      "EF.DG2.instances[0].data.face.faces[0].featurePoints: 7 bytes; a multiple of 8 is needed",
    ],
    [
      "no items",
      dg2,
      dg2Of({ featurePoints: 5 }),
      "EF.DG2.instances[0].data.face.faces[0].featurePoints: expected a Uint8Array",
    ],
    [
      "an empty image",
      dg2,
      dg2Of({ image: new Uint8Array(0) }),
      /^EF\.DG2\.instances\[0\]\.data\.face\.faces\[0\]\.image: 0 bytes/,
    ],
    [
      "a field of a record missing",
      dg2,
      dg2Of({ pose: undefined }),
      "EF.DG2.instances[0].data.face.faces[0].pose: is missing",
    ],
    [
      "ten faces",
      dg2,
      { instances: new Array(10).fill(dg2Of({}).instances[0]) },
      "EF.DG2.instances: 10 entries; 1 to 9 are allowed",
    ],
    [
      "no record",
      dg2,
      { instances: [{ header: { formatOwner: 1, formatType: 1 }, data: { face: 1 } }] },
      "EF.DG2.instances[0].data.face: expected an object",
    ],
    [
      "one hash",
      ldsSecurityObject,
      { version: 0, hashAlgorithm: { algorithm: "2.16.840.1.101.3.4.2.1" }, dataGroupHashValues: [] },
      "LDSSecurityObject.dataGroupHashValues: 0 entries; 2 to 16 are allowed",
    ],
    [
      "a bad OID",
      ldsSecurityObject,
      {
        version: 0,
        hashAlgorithm: { algorithm: "2.16." },
        dataGroupHashValues: [1, 2].map((n) => ({ dataGroupNumber: n, dataGroupHashValue: Uint8Array.of(1) })),
      },
      'LDSSecurityObject.hashAlgorithm.algorithm: "2.16." is no object identifier',
    ],
  ] as const)("names the field: %s", (_what, file, value, message) => {
    const found = refused(file, value);
    if (typeof message === "string") expect(found).toBe(message);
    else expect(found).toMatch(message);
  });

  it("leaves the next encoding untouched", () => {
    const value: Dg11 = { fullName: "رضایی<<علی", otherNames: ["A", "B"] };
    const before = encodeFile(dg11, value);
    refused(dg11, { fullName: "x", otherNames: ["Q".repeat(100)] });
    expect(encodeFile(dg11, value)).toEqual(before);
  });
});

describe("leaves refuse what they cannot hold", () => {
  const cases: readonly (readonly [string, AnyCodec, readonly unknown[]])[] = [
    ["any", any(), ["", new Uint8Array(0), Uint8Array.of(4), Uint8Array.of(4, 0, 0), Uint8Array.of(4, 0x81, 0)]],
    ["rest", rest(), ["ab", 5]],
    ["octets", octets(2, 3), [[1, 2], new Uint8Array(1), new Uint8Array(4)]],
    ["uint", uint(2), [-1, 65_536, 0.5, "1", Number.NaN]],
    ["digits", digits(2), ["1", "123", "1a", "۱۲"]],
    ["printable", text(5, { charset: "printable" }), ["a_b", "é"]],
    ["bitString", bitString(), ["01", 1]],
    ["boolean", boolean(), [1, "false", 0]],
    ["integerBytes", integerBytes(), [new Uint8Array(0), Uint8Array.of(0, 1), Uint8Array.of(0xff, 0x80), "1"]],
    ["smallInteger", smallInteger(300), [-1, 301, 1.5, "1", 2 ** 53]],
    ["namedBits", namedBits(), [[-1], [1.5], [128], ["0"], 3]],
    [
      "oid",
      oid(),
      ["", "1", "3.1", "1.40", "1.2.", "1.2.-3", "1.2.03", "1.2.a", `1.2.${2n ** 128n}`, `2.${2n ** 128n - 80n}`, 12],
    ],
    [
      "choice",
      choice({ a: req(4, octets()), b: req(5, octets()) }),
      [{}, { a: new Uint8Array(0), b: new Uint8Array(0) }, null, 3],
    ],
    ["tagList", tagList(), [[-1], [0x7f], [0x7f80], ["5"]]],
    ["list", list(4, octets()), [{}, "ab", [1]]],
    ["struct", struct({ a: req(4, octets()), b: opt(5, octets()) }), [{}, 1, null, { a: 1 }]],
    ["record", faceRecord, [1, null, {}, { faces: 1 }, { faces: [1] }]],
  ];
  it.each(cases)("%s", (_, codec, values) => {
    for (const value of values) {
      const found = refusal(() => encodeObject(dataObject("value", 0x30, codec as never as Codec<unknown>), value));
      expect(found, JSON.stringify(value)).toMatch(/^value[.:[]/);
    }
  });

  it("names what is inside a choice", () => {
    const of = struct({ when: reqOwn(choice({ short: req(4, octets(1, 1)), long: req(5, octets(2, 2)) })) });
    const found = refusal(() => encodeObject(dataObject("X", 0x30, of), { when: { long: Uint8Array.of(1) } }));
    expect(found).toBe("X.when.long: 1 bytes; 2 are allowed");
  });
});

describe("encoding while being encoded", () => {
  it("gives the same bytes when a getter encodes another file", () => {
    const inner: Dg11 = { fullName: "X".repeat(99), profession: "Y".repeat(99) };
    const plain = { title: "T", otherNames: ["ONE", "TWO"], profession: "P" };
    let encodings = 0;
    const busy = {
      get title() {
        encodings++;
        expect(parseFile(dg11, encodeFile(dg11, inner))).toEqual(inner);
        return "T";
      },
      get otherNames() {
        encodings++;
        encodeFile(efCom, { ldsVersion: "0107", unicodeVersion: "040000", tagList: [0x61] });
        return ["ONE", "TWO"];
      },
      profession: "P",
    };
    expect(encodeFile(dg11, busy)).toEqual(encodeFile(dg11, plain));
    expect(encodings).toBeGreaterThanOrEqual(2);
  });

  it("passes on what a getter throws, and works afterwards", () => {
    const value = {
      get title(): string {
        throw new RangeError("mine");
      },
    };
    expect(() => encodeFile(dg11, value)).toThrow(new RangeError("mine"));
    expect(parseFile(dg11, encodeFile(dg11, { title: "T" }))).toEqual({ title: "T" });
  });

  it("writes files larger than the room it starts with", () => {
    const frontImage = new Uint8Array(200_000).fill(7);
    const rearImage = new Uint8Array(70_000).fill(9);
    expect(parseFile(dg12, encodeFile(dg12, { frontImage, rearImage }))).toEqual({ frontImage, rearImage });
  });
});
