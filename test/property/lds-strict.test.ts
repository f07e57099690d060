import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { algorithmIdentifier, SEQUENCE, subjectPublicKeyInfo, time } from "../../src/asn1/types.js";
import { biometricHeader } from "../../src/biometric/cbeff.js";
import { fromHex } from "../../src/bytes/bytes.js";
import { efAtrInfo } from "../../src/lds/atr-info.js";
import { LDS_FILES, MF_FILES } from "../../src/lds/data-groups.js";
import { efDir } from "../../src/lds/dir.js";
import { efBiometrics } from "../../src/lds/lds2/additional-biometrics.js";
import { certificateRecord } from "../../src/lds/lds2/certificates.js";
import { recordCount, recordSearch, recordSearchResult } from "../../src/lds/lds2/record-handling.js";
import { travelRecord } from "../../src/lds/lds2/travel-records.js";
import { visaRecord } from "../../src/lds/lds2/visa-records.js";
import { SECURITY_INFO_KINDS } from "../../src/lds/security-info-kinds.js";
import { ldsSecurityObject } from "../../src/lds/security-object.js";
import { arbitraryOf } from "../../src/testing/arbitrary.js";
import { encodeTlv, tagSize } from "../../src/tlv/ber.js";
import { dataObject, encodeFileInto, sizeOfFile } from "../../src/tlv/file.js";
import { req, struct } from "../../src/tlv/struct.js";
import { type Declaration, damaged, encodeAny, holdsStrictly, malformed, parseAny, readVector } from "./strict.js";

const OBJECTS: readonly Declaration[] = [
  ldsSecurityObject,
  dataObject("SubjectPublicKeyInfo", SEQUENCE, subjectPublicKeyInfo),
  dataObject("AlgorithmIdentifier", SEQUENCE, algorithmIdentifier),
  dataObject("BiometricHeader", 0xa1, biometricHeader),
  ...Object.values(SECURITY_INFO_KINDS),
  efBiometrics(64),
  recordSearch,
  recordSearchResult,
  recordCount,
  // contents without a tag of their own, each in one to be tried like the others
  dataObject("EF.DIR content", 0x30, efDir.codec),
  dataObject("EF.ATR/INFO content", 0x30, efAtrInfo.codec),
  dataObject("TravelRecord content", 0x30, travelRecord),
  dataObject("VisaRecord content", 0x30, visaRecord),
  dataObject("CertificateRecord content", 0x30, certificateRecord),
];
const ALL: readonly Declaration[] = [...LDS_FILES, ...MF_FILES, ...OBJECTS];

/** Well-formed examples, one or more for each declaration. */
const EXAMPLES: Readonly<Record<string, readonly Uint8Array[]>> = {
  "EF.COM": [readVector("lds/bsi-silver/EF.COM.bin")],
  "EF.DG1": [readVector("lds/bsi-silver/DG1.bin"), readVector("lds/gmrtd-sample/DG1.bin")],
  "EF.DG2": [readVector("lds/bsi-silver/DG2.bin")],
  "EF.DG4": [readVector("lds/bsi-silver/DG4.bin")],
  "EF.DG11": [readVector("lds/gmrtd-sample/DG11.bin")],
  "EF.DG12": [readVector("lds/gmrtd-sample/DG12.bin")],
  "EF.DG7": [readVector("lds/tsemrtd/DG7.bin")],
  "EF.DG15": [readVector("lds/bsi-silver/DG15.bin")],
  "EF.DG16": [readVector("lds/gmrtd-sample/DG16.bin")],
  "EF.SOD": [readVector("lds/bsi-silver/EF.SOD.bin")],
  "EF.CardAccess": [readVector("lds/npa-ecdh/ef_cardaccess.bin")],
  "EF.CardSecurity": [readVector("lds/cardsecurity-jmrtd.bin")],
};

