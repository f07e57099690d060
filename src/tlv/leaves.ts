import { equalBytes, toHex } from "../bytes/bytes.js";
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
  return new Codec<Uint8Array>(
    (value, out, end) => {
      if (!(value instanceof Uint8Array)) throw new EncodeError("expected a Uint8Array");
      if (value.length < min || value.length > max) {
        throw new EncodeError(`${value.length} bytes; ${min === max ? min : `${min} to ${max}`} are allowed`);
      }
      return writeBytes(value, out, end);
    },
    (c) => {
      const length = c.end - c.at;
      if (length < min || length > max) {
        throw new MalformedError(
          "BAD_LENGTH",
          `${length} bytes; ${min === max ? min : `${min} to ${max}`} are allowed`,
          c.at,
        );
      }
      return readWindow(c);
    },
    { kind: "octets", min, max },
  );
}

/** Bytes that never vary, e.g. a format identifier; the value is `undefined`-free: the bytes themselves. */
export function constant(bytes: Uint8Array): Codec<Uint8Array> {
  return new Codec<Uint8Array>(
    (_value, out, end) => writeBytes(bytes, out, end),
    (c) => {
      const at = c.at;
      const found = readWindow(c);
      if (!equalBytes(found, bytes)) {
        throw new MalformedError("BAD_VALUE", `expected ${toHex(bytes)}, found ${toHex(found.subarray(0, 16))}`, at);
      }
      return found;
    },
    { kind: "constant", bytes },
  );
}

/** Unsigned integer of exactly `size` bytes (1 to 6), most significant first; `values` limits it to a standard's list. */
export function uint(size: number, values?: readonly number[]): Codec<number> {
  const limit = 256 ** size;
  return new Codec<number>(
    (value, out, end) => {
      if (!Number.isInteger(value) || value < 0 || value >= limit) {
        throw new EncodeError(`${value} is no whole number of ${size} bytes`);
      }
      if (values !== undefined && !values.includes(value)) {
        throw new EncodeError(`${value} is not one of ${values.join(", ")}`);
      }
      let rest = value;
      for (let i = end - 1; i >= end - size; i--) {
        out[i] = rest & 0xff;
        rest = Math.floor(rest / 256);
      }
      return end - size;
    },
    (c) => {
      const at = c.at;
      if (c.end - at !== size) throw new MalformedError("BAD_LENGTH", `${c.end - at} bytes; ${size} expected`, at);
      let value = 0;
      for (; c.at < c.end; c.at++) value = value * 256 + (c.buf[c.at] as number);
      if (values !== undefined && !values.includes(value)) {
        throw new MalformedError("BAD_VALUE", `${value} is not one of ${values.join(", ")}`, at);
      }
      return value;
    },
    values === undefined ? { kind: "uint", size } : { kind: "uint", size, values },
  );
}
