import { beforeAll, describe, expect, it } from "vitest";
import { toHex } from "../../src/bytes/bytes.js";
import { emrtd } from "../../src/card/profiles/emrtd.js";
import { PersonalizationError } from "../../src/perso/errors.js";
import {
  describeProgress,
  type Journal,
  type JournalEntry,
  memoryJournal,
  type Progress,
} from "../../src/perso/journal.js";
import { compilePersonalization } from "../../src/perso/script.js";
import {
  blankChip,
  commandOf,
  type Fault,
  failureOf,
  faultyChannel,
  IMAGE,
  imageOf,
  jpeg,
  KDD,
  keysFor,
  make,
  OPENING,
  SCRIPT,
} from "../support/line.js";
import { type Found, inspectChip } from "../support/probe.js";

const COMMANDS = OPENING + SCRIPT.steps.length;
const ALL_FILES = IMAGE.applications.flatMap(({ files }) => files.map(({ name }) => name));
const FINISHED: Found = { installed: true, secret: true, files: ALL_FILES, applicationState: 0x0f, cardState: 0x0f };

/** The units that a look into the chip shows to be done; checks leave nothing behind. */
function unitsOn(found: Found): string[] {
  return [
    ...(found.installed ? ["install eMRTD"] : []),
    ...(found.secret ? ["secret documentBasicAccess"] : []),
    ...found.files,
    ...(found.applicationState === 0x0f ? ["lock eMRTD"] : []),
    ...(found.cardState >= 0x07 ? ["set the card to state 07"] : []),
    ...(found.cardState >= 0x0f ? ["set the card to state 0F"] : []),
  ];
}

const lasting = (units: readonly string[]) => units.filter((unit) => !unit.startsWith("check"));

/** The journal must say what is there: all that is done, and at most the one in doubt on top. */
function compare(progress: Progress, found: Found): void {
  const there = unitsOn(found);
  const done = lasting(progress.done);
  const doubtful = progress.doubtful === undefined ? [] : lasting([progress.doubtful]);
  expect(there.slice(0, done.length)).toEqual(done);
  expect([[], doubtful]).toContainEqual(there.slice(done.length));
  expect([...progress.done, ...progress.remaining]).toEqual([...new Set(SCRIPT.steps.map(({ unit }) => unit))]);
}

interface Torn {
  readonly error: PersonalizationError;
  readonly progress: Progress;
  readonly found: Found;
  readonly resent: readonly number[];
  readonly foundAfter: Found;
  readonly sessions: number;
  readonly entries: readonly JournalEntry[];
}

/** Tears the card once, looks into the chip, and calls again with the same journal. */
async function tear(fault: Fault): Promise<Torn> {
  const chip = blankChip();
  const journal = memoryJournal();
  const error = (await failureOf(make({ channel: faultyChannel(chip, fault), journal }))) as PersonalizationError;
  const progress = describeProgress(SCRIPT, await journal.entries());
  const found = await inspectChip(chip);
  const before = (await journal.entries()).length;
  const receipt = await make({ chip, journal });
  const resent = (await journal.entries()).slice(before).flatMap((e) => (e.event === "sent" ? [e.step] : []));
  return {
    error,
    progress,
    found,
    resent,
    foundAfter: await inspectChip(chip),
    sessions: receipt.sessions,
    entries: await journal.entries(),
  };
}

describe.each(["lostCommand", "lostReply", "emptyReply"] as const)("a card torn at every command: %s", (kind) => {
  const results: Torn[] = [];
  beforeAll(async () => {
    for (let at = 0; at < COMMANDS; at++) results.push(await tear({ at, kind }));
  });

  it("is an interruption that says what is on the chip and what to do", () => {
    expect(results.length).toBe(COMMANDS);
    for (const { error, progress } of results) {
      expect(error).toBeInstanceOf(PersonalizationError);
      expect(error.code).toBe("PERSO_INTERRUPTED");
      expect(error.message).toContain("Put the same card back and call again");
      expect(error.message).toContain("On the chip: ");
      expect(error.cause).toMatchObject({ code: "CARD_TORN" });
      expect(error.progress).toEqual(progress);
    }
  });

  it("leaves on the chip exactly what the journal says", () => {
    for (const { progress, found } of results) compare(progress, found);
  });

  it("leaves the journal as far as the chip was", () => {
    results.forEach(({ progress }, at) => {
      const step = at - OPENING;
      if (step < 0) {
        expect(progress).toMatchObject({ state: "untouched", done: [], nextStep: 0, repeated: false });
        expect(progress.kdd).toBeUndefined();
        expect(progress.doubtful).toBeUndefined();
        return;
      }
      const unit = SCRIPT.steps[step]?.unit;
      expect(progress).toMatchObject({ state: "inProgress", kdd: toHex(KDD), doubtful: unit, repeated: true });
      expect(progress.nextStep).toBe(SCRIPT.steps.findIndex((each) => each.unit === unit));
      expect(progress.remaining[0]).toBe(unit);
    });
  });

  it("is finished by the next call, with the right content", () => {
    for (const { foundAfter } of results) expect(foundAfter).toEqual(FINISHED);
  });

  it("is gone on with at the unit in doubt: nothing that was acknowledged is sent again", () => {
    results.forEach(({ resent, progress, sessions }, at) => {
      expect(resent).toEqual(SCRIPT.steps.map((_, i) => i).slice(progress.nextStep));
      for (const unit of progress.done) expect(resent.map((i) => SCRIPT.steps[i]?.unit)).not.toContain(unit);
      expect(sessions).toBe(at < OPENING ? 1 : 2);
    });
  });
});

