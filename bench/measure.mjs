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

/** Median, quartiles, and the ends. */
export const summary = (numbers) => ({
  median: quantile(numbers, 0.5),
  min: quantile(numbers, 0),
  q1: quantile(numbers, 0.25),
  q3: quantile(numbers, 0.75),
  max: quantile(numbers, 1),
});

/**
 * Measures one group.
 *
 * @param group `{ id, name, base, variants, claims?, cannot? }`. `base` is the label of the variant that is 1, or a list of which
 *   the fastest is; a claim is `{ text, of, against, goal, later? }`: how many times as fast `of` has to be as `against` (a
 *   label, or a list as for `base`); `cannot` lists the peers that this cannot be done with, `{ label, why }`.
 * @param options `rounds`, and `slice`: milliseconds of one variant in one round.
 * @returns See {@link summarize}.
 */
export async function compare(group, { rounds, slice }) {
  const { variants } = group;
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
  return summarize(group, times);
}

/**
 * What a group's times say, `times` being the microseconds of each variant in each round: for each variant the microseconds
 * of one operation, and how many times as fast as the base it is (the base's time divided by its own, round by round); for
 * each claim the same against what it names, and whether the median reaches the goal.
 */
export function summarize({ id, name, base, variants, claims = [], cannot = [] }, times) {
  const labels = variants.map(({ label }) => label);
  const timesOf = (label) => {
    const found = times[labels.indexOf(label)];
    if (found === undefined) throw new Error(`${name}: no variant is called ${label}`);
    return found;
  };
  const median = (label) => quantile(timesOf(label), 0.5);
  const fastest = (choice) => [choice].flat().reduce((best, label) => (median(label) < median(best) ? label : best));
  const ratios = (label, against) => {
    const own = timesOf(label);
    const other = timesOf(against);
    // `best` is that of the best rounds, whichever they were: what remains when other work takes most of the machine.
    const best = Math.min(...other) / Math.min(...own);
    return { ...summary(other.map((took, round) => took / own[round])), best };
  };
  const chosen = fastest(base);
  return {
    id,
    name,
    base: chosen,
    rows: labels.map((label) => ({
      label,
      microseconds: summary(timesOf(label)),
      ratio: ratios(label, chosen),
    })),
    cannot,
    claims: claims.map(({ text, of, against, goal, later = false }) => {
      const other = fastest(against);
      const ratio = ratios(of, other);
      return { text, of, against: other, goal, later, ratio, met: ratio.median >= goal };
    }),
  };
}
