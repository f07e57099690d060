import type { AccessProtocol } from "../card/access-rule.js";
import type { ReadingFall } from "./card-files.js";
import type { ReadSize } from "./read-size.js";

/**
 * What a reading has done so far, so that it can go on where it was torn: made by {@link readingMemory}, filled by `readCard`.
 * It holds personal data in memory, and no half file ever comes out of it.
 */
export interface ReadingMemory {
  /** Names of the files that are whole. */
  readonly filesDone: readonly string[];
  /** Forgets everything, as `readCard` does when it has given its result. */
  clear(): void;
}

/** A file that is being read: its bytes from the first one on. */
export interface PartialFile {
  readonly name: string;
  readonly total: number;
  readonly parts: Uint8Array[];
  at: number;
}

/** What is behind a {@link ReadingMemory}. */
export interface MemoryState {
  readonly files: Map<string, Uint8Array>;
  partial: PartialFile | undefined;
  /** The protocol under which the files were read; undefined as long as there are none. */
  access: AccessProtocol | "none" | undefined;
  size: ReadSize;
  /** Whether the chip knows short file identifiers; undefined as long as that is not known. */
  shortIdentifiers: boolean | undefined;
  resumed: number;
  /** Why chip authentication is left out from now on. */
  chipAuthenticationFall: ReadingFall | undefined;
}

const STATES = new WeakMap<ReadingMemory, MemoryState>();

function freshState(): MemoryState {
  return {
    files: new Map(),
    partial: undefined,
    access: undefined,
    size: { maxResponse: 0, most: Number.POSITIVE_INFINITY, falls: [], allow: {} },
    shortIdentifiers: undefined,
    resumed: 0,
    chipAuthenticationFall: undefined,
  };
}

/** Forgets files, but not what was learnt about the chip. */
export function dropFiles(state: MemoryState): void {
  state.files.clear();
  state.partial = undefined;
  state.access = undefined;
}

/**
 * An empty memory for the readings of one card: give the same one to `readCard` again after the card was torn.
 *
 * @example
 * import { readingMemory } from "cardwright/inspect";
 * const resume = readingMemory();
 * resume.filesDone.length; // => 0
 */
export function readingMemory(): ReadingMemory {
  const state = freshState();
  const memory: ReadingMemory = Object.freeze({
    get filesDone() {
      return [...state.files.keys()];
    },
    clear() {
      Object.assign(state, { ...freshState(), files: state.files });
      dropFiles(state);
    },
  });
  STATES.set(memory, state);
  return memory;
}

/**
 * The state behind a memory.
 *
 * @throws {TypeError} when it was not made by {@link readingMemory}.
 */
export function stateOf(memory: ReadingMemory): MemoryState {
  const state = STATES.get(memory);
  if (state === undefined) throw new TypeError("resume: make it with readingMemory()");
  return state;
}
