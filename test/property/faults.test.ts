import { beforeAll, describe, expect, it } from "vitest";
import { deriveBacKeys } from "../../src/access/bac/shared.js";
import { openBac } from "../../src/access/bac/terminal.js";
import { readBinary, readBinaryBySfi, selectApplication } from "../../src/apdu/commands.js";
import { standardChannel } from "../../src/apdu/decorators.js";
import { run, type SyncExchange } from "../../src/apdu/exchange.js";
import { secured } from "../../src/apdu/session.js";
import { send } from "../../src/apdu/status.js";
import { withTimeout } from "../../src/apdu/timeout.js";
import { EMPTY, equalBytes } from "../../src/bytes/bytes.js";
import { accessKeyOf, type CardImage } from "../../src/card/image.js";
import { virtualChannel } from "../../src/chip/channel.js";
import { VirtualChip } from "../../src/chip/virtual-chip.js";
import { CardwrightError } from "../../src/errors.js";
import { getStatus, selectIssuerSecurityDomain } from "../../src/gp/terminal/commands.js";
import { openScp03 } from "../../src/gp/terminal/scp03.js";
import type { CardFiles } from "../../src/inspect/card-files.js";
import { type ReadCardOptions, readCard } from "../../src/inspect/read-card.js";
import { readingMemory } from "../../src/inspect/reading-memory.js";
import { LDS1_AID } from "../../src/lds/data-groups.js";
import { mrzInformation } from "../../src/lds/mrz.js";
import { memoryJournal } from "../../src/perso/journal.js";
import { type ChannelFault, faultyChannel } from "../../src/testing/faulty-channel.js";
import { AT, filesOf, judge, rejectionOf, type SampleCard, sampleCard } from "../support/inspect.js";
import { blankChip, fixedRandom, keysFor, make } from "../support/line.js";
import { inspectChip } from "../support/probe.js";

let card: SampleCard;
let other: SampleCard;
beforeAll(async () => {
  card = await sampleCard({ ownPortrait: true });
  other = await sampleCard({ index: 1, record: { documentNumber: card.record.documentNumber } });
});

const FAULTS: readonly ((at: number) => ChannelFault)[] = [
  ...(["tornBefore", "tornAfter", "emptyReply", "lostReply", "delayedReply", "doubledReply"] as const).map(
    (kind) => (at: number) => ({ at, kind }),
  ),
  ...[0x6700, 0x6982, 0x6a82, 0x6f00, 0x9000].map((sw) => (at: number) => ({ at, kind: "status", sw }) as const),
  ...[0, 5, -3, -1].map((byte) => (at: number) => ({ at, kind: "corrupted", byte }) as const),
];

const chipOf = (image: CardImage) => VirtualChip.fromImage(image, {}, { random: fixedRandom(5) });
const bad = (image: CardImage, ...faults: readonly ChannelFault[]) =>
  faultyChannel(virtualChannel(chipOf(image)), faults);

/** Opens the document and uses the session for one protected command. */
function* openAndRead(image: CardImage): SyncExchange<Uint8Array> {
  yield* send(selectApplication(LDS1_AID), "SELECT");
  const session = yield* openBac(deriveBacKeys(mrzInformation(accessKeyOf(image))), { random: fixedRandom(6) });
  const read = function* (): SyncExchange<Uint8Array> {
    const { data } = yield* send(readBinaryBySfi(0x1e, 0, 6), "READ BINARY");
    yield* send(readBinary(0, 6), "READ BINARY");
    return data;
  };
  return yield* secured(session, read());
}

