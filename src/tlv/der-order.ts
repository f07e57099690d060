import { type Cursor, peekTag, readLength, tagSize, writeHeader } from "./ber.js";
import type { SetOrder } from "./list.js";
import { OWN_TAG } from "./struct.js";

/** Order of two encodings as DER sorts them: byte by byte, a shorter one before its extension. */
function compareSpans(buf: Uint8Array, a: number, aEnd: number, b: number, bEnd: number): number {
  const length = Math.min(aEnd - a, bEnd - b);
  for (let i = 0; i < length; i++) {
    const difference = (buf[a + i] as number) - (buf[b + i] as number);
    if (difference !== 0) return difference;
  }
  return aEnd - a - (bEnd - b);
}

/** Sorts neighbouring data objects in place; costs nothing but the check when they are in order already. */
function sortObjects(out: Uint8Array, start: number, end: number): void {
  const c: Cursor = { buf: out, at: start, end };
  const spans: { from: number; to: number }[] = [];
  let inOrder = true;
  while (c.at < end) {
    const from = c.at;
    c.at += tagSize(peekTag(c));
    const length = readLength(c);
    c.at += length;
    const last = spans[spans.length - 1];
    if (last !== undefined && compareSpans(out, last.from, last.to, from, c.at) > 0) inOrder = false;
    spans.push({ from, to: c.at });
  }
  if (inOrder) return;
  spans.sort((x, y) => compareSpans(out, x.from, x.to, y.from, y.to));
  const copy = out.slice(start, end);
  let at = start;
  for (const { from, to } of spans) {
    out.set(copy.subarray(from - start, to - start), at);
    at += to - from;
  }
}

/**
 * The order of a DER SET OF, for the option `sorted` of a `list`: ascending encodings, made when writing, asked for when
 * reading.
 *
 * Spec: ISO 8825-1 §11.6.
 *
 * @example
 * import { list, octets } from "cardwright/tlv";
 * import { derOrder } from "cardwright/tlv/more";
 * list(0x04, octets(), { sorted: derOrder });
 */
export const derOrder: SetOrder = {
  sort: sortObjects,
  compare: compareSpans,
  ofItems: (tag, item) => (a, b) => {
    const [x, y] = [a, b].map((value) => {
      const start = item.write(value, new Uint8Array(0), 0);
      const out = new Uint8Array(-start + 9);
      const from = item.write(value, out, out.length);
      return out.subarray(tag === OWN_TAG ? from : writeHeader(tag, out.length - from, out, from));
    }) as [Uint8Array, Uint8Array];
    const both = new Uint8Array(x.length + y.length);
    both.set(x);
    both.set(y, x.length);
    return compareSpans(both, 0, x.length, x.length, both.length);
  },
};
