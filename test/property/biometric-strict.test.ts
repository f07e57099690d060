import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { biometricHeaderWithSubtype } from "../../src/biometric/cbeff.js";
import { faceRecord } from "../../src/biometric/face.js";
import { fingerRecord } from "../../src/biometric/finger.js";
import { parseImageHeader } from "../../src/biometric/image-header.js";
import { irisRecord } from "../../src/biometric/iris.js";
import { faceImageDataBlock } from "../../src/biometric/iso39794/face.js";
import { fingerImageDataBlock } from "../../src/biometric/iso39794/finger.js";
import { minutiaeTemplate } from "../../src/biometric/minutiae.js";
import { concatBytes } from "../../src/bytes/bytes.js";
import { MalformedError } from "../../src/errors.js";
import { arbitraryOf } from "../../src/testing/arbitrary.js";
import { encodeTlv } from "../../src/tlv/ber.js";
import { dataObject } from "../../src/tlv/file.js";
import { type Declaration, damaged, encodeAny, holdsStrictly, parseAny, readVector } from "./strict.js";

const ALL: readonly Declaration[] = [
  dataObject("FaceRecord", 0x5f2e, faceRecord),
  dataObject("FingerRecord", 0x5f2e, fingerRecord),
  dataObject("IrisRecord", 0x5f2e, irisRecord),
  dataObject("BiometricHeader", 0xa1, biometricHeaderWithSubtype),
  minutiaeTemplate,
  faceImageDataBlock,
  fingerImageDataBlock,
];

describe.each(ALL.map((of) => [of.name, of] as const))("%s", (_, of) => {
  const values = arbitraryOf(of);

  it("reads what it wrote", () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(parseAny(of, encodeAny(of, value))).toEqual(value);
      }),
      { numRuns: 300 },
    );
  });

  it("gives a value or a MalformedError for damaged generated ones, whole or cut", () => {
    let refused = 0;
    for (const value of fc.sample(values, { numRuns: 3, seed: 7 })) {
      for (const bytes of damaged(encodeAny(of, value))) if (!holdsStrictly(of, bytes)) refused++;
    }
    expect(refused).toBeGreaterThan(0);
    fc.assert(
      fc.property(
        values,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (value, changes) => {
          const bytes = encodeAny(of, value);
          for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
          holdsStrictly(of, bytes);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("survives bytes that are nothing", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        holdsStrictly(of, bytes);
        holdsStrictly(of, encodeTlv(of.tag, bytes));
      }),
      { numRuns: 500 },
    );
  });
});

describe("parseImageHeader", () => {
  const starts = [
    "jpeg/grey-9x7.jpg",
    "biometric/drawn-24x18.jp2",
    "biometric/grey-12x8.j2c",
    "biometric/rings-256x256.wsq",
    "biometric/drawn-24x18.png",
  ].map((path) => readVector(path).subarray(0, 260));

  it("gives a header or a MalformedError with an offset in the input, whatever it is given", () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 });
    const tail = fc.uint8Array({ maxLength: 60 });
    fc.assert(
      fc.property(fc.constantFrom(...starts), fc.nat(260), damage, tail, (start, cut, changes, more) => {
        const bytes = concatBytes(start.subarray(0, Math.max(2, cut)), more);
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        try {
          const { width, height } = parseImageHeader(bytes);
          expect(width > 0 && height > 0).toBe(true);
        } catch (error) {
          if (!(error instanceof MalformedError)) throw error;
          expect(error.offset >= 0 && error.offset <= bytes.length && error.path !== "").toBe(true);
        }
      }),
      { numRuns: 5000 },
    );
  });
});
