import { describe, expect, it } from "vitest";
import { describeProgress, type JournalEntry, memoryJournal } from "../../src/perso/journal.js";
import { SCRIPT } from "../support/line.js";

const opened: JournalEntry = { event: "opened", script: SCRIPT.digest, kdd: "00010203040506070809", keyVersion: 0x30 };
const sent = (step: number): JournalEntry => ({ event: "sent", step });
const done = (step: number): JournalEntry => ({ event: "acknowledged", step, sw: 0x9000 });
const refused = (step: number, sw = 0x6a80): JournalEntry => ({ event: "refused", step, sw });
const upTo = (count: number) => Array.from({ length: count }, (_, step) => [sent(step), done(step)]).flat();
const progress = (...entries: JournalEntry[]) => describeProgress(SCRIPT, entries);

// 0 install · 1, 2 secret · 3, 4 EF.COM · 5, 6 EF.DG1 …
const UNITS = [...new Set(SCRIPT.steps.map(({ unit }) => unit))];

describe("what a journal says", () => {
  it("nothing: untouched", () => {
    expect(progress()).toEqual({ state: "untouched", done: [], remaining: UNITS, nextStep: 0, repeated: false });
  });

  it("only opened: in progress, nothing on the chip", () => {
    expect(progress(opened)).toEqual({
      kdd: "00010203040506070809",
      state: "inProgress",
      done: [],
      remaining: UNITS,
      nextStep: 0,
      repeated: false,
    });
  });

  it("a step without answer: its unit is in doubt", () => {
    const state = progress(opened, ...upTo(1), sent(1));
    expect(state).toMatchObject({ done: ["install eMRTD"], doubtful: "secret documentBasicAccess", nextStep: 1 });
    expect(state.repeated).toBe(true);
  });

  it("half of a unit acknowledged: go back to its first step, which no answer was lost of", () => {
    const state = progress(opened, ...upTo(4));
    expect(state).toMatchObject({ doubtful: "EF.COM", nextStep: 3, repeated: false });
    expect(state.remaining[0]).toBe("EF.COM");
  });

  it("a unit complete: nothing in doubt", () => {
    const state = progress(opened, ...upTo(5));
    expect(state.doubtful).toBeUndefined();
    expect(state).toMatchObject({ done: UNITS.slice(0, 3), nextStep: 5, repeated: false });
  });

  it("a refusal of a unit's only step: nothing of it is on the chip", () => {
    const state = progress(opened, sent(0), refused(0));
    expect(state).toMatchObject({ state: "refused", done: [], nextStep: 0, repeated: false });
    expect(state.doubtful).toBeUndefined();
  });

  it("a lost answer, then a refusal: the doubt stays until the step is acknowledged", () => {
    const doubt = [opened, sent(0), { event: "interrupted", code: "CARD_TORN" }, opened, sent(0), refused(0)] as const;
    expect(progress(...doubt)).toMatchObject({ state: "refused", doubtful: "install eMRTD", repeated: true });
    expect(progress(...doubt, opened, sent(0), done(0))).toMatchObject({
      state: "inProgress",
      done: ["install eMRTD"],
    });
    expect(progress(...doubt, opened, sent(0), done(0)).doubtful).toBeUndefined();
  });

  it("a unit begun again: acknowledged steps of the first try do not count", () => {
    const entries = [opened, ...upTo(4), sent(4), opened, sent(3), done(3)];
    expect(progress(...entries)).toMatchObject({ doubtful: "EF.COM", nextStep: 3, repeated: true });
    expect(progress(...entries, sent(4), done(4))).toMatchObject({ nextStep: 5, done: UNITS.slice(0, 3) });
  });

  it("keys that did not fit, before and after somebody looked", () => {
    expect(progress({ event: "doubtfulKey" }).state).toBe("doubtfulKey");
    expect(progress({ event: "doubtfulKey" }, { event: "keyReviewed" }).state).toBe("untouched");
    expect(progress(opened, { event: "doubtfulKey" }, { event: "keyReviewed" }).state).toBe("inProgress");
  });

  it("everything acknowledged: only the receipt is missing", () => {
    const all = upTo(SCRIPT.steps.length);
    expect(progress(opened, ...all)).toMatchObject({ state: "inProgress", done: UNITS, remaining: [] });
    expect(progress(opened, ...all).nextStep).toBe(SCRIPT.steps.length);
    expect(progress(opened, ...all, { event: "completed" }).state).toBe("completed");
  });
});

describe("a journal in memory", () => {
  it("goes on from the entries it is given and does not write into them", async () => {
    const entries: JournalEntry[] = [opened];
    const journal = memoryJournal(entries);
    await journal.append(sent(0));
    expect(await journal.entries()).toEqual([opened, sent(0)]);
    expect(entries).toEqual([opened]);
  });
});
