import { describe, expect, it } from "vitest";
import type { Channel } from "../../src/apdu/channel.js";
import { standardChannel } from "../../src/apdu/decorators.js";
import { withTimeout } from "../../src/apdu/timeout.js";
import { toHex } from "../../src/bytes/bytes.js";
import type { Profile } from "../../src/card/profile.js";
import { emrtd } from "../../src/card/profiles/emrtd.js";
import { virtualChannel } from "../../src/chip/channel.js";
import { ChannelError, ProtocolError, StatusError } from "../../src/errors.js";
import { memoryScp03Keys } from "../../src/gp/keys.js";
import { PersonalizationError } from "../../src/perso/errors.js";
import { describeProgress, memoryJournal } from "../../src/perso/journal.js";
import { compilePersonalization } from "../../src/perso/script.js";
import {
  blankChip,
  commandOf,
  failureOf,
  faultyChannel,
  IMAGE,
  imageOf,
  KDD,
  KEY_VERSION,
  keysFor,
  MASTER,
  make,
  SCRIPT,
} from "../support/line.js";
import { inspectChip } from "../support/probe.js";

const failure = async (promise: Promise<unknown>) => {
  const error = await failureOf(promise);
  expect(error).toBeInstanceOf(PersonalizationError);
  return error as PersonalizationError;
};

const FIRST_DG1 = commandOf("EF.DG1 1/1");
const WRONG_MASTER = MASTER.map((byte) => byte ^ 0xff);

describe("a chip that refuses a step", () => {
  it.each([
    [0x6982, "authenticate"],
    [0x6a82, "check the profile"],
    [0x6a84, "make the portrait smaller"],
    [0x6700, "length"],
    [0x6c10, "withRightLe"],
    [0x6110, "withGetResponse"],
    [0x6985, "life cycle"],
    [0x6f00, "ISO 7816-4"],
  ])("with %i: PERSO_REFUSED, with step, status and what to do", async (sw, advice) => {
    const chip = blankChip();
    const journal = memoryJournal();
    const error = await failure(make({ channel: faultyChannel(chip, { at: FIRST_DG1, kind: "status", sw }), journal }));
    expect(error.code).toBe("PERSO_REFUSED");
    expect(error.cause).toBeInstanceOf(StatusError);
    expect(error.cause).toMatchObject({ sw, step: "EF.DG1 1/1", header: "80E28800" });
    expect(error.message).toContain(sw.toString(16).toUpperCase());
    expect(error.message).toContain(advice);
    expect(error.message).toContain("On the chip: install eMRTD, secret documentBasicAccess, EF.COM.");
    expect(error.message).toContain("In doubt: EF.DG1.");
    expect(error.progress).toMatchObject({ state: "refused", doubtful: "EF.DG1" });
    const { step } = (await journal.entries()).at(-1) as { step: number };
    expect(SCRIPT.steps[step]?.label).toBe("EF.DG1 1/1");
    expect((await inspectChip(chip)).files).toEqual(["EF.COM"]);
    // the cause is mended: it goes on
    await make({ chip, journal });
    expect((await inspectChip(chip)).files.length).toBe(6);
  });

  it("at the SELECT of the issuer security domain: nothing was done", async () => {
    const channel = faultyChannel(blankChip(), { at: 0, kind: "status", sw: 0x6a82 });
    const error = await failure(make({ channel }));
    expect(error.code).toBe("PERSO_REFUSED");
    expect(error.message).toContain("SELECT the issuer security domain");
    expect(error.message).toContain("On the chip: nothing.");
  });

  it.each([0x6982, 0x6a88, 0x6985, 0x6983, 0x6700])(
    "at INITIALIZE UPDATE with %i: refused, and the keys are not in doubt since none was tried",
    async (sw) => {
      const chip = blankChip();
      const journal = memoryJournal();
      const channel = faultyChannel(chip, { at: 1, kind: "status", sw });
      const error = await failure(make({ channel, journal }));
      expect(error.code).toBe("PERSO_REFUSED");
      expect(error.cause).toMatchObject({ code: "SCP03_REFUSED" });
      expect(error.message).toContain("INITIALIZE UPDATE");
      await make({ chip, journal });
    },
  );

  it("at EXTERNAL AUTHENTICATE: the keys are in doubt", async () => {
    const error = await failure(make({ channel: faultyChannel(blankChip(), { at: 2, kind: "status", sw: 0x6300 }) }));
    expect(error).toMatchObject({ code: "PERSO_DOUBTFUL_KEY", cause: { code: "SCP03_REFUSED" } });
  });

  it("the level: refused, and no other one is tried", async () => {
    // i says that the chip has no R-MAC: byte 12 of the answer to INITIALIZE UPDATE
    const channel = answering(1, (reply) => Uint8Array.from(reply, (byte, i) => (i === 12 ? 0x10 : byte)));
    const error = await failure(make({ channel }));
    expect(error).toMatchObject({ code: "PERSO_REFUSED", cause: { code: "SCP03_UNSUPPORTED" } });
    expect(error.message).toContain("ask for a lower one");
  });

  it("the form of the standard: refused", async () => {
    const error = await failure(make({ channel: answering(1, (reply) => reply.subarray(5)) }));
    expect(error.code).toBe("PERSO_REFUSED");
  });
});

