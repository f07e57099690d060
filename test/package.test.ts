import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CLI_SOURCE, entriesOf, entry } from "../tsup.config.js";
import { TABLE } from "./architecture/rules.js";
import { ROOT } from "./support/program.js";

const readJson = (file: string) => JSON.parse(readFileSync(ROOT + file, "utf8"));
const packageJson = readJson("package.json");

interface LockEntry {
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly hasInstallScript?: boolean;
}
const lock = readJson("package-lock.json") as { packages: Record<string, LockEntry> };

describe("package.json", () => {
  it("exports what tsup builds, and tsup builds what it exports", () => {
    const targets: string[] = [];
    for (const [subpath, target] of Object.entries<string | Record<string, string>>(packageJson.exports)) {
      if (subpath === "./package.json") continue;
      expect(Object.keys(target), subpath).toEqual(["types", "default"]);
      const { default: code, types } = target as { default: string; types: string };
      targets.push(code);
      const name = subpath === "." ? "index" : subpath.slice(2);
      expect(code, subpath).toBe(`./dist/${name}.js`);
      expect([`./dist/${name}.d.ts`, `./dist/${name}/index.d.ts`], subpath).toContain(types);
    }
    targets.push(
      ...Object.values<string>(packageJson.imports["#primitives"]),
      ...Object.values<string>(packageJson.bin),
    );
    expect(
      Object.keys(entry)
        .map((name) => `./dist/${name}.js`)
        .sort(),
    ).toEqual(targets.sort());
  });

  it("decides the entries: another export is another entry", () => {
    const more = { ...packageJson.exports, "./x/y": { types: "./dist/x/y/index.d.ts", default: "./dist/x/y.js" } };
    expect(entriesOf({ ...packageJson, exports: more })).toEqual({ ...entry, "x/y": "src/x/y/index.ts" });
  });

  it("gives Node its backend and everything else noble", () => {
    expect(packageJson.imports["#primitives"]).toEqual({
      node: "./dist/crypto/primitives-node.js",
      default: "./dist/crypto/primitives-noble.js",
    });
  });

  it("has a bin whose source starts as an executable must", () => {
    expect(existsSync(ROOT + CLI_SOURCE)).toBe(true);
    expect(readFileSync(ROOT + CLI_SOURCE, "utf8").split("\n")[0]).toBe("#!/usr/bin/env node");
  });

  it("pins every dependency exactly", () => {
    const all = { ...packageJson.dependencies, ...packageJson.devDependencies };
    for (const [name, version] of Object.entries<string>(all)) expect(version, name).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it("declares what src/ imports, so that nothing is bundled in", () => {
    const declared = Object.keys({ ...packageJson.dependencies, ...packageJson.peerDependencies });
    const imported = TABLE.flatMap(({ packages = [] }) => packages);
    expect(imported.length).toBeGreaterThan(0);
    for (const name of imported) {
      const scope = name.endsWith("/*") ? name.slice(0, -1) : undefined;
      expect(
        declared.some((known) => (scope ? known.startsWith(scope) : known === name)),
        name,
      ).toBe(true);
    }
  });

  it("depends on nothing that compiles or runs scripts when a user installs it", () => {
    const installed = Object.entries(lock.packages);
    expect(installed.length).toBeGreaterThan(10);
    const runtime = installed.filter(
      ([path, facts]) => path !== "" && facts.dev !== true && facts.devOptional !== true,
    );
    expect(runtime.length).toBeGreaterThan(0);
    expect(runtime.filter(([, facts]) => facts.hasInstallScript === true).map(([path]) => path)).toEqual([]);
    for (const script of ["preinstall", "install", "postinstall", "prepare"]) {
      expect(packageJson.scripts, script).not.toHaveProperty(script);
    }
  });
});

describe("typedoc.json", () => {
  it("documents every entry point", () => {
    const sources = Object.entries(entry).filter(([name]) => name !== "cli" && !name.startsWith("crypto/"));
    expect([...readJson("typedoc.json").entryPoints].sort()).toEqual(sources.map(([, source]) => source).sort());
  });
});
