import { concatBytes, EMPTY, equalBytes } from "../bytes/bytes.js";
import { EncodeError, MalformedError } from "../errors.js";
import { encodeTlv, formatTag, parseTlvs, type TlvNode } from "../tlv/ber.js";
import {
  type AccessRule,
  after,
  allOf,
  always,
  anyOf,
  never,
  PIN_NAMES,
  type PinName,
  withPin,
  withRight,
} from "./access-rule.js";
import { TERMINAL_RIGHTS, type TerminalRight } from "./terminal-rights.js";

/** What may be done with a file, and when. */
export interface FileAccess {
  readonly read: AccessRule;
  readonly update: AccessRule;
}

/** Security condition bytes of the compact format (ISO 7816-4 §7.4.3.2.1). */
const CONDITION_ALWAYS = 0x00;
const CONDITION_NEVER = 0xff;
/** All of: secure messaging, external authentication. This is what BAC gives. */
const CONDITION_BAC = 0xe0;
/** Access mode: UPDATE BINARY and READ BINARY; conditions follow in this order. */
const MODE_UPDATE_READ = 0x03;

/** Access mode bytes and tags of the expanded format (ISO 7816-4 §7.4.3.2.2, tables of access mode and security condition DOs). */
const MODE_UPDATE = 0x02;
const MODE_READ = 0x01;
const TAG_MODE = 0x80;
const TAG_ALWAYS = 0x90;
const TAG_NEVER = 0x97;
const TAG_CONDITION_BYTE = 0x9e;
const TAG_AUTHENTICATION = 0xa4;
const TAG_OR = 0xa0;
const TAG_AND = 0xaf;
/** id-PACE and id-TA of BSI TR-03110-3 A.1, content octets. */
const ID_PACE = Uint8Array.of(0x04, 0x00, 0x7f, 0x00, 0x07, 0x02, 0x02, 0x04);
const ID_TA = Uint8Array.of(0x04, 0x00, 0x7f, 0x00, 0x07, 0x02, 0x02, 0x02);
/** References of the PINs (TR-03110-3 B.1, MSE:Set AT; 81 is the first of an application), and user authentication as usage qualifier. */
const PIN_REFERENCE: Readonly<Record<PinName, number>> = { identity: 0x03, signature: 0x81 };
const USER_AUTHENTICATION = 0x08;
/** Deepest nesting of OR and AND. */
const MAX_NESTING = 8;

function conditionByte(rule: AccessRule): number | undefined {
  if (rule.kind === "always") return CONDITION_ALWAYS;
  if (rule.kind === "never") return CONDITION_NEVER;
  return rule.kind === "protocol" && rule.protocol === "BAC" ? CONDITION_BAC : undefined;
}

function ruleOf(byte: number, offset: number): AccessRule {
  if (byte === CONDITION_ALWAYS) return always;
  if (byte === CONDITION_NEVER) return never;
  if (byte === CONDITION_BAC) return after("BAC");
  throw new MalformedError("BAD_VALUE", `security condition ${byte.toString(16)} is not known here`, offset);
}

/** The compact format, three bytes; undefined when a rule needs the expanded one. */
export function compactAccess({ read, update }: FileAccess): Uint8Array | undefined {
  const [forRead, forUpdate] = [conditionByte(read), conditionByte(update)];
  if (forRead === undefined || forUpdate === undefined) return undefined;
  return Uint8Array.of(MODE_UPDATE_READ, forUpdate, forRead);
}

/** Reads {@link compactAccess}. @param at - Offset of `bytes`, for errors. */
export function parseCompactAccess(bytes: Uint8Array, at: number): FileAccess {
  const [mode, update, read] = bytes as unknown as [number, number, number];
  if (mode !== MODE_UPDATE_READ) throw new MalformedError("BAD_VALUE", "access mode 03 expected", at);
  return { update: ruleOf(update, at + 1), read: ruleOf(read, at + 2) };
}

/** The CHAT of one right: role and bit (TR-03110-3 C.1.5), as the authentication that a rule asks for. */
function chat(right: TerminalRight): Uint8Array {
  const inspection = right.startsWith("inspection.");
  const mask = new Uint8Array(inspection ? 1 : 5);
  const bit = TERMINAL_RIGHTS[right];
  mask[mask.length - 1 - (bit >> 3)] = 1 << (bit & 7);
  // id-IS and id-AT are arcs 1 and 2 of id-roles.
  const role = Uint8Array.of(0x04, 0x00, 0x7f, 0x00, 0x07, 0x03, 0x01, 0x02, inspection ? 0x01 : 0x02);
  return encodeTlv(0x7f4c, concatBytes(encodeTlv(0x06, role), encodeTlv(0x53, mask)));
}

