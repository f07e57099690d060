// `node bench/check-docs.mjs`: fails when a measured table or a plot in docs/ is not what docs/plots/results.json gives.
import { staleDocs } from "./docs.mjs";

const stale = staleDocs();
for (const path of stale)
  console.error(`${path} is not what docs/plots/results.json gives: npm run bench -- --write-docs`);
process.exitCode = stale.length === 0 ? 0 : 1;
