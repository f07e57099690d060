import { EMPTY, wipe } from "../bytes/bytes.js";

/** Room behind the data objects: for DO 8E, and before that for the padding of the MAC, up to a block. */
const SPARE = 16;

/** A part of the frame that was asked for last; commands of one length ask for the same part again and again. */
interface View {
  start: number;
  end: number;
  bytes: Uint8Array;
}

/** The array that a session puts its messages together in, one after the other, so that none needs an array of its own for each step. */
export class SmFrame {
  bytes: Uint8Array = EMPTY;
  readonly #encrypted: View = { start: 0, end: 0, bytes: EMPTY };
  readonly #authenticated: View = { start: 0, end: 0, bytes: EMPTY };
  readonly #objects: View = { start: 0, end: 0, bytes: EMPTY };

  /** Makes room for data objects up to `end`. */
  fit(end: number): Uint8Array {
    const length = end + SPARE;
    if (length > this.bytes.length) {
      this.bytes = new Uint8Array(Math.max(length, 2 * this.bytes.length));
      forget(this.#encrypted);
      forget(this.#authenticated);
      forget(this.#objects);
    }
    return this.bytes;
  }

  /** What is encrypted. */
  encrypted(start: number, end: number): Uint8Array {
    return this.#part(this.#encrypted, start, end);
  }

  /** What the MAC is over, from the start. */
  authenticated(end: number): Uint8Array {
    return this.#part(this.#authenticated, 0, end);
  }

  /** What is sent. */
  objects(start: number, end: number): Uint8Array {
    return this.#part(this.#objects, start, end);
  }

  wipe(): void {
    wipe(this.bytes);
  }

  #part(view: View, start: number, end: number): Uint8Array {
    if (view.start !== start || view.end !== end) {
      view.start = start;
      view.end = end;
      view.bytes = this.bytes.subarray(start, end);
    }
    return view.bytes;
  }
}

function forget(view: View): void {
  view.start = 0;
  view.end = 0;
  view.bytes = EMPTY;
}

/** Padding by method 2 from `at` to `end`. */
export function padInPlace(frame: Uint8Array, at: number, end: number): void {
  frame[at] = 0x80;
  for (let i = at + 1; i < end; i++) frame[i] = 0;
}

/** For a few bytes, where a call of `set` takes longer. */
export function copyInto(from: Uint8Array, to: Uint8Array, at: number): void {
  for (let i = 0; i < from.length; i++) to[at + i] = from[i] as number;
}