describe.each(ALL.map((of) => [of.name, of] as const))("%s", (_, of) => {
  const values = arbitraryOf(of);

  it("reads what it wrote", () => {
    fc.assert(
      fc.property(values, (value) => {
        const bytes = encodeAny(of, value);
        expect(parseAny(of, bytes)).toEqual(value);
      }),
      { numRuns: 300 },
    );
  });

  it("gives a value or a MalformedError for every damaged example", () => {
    const examples = EXAMPLES[of.name] ?? fc.sample(values, { numRuns: 3, seed: 1 }).map((v) => encodeAny(of, v));
    let tried = 0;
    let refused = 0;
    for (const example of examples) {
      expect(holdsStrictly(of, example)).toBe(true);
      for (const bytes of damaged(example)) {
        tried++;
        if (!holdsStrictly(of, bytes)) refused++;
      }
    }
    expect(tried).toBeGreaterThan(100);
    expect(refused).toBeGreaterThan(0);
  });

  it("gives a value or a MalformedError for damaged generated files", () => {
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

  it("refuses every truncation of a generated file, and anything behind it", () => {
    fc.assert(
      fc.property(values, fc.nat(), (value, cut) => {
        const bytes = encodeAny(of, value);
        expect(holdsStrictly(of, bytes.slice(0, cut % bytes.length))).toBe(false);
        const longer = new Uint8Array(bytes.length + 1);
        longer.set(bytes);
        expect(malformed(() => parseAny(of, longer))).toMatchObject({
          code: "TRAILING_BYTES",
          path: of.name,
          offset: bytes.length,
        });
      }),
      { numRuns: 200 },
    );
  });

  it("survives bytes that are nothing, behind its own tag too", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        holdsStrictly(of, bytes);
        holdsStrictly(of, encodeTlv(of.tag, bytes));
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ["a huge length", "84FFFFFFFF", "TRUNCATED"],
    ["a length of five bytes", "85FFFFFFFFFF", "BAD_LENGTH"],
    ["an indefinite length", "800000", "BAD_LENGTH"],
    ["the reserved length", "FF", "BAD_LENGTH"],
    ["a length that is not minimal", "810100", "BAD_LENGTH"],
    ["a length of zero bytes more", "8200", "TRUNCATED"],
    ["no length", "", "TRUNCATED"],
  ])("refuses %s", (_what, length, code) => {
    const error = malformed(() => parseAny(of, fromHex(of.tag.toString(16).padStart(2, "0") + length)));
    expect(error).toMatchObject({ code, path: of.name });
    expect(error.offset).toBeLessThanOrEqual(tagSize(of.tag) + length.length / 2);
  });

  it("refuses a long tag, another tag and no tag", () => {
    expect(malformed(() => parseAny(of, fromHex("7F818181810100")))).toMatchObject({ code: "BAD_TAG", path: of.name });
    expect(malformed(() => parseAny(of, fromHex("7F801000")))).toMatchObject({ code: "BAD_TAG", path: of.name });
    expect(malformed(() => parseAny(of, fromHex("0400")))).toMatchObject({ code: "BAD_TAG", offset: 0 });
    expect(malformed(() => parseAny(of, new Uint8Array(0)))).toMatchObject({ code: "TRUNCATED", offset: 0 });
  });
});

describe("a time", () => {
  const of = dataObject("Validity", SEQUENCE, struct({ notBefore: req(SEQUENCE, time) }));

  it("reads what it wrote", () => {
    fc.assert(
      fc.property(arbitraryOf(of), (value) => {
        expect(parseAny(of, encodeAny(of, value))).toEqual(value);
      }),
    );
  });
});

describe("writing into a caller's buffer", () => {
  it.each([...LDS_FILES, ...MF_FILES].map((file) => [file.name, file] as const))(
    "%s says how many bytes are missing",
    (_, file) => {
      const any = file as never as Parameters<typeof encodeFileInto<unknown>>[0];
      fc.assert(
        fc.property(arbitraryOf(file), fc.nat(), (value, less) => {
          const size = sizeOfFile(any, value);
          const room = less % size;
          const out = new Uint8Array(room + 5).fill(0xee);
          // The five bytes behind `end` are not the encoder's.
          expect(encodeFileInto(any, value, out, room)).toBe(room - size);
          expect(out.subarray(room)).toEqual(new Uint8Array(5).fill(0xee));
          const enough = new Uint8Array(size + 3);
          expect(encodeFileInto(any, value, enough, size + 1)).toBe(1);
          expect(enough.subarray(1, size + 1)).toEqual(encodeAny(file, value));
          expect([enough[0], enough[size + 1], enough[size + 2]]).toEqual([0, 0, 0]);
        }),
        { numRuns: 100 },
      );
    },
  );

  it("refuses an end outside the buffer", () => {
    const com = LDS_FILES[0] as never as Parameters<typeof encodeFileInto<unknown>>[0];
    for (const end of [-1, 41, Number.NaN]) {
      expect(() => encodeFileInto(com, {}, new Uint8Array(40), end)).toThrow(RangeError);
    }
  });
});
