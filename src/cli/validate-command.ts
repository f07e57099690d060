import { type Dirent, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { fromHex } from "../bytes/index.js";
import { CardwrightError } from "../errors.js";
import {
  type CardFiles,
  parseReadingEvidence,
  type ReadingEvidence,
  toEvidenceJson,
  type ValidateCardOptions,
  validateCard,
} from "../inspect/index.js";
import { LDS_FILES, MF_FILES, UNTAGGED_FILES } from "../lds/index.js";
import { buildTrustStore, type TrustStore } from "../pki/index.js";
import { describeValidation, renderValidationReport, safeText } from "../report/index.js";

/** Exit codes, for scripts. */
export const VALIDATE_EXIT = { passed: 0, failed: 1, unusable: 2 } as const;

/** What the command needs of the process around it. */
export interface ValidateCommandPorts {
  readonly write: (text: string) => void;
  /** Called with one of {@link VALIDATE_EXIT}. */
  readonly exit?: (code: number) => void;
}

/** Where trust comes from. */
interface TrustOptions {
  readonly trust: readonly string[];
  readonly crl?: readonly string[];
  readonly pin?: readonly string[];
}

interface Options extends TrustOptions {
  readonly at?: Date;
  readonly validity?: "inspection" | "issue";
  readonly revocation?: "require" | "ifAvailable" | "ignore";
  readonly maxAge?: number;
  readonly legacy?: "warn" | "fail";
  readonly mrz?: string;
  readonly challenge?: Uint8Array;
  readonly by?: string;
  readonly json?: string;
  readonly html?: string;
}

const NAMES = new Map([...LDS_FILES, ...MF_FILES, ...UNTAGGED_FILES].map(({ name }) => [bare(name), name] as const));

/** DG1 and DG2 are mandatory. */
const OPTIONAL_GROUPS = LDS_FILES.map(({ name }) => name).filter((name) => /^EF\.DG([3-9]|1\d)$/.test(name));

/** `EF.SOD.bin`, `ef_sod.bin`, `DG1.bin` all name their file. */
function bare(text: string): string {
  return text
    .toUpperCase()
    .replace(/\.(BIN|DER|DAT)$/, "")
    .replace(/^EF[._-]?/, "")
    .replace(/[/_-]/g, "");
}

/** The name in the standard of a file in a folder; undefined when it is none of a card. */
export function cardFileName(path: string): string | undefined {
  return NAMES.get(bare(basename(path)));
}

function unusable(what: string, cause?: unknown): CardwrightError {
  const reason = cause instanceof Error ? `: ${cause.message}` : "";
  return new CardwrightError("IMAGE_INVALID", `${what}${reason}`, cause === undefined ? {} : { cause });
}

function readBytes(path: string, option: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (cause) {
    throw unusable(`${option}: the file cannot be read`, cause);
  }
}

/** How the card was read, as `cardwright read` writes it. */
const READING = "reading.json";

function readReading(path: string): ReadingEvidence {
  let data: unknown;
  try {
    data = JSON.parse(new TextDecoder().decode(readBytes(path, READING)));
  } catch (cause) {
    // No cause of the parser: its message quotes the text.
    throw cause instanceof CardwrightError ? cause : unusable(`${READING} is no JSON`);
  }
  return parseReadingEvidence(data, READING);
}

/** The files of a card in a folder, by their names, and how it was read when that is there; others are left out. */
export function readCardFolder(folder: string): CardFiles {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch (cause) {
    throw unusable("the folder cannot be read", cause);
  }
  const files: Record<string, Uint8Array> = {};
  for (const entry of entries.filter((one) => !one.isDirectory()).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const name = cardFileName(entry.name);
    if (name === undefined) continue;
    if (files[name] !== undefined) throw unusable(`two files of the folder are ${name}; leave one`);
    files[name] = readBytes(join(folder, entry.name), entry.name);
  }
  if (Object.keys(files).length === 0) {
    throw unusable("the folder has no file of a card, such as EF.SOD.bin, EF.COM.bin, DG1.bin");
  }
  const recorded = entries.find((entry) => !entry.isDirectory() && entry.name === READING);
  if (recorded !== undefined) return { files, evidence: readReading(join(folder, READING)) };
  // A folder does not tell why a file is missing; the report says which data groups it could not look at.
  const notAsked = OPTIONAL_GROUPS.filter((name) => files[name] === undefined);
  return { files, evidence: { accessControl: "unknown", notGiven: [], notAsked } };
}

/**
 * A day, which stands for its noon, or an instant.
 *
 * @throws {InvalidArgumentError} for anything else.
 */
export function dateArgument(text: string): Date {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T12:00:00Z` : text;
  const at = new Date(day);
  if (!/^\d{4}-\d{2}-\d{2}(T|$)/.test(text) || Number.isNaN(at.getTime())) {
    throw new InvalidArgumentError("Expected YYYY-MM-DD, or a date with time as in ISO 8601.");
  }
  return at;
}

function days(text: string): number {
  if (!/^\d{1,5}$/.test(text)) throw new InvalidArgumentError("Expected a number of days.");
  return Number(text);
}

/**
 * A challenge of active authentication in hex.
 *
 * @throws {InvalidArgumentError} for anything but 8 bytes.
 */
export function challengeBytes(text: string): Uint8Array {
  if (/^[0-9A-Fa-f]{16}$/.test(text)) return fromHex(text);
  throw new InvalidArgumentError("Expected 16 digits of hex.");
}

function oneOf<T extends string>(...allowed: readonly T[]) {
  return (text: string): T => {
    const found = allowed.find((one) => one === text);
    if (found === undefined) throw new InvalidArgumentError(`Expected one of ${allowed.join(", ")}.`);
    return found;
  };
}

/** The trust store of files as `--trust` and `--crl` name them. */
export function trustOf({ trust, crl = [], pin = [] }: TrustOptions): TrustStore {
  const files = [
    ...trust.map((path) => ({ name: path, bytes: readBytes(path, "--trust") })),
    ...crl.map((path) => ({ name: path, bytes: readBytes(path, "--crl") })),
  ];
  try {
    return buildTrustStore({ files, pins: pin });
  } catch (cause) {
    if (cause instanceof RangeError) throw unusable("--pin", cause);
    throw cause;
  }
}

function validate(folder: string, options: Options, write: (text: string) => void): number {
  const card = readCardFolder(folder);
  const trust = trustOf(options);
  const { validity, revocation, maxAge, legacy, mrz, challenge, json, html, by = "cardwright validate" } = options;
  const settings: ValidateCardOptions = {
    trust,
    at: options.at ?? new Date(),
    ...(mrz !== undefined && { printedMrz: mrz }),
    ...(challenge !== undefined && { challenge }),
    ...(validity !== undefined && { validity }),
    ...(legacy !== undefined && { legacy }),
    ...((revocation !== undefined || maxAge !== undefined) && {
      revocation: { crl: revocation ?? "ifAvailable", ...(maxAge !== undefined && { maxAge }) },
    }),
  };
  const report = validateCard(card, settings);
  write(`${describeValidation(report)}\n`);
  write(`trusted: ${trust.anchors.length} CSCA certificates; ${trust.crls.length} revocation lists\n`);
  for (const { source, what, reason } of trust.unused) {
    write(`  not used: ${safeText(source)} (${what}): ${safeText(reason)}\n`);
  }
  try {
    if (json !== undefined) {
      writeFileSync(json, toEvidenceJson(card, settings, { recordedBy: by, recordedAt: new Date() }));
    }
    if (html !== undefined) {
      writeFileSync(html, renderValidationReport(report, { title: `Card in ${basename(folder)}`, card }));
    }
  } catch (cause) {
    throw unusable("the report cannot be written", cause);
  }
  return report.verdict === "passed" ? VALIDATE_EXIT.passed : VALIDATE_EXIT.failed;
}

function leaveWith(code: number): void {
  process.exitCode = code;
}

/** `cardwright validate`: a verdict on the files of a card. */
export function validateCommand(ports: ValidateCommandPorts): Command {
  const exit = ports.exit ?? leaveWith;
  return new Command("validate")
    .description("judge the files of a card: passive authentication, contents, dates")
    .argument("<dir>", "folder with its files, by their names: EF.SOD.bin, EF.COM.bin, DG1.bin, ef_dg2.bin, …")
    .option(
      "--trust <file...>",
      "CSCA and link certificates, master lists, revocation lists, ICAO PKD exports (LDIF)",
      [],
    )
    .option("--crl <file...>", "revocation lists (as with --trust)", [])
    .option(
      "--pin <sha256...>",
      "SHA-256 (hex) of a CSCA or master list signer that is trusted wherever it is found",
      [],
    )
    .option("--at <date>", "the date for which the answer is to hold; now when left out", dateArgument)
    .option(
      "--validity <date>",
      "where certificates must be valid: inspection, or issue (the date in DG12)",
      oneOf("inspection", "issue"),
    )
    .option("--revocation <policy>", "require, ifAvailable or ignore", oneOf("require", "ifAvailable", "ignore"))
    .option("--max-age <days>", "days after which a revocation list is old", days)
    .option("--legacy <policy>", "SHA-1 and short keys: warn or fail", oneOf("warn", "fail"))
    .option("--mrz <text>", "the MRZ as printed, to compare")
    .option("--challenge <hex>", "8 bytes that you chose for the chip to sign, to compare", challengeBytes)
    .option("--by <name>", "who records the evidence")
    .option("--json <file>", "writes evidence that can be judged again elsewhere")
    .option("--html <file>", "writes the report as a page")
    .addHelpText(
      "after",
      "\nExit status: 0 passed; 1 failed, or no verdict; 2 wrong usage, or what was given cannot be read.",
    )
    .exitOverride((error) => {
      // commander would leave with 1, which means a verdict here.
      process.exit(error.exitCode === 0 ? 0 : VALIDATE_EXIT.unusable);
    })
    .action((folder: string, options: Options) => {
      try {
        exit(validate(folder, options, ports.write));
      } catch (error) {
        if (!(error instanceof CardwrightError)) throw error;
        ports.write(`cardwright: ${safeText(error.message)}\n`);
        exit(VALIDATE_EXIT.unusable);
      }
    });
}
