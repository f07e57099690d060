import { equalBytes, utf8 } from "../bytes/bytes.js";

/** One value of an LDIF file. */
export interface LdifValue {
  /** Distinguished name of the entry, as it stands. */
  readonly dn: string;
  /** Attribute in lower case, without options: `usercertificate` for `userCertificate;binary`. */
  readonly attribute: string;
  readonly value: Uint8Array;
  /** Where it begins, from 1. */
  readonly line: number;
}

/** A line that is none of LDIF, and why. */
export interface LdifProblem {
  readonly line: number;
  readonly reason: string;
}

/** What an LDIF file holds. */
export interface Ldif {
  readonly values: readonly LdifValue[];
  readonly problems: readonly LdifProblem[];
}

const BEGINNINGS = ["dn:", "version:", "#"].map((text) => utf8(text));
const BOM = Uint8Array.of(0xef, 0xbb, 0xbf);

const withoutBom = (bytes: Uint8Array) =>
  bytes.length >= 3 && equalBytes(bytes.subarray(0, 3), BOM) ? bytes.subarray(3) : bytes;

/** @internal Whether bytes begin as an LDIF file does; DER and PEM do not. */
export function looksLikeLdif(bytes: Uint8Array): boolean {
  const start = withoutBom(bytes);
  return BEGINNINGS.some((text) => start.length >= text.length && equalBytes(start.subarray(0, text.length), text));
}

/**
 * The values of an LDIF file, such as the exports of the ICAO PKD: folded lines are joined, base64 (`::`) is decoded, comments and
 * changes are left out. A line that is malformed is listed, and the others count.
 *
 * Spec: RFC 2849. References to other files (`:<`) are not followed.
 *
 * @param bytes - The file; UTF-8 as far as it is text.
 * @example
 * import { utf8 } from "cardwright/bytes";
 * import { parseLdif } from "cardwright/pki";
 * const { values } = parseLdif(utf8("dn: c=UT,dc=data\nuserCertificate;binary:: MAMC\n AQA=\n"));
 * const [found] = values;
 * found?.attribute; // => usercertificate
 * found?.value; // => 3003020100
 */
export function parseLdif(bytes: Uint8Array): Ldif {
  const text = new TextDecoder().decode(withoutBom(bytes));
  const values: LdifValue[] = [];
  const problems: LdifProblem[] = [];
  let dn = "";
  for (const { line, content } of logicalLines(text)) {
    if (content === "") dn = "";
    if (content === "" || content.startsWith("#") || content === "-") continue;
    const match = /^([A-Za-z0-9.-]+)((?:;[A-Za-z0-9-]+)*):([:<]?) */.exec(content);
    if (match === null) {
      problems.push({ line, reason: "this is no line of LDIF (attribute: value)" });
      continue;
    }
    const [head, type = "", , kind] = match;
    const attribute = type.toLowerCase();
    const rest = content.slice(head.length);
    const value = kind === ":" ? fromBase64(rest) : kind === "<" ? undefined : utf8(rest);
    if (value === undefined) {
      const reason = kind === "<" ? "references to other files are not followed" : "this is no base64";
      problems.push({ line, reason: `${attribute}: ${reason}` });
    } else if (attribute === "dn") dn = new TextDecoder().decode(value);
    else values.push({ dn, attribute, value, line });
  }
  return { values, problems };
}

/** Lines with their continuations, which begin with one space (RFC 2849, note 2). */
function* logicalLines(text: string): Generator<{ readonly line: number; readonly content: string }> {
  let at = 0;
  let line = 0;
  while (at < text.length) {
    const parts: string[] = [];
    const first = line + 1;
    do {
      const feed = text.indexOf("\n", at);
      const end = feed < 0 ? text.length : feed;
      const stop = end > at && text[end - 1] === "\r" ? end - 1 : end;
      parts.push(text.slice(parts.length === 0 ? at : at + 1, stop));
      at = end + 1;
      line++;
    } while (text[at] === " ");
    yield { line: first, content: parts.join("") };
  }
}

function fromBase64(text: string): Uint8Array | undefined {
  const body = text.trim();
  if (body.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(body)) return undefined;
  const binary = atob(body);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
