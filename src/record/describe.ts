/** Longest text that is shown as it stands. */
const MAX_SHOWN = 80;

/** Control, format, surrogate and private-use characters, line separators, and all that Unicode says to show as nothing. */
const UNPRINTABLE =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/gu;

/** `U+202E` for the first code point of `character`. */
export function codePointName(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

/** `text` with every invisible or control character shown as `<U+202E>`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => `<${codePointName(character)}>`);
}

/** What stands in a field, for {@link RecordProblem.found}: long text and bytes only by their length, objects never. */
export function describeFound(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (typeof value === "string") {
    return value.length > MAX_SHOWN ? `text of ${value.length} characters` : `"${printable(value)}"`;
  }
  if (typeof value === "number" || typeof value === "boolean") return `${typeof value} ${value}`;
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
