// The other steps judge what the demo leaves in out/; it is run where it has not been. Also: the built package itself.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { assert, cards, HALVES, halfOf, OUT, ROOT, run } from "../lib.mjs";

export default async function demo({ check }) {
  await check("the package is built", async () => {
    if (existsSync(join(ROOT, "dist/cli.js"))) return "was there";
    await run("npm", ["run", "build"], { cwd: ROOT, seconds: 300 });
  });
  await check("the demo has run", async () => {
    const before = existsSync(join(OUT, "report.html"));
    if (!before) await run("npm", ["run", "demo"], { cwd: ROOT, seconds: 600 });
    const all = cards();
    assert(all.length >= 24, `out/cards holds ${all.length} cards, expected at least 24`);
    const counts = HALVES.map(({ name }) => [
      name,
      all.filter((card) => halfOf(card.read("EF.SOD.bin")).name === name).length,
    ]);
    for (const [name, count] of counts) assert(count > 0, `no card of the ${name} half`);
    return `${before ? "was there, " : ""}${counts.map(([name, count]) => `${count} ${name}`).join(", ")}`;
  });
}
