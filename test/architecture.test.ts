import { describe, expect, it } from "vitest";
import { checkArchitecture } from "./architecture/checker.js";
import { readSources, type Sources } from "./architecture/imports.js";

const sources = readSources(new URL("../src/", import.meta.url));

describe("the house plan", () => {
  it("has sources to look at", () => {
    expect(sources.has("errors.ts")).toBe(true);
    expect(sources.size).toBeGreaterThan(10);
  });

  it("is kept by every file of src/", () => {
    expect(checkArchitecture(sources)).toEqual([]);
  });
});

/** A made-up tree; every target exists, so that only the breach is found. */
const tree = (files: Record<string, string>): Sources =>
  new Map(
    Object.entries({
      "errors.ts": "export class E {}",
      "bytes/bytes.ts": "export const b = 1;",
      "tlv/ber.ts": "export const t = 1; export type T = 1;",
      "tlv/index.ts": 'export { t } from "./ber.js";',
      "apdu/apdu.ts": "export const a = 1;",
      "crypto/primitives-node.ts": "export const primitives = 1;",
      "record/record.ts": "export const r = 1; export type R = 1;",
      "lds/dg1.ts": "export const d = 1;",
      "pki/sign.ts": "export const s = 1;",
      "pki/issue/issue.ts": "export const i = 1;",
      "card/image.ts": "export const c = 1;",
      "access/access-key.ts": "export type K = 1;",
      "access/bac/shared.ts": "export const k = 1;",
      "access/bac/chip.ts": "export const x = 1;",
      "access/bac/terminal.ts": "export const y = 1;",
      "gp/keys.ts": "export const g = 1;",
      "gp/chip/session.ts": "export const gc = 1;",
      "gp/terminal/session.ts": "export const gt = 1;",
      "inspect/read.ts": "export const v = 1;",
      "adapters/vpcd.ts": "export const w = 1;",
      ...files,
    }),
  );

const findings = (files: Record<string, string>): string[] => checkArchitecture(tree(files));

