import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { equalBytes } from "../../src/bytes/bytes.js";
import { EncodeError } from "../../src/errors.js";
import { efCom } from "../../src/lds/com.js";
import { LDS_FILES } from "../../src/lds/data-groups.js";
import { dg2 } from "../../src/lds/dg2.js";
import { dg11 } from "../../src/lds/dg11.js";
import { arbitraryOf } from "../../src/testing/arbitrary.js";
import type { DataFile } from "../../src/tlv/file.js";
import { encodeFile, parseFile } from "../../src/tlv/file.js";
import { fileFromJson, fileToJson } from "../../src/tlv/json.js";

const files = LDS_FILES as unknown as readonly DataFile<unknown>[];

describe("the JSON form of a file", () => {
  it.each(files.map((file) => [file.name, file] as const))("%s goes through JSON text unchanged", (_name, file) => {
    fc.assert(
      fc.property(arbitraryOf(file) as fc.Arbitrary<unknown>, (value) => {
        const text = JSON.stringify(fileToJson(file, value));
        const back = fileFromJson(file, JSON.parse(text));
        expect(encodeFile(file, back)).toEqual(encodeFile(file, value));
      }),
      { numRuns: 30 },
    );
  });

  it("shows names, tags and bytes in hex", () => {
    const json = fileToJson(efCom, { ldsVersion: "0107", unicodeVersion: "040000", tagList: [0x61, 0x7f61] });
    expect(json).toEqual({ ldsVersion: "0107", unicodeVersion: "040000", tagList: ["61", "7F61"] });
    const bytes = new Uint8Array(readFileSync(new URL("../vectors/lds/bsi-silver/DG2.bin", import.meta.url)));
    const value = fileToJson(dg2, parseFile(dg2, bytes));
    expect(JSON.stringify(value).includes('"width":337,"height":449')).toBe(true);
    expect(equalBytes(encodeFile(dg2, fileFromJson(dg2, value)), bytes)).toBe(true);
  });

  it.each([
    ["EF.COM: an object expected", efCom, 5],
    ["EF.COM.tagList: tags in hex expected", efCom, { tagList: [97] }],
    ["EF.COM.version: there is no such field", efCom, { version: "1" }],
    ["EF.DG11.otherNames: a list expected", dg11, { otherNames: "x" }],
    ["EF.DG11.proofOfCitizenship: hex expected", dg11, { proofOfCitizenship: "abc" }],
    [
      "EF.DG2.instances[0].data.face.faces[0].image: hex expected",
      dg2,
      { instances: [{ data: { face: { faces: [{ image: 1 }] } } }] },
    ],
  ] as const)("%s", (message, file, json) => {
    let error: unknown;
    try {
      fileFromJson(file as unknown as DataFile<unknown>, json as never);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(EncodeError);
    expect((error as EncodeError).message).toBe(message);
  });
});
