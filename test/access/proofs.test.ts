import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

interface Row {
  readonly protocol: string;
  readonly keyAgreement: string;
  readonly cipher: string;
  readonly vector: string;
  readonly files: readonly string[];
  readonly program: string;
  readonly step?: string;
  readonly parts: string;
}
const path = (relative: string): string => fileURLToPath(new URL(`../../${relative}`, import.meta.url));
const text = (relative: string): string => readFileSync(path(relative), "utf8");
const rows = JSON.parse(
  execFileSync(process.execPath, [path("test/interop/list-protocols.mjs"), "--json"], { encoding: "utf8" }),
) as Row[];

/** Programs by the word that a step's file must have, and what it imports of the table when the table says what it runs. */
const PROGRAMS: Readonly<Record<string, readonly RegExp[]>> = {
  "libeac libeac": [/buildPeer\("pace-peer"\)/, /PACE_BY_LIBEAC/],
  "libeac libeac-ca": [
    /buildPeer\("ca-peer"\)/,
    /CHIP_AUTHENTICATION_PROTOCOLS/,
    /RESTRICTED_IDENTIFICATION_PROTOCOLS/,
  ],
  "libeac libeac-ta": [/buildPeer\("eac-peer"\)/, /TERMINAL_AUTHENTICATION_BY_LIBEAC/],
  "mrtdreader pcsc": [/mrtdreader-pcsc\.sh/],
  "cvc-create cvc-chip": [/run\("cvc-create"/],
  "npa-tool npa-tool": [/NPA_TOOL/],
};

/** Tests of the rooms that the vectors are for. */
const TESTS = ["test/access", "test/sm"].flatMap((folder) =>
  readdirSync(path(folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => text(`${folder}/${name}`)),
);

describe("what docs/protocols.md says proves a protocol", () => {
  it("is something in each row, or its parts are told", () => {
    for (const { protocol, keyAgreement, vector, program, parts } of rows) {
      expect(`${vector}${program}` === "", `${protocol} ${keyAgreement}`).toBe(parts !== "");
    }
  });

  it("is, for a vector, a file that a test reads", () => {
    const files = new Set(rows.flatMap((row) => row.files));
    expect(files.size).toBeGreaterThan(12);
    for (const file of files) {
      expect(existsSync(path(`test/vectors/${file}`)), file).toBe(true);
      const name = basename(file, ".json");
      expect(
        TESTS.some((source) => source.includes(name)),
        `${file} is in no test`,
      ).toBe(true);
    }
  });

  it("is, for a program, a step that runs it", () => {
    const steps = text("test/interop/run.mjs");
    for (const { protocol, program, step } of rows.filter((row) => row.program !== "")) {
      const key = `${program.split(" ")[0]} ${step}`;
      expect(PROGRAMS, protocol).toHaveProperty([key]);
      expect(steps, `${step} is no step`).toContain(`  "${step}",`);
      for (const sign of PROGRAMS[key] ?? []) expect(text(`test/interop/steps/${step}.mjs`)).toMatch(sign);
    }
    const used = new Set(rows.map(({ program, step }) => `${program.split(" ")[0]} ${step}`));
    expect(Object.keys(PROGRAMS).filter((key) => !used.has(key))).toEqual([]);
  });

  it("leaves out no vector of these protocols", () => {
    const claimed = new Set(rows.flatMap((row) => row.files));
    const beside = ["icao9303/kdf.json", "icao9303/prf-openssl.json", "icao9303/sm-openssl.json"];
    const present = ["icao9303", "tr03110"].flatMap((folder) =>
      readdirSync(path(`test/vectors/${folder}`))
        .filter((name) => name.endsWith(".json"))
        .map((name) => `${folder}/${name}`),
    );
    expect(present.filter((file) => !claimed.has(file)).sort()).toEqual(beside);
  });
});
