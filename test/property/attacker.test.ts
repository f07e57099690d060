import { describe, expect, it } from "vitest";
import type { Channel } from "../../src/apdu/channel.js";
import { type RecordedExchange, withRecording } from "../../src/apdu/recording.js";
import { toHex, utf8 } from "../../src/bytes/bytes.js";
import { accessKeyOf } from "../../src/card/image.js";
import { virtualChannel } from "../../src/chip/channel.js";
import { PROTOCOLS } from "../support/attacked-protocols.js";
import { READINGS } from "../support/attacked-readings.js";
import { freshChip, honestRun, type Target } from "../support/attacker.js";
import { SECRET_NUMBERS } from "../support/chips.js";

const TARGETS = Object.entries<Target>({ ...PROTOCOLS, ...READINGS });
/** A terminal's signature is made with randomness of the signer's own. */
const SIGNED = /terminal authentication|chip authentication 2|restricted|auxiliary|renewal/;
const SAME_AGAIN = TARGETS.filter(([name]) => !SIGNED.test(name));

describe("law 6: a transcript", () => {
  it.each(SAME_AGAIN)("replays byte for byte with the same randomness: %s", async (_, target) => {
    const { passed, outcome } = await honestRun(target);
    let at = 0;
    const replay: Channel = {
      maxCommand: 65_544,
      maxResponse: 65_538,
      transmit: async (command) => {
        const { command: before, reply } = passed[at++] ?? { command: new Uint8Array(0), reply: new Uint8Array(0) };
        expect(toHex(command)).toBe(toHex(before));
        return reply.slice();
      },
    };
    expect(await target.run({ channel: replay, begin: () => undefined })).toEqual(outcome);
    expect(at).toBe(passed.length);
  });

  it.each(TARGETS)("holds no key, PIN or personal data unless that is asked for loudly: %s", async (_, target) => {
    const log: RecordedExchange[] = [];
    const channel = withRecording(virtualChannel(freshChip(target)), (entry) => log.push(entry));
    await target.run({ channel, begin: () => undefined });
    const text = JSON.stringify(log).toLowerCase();
    const { documentNumber } = accessKeyOf(target.image);
    for (const secret of [documentNumber, toHex(utf8(documentNumber)), ...Object.values(SECRET_NUMBERS)]) {
      expect(text).not.toContain(`"${secret.toLowerCase()}"`);
      expect(text).not.toContain(toHex(utf8(secret)));
    }
    for (const entry of log) {
      expect(Object.keys(entry).toSorted()).toEqual(["commandLength", "header", "responseLength", "sw"]);
      expect(entry.header).toMatch(/^[0-9A-F]{8}$/);
    }
  });
});
