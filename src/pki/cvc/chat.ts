import { oid } from "../../asn1/oid.js";
import { OBJECT_IDENTIFIER } from "../../asn1/types.js";
import { EncodeError, MalformedError } from "../../errors.js";
import type { Codec } from "../../tlv/codec.js";
import { mapped } from "../../tlv/file.js";
import { octets } from "../../tlv/leaves.js";
import { req, struct } from "../../tlv/struct.js";
import { TERMINAL_TYPES, type TerminalType, type TerminalTypeName } from "./terminal-types.js";

/** Certificate Holder Authorization Template: what kind of holder it is, and what it may do. */
export interface Chat {
  /** Terminal type, dotted; those of `TERMINAL_TYPES` have names. */
  readonly oid: string;
  /** Relative authorization: two bits of role, then one bit for each right; for a known type of its length. */
  readonly authorization: Uint8Array;
}

/** Role of a holder. A DV is domestic (to an authentication terminal: official) or foreign (non-official). */
export type CvcRole = "cvca" | "dvDomestic" | "dvForeign" | "terminal";

/** In the order of their two bits, 00 to 11. */
const ROLES: readonly CvcRole[] = ["terminal", "dvForeign", "dvDomestic", "cvca"];

/** What {@link buildChat} makes a template from. */
export interface ChatDescription {
  readonly terminalType: TerminalTypeName;
  readonly role: CvcRole;
  /** Names of the rights in the table of the type; none of a name twice. */
  readonly rights: readonly string[];
}

const fields = struct({ oid: req(OBJECT_IDENTIFIER, oid()), authorization: req(0x53, octets(1)) });

/** @internal Content of 7F4C. */
export const chatContent: Codec<Chat> = mapped<Chat, Chat>(
  fields,
  (chat) => {
    const wrong = wrongLength(chat);
    if (wrong !== undefined) throw new EncodeError(wrong, "authorization");
    return chat;
  },
  (chat, at) => {
    const wrong = wrongLength(chat);
    if (wrong !== undefined) throw new MalformedError("BAD_LENGTH", wrong, at, "authorization");
    return chat;
  },
);

function wrongLength({ oid: type, authorization }: Chat): string | undefined {
  const row = terminalTypeByOid(type);
  return row === undefined || authorization.length === row.bytes
    ? undefined
    : `${authorization.length} bytes; ${row.bytes} for ${row.name}`;
}

/** The row of a terminal type's object identifier (dotted); undefined for a type that is not known here. */
export function terminalTypeByOid(type: string): TerminalType | undefined {
  return TERMINAL_TYPES.find((row) => row.oid === type);
}

/** The role, which stands in the first two bits whatever the terminal type. */
export function roleOf(chat: Chat): CvcRole {
  return ROLES[(chat.authorization[0] as number) >> 6] as CvcRole;
}

/** Whether bit `bit` is set; bit 0 is the last one. */
const hasBit = (bits: Uint8Array, bit: number): boolean =>
  (((bits[bits.length - 1 - (bit >> 3)] ?? 0) >> (bit & 7)) & 1) === 1;

/**
 * The rights by name, the lowest bit first. Bits that the standard reserves have the names `rfu` and their number; they grant
 * nothing, and are here so that a template can be made again from its description.
 *
 * Spec: TR-03110-4 §2.2.3 (authentication terminals), TR-03110-3 C; ICAO 9303-10 table 95 (inspection systems).
 *
 * @returns None for a terminal type that is not known here.
 * @example
 * import { buildChat, rightsOf } from "cardwright/pki";
 * rightsOf(buildChat({ terminalType: "IS", role: "terminal", rights: ["readDg3"] })); // => ["readDg3"]
 */
export function rightsOf(chat: Chat): readonly string[] {
  const { rights = [] } = terminalTypeByOid(chat.oid) ?? {};
  return rights.filter((_, bit) => hasBit(chat.authorization, bit));
}

/**
 * A template from type, role and names of rights.
 *
 * Spec: TR-03110-3 C (bits) and D (encoding).
 *
 * @throws {RangeError} for a type, a role or a right that its table does not have.
 * @example
 * import { toHex } from "cardwright/bytes";
 * import { buildChat } from "cardwright/pki";
 * const chat = buildChat({ terminalType: "AT", role: "terminal", rights: ["ageVerification", "readDg4"] });
 * toHex(chat.authorization); // => 0000000801
 */
export function buildChat({ terminalType, role, rights }: ChatDescription): Chat {
  const row = TERMINAL_TYPES.find(({ name }) => name === terminalType);
  if (row === undefined) {
    throw new RangeError(`buildChat: no terminal type ${JSON.stringify(terminalType)}; there are IS, AT and ST`);
  }
  const roleBits = ROLES.indexOf(role);
  if (roleBits < 0) throw new RangeError(`buildChat: no role ${JSON.stringify(role)}; there are ${ROLES.join(", ")}`);
  const authorization = new Uint8Array(row.bytes);
  authorization[0] = roleBits << 6;
  for (const right of rights) {
    const bit = row.rights.indexOf(right);
    if (bit < 0) throw new RangeError(`buildChat: ${terminalType} has no right ${JSON.stringify(right)}`);
    const at = row.bytes - 1 - (bit >> 3);
    authorization[at] = (authorization[at] as number) | (1 << (bit & 7));
  }
  return { oid: row.oid, authorization };
}

/**
 * The effective authorization: bitwise AND of the templates of a terminal, its DV and its CVCA. Its role is that of the
 * terminal, because a terminal's two bits are zero.
 *
 * Spec: ICAO 9303-11 §7.1.4.3.6, TR-03110-3 C.
 *
 * @throws {RangeError} when there is no template, or they are of different types: their bits mean different things.
 */
export function effectiveChat(...chats: readonly Chat[]): Chat {
  const [first, ...others] = chats;
  if (first === undefined) throw new RangeError("effectiveChat: no template is given");
  const authorization = Uint8Array.from(first.authorization);
  for (const chat of others) {
    if (chat.oid !== first.oid || chat.authorization.length !== authorization.length) {
      throw new RangeError("effectiveChat: the templates are of different terminal types");
    }
    for (let i = 0; i < authorization.length; i++) {
      authorization[i] = (authorization[i] as number) & (chat.authorization[i] as number);
    }
  }
  return { oid: first.oid, authorization };
}

/** The rights that the template grants: {@link rightsOf} without reserved bits, which grant nothing (9303-11 §7.1.4.3.6). */
export function grantedRights(chat: Chat): readonly string[] {
  return rightsOf(chat).filter((right) => !right.startsWith("rfu"));
}
