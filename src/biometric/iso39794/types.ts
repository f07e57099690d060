import { EncodeError, MalformedError } from "../../errors.js";
import { type Cursor, cursorOver, formatTag, peekTag, readLength } from "../../tlv/ber.js";
import { choice } from "../../tlv/choice.js";
import { Codec } from "../../tlv/codec.js";
import { uint, writeBytes } from "../../tlv/leaves.js";
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
      let top: number;
      do {
        top = left & 0xff; // the low byte, of a negative number too
        out[--at] = top;
        left = Math.floor(left / 256);
      } while (left !== (value < 0 ? -1 : 0));
      if (top >= 0x80 !== value < 0) out[--at] = value < 0 ? 0xff : 0;
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
/** Whether `bytes` are data objects, one or more, with context-specific tags of one byte from the number `from` on. */
function checkParts(c: Cursor, from: number): void {
  if (c.at === c.end) throw new MalformedError("TRUNCATED", "a data object expected, nothing found", c.at);
  while (c.at < c.end) {
    const tag = peekTag(c);
    const number = tag & 0x1f;
    if (tag < 0x80 || tag > 0xbf || number < from || number > LAST_TAG) {
      throw new MalformedError("BAD_TAG", `tag ${formatTag(tag)} is not expected here`, c.at);
    }
    c.at++;
    const length = readLength(c);
    c.at += length;
  }
}

/**
 * The extension marker `...` of a SEQUENCE: data objects with tags from the number `from` on, which a later edition defined,
 * kept as they stand. The last field of its struct.
 */
export function extensions(from: number): Field<Uint8Array, true> {
  return optOwn(
    new Codec<Uint8Array>(
      (value, out, end) => {
        if (!(value instanceof Uint8Array)) throw new EncodeError("expected a Uint8Array");
        try {
          checkParts(cursorOver(value), from);
        } catch (error) {
          throw error instanceof MalformedError ? new EncodeError(`no extensions: ${error.detail}`) : error;
        }
        return writeBytes(value, out, end);
      },
      (c) => {
        const start = c.at;
        checkParts(c, from);
        return c.buf.subarray(start, c.end);
      },
      { kind: "any", from },
    ),
  );
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

/** The code of a `coded` value, which an extension block calls its fallback. */
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
export function flags<const Names extends string>(
  names: readonly Names[],
): Codec<{ readonly [K in Names]?: boolean } & { readonly extensions?: Uint8Array }> {
  const fields = names.map((name, i) => [name, opt(0x80 + i, boolean())] as const);
  const codec = struct({
    ...(Object.fromEntries(fields) as Record<string, Field<boolean, true>>),
    extensions: extensions(names.length),
  });
  return codec as unknown as Codec<{ readonly [K in Names]?: boolean } & { readonly extensions?: Uint8Array }>;
}
