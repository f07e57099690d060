import { existsSync, readFileSync } from "node:fs";
import { defineConfig } from "tsup";

interface PackageJson {
  exports: Record<string, string | { types: string; default: string }>;
  imports: Record<string, Record<string, string>>;
  bin: Record<string, string>;
}

const packageJson = JSON.parse(readFileSync(new URL("./package.json", import.meta.url), "utf8")) as PackageJson;

/** Where the command line interface starts; its first line is the `#!` that the bin file needs. */
export const CLI_SOURCE = "src/cli/main.ts";

const outputName = (file: string): string => file.replace(/^\.\/dist\//, "").replace(/\.js$/, "");

/**
 * Output name → source file, read from package.json so that the two cannot disagree:
 * `exports` (the declaration `dist/x/index.d.ts` comes from `src/x/index.ts`), the backends behind `#primitives`, the bin.
 */
export function entriesOf({ exports, imports, bin }: PackageJson): Record<string, string> {
  const entries: Record<string, string> = {};
  for (const target of Object.values(exports)) {
    if (typeof target === "string") continue; // ./package.json
    entries[outputName(target.default)] = target.types.replace(/^\.\/dist\//, "src/").replace(/\.d\.ts$/, ".ts");
  }
  for (const backends of Object.values(imports)) {
    for (const file of Object.values(backends)) entries[outputName(file)] = `src/${outputName(file)}.ts`;
  }
  for (const file of Object.values(bin)) entries[outputName(file)] = CLI_SOURCE;
  return entries;
}

/** The entries of this package. */
export const entry: Record<string, string> = entriesOf(packageJson);

export default defineConfig(() => {
  const missing = Object.values(entry).filter((source) => !existsSync(new URL(source, import.meta.url)));
  if (missing.length > 0) throw new Error(`package.json names entries that have no source: ${missing.join(", ")}`);
  return {
    entry,
    format: "esm",
    target: "es2022",
    platform: "neutral",
    tsconfig: "tsconfig.build.json",
    // `#primitives` is resolved where the package runs; without this, tsconfig's `paths` would bundle the Node backend.
    external: [/^#/, /^node:/],
    removeNodeProtocol: false,
    splitting: true,
    treeshake: false,
    sourcemap: true,
    clean: true,
    dts: false, // declarations come from `tsc -p tsconfig.build.json`
  };
});
