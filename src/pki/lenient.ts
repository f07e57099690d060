import { MalformedError } from "../errors.js";
import { type Cursor, cursorOver, formatTag, nameOfTag, peekTag, readLength, tagSize } from "../tlv/ber.js";
import { Codec } from "../tlv/codec.js";
import type { DataObject } from "../tlv/file.js";
import { ALL_DEPARTURES, type Departure, type DepartureCode, type ReadingOptions } from "./departures.js";

/** What a lenient reading lets pass, and what it met. It travels on the cursor, so that one declaration serves both readings. */
export interface Lenience {
  readonly allowed: ReadonlySet<DepartureCode>;
  readonly used: Departure[];
  /** Where the bytes that are being read begin in the whole input. */
  readonly base: number;
  /** Path of these bytes. */
  readonly path: string;
}

/** A cursor of a lenient reading; of a strict one it has no lenience. */
export interface LenientCursor extends Cursor {
  readonly lenience?: Lenience;
}

/** Departures noted of one input: hostile bytes may have thousands, and the kind is what counts. */
const MOST_NOTED = 64;

const ALL: ReadonlySet<DepartureCode> = new Set(ALL_DEPARTURES);

/** The lenience that options ask for; undefined for a strict reading. */
export function lenienceOf({ tolerate = [] }: ReadingOptions): Lenience | undefined {
  if (tolerate.length === 0) return undefined;
  return { allowed: tolerate === ALL_DEPARTURES ? ALL : new Set(tolerate), used: [], base: 0, path: "" };
}

/**
 * Reads strictly; then, when that fails and options allow something, leniently; then what `normalise` makes of the bytes. So
 * leniency costs those alone who need it, and a reading that fails altogether fails with the fault that was not allowed.
 */
export function readAs<T, N>(
  options: ReadingOptions,
  read: (lenience: Lenience | undefined) => T,
  normalise: (lenience: Lenience) => N | undefined,
  readNormal: (normal: N, lenience: Lenience) => T,
): T {
  const strict = attempt(() => read(undefined));
  if (strict.error === undefined) return strict.value;
  const lenience = lenienceOf(options);
  if (lenience === undefined) throw strict.error;
  const lenient = attempt(() => read(lenience));
  if (lenient.error === undefined) return lenient.value;
  const again = lenienceOf(options) as Lenience;
  const normal = normalise(again);
  if (normal === undefined) throw lenient.error;
  return readNormal(normal, again);
}

function attempt<T>(read: () => T): { error?: undefined; value: T } | { error: MalformedError } {
  try {
    return { value: read() };
  } catch (error) {
    if (error instanceof MalformedError) return { error };
    throw error;
  }
}

const join = (outer: string, inner: string) =>
  outer === "" || inner === "" || inner.startsWith("[") ? outer + inner : `${outer}.${inner}`;

/** What was noted, in the order of the bytes. */
export function departuresOf(lenience: Lenience | undefined): readonly Departure[] {
  return lenience === undefined ? NONE : [...lenience.used].sort((a, b) => a.offset - b.offset);
}

const NONE: readonly Departure[] = Object.freeze([]);

/** Notes a departure that is allowed; throws the strict error otherwise. */
export function depart(
  lenience: Lenience | undefined,
  code: DepartureCode,
  path: string,
  error: MalformedError,
  local = false,
): void {
  if (lenience?.allowed.has(code) !== true) throw error;
  if (lenience.used.length >= MOST_NOTED) return;
  const offset = error.offset + (local ? lenience.base : 0);
  lenience.used.push({ code, path: join(lenience.path, path), offset });
}

/**
 * A codec that writes and reads strictly. A lenient reading that fails is repeated with `loose`, under `code`; `name` is where
 * that is, for people.
 */
export function tolerant<T>(
  code: DepartureCode,
  name: string,
  strict: Codec<T>,
  loose: { readonly read: (c: Cursor) => T },
): Codec<T> {
  return new Codec<T>(
    strict.write,
    (c: LenientCursor) => {
      if (c.lenience === undefined) return strict.read(c);
      const { at, end, lenience } = c;
      const noted = lenience.used.length;
      try {
        return strict.read(c);
      } catch (error) {
        if (!(error instanceof MalformedError) || !lenience.allowed.has(code)) throw error;
        const before = lenience.used.length;
        c.at = at;
        c.end = end;
        // What the failed reading had noted is noted again by the second one.
        lenience.used.length = Math.min(noted, before);
        depart(lenience, code, join(name, error.path), error, true);
        return loose.read(c);
      }
    },
    strict.shape,
  );
}

/** The one data object that `bytes` consist of, read leniently; `parseObject` with a lenience. */
export function readObject<T>(object: DataObject<T>, bytes: Uint8Array, lenience: Lenience | undefined): T {
  if (!(bytes instanceof Uint8Array)) throw new TypeError(`${object.name}: expected a Uint8Array`);
  const c: LenientCursor =
    lenience === undefined
      ? cursorOver(bytes)
      : { ...cursorOver(bytes), lenience: { ...lenience, path: join(lenience.path, object.name) } };
  try {
    const tag = peekTag(c);
    if (tag !== object.tag) {
      const code = tag === -1 ? "TRUNCATED" : "BAD_TAG";
      throw new MalformedError(code, `tag ${formatTag(object.tag)} expected, ${nameOfTag(tag)} found`, 0);
    }
    c.at = tagSize(tag);
    const length = readLength(c);
    const end = c.at + length;
    if (end !== bytes.length) {
      const trailing = new MalformedError("TRAILING_BYTES", `${bytes.length - end} bytes follow the data object`, end);
      depart(lenience, "TRAILING_BYTES", object.name, trailing, true);
      c.end = end;
    }
    const value = object.codec.read(c);
    if (c.at !== c.end) throw new MalformedError("TRAILING_BYTES", `${c.end - c.at} bytes too many`, c.at);
    return value;
  } catch (error) {
    throw error instanceof MalformedError ? error.within(object.name) : error;
  }
}

/**
 * A part of `input` that was read as bytes before; `view` must be a view of it. Offsets in errors and departures are those of
 * the whole input.
 */
export function readPart<T>(
  object: DataObject<T>,
  view: Uint8Array,
  input: Uint8Array,
  path: string,
  lenience: Lenience | undefined,
): T {
  const base = view.byteOffset - input.byteOffset;
  try {
    return readObject(
      object,
      view,
      lenience && { ...lenience, base: lenience.base + base, path: join(lenience.path, path) },
    );
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    throw new MalformedError(error.code, error.detail, error.offset + base, error.path).within(path);
  }
}
