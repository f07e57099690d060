import { EncodeError, MalformedError } from "../../errors.js";
import { type Cursor, formatTag, peekTag } from "../../tlv/ber.js";
import { choice } from "../../tlv/choice.js";
import { Codec } from "../../tlv/codec.js";
import { octets, uint } from "../../tlv/leaves.js";
import { listOwn } from "../../tlv/list.js";
import { type Field, opt, optOwn, req, struct } from "../../tlv/struct.js";

/** Tag of a SEQUENCE, as the items of a SEQUENCE OF have it. */
export const SEQUENCE = 0x30;
/** Tag of an OCTET STRING, as the items of a SEQUENCE OF have it. */
export const OCTET_STRING = 0x04;
/** Tag of a VisibleString, as the items of a SEQUENCE OF have it. */
export const VISIBLE_STRING = 0x1a;

/** INTEGER content from `min` to `max`, minimal two's complement (ISO/IEC 8825-1 §8.3). */
export function integer(min = 0, max = Number.MAX_SAFE_INTEGER): Codec<number> {
  const refuse = (at: number, detail: string): never => {
    throw new MalformedError("BAD_VALUE", detail, at);
  };
  return new Codec<number>(
    (value, out, end) => {
      if (!Number.isSafeInteger(value) || value < min || value > max) {
        throw new EncodeError(`${value} is no whole number from ${min} to ${max}`);
      }
      let at = end;
      let left = value;
      do {
        out[--at] = left & 0xff; // the low byte, also of a negative number
        left = Math.floor(left / 256);
      } while (!(left === 0 && value >= 0) && !(left === -1 && value < 0));
      const topSet = (value / 256 ** (end - at - 1)) & 0x80;
      if (value >= 0 ? topSet !== 0 : topSet === 0) out[--at] = value >= 0 ? 0 : 0xff;
      return at;
    },
    (c) => {
      const at = c.at;
      const first = c.buf[at] as number;
      const length = c.end - at;
      if (length === 0) throw new MalformedError("BAD_LENGTH", "an INTEGER has at least one byte", at);
      const second = c.buf[at + 1] as number;
      if (length > 1 && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80))) {
        refuse(at, "an INTEGER is not minimal");
      }
      let value = first >= 0x80 ? -1 : 0;
      for (; c.at < c.end; c.at++) {
        value = value * 256 + (c.buf[c.at] as number);
        if (!Number.isSafeInteger(value)) refuse(at, `an INTEGER of ${length} bytes is not supported`);
      }
      if (value < min || value > max) refuse(at, `${value} is not within ${min} and ${max}`);
      return value;
    },
    { kind: "integer", min, max },
  );
}

/** BOOLEAN content; DER knows 00 and FF only. */
export function boolean(): Codec<boolean> {
  return new Codec<boolean>(
    (value, out, end) => {
      if (typeof value !== "boolean") throw new EncodeError(`expected true or false, found ${typeof value}`);
      out[end - 1] = value ? 0xff : 0;
      return end - 1;
    },
    (c) => {
      const byte = c.buf[c.at];
      if (c.end - c.at !== 1 || (byte !== 0 && byte !== 0xff)) {
        throw new MalformedError("BAD_VALUE", "a DER BOOLEAN is 00 or FF", c.at);
      }
      c.at = c.end;
      return byte === 0xff;
    },
    { kind: "boolean" },
  );
}

/** Greatest number of a context-specific tag of one byte. */
const LAST_TAG = 30;
/** Most unknown parts of one block. */
const MAX_EXTENSIONS = 8;

/** Names of context-specific tags: `tag8B` primitive, `tagAB` constructed. */
const extensionFields = (from: number): Record<string, Field<Uint8Array, false>> =>
  Object.fromEntries(
    Array.from({ length: LAST_TAG + 1 - from }, (_, i) => [0x80 + from + i, 0xa0 + from + i])
      .flat()
      .map((tag) => [`tag${formatTag(tag)}`, req(tag, octets())]),
  );

type Extensions = readonly Readonly<Record<string, Uint8Array>>[];
const known = new Map<number, Field<Extensions, true>>();

/**
 * The extension marker `...` of a SEQUENCE: parts with tags from `from` on, which a later edition defined, kept as they
 * stand. Each is an object with one name, `tag8B` for [11] primitive, `tagAB` for [11] constructed, and the content.
 */
export function extensions(from: number): Field<Extensions, true> {
  const found = known.get(from);
  if (found !== undefined) return found;
  const parts = listOwn(choice(extensionFields(from)) as Codec<Readonly<Record<string, Uint8Array>>>, {
    min: 1,
    max: MAX_EXTENSIONS,
  });
  const read = (c: Cursor): Extensions => {
    const tag = peekTag(c);
    const number = tag & 0x1f;
    if (tag < 0x80 || tag > 0xbf || number < from || number > LAST_TAG) {
      throw new MalformedError("BAD_TAG", `tag ${formatTag(tag)} is not expected here`, c.at);
    }
    return parts.read(c);
  };
  const field = optOwn(new Codec<Extensions>(parts.write, read, parts.shape));
  known.set(from, field);
  return field;
}

/** An extension block without any part of its own yet. */
export const emptyBlock = struct({ extensions: extensions(0) });

/**
 * How 39794 extends an enumeration: a CHOICE of a `code` of this edition and an `extensionBlock` with the code to fall back
 * to. The ICAO profile writes extension blocks, the standard codes; both are read.
 *
 * @param values - Codes of the enumeration, below 128.
 */
export function coded(values: readonly number[]) {
  const code = uint(1, values);
  return choice({
    code: req(0x80, code),
    extensionBlock: req(0xa1, struct({ fallback: req(0x80, code), extensions: extensions(1) })),
  });
}

/** The code of a {@link coded} value, which an extension block calls its fallback. */
export function codeOf(value: {
  readonly code?: number | undefined;
  readonly extensionBlock?: { readonly fallback: number } | undefined;
}): number {
  return value.code ?? (value.extensionBlock?.fallback as number);
}

/** Codes from 0 to `last`. */
export const codes = (last: number, first = 0): readonly number[] =>
  Array.from({ length: last + 1 - first }, (_, i) => first + i);

/** Optional flags, in the order of their tags. */
export function flags<const Names extends string>(names: readonly Names[]) {
  const fields = names.map((name, i) => [name, opt(0x80 + i, boolean())] as const);
  return struct({
    ...(Object.fromEntries(fields) as { readonly [K in Names]: Field<boolean, true> }),
    extensions: extensions(names.length),
  });
}
