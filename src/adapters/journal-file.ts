/**
 * A personalization journal in a file: one JSON line an entry, on the disk before the next command goes to the chip.
 * A line that was cut off by a crash is taken as not written. Holds no command data and no secret.
 * @module
 */
import { open, readFile } from "node:fs/promises";
import type { Journal, JournalEntry } from "../perso/journal.js";

/**
 * A journal kept in `path`; the file is created with the first entry and only ever appended to.
 *
 * @throws {SyntaxError} from `entries` when a line other than the last one is damaged: then a person must look.
 */
export function fileJournal(path: string): Journal {
  return {
    append: async (entry) => {
      const file = await open(path, "a", 0o600);
      try {
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
