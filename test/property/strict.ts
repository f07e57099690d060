import { readFileSync } from "node:fs";
import { equalBytes, toHex } from "../../src/bytes/bytes.js";
import { MalformedError } from "../../src/errors.js";
import type { AnyCodec } from "../../src/tlv/codec.js";
import { encodeObject, parseObject } from "../../src/tlv/file.js";

/** A data file or a data object. */
export interface Declaration {
  readonly name: string;
  readonly tag: number;
  readonly codec: AnyCodec;
}

const asObject = (of: Declaration) => of as never as Parameters<typeof parseObject<unknown>>[0];
export const parseAny = (of: Declaration, bytes: Uint8Array): unknown => parseObject(asObject(of), bytes);
export const encodeAny = (of: Declaration, value: unknown): Uint8Array => encodeObject(asObject(of), value);

/** The contents of a file under test/vectors/. */
export const readVector = (path: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../vectors/${path}`, import.meta.url)));

/** What `work` throws; a failure when it throws nothing. */
export function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

/** The MalformedError that `work` throws; anything else is a failure. */
export function malformed(work: () => unknown): MalformedError {
  const error = thrownBy(work);
  if (error instanceof MalformedError) return error;
  throw error;
}

/**
 * The law of strictness for one input: a value that encodes to the very same bytes, or a MalformedError whose path
 * starts with the name and whose offset lies in the input. Throws for anything else; says whether there was a value.
 */
export function holdsStrictly(of: Declaration, bytes: Uint8Array): boolean {
  let value: unknown;
  try {
    value = parseAny(of, bytes);
  } catch (error) {
    if (!(error instanceof MalformedError)) throw new Error(`${toHex(bytes)} threw ${error}`, { cause: error });
    const inside = Number.isInteger(error.offset) && error.offset >= 0 && error.offset <= bytes.length;
    if (inside && error.path.startsWith(of.name) && error.detail !== "") return false;
    throw new Error(`${toHex(bytes)}: path ${error.path}, offset ${error.offset}`, { cause: error });
  }
  const again = encodeAny(of, value);
  if (!equalBytes(again, bytes)) throw new Error(`${toHex(bytes)} was read and written as ${toHex(again)}`);
  return true;
}

/** Every truncation, and every byte replaced: by all other values in a small file, by some in a larger one. */
export function* damaged(bytes: Uint8Array): Generator<Uint8Array> {
  const step = bytes.length > 1000 ? Math.ceil(bytes.length / 1000) : 1;
  for (let length = 0; length < bytes.length; length += step) yield bytes.slice(0, length);
  for (let i = 0; i < bytes.length; i += i < 200 ? 1 : step) {
    const old = bytes[i] as number;
    for (const next of bytes.length <= 300 ? ALL : [old ^ 1, old ^ 0x80, old ^ 0x20, 0, 0xff, 0x80, old + 1]) {
      if ((next & 0xff) === old) continue;
      const copy = bytes.slice();
      copy[i] = next;
      yield copy;
    }
  }
}

const ALL = Array.from({ length: 256 }, (_, byte) => byte);
