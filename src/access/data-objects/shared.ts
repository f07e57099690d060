import { MalformedError } from "../../errors.js";
import { parseTlv, parseTlvs, type TlvNode } from "../../tlv/ber.js";

/** What `read` gives; undefined when the bytes, which the other side sent, are malformed. */
export function ifWellFormed<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}

/**
 * The data objects of a protocol's message by tag: each at most once, and none but `tags`.
 *
 * @param template - Tag of the object that holds them, e.g. 7C for dynamic authentication data; they stand side by side without it.
 * @returns Nodes whose bytes are views; undefined when the message is anything else.
 */
export function objectsByTag(
  bytes: Uint8Array,
  tags: readonly number[],
  template?: number,
): ReadonlyMap<number, TlvNode> | undefined {
  return ifWellFormed(() => {
    const found = new Map<number, TlvNode>();
    for (const node of template === undefined ? parseTlvs(bytes) : parseTlv(bytes, template).children) {
      if (!tags.includes(node.tag) || found.has(node.tag)) return undefined;
      found.set(node.tag, node);
    }
    return found;
  });
}

/** The same with copies of the values. */
export function valuesByTag(
  bytes: Uint8Array,
  tags: readonly number[],
  template?: number,
): ReadonlyMap<number, Uint8Array> | undefined {
  const nodes = objectsByTag(bytes, tags, template);
  return nodes && new Map([...nodes].map(([tag, { value }]) => [tag, value.slice()]));
}
