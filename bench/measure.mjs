// Paired rounds: all variants of a group take turns in one process, and only variants of the same round are compared,
// so that what the machine does beside the benchmark hits all of them alike.

/** Results go here, so that the compiler cannot leave out work whose result nobody reads. */
export const sink = { last: undefined };

const now = () => performance.now();

/**
 * Runs a variant `count` times and gives the milliseconds.
 *
 * A variant is `{ label, run, async?, batch? }`: `run` makes one operation, or `batch` of them; `async` says that it
 * gives a promise, which is awaited each time.
 */
async function time({ run, async = false }, count) {
  let result;
  const start = now();
  if (async) for (let i = 0; i < count; i++) result = await run();
  else for (let i = 0; i < count; i++) result = run();
  const took = now() - start;
  sink.last = result;
  return took;
}

/** Runs every variant of every group for `ms`, twice over, before anything is measured. */
export async function warmUp(groups, ms) {
  for (let pass = 0; pass < 2; pass++) {
    for (const { variants } of groups) {
      for (const variant of variants) {
        const until = now() + ms / 2;
        while (now() < until) await time(variant, 1);
      }
    }
  }
}

/** How many runs fill about `ms`. */
async function calibrate(variant, ms) {
  let count = 1;
  for (;;) {
    const took = await time(variant, count);
    if (took >= ms / 2) return Math.max(1, Math.round((count * ms) / took));
    count = Math.ceil(count * Math.min(10, Math.max(2, ms / Math.max(took, 0.001))));
  }
}

/** The value below which the part `p` of the numbers lies, between neighbours in proportion. */
export function quantile(numbers, p) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const at = (sorted.length - 1) * p;
  const low = Math.floor(at);
  return sorted[low] + (sorted[Math.ceil(at)] - sorted[low]) * (at - low);
}

/** Median, and the tenth and ninetieth percentile as its spread. */
export const summary = (numbers) => ({
  median: quantile(numbers, 0.5),
  p10: quantile(numbers, 0.1),
  p90: quantile(numbers, 0.9),
});

/**
 * Measures one group.
 *
 * @param group `{ name, base, variants }`; `base` is the label of the variant that is 1.
 * @param options `rounds`, and `slice`: milliseconds of one variant in one round.
 * @returns For each variant the microseconds of one operation, and how many times as fast as the base it is: the base's
 *   time divided by its own, round by round.
 */
export async function compare({ name, base, variants }, { rounds, slice }) {
  const counts = [];
  for (const variant of variants) counts.push(await calibrate(variant, slice));
  const times = variants.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < variants.length; turn++) {
      // Another variant begins each round, so that none always runs after the same one's garbage.
      const i = (round + turn) % variants.length;
      const variant = variants[i];
      const took = await time(variant, counts[i]);
      times[i].push((took * 1000) / (counts[i] * (variant.batch ?? 1)));
    }
  }
  const baseTimes = times[variants.findIndex(({ label }) => label === base)];
  if (baseTimes === undefined) throw new Error(`${name}: no variant is called ${base}`);
  return {
    name,
    base,
    rows: variants.map(({ label }, i) => ({
      label,
      microseconds: summary(times[i]),
      ratio: summary(times[i].map((took, round) => baseTimes[round] / took)),
    })),
  };
}
