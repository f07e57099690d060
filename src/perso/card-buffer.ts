import { type DataFile, encodeFileInto } from "../tlv/file.js";
import { FileTemplate } from "../tlv/template.js";

/** Writes one file of a card, or a template with a run of bytes. What it gives is good until {@link CardBuffer.finish}. */
export interface EncodeFile {
  <T>(file: DataFile<T>, value: T): Uint8Array;
  (template: FileTemplate, run: Uint8Array): Uint8Array;
}

/** Buffers at rest. Taken out while in use, so that a getter of a record that builds a card cannot write over its caller. */
const scratch: Uint8Array<ArrayBuffer>[] = [];

/** Room for a card with one portrait; a larger card gets a larger buffer. */
const USUAL_CARD = 65_536;

/**
 * Where the files of one card are written one before the other, to be given to the caller in one array: memory that is not on the
 * heap is dear, and two threads wait for each other when they ask for it.
 */
export class CardBuffer {
  #bytes = scratch.pop() ?? new Uint8Array(USUAL_CARD);
  #end = this.#bytes.length;

  readonly encode: EncodeFile = <T>(file: DataFile<T> | FileTemplate, value: T | Uint8Array): Uint8Array => {
    for (;;) {
      const start =
        file instanceof FileTemplate
          ? file.encodeInto(value as Uint8Array, this.#bytes, this.#end)
          : encodeFileInto(file, value as T, this.#bytes, this.#end);
      if (start >= 0) {
        const written = this.#bytes.subarray(start, this.#end);
        this.#end = start;
        return written;
      }
      // The files before stay where they are.
      this.#bytes = new Uint8Array(2 ** Math.ceil(Math.log2(this.#bytes.length - start)));
      this.#end = this.#bytes.length;
    }
  };

  /** Copies of files, all in one new array; after this the buffer serves the next card. */
  finish(files: readonly Uint8Array[]): Uint8Array[] {
    const card = new Uint8Array(files.reduce((sum, file) => sum + file.length, 0));
    let at = 0;
    const copies = files.map((file) => {
      card.set(file, at);
      at += file.length;
      return card.subarray(at - file.length, at);
    });
    if (scratch.length === 0) scratch.push(this.#bytes);
    return copies;
  }
}
