// What a user gets: the packed tarball, installed in an empty project, imported and type-checked there.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { assert, ROOT, run, scratch } from "../lib.mjs";

const { exports: entries, name: packageName, bin } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const specifiers = Object.keys(entries)
  .filter((subpath) => subpath !== "./package.json")
  .map((subpath) => packageName + subpath.slice(1));

/** Entries that are for tests and take their users' own fast-check. */
const PEERS = { [`${packageName}/testing`]: ["fast-check"] };

export default async function packed({ check }) {
  const folder = scratch("package");
  const consumer = join(folder, "consumer");
  mkdirSync(consumer);
  const peers = Object.values(PEERS).flat();
  const installed = await check("npm pack, and the tarball installs", async () => {
    await run("npm", ["pack", "--ignore-scripts", "--pack-destination", folder], { cwd: ROOT, seconds: 120 });
    const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"));
    writeFileSync(join(consumer, "package.json"), JSON.stringify({ name: "consumer", private: true, type: "module" }));
    const { devDependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    const wanted = [join(folder, tarball), ...peers.map((peer) => `${peer}@${devDependencies[peer]}`)];
    await run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", ...wanted], {
      cwd: consumer,
      seconds: 300,
    });
    const files = readdirSync(join(consumer, "node_modules", packageName), { recursive: true, encoding: "utf8" });
    const foreign = files.filter((file) => /^(src|test|bench|examples|out)(\/|$)|vectors/.test(file));
    assert(foreign.length === 0, `the package carries ${foreign.slice(0, 5).join(", ")}`);
    return `${files.length} files`;
  });
  if (!installed) return;

  await check("every entry point imports", async () => {
    const script = specifiers.map(
      (specifier) =>
        `if (Object.keys(await import("${specifier}")).length === 0) console.log("${specifier} is empty");`,
    );
    writeFileSync(join(consumer, "imports.mjs"), script.join("\n"));
    const { text } = await run(process.execPath, ["imports.mjs"], { cwd: consumer });
    assert(text === "", text);
    return `${specifiers.length} entries`;
  });

  for (const [module, resolution] of [
    ["NodeNext", "NodeNext"],
    ["ESNext", "Bundler"],
  ]) {
    await check(
      `tsc takes every entry: ${resolution}, strict, no DOM, no @types/node, skipLibCheck false`,
      async () => {
        const code = specifiers.map(
          (specifier, i) => `import * as e${i} from "${specifier}";\nexport const n${i}: object = e${i};`,
        );
        writeFileSync(join(consumer, "consumer.ts"), code.join("\n"));
        const compilerOptions = { module, moduleResolution: resolution, target: "ES2022", lib: ["ES2023"], types: [] };
        Object.assign(compilerOptions, {
          strict: true,
          exactOptionalPropertyTypes: true,
          skipLibCheck: false,
          noEmit: true,
        });
        writeFileSync(join(consumer, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["consumer.ts"] }));
        await run(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", consumer], { seconds: 120 });
      },
    );
  }

  await check("no declaration names pkijs, asn1js, node: or #primitives", async () => {
    const dist = join(consumer, "node_modules", packageName, "dist");
    const declarations = readdirSync(dist, { recursive: true, encoding: "utf8" }).filter((file) =>
      file.endsWith(".d.ts"),
    );
    assert(declarations.length > 0, "there are no declarations");
    const naming = declarations.filter((file) =>
      /["'](pkijs|asn1js|node:[\w/]+|#primitives)["']/.test(readFileSync(join(dist, file), "utf8")),
    );
    assert(naming.length === 0, naming.join(", "));
    return `${declarations.length} declarations`;
  });

  await check("the command line starts", async () => {
    const [command] = Object.keys(bin);
    const { text } = await run(join(consumer, "node_modules/.bin", command), ["--help"], { cwd: consumer });
    assert(text.includes("chip"), text);
  });
}
