// Batches on worker threads: cards per second by number of threads, and memory by number of cards. Each measurement is a
// process of its own (backlog.mjs), so that memory is its own and nothing is warm from elsewhere; rounds are paired as
// everywhere. Starting up and the first cards are left out of the rate.
import { execFile } from "node:child_process";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { summarize } from "./measure.mjs";

const BACKLOG = fileURLToPath(new URL("backlog.mjs", import.meta.url));

async function backlog(options) {
  // A small nursery: what lies there keeps bytes outside the heap alive. Garbage collected in the thread that makes it: helpers of the
  // collector take time from the other thread.
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const run = promisify(execFile)(
    process.execPath,
    ["--single-threaded-gc", "--max-semi-space-size=4", BACKLOG, "--json", ...args],
    {
      timeout: 600_000,
    },
  );
  return JSON.parse((await run).stdout);
}

const ALONE = "no workers, in the same thread";
const workers = (threads) => (threads === 0 ? ALONE : threads === 1 ? "1 worker" : `${threads} workers`);

const ALONE_TWICE = "bound: two processes without workers at once";

/** Cards per second of one variant: that many workers, or two processes that know nothing of each other. */
async function rateOf(variant, options) {
  const runs = variant === ALONE_TWICE ? [0, 0] : [variant];
  const results = await Promise.all(runs.map((threads) => backlog({ ...options, threads })));
  return results.reduce((sum, { cardsPerSecond }) => sum + cardsPerSecond, 0);
}

/** The goals. Each thread compiles for itself, so that many cards are left out before it is measured: ten million are to be made. */
const CURVES = [
  { curve: "P-256", goal: 1.65, warm: 30_000, cards: 80_000 },
  { curve: "P-384", goal: 1.85, warm: 4000, cards: 12_000 },
];

/**
 * Records to signed images by threads: none, one, two, and as many as there are cores; and by two processes, which says what
 * two threads could reach on this machine as it is.
 */
export async function measurePool({ rounds, scale }, wanted, report) {
  const threads = [...new Set([0, 1, 2, cpus().length])].sort((a, b) => a - b);
  const variants = [...threads, ALONE_TWICE];
  for (const { curve, goal, warm, cards } of CURVES) {
    const id = `workers-${curve}`;
    if (!wanted(id)) continue;
    const options = { curve, warm: Math.ceil(warm * scale), cards: Math.ceil(cards * scale) };
    const times = variants.map(() => []);
    for (let round = 0; round < rounds; round++) {
      for (let turn = 0; turn < variants.length; turn++) {
        const i = (round + turn) % variants.length;
        times[i].push(1e6 / (await rateOf(variants[i], options)));
      }
    }
    const group = {
      id,
      name: `records to signed images, ${curve}, by worker threads`,
      base: ALONE,
      variants: variants.map((variant) => ({ label: variant === ALONE_TWICE ? ALONE_TWICE : workers(variant) })),
      claims: [{ text: `two workers against one thread, ${curve}`, of: workers(2), against: ALONE, goal }],
    };
    report(summarize(group, times));
  }
}

/** Goals of the memory of a batch: its growth from few cards to many, and its peak. */
const GROWTH = 1.1;
const PEAK_MEGABYTES = 300;

/**
 * Peak memory of a small batch, and of one that is a hundred times as large; or as large as `seconds` allow, on a machine that
 * has other work, and then the goal is not met.
 */
export async function measureMemory({ few, many, seconds }) {
  const threads = cpus().length;
  const small = await backlog({ threads, cards: few });
  const possible = Math.floor((small.cardsPerSecond * seconds) / few) * few;
  const large = await backlog({ threads, cards: Math.max(2 * few, Math.min(many, possible)) });
  const growth = large.peakMegabytes / small.peakMegabytes;
  const goals = { growth: GROWTH, peakMegabytes: PEAK_MEGABYTES, cards: many };
  const met = large.cards >= many && growth <= GROWTH && large.peakMegabytes < PEAK_MEGABYTES;
  return { runs: [small, large], growth, goals, met };
}
