import { ChannelError } from "../errors.js";
import type { Channel } from "./channel.js";

/** What a decorator changes besides `transmit`. */
export type ChannelOverrides = Partial<Pick<Channel, "maxCommand" | "maxResponse" | "reset">>;

/**
 * A channel over another one: everything that is not overridden is passed on, and commands longer than `maxCommand` and
 * aborted ones are refused before anything is sent. The base of every decorator, open to users' own.
 *
 * @throws {ChannelError} `COMMAND_TOO_LONG` from `transmit`.
 */
export function decorate(channel: Channel, transmit: Channel["transmit"], overrides: ChannelOverrides = {}): Channel {
  const reset = overrides.reset ?? (channel.reset === undefined ? undefined : () => channel.reset?.() as Promise<void>);
  const decorated: Channel = {
    get maxCommand() {
      return overrides.maxCommand ?? channel.maxCommand;
    },
    get maxResponse() {
      return overrides.maxResponse ?? channel.maxResponse;
    },
    async transmit(command, options) {
      checkLength(decorated, command);
      options?.signal?.throwIfAborted();
      return transmit(command, options);
    },
    ...(reset === undefined ? {} : { reset }),
    ...(channel.close === undefined ? {} : { close: () => channel.close?.() as Promise<void> }),
  };
  // A reader may know the ATR only after a reset, so it is asked each time.
  return Object.defineProperty(decorated, "atr", { enumerable: true, get: () => channel.atr });
}

/** Refuses a command that the channel cannot carry. */
export function checkLength(channel: Channel, command: Uint8Array): void {
  if (command.length <= channel.maxCommand) return;
  throw new ChannelError(
    "COMMAND_TOO_LONG",
    `a command of ${command.length} bytes does not fit the channel's ${channel.maxCommand}: use withChaining().`,
  );
}

/** Status word of a raw reply; -1 when there is none (torn card). */
export function swOf(reply: Uint8Array): number {
  const length = reply.length;
  return length < 2 ? -1 : ((reply[length - 2] as number) << 8) | (reply[length - 1] as number);
}

/** Whether a raw command has extended length fields (ISO 7816-4 §5.2: a zero byte where a short Lc would stand). */
export function isExtended(command: Uint8Array): boolean {
  return command.length >= 7 && command[4] === 0;
}
