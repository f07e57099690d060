import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { listPcscReaders, openPcscChannel, type PcscBinding, watchPcscReaders } from "../adapters/pcsc.js";
import { run, standardChannel, withRecording } from "../apdu/index.js";
import { CardwrightError, ChannelError } from "../errors.js";
import {
  type AccessKey,
  type CardFiles,
  describeFall,
  type ReadingTerminal,
  readCard,
  readingEvidenceJson,
  readingMemory,
  type ValidationReport,
  validateCard,
} from "../inspect/index.js";
import { dg1, type Mrz, parseMrz } from "../lds/index.js";
import { describeValidation, safeFileName, safeText } from "../report/index.js";
import { parseFile } from "../tlv/index.js";
import { Interrupted, leaveOnUsage, READER_EXIT_HELP } from "./exit-codes.js";
import { loadSmartcard, type PcscPorts } from "./pcsc-ports.js";
import { type TerminalOptions, terminalFrom } from "./terminal-options.js";
import { challengeBytes, dateArgument, trustOf } from "./validate-command.js";

/** Milliseconds for one command; active authentication with a long RSA key is the slowest. */
const COMMAND_MS = 20_000;
/** How often a card that was torn may be put back. */
const TRIES = 10;

interface ReadOptions extends TerminalOptions {
  readonly reader?: string;
  readonly can?: string;
  readonly mrz?: readonly string[];
  readonly document?: string;
  readonly birth?: string;
  readonly expiry?: string;
  readonly groups?: readonly number[];
  readonly allowBac?: boolean;
  readonly challenge?: Uint8Array;
  readonly trust?: readonly string[];
  readonly at?: Date;
  readonly out: string;
}

function mrzKey(lines: readonly string[]): AccessKey {
  let mrz: Mrz;
  try {
    mrz = parseMrz(lines.join("").replace(/\s/g, "").toUpperCase());
  } catch (error) {
    throw new InvalidArgumentError(`--mrz: ${error instanceof Error ? error.message : "it cannot be read"}`);
  }
  const { documentNumber, dateOfBirth, dateOfExpiry } = mrz;
  return { documentNumber, dateOfBirth, dateOfExpiry };
}

/**
 * The access key that the options give; undefined for a card that is to be read without.
 *
 * @throws {InvalidArgumentError} when they give more than one, or a part of one.
 */
export function accessKeyFrom({ can, mrz, document, birth, expiry }: Partial<ReadOptions>): AccessKey | undefined {
  const parts = [document, birth, expiry];
  const printed = parts.some((part) => part !== undefined);
  if ([can !== undefined, mrz !== undefined, printed].filter(Boolean).length > 1) {
    throw new InvalidArgumentError("Give one of --can, --mrz, or --document with --birth and --expiry.");
  }
  if (can !== undefined) return { can };
  if (mrz !== undefined) return mrzKey(mrz);
  if (!printed) return undefined;
  if (document === undefined || birth === undefined || expiry === undefined) {
    throw new InvalidArgumentError("--document, --birth and --expiry belong together.");
  }
  return { documentNumber: document.toUpperCase(), dateOfBirth: birth, dateOfExpiry: expiry };
}

/** The reader that a name or a part of it means; the only one there is when none is given. */
function readerFor(binding: PcscBinding, wanted: string | undefined): string {
  const names = listPcscReaders(binding).map(({ name }) => name);
  const fitting = wanted === undefined ? names : names.filter((name) => name === wanted);
  const loose = wanted === undefined || fitting.length > 0 ? fitting : names.filter((name) => name.includes(wanted));
  const [name] = loose;
  if (name !== undefined && loose.length === 1) return name;
  const what =
    wanted === undefined ? "Give one with --reader" : `${loose.length} readers fit ${JSON.stringify(wanted)}`;
  const message = `${what}; there is: ${names.map(safeText).join(", ") || "no reader"}.`;
  throw loose.length > 1 ? new InvalidArgumentError(message) : new ChannelError("READER_GONE", message);
}

