import { describe, expect, it } from "vitest";
import {
  listPcscReaders,
  openPcscChannel,
  type PcscChannelOptions,
  type PcscEvent,
  watchPcscReaders,
} from "../../src/adapters/pcsc.js";
import { standardChannel } from "../../src/apdu/decorators.js";
import { run } from "../../src/apdu/exchange.js";
import { fromHex, toHex } from "../../src/bytes/bytes.js";
import { accessKeyOf } from "../../src/card/image.js";
import { VirtualChip } from "../../src/chip/virtual-chip.js";
import { ChannelError } from "../../src/errors.js";
import { readCard } from "../../src/inspect/read-card.js";
import { filesOf, rejectionOf } from "../support/inspect.js";
import { fixedRandom, IMAGE } from "../support/line.js";
import { type FakeCard, FakePcsc } from "../support/pcsc.js";

const chip = () => VirtualChip.fromImage(IMAGE, {}, { random: fixedRandom(1) });
const SELECT = fromHex("00A4040C07A0000002471001");

/** A card whose answers the test gives. */
const puppet = (answer: (command: string) => string | Promise<string>, protocol?: number): FakeCard => ({
  atr: fromHex("3B00"),
  reset: () => undefined,
  transmit: async (command) => fromHex(await answer(toHex(command))),
  ...(protocol !== undefined && { protocol }),
});

function withCard(card: FakeCard = chip()) {
  const pcsc = new FakePcsc("A");
  pcsc.insert("A", card);
  const open = (options: Partial<PcscChannelOptions> = {}) => openPcscChannel(pcsc, { reader: "A", ...options });
  return { pcsc, open };
}

describe("listPcscReaders", () => {
  it("tells what lies on each reader, and gives its context back", async () => {
    const pcsc = new FakePcsc("A", "B");
    expect(listPcscReaders(pcsc)).toEqual([
      { name: "A", card: "none", use: "free" },
      { name: "B", card: "none", use: "free" },
    ]);
    pcsc.insert("B", chip());
    const channel = await openPcscChannel(pcsc, { reader: "B" });
    expect(listPcscReaders(pcsc)[1]).toEqual({
      name: "B",
      card: "present",
      use: "exclusive",
      atr: fromHex("3B8180018080"),
    });
    await channel.close();
    expect(listPcscReaders(pcsc)[1]?.use).toBe("free");
    expect(pcsc.openContexts).toBe(0);
  });

  it("says that there is no service", () => {
    const pcsc = new FakePcsc();
    pcsc.running = false;
    expect(() => listPcscReaders(pcsc)).toThrow(
      expect.objectContaining({ code: "READER_GONE", message: expect.stringMatching(/start it/) }),
    );
  });
});

