import { toHex } from "../bytes/bytes.js";
import type { Channel } from "./channel.js";
import { decorate, swOf } from "./decorate.js";

/** One command and its reply, without their data. */
export interface RecordedExchange {
  /** CLA INS P1 P2 as hex. */
  readonly header: string;
  /** Bytes of the command as sent. */
  readonly commandLength: number;
  /** Bytes of the reply, status word included; 0 when there was none. */
  readonly responseLength: number;
  /** Status word; absent when the card was torn or the channel failed. */
  readonly sw?: number;
  /** Copies of all bytes, personal data and keys included; only with `unsafeRecordData`. */
  readonly unsafeData?: { readonly command: Uint8Array; readonly response: Uint8Array };
}

/**
 * Tells `onExchange` about every command that passes: header, lengths and status word, never data.
 *
 * @param options.unsafeRecordData - `true` adds all bytes. They hold personal data, and keys and PINs where the session
 *   does not encrypt: for laboratory cards only.
 * @returns A channel that behaves as the one below. What `onExchange` throws reaches the caller of `transmit`.
 */
export function withRecording(
  channel: Channel,
  onExchange: (exchange: RecordedExchange) => void,
  options: { unsafeRecordData?: boolean } = {},
): Channel {
  const describe = (command: Uint8Array, reply: Uint8Array): RecordedExchange => {
    const sw = swOf(reply);
    return {
      header: toHex(command.subarray(0, 4)).toUpperCase(),
      commandLength: command.length,
      responseLength: reply.length,
      ...(sw < 0 ? {} : { sw }),
      ...(options.unsafeRecordData === true
        ? { unsafeData: { command: command.slice(), response: reply.slice() } }
        : {}),
    };
  };
  return decorate(channel, async (command, transmitOptions) => {
    let reply = new Uint8Array(0) as Uint8Array;
    try {
      reply = await channel.transmit(command, transmitOptions);
      return reply;
    } finally {
      onExchange(describe(command, reply));
    }
  });
}