/** A channel on which the answer to command `at` is changed. */
function answering(at: number, change: (reply: Uint8Array) => Uint8Array, chip = blankChip()): Channel {
  const inner = virtualChannel(chip);
  let count = 0;
  return {
    ...inner,
    transmit: async (command) => {
      const reply = await inner.transmit(command);
      return count++ === at ? change(reply) : reply;
    },
  };
}

describe("a reader that needs the usual decorators", () => {
  it("61xx and 6Cxx under standardChannel are no matter", async () => {
    const chip = blankChip();
    const inner = virtualChannel(chip, { extended: false });
    let waiting: Uint8Array | undefined;
    let asked: string | undefined;
    const t0: Channel = {
      ...inner,
      // As a T=0 card does it: data wait for GET RESPONSE, and the first Le is always wrong.
      transmit: async (command) => {
        if (command[1] === 0xc0 && waiting !== undefined) {
          const right = waiting.length - 2;
          if (command[4] !== (right & 0xff)) return Uint8Array.of(0x6c, right & 0xff);
          const all = waiting;
          waiting = undefined;
          return all;
        }
        const hex = toHex(command);
        if (command[1] === 0xa4 && asked === undefined) {
          asked = hex;
          return Uint8Array.of(0x6c, 0x10);
        }
        const reply = await inner.transmit(command);
        if (reply.length <= 2) return reply;
        waiting = reply;
        return Uint8Array.of(0x61, (reply.length - 2) & 0xff);
      },
    };
    await make({ chip, channel: standardChannel(t0) });
    expect(asked).toBeDefined();
    expect((await inspectChip(chip)).cardState).toBe(0x0f);
  });
});

