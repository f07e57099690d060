// The measured parts of docs/: written by `npm run bench -- --write-docs`, and compared by check-docs.mjs. Needs no build.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { drawCharts } from "./charts.mjs";
import { atLeast, number, perSecond, quartiles, verdict } from "./format.mjs";

const PAGE = "docs/performance.md";
const RESULTS = "docs/plots/results.json";
const root = fileURLToPath(new URL("../", import.meta.url));

const table = (head, rows) =>
  [head, head.map((_, i) => (i === 0 ? "---" : "---:")), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

function machineText({ date, quick, machine, versions, settings, seconds }) {
  const { cardwright, node, v8, openssl, ...peers } = versions;
  const list = Object.entries(peers).map(([name, version]) => `${name} ${version}`);
  return [
    ...(quick ? ["**A quick run: the form of this page, not its numbers.**", ""] : []),
    `Measured on ${date}: ${machine.cpu}, ${machine.cores} cores, ${(machine.memoryMiB / 1024).toFixed(0)} GiB, ${machine.platform}, load ${machine.load} at the start; cardwright ${cardwright}, Node ${node.slice(1)} (V8 ${v8}), OpenSSL ${openssl}; ${list.join(", ")}.`,
    `${settings.rounds} rounds of ${settings.slice} ms for each line, ${Math.round(seconds)} seconds in all.`,
  ].join("\n");
}

const goalsText = (groups) =>
  table(
    ["what", "measured", "quartiles", "best rounds", "goal", ""],
    groups.flatMap(({ claims }) =>
      claims.map((claim) => [
        claim.text,
        atLeast(claim.ratio.median),
        quartiles(claim.ratio),
        number(claim.ratio.best),
        `≥ ${claim.goal}`,
        verdict(claim),
      ]),
    ),
  );

const groupText = ({ base, rows, cannot }) =>
  [
    table(
      ["", "times as fast", "quartiles", "least", "best rounds", "µs"],
      rows.map(({ label, ratio, microseconds }) => [
        label,
        label === base ? "1" : number(ratio.median),
        label === base ? "" : quartiles(ratio),
        label === base ? "" : number(ratio.min),
        label === base ? "" : number(ratio.best),
        number(microseconds.median),
      ]),
    ),
    ...(cannot.length === 0
      ? []
      : ["", `Cannot: ${cannot.map(({ label, why }) => `\`${label}\` (${why})`).join("; ")}.`]),
  ].join("\n");

function memoryText({ runs, growth, goals, met }) {
  const rows = runs.map((run) => [
    run.cards.toLocaleString("en"),
    `${run.threads}`,
    `${run.peakMegabytes} MB`,
    run.cardsPerSecond.toLocaleString("en"),
    `${run.tenMillionMinutes} minutes`,
  ]);
  return [
    table(["cards, P-256", "workers", "peak memory", "cards/s with starting up", "ten million"], rows),
    "",
    `Growth ${growth.toFixed(2)} times; goals: at most ${goals.growth} times, and under ${goals.peakMegabytes} MB, at ${goals.cards.toLocaleString("en")} cards: ${met ? "met" : "**not met**"}.`,
  ].join("\n");
}

const stagesText = ({ cards, cardsPerSecond, stages }, columns) =>
  [
    `${number(cardsPerSecond.median)} cards a second (${quartiles(cardsPerSecond)}), ${cards} cards.`,
    "",
    table(
      ["stage", ...columns.map(([head]) => head)],
      stages.map((row) => [row.stage, ...columns.map(([, cell]) => cell(row))]),
    ),
  ].join("\n");

const percent = ({ median }) => `${(100 * median).toFixed(1)} %`;
const STAGE_COLUMNS = [
  ["part of the time", ({ share }) => percent(share)],
  ["ms a card", ({ milliseconds }) => milliseconds.median.toFixed(3)],
];
const lineText = (line) => stagesText(line, STAGE_COLUMNS);
const doorsText = (doors) => stagesText(doors, [...STAGE_COLUMNS, ["of that the chip", ({ chip }) => percent(chip)]]);

/** What stands in each measured block of the page, by its name. */
function blocks(result) {
  const { groups } = result;
  const rate = groups.find(({ id }) => id === "whole-card").rows;
  const best = rate.filter(({ label }) => label.startsWith("cardwright: values")).map((row) => row.microseconds.median);
  return {
    machine: machineText(result),
    goals: goalsText(groups),
    rate: `The fastest way to a signed card makes ${perSecond(Math.min(...best))} cards a second here, on one thread.`,
    ...Object.fromEntries(groups.map((group) => [group.id, groupText(group)])),
    memory: memoryText(result.memory),
    line: lineText(result.line),
    // Results of before this was measured have none.
    ...(result.doors && { doors: doorsText(result.doors) }),
  };
}

/** The page with its measured blocks as they follow from a result; a block is `<!-- bench:NAME -->` to `<!-- /bench -->`. */
function pageOf(page, result) {
  const known = blocks(result);
  return page.replaceAll(/<!-- bench:(\S+) -->[\s\S]*?<!-- \/bench -->/g, (_, name) => {
    const text = known[name];
    if (text === undefined) throw new Error(`${PAGE}: nothing was measured that is called ${name}`);
    return `<!-- bench:${name} -->\n\n${text}\n\n<!-- /bench -->`;
  });
}

/** All files that follow from a result: path in the repository to text. */
function filesOf(result) {
  const charts = Object.entries(drawCharts(result)).map(([name, svg]) => [`docs/plots/${name}`, svg]);
  return { ...Object.fromEntries(charts), [PAGE]: pageOf(readFileSync(root + PAGE, "utf8"), result) };
}

/** Writes a whole run's result, plots and tables; gives the paths. */
export function writeDocs(result) {
  const files = { ...filesOf(result), [RESULTS]: `${JSON.stringify(result, null, 2)}\n` };
  mkdirSync(`${root}docs/plots`, { recursive: true });
  for (const [path, text] of Object.entries(files)) writeFileSync(root + path, text);
  return Object.keys(files);
}

/** Paths of the files in docs/ that are not what the stored result gives. */
export function staleDocs() {
  const files = filesOf(JSON.parse(readFileSync(root + RESULTS, "utf8")));
  return Object.entries(files)
    .filter(([path, text]) => !existsSync(root + path) || readFileSync(root + path, "utf8") !== text)
    .map(([path]) => path);
}
