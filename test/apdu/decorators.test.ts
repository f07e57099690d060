import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { commandApdu, encodeCommand, parseCommand } from "../../src/apdu/apdu.js";
import type { CancelSignal, Channel } from "../../src/apdu/channel.js";
import { standardChannel, withChaining, withGetResponse, withRightLe } from "../../src/apdu/decorators.js";
import { run } from "../../src/apdu/exchange.js";
import { type RecordedExchange, withRecording } from "../../src/apdu/recording.js";
import { withTimeout } from "../../src/apdu/timeout.js";
import { concatBytes, fromHex, toHex } from "../../src/bytes/bytes.js";

type Answer = (command: Uint8Array, signal: CancelSignal | undefined) => Uint8Array | Promise<Uint8Array>;

/** A channel that answers with a function and keeps what was sent. */
function fake(answer: Answer, limits: { maxCommand?: number; maxResponse?: number } = {}) {
  const sent: string[] = [];
  const channel: Channel = {
    maxCommand: limits.maxCommand ?? 261,
    maxResponse: limits.maxResponse ?? 258,
    async transmit(command, options) {
      sent.push(toHex(command));
      return answer(command, options?.signal);
    },
  };
  return { channel, sent };
}

/** A channel that gives the replies in order. */
function script(...replies: string[]) {
  let at = 0;
  return fake(() => fromHex(replies[at++] ?? "6f00"));
}

const code = (value: string) => expect.objectContaining({ code: value });

describe("withGetResponse", () => {
  it("collects pieces until the chip is done", async () => {
    const { channel, sent } = script("01026102", "03046100", "059000");
    const reply = await withGetResponse(channel).transmit(fromHex("9CB0000000"));
    expect(toHex(reply)).toBe("01020304059000");
    // CLA keeps neither chaining nor secure messaging
    expect(sent).toEqual(["9cb0000000", "00c0000002", "00c0000000"]);
  });

  it.each([
    ["03A4000000", "03c0000001"],
    ["8FCA000000", "03c0000001"],
    ["65A4000000", "45c0000001"],
  ])("keeps the logical channel of %s", async (command, followUp) => {
    const { channel, sent } = script("6101", "AA9000");
    await withGetResponse(channel).transmit(fromHex(command));
    expect(sent[1]).toBe(followUp);
  });

  it("keeps data before a warning and drops them before an error", async () => {
    expect(toHex(await withGetResponse(script("016101", "026282").channel).transmit(fromHex("00B0000000")))).toBe(
      "01026282",
    );
    expect(toHex(await withGetResponse(script("016101", "6f00").channel).transmit(fromHex("00B0000000")))).toBe("6f00");
  });

  it("passes an empty reply up, also in the middle", async () => {
    expect((await withGetResponse(script("").channel).transmit(fromHex("00B0000000"))).length).toBe(0);
    const torn = withGetResponse(script("016101", "").channel);
    await expect(torn.transmit(fromHex("00B0000000"))).resolves.toEqual(new Uint8Array(0));
  });

  it("gives up on a chip that does not end", async () => {
    const empty = fake(() => fromHex("6101"));
    await expect(withGetResponse(empty.channel).transmit(fromHex("00B0000000"))).rejects.toThrow(
      code("TOO_MANY_RETRIES"),
    );
    expect(empty.sent.length).toBeLessThan(1100);
    const endless = fake(() => concatBytes(new Uint8Array(256), fromHex("6100")));
    await expect(withGetResponse(endless.channel).transmit(fromHex("00B0000000"))).rejects.toThrow(
      code("TOO_MANY_RETRIES"),
    );
    expect(endless.sent.length).toBe(257);
  });

  it("takes 65,536 bytes and not one more", async () => {
    const chip = (last: number) => {
      let rounds = 0;
      return fake(() => {
        const more = ++rounds <= 255;
        return concatBytes(new Uint8Array(more ? 256 : last), fromHex(more ? "6100" : "9000"));
      }).channel;
    };
    expect((await withGetResponse(chip(256)).transmit(fromHex("00B0000000"))).length).toBe(65_538);
    await expect(withGetResponse(chip(257)).transmit(fromHex("00B0000000"))).rejects.toThrow(code("TOO_MANY_RETRIES"));
  });

  it("stops between two pieces when aborted", async () => {
    const abort = new AbortController();
    const { channel, sent } = fake(() => {
      abort.abort();
      return fromHex("6101");
    });
    const options = { signal: abort.signal };
    await expect(withGetResponse(channel).transmit(fromHex("00B0000000"), options)).rejects.toThrow(/abort/i);
    expect(sent.length).toBe(1);
  });
});

