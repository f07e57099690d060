/**
 * The errors of every room: what is thrown when work cannot go on.
 * A caller's mistake is a TypeError or RangeError; a verdict about a document is a report and is never thrown.
 * Codes are API and snapshot-tested; messages are not, but say what to do next.
 */

/** Every `code` that cardwright puts on an error. */
export const ERROR_CODES = [
  // MalformedError: bytes that are not what they should be
  "TRUNCATED",
  "BAD_TAG",
  "BAD_LENGTH",
  "BAD_VALUE",
  "TRAILING_BYTES",
  "NESTED_TOO_DEEP",
  // EncodeError: a value that its file cannot hold
  "VALUE_NOT_ENCODABLE",
  // StatusError
  "UNEXPECTED_STATUS",
  // ChannelError: the way to the chip
  "CARD_TORN",
  "READER_GONE",
  "READER_BUSY",
  "REPLY_MALFORMED",
  "CHANNEL_TIMEOUT",
  "CHANNEL_CLOSED",
  "COMMAND_TOO_LONG",
  "TOO_MANY_RETRIES",
  // ProtocolError
  "SM_FAILED",
  "SM_CLOSED",
  "BAC_REFUSED",
  "BAC_CHIP_NOT_GENUINE",
  "PACE_FAILED",
  "PACE_CHIP_NOT_GENUINE",
  "PACE_PASSWORD_SUSPENDED",
  "PACE_PASSWORD_BLOCKED",
  "CHIP_AUTHENTICATION_REFUSED",
  "CHIP_NOT_GENUINE",
  "TERMINAL_AUTHENTICATION_REFUSED",
  "RESTRICTED_IDENTIFICATION_REFUSED",
  "ACCESS_KEY_NEEDED",
  "SCP03_CARD_CRYPTOGRAM",
  "SCP03_REFUSED",
  "SCP03_UNSUPPORTED",
  "SCP03_FAILED",
  "SCP03_CLOSED",
  "KEY_VERSION_UNKNOWN",
  "SECRET_UNKNOWN",
  // RecordError, image and script
  "RECORD_INVALID",
  "IMAGE_INVALID",
  "SCRIPT_INVALID",
  // PersonalizationError
  "PERSO_INTERRUPTED",
  "PERSO_REFUSED",
  "PERSO_DOUBTFUL_KEY",
  "PERSO_WRONG_CHIP",
  "PERSO_WRONG_SCRIPT",
  "PERSO_ALREADY_DONE",
  // SignerError and trust
  "SIGNER_EXPIRED",
  "SIGNER_NOT_YET_VALID",
  "SIGNER_MISMATCH",
  "SIGNER_LIMIT_REACHED",
  "SIGNER_BUSY",
  "SIGNER_UNAVAILABLE",
  "REQUEST_INVALID",
  "ALGORITHM_UNSUPPORTED",
] as const;

/** One stable error code; see {@link ERROR_CODES}. */
export type ErrorCode = (typeof ERROR_CODES)[number];

/** What every error of this package is: a stable `code`, a message that says what to do, and the `cause` when it wraps. */
export class CardwrightError extends Error {
  /** Stable and machine-readable. */
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.name = new.target.name;
  }
}

/** The codes that a {@link MalformedError} may carry. */
export type MalformedCode = "TRUNCATED" | "BAD_TAG" | "BAD_LENGTH" | "BAD_VALUE" | "TRAILING_BYTES" | "NESTED_TOO_DEEP";

/** An error that names a field by its dotted path, which grows while the error travels outwards. */
export abstract class FieldError extends CardwrightError {
  /** Dotted path of the field, outermost first, e.g. `EF.DG11.otherNames[0]`; empty for the whole input. */
  path: string;
  /** What is wrong, without path and place. */
  readonly detail: string;

  constructor(code: ErrorCode, detail: string, path: string, whole: string, where = "") {
    super(code, "");
    this.detail = detail;
    this.path = path;
    // The path grows, so the message is made when it is read.
    Object.defineProperty(this, "message", {
      configurable: true,
      get: () => `${this.path || whole}: ${detail}${where}`,
    });
  }

  /** Adds an outer path element; parsers and encoders call it while the error unwinds. */
  within(element: string): this {
    this.path = element + (this.path === "" || this.path.startsWith("[") ? "" : ".") + this.path;
    return this;
  }
}

/** @internal What a reader or writer of a field throws on: the error with the name of the field in its path. */
export function within(error: unknown, element: string): unknown {
  return error instanceof FieldError ? error.within(element) : error;
}

/** Bytes that do not have the form they should: `path` names the field, `offset` the byte in the input. */
export class MalformedError extends FieldError {
  declare readonly code: MalformedCode;
  /** Index of the offending byte in the parsed input. */
  readonly offset: number;

  constructor(code: MalformedCode, detail: string, offset: number, path = "") {
    super(code, detail, path, "input", ` (at byte ${offset})`);
    this.offset = offset;
  }
}

/** A value that cannot be written into its field: too long, wrong characters, out of range. */
export class EncodeError extends FieldError {
  constructor(detail: string, path = "") {
    super("VALUE_NOT_ENCODABLE", detail, path, "value");
  }
}

/** The chip answered with a status word that the step does not allow. Holds the four header bytes, never command data. */
export class StatusError extends CardwrightError {
  /** Status word, 0x0000 to 0xFFFF. */
  readonly sw: number;
  /** CLA INS P1 P2 of the command, as hex. */
  readonly header: string;
  /** What was being done, e.g. `SELECT EF.COM`. */
  readonly step: string;

  constructor(sw: number, header: string, step: string, hint: string) {
    const word = sw.toString(16).toUpperCase().padStart(4, "0");
    super("UNEXPECTED_STATUS", `${step}: the chip answered ${word} to ${header}. ${hint}`);
    this.sw = sw;
    this.header = header;
    this.step = step;
  }
}

/** The codes that a {@link ChannelError} may carry. */
export type ChannelCode =
  | "CARD_TORN"
  | "READER_GONE"
  | "READER_BUSY"
  | "REPLY_MALFORMED"
  | "CHANNEL_TIMEOUT"
  | "CHANNEL_CLOSED"
  | "COMMAND_TOO_LONG"
  | "TOO_MANY_RETRIES";

/** The way to the chip failed: torn card, reader unplugged or in another program's hands, time-out, closed channel. */
export class ChannelError extends CardwrightError {
  declare readonly code: ChannelCode;

  constructor(code: ChannelCode, message: string, options?: { cause?: unknown }) {
    super(code, message, options);
  }
}

/** A protocol between terminal and chip ended. The inner reason is not told apart, so that it cannot serve as an oracle. */
export class ProtocolError extends CardwrightError {
  /** Name of the protocol, e.g. `BAC`, `SCP03`, `secure messaging`. */
  readonly protocol: string;
  /** The step in the standard's words, e.g. `EXTERNAL AUTHENTICATE`. */
  readonly step: string;

  constructor(code: ErrorCode, protocol: string, step: string, message: string, options?: { cause?: unknown }) {
    super(code, message, options);
    this.protocol = protocol;
    this.step = step;
  }
}
