import type { PcscBinding, PcscCard, PcscContext, PcscNativeReader } from "../../src/adapters/pcsc.js";
import type { VirtualChip } from "../../src/chip/virtual-chip.js";

/** A card as the service sees it. */
export type FakeCard = Pick<VirtualChip, "atr" | "reset"> & {
  transmit(command: Uint8Array): Uint8Array | Promise<Uint8Array>;
  /** T=1 unless told otherwise. */
  readonly protocol?: number;
};

interface Slot {
  card: FakeCard | undefined;
  events: number;
  holder: object | undefined;
  /** Handles that share the card. */
  readonly sharers: Set<object>;
}

/** A PC/SC service in memory, with errors in the words of the npm package. */
export class FakePcsc implements PcscBinding {
  readonly slots = new Map<string, Slot>();
  running = true;
  /** Answer to FEATURE_GET_TLV_PROPERTIES; undefined for a driver that knows no part 10. */
  maxApduDataSize: number | undefined;
  /** What is said of a command during which the reader was unplugged: services tell of the card first. */
  unpluggedWords = "Transaction failed";
  readonly log: string[] = [];
  openContexts = 0;
  readonly CM_IOCTL_GET_FEATURE_REQUEST = 0x42000d48;
  readonly #waiting = new Set<() => void>();
  readonly Context: new () => PcscContext;

  constructor(...readers: readonly string[]) {
    for (const name of readers) this.attach(name);
    const open = () => this.#context();
    this.Context = class {
      constructor() {
        // biome-ignore lint/correctness/noConstructorReturn: a class of the fake's own contexts
        return open();
      }
    } as unknown as new () => PcscContext;
  }

  attach(name: string): void {
    this.slots.set(name, { card: undefined, events: 0, holder: undefined, sharers: new Set() });
    this.#wake();
  }

  detach(name: string): void {
    this.slots.delete(name);
    this.#wake();
  }

  insert(name: string, card: FakeCard): void {
    Object.assign(this.#slot(name), { card, events: this.#slot(name).events + 1 });
    this.#wake();
  }

  remove(name: string): void {
    Object.assign(this.#slot(name), { card: undefined, events: this.#slot(name).events + 1 });
    this.#wake();
  }

  #slot(name: string): Slot {
    const slot = this.slots.get(name);
    if (slot === undefined) throw new Error("Unknown reader");
    return slot;
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  #state({ card, events, holder, sharers }: Slot): number {
    const use = (holder === undefined ? 0 : 0x80) | (sharers.size > 0 ? 0x100 : 0);
    return (events << 16) | (card === undefined ? 0x10 : 0x20) | use | 0x02;
  }

  #context(): PcscContext {
    if (!this.running) throw new Error("PC/SC service not running");
    this.openContexts++;
    let cancelled = () => {};
    return {
      listReaders: () => {
        if (!this.running) throw new Error("PC/SC service stopped");
        return [...this.slots].map(
          ([name, slot]): PcscNativeReader => ({
            name,
            state: this.#state(slot),
            atr: slot.card?.atr ?? null,
            connect: async (share, protocol) => this.#connect(name, share, protocol),
          }),
        );
      },
      waitForChange: (readers, timeout) =>
        new Promise((resolve) => {
          const changed = readers.some(({ name, state }) => {
            const slot = this.slots.get(name);
            return slot === undefined || (this.#state(slot) & ~0x182) !== (state & ~0x182);
          });
          const done = () => {
            clearTimeout(timer);
            this.#waiting.delete(done);
            resolve([]);
          };
          const timer = setTimeout(done, timeout);
          cancelled = done;
          this.#waiting.add(done);
          if (changed) done();
        }),
      cancel: () => cancelled(),
      close: () => void this.openContexts--,
    };
  }

  #connect(name: string, share: number, protocol: number): PcscCard {
    const slot = this.#slot(name);
    const { card } = slot;
    if (card === undefined) throw new Error("No smart card present");
    if (slot.holder !== undefined || (share === 1 && slot.sharers.size > 0)) throw new Error("Sharing violation");
    if ((protocol & (card.protocol ?? 2)) === 0) throw new Error("Protocol mismatch");
    const handle = {};
    if (share === 1) slot.holder = handle;
    else slot.sharers.add(handle);
    this.log.push(`connect ${share} ${protocol}`);
    const events = slot.events;
    const check = () => {
      if (!this.running) throw new Error("PC/SC service stopped");
      if (this.slots.get(name) !== slot) throw new Error("Reader unavailable");
      if (slot.events !== events) throw new Error("Card was removed");
    };
    return {
      protocol,
      atr: card.atr,
      transmit: async (command, { maxRecvLength }) => {
        check();
        const reply = await card.transmit(command);
        if (this.slots.get(name) !== slot) throw new Error(this.unpluggedWords);
        if (reply.length > maxRecvLength) throw new Error("Insufficient buffer");
        return slot.events === events ? reply : new Uint8Array(0);
      },
      control: async (code) => {
        if (this.maxApduDataSize === undefined) throw new Error("Unknown PC/SC error");
        if (code === this.CM_IOCTL_GET_FEATURE_REQUEST)
          return Uint8Array.of(0x06, 4, 0, 0, 0, 1, 0x12, 4, 0x42, 0, 0, 9);
        const size = this.maxApduDataSize;
        return Uint8Array.of(0x02, 1, 7, 0x0a, 4, size & 0xff, (size >> 8) & 0xff, (size >> 16) & 0xff, 0);
      },
      reconnect: async () => {
        check();
        card.reset();
        this.log.push("reset");
      },
      disconnect: (disposition) => {
        if (slot.holder === handle) slot.holder = undefined;
        slot.sharers.delete(handle);
        this.log.push(`disconnect ${disposition}`);
        card.reset();
      },
    };
  }
}
