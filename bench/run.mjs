// Measures the built package against its peers and its floors; see README.md.
//   --quick          fewer and shorter rounds, under 20 s: shows that it works, not how fast it is
//   --only TEXT      only groups whose name holds TEXT ("line" is the whole line)
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { arch, cpus, loadavg, platform, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

// ber-tlv makes its Buffers in a way that Node warns of.
process.noDeprecation = true;

const { values: flags } = parseArgs({
  options: { quick: { type: "boolean", default: false }, only: { type: "string" } },
});
const SETTINGS = flags.quick
  ? { rounds: 7, slice: 8, warm: 40, line: { rounds: 3, warmRounds: 2 } }
  : { rounds: 31, slice: 25, warm: 300, line: { rounds: 15, warmRounds: 5 } };

const { codecGroups } = await import("./codecs.mjs");
const { loadRecords, makeCard, makePki } = await import("./fixtures.mjs");
const { measureLine } = await import("./line.mjs");
const { compare, warmUp } = await import("./measure.mjs");
const { sessionGroups } = await import("./sessions.mjs");
const { wholeCardGroups } = await import("./whole-card.mjs");

const started = performance.now();
const json = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));

function versions() {
  const { version } = json("../package.json");
  const peers = Object.keys(json("package.json").dependencies).map((name) => [
    name,
    json(`node_modules/${name}/package.json`).version,
  ]);
  return {
    cardwright: version,
    node: process.version,
    openssl: process.versions.openssl,
    ...Object.fromEntries(peers),
  };
}

const machine = () => ({
  cpu: cpus()[0]?.model ?? "unknown",
  cores: cpus().length,
  memoryMiB: Math.round(totalmem() / 2 ** 20),
  platform: `${platform()} ${arch()}`,
  load: loadavg().map((load) => Number(load.toFixed(2))),
});

const number = (value) => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));
const spread = ({ p10, p90 }) => `${number(p10)} to ${number(p90)}`;

function printGroup({ name, base, rows }) {
  console.log(`\n${name}`);
  for (const { label, ratio, microseconds } of rows) {
    const times = label === base ? "1" : number(ratio.median);
    const range = label === base ? "" : `(${spread(ratio)})`;
    console.log(
      `  ${label.padEnd(46)} ${times.padStart(7)} x ${range.padEnd(20)} ${number(microseconds.median).padStart(9)} µs`,
    );
  }
}

function printLine({ cards, cardsPerSecond, stages }) {
  console.log(
    `\nwhole line in one process: ${number(cardsPerSecond.median)} cards/s (${spread(cardsPerSecond)}), ${cards} cards`,
  );
  for (const { stage, milliseconds, share } of stages) {
    const percent = `${(100 * share.median).toFixed(1)} %`;
    console.log(
      `  ${stage.padEnd(46)} ${percent.padStart(9)} ${"".padEnd(20)} ${milliseconds.median.toFixed(3).padStart(9)} ms`,
    );
  }
}

const records = loadRecords();
const cards = records.map(makeCard);
const pki = await makePki();
const wanted = (name) => flags.only === undefined || name.includes(flags.only);
const groups = [
  ...codecGroups(cards[0]),
  ...(await wholeCardGroups(records, cards, pki)),
  ...(await sessionGroups()),
].filter(({ name }) => wanted(name));

const result = { quick: flags.quick, settings: SETTINGS, machine: machine(), versions: versions(), groups: [] };
console.log(`cardwright bench${flags.quick ? " (quick: shows that it works, not how fast it is)" : ""}`);
console.log(
  `${result.machine.cpu}, ${result.machine.cores} cores, load ${result.machine.load[0]}, Node ${process.version}`,
);
console.log("x: how many times as fast as the line marked 1, median of paired rounds (10th to 90th percentile)");

await warmUp(groups, SETTINGS.warm);
for (const group of groups) {
  const measured = await compare(group, SETTINGS);
  printGroup(measured);
  result.groups.push(measured);
}
if (wanted("line")) {
  result.line = await measureLine(records, pki, SETTINGS.line);
  printLine(result.line);
}

const { rss, heapUsed } = process.memoryUsage();
result.memoryMiB = { rss: Math.round(rss / 2 ** 20), heapUsed: Math.round(heapUsed / 2 ** 20) };
result.seconds = Number(((performance.now() - started) / 1000).toFixed(1));
const folder = fileURLToPath(new URL("results/", import.meta.url));
mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}latest.json`, `${JSON.stringify(result, null, 2)}\n`);
console.log(`\n${result.seconds} s, ${result.memoryMiB.rss} MiB; written to bench/results/latest.json`);
