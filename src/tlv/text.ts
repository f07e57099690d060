import { EncodeError, MalformedError } from "../errors.js";
import type { Cursor } from "./ber.js";
import { type Charset, Codec } from "./codec.js";

const CHARSETS: Readonly<Record<Exclude<Charset, "utf8">, RegExp>> = {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the whole of ASCII is meant
  ascii: /[\x00-\x7f]/,
  printable: /[A-Za-z0-9 '()+,\-./:=?]/,
  digits: /[0-9]/,
  mrz: /[A-Z0-9<]/,
};

const CHARSET_WORDS: Readonly<Record<Charset, string>> = {
  utf8: "UTF-8",
  ascii: "ASCII",
  printable: "the characters of PrintableString",
  digits: "digits",
  mrz: "A-Z, 0-9 and <",
};

/** Per character set, which of the 128 ASCII codes it has. */
const ALLOWED = Object.fromEntries(
  Object.entries(CHARSETS).map(([name, pattern]) => [
    name,
    Uint8Array.from({ length: 128 }, (_, code) => (pattern.test(String.fromCharCode(code)) ? 1 : 0)),
  ]),
) as Readonly<Record<Exclude<Charset, "utf8">, Uint8Array>>;

const ASCII: readonly string[] = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));

/** Up to this many bytes a loop over a table beats the decoder's call. */
const LOOP_LIMIT = 48;

// ignoreBOM keeps a leading U+FEFF, without which reading and writing again would lose it.
const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function writeUtf8(value: string, out: Uint8Array, end: number): number {
  let at = end;
  for (let i = value.length - 1; i >= 0; i--) {
    let code = value.charCodeAt(i);
    if (code < 0x80) {
      out[--at] = code;
      continue;
    }
    if (code >= 0xd800 && code <= 0xdfff) {
      const high = i > 0 ? value.charCodeAt(i - 1) : 0;
      if (code < 0xdc00 || high < 0xd800 || high > 0xdbff) throw new EncodeError("holds half of a surrogate pair");
      code = 0x10000 + ((high - 0xd800) << 10) + (code - 0xdc00);
      i--;
    }
    out[--at] = 0x80 | (code & 0x3f);
    if (code < 0x800) out[--at] = 0xc0 | (code >> 6);
    else {
      out[--at] = 0x80 | ((code >> 6) & 0x3f);
      if (code < 0x10000) out[--at] = 0xe0 | (code >> 12);
      else {
        out[--at] = 0x80 | ((code >> 12) & 0x3f);
        out[--at] = 0xf0 | (code >> 18);
      }
    }
  }
  return at;
}

function writeAscii(value: string, allowed: Uint8Array, charset: Charset, out: Uint8Array, end: number): number {
  let at = end;
  for (let i = value.length - 1; i >= 0; i--) {
    const code = value.charCodeAt(i);
    if (code > 0x7f || allowed[code] === 0) {
      throw new EncodeError(
        `character ${JSON.stringify(value[i])} at position ${i} is not allowed; ${CHARSET_WORDS[charset]} only`,
      );
    }
    out[--at] = code;
  }
  return at;
}

function readText(c: Cursor, allowed: Uint8Array | undefined, charset: Charset): string {
  const { buf, at: from, end } = c;
  c.at = end;
  if (end - from <= LOOP_LIMIT || allowed !== undefined) {
    let text = "";
    let i = from;
    for (; i < end; i++) {
      const code = buf[i] as number;
      if (code > 0x7f) break;
      if (allowed !== undefined && allowed[code] === 0) break;
      text += ASCII[code];
    }
    if (i === end) return text;
    if (allowed !== undefined) {
      const found = (buf[i] as number).toString(16).toUpperCase().padStart(2, "0");
      throw new MalformedError("BAD_VALUE", `byte ${found} is not allowed; ${CHARSET_WORDS[charset]} only`, i);
    }
  }
  try {
    return DECODER.decode(buf.subarray(from, end));
  } catch {
    throw new MalformedError("BAD_VALUE", "is not valid UTF-8", from);
  }
}

/** Code points: a surrogate pair counts once. */
function countCharacters(value: string): number {
  let count = 0;
  for (const _ of value) count++;
  return count;
}

/**
 * Text of at most `max` encoded bytes.
 *
 * @param options.min - Least number of bytes; 0 when left out.
 * @param options.sizes - The numbers of bytes that are allowed, when not all from `min` to `max` are.
 * @param options.charset - What it may hold; `utf8` when left out.
 * @param options.characters - Most characters (code points); no limit but the bytes when left out.
 */
export function text(
  max: number,
  options: { min?: number; charset?: Charset; sizes?: readonly number[]; characters?: number } = {},
): Codec<string> {
  const { min = 0, charset = "utf8", sizes, characters } = options;
  const allowed = charset === "utf8" ? undefined : ALLOWED[charset];
  const size = sizes !== undefined ? sizes.join(" or ") : min === max ? `${max}` : `${min} to ${max}`;
  const fits = (length: number) => length >= min && length <= max && (sizes === undefined || sizes.includes(length));
  const tooMany = (value: string, length: number) =>
    characters !== undefined && length > characters && countCharacters(value) > characters;
  return new Codec<string>(
    (value, out, end) => {
      if (typeof value !== "string") throw new EncodeError(`expected text, found ${typeof value}`);
      const start = allowed === undefined ? writeUtf8(value, out, end) : writeAscii(value, allowed, charset, out, end);
      const length = end - start;
      if (!fits(length)) throw new EncodeError(`${length} bytes when encoded; ${size} are allowed`);
      if (tooMany(value, length))
        throw new EncodeError(`${countCharacters(value)} characters; ${characters} are allowed`);
      return start;
    },
    (c) => {
      const length = c.end - c.at;
      if (!fits(length)) {
        throw new MalformedError("BAD_LENGTH", `${length} bytes; ${size} are allowed`, c.at);
      }
      const at = c.at;
      const value = readText(c, allowed, charset);
      if (tooMany(value, length)) throw new MalformedError("BAD_LENGTH", `more than ${characters} characters`, at);
      return value;
    },
    { kind: "text", charset, min, max, ...(sizes && { sizes }), ...(characters !== undefined && { characters }) },
  );
}

/** Exactly `count` ASCII digits, such as a date `YYYYMMDD`. */
export const digits = (count: number): Codec<string> => text(count, { min: count, charset: "digits" });

/** ASCII text that is one of some values, such as the codes of a standard. */
export function oneOf(values: readonly [string, ...string[]]): Codec<string> {
  const sizes = [...new Set(values.map((value) => value.length))].sort((a, b) => a - b);
  const [min, max] = [sizes[0] as number, sizes[sizes.length - 1] as number];
  const inner = text(max, { min, charset: "ascii", sizes });
  const wrong = (value: string) => `${JSON.stringify(value)} is not one of ${values.join(", ")}`;
  return new Codec<string>(
    (value, out, end) => {
      const start = inner.write(value, out, end);
      if (!values.includes(value)) throw new EncodeError(wrong(value));
      return start;
    },
    (c) => {
      const { at } = c;
      const value = inner.read(c);
      if (!values.includes(value)) throw new MalformedError("BAD_VALUE", wrong(value), at);
      return value;
    },
    { kind: "text", charset: "ascii", min, max, sizes, values },
  );
}
