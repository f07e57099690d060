// The tables of the console.
import { atLeast, number, quartiles, verdict } from "./format.mjs";

export function printGroup({ name, base, rows, cannot }) {
  console.log(`\n${name}`);
  for (const { label, ratio, microseconds } of rows) {
    const times = label === base ? "1" : number(ratio.median);
    const range = label === base ? "" : `(${quartiles(ratio)}; best ${number(ratio.best)})`;
    console.log(
      `  ${label.padEnd(64)} ${times.padStart(7)} x ${range.padEnd(30)} ${number(microseconds.median).padStart(9)} µs`,
    );
  }
  for (const { label, why } of cannot) console.log(`  ${label.padEnd(64)} cannot: ${why}`);
}

export function printClaims(groups) {
  const claims = groups.flatMap((group) => group.claims);
  if (claims.length === 0) return;
  console.log("\nGoals");
  for (const claim of claims) {
    const text = `${claim.text}`.padEnd(76);
    const median = `${atLeast(claim.ratio.median)} x`.padStart(9);
    console.log(
      `  ${text} ${median} ${`(${quartiles(claim.ratio)}; best ${number(claim.ratio.best)})`.padEnd(30)} goal ${String(claim.goal).padStart(4)}  ${verdict(claim).replaceAll("*", "")}`,
    );
  }
}

export function printMemory({ runs, growth, goals, met }) {
  console.log("\npeak memory of a batch");
  for (const { cards, peakMegabytes, cardsPerSecond } of runs) {
    console.log(`  ${String(cards).padStart(9)} cards: ${peakMegabytes} MB, ${cardsPerSecond} cards/s`);
  }
  console.log(
    `  ${growth.toFixed(2)} x; goals ${goals.growth} x and ${goals.peakMegabytes} MB at ${goals.cards} cards: ${met ? "met" : "not met"}`,
  );
}

export function printLine({ cards, cardsPerSecond, stages }) {
  console.log(
    `\nwhole line in one process: ${number(cardsPerSecond.median)} cards/s (${quartiles(cardsPerSecond)}), ${cards} cards`,
  );
  for (const { stage, milliseconds, share } of stages) {
    const percent = `${(100 * share.median).toFixed(1)} %`;
    console.log(`  ${stage.padEnd(64)} ${percent.padStart(9)} ${milliseconds.median.toFixed(3).padStart(9)} ms`);
  }
}
