import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fromHex } from "../../src/bytes/bytes.js";
import type { CardFiles } from "../../src/inspect/card-files.js";
import { DATA_GROUPS } from "../../src/lds/data-groups.js";
import { encodeTlv } from "../../src/tlv/ber.js";
import { AT, judge, replace } from "../support/inspect.js";
import { readVector } from "./strict.js";

/** The other backend does elliptic curves some ten times slower. */
const { EXPECT_BACKEND } = process.env;
const FAST = EXPECT_BACKEND === "node";

/** Every published file, with the name under which a card would give it. */
function published(): [label: string, name: string, bytes: Uint8Array][] {
  const root = new URL("../vectors/lds/", import.meta.url);
  const all = readdirSync(root, { recursive: true, encoding: "utf8" }).toSorted();
  const binaries = all
    .filter((file) => file.endsWith(".bin"))
    .map((file): [string, string, Uint8Array] => {
      const own = /(?:^|\/)(EF\.COM|EF\.SOD|DG\d+)\.bin$/.exec(file)?.[1];
      const name = own === undefined ? "EF.DG2" : own.startsWith("DG") ? `EF.${own}` : own;
      return [file, name, readVector(`lds/${file}`)];
    });
  const texts = all
    .filter((file) => file.endsWith(".json"))
    .flatMap((file) => {
      const found = new TextDecoder().decode(readVector(`lds/${file}`)).match(/"[0-9A-Fa-f]{24,}"/g) ?? [];
      return found.map((quoted, i): [string, string, Uint8Array] => {
        const bytes = fromHex(quoted.slice(1, -1));
        const group = DATA_GROUPS.find(({ tag }) => tag === bytes[0])?.name;
        return [`${file} ${i}`, group ?? (bytes[0] === 0x60 ? "EF.COM" : "EF.SOD"), bytes];
      });
    });
  return [...binaries, ...texts];
}

const SILVER: CardFiles = {
  files: {
    "EF.COM": readVector("lds/bsi-silver/EF.COM.bin"),
    "EF.SOD": readVector("lds/bsi-silver/EF.SOD.bin"),
    "EF.DG1": readVector("lds/bsi-silver/DG1.bin"),
  },
  evidence: { accessControl: "BAC", notGiven: [], notAsked: [] },
};
const ALONE: CardFiles = { ...SILVER, files: {} };

/** Every `step`th byte changed, in a way that differs from byte to byte, and the file cut there. */
function* damagedOnce(bytes: Uint8Array, step: number): Generator<Uint8Array> {
  for (let i = 0; i < bytes.length; i += step) {
    yield bytes.subarray(0, i);
    const copy = bytes.slice();
    copy[i] = (copy[i] as number) ^ (1 + ((i * 151) % 255));
    yield copy;
  }
}

const files = published();

describe("published files, damaged", () => {
  it("are all there", () => {
    const names = new Set(files.map(([, name]) => name));
    for (const name of ["EF.COM", "EF.SOD", "EF.DG1", "EF.DG2", "EF.DG11", "EF.DG12"]) expect(names).toContain(name);
    expect(files.length).toBeGreaterThan(20);
  });

  it.each(files)(
    "%s as %s: a report for each changed byte and each length, never an exception",
    (label, name, bytes) => {
      // A security object is worth its signature only among its own files; elsewhere nothing needs one.
      const card = name === "EF.SOD" || label.startsWith("bsi-silver/EF.COM") ? SILVER : ALONE;
      const modified = label.startsWith("sod-");
      const step = modified ? 29 : FAST ? 1 : 23;
      let failed = 0;
      let tried = 0;
      for (const damaged of damagedOnce(bytes, step)) {
        tried++;
        if (judge(replace(card, { [name]: damaged })).checks.some(({ status }) => status === "failed")) failed++;
      }
      expect(tried).toBeGreaterThan(1);
      expect(failed).toBeGreaterThan(0);
    },
  );

  it("are judged for what they are as they stand", () => {
    for (const [, name, bytes] of files)
      expect(() => judge(replace(SILVER, { [name]: bytes }), { at: AT })).not.toThrow();
  });

  it("nested without end give a report", () => {
    for (const name of ["EF.COM", "EF.SOD", "EF.DG1", "EF.DG2", "EF.DG11", "EF.DG12"]) {
      for (const tag of [0x30, 0x60, 0x61, 0x75, 0x77, 0x6b, 0xa0]) {
        let bytes: Uint8Array = Uint8Array.of(5, 0);
        for (let depth = 0; depth < 500; depth++) bytes = encodeTlv(tag, bytes);
        expect(judge(replace(ALONE, { [name]: bytes })).verdict).toBe("failed");
      }
    }
  });
});
