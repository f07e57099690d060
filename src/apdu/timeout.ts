import { ChannelError } from "../errors.js";
import type { Channel } from "./channel.js";
import { decorate } from "./decorate.js";

/**
 * Gives up on a command after `ms` milliseconds. The channel is closed then and stays so, because the late reply could
 * be taken for that of a later command: connect again.
 *
 * @param ms - Time for one `transmit`, above zero.
 * @throws {ChannelError} `CHANNEL_TIMEOUT` from `transmit` when the time is over, `CHANNEL_CLOSED` from `transmit` and
 *   `reset` afterwards.
 * @throws {RangeError} when `ms` is not a positive number that a timer can hold.
 */
export function withTimeout(channel: Channel, ms: number): Channel {
  if (!(ms > 0 && ms < 2 ** 31)) throw new RangeError(`withTimeout: ${ms} ms, a positive number below 2^31 is needed`);
  let closed = false;
  const checkOpen = () => {
    if (closed) throw new ChannelError("CHANNEL_CLOSED", "the channel was closed after a time-out: connect again.");
  };
  const transmit: Channel["transmit"] = async (command, options) => {
    checkOpen();
    const outer = options?.signal;
    // Stops the transport on a time-out as well as on the caller's abort.
    const inner = new AbortController();
    const passOn = () => inner.abort(outer?.reason);
    outer?.addEventListener("abort", passOn, { once: true });
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        closed = true;
        const error = new ChannelError("CHANNEL_TIMEOUT", `no reply within ${ms} ms: check the card, connect again.`);
        reject(error);
        inner.abort(error);
        // The reader may hang as well, so nobody waits for it, and its complaint would hide the time-out.
        channel.close?.().catch(() => undefined);
      }, ms);
    });
    try {
      return await Promise.race([channel.transmit(command, { signal: inner.signal }), late]);
    } finally {
      clearTimeout(timer);
      outer?.removeEventListener("abort", passOn);
    }
  };
  if (channel.reset === undefined) return decorate(channel, transmit);
  const reset = async () => {
    checkOpen();
    await channel.reset?.();
  };
  return decorate(channel, transmit, { reset });
}
