/**
 * Cards on the readers of a PC/SC service: list, insertion and removal, a channel with exclusive use of the card.
 * PC/SC part 5 (resource manager) and part 10 (what a reader can carry), over the npm package smartcard or whatever has its shape.
 * Leaves out PIN pads, and extended lengths over T=0.
 * @module
 */
import type { Channel } from "../apdu/channel.js";
import { ChannelError } from "../errors.js";
import {
  lossOf,
  type PcscBinding,
  type PcscCard,
  type PcscContext,
  pcscError,
  readerOf,
  SCARD,
} from "./pcsc/binding.js";
import { readerTakesExtended } from "./pcsc/features.js";

export type { PcscBinding, PcscCard, PcscContext, PcscNativeReader } from "./pcsc/binding.js";
export { type PcscEvent, type WatchOptions, watchPcscReaders } from "./pcsc/events.js";

/** Longest command and response of extended lengths. */
const EXTENDED = { maxCommand: 65_544, maxResponse: 65_538 } as const;
/** The same of short ones. */
const SHORT = { maxCommand: 261, maxResponse: 258 } as const;

/** One reader, as it was when asked. */
export interface PcscReader {
  readonly name: string;
  /** `mute`: there is one, and it does not answer; mostly it lies the wrong way round. */
  readonly card: "none" | "present" | "mute";
  /** Whether another program uses the card; `exclusive` lets nobody else in. */
  readonly use: "free" | "shared" | "exclusive";
  /** Answer to reset of the card. */
  readonly atr?: Uint8Array;
}

/**
 * The readers that the service knows; it stops at 16 on Linux and 10 on Windows.
 *
 * @param binding - The module `smartcard`.
 * @throws {ChannelError} `READER_GONE` when there is no service.
 * @example
 * const readers = listPcscReaders(await import("smartcard"));
 */
export function listPcscReaders(binding: PcscBinding): readonly PcscReader[] {
  try {
    const context = new binding.Context();
    try {
      return context.listReaders().map(({ name, state, atr }) => ({
        name,
        card: (state & SCARD.STATE_PRESENT) === 0 ? "none" : (state & SCARD.STATE_MUTE) !== 0 ? "mute" : "present",
        use:
          (state & SCARD.STATE_EXCLUSIVE) !== 0 ? "exclusive" : (state & SCARD.STATE_INUSE) !== 0 ? "shared" : "free",
        ...(atr !== null && { atr: Uint8Array.from(atr) }),
      }));
    } finally {
      context.close();
    }
  } catch (error) {
    throw pcscError(error);
  }
}

/** Which card, and how it is used. */
export interface PcscChannelOptions {
  /** The reader's whole name, as `listPcscReaders` gives it. */
  readonly reader: string;
  /** Lets no other program at the card as long as the channel is open; true when left out. */
  readonly exclusive?: boolean;
  /**
   * Whether reader and driver pass extended lengths. When left out the reader is asked (PC/SC part 10), and believed to do so if
   * it does not say.
   */
  readonly extended?: boolean;
  /** Milliseconds for one command; no limit when left out. The channel is over after a time-out. */
  readonly timeoutMs?: number;
}

/** A card on a reader. */
export interface PcscChannel extends Channel {
  readonly reader: string;
  readonly atr: Uint8Array;
  readonly protocol: "T=0" | "T=1";
  reset(): Promise<void>;
  /** Resets the card and lets go of it; at once, or when the command that is under way has ended. */
  close(): Promise<void>;
}

/**
 * Opens a channel to the card on a reader. Commands are sent one after the other, in the order of the calls. As long as a command
 * is under way one thread of the libuv pool (4 unless UV_THREADPOOL_SIZE says more) is busy.
 *
 * Once a card was torn or a reader unplugged the channel stays dead, whatever is there then: open another one.
 *
 * @throws {ChannelError} `CARD_TORN` - there is no card, or it does not answer; from `transmit` and `reset` also for an empty
 *   reply, which is what PC/SC gives for a card that was pulled in the middle of a command. `READER_GONE` - no such
 *   reader, or it was unplugged, in use or not; the service is down. `READER_BUSY` - another program holds the card, or uses it and
 *   the channel is to have it alone. `CHANNEL_CLOSED` - the channel was closed, or PC/SC failed otherwise.
 *   `CHANNEL_TIMEOUT` - no reply in time. `COMMAND_TOO_LONG` - use `standardChannel`.
 * @throws {RangeError} when `timeoutMs` is not a positive number that a timer can hold.
 * @example
 * const channel = standardChannel(await openPcscChannel(binding, { reader: "Reader 00 00" }));
 */
