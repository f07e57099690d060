import type { Check, ValidationReport } from "../inspect/report.js";
import { safeText } from "./safe-text.js";

export const WORDS = { passed: "passed", failed: "failed", warning: "warning", notChecked: "not checked" } as const;
export const VERDICTS = { passed: "Valid", failed: "Not valid", incomplete: "No verdict" } as const;

/** `6 of 7 checks passed`, then what else there is. */
export function counts({ checks }: ValidationReport): string {
  const count = (status: Check["status"]) => checks.filter((check) => check.status === status).length;
  const others = (["failed", "warning", "notChecked"] as const)
    .filter((status) => count(status) > 0)
    .map((status) => `${count(status)} ${WORDS[status]}`);
  return [`${count("passed")} of ${checks.length} checks passed`, ...others].join(" · ");
}

/** An image as it can stand in a page. */
export function dataUrl(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return `data:image/jpeg;base64,${btoa(binary)}`;
}

/** Every check in a table; `evidence` also shows the values behind each. */
export function Checks({ checks, evidence = false }: { checks: readonly Check[]; evidence?: boolean }) {
  return (
    <table class="checks">
      <thead>
        <tr>
          <th>Check</th>
          <th>Result</th>
          <th>What was found</th>
          <th class="spec">Standard</th>
        </tr>
      </thead>
      <tbody>
        {checks.map((check) => (
          <tr class={check.status} key={check.id}>
            <td class="id">{safeText(check.id)}</td>
            <td class="status">{WORDS[check.status]}</td>
            <td dir="auto">
              {safeText(check.message)}
              {evidence && check.evidence !== undefined && <Evidence of={check.evidence} />}
            </td>
            <td class="spec">{check.spec}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** What did not pass, the bad things only; nothing when all is well. */
export function Faults({ checks }: { checks: readonly Check[] }) {
  return checks.length === 0 ? null : (
    <ul class="faults">
      {checks.map((check) => (
        <li class={check.status} key={check.id}>
          <b>{safeText(check.id)}</b> {safeText(check.message)}
        </li>
      ))}
    </ul>
  );
}

function Evidence({ of }: { of: Readonly<Record<string, string>> }) {
  return (
    <dl class="evidence">
      {Object.entries(of).map(([name, value]) => (
        <div key={name}>
          <dt>{safeText(name)}</dt>
          <dd dir="auto">{safeText(value)}</dd>
        </div>
      ))}
    </dl>
  );
}
