import type { TerminalTrust } from "../access/terminal-authentication/shared.js";
import { toHex } from "../bytes/bytes.js";
import { MalformedError } from "../errors.js";
import type { TrustStore } from "../pki/trust-store.js";
import type { CardFiles } from "./card-files.js";
import { bytes, type Fields, fault, isObject, parseReadingEvidence, readingEvidenceJson } from "./evidence-json.js";
import type { ValidationReport } from "./report.js";
import { refuseOtherChallenge, type ValidateCardOptions, validateCard } from "./validate-card.js";

const FORMAT = "cardwright.evidence.1";

/** What is recorded of an inspection beside the card. */
export interface EvidenceOptions {
  /** Who read the card, in the recorder's words: an officer, a terminal, a program. It is a claim, and nothing proves it. */
  readonly recordedBy: string;
  /** When the record was made. */
  readonly recordedAt: Date;
}

/** What came of judging recorded evidence again. */
export interface EvidenceReport {
  readonly report: ValidationReport;
  readonly recordedBy: string;
  /** ISO 8601. */
  readonly recordedAt: string;
  /** The report that was recorded; compare, do not trust. */
  readonly recorded: ValidationReport;
  /** Ids of checks whose answer is another now, which is what another trust store makes; empty when the report is the same. */
  readonly differences: readonly string[];
}

type Settings = Omit<ValidateCardOptions, "trust" | "at" | "terminalTrust" | "challenge">;

/**
 * An inspection as JSON that another machine can judge again without the card: what was read, for when and how it was judged,
 * and the report. It holds personal data, and no key unless the reading was told to expose one. The trust store is not in it, nor are
 * the CVCA keys that terminals are judged by and the challenge that somebody chose: whoever judges again brings their own.
 *
 * Spec: ICAO 9303-11 §5.1 (what passive authentication needs), §6 and §7 (what chip and terminal proved).
 *
 * @param options - What the report was made with.
 * @throws {RangeError} for an invalid date, or a challenge that does not have 8 bytes.
 * @example
 * const json = toEvidenceJson(card, { trust, at }, { recordedBy: "Gate 7", recordedAt: at });
 * const { report, differences } = validateEvidence(json, trust); // differences is []
 */
export function toEvidenceJson(card: CardFiles, options: ValidateCardOptions, record: EvidenceOptions): string {
  const { recordedBy, recordedAt } = record;
  if (Number.isNaN(recordedAt.getTime())) throw new RangeError("toEvidenceJson: recordedAt is an invalid date");
  const report = validateCard(card, options);
  const { trust: _, terminalTrust: __, challenge: ___, at, ...settings } = options;
  const files = Object.fromEntries(Object.entries(card.files).map(([name, bytes]) => [name, toHex(bytes)]));
  return `${JSON.stringify(
    {
      format: FORMAT,
      recordedBy,
      recordedAt: recordedAt.toISOString(),
      at: at.toISOString(),
      card: { files, evidence: readingEvidenceJson(card.evidence) },
      settings,
      report,
    },
    null,
    1,
  )}\n`;
}

/**
 * Judges recorded evidence again, for the date and in the way that were recorded. With the trust store that was used the report
 * is the same.
 *
 * @param json - As made by {@link toEvidenceJson}; whoever made it may have made up the files as well: their signatures tell.
 * @param terminalTrust - What a terminal that authenticated itself is judged by.
 * @param challenge - The challenge of active authentication that you chose, 8 bytes: as in {@link ValidateCardOptions}.
 * @throws {MalformedError} `BAD_VALUE` with the path of what is no such evidence.
 * @throws {RangeError} for a challenge that does not have 8 bytes.
 * @example
 * const { report, recordedBy } = validateEvidence(json, trust);
 */
export function validateEvidence(
  json: string,
  trust: TrustStore,
  terminalTrust?: TerminalTrust,
  challenge?: Uint8Array,
): EvidenceReport {
  refuseOtherChallenge("validateEvidence", challenge);
  const evidence = parseEvidence(json);
  const { recordedBy, recordedAt, recorded } = evidence;
  const report = judged(() =>
    validateCard(evidence.card, {
      ...evidence.settings,
      at: evidence.at,
      trust,
      ...(terminalTrust && { terminalTrust }),
      ...(challenge && { challenge }),
    }),
  );
  return { report, recordedBy, recordedAt, recorded, differences: differencesOf(report, recorded) };
}