describe("the checker", () => {
  it("finds nothing in a tree that keeps the plan", () => {
    expect(
      findings({
        "index.ts": 'export { t } from "./tlv/index.js";\nexport { E } from "./errors.js";',
        "lds/dg2.ts":
          'import { t } from "../tlv/ber.js";\nimport { E } from "../errors.js";\nimport { d } from "./dg1.js";',
        "card/profile.ts": 'import type { R } from "../record/record.js";',
        "inspect/validate.ts":
          'import { y } from "../access/bac/terminal.js";\nimport { k } from "../access/bac/shared.js";',
        "chip/chip.ts": 'import { x } from "../access/bac/chip.js";\nimport { gc } from "../gp/chip/session.js";',
        "perso/perso.ts": 'import { gt } from "../gp/terminal/session.js";\nimport { g } from "../gp/keys.js";',
        "access/pace/terminal.ts": 'import { k } from "../bac/shared.js";\nimport type { K } from "../access-key.js";',
        "access/index.ts": 'export { y } from "./bac/terminal.js";',
        "adapters/file.ts":
          'import { readFileSync } from "node:fs";\nconsole.log(process.pid, Date.now(), new Date());',
        "pki/issue/csca.ts": 'import { s } from "../sign.js";\nimport * as pkijs from "pkijs";',
        "crypto/hash.ts": 'import { primitives } from "#primitives";\nimport { sha256 } from "@noble/hashes/sha2.js";',
        "report/dates.ts":
          "const at = new Date(0);\nconst o = { process: 1, console: at };\nconst p = o.process;\n// process",
      }),
    ).toEqual([]);
  });

  it.each<[string, string, string, string]>([
    ["a room the table forbids", "lds/x.ts", 'import { r } from "../record/record.js";', "the table allows lds only"],
    [
      "a type the table forbids",
      "tlv/x.ts",
      'import type { R } from "../record/record.js";',
      "the table allows tlv only",
    ],
    ["import() of a type", "tlv/x.ts", 'type X = import("../record/record.js").R;', "the table allows tlv only"],
    ["a dynamic import", "tlv/x.ts", 'const x = await import("../record/record.js");', "the table allows tlv only"],
    ["a re-export", "tlv/x.ts", 'export * from "../record/record.js";', "the table allows tlv only"],
    ["a value where types are allowed", "card/x.ts", 'import { r } from "../record/record.js";', "its types only"],
    [
      "a mixed import counts as values",
      "card/x.ts",
      'import { r, type R } from "../record/record.js";',
      "its types only",
    ],
    ["perso reading cards", "perso/x.ts", 'import { v } from "../inspect/read.js";', "the table allows perso only"],
    [
      "inspect using a chip side",
      "inspect/x.ts",
      'import { x } from "../access/bac/chip.js";',
      "the table allows inspect",
    ],
    [
      "the virtual chip using a terminal",
      "chip/x.ts",
      'import { y } from "../access/bac/terminal.js";',
      "is the chip side",
    ],
    ["a chip using its terminal", "access/bac/chip.ts", 'import { y } from "./terminal.js";', "is the chip side"],
    [
      "a terminal using its chip",
      "gp/terminal/x.ts",
      'import { gc } from "../chip/session.js";',
      "is the terminal side",
    ],
    ["shared using a side", "access/bac/shared.ts", 'import { y } from "./terminal.js";', "is shared"],
    [
      "another protocol's terminal",
      "access/pace/x.ts",
      'import { y } from "../bac/terminal.js";',
      "the table allows access",
    ],
    ["issuing from pki", "pki/x.ts", 'import { i } from "./issue/issue.js";', "the table allows pki only"],
    ["issuing from perso", "perso/x.ts", 'import { i } from "../pki/issue/issue.js";', "the table allows perso only"],
    [
      "an index.ts",
      "lds/x.ts",
      'import { t } from "../tlv/index.js";',
      "only index, testing and cli import an index.ts",
    ],
    [
      "its own index.ts",
      "tlv/x.ts",
      'import { t } from "./index.js";',
      "only index, testing and cli import an index.ts",
    ],
    ["index reaching past an index", "index.ts", 'import { t } from "./tlv/ber.js";', "the table allows index only"],
    ["a backend by path", "crypto/x.ts", 'import { primitives } from "./primitives-node.js";', "the backend"],
    ["#primitives elsewhere", "pki/x.ts", 'import { primitives } from "#primitives";', "only crypto does"],
    ["node: elsewhere", "pki/x.ts", 'import { createHash } from "node:crypto";', "imports node:crypto outside"],
    ["fast-check in a room", "tlv/x.ts", 'import fc from "fast-check";', "the package fast-check"],
    ["pkijs outside pki/issue", "pki/x.ts", 'import * as pkijs from "pkijs";', "the package pkijs"],
    ["noble outside crypto", "sm/x.ts", 'import { cmac } from "@noble/ciphers/aes.js";', "the package @noble/ciphers"],
    ["preact outside report", "inspect/x.ts", 'import { h } from "preact";', "the package preact"],
    ["zod outside record", "card/x.ts", 'import { z } from "zod";', "the package zod"],
    ["commander outside cli", "index.ts", 'import { Command } from "commander";', "the package commander"],
    ["a file that is not there", "lds/x.ts", 'import { n } from "./nowhere.js";', "is no file of src/"],
    ["no suffix", "lds/x.ts", 'import { d } from "./dg1";', "is no file of src/"],
    ["a folder without a row", "magic/x.ts", 'import { t } from "../tlv/ber.js";', "no row in the import table"],
    ["Buffer", "lds/x.ts", "const b = Buffer.alloc(1);", "names the platform: Buffer"],
    ["Buffer as a type", "lds/x.ts", "export type B = Buffer;", "names the platform: Buffer"],
    ["globalThis.process", "lds/x.ts", "const b = globalThis.process;", "names the platform: process"],
    ["console", "lds/x.ts", "console.log(1);", "names the platform: console"],
    ["process as shorthand", "lds/x.ts", "const o = { process };", "names the platform: process"],
    ["Date.now", "lds/x.ts", "const now = Date.now();", "names the platform: Date.now"],
    ["Date.now as a value", "lds/x.ts", "const now = Date.now;", "names the platform: Date.now"],
    ["new Date()", "lds/x.ts", "const now = new Date();", "names the platform: new Date()"],
    ["Math.random", "crypto/x.ts", "const n = Math.random();", "names the platform: Math.random"],
    ["a long file", "lds/x.ts", "// line\n".repeat(401), "401 lines"],
  ])("finds %s", (_, file, text, finding) => {
    expect(findings({ [file]: text }).join("\n")).toContain(finding);
  });

  it("finds cycles, those of types included, and names them once", () => {
    const cycle = findings({
      "tlv/a.ts": 'import type { B } from "./b.js";\nexport type A = B;',
      "tlv/b.ts": 'import { c } from "./c.js";\nexport type B = typeof c;',
      "tlv/c.ts": 'import { type A } from "./a.js";\nexport const c = 1 as A;',
    });
    expect(cycle).toHaveLength(1);
    expect(cycle[0]).toContain("cycle: tlv/a.ts -> tlv/b.ts -> tlv/c.ts -> tlv/a.ts");
    expect(findings({ "tlv/a.ts": 'import "./a.js";' }).join()).toContain("tlv/a.ts -> tlv/a.ts");
  });
});