export async function openPcscChannel(binding: PcscBinding, options: PcscChannelOptions): Promise<PcscChannel> {
  const { reader: name, exclusive = true, timeoutMs } = options;
  if (timeoutMs !== undefined && !(timeoutMs > 0 && timeoutMs < 2 ** 31)) {
    throw new RangeError(`openPcscChannel: ${timeoutMs} ms, a positive number below 2^31 is needed`);
  }
  const share = exclusive ? SCARD.SHARE_EXCLUSIVE : SCARD.SHARE_SHARED;
  try {
    // A context of its own: calls on one wait for each other, and this thread must not wait for a card.
    const context = new binding.Context();
    try {
      const reader = readerOf(context, name);
      const card = await connect(reader, share);
      const extended =
        card.protocol !== SCARD.PROTOCOL_T0 && (options.extended ?? (await readerTakesExtended(binding, card)));
      return channelTo(card, { name, share, extended, timeoutMs, context });
    } catch (error) {
      context.close();
      throw error;
    }
  } catch (error) {
    throw pcscError(error);
  }
}

/** T=1, which carries every command whole; T=0 for a card that knows nothing else. */
async function connect(reader: ReturnType<typeof readerOf>, share: number): Promise<PcscCard> {
  try {
    return await reader.connect(share, SCARD.PROTOCOL_T1);
  } catch (error) {
    if (!/protocol mismatch/i.test(error instanceof Error ? error.message : "")) throw error;
    return reader.connect(share, SCARD.PROTOCOL_T0);
  }
}

interface Connection {
  readonly name: string;
  readonly share: number;
  readonly extended: boolean;
  readonly timeoutMs: number | undefined;
  readonly context: PcscContext;
}

function channelTo(card: PcscCard, { name, share, extended, timeoutMs, context }: Connection): PcscChannel {
  let atr = Uint8Array.from(card.atr ?? []);
  const { protocol } = card;
  const limits = extended ? EXTENDED : SHORT;
  /** Why nothing is sent any more. */
  let over: ChannelError | undefined;
  /** Settles when the native call that is under way has ended; never rejects. */
  let busy: Promise<unknown> = Promise.resolve();
  let released: Promise<void> | undefined;

  /** Gives card and context back, behind a call that is under way: the handle must not vanish below it. */
  const letGo = (): Promise<void> => {
    released ??= busy.then(() => {
      try {
        card.disconnect(SCARD.RESET_CARD);
      } catch {
        // the card or its reader is gone already
      } finally {
        closeQuietly(context);
      }
    });
    return released;
  };
  const end = (error: ChannelError): ChannelError => {
    over ??= error;
    void letGo();
    return error;
  };
  /** One native call after the other. */
  const call = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = busy.then(() => {
      if (over !== undefined) throw over;
      return work();
    });
    busy = turn.catch(() => undefined);
    return turn;
  };
  /** A native call whose caller waits no longer than allowed; the call itself cannot be stopped. */
  const inTime = async <T>(work: () => Promise<T>): Promise<T> => {
    let giveUp: (error: ChannelError) => void = () => {};
    const late = new Promise<never>((_, reject) => {
      giveUp = reject;
    });
    let timer: ReturnType<typeof setTimeout> | undefined;
    const begin = () => {
      const message = `no reply within ${timeoutMs} ms: check the card, connect again.`;
      const tooLate = () => giveUp(end(new ChannelError("CHANNEL_TIMEOUT", message)));
      if (timeoutMs !== undefined) timer = setTimeout(tooLate, timeoutMs);
      return work();
    };
    try {
      return await Promise.race([call(begin), late]);
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    reader: name,
    protocol: protocol === SCARD.PROTOCOL_T0 ? "T=0" : "T=1",
    ...limits,
    get atr() {
      return atr;
    },
    async transmit(command, transmitOptions) {
      transmitOptions?.signal?.throwIfAborted();
      if (command.length > limits.maxCommand) {
        const message = `a command of ${command.length} bytes does not fit the reader's ${limits.maxCommand}: use standardChannel().`;
        throw new ChannelError("COMMAND_TOO_LONG", message);
      }
      const sent = protocol === SCARD.PROTOCOL_T0 ? withoutLe(command) : command;
      try {
        const reply = await inTime(() =>
          card.transmit(sent, { maxRecvLength: EXTENDED.maxResponse, autoGetResponse: false }),
        );
        if (reply.length > 0) return Uint8Array.from(reply);
      } catch (error) {
        throw over ?? end(lossOf(error, context, name));
      }
      const message = "the reply is empty: the card left the reader. Put it back, connect again.";
      throw over ?? end(lossOf(new ChannelError("CARD_TORN", message), context, name));
    },
    async reset() {
      try {
        await call(() => card.reconnect(share, protocol, SCARD.RESET_CARD));
        atr = Uint8Array.from(card.atr ?? atr);
      } catch (error) {
        throw over ?? end(lossOf(error, context, name));
      }
    },
    async close() {
      over ??= new ChannelError("CHANNEL_CLOSED", "the channel to the card is closed.");
      await letGo();
    },
  };
}

/** The service may be gone, and the context with it. */
function closeQuietly(context: PcscContext): void {
  try {
    context.close();
  } catch {
    // nothing is left to give back
  }
}

/** Over T=0 a command with data has no Le: the answer is fetched by GET RESPONSE (ISO 7816-3 §12.2.5). */
function withoutLe(command: Uint8Array): Uint8Array {
  const lc = command[4] ?? 0;
  return command.length > 6 && command.length === 6 + lc ? command.subarray(0, -1) : command;
}
