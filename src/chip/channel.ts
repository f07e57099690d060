import type { Channel } from "../apdu/channel.js";
import { ChannelError } from "../errors.js";
import type { VirtualChip } from "./virtual-chip.js";

/**
 * A virtual chip as a {@link Channel}, as if it lay on a reader.
 *
 * @param options.extended - Whether the reader passes extended lengths; true when left out.
 */
export function virtualChannel(chip: VirtualChip, options: { readonly extended?: boolean } = {}): Channel {
  const extended = options.extended ?? true;
  let open = true;
  return {
    atr: chip.atr,
    maxCommand: extended ? 65_544 : 261,
    maxResponse: extended ? 65_538 : 258,
    transmit: async (command, { signal } = {}) => {
      signal?.throwIfAborted();
      if (!open) throw new ChannelError("CHANNEL_CLOSED", "the channel to the virtual chip is closed");
      return chip.transmit(command);
    },
    reset: async () => chip.reset(),
    close: async () => {
      open = false;
      chip.reset();
    },
  };
}
