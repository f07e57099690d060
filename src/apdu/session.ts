import type { CommandApdu, ResponseApdu } from "./apdu.js";
import type { Exchange, SyncExchange } from "./exchange.js";

/** Protects commands and opens responses. ICAO secure messaging and SCP03 are both one. */
export interface SecureSession {
  /** The protected command. Advances the session, so a command that is built must be sent. */
  wrap(command: CommandApdu): CommandApdu;
  /** The plain response; any failure ends the session with one code, whatever the inner reason. */
  unwrap(response: ResponseApdu): ResponseApdu;
  /** Ends the session and wipes its keys. */
  close(): void;
}

/** The chip's half of a {@link SecureSession}. */
export interface ChipSecureSession {
  /** The plain command inside a protected one; throws when it must be refused, and the session is over then. */
  unwrap(command: CommandApdu): CommandApdu;
  /** The protected response. */
  wrap(response: ResponseApdu): ResponseApdu;
  /** Ends the session and wipes its keys. */
  close(): void;
  /** Makes it that of a faulty chip, whose counter does not move with responses without data. */
  countOnlyData?(): void;
}

/**
 * How a protocol of the chip ended: its last response, and the session when there is one now. Without a response the
 * command does not belong to the protocol, and whoever runs it handles the command afresh.
 */
export interface ChipOutcome {
  /** To be sent as it is, or inside the session that was active when the command came. */
  readonly response?: ResponseApdu;
  /** Protects what comes after `response`. */
  readonly session?: ChipSecureSession;
}

/**
 * Runs a protocol inside a secure session: an Exchange in, an Exchange out, because sessions begin and are replaced in
 * the middle of one reading. The session stays open afterwards; whoever opened it closes it.
 */
export function secured<T>(session: SecureSession, exchange: SyncExchange<T>): SyncExchange<T>;
export function secured<T>(session: SecureSession, exchange: Exchange<T>): Exchange<T>;
export function secured<T>(session: SecureSession, exchange: Exchange<T>): Exchange<T> {
  return Symbol.asyncIterator in exchange ? securedAsync(session, exchange) : securedSync(session, exchange);
}

function* securedSync<T>(session: SecureSession, exchange: SyncExchange<T>): SyncExchange<T> {
  let done = false;
  try {
    let step = exchange.next(undefined as never);
    while (!step.done) step = exchange.next(session.unwrap(yield session.wrap(step.value)));
    done = true;
    return step.value;
  } finally {
    if (!done) exchange.return(undefined as never);
  }
}

async function* securedAsync<T>(
  session: SecureSession,
  exchange: AsyncGenerator<CommandApdu, T, ResponseApdu>,
): AsyncGenerator<CommandApdu, T, ResponseApdu> {
  let done = false;
  try {
    let step = await exchange.next(undefined as never);
    while (!step.done) step = await exchange.next(session.unwrap(yield session.wrap(step.value)));
    done = true;
    return step.value;
  } finally {
    if (!done) await exchange.return(undefined as never);
  }
}