/** What the caller of `validateCard` has to get right, whoever wrote the evidence got wrong. */
function judged(judge: () => ValidationReport): ValidationReport {
  try {
    return judge();
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) throw fault("settings", error.message);
    throw error;
  }
}

function differencesOf(report: ValidationReport, recorded: ValidationReport): readonly string[] {
  const answers = (of: ValidationReport) => new Map(of.checks.map((check) => [check.id, canonical(check)]));
  const [now, then] = [answers(report), answers(recorded)];
  const ids = [...new Set([...now.keys(), ...then.keys()])].filter((id) => now.get(id) !== then.get(id));
  return report.verdict === recorded.verdict ? ids : ["verdict", ...ids];
}

/** JSON with the keys in order, so that only values count. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    isObject(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  );
}

function parseEvidence(json: string) {
  let data: unknown;
  try {
    data = JSON.parse(json);
  } catch {
    // No cause: the message of the JSON parser quotes the text, which holds personal data.
    throw new MalformedError("BAD_VALUE", "this is no JSON", 0, "evidence");
  }
  const { format, recordedBy, recordedAt, at, card, settings, report } = objectAt(data, "");
  if (format !== FORMAT) throw fault("format", `is not ${FORMAT}`);
  const { files, evidence } = objectAt(card, "card");
  return {
    recordedBy: textAt(recordedBy, "recordedBy"),
    recordedAt: dateAt(recordedAt, "recordedAt").toISOString(),
    at: dateAt(at, "at"),
    card: { files: filesAt(files), evidence: parseReadingEvidence(evidence, "card.evidence") },
    settings: settingsAt(settings),
    recorded: reportAt(report),
  };
}

function objectAt(value: unknown, path: string): Fields {
  if (!isObject(value)) throw fault(path, "is no object");
  return value;
}

function textAt(value: unknown, path: string): string {
  if (typeof value !== "string") throw fault(path, "is no text");
  return value;
}

function dateAt(value: unknown, path: string): Date {
  const date = new Date(textAt(value, path));
  if (Number.isNaN(date.getTime())) throw fault(path, "is no date");
  return date;
}

function filesAt(value: unknown): Readonly<Record<string, Uint8Array>> {
  const entries = Object.entries(objectAt(value, "card.files"));
  return Object.fromEntries(entries.map(([name, hex]) => [name, bytes(hex, `card.files.${name}`)]));
}

const SETTINGS: Readonly<Record<string, (value: unknown) => boolean>> = {
  printedMrz: (value) => typeof value === "string",
  printed: (value) =>
    isObject(value) && Object.values(value).every((part) => typeof part === "string" || isTexts(part)),
  tolerate: isTexts,
  validity: (value) => value === "inspection" || value === "issue",
  revocation: isPolicy,
  legacy: (value) => value === "warn" || value === "fail",
};

function isPolicy(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { crl, maxAge } = value;
  return (
    (crl === "require" || crl === "ifAvailable" || crl === "ignore") &&
    (maxAge === undefined || typeof maxAge === "number")
  );
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((part) => typeof part === "string");
}

function settingsAt(value: unknown): Settings {
  const settings = objectAt(value, "settings");
  for (const [name, setting] of Object.entries(settings)) {
    // A setting that is not known might have made the verdict stricter.
    if (SETTINGS[name]?.(setting) !== true) throw fault(`settings.${name}`, "is not known, or not of its kind");
  }
  return settings as unknown as Settings;
}

function reportAt(value: unknown): ValidationReport {
  const report = objectAt(value, "report");
  const { checks, verdict } = report;
  textAt(verdict, "report.verdict");
  const isCheck = (check: unknown) =>
    isObject(check) && typeof Object.entries(check).find(([name]) => name === "id")?.[1] === "string";
  if (!Array.isArray(checks) || !checks.every(isCheck)) {
    throw fault("report.checks", "is no list of checks");
  }
  return report as unknown as ValidationReport;
}
