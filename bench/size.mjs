// `node bench/size.mjs` after a build: what a browser downloads of an entry point, minified and gzipped, against its goal.
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const LIMITS = { tlv: 5_000, lds: 25_000 };
const root = fileURLToPath(new URL("../", import.meta.url));
let failed = false;
for (const [entry, limit] of Object.entries(LIMITS)) {
  const { outputFiles, metafile } = await build({
    entryPoints: [`${root}dist/${entry}.js`],
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    write: false,
    metafile: true,
    logLevel: "error",
    absWorkingDir: root,
  });
  const size = gzipSync(outputFiles[0].contents, { level: 9 }).length;
  failed ||= size > limit;
  console.log(`${size > limit ? "TOO LARGE" : "ok"}  cardwright/${entry}: ${size} bytes gzipped, ${limit} allowed`);
  if (process.argv.includes("--parts")) {
    const [output] = Object.values(metafile.outputs);
    for (const [path, { bytesInOutput }] of Object.entries(output.inputs)) console.log(`    ${bytesInOutput} ${path}`);
  }
}
process.exitCode = failed ? 1 : 0;