describe("BAC and secure messaging on a bad reader", () => {
  it("never give a session, or an answer that is not the chip's own", async () => {
    let held = 0;
    for (const fault of FAULTS) {
      for (let at = 0; at < 5; at++) {
        const channel = bad(card.image, fault(at));
        const result = await run(channel, openAndRead(card.image)).catch((error: unknown) => error);
        // a plain 9000 to SELECT changes nothing that matters: BAC then fails, or the application was selected anyway
        if (result instanceof Error) held++;
        else
          expect(equalBytes(result as Uint8Array, filesOf(card.image).files["EF.COM"]?.subarray(0, 6) ?? EMPTY)).toBe(
            true,
          );
        if (!(result instanceof Uint8Array)) expect(result).toBeInstanceOf(CardwrightError);
        if (at > 0)
          expect(result, JSON.stringify(fault(at))).toBeInstanceOf(toleratedAt(fault(at)) ? Uint8Array : Error);
      }
    }
    expect(held).toBeGreaterThan(50);
  });
});

/** Faults that change nothing which is looked at: the last reply doubled, whose copy nobody takes. */
const toleratedAt = (fault: ChannelFault): boolean => fault.kind === "doubledReply" && fault.at === 4;

describe("SCP03 on a bad reader", () => {
  it("never gives a session that answers what is not the chip's own", async () => {
    for (const fault of FAULTS) {
      for (let at = 0; at < 4; at++) {
        const told = fault(at);
        const channel = faultyChannel(virtualChannel(blankChip()), [told]);
        const open = async () => {
          await run(channel, send(selectIssuerSecurityDomain(), "SELECT"));
          const { session } = await run(
            channel,
            openScp03({ keys: keysFor(), securityLevel: 0x33, random: fixedRandom(7) }),
          );
          return run(channel, secured(session, send(getStatus("issuerSecurityDomain"), "GET STATUS")));
        };
        const result = await open().catch((error: unknown) => error);
        // EXTERNAL AUTHENTICATE is answered with a status word alone
        const outside = told.kind === "corrupted" && at === 2 && (told.byte > 1 || told.byte < -2);
        // INITIALIZE UPDATE ends with the chip's counter, which the terminal has no use for
        const counter = told.kind === "corrupted" && at === 1 && told.byte === -3;
        const harmless =
          outside ||
          counter ||
          (told.kind === "doubledReply" && at === 3) ||
          (at === 0 && told.kind === "status" && told.sw === 0x9000);
        if (harmless) expect(result).not.toBeInstanceOf(Error);
        // the FCI that SELECT answers is not looked at; its status word is
        else if (at > 0 || told.kind !== "corrupted")
          expect(result, JSON.stringify(told)).toBeInstanceOf(CardwrightError);
      }
    }
  });
});

describe("personalize on a bad reader", () => {
  it("is finished after the next call, or says why not, and the chip holds what it should", async () => {
    for (const [index, fault] of FAULTS.entries()) {
      const told = fault(3 + ((index * 7) % 40));
      const chip = blankChip();
      const journal = memoryJournal();
      const channel = faultyChannel(virtualChannel(chip), [told]);
      const first = await make({ chip, channel, journal }).catch((error: unknown) => error);
      if (first instanceof Error) {
        expect(first, JSON.stringify(told)).toMatchObject({
          code: expect.stringMatching(/^PERSO_(INTERRUPTED|REFUSED)$/),
        });
        await channel.insert();
        // a fresh reader: what the old one held back is gone
        await make({ chip, journal, channel: virtualChannel(chip) });
      }
      const found = await inspectChip(chip);
      expect(found.files).toHaveLength(6);
      expect(found.cardState).toBe(0x0f);
    }
  });
});

