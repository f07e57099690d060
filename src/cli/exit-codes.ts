import { CommanderError } from "commander";
import { CardwrightError, ChannelError, type ErrorCode } from "../errors.js";

/** Exit statuses of the commands that use readers, for scripts. */
export const READER_EXIT = {
  done: 0,
  /** The card, or something beside it, did not do: refused, not genuine, malformed, not to be written. */
  failed: 1,
  usage: 2,
  reader: 3,
  busy: 4,
  card: 5,
  interrupted: 130,
} as const;

/** The same in words, for `--help`. */
export const READER_EXIT_HELP =
  "\nExit status: 0 done, whatever the verdict; 1 the card refused, or could not be made sense of; 2 wrong usage; 3 no such reader," +
  " unplugged, or no PC/SC service; 4 another program uses the card; 5 no card, torn, or no answer in time; 130 interrupted.";

const BY_CODE: Readonly<Partial<Record<ErrorCode, number>>> = {
  READER_GONE: READER_EXIT.reader,
  READER_BUSY: READER_EXIT.busy,
  CARD_TORN: READER_EXIT.card,
  CHANNEL_TIMEOUT: READER_EXIT.card,
  REPLY_MALFORMED: READER_EXIT.card,
};

/** The wait for a card was ended by a signal. */
export class Interrupted extends ChannelError {
  constructor() {
    super("CHANNEL_CLOSED", "interrupted.");
  }
}

/** The exit status for whatever a command threw. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof RangeError) return READER_EXIT.usage; // an access key or a number that cannot be
  if (error instanceof CommanderError) return error.exitCode === 0 ? READER_EXIT.done : READER_EXIT.usage;
  if (error instanceof Interrupted || (error instanceof Error && error.name === "AbortError")) {
    return READER_EXIT.interrupted;
  }
  return (error instanceof CardwrightError ? BY_CODE[error.code] : undefined) ?? READER_EXIT.failed;
}

/** What commander is to do after help, or after words about wrong usage: it would leave with 1, which means something else here. */
export function leaveOnUsage(error: CommanderError): never {
  process.exit(exitCodeOf(error));
}

/** One line for whatever a command threw: its code, where it has one, and what to do. */
export function describeError(error: unknown): string {
  const words = (error instanceof Error ? error.message : String(error)).replace(/\s*\n\s*/g, " ");
  return error instanceof CardwrightError ? `${error.code}: ${words}` : words;
}