describe("withRightLe", () => {
  it.each([
    ["00B0000000", "6C12", "00b0000012"],
    ["00CA0066", "6C00", "00ca006600"],
    ["00CB3FFF035C0166", "6C05", "00cb3fff035c016605"],
    ["00B00000000100", "6C10", "00b00000000010"],
    ["0CB00000 000003 010203 0000", "6C10", "0cb000000000030102030010"],
  ])("repeats %s once after %s", async (command, reply, repeated) => {
    const { channel, sent } = script(reply, "AA9000");
    expect(toHex(await withRightLe(channel).transmit(fromHex(command)))).toBe("aa9000");
    expect(sent[1]).toBe(repeated);
  });

  it("passes a second 6Cxx up", async () => {
    const { channel, sent } = script("6C12", "6C13", "9000");
    expect(toHex(await withRightLe(channel).transmit(fromHex("00B0000000")))).toBe("6c13");
    expect(sent.length).toBe(2);
  });
});

describe("withChaining", () => {
  it("sends a long command as a chain whose parts join to its data", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 256, maxLength: 1500 }),
        fc.integer({ min: 0, max: 65_536 }),
        fc.integer({ min: 7, max: 261 }),
        async (data, ne, maxCommand) => {
          const { channel, sent } = fake(() => fromHex("9000"), { maxCommand });
          await withChaining(channel).transmit(encodeCommand(commandApdu(0x80, 0xe2, 0x11, 0x22, data, ne)));
          const parts = sent.map((hex) => parseCommand(fromHex(hex)));
          expect(sent.every((hex) => hex.length / 2 <= maxCommand)).toBe(true);
          expect(toHex(concatBytes(...parts.map((part) => part.data)))).toBe(toHex(data));
          for (const [i, part] of parts.entries()) {
            const last = i === parts.length - 1;
            expect([part.cla, part.ins, part.p1, part.p2]).toEqual([last ? 0x80 : 0x90, 0xe2, 0x11, 0x22]);
            expect(part.ne).toBe(last ? Math.min(ne, 256) : 0);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it("stops at the first status that is not 9000", async () => {
    const { channel, sent } = script("9000", "6A80", "9000");
    const reply = await withChaining(channel).transmit(encodeCommand(commandApdu(0, 0xe2, 0, 0, new Uint8Array(700))));
    expect(toHex(reply)).toBe("6a80");
    expect(sent.length).toBe(2);
  });

  it("leaves alone what fits, and makes extended commands short where they do not pass", async () => {
    const long = fake(() => fromHex("9000"), { maxCommand: 1000 });
    const extended = encodeCommand(commandApdu(0, 0xe2, 0, 0, new Uint8Array(700), 300));
    await withChaining(long.channel).transmit(extended);
    expect(long.sent).toEqual([toHex(extended)]);
    const short = fake(() => fromHex("9000"));
    await withChaining(short.channel).transmit(fromHex("00B00000000000"));
    expect(short.sent).toEqual(["00b0000000"]);
  });

  it("accepts the longest command there is and refuses a longer one", async () => {
    const { channel, sent } = fake(() => fromHex("9000"));
    const chained = withChaining(channel);
    expect(chained.maxCommand).toBe(65_544);
    await chained.transmit(encodeCommand(commandApdu(0, 0xe2, 0, 0, new Uint8Array(65_535), 65_536)));
    expect(sent.length).toBe(257);
    await expect(chained.transmit(new Uint8Array(65_545))).rejects.toThrow(code("COMMAND_TOO_LONG"));
    expect(() => withChaining({ ...channel, maxCommand: 6 })).toThrow(RangeError);
  });
});

describe("commands longer than the channel", () => {
  const long = commandApdu(0, 0xe2, 0, 0, new Uint8Array(700));

  it("are refused before anything is sent", async () => {
    const { channel, sent } = fake(() => fromHex("9000"));
    const decorated = [withGetResponse(channel), withRightLe(channel), withTimeout(channel, 1000)];
    for (const one of decorated) {
      await expect(one.transmit(encodeCommand(long))).rejects.toThrow(code("COMMAND_TOO_LONG"));
    }
    const exchange = (function* () {
      yield long;
    })();
    await expect(run(channel, exchange)).rejects.toThrow(code("COMMAND_TOO_LONG"));
    expect(sent).toEqual([]);
  });
});

describe("withTimeout", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("gives up, stops the transport, closes the channel, and stays closed", async () => {
    let stopped: unknown;
    let closes = 0;
    const { channel, sent } = fake((_command, signal) => {
      signal?.addEventListener("abort", () => {
        stopped = signal.reason;
      });
      return new Promise(() => undefined);
    });
    const watched = withTimeout({ ...channel, reset: async () => undefined, close: async () => void closes++ }, 500);
    const reply = expect(watched.transmit(fromHex("00B0000000"))).rejects.toThrow(code("CHANNEL_TIMEOUT"));
    await vi.advanceTimersByTimeAsync(500);
    await reply;
    expect(stopped).toEqual(code("CHANNEL_TIMEOUT"));
    expect(closes).toBe(1);
    await expect(watched.transmit(fromHex("00B0000000"))).rejects.toThrow(code("CHANNEL_CLOSED"));
    await expect(watched.reset?.()).rejects.toThrow(code("CHANNEL_CLOSED"));
    expect(sent.length).toBe(1);
  });

  it("leaves no timer behind after a reply or a failure", async () => {
    await withTimeout(script("9000").channel, 500).transmit(fromHex("00B0000000"));
    const failing = fake(() => Promise.reject(new Error("reader gone")));
    await expect(withTimeout(failing.channel, 500).transmit(fromHex("00B0000000"))).rejects.toThrow("reader gone");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("passes the caller's abort on", async () => {
    const abort = new AbortController();
    const { channel } = fake(
      (_command, signal) =>
        new Promise((_, reject) => {
          signal?.addEventListener("abort", () => reject(signal.reason));
        }),
    );
    const reply = withTimeout(channel, 500).transmit(fromHex("00B0000000"), { signal: abort.signal });
    const expected = expect(reply).rejects.toThrow("the operator stopped");
    await Promise.resolve();
    abort.abort(new Error("the operator stopped"));
    await expected;
  });

  it.each([0, -1, Number.NaN, 2 ** 31])("refuses %d ms", (ms) => {
    expect(() => withTimeout(script().channel, ms)).toThrow(RangeError);
  });
});

describe("withRecording", () => {
  it("tells header, lengths and status, and no data", async () => {
    const seen: RecordedExchange[] = [];
    const channel = withRecording(script("AABB9000").channel, (exchange) => seen.push(exchange));
    await channel.transmit(fromHex("0020000004 31323334 00"));
    expect(seen).toEqual([{ header: "00200000", commandLength: 10, responseLength: 4, sw: 0x9000 }]);
  });

  it("records a torn card and a failed channel without a status", async () => {
    const seen: RecordedExchange[] = [];
    await withRecording(script("").channel, (exchange) => seen.push(exchange)).transmit(fromHex("00B0000000"));
    const failing = fake(() => Promise.reject(new Error("reader gone")));
    const recorded = withRecording(failing.channel, (exchange) => seen.push(exchange));
    await expect(recorded.transmit(fromHex("00B0000000"))).rejects.toThrow("reader gone");
    const none = { header: "00B00000", commandLength: 5, responseLength: 0 };
    expect(seen).toEqual([none, none]);
  });

  it("copies the bytes only with the loud option", async () => {
    const seen: RecordedExchange[] = [];
    const options = { unsafeRecordData: true };
    const channel = withRecording(script("AA9000").channel, (exchange) => seen.push(exchange), options);
    const command = fromHex("00B0000001");
    await channel.transmit(command);
    command.fill(0);
    expect(toHex(seen[0]?.unsafeData?.command as Uint8Array)).toBe("00b0000001");
    expect(toHex(seen[0]?.unsafeData?.response as Uint8Array)).toBe("aa9000");
  });
});

describe("standardChannel", () => {
  it("chains, then puts Le right, then collects, also for a GET RESPONSE with a wrong Le", async () => {
    const { channel, sent } = script("9000", "6105", "6C02", "01026101", "039000");
    const reply = await standardChannel(channel, { timeoutMs: 1000 }).transmit(
      encodeCommand(commandApdu(0x0c, 0x86, 0, 0, new Uint8Array(300), 65_536)),
    );
    expect(toHex(reply)).toBe("0102039000");
    expect(sent.map((hex) => hex.slice(0, 8))).toEqual(["1c860000", "0c860000", "00c00000", "00c00000", "00c00000"]);
    expect(sent.slice(2).map((hex) => hex.slice(8))).toEqual(["05", "02", "01"]);
  });

  it("keeps atr, reset and close, and has only those that the channel has", async () => {
    let resets = 0;
    const base = {
      maxCommand: 261,
      maxResponse: 258,
      atr: fromHex("3B00"),
      transmit: async () => fromHex("9000"),
      reset: async () => void resets++,
      close: async () => undefined,
    };
    const channel = standardChannel(base, { timeoutMs: 5 });
    await channel.reset?.();
    expect(resets).toBe(1);
    expect(channel.close).toBeTypeOf("function");
    expect(channel.atr).toEqual(fromHex("3B00"));
    base.atr = fromHex("3B01");
    expect(channel.atr).toEqual(fromHex("3B01"));
    const bare = standardChannel(script().channel);
    expect(bare.reset).toBeUndefined();
    expect(bare.close).toBeUndefined();
  });

  it.each([258, 1000, 65_538])("asks for no longer answers than the reader passes (%i)", (maxResponse) => {
    const base = { maxCommand: 261, maxResponse, transmit: async () => fromHex("9000") };
    const channel = standardChannel(base);
    expect([channel.maxCommand, channel.maxResponse]).toEqual([65_544, maxResponse]);
    base.maxResponse = 300;
    expect(standardChannel(base, { timeoutMs: 5 }).maxResponse).toBe(300);
  });

  it("sends nothing when aborted before", async () => {
    const { channel, sent } = script("9000");
    const options = { signal: AbortSignal.abort() };
    await expect(standardChannel(channel).transmit(fromHex("00B0000000"), options)).rejects.toThrow(/abort/i);
    expect(sent).toEqual([]);
  });
});
