import { describe, expect, it } from "vitest";
import { virtualChannel } from "../../src/chip/channel.js";
import { cryptoBackend } from "../../src/crypto/backend.js";
import { CardwrightError, type ErrorCode } from "../../src/errors.js";
import { type ChannelFault, faultyChannel } from "../../src/testing/faulty-channel.js";
import { PROTOCOLS } from "../support/attacked-protocols.js";
import { freshChip, type Honest, honestRun, judgeOutcome, type Target } from "../support/attacker.js";

/** What a bad reader does, and the codes with which a protocol must stop over it; none where it goes on as if nothing was. */
const FAULTS: readonly { readonly fault: (at: number) => ChannelFault; readonly codes?: readonly ErrorCode[] }[] = [
  { fault: (at) => ({ at, kind: "tornBefore" }), codes: ["CARD_TORN"] },
  { fault: (at) => ({ at, kind: "tornAfter" }), codes: ["CARD_TORN"] },
  { fault: (at) => ({ at, kind: "emptyReply" }), codes: ["CARD_TORN"] },
  { fault: (at) => ({ at, kind: "lostReply" }), codes: ["CHANNEL_TIMEOUT"] },
  { fault: (at) => ({ at, kind: "delayedReply" }), codes: ["CHANNEL_TIMEOUT"] },
  { fault: (at) => ({ at, kind: "doubledReply" }) },
  ...[0x6700, 0x6982, 0x6a82, 0x63c1, 0x6f00, 0x9000].map((sw) => ({
    fault: (at: number): ChannelFault => ({ at, kind: "status", sw }),
  })),
  ...[0, -12, -3, -1].map((byte) => ({ fault: (at: number): ChannelFault => ({ at, kind: "corrupted", byte }) })),
];

/** One message in so many: the portable backend is slow. */
const STRIDE = cryptoBackend() === "node" ? 5 : 53;

async function onBadReader(target: Target, honest: Honest, index: number, at: number): Promise<boolean> {
  const { fault, codes } = FAULTS[index] as (typeof FAULTS)[number];
  const told = fault(at);
  const where = JSON.stringify(told);
  const chip = freshChip(target);
  const channel = faultyChannel(virtualChannel(chip), [told]);
  const result = await target.run({ channel, begin: () => undefined }).catch((error: unknown) => error);
  await target.after?.(chip);
  if (result instanceof Error) {
    expect(result, where).toBeInstanceOf(CardwrightError);
    expect(codes ?? target.codes, where).toContain((result as CardwrightError).code);
    return true;
  }
  expect(codes, where).toBeUndefined();
  judgeOutcome(result as Parameters<typeof judgeOutcome>[0], honest.outcome, true, where);
  return false;
}

describe.each(Object.entries(PROTOCOLS))("on a bad reader: %s", (_, target) => {
  it("gives no session and no answer but the chip's own", async () => {
    const honest = await honestRun(target);
    let runs = 0;
    let stopped = 0;
    for (let at = honest.first; at < honest.passed.length; at++) {
      for (const index of FAULTS.keys()) {
        if ((index + 3 * (at - honest.first)) % STRIDE !== 0) continue;
        runs++;
        if (await onBadReader(target, honest, index, at)) stopped++;
      }
    }
    expect(runs).toBeGreaterThan(0);
    expect(stopped).toBeGreaterThanOrEqual(Math.floor(runs / 3));
  });

  it("waits for a slow card, and comes home with the same", async () => {
    const honest = await honestRun(target);
    const waits: number[] = [];
    const faults = honest.passed.map((__, at): ChannelFault => ({ at, kind: "slow", ms: 3000 }));
    const channel = faultyChannel(virtualChannel(freshChip(target)), faults, {
      sleep: async (ms) => void waits.push(ms),
    });
    const result = await target.run({ channel, begin: () => undefined });
    expect(judgeOutcome(result, honest.outcome, false, "slow")).toBe("unchanged");
    expect(waits).toHaveLength(honest.passed.length);
  });
});
