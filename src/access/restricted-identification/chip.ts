import type { CommandApdu } from "../../apdu/apdu.js";
import type { ChipExchange } from "../../apdu/exchange.js";
import type { ChipOutcome } from "../../apdu/session.js";
import { SW } from "../../apdu/status.js";
import { concatBytes, EMPTY, equalBytes, toHex } from "../../bytes/bytes.js";
import type { AgreementGroup } from "../../crypto/key-agreement.js";
import type { AnyHashName } from "../../crypto/primitives.js";
import { encodeTlv } from "../../tlv/ber.js";
import { valuesByTag } from "../data-objects/shared.js";
import {
  parseSectorKey,
  restrictedIdentificationProtocolByReference,
  sectorIdentifier,
  sectorKeyHash,
} from "./shared.js";

/** A key of restricted identification as a chip holds it. */
export interface RestrictedIdentificationKey {
  readonly keyId: number;
  readonly group: AgreementGroup;
  /** SK.ID, as long as the order of the group. Stays the caller's. */
  readonly privateKey: Uint8Array;
  /** Object identifiers (dotted) of the protocols that it is for. */
  readonly protocols: readonly string[];
  /** Whether the terminal needs the right to restricted identification; else any authenticated one will do. */
  readonly authorizedOnly: boolean;
}

/** What terminal authentication proved of the terminal. */
export interface SectorTerminal {
  /** Hashes of its sector keys, from the extension of its certificate; what is missing is refused. */
  readonly sectorKeyHashes: { readonly first?: Uint8Array; readonly second?: Uint8Array };
  /** Hash function of its signature algorithm. */
  readonly hash: AnyHashName;
  /** Whether it has the right to restricted identification. */
  readonly authorized: boolean;
}

/** Whether a command begins restricted identification: MSE:Set AT for one of its protocols. */
export function beginsRestrictedIdentification({ cla, ins, p1, p2, data }: CommandApdu): boolean {
  if (cla !== 0 || ins !== 0x22 || p1 !== 0x41 || p2 !== 0xa4) return false;
  const reference = valuesByTag(data, SET_AT)?.get(0x80);
  return reference !== undefined && restrictedIdentificationProtocolByReference(reference) !== undefined;
}

const SET_AT = [0x80, 0x84];

function refusal(sw: number): ChipOutcome {
  return { response: { data: EMPTY, sw } };
}

/**
 * Restricted identification on the chip's side: MSE:Set AT, then GENERAL AUTHENTICATE.
 *
 * Spec: TR-03110-2 §3.5, TR-03110-3 B.4. A key that the terminal's certificate does not state is refused: else any sector could be
 * asked for.
 *
 * @param terminal - undefined when none has authenticated in this session.
 * @returns The last response; `{}` when a command is not part of the protocol and is to be handled afresh.
 */
export function* restrictedIdentificationChip(
  first: CommandApdu,
  keys: readonly RestrictedIdentificationKey[],
  terminal: SectorTerminal | undefined,
): ChipExchange<ChipOutcome> {
  if (!beginsRestrictedIdentification(first)) return {};
  const objects = valuesByTag(first.data, SET_AT) as ReadonlyMap<number, Uint8Array>;
  const protocol = restrictedIdentificationProtocolByReference(objects.get(0x80) ?? EMPTY);
  const reference = objects.get(0x84) ?? EMPTY;
  const keyId = reference.length > 0 && reference.length <= 4 ? Number.parseInt(toHex(reference), 16) : undefined;
  const key = keys.find((each) => each.keyId === keyId);
  if (key === undefined) return refusal(SW.REFERENCED_DATA_NOT_FOUND);
  if (protocol === undefined || !key.protocols.includes(protocol.oid)) return refusal(SW.WRONG_DATA);
  if (terminal === undefined) return refusal(SW.CONDITIONS_NOT_SATISFIED);
  if (key.authorizedOnly && !terminal.authorized) return refusal(SW.SECURITY_STATUS_NOT_SATISFIED);

  const { cla, ins, p1, p2, data } = yield { data: EMPTY, sw: SW.OK };
  if (cla !== 0 || ins !== 0x86) return {};
  if (p1 !== 0 || p2 !== 0) return refusal(SW.INCORRECT_P1_P2);
  const sectors = valuesByTag(data, [0xa0, 0xa2], 0x7c);
  if (sectors === undefined || sectors.size === 0) return refusal(SW.WRONG_DATA);
  const answers: Uint8Array[] = [];
  for (const [tag, answerTag, stated] of [
    [0xa0, 0x81, terminal.sectorKeyHashes.first],
    [0xa2, 0x83, terminal.sectorKeyHashes.second],
  ] as const) {
    const content = sectors.get(tag);
    if (content === undefined) continue;
    const sector = parseSectorKey(content);
    const known = stated !== undefined && equalBytes(sectorKeyHash(terminal.hash, content), stated);
    if (!known || sector === undefined) return refusal(SW.WRONG_DATA);
    if (sector.protocol.oid !== protocol.oid || sector.group.name !== key.group.name) return refusal(SW.WRONG_DATA);
    const identifier = sectorIdentifier(protocol.hash, key.group, key.privateKey, sector.publicKey);
    answers.push(encodeTlv(answerTag, identifier));
  }
  return { response: { data: encodeTlv(0x7c, concatBytes(...answers)), sw: SW.OK } };
}
