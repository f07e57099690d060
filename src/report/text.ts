import type { CheckStatus, ValidationReport } from "../inspect/report.js";
import { safeText } from "./safe-text.js";

const MARKS: Readonly<Record<CheckStatus, string>> = {
  passed: "ok  ",
  failed: "FAIL",
  warning: "warn",
  notChecked: "--  ",
};

const ROLES = { documentSigner: "signer", csca: "anchor" } as const;

/** A validation report as lines for a terminal. Text from the card is made safe. */
export function describeValidation(report: ValidationReport): string {
  const lines = [`${report.verdict.toUpperCase()}: ${safeText(report.summary)}`];
  for (const check of report.checks) {
    lines.push(`  ${MARKS[check.status]} ${check.id}: ${safeText(check.message)}`);
  }
  for (const { role, object, subject, origins } of report.certificates) {
    lines.push(`  ${ROLES[role]} of ${safeText(object)}: ${safeText(subject)} (${safeText(origins.join("; "))})`);
  }
  return lines.join("\n");
}
