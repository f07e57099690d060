import type { CancelSignal } from "../../apdu/channel.js";
import { type PcscBinding, type PcscContext, type PcscNativeReader, pcscError, SCARD } from "./binding.js";

/** What happened at the readers. */
export type PcscEvent =
  | { readonly type: "readerAttached" | "readerDetached" | "cardRemoved"; readonly reader: string }
  | { readonly type: "cardInserted"; readonly reader: string; readonly atr?: Uint8Array };

/** How the readers are watched. */
export interface WatchOptions {
  /** Ends the iteration at once. */
  readonly signal?: CancelSignal;
  /** Milliseconds after which new and lost readers are seen at the latest, 500 when left out; cards are seen at once. */
  readonly intervalMs?: number;
}

interface Seen {
  readonly state: number;
  readonly atr: Uint8Array | null;
}

const isPresent = (seen: Seen | undefined): boolean => seen !== undefined && (seen.state & SCARD.STATE_PRESENT) !== 0;
/** Insertions and removals that the service has counted. */
const countOf = (seen: Seen | undefined): number => (seen?.state ?? 0) >>> 16;

/** What lies between two looks at the readers, in the order in which it can have happened. */
function changes(before: ReadonlyMap<string, Seen>, after: ReadonlyMap<string, Seen>): PcscEvent[] {
  const events: PcscEvent[] = [];
  for (const [reader, old] of before) {
    const now = after.get(reader);
    // A card that was taken away and put back between two looks shows in the count.
    const swapped = isPresent(old) && isPresent(now) && countOf(old) !== countOf(now);
    if (isPresent(old) && (!isPresent(now) || swapped)) events.push({ type: "cardRemoved", reader });
    if (now === undefined) events.push({ type: "readerDetached", reader });
  }
  for (const [reader, now] of after) {
    const old = before.get(reader);
    if (old === undefined) events.push({ type: "readerAttached", reader });
    const fresh = !isPresent(old) || countOf(old) !== countOf(now);
    if (isPresent(now) && fresh) {
      events.push({ type: "cardInserted", reader, ...(now.atr !== null && { atr: Uint8Array.from(now.atr) }) });
    }
  }
  return events;
}

/**
 * Insertions, removals, readers plugged in and out, as they happen: first everything that is there, then the changes. It goes on
 * when the service is stopped (every reader is gone then) and started again. Each iteration keeps one thread of the libuv pool busy.
 *
 * @returns An iteration that ends with the signal, or with `break`, then within `intervalMs`.
 * @throws {ChannelError} `READER_GONE` from the first step when there is no service.
 * @example
 * for await (const event of watchPcscReaders(binding, { signal })) if (event.type === "cardInserted") break;
 */
export async function* watchPcscReaders(
  binding: PcscBinding,
  options: WatchOptions = {},
): AsyncGenerator<PcscEvent, void, void> {
  const { signal, intervalMs = 500 } = options;
  let seen: ReadonlyMap<string, Seen> = new Map();
  let context: PcscContext | undefined;
  let wake = () => {};
  const cancel = () => {
    wake();
    context?.cancel();
  };
  signal?.addEventListener("abort", cancel, { once: true });
  try {
    context = openContext(binding);
    while (!isOver(signal)) {
      let now: ReadonlyMap<string, Seen> = new Map();
      try {
        context ??= new binding.Context();
        now = look(context.listReaders());
      } catch {
        context = close(context); // the service is down: the next round looks whether it is back
      }
      const events = changes(seen, now);
      seen = now;
      for (const event of events) {
        yield event;
        if (isOver(signal)) return;
      }
      const readers = [...now].map(([name, { state }]) => ({ name, state: state & ~SCARD.STATE_CHANGED }));
      if (context === undefined || readers.length === 0) await new Promise<void>(pause);
      else await context.waitForChange(readers, intervalMs).catch(() => new Promise<void>(pause));
    }
  } finally {
    signal?.removeEventListener("abort", cancel);
    close(context);
  }

  function pause(done: () => void): void {
    const timer = setTimeout(done, intervalMs);
    wake = () => {
      clearTimeout(timer);
      done();
    };
    if (signal?.aborted === true) wake();
  }
}

/** Asked anew each time: it changes while events are handed over. */
const isOver = (signal: CancelSignal | undefined): boolean => signal?.aborted === true;

function openContext(binding: PcscBinding): PcscContext {
  try {
    return new binding.Context();
  } catch (error) {
    throw pcscError(error);
  }
}

const look = (readers: readonly PcscNativeReader[]): ReadonlyMap<string, Seen> =>
  new Map(readers.map(({ name, state, atr }) => [name, { state, atr }]));

function close(context: PcscContext | undefined): undefined {
  try {
    context?.close();
  } catch {
    // it is gone with the service
  }
}
