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

/** How one run goes. */
export interface RunOptions {
  /** Called after each batch. */
  readonly onProgress?: (progress: PoolProgress) => void;
  /**
   * Whether the memory of a batch goes back to the workers when the next one is begun. The bytes of an outcome then last until the next
   * outcome is asked for, and are detached some time after (length 0, never another card's): write them out, or copy them. Nothing is
   * allocated any more, which is what keeps two threads from waiting for each other. False when left out.
   */
  readonly reuse?: boolean;
}

/** Batches for each worker that are sent before the first of all is answered. */
const BATCHES_AHEAD = 4;

interface Thread {
  readonly worker: Worker;
  /** Sent and not answered. */
  batches: number;
}

interface Request<Job> {
  readonly batch: number;
  readonly jobs: readonly Job[];
  /** Memory for the results, given to the worker. */
  readonly room?: ArrayBuffer;
}

type Outcome<Result> = { readonly result: Result } | { readonly error: JobError };

interface Answer<Result> extends Packed<readonly Outcome<Result>[]> {
  readonly batch: number;
}

/**
 * Workers that do jobs. Make one, run as many batches through it as there are, close it.
 *
 * @example
 * const pool = new WorkerPool({ url: new URL("./issue-worker.js", import.meta.url), workers: 2, setup });
 */
export class WorkerPool<Job, Result> {
  readonly #threads: Thread[] = [];
  readonly #batch: number;
  readonly #waiting = new Map<number, { resolve: (answer: Answer<Result>) => void; reject: (error: Error) => void }>();
  #next = 0;
  #failed: Error | undefined;
  /** Memory that came back. */
  readonly #rooms: ArrayBuffer[] = [];

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
      const thread: Thread = { worker, batches: 0 };
      worker.on("message", (answer: Answer<Result>) => {
        const waiting = this.#waiting.get(answer.batch);
        this.#waiting.delete(answer.batch);
        thread.batches--;
        waiting?.resolve(answer);
      });
      worker.on("error", (error) => this.#fail(error as Error));
      worker.on("exit", (code) => {
        if (code !== 0) this.#fail(new Error(`a worker ended with status ${code}`));
      });
      this.#threads.push(thread);
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
   * consumed: at most four batches a worker are under way. The bytes of all results of one batch are views of one buffer: copy
   * what you keep for long, and see {@link RunOptions.reuse}.
   *
   * @throws the error of a worker that died; what was not yielded by then is not known to be done.
   */
  async *run(
    jobs: Iterable<Job> | AsyncIterable<Job>,
    options: RunOptions = {},
  ): AsyncGenerator<JobOutcome<Result>, void, void> {
    const source = Symbol.iterator in jobs ? batches(jobs, this.#batch) : asyncBatches(jobs, this.#batch);
    const underWay: { readonly size: number; readonly answer: Promise<Answer<Result>> }[] = [];
    let done = 0;
    let failed = 0;
    let ended = false;
    try {
      for (;;) {
        while (!ended && underWay.length < this.#threads.length * BATCHES_AHEAD) {
          const next = await source.next();
          if (next.done === true) ended = true;
          else underWay.push({ size: next.value.length, answer: this.#send(next.value) });
        }
        const first = underWay.shift();
        if (first === undefined) return;
        const answer = await first.answer;
        unpackBytes(answer);
        for (const outcome of answer.value) {
          const index = done++;
          if ("error" in outcome) failed++;
          yield "error" in outcome ? { index, error: outcome.error } : { index, result: outcome.result };
        }
        if (options.reuse === true) this.#rooms.push(answer.room);
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
      const room = this.#rooms.pop();
      const request: Request<Job> = { batch, jobs, ...(room && { room }) };
      // To whom has least to do: outcomes are wanted in order, so that one slow batch must not leave the others without work.
      const thread = this.#threads.reduce((least, other) => (other.batches < least.batches ? other : least));
      thread.batches++;
      thread.worker.postMessage(request, room ? [room] : []);
    });
  }

  /** Ends the workers. */
  async close(): Promise<void> {
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
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
  port.on("message", async ({ batch, jobs, room: given }: Request<Job>) => {
    const work = await ready;
    const outcomes: Outcome<Result>[] = [];
    for (const job of jobs) {
      try {
        const result = work(job);
        outcomes.push({ result: result instanceof Promise ? await result : result });
      } catch (error) {
        outcomes.push({ error: describeError(error) });
      }
    }
    const answer: Answer<Result> = { batch, ...packBytes(outcomes, given) };
    port.postMessage(answer, [answer.room]);
  });
}

/** A value without its bytes, and the bytes. */
interface Packed<T> {
  /** A copy with zeros where arrays of bytes stood. */
  readonly value: T;
  /** The bytes, one after the other. */
  readonly room: ArrayBuffer;
  /** Where arrays of bytes stood: in which objects of `value` (cloning keeps which is which), as which properties, how long. */
  readonly holders: readonly Record<string, unknown>[];
  readonly keys: readonly string[];
  readonly lengths: readonly number[];
}

/**
 * Takes the bytes out of a value, so that they can be handed over in one buffer: cloning each array of each card costs more than making
 * it. Plain objects and arrays are looked into; nothing of the caller's is changed.
 *
 * @param given - Taken when it is large enough; else a new one, with some room to spare for the next batch.
 */
function packBytes<T extends object>(value: T, given: ArrayBuffer | undefined): Packed<T> {
  /** Copies by original, so that what stands twice, or holds itself, stays so. */
  const copies = new Map<object, Record<string, unknown>>();
  const arrays: Uint8Array[] = [];
  const holders: Record<string, unknown>[] = [];
  const keys: string[] = [];
  let size = 0;
  const strip = (original: Record<string, unknown>): Record<string, unknown> => {
    const copy = (Array.isArray(original) ? [] : {}) as Record<string, unknown>;
    copies.set(original, copy);
    for (const key in original) {
      const part = original[key];
      if (part instanceof Uint8Array) {
        arrays.push(part);
        holders.push(copy);
        keys.push(key);
        size += part.length;
        copy[key] = 0;
      } else copy[key] = isPlain(part) ? (copies.get(part) ?? strip(part)) : part;
    }
    return copy;
  };
  const stripped = strip(value as Record<string, unknown>) as T;
  const room = given !== undefined && given.byteLength >= size ? given : new ArrayBuffer(Math.ceil(1.25 * size));
  const out = new Uint8Array(room);
  let at = 0;
  for (const bytes of arrays) {
    out.set(bytes, at);
    at += bytes.length;
  }
  return { value: stripped, room, holders, keys, lengths: arrays.map(({ length }) => length) };
}

/** Puts views of the bytes back to where {@link packBytes} took them from. */
function unpackBytes({ room, holders, keys, lengths }: Packed<unknown>): void {
  let at = 0;
  for (const [i, length] of lengths.entries()) {
    (holders[i] as Record<string, unknown>)[keys[i] as string] = new Uint8Array(room, at, length);
    at += length;
  }
}

/** Whether structured cloning would keep nothing of it but its own properties. */
function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === Array.prototype || prototype === null;
}
