/** The sources as a TypeScript program, and `cardwright/x` answered from them. Shared by the tests of the repository. */
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { entry } from "../../tsup.config.js";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Public subpath as a user writes it (`cardwright`, `cardwright/tlv`) → source file, relative to the repository. */
export const PUBLIC_ENTRIES: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(entry)
    .filter(([name]) => !name.startsWith("crypto/") && name !== "cli")
    .map(([name, source]) => [name === "index" ? "cardwright" : `cardwright/${name}`, source]),
);

/** Compiler options of tsconfig.json; `cardwright/x` means its source. */
export function compilerOptions(): ts.CompilerOptions {
  const configFile = ts.readConfigFile(`${ROOT}tsconfig.json`, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(configFile.config, ts.sys, ROOT);
  const paths = Object.fromEntries(Object.entries(PUBLIC_ENTRIES).map(([name, source]) => [name, [`./${source}`]]));
  return { ...options, noEmit: true, paths: { ...options.paths, ...paths } };
}

export function createProgram(files: readonly string[], options: ts.CompilerOptions = {}): ts.Program {
  const rootNames = files.map((file) => (file.startsWith("/") ? file : ROOT + file));
  return ts.createProgram({ rootNames, options: { ...compilerOptions(), ...options } });
}
