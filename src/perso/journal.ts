import type { PersonalizationScript } from "./script.js";

/** One line of a journal. Holds no command data and no secret. */
export type JournalEntry =
  /** A secure channel is open to this chip. */
  | { readonly event: "opened"; readonly script: string; readonly kdd: string; readonly keyVersion: number }
  /** The step is about to be sent: written before it, so that a lost answer leaves a trace. */
  | { readonly event: "sent"; readonly step: number }
  /** The chip has acknowledged the step. */
  | { readonly event: "acknowledged"; readonly step: number; readonly sw: number }
  /** The chip refused the step. */
  | { readonly event: "refused"; readonly step: number; readonly sw: number }
  /** The keys did not fit the chip: a person must look before they are tried again. */
  | { readonly event: "doubtfulKey"; readonly kdd?: string }
  /** A person has looked, and the keys may be tried once more. */
  | { readonly event: "keyReviewed" }
  /** The way to the chip broke. */
  | { readonly event: "interrupted"; readonly code: string }
  | { readonly event: "completed" };

/** Where the journal of one card is kept. An implementation must have stored an entry when `append` is done. */
export interface Journal {
  /** Stores an entry; done when it is stored. */
  append(entry: JournalEntry): void | Promise<void>;
  /** All entries so far, in order. */
  entries(): readonly JournalEntry[] | Promise<readonly JournalEntry[]>;
}

/** A journal that is gone with the process; see `cardwright/adapters/journal-file` for one that is not. */
export function memoryJournal(entries: readonly JournalEntry[] = []): Journal {
  const all = [...entries];
  return {
    append: (entry) => {
      all.push(entry);
    },
    entries: () => all,
  };
}

/** What a journal says is on the chip. */
export interface Progress {
  /** KDD of the chip, hex; undefined when no channel was ever open. */
  readonly kdd?: string;
  readonly state: "untouched" | "inProgress" | "refused" | "doubtfulKey" | "completed";
  /** Units that are on the chip, in order. */
  readonly done: readonly string[];
  /** The unit that was being written: its last command has no answer, or more of its commands are to come. */
  readonly doubtful?: string;
  readonly remaining: readonly string[];
  /** Index of the step to go on with. */
  readonly nextStep: number;
  /** Whether a step of that unit was ever sent without an answer: the chip may have done it. */
  readonly repeated: boolean;
}

/** Reads what is on the chip out of a journal. */
export function describeProgress(script: PersonalizationScript, entries: readonly JournalEntry[]): Progress {
  const { steps } = script;
  let kdd: string | undefined;
  let state: Progress["state"] = "untouched";
  let acknowledged = -1;
  /** The step that waits for its answer, and those that never got one. A refusal is an answer: nothing was done. */
  let open: number | undefined;
  const lost = new Set<number>();
  for (const entry of entries) {
    if (entry.event === "opened") {
      kdd = entry.kdd;
      state = "inProgress";
    } else if (entry.event === "sent") {
      if (open !== undefined) lost.add(open);
      open = entry.step;
    } else if (entry.event === "acknowledged") {
      acknowledged = entry.step;
      open = undefined;
    } else if (entry.event === "refused") {
      state = "refused";
      open = undefined;
    } else if (entry.event === "doubtfulKey") state = "doubtfulKey";
    else if (entry.event === "keyReviewed") state = kdd === undefined ? "untouched" : "inProgress";
    else if (entry.event === "completed") state = "completed";
  }
  if (open !== undefined) lost.add(open);
  const next = acknowledged + 1;
  const unit = steps[next]?.unit;
  // A unit is written as a whole: go back to its first step when it was begun.
  const first = unit === undefined ? steps.length : steps.findIndex((step) => step.unit === unit);
  const repeated = unit !== undefined && [...lost].some((step) => steps[step]?.unit === unit);
  const begun = unit !== undefined && (first < next || repeated);
  const units = [...new Set(steps.map((step) => step.unit))];
  const at = unit === undefined ? units.length : units.indexOf(unit);
  return {
    ...(kdd !== undefined && { kdd }),
    state,
    done: units.slice(0, at),
    ...(begun && { doubtful: unit }),
    remaining: units.slice(at),
    nextStep: first,
    repeated,
  };
}
