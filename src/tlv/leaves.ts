import { EncodeError, MalformedError } from "../errors.js";
import type { Cursor } from "./ber.js";
import { Codec } from "./codec.js";

/** Below this many bytes a loop beats `set`. */
const LOOP_LIMIT = 32;

/** Writes `bytes` so that they end at `end`; nothing is stored where room is missing. */
export function writeBytes(bytes: Uint8Array, out: Uint8Array, end: number): number {
  const length = bytes.length;
  const start = end - length;
  if (length < LOOP_LIMIT) for (let i = 0; i < length; i++) out[start + i] = bytes[i] as number;
  else if (start >= 0) out.set(bytes, start);
  return start;
}

/** The window as a view, with the cursor moved behind it. */
export function readWindow(c: Cursor): Uint8Array {
  const view = c.buf.subarray(c.at, c.end);
  c.at = c.end;
  return view;
}

/** Bytes as they are, `min` to `max` of them. Read as a view of the input. */
export function octets(min = 0, max = Number.MAX_SAFE_INTEGER): Codec<Uint8Array> {
  const wrong = (length: number): string | undefined =>
    length < min || length > max ? `${length} bytes; ${min === max ? min : `${min} to ${max}`} are allowed` : undefined;
  return new Codec<Uint8Array>(
    (value, out, end) => {
      const detail = value instanceof Uint8Array ? wrong(value.length) : "expected a Uint8Array";
      if (detail !== undefined) throw new EncodeError(detail);
      return writeBytes(value, out, end);
    },
    (c) => {
      const detail = wrong(c.end - c.at);
      if (detail !== undefined) throw new MalformedError("BAD_LENGTH", detail, c.at);
      return readWindow(c);
    },
    { kind: "octets", min, max },
  );
}

/** @internal Writes an unsigned integer of up to 6 bytes so that it ends at `end`; it is known to fit. */
export function writeUint(value: number, size: number, out: Uint8Array, end: number): number {
  let at = end;
  out[--at] = value;
  if (size > 1) {
    out[--at] = value >>> 8;
    // Bits above the 32nd are out of reach for shifts.
    for (let rest = Math.floor(value / 0x10000); at > end - size; rest = Math.floor(rest / 256))
      out[--at] = rest & 0xff;
  }
  return at;
}

/** Unsigned integer of exactly `size` bytes (1 to 6), most significant first; `values` limits it to a standard's list. */
export function uint(size: number, values?: readonly number[]): Codec<number> {
  const limit = 256 ** size;
  const wrong = (value: number): string | undefined =>
    values !== undefined && !values.includes(value) ? `${value} is not one of ${values.join(", ")}` : undefined;
  return new Codec<number>(
    (value, out, end) => {
      const detail =
        Number.isInteger(value) && value >= 0 && value < limit
          ? wrong(value)
          : `${value} is no whole number of ${size} bytes`;
      if (detail !== undefined) throw new EncodeError(detail);
      return writeUint(value, size, out, end);
    },
    (c) => {
      const at = c.at;
      if (c.end - at !== size) throw new MalformedError("BAD_LENGTH", `${c.end - at} bytes; ${size} expected`, at);
      let value = 0;
      for (; c.at < c.end; c.at++) value = value * 256 + (c.buf[c.at] as number);
      const detail = wrong(value);
      if (detail !== undefined) throw new MalformedError("BAD_VALUE", detail, at);
      return value;
    },
    values === undefined ? { kind: "uint", size } : { kind: "uint", size, values },
  );
}
