/**
 * Characters that steer a terminal, reorder a line, stand for nothing or cannot be seen; ZWNJ and ZWJ belong to Persian
 * spelling.
 */
const UNSAFE =
  /[\p{Cc}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}]|(?![\u200c\u200d])[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;

/**
 * Text from a card as it may be shown: control, bidirectional and invisible characters become visible escapes. For a terminal
 * and for everything that is shown as text; HTML is escaped besides, by what makes it.
 *
 * @example
 * import { safeText } from "cardwright/report";
 * safeText("A\u001b[2J"); // => "A\\u{1b}[2J"
 */
export function safeText(text: string): string {
  return text.replace(UNSAFE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

/** Keeps a name inside left-to-right text, whatever its direction (Unicode isolates, put by us around safe text). */
export function isolate(text: string): string {
  return `\u2068${safeText(text)}\u2069`;
}

/** A file name built from a white list: A-Z, 0-9 and single hyphens; anything else becomes a hyphen. */
export function safeFileName(text: string): string {
  const name = text
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, "-")
    .replace(/^-|-$/g, "")
    .slice(0, 64);
  return name === "" ? "UNNAMED" : name;
}
