import type { MaybePromise } from "../pki/signer.js";

/** What became of one job. A bad one never stops the others. */
export type SignedJob<Result> =
  | { readonly index: number; readonly result: Result }
  | { readonly index: number; readonly error: unknown };

/** How a batch is signed. */
export interface SignBatchOptions<Job, Prepared, Result> {
  /** All that needs no signer, e.g. encoding and hashing; done ahead, while signatures are under way. */
  readonly prepare: (job: Job, index: number) => MaybePromise<Prepared>;
  /** Calls the signer, once. */
  readonly sign: (prepared: Prepared, index: number) => MaybePromise<Result>;
  /** Signatures under way at once: what the signer can do, e.g. its sessions. */
  readonly concurrency: number;
  /**
   * Jobs at most that are begun and not taken by the caller: prepared, being signed, or waiting for one before them. Four times
   * `concurrency` unless told otherwise.
   */
  readonly window?: number;
}

/**
 * Signs a batch over a signer that takes its time, such as a security module: as many signatures at once as it can make, the next jobs
 * prepared meanwhile, outcomes in the order of the jobs.
 *
 * Jobs are drawn one by one as there is room, so a list of any length takes the memory of `window` jobs; who does not take outcomes
 * makes it stop. Ending early (`break`, `return`) draws no more jobs; signatures under way end unseen.
 *
 * @param jobs - Drawn in order. What it throws ends the batch, after the outcomes before it.
 * @returns Outcomes in the order of the jobs; what `prepare` or `sign` throws is the outcome of its job.
 * @throws {RangeError} when `concurrency` or `window` is no whole number from 1 on, or `window` is less than `concurrency`.
 * @example
 * import { signBatch } from "cardwright/perso";
 * import { generateEcPrivateKey, memorySigner } from "cardwright/pki";
 * const signer = memorySigner(generateEcPrivateKey("P-256")); // or one that takes its time
 * const batch = signBatch(["one", "two", "three"], {
 *   prepare: (text) => new TextEncoder().encode(text),
 *   sign: (message) => signer.sign(message, "ECDSA-SHA256"),
 *   concurrency: 4,
 * });
 * const signatures = [];
 * for await (const outcome of batch) signatures.push("error" in outcome ? outcome.error : outcome.result);
 * signatures.length; // => 3
 */
export async function* signBatch<Job, Prepared, Result>(
  jobs: Iterable<Job> | AsyncIterable<Job>,
  options: SignBatchOptions<Job, Prepared, Result>,
): AsyncGenerator<SignedJob<Result>, void, undefined> {
  const { prepare, sign, concurrency, window = 4 * concurrency } = options;
  for (const [name, number] of Object.entries({ concurrency, window })) {
    if (!Number.isSafeInteger(number) || number < 1) throw new RangeError(`signBatch: ${name} must be 1 or more`);
  }
  if (window < concurrency) throw new RangeError("signBatch: window must not be less than concurrency");

  const iterator = Symbol.asyncIterator in jobs ? jobs[Symbol.asyncIterator]() : jobs[Symbol.iterator]();
  /** Prepared, in order. */
  const ready: { readonly index: number; readonly prepared: Prepared }[] = [];
  /** Outcomes that wait for one before them, or for the caller. */
  const done = new Map<number, SignedJob<Result>>();
  let drawn = 0;
  let taken = 0;
  let signing = 0;
  let preparing = false;
  let ended = false;
  let failure: { readonly error: unknown } | undefined;
  let wake: (() => void) | undefined;

  const settle = (outcome: SignedJob<Result>): void => {
    done.set(outcome.index, outcome);
    if (outcome.index === taken) wake?.();
  };

  /** Hands prepared jobs to the signer. What it answers at once takes no place. */
  const startSigning = (): void => {
    while (signing < concurrency && ready.length > 0) {
      const { index, prepared } = ready.shift() as (typeof ready)[number];
      try {
        const result = sign(prepared, index);
        if (!isPromise(result)) {
          settle({ index, result });
          continue;
        }
        signing++;
        const free = (outcome: SignedJob<Result>): void => {
          signing--;
          // The signer first: it is what everything waits for.
          startSigning();
          settle(outcome);
          void draw();
        };
        result.then(
          (value) => free({ index, result: value }),
          (error: unknown) => free({ index, error }),
        );
      } catch (error) {
        settle({ index, error });
      }
    }
  };

  /** Draws and prepares jobs as long as there is room; one such loop runs at a time. */
  const draw = async (): Promise<void> => {
    if (preparing) return;
    preparing = true;
    try {
      // As many ready as are under way: enough for all of them to be answered at once.
      while (!ended && drawn - taken < window && ready.length < concurrency) {
        const pulled = iterator.next();
        const step = isPromise(pulled) ? await pulled : pulled;
        if (step.done === true) {
          ended = true;
          break;
        }
        const index = drawn++;
        try {
          const made = prepare(step.value, index);
          ready.push({ index, prepared: isPromise(made) ? await made : made });
        } catch (error) {
          settle({ index, error });
        }
        startSigning();
      }
    } catch (error) {
      ended = true;
      failure = { error };
    } finally {
      preparing = false;
      wake?.();
    }
  };

  try {
    void draw();
    for (;;) {
      const outcome = done.get(taken);
      if (outcome !== undefined) {
        done.delete(taken++);
        void draw();
        yield outcome;
        continue;
      }
      if (ended && !preparing && taken === drawn) break;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      wake = undefined;
    }
  } finally {
    const open = !ended;
    ended = true;
    if (open) await iterator.return?.();
  }
  if (failure !== undefined) throw failure.error;
}

function isPromise<T>(value: MaybePromise<T>): value is Promise<T> {
  return typeof (value as { readonly then?: unknown } | null | undefined)?.then === "function";
}
