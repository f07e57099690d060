import { CardwrightError, EncodeError, MalformedError } from "../errors.js";
import type { CitizenRecord } from "../record/record.js";

/** One thing in a record that cannot go onto the card of this profile, or that changed on the way. */
export interface BuildProblem {
  /** Where it goes, e.g. `EF.DG11.address`. */
  readonly path: string;
  readonly message: string;
}

/** A record that is right in itself but does not fit the card; `problems` lists everything at once. */
export class ImageError extends CardwrightError {
  readonly problems: readonly BuildProblem[];

  constructor(problems: readonly BuildProblem[]) {
    const lines = problems.map((problem) => `${problem.path}: ${problem.message}`);
    super("IMAGE_INVALID", `the record does not fit the card:\n${lines.join("\n")}`);
    this.problems = problems;
  }
}

/** Runs `make`; what the encoder refuses becomes a problem instead of an exception. */
export function collect<T>(problems: BuildProblem[], path: string, make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof EncodeError || error instanceof MalformedError) {
      const inner = error.path === "" ? "" : error.path.startsWith(path) ? error.path : `${path}.${error.path}`;
      problems.push({ path: inner || path, message: error.detail });
      return undefined;
    }
    throw error;
  }
}

/** @internal A file, or why there is nothing to put into it, or undefined when a problem was noted. */
export type Built = Uint8Array | { readonly nothing: string } | undefined;

/** @internal There is nothing to put into a file. */
export const nothing = (reason: string): Built => ({ nothing: reason });

/** @internal All or none: undefined when an entry is, for which a problem was noted. */
export function collectAll<T>(entries: readonly (T | undefined)[]): readonly T[] | undefined {
  const good = entries.filter((entry): entry is T & {} => entry !== undefined);
  return good.length === entries.length ? good : undefined;
}

/** @internal More than the chip holds is a problem that names the images, for they are what can be made smaller. */
export function checkCapacity(problems: BuildProblem[], capacity: number, total: number, record: CitizenRecord): void {
  if (total <= capacity) return;
  const fingers = record.fingers?.reduce((sum, { image }) => sum + (image?.length ?? 0), 0) ?? 0;
  const images = [
    `the portrait (${record.portrait.length} bytes)`,
    ...(fingers > 0 ? [`the fingers (${fingers} bytes)`] : []),
    ...(record.signature === undefined ? [] : [`the signature (${record.signature.length} bytes)`]),
  ];
  const message = `${total} bytes, the chip holds ${capacity}: make ${images.join(", ")} smaller`;
  problems.push({ path: "card", message });
}
