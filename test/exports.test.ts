import { existsSync } from "node:fs";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { ERROR_CODES } from "../src/errors.js";
import { importGraph, reachableFrom, readSources } from "./architecture/imports.js";
import { createProgram, PUBLIC_ENTRIES, ROOT } from "./support/program.js";

/** What a name is to a user: `function toHex`, `type CommandApdu`. */
function describeExport(symbol: ts.Symbol, checker: ts.TypeChecker): string {
  const { flags } = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  if (flags & ts.SymbolFlags.Class) return `class ${symbol.name}`;
  if (flags & ts.SymbolFlags.Function) return `function ${symbol.name}`;
  const isType = (flags & ts.SymbolFlags.Type) !== 0;
  if (flags & ts.SymbolFlags.Variable) return isType ? `const and type ${symbol.name}` : `const ${symbol.name}`;
  return isType ? `type ${symbol.name}` : `other ${symbol.name}`;
}

describe("the public names", () => {
  const program = createProgram(Object.values(PUBLIC_ENTRIES));
  const checker = program.getTypeChecker();
  const exportsOf = (source: string): string[] => {
    const file = program.getSourceFile(ROOT + source);
    const module = file && checker.getSymbolAtLocation(file);
    if (module === undefined) throw new Error(`${source} is missing or is no module`);
    return checker
      .getExportsOfModule(module)
      .map((symbol) => describeExport(symbol, checker))
      .sort();
  };

  // A change here is a change of the API: say so in CHANGELOG.md, then `npx vitest run --project repo -u`.
  it.each(Object.entries(PUBLIC_ENTRIES))("of %s are these", (_, source) => {
    const names = exportsOf(source);
    expect(names).not.toHaveLength(0);
    expect(names.filter((name) => name.startsWith("other ") || name.endsWith(" default"))).toEqual([]);
    expect(names).toMatchSnapshot();
  });

  it("can be told apart: the reading finds what a module exports", () => {
    expect(exportsOf("src/bytes/index.ts")).toEqual(
      expect.arrayContaining(["function toHex", "const EMPTY", "type RandomSource"]),
    );
  });
});

describe("the entry points", () => {
  it("have a source each", () => {
    for (const source of Object.values(PUBLIC_ENTRIES)) expect(existsSync(ROOT + source), source).toBe(true);
  });

  it("keep the virtual chip, the command line and the platform out of the main entry", () => {
    const reached = reachableFrom(importGraph(readSources(new URL("../src/", import.meta.url))), "index.ts");
    expect(reached.size).toBeGreaterThan(1);
    expect([...reached].filter((file) => /^(chip|cli|adapters|testing)\//.test(file))).toEqual([]);
  });
});

describe("the error codes", () => {
  it("are these: codes are API", () => {
    expect(new Set(ERROR_CODES).size).toBe(ERROR_CODES.length);
    expect([...ERROR_CODES].sort()).toMatchSnapshot();
  });
});
