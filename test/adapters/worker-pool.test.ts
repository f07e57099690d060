import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type JobOutcome, type PoolProgress, WorkerPool } from "../../src/adapters/worker-pool.js";

let folder: string;
let url: URL;

/** A worker thread reads no TypeScript, so the source is bundled beside a worker file made for the tests. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "cardwright-pool-"));
  await build({
    entryPoints: [fileURLToPath(new URL("../../src/adapters/worker-pool.ts", import.meta.url))],
    outfile: join(folder, "worker-pool.mjs"),
    bundle: true,
    format: "esm",
    platform: "node",
  });
  const worker = join(folder, "worker.mjs");
  writeFileSync(
    worker,
    `import { serveJobs } from "./worker-pool.mjs";
    serveJobs(({ factor }) => async (job) => {
      if (job.delay) await new Promise((resolve) => setTimeout(resolve, job.delay));
      if (job.bad) throw Object.assign(new Error("record " + job.n), { name: "ImageError", code: "IMAGE_INVALID", problems: [{ path: "x" }] });
      if (job.text) throw "plain text";
      if (job.die) process.exit(3);
      if (job.size !== undefined) return { n: job.n, bytes: new Uint8Array(job.size).fill(job.n) };
      if (job.shapes) {
        const twice = { bytes: Uint8Array.of(1, 2) };
        const self = { twice, again: twice, deep: [[Uint8Array.of(3)], Uint8Array.of()] };
        self.self = self;
        class Held { bytes = Uint8Array.of(4); }
        return { ...self, self, date: new Date(5), map: new Map([[1, Uint8Array.of(6)]]), held: new Held(), none: undefined, zero: 0 };
      }
      return { n: job.n * factor, bytes: Uint8Array.of(job.n) };
    });`,
  );
  url = pathToFileURL(worker);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Job {
  readonly n: number;
  readonly delay?: number;
  readonly bad?: boolean;
  readonly text?: boolean;
  readonly die?: boolean;
  readonly size?: number;
  readonly shapes?: boolean;
}
interface Result {
  readonly n: number;
  readonly bytes: Uint8Array;
}

async function withPool<T>(batch: number, use: (pool: WorkerPool<Job, Result>) => Promise<T>): Promise<T> {
  const pool = new WorkerPool<Job, Result>({ url, workers: 2, batch, setup: { factor: 10 }, heapMegabytes: 32 });
  try {
    return await use(pool);
  } finally {
    await pool.close();
  }
}

async function collect(outcomes: AsyncIterable<JobOutcome<Result>>): Promise<JobOutcome<Result>[]> {
  const all: JobOutcome<Result>[] = [];
  for await (const outcome of outcomes) all.push(outcome);
  return all;
}

describe("WorkerPool", () => {
  it("gives outcomes in the order of the jobs, however long each takes; one bad job stops no other", async () => {
    const jobs: Job[] = Array.from({ length: 50 }, (_, n) => ({ n, delay: n % 3 === 0 ? 5 : 0, bad: n === 7 }));
    const progress: PoolProgress[] = [];
    const all = await withPool(4, (pool) => collect(pool.run(jobs, { onProgress: (p) => progress.push(p) })));
    expect(all.map(({ index }) => index)).toEqual(jobs.map(({ n }) => n));
    for (const [n, outcome] of all.entries()) {
      if (n !== 7) expect(outcome).toEqual({ index: n, result: { n: n * 10, bytes: Uint8Array.of(n) } });
    }
    const error = { name: "ImageError", message: "record 7", code: "IMAGE_INVALID", problems: [{ path: "x" }] };
    expect(all[7]).toEqual({ index: 7, error });
    expect(progress.at(-1)).toEqual({ done: 50, failed: 1, inFlight: 0 });
    expect(progress.map(({ done }) => done)).toEqual([...progress.map(({ done }) => done)].sort((a, b) => a - b));
  });

  it("takes jobs only as fast as outcomes are consumed", async () => {
    let taken = 0;
    function* endless(): Generator<Job> {
      for (let n = 0; ; n++) {
        taken++;
        yield { n };
      }
    }
    await withPool(5, async (pool) => {
      for await (const { index } of pool.run(endless())) {
        // four batches for each of the two workers, and the one that is being consumed
        expect(taken).toBeLessThanOrEqual(index + 9 * 5);
        if (index === 200) break;
      }
      // the pool goes on after a run that was broken off
      expect(await collect(pool.run([{ n: 1 }]))).toEqual([{ index: 0, result: { n: 10, bytes: Uint8Array.of(1) } }]);
    });
  });

  it("takes jobs from an asynchronous source, none at all, and fewer than a batch", async () => {
    async function* source(): AsyncGenerator<Job> {
      for (let n = 0; n < 3; n++) yield { n };
    }
    await withPool(32, async (pool) => {
      expect(await collect(pool.run(source()))).toHaveLength(3);
      expect(await collect(pool.run([]))).toEqual([]);
      expect(await collect(pool.run([{ n: 1, text: true }]))).toEqual([
        { index: 0, error: { name: "Error", message: "plain text" } },
      ]);
    });
  });

  it("says so when a worker dies, instead of waiting for ever", async () => {
    await withPool(1, async (pool) => {
      const jobs: Job[] = [{ n: 0 }, { n: 1, die: true }, { n: 2 }, { n: 3 }];
      await expect(collect(pool.run(jobs))).rejects.toThrow(/worker ended with status 3/);
      await expect(collect(pool.run([{ n: 4 }]))).rejects.toThrow(/worker ended/);
    });
  });

  it("hands over bytes wherever they stand in a result", async () => {
    const [outcome] = await withPool(1, (pool) => collect(pool.run([{ n: 0, shapes: true }])));
    interface Shapes {
      readonly self: Shapes;
      readonly twice: unknown;
      readonly again: unknown;
    }
    const { result } = outcome as unknown as { readonly result: Shapes };
    expect(result).toMatchObject({
      twice: { bytes: Uint8Array.of(1, 2) },
      deep: [[Uint8Array.of(3)], Uint8Array.of()],
      date: new Date(5),
      map: new Map([[1, Uint8Array.of(6)]]),
      held: { bytes: Uint8Array.of(4) },
      none: undefined,
      zero: 0,
    });
    expect(result.again).toBe(result.twice);
    expect(result.self.self).toBe(result.self);
    expect(result.self.twice).toBe(result.twice);
  });

  it("with reuse, an outcome lasts until the next is asked for, and is never overwritten with another", async () => {
    const jobs: Job[] = Array.from({ length: 60 }, (_, i) => ({ n: i + 1, size: 1 + ((i * 37) % 500) }));
    const kept: { readonly n: number; readonly bytes: Uint8Array }[] = [];
    let buffers = 0;
    await withPool(3, async (pool) => {
      const known = new Set<ArrayBufferLike>();
      for await (const outcome of pool.run(jobs, { reuse: true })) {
        const { n, bytes } = (outcome as { result: Result }).result;
        expect(bytes).toEqual(new Uint8Array(jobs[n - 1]?.size ?? 0).fill(n));
        kept.push({ n, bytes });
        known.add(bytes.buffer);
        for (const { n: earlier, bytes: old } of kept) {
          if (old.length > 0) expect(old.every((byte) => byte === earlier)).toBe(true);
        }
      }
      buffers = known.size;
    });
    expect(buffers).toBe(20); // every batch comes as a buffer of its own object
    expect(kept.filter(({ bytes }) => bytes.length === 0).length).toBeGreaterThan(20);
  });

  it("refuses sizes that are none", () => {
    expect(() => new WorkerPool({ url, workers: 0 })).toThrow(RangeError);
    expect(() => new WorkerPool({ url, workers: 1, batch: 0 })).toThrow(RangeError);
  });
});
