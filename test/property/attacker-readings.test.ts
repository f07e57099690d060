import { describe, expect, it } from "vitest";
import { cryptoBackend } from "../../src/crypto/backend.js";
import { READINGS } from "../support/attacked-readings.js";
import { attackAll, honestRun, replayAll } from "../support/attacker.js";

/** Every attack on every message under the platform's backend; of the portable one, which is slow, a sample. */
const STRIDE = cryptoBackend() === "node" ? 1 : 29;

describe.each(Object.entries(READINGS))("somebody between terminal and chip: a reading by %s", (_, target) => {
  it("is stopped, told, or has changed nothing, at every message", async () => {
    const { fates, runs } = await attackAll(target, STRIDE);
    expect(fates.stopped + fates.told).toBeGreaterThan(runs / 2);
  }, 900_000);

  it("cannot replay it", async () => {
    await replayAll(target, await honestRun(target));
  });
});
