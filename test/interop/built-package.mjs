// built-package.mjs BACKEND: the built package, by its own name, loads this backend and works.
// The browser's page does the same there (browser/page.mjs).
import { judge, line } from "./browser/line.mjs";
import { sampleRecord } from "./lib.mjs";

const [backend] = process.argv.slice(2);
console.log(judge(await line(sampleRecord()), backend));
