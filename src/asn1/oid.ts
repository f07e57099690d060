import { EncodeError, MalformedError } from "../errors.js";
import { Codec } from "../tlv/codec.js";
import { writeBytes } from "../tlv/leaves.js";

/**
 * Encodings of identifiers written lately: a certificate or a security object repeats a handful of them. Emptied when full,
 * so that a caller with countless identifiers costs time, not memory.
 */
const written = new Map<string, Uint8Array>();
const MOST_WRITTEN = 256;

/** OBJECT IDENTIFIER content as dotted decimal, e.g. `2.23.136.1.1.1` (ISO 8825-1 §8.19). */
export function oid(): Codec<string> {
  return new Codec<string>(
    (value, out, end) => {
      if (typeof value !== "string") throw new EncodeError(`expected text, found ${typeof value}`);
      const known = written.get(value);
      if (known !== undefined) return writeBytes(known, out, end);
      const parts = value.split(".").map(Number);
      const [first, second] = parts;
      if (
        first === undefined ||
        second === undefined ||
        parts.some((part) => !Number.isSafeInteger(part) || part < 0) ||
        first > 2 ||
        (first < 2 && second > 39) ||
        !Number.isSafeInteger(first * 40 + second) ||
        parts.join(".") !== value
      ) {
        throw new EncodeError(`${JSON.stringify(value)} is no object identifier`);
      }
      let at = end;
      for (let i = parts.length - 1; i >= 1; i--) {
        let rest = i === 1 ? first * 40 + second : (parts[i] as number);
        out[--at] = rest & 0x7f;
        for (rest = Math.floor(rest / 128); rest > 0; rest = Math.floor(rest / 128)) out[--at] = 0x80 | (rest & 0x7f);
      }
      if (at >= 0) {
        if (written.size >= MOST_WRITTEN) written.clear();
        written.set(value, out.slice(at, end));
      }
      return at;
    },
    (c) => {
      const from = c.at;
      if (from === c.end) throw new MalformedError("BAD_LENGTH", "an object identifier has at least one byte", from);
      let text = "";
      let part = 0;
      let fresh = true;
      for (; c.at < c.end; c.at++) {
        const byte = c.buf[c.at] as number;
        if (fresh && byte === 0x80) throw new MalformedError("BAD_VALUE", "an arc is not minimal", c.at);
        part = part * 128 + (byte & 0x7f);
        if (part > Number.MAX_SAFE_INTEGER) throw new MalformedError("BAD_VALUE", "an arc is too large", c.at);
        fresh = (byte & 0x80) === 0;
        if (!fresh) continue;
        if (text === "") {
          const first = part < 40 ? 0 : part < 80 ? 1 : 2;
          text = `${first}.${part - first * 40}`;
        } else text += `.${part}`;
        part = 0;
      }
      if (!fresh) throw new MalformedError("TRUNCATED", "the last arc is cut off", c.end);
      return text;
    },
    { kind: "oid" },
  );
}
