import { CardwrightError, type ErrorCode } from "../errors.js";
import type { Progress } from "./journal.js";

/** Why a personalization did not complete, and what is on the chip now. */
export class PersonalizationError extends CardwrightError {
  readonly progress: Progress;

  constructor(code: ErrorCode, message: string, progress: Progress, options?: { cause?: unknown }) {
    const onChip = progress.done.length === 0 ? "nothing" : progress.done.join(", ");
    const doubtful = progress.doubtful === undefined ? "" : ` In doubt: ${progress.doubtful}.`;
    super(code, `${message} On the chip: ${onChip}.${doubtful}`, options);
    this.progress = progress;
  }
}