describe("a way to the chip that breaks", () => {
  it.each([0, 1, 2, commandOf("EF.SOD 2/6")])("an empty reply to command %i", async (at) => {
    const error = await failure(make({ channel: faultyChannel(blankChip(), { at, kind: "emptyReply" }) }));
    expect(error).toMatchObject({ code: "PERSO_INTERRUPTED", cause: { code: "CARD_TORN" } });
    expect(error.message).toContain("Put the same card back");
  });

  it("one byte instead of a status word", async () => {
    const error = await failure(make({ channel: answering(FIRST_DG1, () => Uint8Array.of(0x90)) }));
    expect(error).toMatchObject({ code: "PERSO_INTERRUPTED", cause: { code: "REPLY_MALFORMED" } });
  });

  it("a chip that stops answering in mid-write", async () => {
    const chip = blankChip();
    const journal = memoryJournal();
    const at = commandOf("EF.SOD 2/6");
    const channel = withTimeout(faultyChannel(chip, { at, kind: "silence" }), 30);
    const error = await failure(make({ channel, journal }));
    expect(error).toMatchObject({ code: "PERSO_INTERRUPTED", cause: { code: "CHANNEL_TIMEOUT" } });
    expect(error.cause).toBeInstanceOf(ChannelError);
    expect(error.message).toContain("30 ms");
    expect(error.progress).toMatchObject({ doubtful: "EF.SOD", repeated: true, state: "inProgress" });
    expect(await journal.entries()).toContainEqual({ event: "interrupted", code: "CHANNEL_TIMEOUT" });
    // the same channel stays closed, another one goes on
    expect(await failure(make({ channel, journal }))).toMatchObject({ cause: { code: "CHANNEL_CLOSED" } });
    await make({ chip, journal });
    expect((await inspectChip(chip)).cardState).toBe(0x0f);
  });

  it("a response that is not authentic: the write is in doubt, not good", async () => {
    const chip = blankChip();
    const journal = memoryJournal();
    const forged = answering(FIRST_DG1, () => Uint8Array.of(0x90, 0x00), chip);
    const error = await failure(make({ channel: forged, journal }));
    expect(error).toMatchObject({ code: "PERSO_INTERRUPTED", cause: { code: "SCP03_FAILED" } });
    expect(error.progress).toMatchObject({ doubtful: "EF.DG1", repeated: true });
    await make({ chip, journal });
  });

  it("commands too long for the reader", async () => {
    const profile: Profile = { ...emrtd, personalization: { ...emrtd.personalization, blockSize: 240 } };
    const script = compilePersonalization(IMAGE, profile);
    const channel = virtualChannel(blankChip(), { extended: false });
    expect(await failure(make({ channel, script }))).toMatchObject({
      code: "PERSO_INTERRUPTED",
      cause: { code: "COMMAND_TOO_LONG" },
    });
  });

  it("the caller's abort: what was done stays done", async () => {
    const chip = blankChip();
    const journal = memoryJournal();
    const controller = new AbortController();
    const reason = new Error("end of shift");
    const onProgress = ({ label }: { label: string }) => {
      if (label === "EF.DG1 1/1") controller.abort(reason);
    };
    const error = await failure(make({ chip, journal, signal: controller.signal, onProgress }));
    expect(error.code).toBe("PERSO_INTERRUPTED");
    expect(error.cause).toBe(reason);
    expect(error.message).toContain("stopped on this side");
    expect(error.progress.done).toContain("EF.DG1");
    expect((await inspectChip(chip)).files).toEqual(["EF.COM", "EF.DG1"]);
    await make({ chip, journal });
  });

  it("a signal that was aborted before: nothing is sent", async () => {
    const channel = faultyChannel(blankChip());
    const error = await failure(make({ channel, signal: AbortSignal.abort(new Error("no")) }));
    expect(error.code).toBe("PERSO_INTERRUPTED");
    expect(channel.sent).toEqual([]);
  });
});

describe("a chip in another life-cycle state than is due", () => {
  // At level 01 answers are not protected, so a chip's report can be changed on the way.
  const profile: Profile = { ...emrtd, personalization: { ...emrtd.personalization, securityLevel: 0x01 } };
  const script = compilePersonalization(IMAGE, profile);

  it.each([
    [
      "another state",
      (reply: Uint8Array) => Uint8Array.from(reply, (byte, i) => (i === reply.length - 3 ? 7 : byte)),
      "07",
    ],
    ["no state", () => Uint8Array.of(0x90, 0x00), "none"],
    ["garbage", () => Uint8Array.of(0xe3, 0x82, 0x90, 0x00), "none"],
  ])("reports %s: the card is refused, not done", async (_name, change, shown) => {
    const journal = memoryJournal();
    const at = commandOf("check the life cycle of the card", script);
    const error = await failure(make({ channel: answering(at, change), script, journal }));
    expect(error.code).toBe("PERSO_REFUSED");
    expect(error.message).toContain(`reports life-cycle state ${shown}, 0F is due`);
    expect(error.progress.state).toBe("refused");
    expect(error.progress.remaining).toEqual(["check the life cycle of the card"]);
    expect(await journal.entries()).not.toContainEqual({ event: "completed" });
  });
});

