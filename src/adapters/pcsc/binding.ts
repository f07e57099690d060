import { type ChannelCode, ChannelError } from "../../errors.js";

/** What is used of the npm package `smartcard`. */
export interface PcscBinding {
  readonly Context: new () => PcscContext;
  /** Control code of PC/SC part 10, which differs between platforms. */
  readonly CM_IOCTL_GET_FEATURE_REQUEST?: number;
}

/** A connection to the service. */
export interface PcscContext {
  /** The readers that there are now. */
  listReaders(): readonly PcscNativeReader[];
  /** Resolves when a reader is in another state than given, after `timeout` milliseconds, or when it was cancelled. */
  waitForChange(readers: readonly { name: string; state: number }[], timeout: number): Promise<unknown>;
  /** Ends a call that waits. */
  cancel(): void;
  /** Gives the connection back. */
  close(): void;
}

/** A reader as a context lists it. */
export interface PcscNativeReader {
  readonly name: string;
  /** SCARD_STATE bits; the upper 16 bits count insertions and removals. */
  readonly state: number;
  readonly atr: Uint8Array | null;
  /** Connects to the card in the reader. */
  connect(shareMode: number, protocol: number): Promise<PcscCard>;
}

/** A connected card. */
export interface PcscCard {
  readonly protocol: number;
  readonly atr: Uint8Array | null;
  /** Sends one command APDU and gives the response APDU. */
  transmit(command: Uint8Array, options: { maxRecvLength: number; autoGetResponse: boolean }): Promise<Uint8Array>;
  /** Asks the reader itself. */
  control(code: number, data?: Uint8Array): Promise<Uint8Array>;
  /** Resets the card and connects again. */
  reconnect(shareMode: number, protocol: number, initialization: number): Promise<unknown>;
  /** Lets go of the card. */
  disconnect(disposition: number): void;
}

/** Constants of winscard.h, the same on every platform. */
export const SCARD = {
  SHARE_EXCLUSIVE: 1,
  SHARE_SHARED: 2,
  PROTOCOL_T0: 1,
  PROTOCOL_T1: 2,
  RESET_CARD: 1,
  STATE_CHANGED: 0x02,
  STATE_PRESENT: 0x20,
  STATE_EXCLUSIVE: 0x80,
  STATE_INUSE: 0x100,
  STATE_MUTE: 0x200,
} as const;

/**
 * The binding's errors carry words and no code. The codes of winscard.h that are behind them, and what they come from, are told in
 * the order in which they are looked for.
 */
const FAILURES: readonly (readonly [RegExp, ChannelCode, string])[] = [
  [
    // SCARD_W_REMOVED_CARD, SCARD_E_NOT_TRANSACTED, SCARD_W_UNPOWERED_CARD, SCARD_W_RESET_CARD
    /card was removed|transaction failed|card is unpowered|card was reset/i,
    "CARD_TORN",
    "the card left the reader: put it back, connect again.",
  ],
  // SCARD_E_NO_SMARTCARD
  [/no smart card/i, "CARD_TORN", "there is no card on the reader: put one there, connect again."],
  [
    // SCARD_W_UNRESPONSIVE_CARD, SCARD_F_COMM_ERROR, SCARD_W_UNSUPPORTED_CARD, SCARD_E_CARD_UNSUPPORTED
    /unresponsive|communication error|unsupported card|not supported/i,
    "CARD_TORN",
    "the card does not answer: put it on the reader again, the other way round.",
  ],
  // SCARD_E_SHARING_VIOLATION
  [/sharing violation/i, "READER_BUSY", "another program uses the card: end it, or wait for it, and connect again."],
  [
    // SCARD_E_UNKNOWN_READER, SCARD_E_READER_UNAVAILABLE, SCARD_E_NOT_READY, SCARD_E_NO_READERS_AVAILABLE
    /unknown reader|reader unavailable|reader not ready|no readers/i,
    "READER_GONE",
    "the reader is gone: plug it in, connect again.",
  ],
  [
    // SCARD_E_NO_SERVICE, SCARD_E_SERVICE_STOPPED
    /service (not running|stopped)/i,
    "READER_GONE",
    "there is no PC/SC service, and so no reader: start it (pcscd), connect again.",
  ],
  // SCARD_E_TIMEOUT
  [/timed out/i, "CHANNEL_TIMEOUT", "no reply in time: check the card, connect again."],
];

/** The error for whatever a binding throws. */
export function pcscError(error: unknown): ChannelError {
  if (error instanceof ChannelError) return error;
  const words = error instanceof Error ? error.message : String(error);
  const row = FAILURES.find(([pattern]) => pattern.test(words));
  const [, code, advice] = row ?? [undefined, "CHANNEL_CLOSED" as const, `PC/SC failed (${words}): connect again.`];
  return new ChannelError(code, advice, { cause: error });
}

/**
 * The error for what ended a command. A reader that is unplugged takes its card along, and services tell of the card first: which of
 * the two it was shows in the list of readers.
 */
export function lossOf(error: unknown, context: PcscContext, name: string): ChannelError {
  const told = pcscError(error);
  if (told.code !== "CARD_TORN" && told.code !== "CHANNEL_CLOSED") return told;
  try {
    if (context.listReaders().some((reader) => reader.name === name)) return told;
  } catch (missing) {
    return pcscError(missing);
  }
  return new ChannelError("READER_GONE", `the reader ${JSON.stringify(name)} is gone: plug it in, connect again.`, {
    cause: told.cause,
  });
}

/**
 * The reader with this name.
 *
 * @throws {ChannelError} `READER_GONE` that names those that there are.
 */
export function readerOf(context: PcscContext, name: string): PcscNativeReader {
  const readers = context.listReaders();
  const reader = readers.find((candidate) => candidate.name === name);
  if (reader !== undefined) return reader;
  const names = readers.map((candidate) => JSON.stringify(candidate.name)).join(", ");
  throw new ChannelError("READER_GONE", `there is no reader ${JSON.stringify(name)}; there is: ${names || "none"}.`);
}
