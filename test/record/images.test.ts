import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkCitizenRecord, parseCitizenRecord } from "../../src/record/parse.js";
import { codes, goodInput } from "./sample.js";

const vector = (name: string) => new Uint8Array(readFileSync(new URL(`../vectors/biometric/${name}`, import.meta.url)));
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");

const wsq = vector("rings-256x256.wsq");
const minutiae = vector("minutiae-compact.bin");
const jp2 = vector("drawn-24x18.jp2");
const size = { width: 256, height: 256 };
const fingers = [
  { position: 2, image: wsq, imageSize: size, minutiae },
  { position: 7, minutiae },
];
const full = { ...goodInput, portraitSize: { width: 413, height: 531 }, fingers, signature: jp2, signatureSize: size };

const problemsOf = (change: object) => codes(checkCitizenRecord({ ...goodInput, ...change }).problems);

describe("fingers and signature of a record", () => {
  it("come through as bytes, from bytes and from base64, and again", () => {
    const { record, warnings } = parseCitizenRecord(full);
    expect(warnings).toEqual([]);
    expect(record).toMatchObject({ fingers, signature: jp2, signatureSize: size, portraitSize: full.portraitSize });
    expect(Object.hasOwn(record.fingers?.[1] ?? {}, "image")).toBe(false);
    const asText = fingers.map(({ image, ...rest }) => ({
      ...rest,
      minutiae: base64(minutiae),
      ...(image && { image: base64(image) }),
    }));
    const fromText = parseCitizenRecord(
      JSON.parse(JSON.stringify({ ...full, fingers: asText, signature: base64(jp2) })),
    ).record;
    expect(fromText).toEqual(record);
    expect(parseCitizenRecord(record).record).toEqual(record);
    expect(record.fingers?.[0]?.image?.buffer).not.toBe(wsq.buffer);
  });

  it("are left out when the input leaves them out", () => {
    const { record } = parseCitizenRecord(goodInput);
    for (const field of ["fingers", "signature", "portraitSize", "signatureSize"]) {
      expect(Object.hasOwn(record, field)).toBe(false);
    }
  });

  it.each([
    [{ fingers: [] }, ["fingers FINGER_COUNT"]],
    [{ fingers: [fingers[0]] }, ["fingers FINGER_COUNT"]],
    [{ fingers: "none" }, ["fingers FIELD_TYPE"]],
    [{ fingers: { length: 1e9 } }, ["fingers FIELD_TYPE"]],
    [{ fingers: [fingers[0], null] }, ["fingers.1 FIELD_TYPE"]],
    [{ fingers: [fingers[0], fingers[0]] }, ["fingers.1.position FINGER_REPEATED"]],
    [{ fingers: [fingers[0], { position: 11, minutiae }] }, ["fingers.1.position NUMBER_RANGE"]],
    [{ fingers: [fingers[0], { position: 0, minutiae }] }, ["fingers.1.position NUMBER_RANGE"]],
    [{ fingers: [fingers[0], { position: 1.5, minutiae }] }, ["fingers.1.position FIELD_TYPE"]],
    [{ fingers: [fingers[0], { minutiae }] }, ["fingers.1.position FIELD_MISSING"]],
    [{ fingers: [fingers[0], { position: 3 }] }, ["fingers.1 FIELD_MISSING"]],
    [{ fingers: [fingers[0], { position: 3, minutiae, imageSize: size }] }, ["fingers.1.image FIELD_MISSING"]],
    [{ fingers: [fingers[0], { position: 3, image: jp2 }] }, ["fingers.1.image IMAGE_FORMAT"]],
    [{ fingers: [fingers[0], { position: 3, image: "left.wsq" }] }, ["fingers.1.image IMAGE_NOT_BASE64"]],
    [{ fingers: [fingers[0], { position: 3, image: 3 }] }, ["fingers.1.image FIELD_TYPE"]],
    [
      { fingers: [fingers[0], { position: 3, image: new Uint8Array(2 ** 20 + 1) }] },
      ["fingers.1.image IMAGE_TOO_LARGE"],
    ],
    [{ fingers: [fingers[0], { position: 3, minutiae: new Uint8Array(0) }] }, ["fingers.1.minutiae MINUTIAE_FORM"]],
    [{ fingers: [fingers[0], { position: 3, minutiae: minutiae.subarray(1) }] }, ["fingers.1.minutiae MINUTIAE_FORM"]],
    [{ fingers: [fingers[0], { position: 3, minutiae: new Uint8Array(768) }] }, ["fingers.1.minutiae MINUTIAE_FORM"]],
    [
      { fingers: [fingers[0], { position: 3, minutiae: Uint8Array.of(1, 1, 0xc0) }] },
      ["fingers.1.minutiae MINUTIAE_FORM"],
    ],
    [{ fingers: [fingers[0], { position: 3, minutiae: "*" }] }, ["fingers.1.minutiae MINUTIAE_NOT_BASE64"]],
    [{ fingers: [fingers[0], { position: 3, minutiae, hand: "left" }] }, ["fingers.1.hand FIELD_UNKNOWN"]],
    [{ fingers: [fingers[0], { position: 3, minutiae: new Uint8Array(765) }] }, []],
    [{ signature: wsq }, ["signature IMAGE_FORMAT"]],
    [{ signatureSize: size }, ["signature FIELD_MISSING"]],
    [
      { portraitSize: { width: 0, height: 65_536 } },
      ["portraitSize.width NUMBER_RANGE", "portraitSize.height NUMBER_RANGE"],
    ],
    [{ portraitSize: { width: 1 } }, ["portraitSize.height FIELD_MISSING"]],
    [{ portraitSize: "413×531" }, ["portraitSize FIELD_TYPE"]],
  ])("%#: refused with the path and a code of its own, or taken", (change, expected) => {
    expect(problemsOf(change)).toEqual(expected);
  });

  it("say what is allowed", () => {
    const { problems } = checkCitizenRecord({ ...goodInput, fingers: [fingers[0], { position: 11, minutiae }] });
    expect(problems[0]).toMatchObject({
      path: "fingers.1.position",
      found: "number 11",
      allowed: "a whole number from 1 (right thumb) to 10 (left little finger)",
    });
    const reserved = [{ position: 3, minutiae: Uint8Array.of(1, 1, 0, 1, 1, 0xc5) }, fingers[0]];
    expect(checkCitizenRecord({ ...goodInput, fingers: reserved }).problems[0]?.message).toContain(
      "Minutia 2 has type 3",
    );
  });

  it("are refused with all their problems at once, in the order of the fields", () => {
    const bad = { signature: "?", fingers: [{ position: 12 }, { position: 12, minutiae: "A" }], portraitSize: 4 };
    expect(problemsOf(bad)).toEqual([
      "portraitSize FIELD_TYPE",
      "fingers.0.position NUMBER_RANGE",
      "fingers.1.position NUMBER_RANGE",
      "fingers.1.minutiae MINUTIAE_NOT_BASE64",
      "fingers.0 FIELD_MISSING",
      "fingers.1.position FINGER_REPEATED",
      "signature IMAGE_NOT_BASE64",
    ]);
  });

  it("never show bytes, and whatever stands there the check does not throw", () => {
    const secret = "U0VDUkVU".repeat(4);
    for (const field of [
      { signature: secret },
      { fingers: [{ position: 1, image: secret, minutiae: `${secret}!` }, fingers[1]] },
    ]) {
      const { problems } = checkCitizenRecord({ ...goodInput, ...field });
      expect(problems.length).toBeGreaterThan(0);
      expect(JSON.stringify(problems)).not.toContain("U0VD");
    }
    const anything = fc.anything({ withTypedArray: true, withSparseArray: true });
    const finger = fc.record(
      { position: anything, image: anything, imageSize: anything, minutiae: anything },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        fc.oneof(anything, fc.array(fc.oneof(finger, anything), { maxLength: 12 })),
        anything,
        (list, image) => {
          const input = { ...goodInput, fingers: list, signature: image };
          const good = list === undefined && image === undefined;
          expect(checkCitizenRecord(input).problems.length === 0).toBe(good);
        },
      ),
      { numRuns: 300 },
    );
  });
});
