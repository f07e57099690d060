import { EncodeError, MalformedError } from "../errors.js";
import { type Cursor, formatTag } from "./ber.js";
import { type Charset, Codec } from "./codec.js";

/** Of each character set but UTF-8: what it has of ASCII, and how an error names it. */
const CHARSETS: Readonly<Record<Exclude<Charset, "utf8">, readonly [RegExp, string]>> = {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the whole of ASCII is meant
  ascii: [/[\x00-\x7f]/, "ASCII"],
  printable: [/[A-Za-z0-9 '()+,\-./:=?]/, "PrintableString"],
  digits: [/[0-9]/, "digits"],
  mrz: [/[A-Z0-9<]/, "A-Z, 0-9 and <"],
};

/** A character set, ready to use: which of the 128 ASCII codes it has. */
interface Allowed {
  readonly codes: Uint8Array;
  readonly name: string;
}

function allowedIn(charset: Charset): Allowed | undefined {
  if (charset === "utf8") return undefined;
  const [pattern, name] = CHARSETS[charset];
  return { codes: Uint8Array.from(ASCII, (character) => Number(pattern.test(character))), name };
}

const ASCII: readonly string[] = /* @__PURE__ */ Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));

/** Up to this many bytes a loop over a table beats the decoder's call. */
const LOOP_LIMIT = 48;

// ignoreBOM keeps a leading U+FEFF, without which reading and writing again would lose it.
const DECODER = /* @__PURE__ */ new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const ENCODER = /* @__PURE__ */ new TextEncoder();
/** Most text is shorter; U+FFFF and below take three bytes at most, and a pair of surrogates four. */
const SCRATCH = /* @__PURE__ */ new Uint8Array(1024);

/** Below this many characters a loop beats the encoder's call, if they are ASCII. */
const ENCODE_LIMIT = 24;

/** Forward into a scratch buffer and copied: where a string's parts lie costs a loop over its characters more than that. */
function writeUtf8(value: string, out: Uint8Array, end: number): number {
  if (value.length < ENCODE_LIMIT) {
    let at = end;
    let i = value.length - 1;
    for (; i >= 0; i--) {
      const code = value.charCodeAt(i);
      if (code > 0x7f) break;
      out[--at] = code;
    }
    if (i < 0) return at;
  }
  const room = value.length * 3 > SCRATCH.length ? new Uint8Array(value.length * 3) : SCRATCH;
  const { written } = ENCODER.encodeInto(value, room);
  const start = end - written;
  for (let i = 0; i < written; i++) {
    // The encoder puts U+FFFD (EF BF BD) for half of a surrogate pair.
    if (room[i] === 0xef && room[i + 1] === 0xbf && room[i + 2] === 0xbd && /\p{Cs}/u.test(value)) {
      throw new EncodeError("holds half of a surrogate pair");
    }
    out[start + i] = room[i] as number;
  }
  return start;
}

function writeAscii(value: string, { codes, name }: Allowed, out: Uint8Array, end: number): number {
  let at = end;
  for (let i = value.length - 1; i >= 0; i--) {
    const code = value.charCodeAt(i);
    if (code > 0x7f || codes[code] === 0) {
      throw new EncodeError(`character ${JSON.stringify(value[i])} at position ${i} is not allowed; ${name} only`);
    }
    out[--at] = code;
  }
  return at;
}

function readText(c: Cursor, allowed: Allowed | undefined): string {
  const { buf, at: from, end } = c;
  c.at = end;
  const short = end - from <= LOOP_LIMIT;
  if (short || allowed !== undefined) {
    let text = "";
    let i = from;
    for (; i < end; i++) {
      const code = buf[i] as number;
      if (code > 0x7f || (allowed !== undefined && allowed.codes[code] === 0)) break;
      if (short) text += ASCII[code];
    }
    if (i === end && short) return text;
    if (i < end && allowed !== undefined) {
      const found = formatTag(buf[i] as number);
      throw new MalformedError("BAD_VALUE", `byte ${found} is not allowed; ${allowed.name} only`, i);
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
  const allowed = allowedIn(charset);
  const wrongSize = (length: number, how = ""): string | undefined =>
    length < min || length > max || sizes?.includes(length) === false
      ? `${length} bytes${how}; ${sizes?.join(" or ") ?? (min === max ? max : `${min} to ${max}`)} are allowed`
      : undefined;
  const tooMany = (value: string, length: number): string | undefined => {
    if (characters === undefined || length <= characters) return undefined;
    const count = countCharacters(value);
    return count > characters ? `${count} characters; ${characters} are allowed` : undefined;
  };
  return new Codec<string>(
    (value, out, end) => {
      if (typeof value !== "string") throw new EncodeError(`expected text, found ${typeof value}`);
      const start = allowed === undefined ? writeUtf8(value, out, end) : writeAscii(value, allowed, out, end);
      const detail = wrongSize(end - start, " when encoded") ?? tooMany(value, end - start);
      if (detail !== undefined) throw new EncodeError(detail);
      return start;
    },
    (c) => {
      const { at, end } = c;
      let detail = wrongSize(end - at);
      const value = detail === undefined ? readText(c, allowed) : "";
      detail ??= tooMany(value, end - at);
      if (detail !== undefined) throw new MalformedError("BAD_LENGTH", detail, at);
      return value;
    },
    { kind: "text", charset, min, max, ...(sizes && { sizes }), ...(characters !== undefined && { characters }) },
  );
}

/** Exactly `count` ASCII digits, such as a date `YYYYMMDD`. */
export const digits = (count: number): Codec<string> => text(count, { min: count, charset: "digits" });
