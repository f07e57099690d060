import type { Cursor } from "./ber.js";

/** Character sets of text fields; every one but `utf8` is a subset of ASCII. */
export type Charset = "utf8" | "ascii" | "printable" | "digits" | "mrz";

/** What a codec looks like, as plain data: the dump and the generators of property tests interpret it. */
export type Shape =
  /** Text of `min` to `max` encoded bytes, or of one of `sizes`, and of at most `characters` code points. */
  | {
      readonly kind: "text";
      readonly charset: Charset;
      readonly min: number;
      readonly max: number;
      readonly sizes?: readonly number[];
      /** The texts that are allowed, when they are few. */
      readonly values?: readonly string[];
      /** Most code points. */
      readonly characters?: number;
    }
  /** Bytes; a multiple of `unit` of them when given. */
  | { readonly kind: "octets"; readonly min: number; readonly max: number; readonly unit?: number }
  /** Unsigned integer of `size` bytes, most significant first. */
  | { readonly kind: "uint"; readonly size: number; readonly values?: readonly number[] }
  /** Minimal DER INTEGER content from `min` (0 when left out) to `max`. */
  | { readonly kind: "integer"; readonly max: number; readonly min?: number }
  /** Minimal two's-complement content of a DER INTEGER of any size, as bytes. */
  | { readonly kind: "integerBytes" }
  | { readonly kind: "oid" }
  | { readonly kind: "boolean" }
  /** BIT STRING content with no unused bits, as bytes. */
  | { readonly kind: "bitString" }
  | { readonly kind: "constant"; readonly bytes: Uint8Array }
  /** Bare tags, one after the other. */
  | { readonly kind: "tagList" }
  /** Numbers of the bits that are set, ascending, from 0 to `max`. */
  | { readonly kind: "namedBits"; readonly max: number }
  /** Whole data objects, kept as bytes: one of any tag, or some with context-specific tags from the number `from` on. */
  | { readonly kind: "any"; readonly from?: number }
  | { readonly kind: "struct"; readonly fields: readonly FieldShape[]; readonly tagList?: number }
  /** Fields without tags, one after the other; fields of role `constant`, `length` and `count` are no part of the value. */
  | { readonly kind: "record"; readonly fields: readonly RecordFieldShape[] }
  | {
      readonly kind: "list";
      readonly tag: number;
      readonly item: Shape;
      readonly countTag?: number;
      readonly min: number;
      readonly max: number;
      /** Of a DER SET OF: how its items are ordered; undefined when their order is the value's. */
      readonly compare: ((a: never, b: never) => number) | undefined;
    }
  | { readonly kind: "choice"; readonly alternatives: readonly FieldShape[] };

/** One tagged field of a `struct` or an alternative of a `choice`; tag -1 means that the shape brings its own tag. */
export interface FieldShape {
  readonly name: string;
  readonly tag: number;
  readonly optional: boolean;
  readonly shape: Shape;
}

/** One field of a `record`. */
export interface RecordFieldShape {
  readonly name: string;
  readonly role: "value" | "constant" | "length" | "count" | "items";
  readonly size: number | undefined;
  readonly shape: Shape;
  /** Of a count: the field whose items it counts; of a length: the field whose bytes it counts, else the whole record. */
  readonly of?: string;
  /** Of a number that takes some bits of a byte: how many; its size is undefined. */
  readonly bits?: number;
  /** Of items: fewest and most of them. */
  readonly min?: number;
  readonly max?: number;
}

/**
 * One declared piece of a data file, to write, read and describe.
 *
 * `write` goes **backward**: it puts the content so that it ends at `end` and returns where it starts; the header
 * follows when the length is known, so one pass needs no sizes. Room is checked once, at the end: an index below zero
 * is stored nowhere, and a start below zero says how many bytes were missing.
 *
 * `read` takes the whole window of the cursor. It makes views, not copies.
 *
 * One class with functions as fields, so that every call site sees one hidden class.
 */
export class Codec<T> {
  /** Puts the content of `value` so that it ends at `end`, and returns where it starts. */
  readonly write: (value: T, out: Uint8Array, end: number) => number;
  /** The value in the window of the cursor, which ends behind it. */
  readonly read: (c: Cursor) => T;
  readonly shape: Shape;

  constructor(write: (value: T, out: Uint8Array, end: number) => number, read: (c: Cursor) => T, shape: Shape) {
    this.write = write;
    this.read = read;
    this.shape = shape;
  }
}

/** Any codec, for places that only hold it. */
export interface AnyCodec {
  /** As in {@link Codec}. */
  readonly write: (value: never, out: Uint8Array, end: number) => number;
  /** As in {@link Codec}. */
  readonly read: (c: Cursor) => unknown;
  readonly shape: Shape;
}

/** Flattens an intersection, so that editors show the fields. */
export type Flat<T> = { [K in keyof T]: T[K] } & {};

/** The value that a codec, a field or a data file carries. */
export type Value<C> = C extends { readonly codec: { readonly read: (c: Cursor) => infer T } }
  ? T
  : C extends { readonly read: (c: Cursor) => infer T }
    ? T
    : never;
