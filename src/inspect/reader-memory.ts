import type { ReadingFall } from "./card-files.js";
import type { ReadSize } from "./read-size.js";

/** A fall to shorter reads. */
export type ReadSizeFall = Extract<ReadingFall, { kind: "readSize" }>;

/**
 * What a reader, or the kind of card that is read on it, turned out not to carry: made by {@link readerMemory}, filled by
 * `readCard`. It holds nothing of any card.
 */
export interface ReaderMemory {
  /** The falls to shorter reads so far, in order. */
  readonly falls: readonly ReadSizeFall[];
  /** Forgets them: the next card is asked for as much as possible again. */
  clear(): void;
}

const FALLS = new WeakMap<ReaderMemory, ReadSizeFall[]>();

/**
 * An empty memory for the reads that are too long: give the same one to `readCard` for card after card, so that the second one is
 * not asked in vain for what the first one, or the reader, refused. Each report says that less was settled for, as remembered.
 *
 * Whoever makes it decides how far it reaches: one for a reader that passes no extended lengths; one for each kind of card, by its
 * ATR, where the cards differ and the reader does not.
 *
 * @example
 * import { readerMemory } from "cardwright/inspect";
 * const reader = readerMemory();
 * reader.falls.length; // => 0
 */
export function readerMemory(): ReaderMemory {
  const falls: ReadSizeFall[] = [];
  const memory: ReaderMemory = Object.freeze({
    get falls() {
      return [...falls];
    },
    clear() {
      falls.length = 0;
    },
  });
  FALLS.set(memory, falls);
  return memory;
}

/**
 * The list behind a memory.
 *
 * @throws {TypeError} when it was not made by {@link readerMemory}.
 */
export function fallsOf(memory: ReaderMemory): ReadSizeFall[] {
  const falls = FALLS.get(memory);
  if (falls === undefined) throw new TypeError("reader: make it with readerMemory()");
  return falls;
}

/** Goes down the ladder as far as cards before this one did; where that changes nothing, nothing is told. */
export function recall(memory: ReaderMemory, size: ReadSize): void {
  if (size.allow.readSize === false) return;
  for (const fall of fallsOf(memory)) {
    const { sw: _answerOfAnotherCard, ...rest } = fall;
    const told = { ...rest, remembered: true } as const;
    if (fall.from > 256) {
      if (size.maxResponse <= 258) continue;
      size.maxResponse = 258;
    } else size.most = Math.min(size.most, fall.to);
    size.falls.push(told);
  }
}

/** Keeps what this card added. */
export function remember(memory: ReaderMemory, size: ReadSize): void {
  const known = fallsOf(memory);
  for (const fall of size.falls) {
    if (fall.kind === "readSize" && fall.remembered !== true && !known.includes(fall)) known.push(fall);
  }
}
