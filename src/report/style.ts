/** Style sheet of the HTML report. No quotes and no angle brackets, so that it passes through escaping unchanged. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1c2430; --dim: #5d6878; --paper: #f3f5f8; --card: #fff; --line: #d9dfe7;
  --good: #1a7f4b; --bad: #b3261e; --warn: #9a6700; --none: #6b7685; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --dim: #a0abb9; --paper: #12161c; --card: #1b212a;
  --line: #303947; --good: #4cc38a; --bad: #ff8a80; --warn: #e3b341; --none: #8b96a5; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, Vazirmatn, Tahoma, sans-serif; }
header, main { max-width: 62rem; margin: 0 auto; padding: 1.25rem; }
h1 { margin: 0 0 .25rem; font-size: 1.5rem; }
header p { margin: .15rem 0; color: var(--dim); }
.card, .rejects { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1rem; margin: 0 0 1rem;
  border-inline-start: 6px solid var(--none); }
.card.passed { border-inline-start-color: var(--good); }
.card.failed { border-inline-start-color: var(--bad); }
.card.incomplete { border-inline-start-color: var(--warn); }
.rejects { border-inline-start-color: var(--bad); }
.rejects h3 { margin: .75rem 0 .25rem; font-size: 1rem; }
.head { display: flex; gap: 1rem; flex-wrap: wrap; }
.portrait { width: 96px; height: 124px; object-fit: cover; border-radius: 8px; background: var(--line); }
.portrait.empty { display: grid; place-items: center; color: var(--dim); font-size: .75rem; }
.who { flex: 1 1 16rem; min-width: 0; }
.who h2 { margin: 0; font-size: 1.25rem; text-align: start; }
.latin { margin: 0 0 .4rem; color: var(--dim); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem .75rem; margin: 0; }
dt { color: var(--dim); }
dd { margin: 0; overflow-wrap: anywhere; }
.verdict { display: flex; flex-direction: column; align-items: flex-end; gap: .15rem; color: var(--dim); font-size: .85rem;
  max-width: 16rem; text-align: end; }
.verdict strong { font-size: 1.1rem; }
.passed .verdict strong { color: var(--good); }
.failed .verdict strong { color: var(--bad); }
.incomplete .verdict strong { color: var(--warn); }
.mrz { font: 13px/1.35 ui-monospace, Menlo, Consolas, monospace; letter-spacing: .06em; background: var(--paper); border-radius: 8px;
  padding: .5rem .75rem; margin: .75rem 0 0; overflow-x: auto; }
.notes { color: var(--warn); margin: .5rem 0 0; padding-inline-start: 1.2rem; }
.summary { margin: .6rem 0 .3rem; }
summary { cursor: pointer; color: var(--dim); font-size: .9rem; }
.checks { border-collapse: collapse; width: 100%; margin-top: .5rem; font-size: .85rem; }
.checks th, .checks td { text-align: start; vertical-align: top; padding: .25rem .5rem; border-bottom: 1px solid var(--line);
  overflow-wrap: anywhere; }
.checks th { color: var(--dim); font-weight: 600; }
.status { white-space: nowrap; font-weight: 600; }
tr.passed .status { color: var(--good); }
tr.failed .status { color: var(--bad); }
tr.warning .status { color: var(--warn); }
tr.notChecked .status, .spec { color: var(--none); }
@media print { .card { break-inside: avoid; } }
`;