describe("openPcscChannel", () => {
  it("carries a whole reading, alone with the card, and resets it in the end", async () => {
    const { pcsc, open } = withCard();
    const channel = await open();
    expect(channel).toMatchObject({ reader: "A", protocol: "T=1", maxCommand: 65_544, maxResponse: 65_538 });
    expect(toHex(channel.atr)).toBe("3b8180018080");
    const exchange = readCard({ accessKey: accessKeyOf(IMAGE), maxResponse: channel.maxResponse });
    expect((await run(standardChannel(channel), exchange)).files).toEqual(filesOf(IMAGE).files);
    for (const exclusive of [true, false]) {
      expect(await rejectionOf(open({ exclusive }))).toMatchObject({
        code: "READER_BUSY",
        message: expect.stringMatching(/another program/),
      });
    }
    await channel.reset();
    await channel.close();
    await channel.close();
    expect(pcsc.log).toEqual(["connect 1 2", "reset", "disconnect 1"]);
    expect(pcsc.openContexts).toBe(0);
    expect(await rejectionOf(channel.transmit(SELECT))).toMatchObject({ code: "CHANNEL_CLOSED" });
    expect(await rejectionOf(channel.reset())).toMatchObject({ code: "CHANNEL_CLOSED" });
  });

  it("shares the card when asked to", async () => {
    const { pcsc, open } = withCard();
    const channels = [await open({ exclusive: false }), await open({ exclusive: false })];
    expect(pcsc.log).toEqual(["connect 2 2", "connect 2 2"]);
    expect(listPcscReaders(pcsc)[0]?.use).toBe("shared");
    expect(await rejectionOf(open())).toMatchObject({ code: "READER_BUSY" });
    await Promise.all(channels.map((channel) => channel.close()));
    await (await open()).close();
  });

  it.each([
    [undefined, 65_544],
    [0, 65_544],
    [0x10000, 65_544],
    [256, 261],
  ])("asks the reader for what it can carry (%s bytes: %i)", async (size, maxCommand) => {
    const { pcsc, open } = withCard();
    pcsc.maxApduDataSize = size;
    const channel = await open();
    expect(channel.maxCommand).toBe(maxCommand);
    expect(channel.maxResponse).toBe(maxCommand === 261 ? 258 : 65_538);
    expect(standardChannel(channel).maxResponse).toBe(channel.maxResponse);
    await channel.close();
    const told = await open({ extended: false });
    expect(told.maxCommand).toBe(261);
    expect(await rejectionOf(told.transmit(new Uint8Array(262)))).toMatchObject({ code: "COMMAND_TOO_LONG" });
    expect(toHex(await told.transmit(SELECT))).toBe("9000"); // that was the caller's mistake, the card is there
  });

  it("speaks T=0 with a card that knows nothing else: no Le behind data, no extended lengths", async () => {
    const heard: string[] = [];
    const { pcsc, open } = withCard(
      puppet((command) => {
        heard.push(command);
        return command.startsWith("00c0") ? "01029000" : "6102";
      }, 1),
    );
    const channel = await open();
    expect(pcsc.log).toEqual(["connect 1 1"]);
    expect(channel).toMatchObject({ protocol: "T=0", maxCommand: 261, maxResponse: 258 });
    expect(toHex(await standardChannel(channel).transmit(fromHex("0088000002AABB00")))).toBe("01029000");
    expect(heard).toEqual(["0088000002aabb", "00c0000002"]);
    await channel.transmit(fromHex("00B0000010"));
    await channel.transmit(fromHex("0088000002AABB"));
    expect(heard.slice(2)).toEqual(["00b0000010", "0088000002aabb"]);
  });

  it("keeps the order of commands that are given at once", async () => {
    let running = 0;
    const { open } = withCard(
      puppet(async (command) => {
        expect(++running).toBe(1);
        await new Promise((done) => setTimeout(done, 1));
        running--;
        return `${command.slice(0, 2)}9000`;
      }),
    );
    const channel = await open();
    const replies = await Promise.all(["01", "02", "03"].map((byte) => channel.transmit(fromHex(`${byte}000000`))));
    expect(replies.map(toHex)).toEqual(["019000", "029000", "039000"]);
  });

  it("takes an empty reply for a torn card, and stays dead whatever lies on the reader then", async () => {
    const { pcsc, open } = withCard();
    const channel = await open();
    const slow = channel.transmit(SELECT);
    pcsc.remove("A");
    pcsc.insert("A", chip());
    const error = await rejectionOf(slow);
    expect(error).toBeInstanceOf(ChannelError);
    expect(error).toMatchObject({ code: "CARD_TORN", message: expect.stringMatching(/connect again/) });
    expect(await rejectionOf(channel.transmit(SELECT))).toBe(error);
    expect(await rejectionOf(channel.reset())).toBe(error);
    const again = await open();
    expect(toHex(await again.transmit(SELECT))).toBe("9000");
    await again.close();
    expect(pcsc.openContexts).toBe(0); // the dead one has let go by itself
  });

  it("empty replies of a card that stays are no answer either", async () => {
    const { open } = withCard(puppet(() => ""));
    expect(await rejectionOf((await open()).transmit(SELECT))).toMatchObject({ code: "CARD_TORN" });
  });

  it.each([
    ["Card was removed", "CARD_TORN", /put it back/],
    ["Transaction failed", "CARD_TORN", /put it back/],
    ["Card is unresponsive", "CARD_TORN", /other way round/],
    ["Card was reset", "CARD_TORN", /put it back/],
    ["No smart card present", "CARD_TORN", /put one there/],
    ["Sharing violation", "READER_BUSY", /another program/],
    ["Reader unavailable", "READER_GONE", /plug it in/],
    ["Unknown reader", "READER_GONE", /plug it in/],
    ["PC/SC service stopped", "READER_GONE", /start it/],
    ["PC/SC service not running", "READER_GONE", /start it/],
    ["Operation timed out", "CHANNEL_TIMEOUT", /no reply/],
    ["something new", "CHANNEL_CLOSED", /something new/],
  ])("tells what %s means", async (words, code, advice) => {
    const { open } = withCard(puppet(() => Promise.reject(new Error(words))));
    const error = await rejectionOf((await open()).transmit(SELECT));
    expect(error).toMatchObject({ code, cause: expect.any(Error) });
    expect((error as Error).message).toMatch(advice);
  });

  it("names the readers that there are, and says when there is no card", async () => {
    const pcsc = new FakePcsc("A", "B");
    const missing = await rejectionOf(openPcscChannel(pcsc, { reader: "C" }));
    expect(missing).toMatchObject({ code: "READER_GONE", message: 'there is no reader "C"; there is: "A", "B".' });
    expect(await rejectionOf(openPcscChannel(pcsc, { reader: "A" }))).toMatchObject({ code: "CARD_TORN" });
    expect(pcsc.openContexts).toBe(0);
  });

  it("a reader that is unplugged ends its channel and no other", async () => {
    const pcsc = new FakePcsc("A", "B");
    for (const name of ["A", "B"]) pcsc.insert(name, chip());
    const [one, two] = [await openPcscChannel(pcsc, { reader: "A" }), await openPcscChannel(pcsc, { reader: "B" })];
    pcsc.detach("A");
    const error = await rejectionOf(one.transmit(SELECT));
    expect(error).toMatchObject({ code: "READER_GONE", message: expect.stringMatching(/plug it in/) });
    expect(toHex(await two.transmit(SELECT))).toBe("9000");
    // plugged in again, with a card: the old channel stays dead
    pcsc.attach("A");
    pcsc.insert("A", chip());
    expect(await rejectionOf(one.transmit(SELECT))).toBe(error);
    const again = await openPcscChannel(pcsc, { reader: "A" });
    expect(toHex(await again.transmit(SELECT))).toBe("9000");
    await Promise.all([again, one, two].map((channel) => channel.close()));
    expect(pcsc.openContexts).toBe(0);
  });

  it.each(["Transaction failed", "Card was removed", "Reader unavailable", "something new"])(
    "a reader that is unplugged in the middle of a command is gone, and no torn card (%s)",
    async (words) => {
      const pcsc = new FakePcsc("A", "B");
      pcsc.unpluggedWords = words;
      pcsc.insert("A", chip());
      const channel = await openPcscChannel(pcsc, { reader: "A" });
      const work = channel.transmit(SELECT);
      pcsc.detach("A");
      expect(await rejectionOf(work)).toMatchObject({ code: "READER_GONE", cause: expect.any(Error) });
      await channel.close();
      expect(pcsc.openContexts).toBe(0);
    },
  );

  it("a service that is stopped takes its readers along, idle or in the middle of a command", async () => {
    for (const idle of [true, false]) {
      const { pcsc, open } = withCard(
        puppet(() => {
          if (!idle) pcsc.running = false;
          return idle ? "9000" : Promise.reject(new Error("Transaction failed"));
        }),
      );
      const channel = await open();
      if (idle) pcsc.running = false;
      const error = await rejectionOf(channel.transmit(SELECT));
      expect(error).toMatchObject({ code: "READER_GONE", message: expect.stringMatching(/start it/) });
      await channel.close();
    }
  });

  it("gives up after the time-out, and lets go of the card only when it has answered", async () => {
    let answer = (_: string) => {};
    const { pcsc, open } = withCard(puppet(() => new Promise((resolve) => (answer = resolve))));
    const channel = await open({ timeoutMs: 10 });
    expect(await rejectionOf(channel.transmit(SELECT))).toMatchObject({ code: "CHANNEL_TIMEOUT" });
    const closed = channel.close();
    await new Promise((done) => setTimeout(done, 5));
    expect(pcsc.log).toEqual(["connect 1 2"]);
    answer("9000");
    await closed;
    expect(pcsc.log).toEqual(["connect 1 2", "disconnect 1"]);
    expect(await rejectionOf(open({ timeoutMs: 0 }))).toBeInstanceOf(RangeError);
  });

  it("sends nothing when aborted before", async () => {
    const { open } = withCard(puppet(() => expect.unreachable()));
    const channel = await open();
    await expect(channel.transmit(SELECT, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
  });
});

describe("watchPcscReaders", () => {
  /** Plays changes one by one, each after the events of the one before; what the iteration gave. */
  async function watch(pcsc: FakePcsc, steps: readonly (() => void)[]): Promise<string[]> {
    const stop = new AbortController();
    const seen: string[] = [];
    const show = (event: PcscEvent) => `${event.type} ${event.reader}`;
    const work = (async () => {
      for await (const event of watchPcscReaders(pcsc, { signal: stop.signal, intervalMs: 5 })) seen.push(show(event));
    })();
    for (const step of steps) {
      await new Promise((done) => setTimeout(done, 25));
      step();
    }
    await new Promise((done) => setTimeout(done, 25));
    stop.abort();
    await work;
    expect(pcsc.openContexts).toBe(0);
    return seen;
  }

  it("tells what is there and then what changes", async () => {
    const pcsc = new FakePcsc("A");
    pcsc.insert("A", chip());
    const seen = await watch(pcsc, [
      () => pcsc.remove("A"),
      () => pcsc.attach("B"),
      () => pcsc.insert("B", chip()),
      () => pcsc.detach("B"),
    ]);
    expect(seen).toEqual([
      "readerAttached A",
      "cardInserted A",
      "cardRemoved A",
      "readerAttached B",
      "cardInserted B",
      "cardRemoved B",
      "readerDetached B",
    ]);
  });

  it("sees a card that was changed for another between two looks", async () => {
    const pcsc = new FakePcsc("A");
    pcsc.insert("A", chip());
    const swap = () => {
      pcsc.remove("A");
      pcsc.insert("A", chip());
    };
    expect((await watch(pcsc, [swap])).slice(2)).toEqual(["cardRemoved A", "cardInserted A"]);
  });

  it("waits without any reader, and goes on when the service was stopped and started", async () => {
    const pcsc = new FakePcsc();
    const seen = await watch(pcsc, [
      () => pcsc.attach("A"),
      () => {
        pcsc.running = false;
      },
      () => {
        pcsc.running = true;
      },
    ]);
    expect(seen).toEqual(["readerAttached A", "readerDetached A", "readerAttached A"]);
  });

  it("says at once that there is no service, and ends with break", async () => {
    const pcsc = new FakePcsc("A");
    for await (const event of watchPcscReaders(pcsc)) {
      expect(event).toEqual({ type: "readerAttached", reader: "A" });
      break;
    }
    expect(pcsc.openContexts).toBe(0);
    pcsc.running = false;
    expect(await rejectionOf(watchPcscReaders(pcsc).next())).toMatchObject({ code: "READER_GONE" });
    for await (const _ of watchPcscReaders(new FakePcsc("A"), { signal: AbortSignal.abort() })) expect.unreachable();
  });
});