/** What a reading goes by, apart from the options. */
interface Station {
  readonly binding: PcscBinding;
  readonly reader: string;
  readonly ports: PcscPorts;
  readonly cancel: { readonly signal?: AbortSignal };
  readonly log: string[];
  readonly terminal: ReadingTerminal | undefined;
}

async function waitForCard({ binding, reader, ports, cancel }: Station): Promise<void> {
  const here = listPcscReaders(binding).find(({ name }) => name === reader);
  if (here?.card === "present") return;
  const how = here?.card === "mute" ? "the card does not answer: put it the other way round on" : "put the card on";
  ports.write(`${how} ${safeText(reader)}\n`);
  for await (const event of watchPcscReaders(binding, cancel)) {
    if (event.reader !== reader) continue;
    if (event.type === "cardInserted") return;
    if (event.type === "readerDetached") {
      throw new ChannelError("READER_GONE", `the reader ${safeText(reader)} was unplugged: plug it in, call again.`);
    }
  }
  throw new Interrupted();
}

/** Reads the card, and goes on when it was torn and put back; `anew` when it was not the same card then. */
async function readFrom(station: Station, options: ReadOptions): Promise<{ card: CardFiles; anew: boolean }> {
  const { binding, reader, ports, cancel, log, terminal } = station;
  const accessKey = accessKeyFrom(options);
  const resume = readingMemory();
  let begun = false;
  for (let tries = 1; ; tries++) {
    await waitForCard(station);
    try {
      const card = await readOnce();
      return { card, anew: begun && card.evidence.resumed === undefined };
    } catch (error) {
      if (!(error instanceof ChannelError) || error.code !== "CARD_TORN" || tries === TRIES) throw error;
      ports.write(`${error.message}\n`);
      begun = resume.filesDone.includes("EF.SOD");
    } finally {
      ports.progress?.(undefined);
    }
  }

  async function readOnce(): Promise<CardFiles> {
    const card = await openPcscChannel(binding, { reader });
    const recorded = withRecording(card, ({ header, commandLength, responseLength, sw }) => {
      log.push(
        `${header} ${commandLength} -> ${responseLength} ${sw?.toString(16).toUpperCase().padStart(4, "0") ?? "-"}`,
      );
    });
    const channel = standardChannel(recorded, { timeoutMs: COMMAND_MS });
    try {
      const exchange = readCard({
        resume,
        masterFile: true,
        maxResponse: channel.maxResponse,
        ...(accessKey && { accessKey }),
        ...(options.allowBac === true && { allow: { paceToBac: true } }),
        ...(terminal && { terminal }),
        ...(options.challenge && { challenge: options.challenge }),
        ...(options.groups && { dataGroups: options.groups }),
        ...(ports.progress && { onProgress: ports.progress }),
      });
      return await run(channel, exchange, cancel);
    } finally {
      await card.close();
    }
  }
}

/** A folder as the demo writes it: each file, how it was read, what was judged, the log of headers and status words. */
function writeFolder(out: string, card: CardFiles, report: ValidationReport, log: readonly string[]): string {
  const folder = join(out, safeFileName(numberOf(card)));
  mkdirSync(folder, { recursive: true });
  const write = (name: string, content: Uint8Array | string) => writeFileSync(join(folder, name), content);
  for (const [name, content] of Object.entries(card.files)) {
    write(`${name.replace(/^EF\.DG/, "DG").replaceAll("/", "-")}.bin`, content);
  }
  write("reading.json", `${JSON.stringify(readingEvidenceJson(card.evidence), null, 2)}\n`);
  write("report.json", `${JSON.stringify(report, null, 2)}\n`);
  write("report.txt", describeValidation(report));
  write("apdu.log", `${log.join("\n")}\n`);
  return folder;
}

