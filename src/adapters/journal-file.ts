/**
 * A personalization journal in a file: one JSON line an entry, on the disk before the next command goes to the chip.
 * A line that was cut off by a crash is taken as not written. Holds no command data and no secret.
 * @module
 */
import { type FileHandle, open, readFile } from "node:fs/promises";
import type { Journal, JournalEntry } from "../perso/journal.js";

/**
 * A journal kept in `path`; the file is created with the first entry and only ever appended to.
 *
 * @throws {SyntaxError} from `entries` when a line other than the last one is damaged: then a person must look.
 */
export function fileJournal(path: string): Journal {
  return {
    append: async (entry) => {
      const file = await open(path, "a+", 0o600);
      try {
        await cutUnfinishedLine(file);
        await file.write(`${JSON.stringify(entry)}\n`);
        await file.datasync();
      } finally {
        await file.close();
      }
    },
    entries: async () => {
      let text: string;
      try {
        text = await readFile(path, "utf8");
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
        throw error;
      }
      const lines = text.split("\n");
      lines.pop(); // behind the last line break: nothing, or a line that was cut off
      return lines.map((line) => JSON.parse(line) as JournalEntry);
    },
  };
}

/** Takes away what a crash left behind the last line break, so that the next entry does not grow onto it. */
async function cutUnfinishedLine(file: FileHandle): Promise<void> {
  const { size } = await file.stat();
  if (size === 0) return;
  const last = Buffer.alloc(1);
  await file.read(last, 0, 1, size - 1);
  if (last[0] === 0x0a) return;
  const content = Buffer.alloc(size);
  await file.read(content, 0, size, 0);
  await file.truncate(content.lastIndexOf(0x0a) + 1);
}
