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

function printStages(name, { cards, cardsPerSecond, stages }, more = () => "") {
  console.log(`\n${name}: ${number(cardsPerSecond.median)} cards/s (${quartiles(cardsPerSecond)}), ${cards} cards`);
  for (const row of stages) {
    const percent = `${(100 * row.share.median).toFixed(1)} %`;
    const milliseconds = row.milliseconds.median.toFixed(3);
    console.log(`  ${row.stage.padEnd(64)} ${percent.padStart(9)} ${milliseconds.padStart(9)} ms${more(row)}`);
  }
}

export const printLine = (line) => printStages("whole line in one process", line);

export const printDoors = (doors) =>
  printStages("PACE, chip and terminal authentication, reading and validation in one process", doors, ({ chip }) =>
    `   chip ${(100 * chip.median).toFixed(0)} %`.padEnd(12),
  );
