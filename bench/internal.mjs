import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** A source file that no entry point exports, built as the package is; it must not import `#primitives`. */
export async function fromSource(path) {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`../src/${path}`, import.meta.url))],
    bundle: true,
    format: "esm",
    platform: "neutral",
    target: "es2022",
    write: false,
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}
