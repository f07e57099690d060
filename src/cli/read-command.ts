import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { listPcscReaders, openPcscChannel, type PcscBinding, watchPcscReaders } from "../adapters/pcsc.js";
import { run, standardChannel, withRecording } from "../apdu/index.js";
import { fromHex } from "../bytes/index.js";
import { CardwrightError, ChannelError } from "../errors.js";
import {
  type AccessKey,
  type CardFiles,
  readCard,
  readingEvidenceJson,
  readingMemory,
  validateCard,
} from "../inspect/index.js";
import { dg1, type Mrz, parseMrz } from "../lds/index.js";
import { describeValidation, safeFileName, safeText } from "../report/index.js";
import { parseFile } from "../tlv/index.js";
import { loadSmartcard, type PcscPorts } from "./pcsc-ports.js";

/** Milliseconds for one command; active authentication with a long RSA key is the slowest. */
const COMMAND_MS = 20_000;
/** How often a card that was torn may be put back. */
const TRIES = 10;

interface ReadOptions {
  readonly reader?: string;
  readonly can?: string;
  readonly mrz?: readonly string[];
  readonly document?: string;
  readonly birth?: string;
  readonly expiry?: string;
  readonly groups?: readonly number[];
  readonly allowBac?: boolean;
  readonly challenge?: Uint8Array;
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
  throw new ChannelError("CHANNEL_CLOSED", `${what}; there is: ${names.map(safeText).join(", ") || "no reader"}.`);
}

/** What a reading goes by, apart from the options. */
interface Station {
  readonly binding: PcscBinding;
  readonly reader: string;
  readonly ports: PcscPorts;
  readonly cancel: { readonly signal?: AbortSignal };
  readonly log: string[];
}

async function waitForCard({ binding, reader, ports, cancel }: Station): Promise<void> {
  const here = listPcscReaders(binding).find(({ name }) => name === reader);
  if (here?.card === "present") return;
  ports.write(`put the card on ${safeText(reader)}\n`);
  for await (const event of watchPcscReaders(binding, cancel)) {
    if (event.reader === reader && event.type === "cardInserted") return;
  }
  throw new ChannelError("CHANNEL_CLOSED", "interrupted while waiting for a card.");
}

/** Reads the card, and goes on when it was torn and put back. */
async function readFrom(station: Station, options: ReadOptions): Promise<CardFiles> {
  const { binding, reader, ports, cancel, log } = station;
  const accessKey = accessKeyFrom(options);
  const resume = readingMemory();
  for (let tries = 1; ; tries++) {
    await waitForCard(station);
    try {
      return await readOnce();
    } catch (error) {
      if (!(error instanceof ChannelError) || error.code !== "CARD_TORN" || tries === TRIES) throw error;
      ports.write(`${error.message}\n`);
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
function writeFolder(out: string, card: CardFiles, log: readonly string[]): string {
  const folder = join(out, safeFileName(numberOf(card)));
  mkdirSync(folder, { recursive: true });
  const write = (name: string, content: Uint8Array | string) => writeFileSync(join(folder, name), content);
  for (const [name, content] of Object.entries(card.files)) {
    write(`${name.replace(/^EF\.DG/, "DG").replaceAll("/", "-")}.bin`, content);
  }
  const report = validateCard(card, { at: new Date() });
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

function challengeBytes(text: string): Uint8Array {
  if (/^[0-9A-Fa-f]{16}$/.test(text)) return fromHex(text);
  throw new InvalidArgumentError("Expected 16 digits of hex.");
}

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
    .option("--out <folder>", "where the card's folder is made", "out/cards")
    .action(async (options: ReadOptions) => {
      accessKeyFrom(options); // a mistake in it is told before a card is asked for
      const binding = await (ports.loadPcsc ?? loadSmartcard)();
      const reader = readerFor(binding, options.reader);
      const log: string[] = [];
      const cancel = ports.interruption === undefined ? {} : { signal: ports.interruption() };
      const card = await readFrom({ binding, reader, ports, cancel, log }, options);
      const folder = writeFolder(options.out, card, log);
      const { accessControl, notGiven, notAsked, falls = [], resumed = 0 } = card.evidence;
      ports.write(`${Object.keys(card.files).length} files, ${log.length} commands, opened by ${accessControl}\n`);
      for (const { name, sw } of notGiven) ports.write(`not given: ${name} (${sw.toString(16).toUpperCase()})\n`);
      if (notAsked.length > 0) ports.write(`not asked for: ${notAsked.join(", ")}\n`);
      for (const fall of falls) ports.write(`settled for less: ${JSON.stringify(fall)}\n`);
      const proved = Object.keys(card.evidence.proofs ?? {});
      if (proved.length > 0) ports.write(`shown: ${proved.join(", ")}; see the report for what it proves\n`);
      if (resumed > 0) ports.write(`torn and resumed ${resumed} times\n`);
      ports.write(`${folder}\n`);
    });
}