/** Document number of DG1, which names the folder. */
function numberOf({ files }: CardFiles): string {
  const content = files[dg1.name];
  try {
    if (content !== undefined) return parseMrz(parseFile(dg1, content).mrz).documentNumber;
  } catch (error) {
    if (!(error instanceof CardwrightError)) throw error;
  }
  return "card";
}

const groupNumbers = (text: string): readonly number[] => {
  const numbers = text.split(",").map(Number);
  if (numbers.every((number) => Number.isInteger(number) && number >= 1 && number <= 16)) return numbers;
  throw new InvalidArgumentError("Expected numbers from 1 to 16, e.g. 1,2,11.");
};

/** `cardwright read`: reads a travel document on a reader into a folder. */
export function readCommand(ports: PcscPorts): Command {
  return new Command("read")
    .description("read the travel document on a reader into a folder")
    .option("--reader <name>", "reader, or a part of its name that fits one only; see `cardwright readers`")
    .option("--can <digits>", "card access number, printed on the front: opens the card by PACE")
    .option("--mrz <lines...>", "lines of the machine-readable zone, in quotes: open the card by PACE, or by BAC")
    .option("--document <number>", "document number, with --birth and --expiry instead of --mrz")
    .option("--birth <YYMMDD>", "date of birth")
    .option("--expiry <YYMMDD>", "date of expiry")
    .option("--groups <numbers>", "data groups to read, e.g. 1,2; all that the card has when left out", groupNumbers)
    .option("--allow-bac", "goes on by BAC when the card offers PACE and it does not come about; told in the report")
    .option("--challenge <hex>", "8 bytes that whom the chip's signature is to convince has chosen", challengeBytes)
    .option(
      "--terminal <file...>",
      "CV certificates of the terminal, for fingers and irises: link, DV, terminal, in any order",
    )
    .option("--terminal-key <file>", "the terminal's private key: PKCS#8, DER or PEM, not encrypted")
    .option("--trust <file...>", "judges the card with these, as `cardwright validate` does")
    .option("--at <date>", "the date for which the verdict is to hold; now when left out", dateArgument)
    .option("--out <folder>", "where the card's folder is made", "out/cards")
    .addHelpText("after", READER_EXIT_HELP)
    .exitOverride(leaveOnUsage)
    .action(async (options: ReadOptions) => {
      // Mistakes in what is given are told before a card is asked for.
      accessKeyFrom(options);
      const terminal = terminalFrom(options);
      const trust = options.trust === undefined ? undefined : trustOf({ trust: options.trust });
      const binding = await (ports.loadPcsc ?? loadSmartcard)();
      const reader = readerFor(binding, options.reader);
      const log: string[] = [];
      const cancel = ports.interruption === undefined ? {} : { signal: ports.interruption() };
      const { card, anew } = await readFrom({ binding, reader, ports, cancel, log, terminal }, options);
      const report = validateCard(card, {
        at: options.at ?? new Date(),
        ...(trust && { trust }),
        ...(options.challenge && { challenge: options.challenge }),
      });
      const folder = writeFolder(options.out, card, report, log);
      const { accessControl, notGiven, notAsked, falls = [], resumed = 0 } = card.evidence;
      ports.write(`${Object.keys(card.files).length} files, ${log.length} commands, opened by ${accessControl}\n`);
      for (const { name, sw } of notGiven) ports.write(`not given: ${name} (${sw.toString(16).toUpperCase()})\n`);
      if (notAsked.length > 0) ports.write(`not asked for: ${notAsked.join(", ")}\n`);
      for (const fall of falls) ports.write(`settled for less: ${describeFall(fall)}\n`);
      const proved = Object.keys(card.evidence.proofs ?? {});
      if (proved.length > 0) ports.write(`shown: ${proved.join(", ")}; see the report for what it proves\n`);
      if (resumed > 0) ports.write(`torn and resumed ${resumed} times\n`);
      else if (anew) ports.write("another card than the one that was torn: read from the beginning\n");
      ports.write(`${report.verdict}: ${safeText(report.summary)}\n`);
      ports.write(`${folder}\n`);
    });
}
