// built-package.mjs BACKEND: the built package, by its own name, loads this backend and works.
// The browser's page does the same there (browser/page.mjs).
import { line } from "./browser/line.mjs";

const outcome = await line();
const [expected] = process.argv.slice(2);
if (outcome.backend !== expected) throw new Error(`backend ${outcome.backend}, expected ${expected}`);
if (outcome.verdict !== "passed") throw new Error(`verdict ${outcome.verdict}: ${JSON.stringify(outcome)}`);
console.log(`BACKEND=${outcome.backend} VERDICT=${outcome.verdict}`);
