import { isConstructed, lengthSize, MAX_DEPTH } from "./ber.js";

/** A data object as BER allows it, before anything is asked of it. Offsets are those of the input. */
export interface LooseNode {
  readonly tag: number;
  readonly start: number;
  readonly valueStart: number;
  /** Behind the value; an end-of-contents mark is not part of it. */
  readonly valueEnd: number;
  /** Behind the object. */
  readonly next: number;
  readonly indefinite: boolean;
  readonly nonMinimal: boolean;
}

/** The tag at `at` and what follows it; undefined when there is none. */
function tagAt(buf: Uint8Array, at: number, end: number): { tag: number; next: number } | undefined {
  if (at >= end) return undefined;
  let tag = buf[at] as number;
  if ((tag & 0x1f) !== 0x1f) return { tag, next: at + 1 };
  for (let i = at + 1; i < end && i <= at + 3; i++) {
    const byte = buf[i] as number;
    if (i === at + 1 && byte === 0x80) return undefined;
    tag = tag * 256 + byte;
    if ((byte & 0x80) === 0) return { tag, next: i + 1 };
  }
  return undefined;
}

/** The data object at `at`; undefined when the bytes are none. Iterative for open lengths but for their nesting. */
export function looseObject(buf: Uint8Array, at: number, end: number, depth = 0): LooseNode | undefined {
  const head = tagAt(buf, at, end);
  if (head === undefined || depth > MAX_DEPTH) return undefined;
  const first = buf[head.next];
  if (head.next >= end || first === undefined) return undefined;
  const { tag } = head;
  if (first === 0x80) {
    if (!isConstructed(tag)) return undefined; // only what consists of objects can be closed by one (ISO 8825-1 §8.1.3.2)
    const close = endOfContents(buf, head.next + 1, end, depth);
    if (close === undefined) return undefined;
    const valueStart = head.next + 1;
    return { tag, start: at, valueStart, valueEnd: close, next: close + 2, indefinite: true, nonMinimal: false };
  }
  let length = first;
  let valueStart = head.next + 1;
  if (first > 0x80) {
    const count = first & 0x7f;
    if (count > 6 || valueStart + count > end) return undefined;
    length = 0;
    for (let i = 0; i < count; i++) length = length * 256 + (buf[valueStart + i] as number);
    valueStart += count;
  }
  if (length > end - valueStart) return undefined;
  const nonMinimal = valueStart - head.next !== lengthSize(length);
  const valueEnd = valueStart + length;
  return { tag, start: at, valueStart, valueEnd, next: valueEnd, indefinite: false, nonMinimal };
}

/** Where the two zero bytes stand that close an open length. */
function endOfContents(buf: Uint8Array, from: number, end: number, depth: number): number | undefined {
  let at = from;
  while (at + 1 < end) {
    if (buf[at] === 0 && buf[at + 1] === 0) return at;
    const node = looseObject(buf, at, end, depth + 1);
    if (node === undefined) return undefined;
    at = node.next;
  }
  return undefined;
}

/** The data objects between two offsets, and where padding stands between them; undefined when something else does. */
export function looseObjects(
  buf: Uint8Array,
  from: number,
  to: number,
): { readonly nodes: LooseNode[]; readonly padding: number[] } | undefined {
  const nodes: LooseNode[] = [];
  const padding: number[] = [];
  let at = from;
  let filled = false;
  while (at < to) {
    const byte = buf[at];
    if (byte === 0x00 || byte === 0xff) {
      if (!filled) padding.push(at); // one entry for each run of padding
      filled = true;
      at++;
      continue;
    }
    filled = false;
    const node = looseObject(buf, at, to);
    if (node === undefined || nodes.length === 4096) return undefined;
    nodes.push(node);
    at = node.next;
  }
  return { nodes, padding };
}
