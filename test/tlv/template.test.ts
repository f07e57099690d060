import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildFaceRecord } from "../../src/biometric/face.js";
import { dg2 } from "../../src/lds/dg2.js";
import { dg7 } from "../../src/lds/dg7.js";
import { dataFile, encodeFile, mapped } from "../../src/tlv/file.js";
import { octets } from "../../src/tlv/leaves.js";
import { req, struct } from "../../src/tlv/struct.js";
import { type FileTemplate, fileTemplate } from "../../src/tlv/template.js";

const face = (image: Uint8Array) => ({
  instances: [
    {
      header: { version: 0x0101, type: Uint8Array.of(2), subtype: 0, formatOwner: 0x0101, formatType: 8 },
      data: { face: buildFaceRecord({ image, width: 413, height: 531, imageDataType: 0 }) },
    },
  ],
});

/** Tail behind the run, whose length counts too. */
const framed = dataFile({
  name: "EF.Framed",
  fid: 0x0101,
  sfi: 1,
  tag: 0x61,
  spec: "none",
  content: struct({ before: req(0x80, octets(0)), run: req(0x81, octets(0)), after: req(0x82, octets(0)) }),
});

function made(template: FileTemplate, run: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(size + 20).fill(0x77);
  const start = template.encodeInto(run, out, out.length - 10);
  expect(out.subarray(out.length - 10)).toEqual(new Uint8Array(10).fill(0x77));
  expect(out.subarray(0, start)).toEqual(new Uint8Array(start).fill(0x77));
  return out.slice(start, -10);
}

describe("FileTemplate", () => {
  it("writes what encodeFile writes, for runs of every length class", () => {
    const templates = [
      { file: dg2, around: face },
      { file: dg7, around: (image: Uint8Array) => [image] },
      {
        file: framed,
        around: (run: Uint8Array) => ({ before: Uint8Array.of(1, 2), run, after: new Uint8Array(300) }),
      },
    ].map(({ file, around }) => ({
      encode: (run: Uint8Array) => encodeFile(file as never, around(run) as never),
      template: fileTemplate(file as never, around as never),
    }));
    const lengths = [1, 127, 128, 255, 256, 257, 4096, 20_480, 65_000, 65_400, 65_500, 65_535, 65_536, 70_000];
    const check = (run: Uint8Array) => {
      for (const { encode, template } of templates) {
        const due = encode(run);
        expect(made(template, run, due.length).every((byte, i) => byte === due[i])).toBe(true);
      }
    };
    for (const length of lengths) check(new Uint8Array(length).fill(length));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 66_000 }), fc.nat(255), (length, fill) => {
        check(new Uint8Array(length).fill(fill));
      }),
      { numRuns: 200 },
    );
  });

  it("says how much room is missing, and refuses what is no place", () => {
    const template = fileTemplate(dg7, (image) => [image]);
    const run = new Uint8Array(1000);
    const size = encodeFile(dg7, [run]).length;
    expect(template.encodeInto(run, new Uint8Array(size - 3), size - 3)).toBe(-3);
    expect(() => template.encodeInto(run, new Uint8Array(10), 11)).toThrow(RangeError);
    expect(() => template.encodeInto("x".repeat(1000) as never, new Uint8Array(2000), 2000)).toThrow(TypeError);
  });

  it("refuses a file that depends on the run itself", () => {
    const sum = mapped(
      octets(0),
      (value: Uint8Array) => Uint8Array.from([...value, value.reduce((a, b) => a ^ b, 0), value.length >> 4]),
      (value) => value,
    );
    const summed = dataFile({ name: "EF.Summed", fid: 0x0102, sfi: 2, tag: 0x61, spec: "none", content: sum });
    expect(() => fileTemplate(summed, (run) => run)).toThrow(/EF\.Summed depends on the run/);
    expect(() => fileTemplate(dg7, () => [Uint8Array.of(1, 2, 3)])).toThrow(/EF\.DG7 depends on the run/);
  });
});
