import { wipe } from "../../bytes/bytes.js";

/** What a run derives and must not leave behind. */
export interface RunSecrets {
  /** Notes bytes that `wipe` overwrites, and gives them back. */
  keep<T extends Uint8Array | undefined>(bytes: T): T;
  /** For the `finally` of the run, however it ends. */
  wipe(): void;
}

/** The secrets of one run. */
export function runSecrets(): RunSecrets {
  const kept: (Uint8Array | undefined)[] = [];
  return {
    keep(bytes) {
      kept.push(bytes);
      return bytes;
    },
    wipe: () => wipe(...kept),
  };
}
