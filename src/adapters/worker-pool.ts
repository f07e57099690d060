/**
 * Batches on several processor cores: jobs in, outcomes out, in order, with back-pressure. Node's worker threads.
 * What a worker does, and which keys it holds, is the caller's: a worker file calls `serveJobs`.
 * Leaves out queues between machines.
 * @module
 */
import { parentPort, Worker, workerData } from "node:worker_threads";

/** What became of one job. A bad one never stops the others. */
export type JobOutcome<Result> =
  | { readonly index: number; readonly result: Result }
  | { readonly index: number; readonly error: JobError };

/** An error that crossed a thread: what is left of it. */
export interface JobError {
  readonly name: string;
  readonly message: string;
  /** Of a CardwrightError. */
  readonly code?: string;
  /** Of errors that list problems. */
  readonly problems?: readonly unknown[];
}

/** How far a run is. */
export interface PoolProgress {
  readonly done: number;
  readonly failed: number;
  /** Jobs that workers have and did not answer yet. */
  readonly inFlight: number;
}

/** How a pool is made. */
export interface WorkerPoolOptions {
  /** The worker's file, a URL: a module that calls {@link serveJobs}. */
  readonly url: { readonly href: string };
  /** Threads; as many as there are cores to spare. */
  readonly workers: number;
  /** Given to each worker once; it must survive structured cloning. */
  readonly setup?: unknown;
  /** Jobs in one message: a message costs as much as signing a card, so 16 or more. 32 when left out. */
  readonly batch?: number;
  /** Megabytes of long-lived heap that a worker may use; Node's own limit when left out. */
  readonly heapMegabytes?: number;
}

interface Request<Job> {
  readonly batch: number;
  readonly jobs: readonly Job[];
}

type Answer<Result> = {
  readonly batch: number;
  readonly outcomes: readonly ({ result: Result } | { error: JobError })[];
};

/**
 * Workers that do jobs. Make one, run as many batches through it as there are, close it.
 *
 * @example
 * const pool = new WorkerPool({ url: new URL("./issue-worker.js", import.meta.url), workers: 2, setup });
 */
export class WorkerPool<Job, Result> {
  readonly #workers: Worker[] = [];
  readonly #batch: number;
  readonly #waiting = new Map<number, { resolve: (answer: Answer<Result>) => void; reject: (error: Error) => void }>();
  #next = 0;
  #failed: Error | undefined;

  constructor(options: WorkerPoolOptions) {
    const { url, workers, setup, batch = 32, heapMegabytes } = options;
    if (!Number.isInteger(workers) || workers < 1) throw new RangeError("WorkerPool: at least one worker is needed");
    if (!Number.isInteger(batch) || batch < 1) throw new RangeError("WorkerPool: at least one job in a batch");
    this.#batch = batch;
    const limits =
      heapMegabytes === undefined
        ? {}
        : {
            resourceLimits: {
              maxOldGenerationSizeMb: heapMegabytes,
              maxYoungGenerationSizeMb: Math.ceil(heapMegabytes / 4),
            },
          };
    for (let i = 0; i < workers; i++) {
      const worker = new Worker(new URL(url.href), { workerData: setup, ...limits });
      worker.on("message", (answer: Answer<Result>) => {
        const waiting = this.#waiting.get(answer.batch);
        this.#waiting.delete(answer.batch);
        waiting?.resolve(answer);
      });
      worker.on("error", (error) => this.#fail(error as Error));
      worker.on("exit", (code) => {
        if (code !== 0) this.#fail(new Error(`a worker ended with status ${code}`));
      });
      this.#workers.push(worker);
    }
  }

  /** A worker that dies takes its jobs with it, and nobody can say which were done: everything that waits fails. */
  #fail(error: Error): void {
    this.#failed ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#failed);
    this.#waiting.clear();
  }

