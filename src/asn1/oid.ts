import { EncodeError, MalformedError } from "../errors.js";
import type { Cursor } from "../tlv/ber.js";
import { Codec } from "../tlv/codec.js";
import { writeBytes } from "../tlv/leaves.js";

/**
 * Encodings of identifiers written lately: a certificate or a security object repeats a handful of them. Emptied when full,
 * so that a caller with countless identifiers costs time, not memory.
 */
const written = new Map<string, Uint8Array>();
const MOST_WRITTEN = 256;

/** Identifiers read lately, each in the one place that its bytes choose: the latest of those that share a place stays. */
const read: ({ readonly bytes: Uint8Array; readonly text: string } | undefined)[] = new Array(256).fill(undefined);
/** Longer encodings are not kept. */
const MOST_KEPT = 24;

/** FNV-1a over the bytes, folded to a place in `read`. */
function placeOf(buf: Uint8Array, from: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let i = from; i < end; i++) hash = Math.imul(hash ^ (buf[i] as number), 0x01000193);
  return (hash ^ (hash >>> 8) ^ (hash >>> 16)) & 0xff;
}

/** The identifier in the window, when it was read before; the cursor is then behind it. */
function knownAt(c: Cursor): string | undefined {
  const { buf, at, end } = c;
  if (end - at > MOST_KEPT) return undefined;
  const known = read[placeOf(buf, at, end)];
  if (known === undefined || known.bytes.length !== end - at) return undefined;
  for (let i = at; i < end; i++) if (known.bytes[i - at] !== buf[i]) return undefined;
  c.at = end;
  return known.text;
}

function remember(buf: Uint8Array, from: number, end: number, text: string): void {
  if (end - from <= MOST_KEPT) read[placeOf(buf, from, end)] = { bytes: buf.slice(from, end), text };
}

/** Largest arc: a UUID, as below 2.25 (ITU-T X.667 §6.3). */
const LARGEST_ARC = 2n ** 128n - 1n;

/** What stays a safe integer with seven more bits. */
const MOST_TO_SHIFT = 2 ** 46 - 1;

const isSmall = (arc: number | bigint): arc is number => typeof arc === "number";

/** The arcs of an identifier, the first two joined to one; a bigint where a number is too small. */
function arcsOf(value: string): readonly (number | bigint)[] {
  const refused = () => new EncodeError(`${JSON.stringify(value)} is no object identifier`);
  const parts = value.split(".").map((text) => {
    if (!/^(?:0|[1-9]\d{0,38})$/.test(text)) throw refused();
    const number = Number(text);
    return Number.isSafeInteger(number) ? number : BigInt(text);
  });
  const [first, second, ...more] = parts;
  if (first === undefined || second === undefined || !isSmall(first) || first > 2) throw refused();
  if (first < 2 && !(isSmall(second) && second <= 39)) throw refused();
  const joined = BigInt(second) + BigInt(first * 40);
  const arcs = [joined <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(joined) : joined, ...more];
  if (arcs.some((arc) => !isSmall(arc) && arc > LARGEST_ARC)) throw refused();
  return arcs;
}

/** Writes an arc so that it ends at `end`. */
function writeArc(arc: number | bigint, out: Uint8Array, end: number): number {
  let at = end;
  let rest = arc;
  let more = 0;
  do {
    out[--at] = more | (isSmall(rest) ? rest & 0x7f : Number(rest & 0x7fn));
    rest = isSmall(rest) ? Math.floor(rest / 128) : rest >> 7n;
    more = 0x80;
  } while (rest > 0);
  return at;
}

/** OBJECT IDENTIFIER content as dotted decimal, e.g. `2.23.136.1.1.1` (ISO 8825-1 §8.19); arcs of up to 128 bits. */
export function oid(): Codec<string> {
  return new Codec<string>(
    (value, out, end) => {
      if (typeof value !== "string") throw new EncodeError(`expected text, found ${typeof value}`);
      const known = written.get(value);
      if (known !== undefined) return writeBytes(known, out, end);
      const arcs = arcsOf(value);
      let at = end;
      for (let i = arcs.length - 1; i >= 0; i--) at = writeArc(arcs[i] as number | bigint, out, at);
      if (at >= 0) {
        if (written.size >= MOST_WRITTEN) written.clear();
        written.set(value, out.slice(at, end));
      }
      return at;
    },
    (c) => {
      const from = c.at;
      const known = knownAt(c);
      if (known !== undefined) return known;
      if (from === c.end) throw new MalformedError("BAD_LENGTH", "an object identifier has at least one byte", from);
      let text = "";
      let part = 0;
      /** The arc so far, once it is too large for a number. */
      let upper = 0n;
      let fresh = true;
      for (; c.at < c.end; c.at++) {
        const byte = c.buf[c.at] as number;
        if (fresh && byte === 0x80) throw new MalformedError("BAD_VALUE", "an arc is not minimal", c.at);
        if (upper === 0n && part <= MOST_TO_SHIFT) part = part * 128 + (byte & 0x7f);
        else {
          upper = (upper === 0n ? BigInt(part) : upper) * 128n + BigInt(byte & 0x7f);
          if (upper > LARGEST_ARC) throw new MalformedError("BAD_VALUE", "an arc is too large", c.at);
        }
        fresh = (byte & 0x80) === 0;
        if (!fresh) continue;
        if (upper > 0n) text = text === "" ? `2.${upper - 80n}` : `${text}.${upper}`;
        else if (text === "") {
          const first = part < 40 ? 0 : part < 80 ? 1 : 2;
          text = `${first}.${part - first * 40}`;
        } else text += `.${part}`;
        part = 0;
        upper = 0n;
      }
      if (!fresh) throw new MalformedError("TRUNCATED", "the last arc is cut off", c.end);
      remember(c.buf, from, c.end, text);
      return text;
    },
    { kind: "oid" },
  );
}
