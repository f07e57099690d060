import type { Channel, RecordedExchange } from "../apdu/index.js";
import { equalBytes } from "../bytes/index.js";

/** A channel that a transcript answers for. */
export interface ReplayChannel extends Channel {
  /** Commands of the transcript that were not sent yet; 0 once all of it was replayed. */
  readonly left: number;
}

/**
 * A transcript in the place of the chip: it answers when it is asked, byte for byte, what was asked when it was recorded. With the
 * same randomness (`fixedRandom`) a protocol goes the same way again, without a card.
 *
 * @param transcript - What `withRecording` told with `unsafeRecordData: true`; it is copied. An exchange without a reply replays as a
 *   card that was torn.
 * @param options - Bytes that the recorded reader passed; a protocol that goes by them sends other commands with others. Extended
 *   lengths when left out.
 * @returns Its `transmit` throws a RangeError for another command than the recorded one, and for one after the last.
 * @throws {TypeError} when an exchange has no bytes.
 * @example
 * import { replayChannel } from "cardwright/testing";
 * const unsafeData = { command: Uint8Array.of(0, 0xa4, 0, 12), response: Uint8Array.of(0x6a, 0x82) };
 * const channel = replayChannel([{ header: "00A4000C", commandLength: 4, responseLength: 2, sw: 0x6a82, unsafeData }]);
 * const reply = await channel.transmit(Uint8Array.of(0, 0xa4, 0, 12));
 * reply[0]; // => 106
 * channel.left; // => 0
 */
export function replayChannel(
  transcript: readonly RecordedExchange[],
  options: { readonly maxCommand?: number; readonly maxResponse?: number } = {},
): ReplayChannel {
  const { maxCommand = 65_544, maxResponse = 65_538 } = options;
  const exchanges = transcript.map(({ unsafeData }, index) => {
    if (unsafeData === undefined) {
      throw new TypeError(`replayChannel: exchange ${index} has no bytes: record with unsafeRecordData`);
    }
    return { command: unsafeData.command.slice(), response: unsafeData.response.slice() };
  });
  let at = 0;
  return {
    maxCommand,
    maxResponse,
    get left() {
      return exchanges.length - at;
    },
    transmit: async (command, { signal } = {}) => {
      signal?.throwIfAborted();
      const exchange = exchanges[at];
      if (exchange === undefined) throw new RangeError(`replayChannel: the transcript ends after ${at} commands`);
      // No bytes in the message: they may hold what no error may.
      if (!equalBytes(command, exchange.command)) {
        throw new RangeError(`replayChannel: command ${at} is another one than was recorded`);
      }
      at++;
      return exchange.response.slice();
    },
  };
}
