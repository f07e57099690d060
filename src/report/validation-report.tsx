import type { CardFiles } from "../inspect/card-files.js";
import { displayOf } from "../inspect/display.js";
import type { ReportedCertificate, ValidationReport } from "../inspect/report.js";
import { Checks, counts, dataUrl, Faults, VERDICTS } from "./checks.js";
import { renderPage } from "./page.js";
import { safeText } from "./safe-text.js";

/** What a page shows beside the report. */
export interface ValidationPage {
  /** Of the page. */
  readonly title: string;
  /** The card that was judged, for its portrait and MRZ; left out, the page has neither. */
  readonly card?: CardFiles;
}

const ROLES = { documentSigner: "Document Signer", csca: "CSCA, trust anchor" } as const;

/**
 * A verdict as one HTML page that needs nothing else: portrait, MRZ, the certificates of the path with where the trust in them
 * comes from, and every check with its evidence. Everything from the card and its certificates is escaped; the page holds no
 * script and says so in its content security policy. A portrait that is not JPEG is not shown.
 *
 * @returns The whole document, UTF-8 when written.
 * @example
 * import { validateCard } from "cardwright";
 * import { renderValidationReport } from "cardwright/report";
 * const card = { files: {}, evidence: { accessControl: "none", notGiven: [], notAsked: [] } } as const;
 * const report = validateCard(card, { at: new Date("2026-11-25T00:00:00Z") });
 * renderValidationReport(report, { title: "Card 1", card }).slice(0, 15); // => <!doctype html>
 */
export function renderValidationReport(report: ValidationReport, { title, card }: ValidationPage): string {
  const bad = report.checks.filter(({ status }) => status === "failed" || status === "warning");
  const { portrait, mrz } = card === undefined ? {} : displayOf(card);
  return renderPage(
    title,
    <>
      <header>
        <h1 dir="auto">{safeText(title)}</h1>
        <p>Judged for {safeText(report.at)}</p>
      </header>
      <main>
        <section class={`card wide ${report.verdict}`}>
          <div class="head">
            <Portrait bytes={portrait} />
            <div class="who">
              <h2>{VERDICTS[report.verdict]}</h2>
              <p class="latin">{counts(report)}</p>
            </div>
          </div>
          <Mrz text={mrz} />
          <p class="summary">{safeText(report.summary)}</p>
          <Faults checks={bad} />
        </section>
        <section class="card wide">
          <h2>Path of trust</h2>
          {report.certificates.length === 0 && <p>There is no certificate of a signer.</p>}
          {report.certificates.map((certificate) => (
            <Certificate of={certificate} key={`${certificate.object} ${certificate.role}`} />
          ))}
        </section>
        <section class="card wide">
          <h2>Checks</h2>
          <Checks checks={report.checks} evidence />
        </section>
      </main>
    </>,
  );
}

function Portrait({ bytes }: { bytes: Uint8Array | undefined }) {
  if (bytes === undefined) return <div class="portrait empty">no portrait</div>;
  return <img class="portrait" src={dataUrl(bytes)} alt="Portrait" />;
}

/** Lines as they are printed: three of 30 characters, or two. */
function Mrz({ text }: { text: string | undefined }) {
  if (text === undefined) return null;
  const width = text.length === 90 ? 30 : Math.ceil(text.length / 2);
  const lines = [0, 1, 2].map((line) => safeText(text.slice(line * width, (line + 1) * width))).filter(Boolean);
  return <pre class="mrz">{lines.join("\n")}</pre>;
}

function Certificate({ of }: { of: ReportedCertificate }) {
  const rows = [
    ["Subject", of.subject],
    ["Issuer", of.issuer],
    ["Serial", of.serialNumber],
    ["Valid", `${of.notBefore} to ${of.notAfter}`],
    ["Key", `${of.key}, certificate signed with ${of.signatureAlgorithm}`],
    ["SHA-256", of.sha256],
    [of.role === "csca" ? "Trusted" : "Found", of.origins.join("; ")],
  ] as const;
  return (
    <div class="certificate">
      <h3>
        {ROLES[of.role]} <span>{safeText(of.object)}</span>
      </h3>
      <dl>
        {rows.map(([term, text]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd dir="auto">{safeText(text)}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