describe("a card torn again and again", () => {
  it("is finished in the end, however short each session is", async () => {
    const chip = blankChip();
    const journal = memoryJournal();
    const seen: number[] = [];
    let receipt: Awaited<ReturnType<typeof make>> | undefined;
    // Each session gets one command further than the last one needed for its unit.
    for (let at = 3, tries = 0; receipt === undefined && tries < 200; tries++, at = at > 14 ? 3 : at + 1) {
      const kind = tries % 2 === 0 ? "lostReply" : "lostCommand";
      const attempt = make({ channel: faultyChannel(chip, { at, kind }), journal });
      receipt = await attempt.catch(() => undefined);
      const progress = describeProgress(SCRIPT, await journal.entries());
      if (progress.state !== "completed") compare(progress, await inspectChip(chip));
      seen.push(progress.done.length);
    }
    expect(receipt).toBeDefined();
    expect(seen).toEqual(seen.toSorted((a, b) => a - b)); // never backwards
    expect(await inspectChip(chip)).toEqual(FINISHED);
    expect(receipt?.sessions).toBe((await journal.entries()).filter(({ event }) => event === "opened").length);
  });

  it("with a large portrait written twice, fits the chip: what is replaced does not count", async () => {
    const image = imageOf({ portrait: jpeg(45_000) });
    const script = compilePersonalization(image, emrtd);
    const chip = blankChip();
    const journal = memoryJournal();
    const blocks = script.steps.filter(({ unit }) => unit === "EF.DG2").length - 1;
    const at = commandOf(`EF.DG2 ${blocks}/${blocks}`, script);
    const torn = make({
      channel: faultyChannel(chip, { at, kind: "lostReply" }),
      journal,
      script,
      keys: keysFor(image),
    });
    expect(await failureOf(torn)).toMatchObject({ code: "PERSO_INTERRUPTED" });
    expect((await inspectChip(chip, image)).files).toContain("EF.DG2"); // it is there, but nobody knows
    await make({ chip, journal, script, keys: keysFor(image) });
    expect(await inspectChip(chip, image)).toEqual(FINISHED);
  });
});

describe("a process that dies at every line of the journal", () => {
  /** A journal whose disk fails at line `at`, before or after it stored the line. */
  async function die(at: number, stored: boolean): Promise<void> {
    const chip = blankChip();
    const disk = memoryJournal();
    const failing: Journal = {
      entries: () => disk.entries(),
      append: async (entry) => {
        const hit = (await disk.entries()).length >= at;
        if (!hit || stored) await disk.append(entry);
        if (hit) throw new Error("no space left on device");
      },
    };
    const error = (await failureOf(make({ chip, journal: failing }))) as Error;
    const progress = describeProgress(SCRIPT, await disk.entries());
    if (progress.state !== "completed") {
      compare(progress, await inspectChip(chip));
      await make({ chip, journal: disk });
    }
    expect(String(error.cause ?? error)).toContain("no space left");
    expect(await inspectChip(chip)).toEqual(FINISHED);
  }

  it.each([true, false])("goes on from what was stored (the line itself was stored: %s)", async (stored) => {
    for (let at = 0; at < 2 + 2 * SCRIPT.steps.length; at++) await die(at, stored);
  });
});

describe("a step that the chip refused", () => {
  it("is not taken for done when the chip refuses it again", async () => {
    // 6A80 to INSTALL is what a chip answers to wrong parameters, and also to an application that is there already.
    const chip = blankChip();
    const journal = memoryJournal();
    for (let tries = 0; tries < 3; tries++) {
      const at = commandOf("install eMRTD");
      const attempt = make({ channel: faultyChannel(chip, { at, kind: "status", sw: 0x6a80 }), journal });
      expect(await failureOf(attempt)).toMatchObject({
        code: "PERSO_REFUSED",
        progress: { done: [], state: "refused" },
      });
    }
    await make({ chip, journal });
    expect(await inspectChip(chip)).toEqual(FINISHED);
  });

  it("is taken for done when an earlier answer to it was lost", async () => {
    const chip = blankChip();
    const journal = memoryJournal();
    const at = commandOf("install eMRTD");
    await failureOf(make({ channel: faultyChannel(chip, { at, kind: "lostReply" }), journal }));
    // refused with something else in between: the doubt stays
    const refused = make({ channel: faultyChannel(chip, { at, kind: "status", sw: 0x6f00 }), journal });
    expect(await failureOf(refused)).toMatchObject({ code: "PERSO_REFUSED", progress: { doubtful: "install eMRTD" } });
    await make({ chip, journal });
    expect(await inspectChip(chip)).toEqual(FINISHED);
  });
});
