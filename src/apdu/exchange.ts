import type { CommandApdu, ResponseApdu } from "./apdu.js";
import { encodeCommand, parseResponse } from "./apdu.js";
import type { CancelSignal, Channel } from "./channel.js";
import { checkLength } from "./decorate.js";

/** A terminal protocol that needs nothing but the chip: yields commands, is resumed with responses. */
export type SyncExchange<T> = Generator<CommandApdu, T, ResponseApdu>;

/** A terminal protocol that may also await a key service or a signer. */
export type Exchange<T> = SyncExchange<T> | AsyncGenerator<CommandApdu, T, ResponseApdu>;

/** The chip's side of a protocol: yields responses, is resumed with the next command. */
export type ChipExchange<T> = Generator<ResponseApdu, T, CommandApdu>;

/**
 * Drives a protocol over a channel. When it ends early (an error, an abort) the protocol's `finally` blocks run, so
 * that it can wipe its keys.
 *
 * @param options.signal - Stops between two commands; what was sent is on the chip.
 * @throws {ChannelError} `COMMAND_TOO_LONG` - the channel cannot carry a command: use `withChaining()`.
 * @throws whatever the protocol or the channel throws.
 */
export async function run<T>(
  channel: Channel,
  exchange: Exchange<T>,
  options: { signal?: CancelSignal } = {},
): Promise<T> {
  const { signal } = options;
  const transmitOptions = signal === undefined ? undefined : { signal };
  let done = false;
  try {
    let next = exchange.next(undefined as never); // the first value of next() is ignored by definition
    for (;;) {
      const step = next instanceof Promise ? await next : next; // a sync protocol pays no extra await
      if (step.done) {
        done = true;
        return step.value;
      }
      signal?.throwIfAborted();
      const command = encodeCommand(step.value);
      checkLength(channel, command);
      next = exchange.next(parseResponse(await channel.transmit(command, transmitOptions)));
    }
  } finally {
    if (!done) await exchange.return(undefined as never);
  }
}

/** Drives a synchronous protocol over a synchronous chip, bytes in and bytes out; for tests and benches. */
export function runSync<T>(transmit: (command: Uint8Array) => Uint8Array, exchange: SyncExchange<T>): T {
  let done = false;
  try {
    let step = exchange.next(undefined as never);
    while (!step.done) step = exchange.next(parseResponse(transmit(encodeCommand(step.value))));
    done = true;
    return step.value;
  } finally {
    if (!done) exchange.return(undefined as never);
  }
}
