import { describe, expect, it } from "vitest";
import { run } from "../../src/apdu/exchange.js";
import { type RecordedExchange, withRecording } from "../../src/apdu/recording.js";
import { fromHex, toHex } from "../../src/bytes/bytes.js";
import { fixedRandom } from "../../src/testing/fixed-random.js";
import { replayChannel } from "../../src/testing/replay-channel.js";

const SELECT = fromHex("00A4040C00");
const READ = fromHex("00B0000002");

async function recorded(unsafeRecordData: boolean): Promise<RecordedExchange[]> {
  const replies = ["9000", "01029000", ""].map(fromHex);
  const log: RecordedExchange[] = [];
  const reader = { maxCommand: 261, maxResponse: 258, transmit: async () => replies.shift() as Uint8Array };
  const channel = withRecording(reader, (entry) => log.push(entry), { unsafeRecordData });
  for (const command of [SELECT, READ, READ]) await channel.transmit(command);
  return log;
}

describe("replayChannel", () => {
  it("answers what was recorded, a torn card included, and counts what is left", async () => {
    const log = await recorded(true);
    const channel = replayChannel(log);
    // it is a copy
    for (const { unsafeData } of log) unsafeData?.response.fill(0);
    expect(channel.left).toBe(3);
    const first = await channel.transmit(SELECT);
    expect([toHex(first), toHex(await channel.transmit(READ)), channel.left]).toEqual(["9000", "01029000", 1]);
    const exchange = (function* () {
      yield { cla: 0, ins: 0xb0, p1: 0, p2: 0, data: new Uint8Array(0), ne: 2 };
    })();
    await expect(run(channel, exchange)).rejects.toMatchObject({ code: "CARD_TORN" });
    expect(channel.left).toBe(0);
    await expect(channel.transmit(READ)).rejects.toThrow(
      new RangeError("replayChannel: the transcript ends after 3 commands"),
    );
  });

  it("refuses another command, without its bytes in the message, and waits for the right one", async () => {
    const channel = replayChannel(await recorded(true), { maxCommand: 261, maxResponse: 258 });
    expect([channel.maxCommand, channel.maxResponse]).toEqual([261, 258]);
    const pin = fromHex("002000010431323334");
    const failure = await channel.transmit(pin).catch((error: unknown) => error as Error);
    expect(failure).toBeInstanceOf(RangeError);
    expect((failure as Error).message).toMatch(/^replayChannel: command 0 is another one/);
    expect((failure as Error).message).not.toMatch(/31323334|1234/);
    expect(toHex(await channel.transmit(SELECT))).toBe("9000");
  });

  it("needs the bytes, and sends nothing when aborted", async () => {
    const log = await recorded(false);
    expect(() => replayChannel(log)).toThrow(TypeError);
    const channel = replayChannel(await recorded(true));
    await expect(channel.transmit(SELECT, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
    expect(channel.left).toBe(3);
  });
});

describe("fixedRandom", () => {
  it("gives the same bytes for the same seed, in whatever pieces, and others for another", () => {
    const whole = toHex(fixedRandom(7)(64));
    const source = fixedRandom(7);
    expect([1, 0, 31, 32].map((length) => toHex(source(length))).join("")).toBe(whole);
    expect(toHex(fixedRandom(8)(64))).not.toBe(whole);
    // The first of the generator, 1664525 · 1 + 1013904223 and so on, by hand.
    expect(toHex(fixedRandom(1)(1))).toBe((1015568748 >>> 24).toString(16));
    expect(new Set(fixedRandom(1)(10_000)).size).toBe(256);
  });

  it.each([-1, 0.5, 2 ** 32, Number.NaN])("refuses the seed %d", (seed) => {
    expect(() => fixedRandom(seed)).toThrow(RangeError);
  });
});