function conditionObject(rule: AccessRule, depth = 0): Uint8Array {
  if (depth > MAX_NESTING) throw new EncodeError(`a rule nested more than ${MAX_NESTING} deep has no coding`);
  switch (rule.kind) {
    case "always":
      return encodeTlv(TAG_ALWAYS, EMPTY);
    case "never":
      return encodeTlv(TAG_NEVER, EMPTY);
    case "protocol":
      return rule.protocol === "BAC"
        ? encodeTlv(TAG_CONDITION_BYTE, Uint8Array.of(CONDITION_BAC))
        : encodeTlv(TAG_AUTHENTICATION, encodeTlv(0x80, ID_PACE));
    case "password": {
      const reference = encodeTlv(0x83, Uint8Array.of(PIN_REFERENCE[rule.pin]));
      return encodeTlv(TAG_AUTHENTICATION, concatBytes(reference, encodeTlv(0x95, Uint8Array.of(USER_AUTHENTICATION))));
    }
    case "terminal":
      return encodeTlv(TAG_AUTHENTICATION, concatBytes(encodeTlv(0x80, ID_TA), chat(rule.right)));
    case "anyOf":
    case "allOf": {
      const parts = rule.rules.map((part) => conditionObject(part, depth + 1));
      return encodeTlv(rule.kind === "anyOf" ? TAG_OR : TAG_AND, concatBytes(...parts));
    }
  }
}

/** Conditions that are one authentication, by their coding. */
const AUTHENTICATIONS: readonly AccessRule[] = [
  after("PACE"),
  ...PIN_NAMES.map(withPin),
  ...(Object.keys(TERMINAL_RIGHTS) as TerminalRight[]).map(withRight),
];
const KNOWN = AUTHENTICATIONS.map((rule) => ({ rule, bytes: conditionObject(rule) }));

function ruleOfObject(node: TlvNode, at: number, depth = 0): AccessRule {
  const refuse = () =>
    new MalformedError("BAD_VALUE", `security condition ${formatTag(node.tag)} is not known here`, at + node.start);
  if (depth > MAX_NESTING) throw refuse();
  if (node.tag === TAG_ALWAYS) return always;
  if (node.tag === TAG_NEVER) return never;
  if (node.tag === TAG_CONDITION_BYTE) return after("BAC");
  if (node.tag === TAG_AUTHENTICATION) {
    const known = KNOWN.find(({ bytes }) => equalBytes(bytes, node.raw));
    if (known === undefined) throw refuse();
    return known.rule;
  }
  if (node.tag !== TAG_OR && node.tag !== TAG_AND) throw refuse();
  const rules = [...node.children].map((part) => ruleOfObject(part, at, depth + 1));
  return node.tag === TAG_OR ? anyOf(...rules) : allOf(...rules);
}

/**
 * The expanded format, for rules that the compact one cannot say: for each access mode a condition.
 * PACE is an authentication template with id-PACE, a PIN one with its reference, a right one with id-TA and the CHAT.
 *
 * @throws {EncodeError} for rules nested more than eight deep.
 */
export function expandedAccess({ read, update }: FileAccess): Uint8Array {
  return concatBytes(
    encodeTlv(TAG_MODE, Uint8Array.of(MODE_UPDATE)),
    conditionObject(update),
    encodeTlv(TAG_MODE, Uint8Array.of(MODE_READ)),
    conditionObject(read),
  );
}

/** Reads {@link expandedAccess}, and nothing else: what it does not write, or writes in the compact format, is refused. */
export function parseExpandedAccess(bytes: Uint8Array, at: number): FileAccess {
  const [, update, , read, ...more] = objectsOf(bytes, at);
  if (update === undefined || read === undefined || more.length > 0) {
    throw new MalformedError("BAD_VALUE", "two access modes with one condition each expected", at);
  }
  const access = { update: ruleOfObject(update, at), read: ruleOfObject(read, at) };
  if (compactAccess(access) !== undefined || !equalBytes(expandedAccess(access), bytes)) {
    throw new MalformedError("BAD_VALUE", "security attributes in another form than is written here", at);
  }
  return access;
}

function objectsOf(bytes: Uint8Array, at: number): readonly TlvNode[] {
  try {
    return [...parseTlvs(bytes)];
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    throw new MalformedError(error.code as "BAD_VALUE", error.detail, at + error.offset, error.path);
  }
}
