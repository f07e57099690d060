// Which plots are drawn of a result.
import { number, perSecond } from "./format.mjs";
import { barChart } from "./plot.mjs";

const OWN = "cardwright: ";
const MARKS = "Line: first to third quartile of the rounds. Red: the goal.";

/** Where the goal of a row stands on the group's scale, whatever it is measured against. */
function goalOf(group, label) {
  const claim = group.claims.find(({ of }) => of === label);
  if (claim === undefined) return undefined;
  return claim.goal * group.rows.find((row) => row.label === claim.against).ratio.median;
}

function rowOf(group, { label, ratio }) {
  const own = label.startsWith(OWN);
  const goal = goalOf(group, label);
  return {
    label: own ? label.slice(OWN.length) : label,
    value: ratio.median,
    low: ratio.q1,
    high: ratio.q3,
    text: label === group.base ? "1" : `${number(ratio.median)} ×`,
    own,
    ...(goal !== undefined && { goal }),
  };
}

const sectionOf = (group, title) => ({
  ...(title !== undefined && { title }),
  rows: group.rows.filter(({ label }) => !label.startsWith("part:")).map((row) => rowOf(group, row)),
});

/** One row for each claim, named by what is claimed. */
const claimRow = ({ text, ratio, goal }) => ({
  label: text.replace("typed values of ", "").replace(/, against [^,]*$/, ""),
  value: ratio.median,
  low: ratio.q1,
  high: ratio.q3,
  goal,
  text: `${number(ratio.median)} ×`,
  own: true,
});

function threadRow(group, row) {
  const base = rowOf(group, row);
  const rate = `${perSecond(row.microseconds.median)} /s`;
  return {
    ...base,
    own: !row.label.startsWith("bound:"),
    text: row.label === group.base ? rate : `${number(row.ratio.median)} ×, ${rate}`,
  };
}

/** The plots of a whole run: file name to SVG. */
export function drawCharts({ groups }) {
  const group = (id) => groups.find((one) => one.id === id);
  const starting = (text) => groups.filter(({ id }) => id.startsWith(text));
  return {
    "whole-card.svg": barChart({
      title: "Whole card, values to signed bytes, one thread",
      axis: `Part of the speed of node:crypto hashing and signing the same bytes. ${MARKS}`,
      sections: [sectionOf(group("whole-card"))],
    }),
    "sod.svg": barChart({
      title: "Data groups to EF.SOD: hashed, assembled, signed with P-256",
      axis: `Times as fast as pkijs. ${MARKS}`,
      logarithmic: true,
      sections: [sectionOf(group("sod-creation"))],
    }),
    "copy.svg": barChart({
      title: "DG2 with a portrait of 20 KB, encoded",
      axis: `Part of the speed of copying the finished file. ${MARKS}`,
      sections: [
        sectionOf(group("copy-hot"), "Hot: one portrait, one place, all in cache"),
        sectionOf(group("copy-cold"), "Cold: a portrait and a place for each card"),
      ],
    }),
    "tree.svg": barChart({
      title: "A file to a tree of data objects",
      axis: `Times as fast as ber-tlv, logarithmic. ${MARKS}`,
      logarithmic: true,
      sections: starting("tree-").map((one) => sectionOf(one, one.name)),
    }),
    "typed.svg": barChart({
      title: "A file to typed values",
      axis: `Times as fast as ber-tlv makes its tree, logarithmic. ${MARKS}`,
      logarithmic: true,
      sections: [{ rows: starting("typed-").flatMap(({ claims }) => claims.map(claimRow)) }],
    }),
    "workers.svg": barChart({
      title: "Records to signed images on worker threads",
      axis: `Times as fast as one thread without workers, and cards per second. ${MARKS}`,
      sections: starting("workers-").map((one) => ({
        title: one.name.split(", ")[1],
        rows: one.rows.map((row) => threadRow(one, row)),
      })),
    }),
  };
}
