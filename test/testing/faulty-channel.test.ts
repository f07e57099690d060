import { describe, expect, it } from "vitest";
import type { Channel } from "../../src/apdu/channel.js";
import { toHex } from "../../src/bytes/bytes.js";
import { type ChannelFault, faultyChannel } from "../../src/testing/faulty-channel.js";

/** Answers command n with n and 9000; `log` shows what it heard. */
function counting() {
  const log: string[] = [];
  const channel: Channel = {
    maxCommand: 261,
    maxResponse: 258,
    transmit: async (command) => {
      log.push(toHex(command));
      return Uint8Array.of(command[3] as number, 0x90, 0x00);
    },
    reset: async () => void log.push("reset"),
  };
  return { channel, log };
}

async function play(fault: ChannelFault, commands = 4) {
  const { channel, log } = counting();
  const slept: number[] = [];
  const faulty = faultyChannel(channel, [fault], { sleep: async (ms) => void slept.push(ms) });
  const replies: string[] = [];
  for (let i = 0; i < commands; i++) {
    const reply = await faulty.transmit(Uint8Array.of(0, 0, 0, i)).catch((error) => error);
    replies.push(reply instanceof Uint8Array ? toHex(reply) : reply.code);
  }
  return { replies, log, slept, faulty };
}

describe("faultyChannel", () => {
  it.each([
    ["tornBefore", ["009000", "CARD_TORN", "CARD_TORN", "CARD_TORN"], ["00000000", "reset"]],
    ["tornAfter", ["009000", "CARD_TORN", "CARD_TORN", "CARD_TORN"], ["00000000", "00000001", "reset"]],
    ["emptyReply", ["009000", "", "CARD_TORN", "CARD_TORN"], ["00000000", "00000001", "reset"]],
    ["lostReply", ["009000", "CHANNEL_TIMEOUT", "029000", "039000"], undefined],
    ["delayedReply", ["009000", "CHANNEL_TIMEOUT", "019000", "029000"], undefined],
    ["doubledReply", ["009000", "019000", "019000", "029000"], undefined],
  ] as const)("%s", async (kind, expected, heard) => {
    const { replies, log, faulty } = await play({ at: 1, kind });
    expect(replies).toEqual(expected);
    expect(log).toEqual(heard ?? ["00000000", "00000001", "00000002", "00000003"]);
    expect(faulty.count).toBe(4);
  });

  it("status, corrupted and slow", async () => {
    const wrong = await play({ at: 1, kind: "status", sw: 0x6a82 });
    expect(wrong.replies).toEqual(["009000", "6a82", "029000", "039000"]);
    expect(wrong.log).not.toContain("00000001");
    expect((await play({ at: 1, kind: "corrupted", byte: -3 })).replies[1]).toBe("009000");
    expect((await play({ at: 1, kind: "corrupted", byte: 1 })).replies[1]).toBe("019100");
    const slow = await play({ at: 2, kind: "slow", ms: 60_000 });
    expect(slow.replies).toEqual(["009000", "019000", "029000", "039000"]);
    expect(slow.slept).toEqual([60_000]);
  });

  it("has the card back after insert, without power in between", async () => {
    const { faulty, log } = await play({ at: 1, kind: "tornAfter" });
    await faulty.insert();
    expect(toHex(await faulty.transmit(Uint8Array.of(0, 0, 0, 9)))).toBe("099000");
    expect(log.slice(-2)).toEqual(["reset", "00000009"]);
  });

  it("wants a clock for a slow card", () => {
    expect(() => faultyChannel(counting().channel, [{ at: 0, kind: "slow", ms: 1 }])).toThrow(TypeError);
  });
});
