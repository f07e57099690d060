import { concatBytes, EMPTY } from "../bytes/bytes.js";
import { type DataFile, encodeFile, encodeFileInto } from "./file.js";

/** Lengths of the samples that a template is made from. Their difference changes both bytes of every number that counts them. */
const SAMPLE = 0x1000;
const OTHER_SAMPLE = SAMPLE + 0x0101;
const CHECKED_SAMPLE = 0x7531;

/** From this length on no length octets get shorter than two. */
const LEAST = 0x100;

/** Made by {@link fileTemplate}. */
export class FileTemplate {
  /** The ordinary encoder of the file with a run in it. */
  readonly #encodeInto: (run: Uint8Array, out: Uint8Array, end: number) => number;
  readonly #head: Uint8Array;
  readonly #tail: Uint8Array;
  /** Numbers of two bytes that count the run and what is around it: where they stand in head and tail together, and what they add. */
  readonly #places: readonly number[];
  readonly #adds: readonly number[];
  /** The longest run for which every number takes two bytes. */
  readonly #most: number;

  /** @internal See {@link fileTemplate}. */
  constructor(
    name: string,
    encode: (run: Uint8Array) => Uint8Array,
    encodeInto: (run: Uint8Array, out: Uint8Array, end: number) => number,
  ) {
    this.#encodeInto = encodeInto;
    const sample = (length: number, fill: number) => encode(new Uint8Array(length).fill(fill));
    const zeros = sample(SAMPLE, 0);
    const ones = sample(SAMPLE, 0xff);
    const start = zeros.findIndex((byte, i) => byte !== ones[i]);
    const frameOf = (bytes: Uint8Array, length: number) =>
      concatBytes(bytes.subarray(0, start), bytes.subarray(start + length));
    const frame = frameOf(zeros, SAMPLE);
    const other = frameOf(sample(OTHER_SAMPLE, 0), OTHER_SAMPLE);
    const places: number[] = [];
    const adds: number[] = [];
    for (let i = 0; i < frame.length; i++) {
      if (frame[i] === other[i]) continue;
      places.push(i);
      adds.push((((frame[i] as number) << 8) | (frame[i + 1] as number)) - SAMPLE);
      i++;
    }
    this.#head = frame.slice(0, Math.max(start, 0));
    this.#tail = start + SAMPLE < zeros.length ? frame.slice(start) : EMPTY;
    this.#places = places;
    this.#adds = adds;
    this.#most = 0xffff - Math.max(0, ...adds);

    const checked = new Uint8Array(CHECKED_SAMPLE).fill(0xa5);
    const due = encode(checked);
    const made = new Uint8Array(due.length);
    const same = this.encodeInto(checked, made, made.length) === 0 && made.every((byte, i) => byte === due[i]);
    if (!same) throw new RangeError(`FileTemplate: ${name} depends on the run of bytes by more than its length`);
  }

  /**
   * Writes the file with `run` in it so that it ends at `end` of `out`, as `encodeFileInto` does.
   *
   * @returns Where it starts; below 0 when `-start` bytes of room are missing.
   */
  encodeInto(run: Uint8Array, out: Uint8Array, end: number): number {
    const { length } = run;
    if (!(length >= LEAST && length <= this.#most)) return this.#encodeInto(run, out, end);
    if (!(run instanceof Uint8Array)) throw new TypeError("FileTemplate: the run is no Uint8Array");
    if (!(end >= 0 && end <= out.length)) throw new RangeError("FileTemplate: end is not within out");
    const head = this.#head;
    const tail = this.#tail;
    const start = end - tail.length - length - head.length;
    if (start < 0) return start;
    out.set(head, start);
    out.set(run, start + head.length);
    if (tail.length > 0) out.set(tail, end - tail.length);
    const places = this.#places;
    for (let i = 0; i < places.length; i++) {
      const place = places[i] as number;
      const at = start + place + (place < head.length ? 0 : length);
      const number = length + (this.#adds[i] as number);
      out[at] = number >> 8;
      out[at + 1] = number;
    }
    return start;
  }
}

/**
 * A file that is the same for many cards but for one run of bytes, e.g. EF.DG2 of portraits of one size in pixels, or EF.DG7: what stands
 * around the run is encoded once, so that a file costs little more than copying it.
 *
 * The ordinary encoder makes the samples that the template is taken from, and the file itself where the lengths around the run
 * would not take two bytes; so the bytes are those of `encodeFile`.
 *
 * @param around - The file's value with this run of bytes in it; nothing else of it may depend on the run. Asked when the template is
 *   made, and for runs of unusual length.
 * @throws {RangeError} when the file depends on the run in another way than by its length.
 * @throws {EncodeError} as `encodeFile` does.
 * @example
 * import { dg7 } from "cardwright/lds";
 * import { fileTemplate } from "cardwright/tlv/more";
 * const template = fileTemplate(dg7, (signature) => [signature]);
 * const out = new Uint8Array(65_536);
 * const start = template.encodeInto(new Uint8Array(1000), out, out.length);
 * out.length - start; // => 1012
 */
export function fileTemplate<T>(file: DataFile<T>, around: (run: Uint8Array) => T): FileTemplate {
  return new FileTemplate(
    file.name,
    (run) => encodeFile(file, around(run)),
    (run, out, end) => encodeFileInto(file, around(run), out, end),
  );
}
