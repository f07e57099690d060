import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSignatureCounter } from "../../src/adapters/signature-counter-file.js";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cardwright-counter-"));
  path = join(folder, "signatures.count");
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe("openSignatureCounter", () => {
  it("counts each key for itself, in the order of the calls, and on after it was opened again", async () => {
    const counter = await openSignatureCounter(path);
    expect(await Promise.all([counter.reserve("aa", 10), counter.reserve("bb", 1), counter.reserve("aa", 5)])).toEqual([
      10, 1, 15,
    ]);
    await counter.close();
    const again = await openSignatureCounter(path);
    expect(await again.reserve("aa", 1)).toBe(16);
    await again.close();
    expect(readFileSync(path, "latin1")).toBe("aa 10\nbb 1\naa 15\naa 16\n");
  });

  it("has written before it answers", async () => {
    const counter = await openSignatureCounter(path);
    await counter.reserve("aa", 3);
    expect(readFileSync(path, "latin1")).toBe("aa 3\n");
    await counter.close();
  });

  it("takes a line that a crash cut off anywhere as never written, and never counts too little for a whole one", async () => {
    writeFileSync(path, "aa 100\naa 200\n");
    for (let size = 14; size >= 7; size--) {
      truncateSync(path, size);
      const counter = await openSignatureCounter(path);
      expect(await counter.reserve("bb", 1), `${size} bytes`).toBe(1);
      await counter.close();
      const text = readFileSync(path, "latin1");
      expect(text).toBe(size === 14 ? "aa 100\naa 200\nbb 1\n" : "aa 100\nbb 1\n");
      writeFileSync(path, "aa 100\naa 200\n");
    }
  });

  it.each(["aa x\naa 3\n", "aa 5\naa 4\n", "\n", "zz 1\n", "aa 1 2\n"])(
    "refuses a damaged file, %j, and frees it",
    async (text) => {
      appendFileSync(path, text);
      await expect(openSignatureCounter(path)).rejects.toThrow(/line \d is damaged/);
      await expect(openSignatureCounter(path)).rejects.toThrow(/line \d is damaged/);
    },
  );

  it("is owned by one process: a second opening is refused, a lock of a dead process taken over", async () => {
    const counter = await openSignatureCounter(path);
    await expect(openSignatureCounter(path)).rejects.toThrow(/owns the signature counter/);
    await counter.close();
    expect(existsSync(`${path}.lock`)).toBe(false);
    writeFileSync(`${path}.lock`, "4194304999");
    const later = await openSignatureCounter(path);
    await later.close();
    await expect(later.reserve("aa", 1)).rejects.toThrow(RangeError);
  });

  it("refuses names and numbers that are none", async () => {
    const counter = await openSignatureCounter(path);
    expect(() => counter.reserve("a b", 1)).toThrow(RangeError);
    for (const count of [0, -1, 1.5, Number.NaN]) expect(() => counter.reserve("aa", count)).toThrow(RangeError);
    await counter.close();
  });
});