describe("readCard on a bad reader", () => {
  const reading = (channel: ReturnType<typeof bad>, options: ReadCardOptions = {}) =>
    run(channel, readCard({ accessKey: accessKeyOf(card.image), random: fixedRandom(9), ...options }));

  it("gives whole files or none: a verdict never comes from a half-read one", async () => {
    const whole = filesOf(card.image).files;
    const length = await (async () => {
      const channel = bad(card.image);
      await reading(channel, { dataGroups: [1, 11] });
      return channel.count;
    })();
    let gaveUp = 0;
    for (const fault of FAULTS) {
      for (let at = 0; at < length; at += 1) {
        const result = await reading(bad(card.image, fault(at)), { dataGroups: [1, 11] }).catch((e: unknown) => e);
        if (result instanceof Error) {
          gaveUp++;
          expect(result).toBeInstanceOf(CardwrightError);
          continue;
        }
        const { files } = result as CardFiles;
        for (const [name, content] of Object.entries(files))
          expect(equalBytes(content, whole[name] ?? EMPTY)).toBe(true);
      }
    }
    expect(gaveUp).toBeGreaterThan(length * 10);
  });

  it("goes on where it was torn, and needs no more commands than that takes", async () => {
    const good = bad(card.image);
    const expected = await reading(good);
    const needed = good.count;
    for (let at = 1; at < needed; at += 3) {
      const kind = (["tornBefore", "tornAfter", "emptyReply"] as const)[at % 3] as "tornAfter";
      const resume = readingMemory();
      const channel = bad(card.image, { at, kind });
      expect(await rejectionOf(reading(channel, { resume }))).toMatchObject({ code: "CARD_TORN" });
      const done = resume.filesDone.length;
      await channel.insert();
      const { files, evidence } = await reading(channel, { resume });
      expect(files).toEqual(expected.files);
      expect(resume.filesDone).toEqual([]);
      // looking for PACE, SELECT and BAC again, the end of EF.SOD and its header, EF.COM, the header of the file that was torn, the command that was lost
      if (done >= 2) expect(channel.count).toBeLessThanOrEqual(needed + 3 + 1 + 2 + 2 + 2 + 1 + 1);
      expect(evidence.resumed ?? 0).toBe(done >= 2 ? 1 : 0);
      expect(judge({ files, evidence }, { trust: card.trust, at: AT }).verdict).toBe("passed");
    }
  });

  it("torn again and again comes to its end", async () => {
    const resume = readingMemory();
    const channel = bad(card.image, ...[20, 40, 60, 80].map((at) => ({ at, kind: "tornAfter" }) as const));
    let result: CardFiles | undefined;
    for (let tries = 0; result === undefined && tries < 6; tries++) {
      await channel.insert();
      result = await reading(channel, { resume }).catch(() => undefined);
    }
    expect(result?.files).toEqual(filesOf(card.image).files);
    expect(result?.evidence.resumed).toBeGreaterThan(1);
  });

  it("never mixes two cards: another one is read from its beginning", async () => {
    const resume = readingMemory();
    const first = bad(card.image, { at: 30, kind: "tornAfter" });
    await rejectionOf(reading(first, { resume }));
    expect(resume.filesDone).toEqual(["EF.COM", "EF.SOD", "EF.DG1"]);
    const second = bad(other.image);
    const { files } = await reading(second, { resume, accessKey: accessKeyOf(other.image) });
    expect(files).toEqual(filesOf(other.image).files);
  });

  it("a memory that readCard did not make is refused", () => {
    const resume = { filesDone: [], clear: () => undefined };
    expect(() => readCard({ resume }).next()).toThrow(TypeError);
  });

  it("a card that is slow is waited for; one that is too slow is given up, with all decorators", async () => {
    const waits: number[] = [];
    const slow = faultyChannel(virtualChannel(chipOf(card.image)), [{ at: 6, kind: "slow", ms: 5000 }], {
      sleep: async (ms) => void waits.push(ms),
    });
    const result = await run(standardChannel(slow), readCard({ accessKey: accessKeyOf(card.image), dataGroups: [1] }));
    expect(result.files["EF.DG1"]).toEqual(filesOf(card.image).files["EF.DG1"]);
    expect(waits).toEqual([5000]);
    const silent = faultyChannel(virtualChannel(chipOf(card.image)), [{ at: 6, kind: "slow", ms: 5000 }], {
      sleep: () => new Promise(() => undefined),
    });
    const work = run(withTimeout(silent, 5), readCard({ accessKey: accessKeyOf(card.image) }));
    expect(await rejectionOf(work)).toMatchObject({ code: "CHANNEL_TIMEOUT" });
  });
});
