/**
 * The number of signatures of each key in a file: one line a reservation, on the disk before a signature is made.
 * A line that was cut off by a crash was never answered, and counts for nothing.
 * Leaves out counting across machines: one process owns the file while it is open.
 * @module
 */
import { type FileHandle, open, readFile, rm } from "node:fs/promises";
import type { SignatureCounter } from "../pki/signature-counter.js";

/** A counter over an open file. */
export interface FileSignatureCounter extends SignatureCounter {
  reserve(key: string, count: number): Promise<number>;
  /** Ends the ownership of the file. */
  close(): Promise<void>;
}

/**
 * Opens the counts kept in `path`; the file is created when there is none, and only ever appended to. `path` with `.lock` names
 * the process that owns it; a lock that a dead process of this machine left behind is taken over.
 *
 * @throws {RangeError} when another process owns the file, or a line other than the last one is damaged: then a person must look,
 *   because a count that is too low would let a key sign too often.
 * @example
 * const counter = await openSignatureCounter("/var/lib/issuer/signatures.count");
 */
export async function openSignatureCounter(path: string): Promise<FileSignatureCounter> {
  await lock(`${path}.lock`);
  let file: FileHandle;
  const totals = new Map<string, number>();
  try {
    file = await open(path, "a+", 0o600);
    await read(file, path, totals);
  } catch (error) {
    await rm(`${path}.lock`, { force: true });
    throw error;
  }
  let last: Promise<unknown> = Promise.resolve();
  let failure: unknown;
  let closed = false;

  const write = async (key: string, count: number): Promise<number> => {
    // After a write that failed nobody knows what is on the disk.
    if (failure !== undefined) throw failure;
    if (closed) throw new RangeError("the signature counter has been closed");
    const total = (totals.get(key) ?? 0) + count;
    try {
      await file.write(`${key} ${total}\n`);
      await file.datasync();
    } catch (error) {
      failure = error;
      throw error;
    }
    totals.set(key, total);
    return total;
  };

  return {
    reserve(key, count) {
      if (!/^[0-9a-f]+$/.test(key)) throw new RangeError("reserve: key must be hex");
      if (!Number.isSafeInteger(count) || count < 1) throw new RangeError("reserve: count must be 1 or more");
      const next = last.then(() => write(key, count));
      last = next.catch(() => undefined);
      return next;
    },
    async close() {
      await last;
      if (closed) return;
      closed = true;
      await file.close();
      await rm(`${path}.lock`, { force: true });
    },
  };
}

/** Reads what was reserved, and takes away a line that a crash cut off, so that the next one does not grow onto it. */
async function read(file: FileHandle, path: string, totals: Map<string, number>): Promise<void> {
  const text = await readFile(path, "latin1");
  const end = text.lastIndexOf("\n") + 1;
  if (end < text.length) await file.truncate(end);
  for (const [index, line] of text.slice(0, end).split("\n").slice(0, -1).entries()) {
    const [, key, total] = /^([0-9a-f]+) ([0-9]{1,15})$/.exec(line) ?? [];
    if (key === undefined || Number(total) <= (totals.get(key) ?? 0)) {
      throw new RangeError(`${path}: line ${index + 1} is damaged; restore the file, or put the key out of use`);
    }
    totals.set(key, Number(total));
  }
}

async function lock(path: string): Promise<void> {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const file = await open(path, "wx", 0o600);
      await file.write(String(process.pid));
      await file.close();
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const owner = Number(await readFile(path, "latin1").catch(() => ""));
    if (owner > 0 && isAlive(owner)) {
      throw new RangeError(`${path}: process ${owner} owns the signature counter; a key has one counter`);
    }
    await rm(path, { force: true });
  }
  throw new RangeError(`${path}: another process took the signature counter`);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
