import { type Channel, decorate } from "../apdu/index.js";
import { ChannelError } from "../errors.js";

/**
 * What goes wrong at command `at`, counted from zero since the channel was made.
 *
 * - `tornBefore`: the card is gone before it hears the command. `tornAfter`: it has done it, and its reply is lost.
 *   `emptyReply`: the same as a PC/SC service tells it, by an empty reply. The card stays away until `insert()`.
 * - `lostReply`: the card has done the command; the reader gives up waiting (`CHANNEL_TIMEOUT`), and the card stays.
 *   `delayedReply`: the reader gives up too, and hands the late reply over as that of the next command, and so on.
 *   `doubledReply`: the reply is handed over again for the next command, and so on.
 * - `status`: another status word without data; the card hears nothing. `corrupted`: bit 1 of one byte of the reply is
 *   changed, counted from the end when below zero: -3 is the last byte of a MAC in secure messaging.
 * - `slow`: the card takes `ms` milliseconds, by the clock of `sleep`.
 */
export type ChannelFault = { readonly at: number } & (
  | { readonly kind: "tornBefore" | "tornAfter" | "emptyReply" | "lostReply" | "delayedReply" | "doubledReply" }
  | { readonly kind: "status"; readonly sw: number }
  | { readonly kind: "corrupted"; readonly byte: number }
  | { readonly kind: "slow"; readonly ms: number }
);

/** A channel over a bad reader. */
export interface FaultyChannel extends Channel {
  /** Commands given to it so far, those while the card was away included. */
  readonly count: number;
  /** Puts the card back after it was torn; it has been without power. */
  insert(): Promise<void>;
}

/**
 * A channel that fails as told, for tests of protocols and of programs around them. Nothing waits for a real clock.
 *
 * @param faults - In any order; the first one for a command counts.
 * @param options.sleep - How `slow` waits: by the test's own clock.
 * @throws {TypeError} when a fault is slow and there is no `sleep`.
 * @example
 * import { faultyChannel } from "cardwright/testing";
 * const reader = { maxCommand: 261, maxResponse: 258, transmit: async () => Uint8Array.of(0x90, 0) };
 * const channel = faultyChannel(reader, [{ at: 0, kind: "status", sw: 0x6f00 }]);
 * const reply = await channel.transmit(Uint8Array.of(0, 0xa4, 4, 12));
 * reply[0]; // => 111
 */
export function faultyChannel(
  channel: Channel,
  faults: readonly ChannelFault[],
  options: { readonly sleep?: (ms: number) => Promise<void> } = {},
): FaultyChannel {
  const { sleep } = options;
  if (sleep === undefined && faults.some(({ kind }) => kind === "slow")) {
    throw new TypeError("faultyChannel: a slow card needs options.sleep");
  }
  let count = 0;
  let away = false;
  /** Replies that the reader still holds back; the oldest is handed over first. */
  const waiting: Uint8Array[] = [];
  const torn = () => new ChannelError("CARD_TORN", "the card left the reader: put it back.");
  const leave = async () => {
    away = true;
    waiting.length = 0;
    await channel.reset?.();
  };
  const transmit: Channel["transmit"] = async (command, transmitOptions) => {
    const at = count++;
    if (away) throw torn();
    const fault = faults.find((candidate) => candidate.at === at);
    if (fault?.kind === "tornBefore") {
      await leave();
      throw torn();
    }
    if (fault?.kind === "status") return Uint8Array.of(fault.sw >> 8, fault.sw & 0xff);
    if (fault?.kind === "slow") await sleep?.(fault.ms);
    waiting.push((await channel.transmit(command, transmitOptions)).slice());
    switch (fault?.kind) {
      case "tornAfter":
        await leave();
        throw torn();
      case "emptyReply":
        await leave();
        return new Uint8Array(0);
      case "lostReply":
        waiting.pop();
        throw new ChannelError("CHANNEL_TIMEOUT", "no reply in time.");
      case "delayedReply":
        throw new ChannelError("CHANNEL_TIMEOUT", "no reply in time.");
      case "doubledReply":
        waiting.push((waiting[0] as Uint8Array).slice());
    }
    const reply = waiting.shift() as Uint8Array;
    if (fault?.kind === "corrupted") {
      const index = fault.byte < 0 ? reply.length + fault.byte : fault.byte;
      if (index >= 0 && index < reply.length) reply[index] = (reply[index] as number) ^ 0x01;
    }
    return reply;
  };
  const base = decorate(channel, transmit);
  const faulty = {
    get count() {
      return count;
    },
    insert: async () => {
      away = false;
      await channel.reset?.();
    },
  };
  return Object.defineProperties(base, Object.getOwnPropertyDescriptors(faulty)) as FaultyChannel;
}
