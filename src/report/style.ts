/** Style sheet of the HTML report. No quotes and no angle brackets, so that it passes through escaping unchanged. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1a2230; --dim: #5a6576; --paper: #eef1f5; --card: #fff; --line: #dde3ea; --soft: #f4f6f9;
  --good: #16774a; --bad: #b3261e; --warn: #8a5d00; --none: #6b7685; --good-soft: #e3f4ea; --bad-soft: #fbe6e4; --warn-soft: #fbf1d9; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --dim: #a0abb9; --paper: #10141a; --card: #1a2029; --line: #2e3743;
  --soft: #131820; --good: #57c792; --bad: #ff8f86; --warn: #e3b341; --none: #8b96a5; --good-soft: #14301f; --bad-soft: #3b1715;
  --warn-soft: #33280c; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, Vazirmatn, Tahoma, sans-serif; }
header, main { max-width: 78rem; margin: 0 auto; padding: 1.25rem; }
header { padding-top: 2rem; padding-bottom: 0; }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(34rem, 100%), 1fr)); gap: 1rem; align-items: start; }
h1 { margin: 0; font-size: 1.7rem; letter-spacing: -.01em; }
header p { margin: .15rem 0; color: var(--dim); }
.limits { max-width: 60rem; font-size: .9rem; }
.figures { display: flex; flex-wrap: wrap; gap: .75rem; list-style: none; margin: 1rem 0; padding: 0; }
.figures li { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .5rem .9rem; color: var(--dim);
  font-size: .85rem; min-width: 8rem; }
.figures b { display: block; font-size: 1.35rem; line-height: 1.25; color: var(--ink); font-variant-numeric: tabular-nums; }
.figures .passed b { color: var(--good); }
.figures .failed b { color: var(--bad); }
.figures .refused b { color: var(--warn); }
.card, .rejects { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1rem; min-width: 0; }
.card.failed { border: 2px solid var(--bad); }
.card.incomplete { border: 2px solid var(--warn); }
.card.failed, .card.incomplete, .card:has(details[open]), .rejects { grid-column: 1 / -1; }
.card.wide { grid-column: 1 / -1; }
.certificate { border-top: 1px solid var(--line); padding-top: .5rem; margin-top: .75rem; }
.certificate h3 { margin: 0 0 .3rem; font-size: 1rem; }
.certificate h3 span, .evidence { color: var(--dim); font-weight: 400; }
.evidence { margin-top: .2rem; font-size: .8rem; }
.head { display: flex; gap: 1rem; align-items: flex-start; }
.portrait { flex: none; width: 98px; height: 126px; object-fit: cover; border-radius: 8px; background: var(--line); }
.portrait.empty { display: grid; place-items: center; color: var(--dim); font-size: .75rem; }
.who { flex: 1; min-width: 0; }
.who h2 { margin: 0; font-size: 1.25rem; line-height: 1.35; text-align: left; overflow-wrap: anywhere; }
.latin { margin: 0 0 .4rem; color: var(--dim); text-align: left; overflow-wrap: anywhere; }
dl { margin: 0; font-size: .87rem; }
dl div { display: flex; gap: .5rem; }
dt { flex: none; width: 5.2rem; color: var(--dim); }
dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
.verdict { flex: none; padding: .15rem .7rem; border-radius: 99px; font-size: .9rem; }
.passed .verdict { color: var(--good); background: var(--good-soft); }
.failed .verdict { color: var(--bad); background: var(--bad-soft); }
.incomplete .verdict { color: var(--warn); background: var(--warn-soft); }
.mrz { font: 13px/1.35 ui-monospace, Menlo, Consolas, monospace; letter-spacing: .06em; background: var(--soft); border-radius: 8px;
  padding: .5rem .75rem; margin: .75rem 0 0; overflow-x: auto; }
.summary { margin: .7rem 0 0; font-weight: 600; }
.faults, .notes { margin: .5rem 0 0; padding-inline-start: 1.2rem; font-size: .9rem; overflow-wrap: anywhere; }
.faults .failed { color: var(--bad); }
.faults .warning, .notes { color: var(--warn); }
details { margin-top: .6rem; }
summary { cursor: pointer; color: var(--dim); font-size: .85rem; }
.stages { margin: .4rem 0 0; color: var(--dim); font-size: .85rem; }
.rejects h2 { margin: 0; font-size: 1.25rem; }
.rejects h3 { margin: 1rem 0 0; font-size: 1rem; }
.rejects h3 span { color: var(--bad); font-weight: 400; }
.checks { border-collapse: collapse; width: 100%; margin-top: .5rem; font-size: .85rem; }
.checks th, .checks td { text-align: start; vertical-align: top; padding: .25rem .5rem; border-bottom: 1px solid var(--line);
  overflow-wrap: anywhere; }
.checks td[dir] { text-align: left; }
.checks th { color: var(--dim); font-weight: 600; }
.checks .id { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: .8rem; white-space: nowrap; }
.found { color: var(--bad); }
.status { white-space: nowrap; font-weight: 600; }
tr.passed .status { color: var(--good); }
tr.failed .status { color: var(--bad); }
tr.warning .status { color: var(--warn); }
tr.notChecked .status, td.spec { color: var(--none); }
tr.failed { background: var(--bad-soft); }
@media (max-width: 34rem) { .head { flex-wrap: wrap; } .checks .spec { display: none; } .checks .id { white-space: normal; } }
@media print { body { background: none; } main { display: block; } .card, .rejects { break-inside: avoid; margin-bottom: 1rem; } }
`;
