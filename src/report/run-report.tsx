import type { ValidationReport } from "../inspect/report.js";
import { Checks, counts, dataUrl, Faults, VERDICTS } from "./checks.js";
import { renderPage } from "./page.js";
import { safeFileName, safeText } from "./safe-text.js";

/** One card of a run. All text may come from a record or a card: it is escaped. */
export interface ReportedCard {
  readonly documentNumber: string;
  readonly nationalName: string;
  readonly latinName: string;
  readonly dateOfBirth: string;
  readonly dateOfExpiry: string;
  /** The portrait that was read back from the chip, JPEG bytes. */
  readonly portrait?: Uint8Array;
  /** MRZ as read back, 90 characters. */
  readonly mrz?: string;
  readonly notes: readonly string[];
  readonly signer: string;
  /** Milliseconds by stage, in order. */
  readonly timings: Readonly<Record<string, number>>;
  readonly commands: number;
  readonly report: ValidationReport;
}

/** One record that was refused. */
export interface ReportedReject {
  readonly label: string;
  readonly problems: readonly {
    readonly path: string;
    readonly message: string;
    /** What stands there and what may, where the problem tells. */
    readonly found?: string;
    readonly allowed?: string;
  }[];
}

/** A whole run. */
export interface RunReport {
  readonly title: string;
  /** ISO 8601. */
  readonly madeAt: string;
  readonly cards: readonly ReportedCard[];
  readonly rejects: readonly ReportedReject[];
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, part) => total + part, 0);
const timeOf = (card: ReportedCard): number => sum(Object.values(card.timings));

function Holder({ card }: { card: ReportedCard }) {
  const rows = [
    ["Document", card.documentNumber],
    ["Born", card.dateOfBirth],
    ["Valid until", card.dateOfExpiry],
    ["Signed by", card.signer],
  ] as const;
  return (
    <div class="who">
      <h2 dir="auto">{safeText(card.nationalName)}</h2>
      <p class="latin" dir="auto">
        {safeText(card.latinName)}
      </p>
      <dl>
        {rows.map(([term, text]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{safeText(text)}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function Card({ card }: { card: ReportedCard }) {
  const { report } = card;
  const bad = report.checks.filter((check) => check.status === "failed" || check.status === "warning");
  return (
    <section class={`card ${report.verdict}`} id={safeFileName(card.documentNumber)}>
      <div class="head">
        {card.portrait === undefined ? (
          <div class="portrait empty">no portrait</div>
        ) : (
          <img class="portrait" src={dataUrl(card.portrait)} alt={`Portrait of ${safeText(card.latinName)}`} />
        )}
        <Holder card={card} />
        <strong class="verdict">{VERDICTS[report.verdict]}</strong>
      </div>
      {card.mrz !== undefined && (
        <pre class="mrz">{[0, 30, 60].map((at) => safeText((card.mrz ?? "").slice(at, at + 30))).join("\n")}</pre>
      )}
      {report.verdict !== "passed" && <p class="summary">{safeText(report.summary)}</p>}
      <Faults checks={bad} />
      {card.notes.length > 0 && (
        <ul class="notes">
          {card.notes.map((note) => (
            <li dir="auto" key={note}>
              {safeText(note)}
            </li>
          ))}
        </ul>
      )}
      <details>
        <summary>
          {counts(report)} · {timeOf(card).toFixed(0)} ms, {card.commands} commands
        </summary>
        <p class="stages">
          {Object.entries(card.timings)
            .map(([stage, ms]) => `${safeText(stage)} ${ms.toFixed(1)} ms`)
            .join(" · ")}
        </p>
        {report.verdict === "passed" && <p class="stages">{safeText(report.summary)}</p>}
        <Checks checks={report.checks} />
      </details>
    </section>
  );
}

function Rejects({ rejects }: { rejects: readonly ReportedReject[] }) {
  if (rejects.length === 0) return null;
  return (
    <section class="rejects">
      <h2>Refused records</h2>
      {rejects.map((reject) => (
        <div key={reject.label}>
          <h3 dir="auto">
            {safeText(reject.label)}{" "}
            <span>
              {reject.problems.length} {reject.problems.length === 1 ? "problem" : "problems"}
            </span>
          </h3>
          <table class="checks">
            <thead>
              <tr>
                <th>Field</th>
                <th>Found</th>
                <th>Allowed</th>
                <th>What to do</th>
              </tr>
            </thead>
            <tbody>
              {reject.problems.map((problem) => (
                <tr key={problem.path + problem.message}>
                  <td class="id">{safeText(problem.path)}</td>
                  <td class="found" dir="auto">
                    {safeText(problem.found ?? "")}
                  </td>
                  <td>{safeText(problem.allowed ?? "")}</td>
                  <td>{safeText(problem.message)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ))}
    </section>
  );
}

/** What the eye falls on first: how many, how well, how fast. */
function Figures({ run }: { run: RunReport }) {
  const { cards, rejects } = run;
  const good = cards.filter((card) => card.report.verdict === "passed").length;
  const each = cards.length === 0 ? 0 : sum(cards.map(timeOf)) / cards.length;
  const figures = [
    [`${good} of ${cards.length}`, "cards valid", good === cards.length ? "passed" : "failed"],
    [`${rejects.length}`, "records refused", rejects.length === 0 ? "" : "refused"],
    [`${sum(cards.map((card) => card.report.checks.length))}`, "checks", ""],
    [`${sum(cards.map((card) => card.commands))}`, "commands", ""],
    [`${each.toFixed(0)} ms`, "a card, from record to verdict", ""],
  ] as const;
  return (
    <ul class="figures">
      {figures.map(([number, words, kind]) => (
        <li class={kind} key={words}>
          <b>{number}</b> {words}
        </li>
      ))}
    </ul>
  );
}

/**
 * A run as one HTML page that needs nothing else: portraits, MRZ, checks, timings, refused records; cards that did not
 * pass come first. Everything from a record or a card is escaped; the page holds no script and says so in its content
 * security policy.
 *
 * @returns The whole document, UTF-8 when written.
 * @example
 * import { renderRunReport } from "cardwright/report";
 * renderRunReport({ title: "Shift 1", madeAt: "2026-11-25T09:00:00Z", cards: [], rejects: [] }).slice(0, 15); // => <!doctype html>
 */
export function renderRunReport(run: RunReport): string {
  const good = run.cards.filter((card) => card.report.verdict === "passed");
  const others = run.cards.filter((card) => card.report.verdict !== "passed");
  return renderPage(
    run.title,
    <>
      <header>
        <h1>{safeText(run.title)}</h1>
        <p>{safeText(run.madeAt)}</p>
        <Figures run={run} />
        <p class="limits">
          “Valid” says that the data are authentic and unchanged. It does not say that the chip is no copy: that takes
          chip or active authentication. Revocation is what the checks say of it.
        </p>
      </header>
      <main>
        {[...others, ...good].map((card) => (
          <Card card={card} key={card.documentNumber} />
        ))}
        <Rejects rejects={run.rejects} />
      </main>
    </>,
  );
}
