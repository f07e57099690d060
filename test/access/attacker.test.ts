import { describe, expect, it } from "vitest";
import { cryptoBackend } from "../../src/crypto/backend.js";
import { PROTOCOLS } from "../support/attacked-protocols.js";
import { attackAll } from "../support/attacker.js";

/**
 * A sample that has every attack and every message: one pair in so many, fewer under the portable backend, whose curves take ten times
 * as long. Every pair is in `test/property/attacker-protocols.test.ts`.
 */
const STRIDE = cryptoBackend() === "node" ? 19 : 97;

describe("somebody between terminal and chip", () => {
  it.each(Object.entries(PROTOCOLS))("is stopped, told, or has changed nothing: %s", async (_, target) => {
    const { fates, runs } = await attackAll(target, STRIDE);
    expect(runs).toBeGreaterThan(0);
    expect(fates.stopped + fates.told).toBeGreaterThanOrEqual(runs / 3);
  });
});
