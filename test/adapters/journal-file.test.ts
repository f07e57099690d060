import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fileJournal } from "../../src/adapters/journal-file.js";
import { describeProgress, type JournalEntry } from "../../src/perso/journal.js";
import { blankChip, commandOf, failureOf, faultyChannel, make, SCRIPT } from "../support/line.js";
import { inspectChip } from "../support/probe.js";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "journal-"));
  path = join(folder, "card.jsonl");
});
afterEach(() => rmSync(folder, { recursive: true }));

const sent = (step: number): JournalEntry => ({ event: "sent", step });

describe("a journal in a file", () => {
  it("is empty before the first entry, and makes no file", async () => {
    expect(await fileJournal(path).entries()).toEqual([]);
    expect(() => statSync(path)).toThrow();
  });

  it("can be read and written by its owner alone", async () => {
    await fileJournal(path).append(sent(0));
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it("has one line of JSON an entry, on the disk when append is done", async () => {
    const journal = fileJournal(path);
    await journal.append(sent(0));
    expect(readFileSync(path, "utf8")).toBe('{"event":"sent","step":0}\n');
    await journal.append({ event: "completed" });
    expect(readFileSync(path, "utf8")).toBe('{"event":"sent","step":0}\n{"event":"completed"}\n');
  });

  it("survives the process: another one goes on with the card", async () => {
    const chip = blankChip();
    const at = commandOf("EF.DG11 1/1");
    await failureOf(make({ channel: faultyChannel(chip, { at, kind: "lostReply" }), journal: fileJournal(path) }));
    const reopened = fileJournal(path);
    expect(describeProgress(SCRIPT, await reopened.entries())).toMatchObject({ doubtful: "EF.DG11", repeated: true });
    const receipt = await make({ chip, journal: reopened });
    expect(receipt.sessions).toBe(2);
    expect((await inspectChip(chip)).cardState).toBe(0x0f);
    expect(await failureOf(make({ chip, journal: fileJournal(path) }))).toMatchObject({ code: "PERSO_ALREADY_DONE" });
  });

  it("takes a line that was cut off by a crash as not written", async () => {
    await fileJournal(path).append(sent(0));
    appendFileSync(path, '{"event":"acknowl');
    expect(await fileJournal(path).entries()).toEqual([sent(0)]);
  });

  it("goes on behind a line that was cut off: the next entry does not grow onto it", async () => {
    await fileJournal(path).append(sent(0));
    appendFileSync(path, '{"event":"acknowl');
    const reopened = fileJournal(path);
    await reopened.append(sent(1));
    await reopened.append(sent(2));
    expect(await fileJournal(path).entries()).toEqual([sent(0), sent(1), sent(2)]);
  });

  it("stops at a damaged line before the last: a person must look", async () => {
    writeFileSync(path, '{"event":"sent","step":0}\n{"event":"ackno\n{"event":"sent","step":1}\n');
    await expect(fileJournal(path).entries()).rejects.toThrow(SyntaxError);
  });

  it("passes other faults of the disk on", async () => {
    await expect(fileJournal(folder).entries()).rejects.toThrow(/EISDIR/);
    await expect(fileJournal(join(folder, "missing", "card.jsonl")).append(sent(0))).rejects.toThrow(/ENOENT/);
  });
});
