import type { MaybePromise } from "./signer.js";

/**
 * Where the number of signatures of each key is kept. Numbers are reserved ahead, in blocks: what was reserved and not used when the
 * process ended is lost, so that the count is never too low.
 */
export interface SignatureCounter {
  /**
   * Adds to the number of reserved signatures of a key, and answers only when that is kept for good.
   *
   * @param key - Name of the key: hex of a hash of its public key.
   * @param count - 1 or more.
   * @returns The number with this reservation.
   */
  reserve(key: string, count: number): MaybePromise<number>;
}

/** A {@link SignatureCounter} that answers at once. */
export interface SyncSignatureCounter extends SignatureCounter {
  /** As {@link SignatureCounter.reserve}. */
  reserve(key: string, count: number): number;
}

/**
 * A counter that forgets with the process: for tests and demonstrations.
 *
 * @example
 * const counter = memorySignatureCounter();
 * counter.reserve("ab12", 100); // 100
 */
export function memorySignatureCounter(): SyncSignatureCounter {
  const totals = new Map<string, number>();
  return {
    reserve(key, count) {
      const total = (totals.get(key) ?? 0) + count;
      totals.set(key, total);
      return total;
    },
  };
}
