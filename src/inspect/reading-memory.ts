import type { AccessProtocol } from "../card/access-rule.js";
import { efSod } from "../lds/security-object.js";
import type { FallPolicy, ReadingFall } from "./card-files.js";
import { fallFromTears, type ReadSize } from "./read-size.js";
import { type ReaderMemory, recall } from "./reader-memory.js";

/**
 * What a reading has done so far, so that it can go on where it was torn: made by {@link readingMemory}, filled by `readCard`.
 * It holds personal data in memory, no key, and no half file ever comes out of it.
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
  /** What, beside its EF.SOD, tells the chip that gave the files from another one; undefined before it had its say. */
  standing: string | undefined;
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
    standing: undefined,
    size: { maxResponse: 0, most: Number.POSITIVE_INFINITY, falls: [], allow: {}, long: undefined },
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
  state.standing = undefined;
  state.resumed = 0;
}

/** What a reading may ask for at once. */
export interface ReadLimits {
  readonly maxResponse: number;
  readonly allow: FallPolicy;
  readonly reader?: ReaderMemory | undefined;
}

/**
 * Begins anew with the chip in hand: no file and no fall of another one stays. What it did not do when it was asked for chip
 * authentication is kept: that was this chip.
 */
export function startOver(state: MemoryState, { maxResponse, allow, reader }: ReadLimits): void {
  const { chipAuthenticationFall, size } = state;
  const { long } = size;
  dropFiles(state);
  const fresh = freshState();
  Object.assign(state, { ...fresh, files: state.files, chipAuthenticationFall });
  Object.assign(state.size, { maxResponse, allow, long });
  if (reader !== undefined) recall(reader, state.size);
}

/**
 * Prepares a memory for one more try. It goes on only with a whole EF.SOD, by which the card is known again; whether the chip proves its
 * key is asked anew, because what it said before may have been another's word.
 */
export function takeUp(state: MemoryState, limits: ReadLimits): void {
  state.chipAuthenticationFall = undefined;
  if (state.files.has(efSod.name)) {
    state.resumed++;
    state.size.allow = limits.allow;
    state.size.maxResponse = Math.min(limits.maxResponse, state.size.maxResponse);
  } else startOver(state, limits);
  fallFromTears(state.size);
}

/**
 * An empty memory for the readings of one card: give the same one to `readCard` again after the card was torn.
 *
 * The chip is opened and asked for its proofs anew, so that the evidence is all of one session; what is signed and was read is not
 * read again. When another chip is there now (another EF.SOD, other files beside the application, another answer to chip or terminal
 * authentication) the reading begins anew, without anything of the first; `evidence.resumed` is absent then.
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
      dropFiles(state);
      Object.assign(state, { ...freshState(), files: state.files });
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