  /**
   * Runs jobs and gives their outcomes in the order of the jobs. Jobs are taken from `jobs` only as fast as outcomes are
   * consumed: at most two batches a worker are under way. The bytes of all results of one batch are views of one buffer: copy
   * what you keep for long.
   *
   * @throws the error of a worker that died; what was not yielded by then is not known to be done.
   */
  async *run(
    jobs: Iterable<Job> | AsyncIterable<Job>,
    options: { readonly onProgress?: (progress: PoolProgress) => void } = {},
  ): AsyncGenerator<JobOutcome<Result>, void, void> {
    const source = Symbol.iterator in jobs ? batches(jobs, this.#batch) : asyncBatches(jobs, this.#batch);
    const underWay: { readonly size: number; readonly answer: Promise<Answer<Result>> }[] = [];
    let done = 0;
    let failed = 0;
    let ended = false;
    try {
      for (;;) {
        while (!ended && underWay.length < this.#workers.length * 2) {
          const next = await source.next();
          if (next.done === true) ended = true;
          else underWay.push({ size: next.value.length, answer: this.#send(next.value) });
        }
        const first = underWay.shift();
        if (first === undefined) return;
        const { outcomes } = await first.answer;
        for (const outcome of outcomes) {
          const index = done++;
          if ("error" in outcome) failed++;
          yield "error" in outcome ? { index, error: outcome.error } : { index, result: outcome.result };
        }
        options.onProgress?.({ done, failed, inFlight: underWay.reduce((sum, { size }) => sum + size, 0) });
      }
    } finally {
      await source.return?.();
      for (const { answer } of underWay) answer.catch(() => undefined); // nobody waits for them any more
    }
  }

  #send(jobs: readonly Job[]): Promise<Answer<Result>> {
    return new Promise((resolve, reject) => {
      if (this.#failed !== undefined) {
        reject(this.#failed);
        return;
      }
      const batch = this.#next++;
      this.#waiting.set(batch, { resolve, reject });
      const request: Request<Job> = { batch, jobs };
      this.#workers[batch % this.#workers.length]?.postMessage(request);
    });
  }

  /** Ends the workers. */
  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}

function* batches<Job>(jobs: Iterable<Job>, size: number): Generator<Job[], void, void> {
  let batch: Job[] = [];
  for (const job of jobs) {
    batch.push(job);
    if (batch.length === size) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

async function* asyncBatches<Job>(jobs: AsyncIterable<Job>, size: number): AsyncGenerator<Job[], void, void> {
  let batch: Job[] = [];
  for await (const job of jobs) {
    batch.push(job);
    if (batch.length === size) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

function describeError(error: unknown): JobError {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  const { code, problems } = error as Error & { code?: unknown; problems?: unknown };
  return {
    name: error.name,
    message: error.message,
    ...(typeof code === "string" && { code }),
    ...(Array.isArray(problems) && { problems: problems as readonly unknown[] }),
  };
}

/**
 * The worker's half: does jobs as they come. Call it once, at the top of the worker's file.
 *
 * @param prepare - Makes the function that does one job, from the pool's `setup`: keys and signers are made here, so they
 *   never cross a thread unless `setup` holds them.
 */
export function serveJobs<Setup, Job, Result>(
  prepare: (setup: Setup) => ((job: Job) => Result | Promise<Result>) | Promise<(job: Job) => Result | Promise<Result>>,
): void {
  const port = parentPort;
  if (port === null) throw new TypeError("serveJobs: this is no worker thread");
  const ready = Promise.resolve(prepare(workerData as Setup));
  port.on("message", async ({ batch, jobs }: Request<Job>) => {
    const work = await ready;
    const outcomes: ({ result: Result } | { error: JobError })[] = [];
    for (const job of jobs) {
      try {
        const result = work(job);
        outcomes.push({ result: result instanceof Promise ? await result : result });
      } catch (error) {
        outcomes.push({ error: describeError(error) });
      }
    }
    const packed = packBytes(outcomes);
    port.postMessage({ batch, outcomes: packed.value }, [packed.buffer]);
  });
}

/**
 * The same value with all its bytes in one new buffer, which is handed over instead of copied: cloning each array of each
 * card costs more than making it. Plain objects and arrays are looked into; nothing of the caller's is changed.
 */
function packBytes<T>(value: T): { readonly value: T; readonly buffer: ArrayBuffer } {
  let size = 0;
  /** Copies by original, so that what stands twice, or holds itself, stays so. */
  const copies = new Map<object, object>();
  const arrays: Uint8Array[] = [];
  const collect = (part: unknown): void => {
    if (typeof part !== "object" || part === null || copies.has(part)) return;
    if (part instanceof Uint8Array) {
      copies.set(part, part);
      arrays.push(part);
      size += part.length;
    } else if (isPlain(part)) {
      copies.set(part, Array.isArray(part) ? [] : {});
      for (const key in part) collect(part[key]);
    }
  };
  collect(value);
  const buffer = new ArrayBuffer(size);
  let at = 0;
  for (const bytes of arrays) {
    const copy = new Uint8Array(buffer, at, bytes.length);
    copy.set(bytes);
    at += bytes.length;
    copies.set(bytes, copy);
  }
  for (const [original, copy] of copies) {
    if (original instanceof Uint8Array) continue;
    const source = original as Record<string, unknown>;
    const target = copy as Record<string, unknown>;
    for (const key in source) {
      const part = source[key];
      target[key] = typeof part === "object" && part !== null ? (copies.get(part) ?? part) : part;
    }
  }
  return { value: copies.get(value as object) as T, buffer };
}

/** Whether structured cloning would keep nothing of it but its own properties. */
function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === Array.prototype || prototype === null;
}
