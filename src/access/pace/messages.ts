import { type CommandApdu, commandApdu } from "../../apdu/apdu.js";
import { concatBytes, EMPTY, toHex, uintToBytes } from "../../bytes/bytes.js";
import { encodeTlv, parseTlv, parseTlvs } from "../../tlv/ber.js";
import { ifWellFormed } from "../data-objects/shared.js";
import type { PaceOffer } from "./parameters.js";

/** CLA of every GENERAL AUTHENTICATE of the chain but the last. */
export const CHAINED = 0x10;

/**
 * MSE:Set AT for PACE.
 *
 * Spec: ICAO 9303-11 §4.4.4.1; TR-03110-3 B.11.1. The number of the domain parameters is sent when the chip offers several.
 *
 * @param password - Reference of the password, 1 to 4.
 * @param chat - Certificate holder authorization template with tag and length (7F4C …), when a terminal will authenticate.
 */
export function mseSetAtPace(offer: PaceOffer, password: number, chat: Uint8Array = EMPTY): CommandApdu {
  const { protocol, parameterId, ambiguous } = offer;
  const parameter = ambiguous && parameterId !== undefined ? encodeTlv(0x84, unsignedBytes(parameterId)) : EMPTY;
  const data = [encodeTlv(0x80, protocol.reference), encodeTlv(0x83, Uint8Array.of(password)), parameter, chat];
  return commandApdu(0x00, 0x22, 0xc1, 0xa4, concatBytes(...data));
}

/** GENERAL AUTHENTICATE with dynamic authentication data, 7C (ICAO 9303-11 §4.4.4.2). `ne` is 256, more for long answers. */
export function generalAuthenticate(cla: number, data: Uint8Array, ne = 256): CommandApdu {
  return commandApdu(cla, 0x86, 0x00, 0x00, encodeTlv(0x7c, data), ne);
}

function unsignedBytes(value: number): Uint8Array {
  return uintToBytes(value, value > 0xffffff ? 4 : value > 0xffff ? 3 : value > 0xff ? 2 : 1);
}

/**
 * The data objects inside dynamic authentication data (7C), by tag.
 *
 * @param tags - The tags that may stand there, in their order; each at most once.
 * @returns undefined when the data are anything else.
 */
export function dynamicData(bytes: Uint8Array, tags: readonly number[]): ReadonlyMap<number, Uint8Array> | undefined {
  return ifWellFormed(() => {
    const found = new Map<number, Uint8Array>();
    let at = 0;
    for (const { tag, value } of parseTlv(bytes, 0x7c).children) {
      at = tags.indexOf(tag, at) + 1;
      if (at === 0) return undefined;
      found.set(tag, value);
    }
    return found;
  });
}

/** The data of MSE:Set AT; objects that PACE does not know are ignored (§4.4.4.1, note 2). */
export interface SetAtPace {
  readonly protocol: Uint8Array;
  readonly password: number;
  readonly parameterId?: number;
  /** Content octets of the terminal type's object identifier, and the whole template. */
  readonly chat?: { readonly terminalType: Uint8Array; readonly raw: Uint8Array };
}

/** What MSE:Set AT asks for; undefined when it is malformed or lacks something. */
export function parseSetAtPace(data: Uint8Array): SetAtPace | undefined {
  return ifWellFormed(() => {
    const nodes = [...parseTlvs(data)];
    const values = (tag: number) => nodes.filter((node) => node.tag === tag);
    const [protocols, passwords, parameters, chats] = [0x80, 0x83, 0x84, 0x7f4c].map(values) as [
      typeof nodes,
      typeof nodes,
      typeof nodes,
      typeof nodes,
    ];
    const [protocol, password, parameter, chat] = [protocols[0], passwords[0], parameters[0], chats[0]];
    if (protocol === undefined || password === undefined || password.value.length !== 1) return undefined;
    if ([protocols, passwords, parameters, chats].some((list) => list.length > 1)) return undefined;
    if (parameter !== undefined && (parameter.value.length === 0 || parameter.value.length > 4)) return undefined;
    const inside = chat && [...chat.children];
    if (inside && (inside.length !== 2 || inside[0]?.tag !== 0x06 || inside[1]?.tag !== 0x53)) return undefined;
    return {
      protocol: protocol.value,
      password: password.value[0] as number,
      ...(parameter && { parameterId: Number.parseInt(toHex(parameter.value), 16) }),
      ...(chat && inside?.[0] && { chat: { terminalType: inside[0].value, raw: chat.raw } }),
    };
  });
}

/** Text of a certification authority reference; undefined when it is none (ISO 8859-1, 1 to 16 characters). */
export function carText(value: Uint8Array | undefined): string | undefined {
  if (value === undefined || value.length === 0 || value.length > 16) return undefined;
  return String.fromCharCode(...value);
}

/** The octets of such a text; both as in 9303-12 §7.2.2.2. */
export function carBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