describe("keys that do not fit", () => {
  it("EXTERNAL AUTHENTICATE is never sent, and no second call sends anything until somebody looked", async () => {
    const chip = blankChip();
    const journal = memoryJournal();
    const channel = faultyChannel(chip);
    const error = await failure(make({ channel, journal, keys: keysFor(IMAGE, WRONG_MASTER) }));
    expect(error.code).toBe("PERSO_DOUBTFUL_KEY");
    expect(error.cause).toBeInstanceOf(ProtocolError);
    expect(error.message).toContain("find the right keys before the next one");
    expect(error.progress).toMatchObject({ state: "doubtfulKey", done: [] });
    expect(channel.sent.map((command) => command[1])).toEqual([0xa4, 0x50]);

    const second = faultyChannel(chip);
    expect((await failure(make({ channel: second, journal }))).code).toBe("PERSO_DOUBTFUL_KEY");
    expect((await failure(make({ channel: second, journal }))).message).toContain("keyReviewed");
    expect(second.sent).toEqual([]);

    await journal.append({ event: "keyReviewed" });
    const receipt = await make({ chip, journal });
    expect(receipt.chip.kdd).toBe(toHex(KDD));
  });

  it("reviewed and still wrong: locked again", async () => {
    const journal = memoryJournal([{ event: "doubtfulKey" }, { event: "keyReviewed" }]);
    const channel = faultyChannel(blankChip());
    expect((await failure(make({ channel, journal, keys: keysFor(IMAGE, WRONG_MASTER) }))).code).toBe(
      "PERSO_DOUBTFUL_KEY",
    );
    expect(channel.sent.length).toBe(2);
    expect(describeProgress(SCRIPT, await journal.entries()).state).toBe("doubtfulKey");
  });

  it("in the middle of a card: what is on the chip is not forgotten", async () => {
    const chip = blankChip();
    const journal = memoryJournal();
    await failure(make({ channel: faultyChannel(chip, { at: FIRST_DG1, kind: "lostReply" }), journal }));
    const error = await failure(make({ chip, journal, keys: keysFor(IMAGE, WRONG_MASTER) }));
    expect(error.code).toBe("PERSO_DOUBTFUL_KEY");
    expect(error.message).toContain("EF.COM");
    await journal.append({ event: "keyReviewed" });
    await make({ chip, journal });
  });

  it("a key version that the service does not have", async () => {
    const channel = faultyChannel(blankChip());
    const error = await failure(make({ channel, keys: memoryScp03Keys({ masters: { 49: MASTER } }) }));
    expect(error).toMatchObject({ code: "PERSO_REFUSED", cause: { code: "KEY_VERSION_UNKNOWN" } });
    expect(error.message).toContain("30");
    expect(channel.sent.length).toBe(2);
  });

  it("a secret that the service does not have: refused before the step, and named", async () => {
    const chip = blankChip();
    const journal = memoryJournal();
    const keys = memoryScp03Keys({ masters: { [KEY_VERSION]: MASTER } });
    const error = await failure(make({ chip, journal, keys }));
    expect(error).toMatchObject({ code: "PERSO_REFUSED", cause: { code: "SECRET_UNKNOWN" } });
    expect(error.message).toContain("documentBasicAccess");
    expect(await inspectChip(chip)).toMatchObject({ installed: true, secret: false, files: [] });
    await make({ chip, journal });
  });
});

describe("a journal that belongs elsewhere", () => {
  const begun = async (chip = blankChip()) => {
    const journal = memoryJournal();
    await failure(make({ channel: faultyChannel(chip, { at: FIRST_DG1, kind: "lostCommand" }), journal }));
    return journal;
  };

  it("to another chip: no key is tried on this one, and the journal can still be gone on with", async () => {
    const chip = blankChip();
    const journal = await begun(chip);
    const other = blankChip({ kdd: KDD.map((byte) => byte + 1) });
    const channel = faultyChannel(other);
    const error = await failure(make({ channel, journal }));
    expect(error.code).toBe("PERSO_WRONG_CHIP");
    expect(error.message).toContain(toHex(KDD));
    expect(channel.sent.map((command) => command[1])).toEqual([0xa4, 0x50]);
    expect((await inspectChip(other)).installed).toBe(false);
    await make({ chip, journal });
  });

  it("to another chip whose keys do not fit either: that is no doubt about this card's key", async () => {
    const chip = blankChip();
    const journal = await begun(chip);
    const other = blankChip({ kdd: KDD.map((byte) => byte + 1), master: WRONG_MASTER });
    expect((await failure(make({ chip: other, journal }))).code).toBe("PERSO_WRONG_CHIP");
    await make({ chip, journal });
  });

  it("to another script: nothing is sent", async () => {
    const journal = await begun();
    const image = imageOf({ documentNumber: "C01X00048" });
    const channel = faultyChannel(blankChip());
    const script = compilePersonalization(image, emrtd);
    const error = await failure(make({ channel, journal, script, keys: keysFor(image) }));
    expect(error.code).toBe("PERSO_WRONG_SCRIPT");
    expect(channel.sent).toEqual([]);
  });

  it("to a finished card: nothing is sent", async () => {
    const journal = memoryJournal();
    await make({ journal });
    const channel = faultyChannel(blankChip());
    const error = await failure(make({ channel, journal }));
    expect(error.code).toBe("PERSO_ALREADY_DONE");
    expect(error.progress.remaining).toEqual([]);
    expect(channel.sent).toEqual([]);
  });
});
