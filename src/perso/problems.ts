import { CardwrightError, EncodeError, MalformedError } from "../errors.js";

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
