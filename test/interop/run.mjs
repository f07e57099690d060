// npm run test:interop [step …]: the package against programs that are not ours. One line per check.
// A step whose programs are absent is left out with a word on what to install; with CI=true that is a failure.
import { rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endChildren, tail } from "./lib.mjs";

const STEPS = [
  "demo",
  "openssl",
  "bouncycastle",
  "pcsc",
  "pcsc-adapter",
  "npa-tool",
  "node-versions",
  "browser",
  "package",
  "real-documents",
  "cvc",
  "cvc-chip",
  "pkcs11",
  "libeac",
  "libeac-ca",
  "libeac-ta",
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !STEPS.includes(name));
if (unknown.length > 0) {
  console.error(`unknown step ${unknown.join(", ")}; there are: ${STEPS.join(", ")}`);
  process.exit(2);
}
const inCi = process.env.CI === "true";
const totals = { passed: 0, failed: 0, leftOut: 0 };

const clean = () => {
  endChildren();
  rmSync(join(tmpdir(), `cardwright-interop-${process.pid}`), { recursive: true, force: true });
};
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, () => {
    clean();
    process.exit(1);
  });
}

/** What a step reports to. */
const reporter = (step) => ({
  /** One check: passes when `action` ends; what it returns is shown. */
  async check(name, action) {
    const begun = Date.now();
    const seconds = () => `${((Date.now() - begun) / 1000).toFixed(1)} s`;
    try {
      const note = await action();
      totals.passed++;
      console.log(`ok    ${step}: ${name}${note ? ` (${note})` : ""} ${seconds()}`);
      return true;
    } catch (error) {
      totals.failed++;
      const text = error instanceof Error ? error.message : String(error);
      console.log(`FAIL  ${step}: ${name} ${seconds()}\n${tail(text, 60).replace(/^/gm, "        ")}`);
      return false;
    }
  },
  /** A check over files that are not in the repository. */
  leftOut(name, reason) {
    totals.leftOut++;
    console.log(`left out  ${step}: ${name}: ${reason}`);
  },
});

for (const name of STEPS) {
  if (wanted.length > 0 && !wanted.includes(name) && name !== "demo") continue;
  const { needs = [], default: step } = await import(`./steps/${name}.mjs`);
  const absent = needs.filter((need) => !need.present());
  if (absent.length > 0) {
    const packages = [...new Set(absent.map(({ debian }) => debian))].join(" ");
    const reason = `${absent.map((need) => need.name).join(", ")} absent: apt-get install --no-install-recommends ${packages}`;
    if (inCi) totals.failed++;
    else totals.leftOut++;
    console.log(`${inCi ? "FAIL  " : "left out  "}${name}: ${reason}`);
    continue;
  }
  const report = reporter(name);
  try {
    await step(report);
  } catch (error) {
    await report.check("the step itself", () => Promise.reject(error));
  }
}

clean();
const { passed, failed, leftOut } = totals;
if (process.env.INTEROP_SUMMARY) writeFileSync(process.env.INTEROP_SUMMARY, JSON.stringify(totals));
if (passed === 0 && failed === 0) console.log("nothing was checked");
console.log(`interop: ${passed} passed, ${failed} failed, ${leftOut} left out`);
process.exit(failed === 0 ? 0 : 1);
