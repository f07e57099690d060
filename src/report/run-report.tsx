import { renderToStaticMarkup } from "preact-render-to-string";
import type { Check, ValidationReport } from "../inspect/report.js";
import { safeText } from "./safe-text.js";
import { STYLE } from "./style.js";

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
  readonly problems: readonly { readonly path: string; readonly message: string }[];
}

/** A whole run. */
export interface RunReport {
  readonly title: string;
  /** ISO 8601. */
  readonly madeAt: string;
  readonly cards: readonly ReportedCard[];
  readonly rejects: readonly ReportedReject[];
}

const WORDS = { passed: "passed", failed: "failed", warning: "warning", notChecked: "not checked" } as const;
const VERDICTS = { passed: "Valid", failed: "Not valid", incomplete: "No verdict" } as const;

function dataUrl(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return `data:image/jpeg;base64,${btoa(binary)}`;
}

function Checks({ checks }: { checks: readonly Check[] }) {
  return (
    <table class="checks">
      <thead>
        <tr>
          <th>Check</th>
          <th>Result</th>
          <th>What was found</th>
          <th>Standard</th>
        </tr>
      </thead>
      <tbody>
        {checks.map((check) => (
          <tr class={check.status} key={check.id}>
            <td>{safeText(check.id)}</td>
            <td class="status">{WORDS[check.status]}</td>
            <td>{safeText(check.message)}</td>
            <td class="spec">{check.spec}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Card({ card }: { card: ReportedCard }) {
  const { report } = card;
  const count = (status: Check["status"]) => report.checks.filter((check) => check.status === status).length;
  const total = Object.values(card.timings).reduce((sum, part) => sum + part, 0);
  return (
    <section class={`card ${report.verdict}`} id={card.documentNumber}>
      <div class="head">
        {card.portrait === undefined ? (
          <div class="portrait empty">no portrait</div>
        ) : (
          <img class="portrait" src={dataUrl(card.portrait)} alt={`Portrait of ${safeText(card.latinName)}`} />
        )}
        <div class="who">
          <h2 dir="auto" lang="fa">
            {safeText(card.nationalName)}
          </h2>
          <p class="latin">{safeText(card.latinName)}</p>
          <dl>
            <dt>Document</dt>
            <dd>{safeText(card.documentNumber)}</dd>
            <dt>Born</dt>
            <dd>{safeText(card.dateOfBirth)}</dd>
            <dt>Valid until</dt>
            <dd>{safeText(card.dateOfExpiry)}</dd>
            <dt>Signed by</dt>
            <dd>{safeText(card.signer)}</dd>
          </dl>
        </div>
        <div class="verdict">
          <strong>{VERDICTS[report.verdict]}</strong>
          <span>
            {count("passed")} passed · {count("failed")} failed · {count("warning")} warnings · {count("notChecked")}{" "}
            not checked
          </span>
          <span>
            {total.toFixed(1)} ms, {card.commands} commands
          </span>
        </div>
      </div>
      {card.mrz !== undefined && (
        <pre class="mrz">{[0, 30, 60].map((at) => safeText((card.mrz ?? "").slice(at, at + 30))).join("\n")}</pre>
      )}
      {card.notes.length > 0 && (
        <ul class="notes">
          {card.notes.map((note) => (
            <li dir="auto" key={note}>
              {safeText(note)}
            </li>
          ))}
        </ul>
      )}
      <p class="summary">{safeText(report.summary)}</p>
      <details open={report.verdict !== "passed"}>
        <summary>
          {report.checks.length} checks ·{" "}
          {Object.entries(card.timings)
            .map(([stage, ms]) => `${stage} ${ms.toFixed(1)} ms`)
            .join(", ")}
        </summary>
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
          <h3>{safeText(reject.label)}</h3>
          <ul>
            {reject.problems.map((problem) => (
              <li dir="auto" key={problem.path + problem.message}>
                <code>{safeText(problem.path)}</code> {safeText(problem.message)}
              </li>
            ))}
          </ul>
        </div>
      ))}
    </section>
  );
}

/**
 * A run as one HTML page that needs nothing else: portraits, MRZ, checks, timings, refused records. Everything from a
 * record or a card is escaped; the page holds no script and says so in its content security policy.
 */
export function renderRunReport(run: RunReport): string {
  const good = run.cards.filter((card) => card.report.verdict === "passed").length;
  const page = (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"
        />
        <title>{safeText(run.title)}</title>
        <style>{STYLE}</style>
      </head>
      <body>
        <header>
          <h1>{safeText(run.title)}</h1>
          <p>
            {good} of {run.cards.length} cards valid · {run.rejects.length} records refused · {safeText(run.madeAt)}
          </p>
          <p class="limits">
            “Valid” says that the data are authentic and unchanged. It does not say that the chip is no copy: that takes
            chip or active authentication.
          </p>
        </header>
        <main>
          {run.cards.map((card) => (
            <Card card={card} key={card.documentNumber} />
          ))}
          <Rejects rejects={run.rejects} />
        </main>
      </body>
    </html>
  );
  return `<!doctype html>\n${renderToStaticMarkup(page)}\n`;
}
