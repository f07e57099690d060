// Measures the built package against its peers and its floors; see README.md.
//   --quick          fewer and shorter rounds, under 30 s: shows that it works, not how fast it is
//   --only TEXT      only groups whose id holds TEXT (tree, typed, encode, copy, whole-card, sod, cms, scp03, sm-3des, signing, workers,
//                    memory, line, doors)
//   --write-docs     puts the result into docs/: results.json, plots, tables of performance.md
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

// ber-tlv makes its Buffers in a way that Node warns of.
process.noDeprecation = true;

const { values: flags } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    "write-docs": { type: "boolean", default: false },
  },
});
if (flags["write-docs"] && (flags.quick || flags.only !== undefined)) {
  throw new Error("--write-docs takes the numbers of a whole run: leave out --quick and --only");
}
const SETTINGS = flags.quick
  ? {
      rounds: 5,
      slice: 4,
      warm: 20,
      line: { rounds: 3, warmRounds: 2 },
      pool: { rounds: 1, scale: 0.1 },
      signing: { rounds: 1, scale: 0.2 },
      memory: { few: 500, many: 2000, seconds: 5 },
    }
  : {
      rounds: 31,
      slice: 10,
      warm: 300,
      line: { rounds: 9, warmRounds: 4 },
      pool: { rounds: 3, scale: 1 },
      signing: { rounds: 5, scale: 1 },
      memory: { few: 10_000, many: 200_000, seconds: 60 },
    };

const { codecGroups } = await import("./codecs.mjs");
const { measureDoors } = await import("./doors.mjs");
const { writeDocs } = await import("./docs.mjs");
const { loadRecords, loadVectors, makeCard, makePki, NOW } = await import("./fixtures.mjs");
const { measureLine } = await import("./line.mjs");
const { masterListGroups } = await import("./master-list.mjs");
const { machine, resultName, versions } = await import("./machine.mjs");
const { compare, warmUp } = await import("./measure.mjs");
const { measureMemory, measurePool } = await import("./pool.mjs");
const { printClaims, printDoors, printGroup, printLine, printMemory } = await import("./print.mjs");
const { measureSigning } = await import("./signing.mjs");
const { sessionGroups } = await import("./sessions.mjs");
const { sodGroups } = await import("./sod.mjs");
const { wholeCardGroups } = await import("./whole-card.mjs");
const { emrtd, signSecurityObject } = await import("../dist/index.js");

const started = performance.now();
const date = new Date().toISOString().slice(0, 10);
const records = loadRecords();
const cards = records.map(makeCard);
const pki = await makePki();
const sod = signSecurityObject(cards[0].groups, emrtd, pki.documentSigner, NOW);
const wanted = (id) => flags.only === undefined || id.includes(flags.only);
const groups = [
  ...wholeCardGroups(records, cards, pki),
  ...(await sodGroups(cards, pki)),
  ...(flags.only === undefined || "master-list".includes(flags.only) ? await masterListGroups() : []),
  ...codecGroups(cards[0], sod, loadVectors()),
  ...(await sessionGroups()),
].filter(({ id }) => wanted(id));

const result = { date, quick: flags.quick, settings: SETTINGS, machine: machine(), versions: versions(), groups: [] };
console.log(`cardwright bench${flags.quick ? " (quick: shows that it works, not how fast it is)" : ""}`);
console.log(
  `${result.machine.cpu}, ${result.machine.cores} cores, load ${result.machine.load}, Node ${process.version}, OpenSSL ${process.versions.openssl}`,
);
console.log(
  "x: how many times as fast as the line marked 1, median of paired rounds (first to third quartile; best rounds)",
);

const report = (measured) => {
  printGroup(measured);
  result.groups.push(measured);
};
await warmUp(groups, SETTINGS.warm);
for (const group of groups) report(await compare(group, SETTINGS));

/** What runs in processes of its own, or for long: when it fails, the rest is still printed and kept. */
async function attempt(id, work) {
  try {
    await work();
  } catch (error) {
    console.error(`\n${id} failed: ${error.stack}`);
    process.exitCode = 1;
  }
}
await attempt("signing", () => measureSigning(SETTINGS.signing, records, pki, wanted, report));
await attempt("workers", () => measurePool(SETTINGS.pool, wanted, report));
await attempt("memory", async () => {
  if (!wanted("memory")) return;
  result.memory = await measureMemory(SETTINGS.memory);
  printMemory(result.memory);
});
await attempt("line", async () => {
  if (!wanted("line")) return;
  result.line = await measureLine(records, pki, SETTINGS.line);
  printLine(result.line);
});
await attempt("doors", async () => {
  if (!wanted("doors")) return;
  result.doors = await measureDoors(records, SETTINGS.line);
  printDoors(result.doors);
});
printClaims(result.groups);

result.seconds = Number(((performance.now() - started) / 1000).toFixed(1));
const folder = fileURLToPath(new URL("results/", import.meta.url));
mkdirSync(folder, { recursive: true });
const file = `${resultName(date, result.machine)}${flags.quick || flags.only !== undefined ? "-part" : ""}.json`;
writeFileSync(`${folder}${file}`, `${JSON.stringify(result, null, 2)}\n`);
console.log(`\n${result.seconds} s; written to bench/results/${file}`);
if (flags["write-docs"] && process.exitCode !== 1)
  for (const path of writeDocs(result)) console.log(`written: ${path}`);
