// Horizontal bars as SVG. The picture brings its own ground, and turns dark where its reader prefers that.

const WIDTH = 860;
const LABELS = 330;
const VALUES = 150;
const ROW = 24;
const BAR = 14;
const HEAD = 58;
const SECTION = 30;
const AXIS = 40;
const LEFT = LABELS + 16;
const RIGHT = WIDTH - VALUES;

const STYLE = `
    .ground { fill: #ffffff; stroke: #d0d7de } .text { fill: #1f2328 } .faint { fill: #59636e } .grid { stroke: #d8dee4 }
    .own { fill: #1f6feb } .other { fill: #8c959f } .spread { stroke: #1f2328 } .goal { stroke: #cf222e }
    text { font: 13px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif }
    .title { font-size: 16px; font-weight: 600 } .section { font-weight: 600 }
    @media (prefers-color-scheme: dark) {
      .ground { fill: #0d1117; stroke: #30363d } .text { fill: #e6edf3 } .faint { fill: #9198a1 } .grid { stroke: #30363d }
      .own { fill: #58a6ff } .other { fill: #6e7681 } .spread { stroke: #e6edf3 } .goal { stroke: #ff7b72 }
    }`;

const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const at = (value) => value.toFixed(1);

/** Marks from 0 in steps of 1, 2 or 5 times a power of ten, about five of them. */
function linearScale(highest) {
  const rough = highest / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= rough) * power;
  const count = Math.ceil(highest / step - 1e-9);
  const marks = Array.from({ length: count + 1 }, (_, i) => Number((i * step).toPrecision(6)));
  const end = marks.at(-1);
  return { marks, origin: LEFT, x: (value) => LEFT + (Math.min(value, end) / end) * (RIGHT - LEFT) };
}

/** Marks at powers of ten; bars start at 1, so that what is slower goes to the left. */
function logarithmicScale(lowest, highest) {
  const from = Math.floor(Math.log10(Math.min(lowest, 1)));
  const to = Math.ceil(Math.log10(highest));
  const marks = Array.from({ length: to - from + 1 }, (_, i) => Number((10 ** (from + i)).toPrecision(3)));
  const x = (value) => {
    const part = (Math.log10(Math.max(value, 10 ** from)) - from) / (to - from);
    return LEFT + Math.min(1, part) * (RIGHT - LEFT);
  };
  return { marks, origin: x(1), x };
}

/**
 * A bar chart.
 *
 * @param chart `{ title, axis, logarithmic?, sections }`; a section is `{ title?, rows }`, a row
 *   `{ label, value, text, low?, high?, goal?, own? }`: `low` to `high` is drawn as a whisker, `goal` as a mark, `own` in colour.
 * @returns The SVG as text.
 */
export function barChart({ title, axis, logarithmic = false, sections }) {
  const rows = sections.flatMap((section) => section.rows);
  const values = rows.flatMap(({ value, high, goal }) => [value, high ?? value, goal ?? value]);
  const lows = rows.map(({ value, low }) => low ?? value);
  const scale = logarithmic
    ? logarithmicScale(Math.min(...lows), Math.max(...values))
    : linearScale(Math.max(...values));
  const parts = [];
  let y = HEAD;
  for (const { title: heading, rows: bars } of sections) {
    if (heading !== undefined) {
      parts.push(`<text class="section text" x="16" y="${y + 18}">${escaped(heading)}</text>`);
      y += SECTION;
    }
    for (const bar of bars) {
      parts.push(drawRow(bar, y, scale));
      y += ROW;
    }
  }
  const bottom = y + 6;
  const grid = scale.marks.map((mark) => {
    const x = at(scale.x(mark));
    return `<line class="grid" x1="${x}" x2="${x}" y1="${HEAD}" y2="${bottom}"/><text class="faint" x="${x}" y="${bottom + 16}" text-anchor="middle">${mark}</text>`;
  });
  const height = bottom + AXIS;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">
  <title>${escaped(title)}</title>
  <style>${STYLE}
  </style>
  <rect class="ground" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="6"/>
  <text class="title text" x="16" y="26">${escaped(title)}</text>
  <text class="faint" x="16" y="45">${escaped(axis)}</text>
  ${[...grid, ...parts].join("\n  ")}
</svg>
`;
}

function drawRow({ label, value, text, low, high, goal, own = false }, y, { x, origin }) {
  const middle = y + ROW / 2;
  const [from, to] = [Math.min(origin, x(value)), Math.max(origin, x(value))];
  const parts = [
    `<text class="text" x="${LABELS}" y="${middle + 4}" text-anchor="end">${escaped(label)}</text>`,
    `<rect class="${own ? "own" : "other"}" x="${at(from)}" y="${middle - BAR / 2}" width="${at(Math.max(1, to - from))}" height="${BAR}" rx="2"/>`,
  ];
  if (low !== undefined && high !== undefined) {
    parts.push(`<line class="spread" x1="${at(x(low))}" x2="${at(x(high))}" y1="${middle}" y2="${middle}"/>`);
  }
  if (goal !== undefined) {
    const mark = at(x(goal));
    parts.push(`<line class="goal" x1="${mark}" x2="${mark}" y1="${y + 1}" y2="${y + ROW - 1}" stroke-width="2.5"/>`);
  }
  parts.push(`<text class="text" x="${RIGHT + 12}" y="${middle + 4}">${escaped(text)}</text>`);
  return parts.join("");
}
