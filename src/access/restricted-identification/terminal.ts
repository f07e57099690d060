import type { CommandApdu } from "../../apdu/apdu.js";
import type { SyncExchange } from "../../apdu/exchange.js";
import { SW, statusError } from "../../apdu/status.js";
import { HASHES } from "../../crypto/hash.js";
import { SHA1 } from "../../crypto/legacy/sha1.js";
import { ProtocolError } from "../../errors.js";
import { valuesByTag } from "../data-objects/shared.js";
import { generalAuthenticateSectors, mseSetAtRestrictedIdentification } from "./messages.js";
import type { SectorKey } from "./shared.js";

/** The identifiers of a chip: whether it is on a list of blocked ones is the caller's to look up. */
export interface SectorIdentifiers {
  readonly first?: Uint8Array;
  readonly second?: Uint8Array;
}

/**
 * Restricted identification on the terminal's side: a name for the chip that nobody outside the sector can link.
 *
 * Spec: TR-03110-2 §3.5; vector restricted-identification-sector1.json. To be run after terminal and chip authentication of
 * version 2; the terminal's certificate holds the hashes of its sector keys.
 *
 * @param keyId - Of the chip's key, from RestrictedIdentificationInfo.
 * @param sectors - One key or two, all of one protocol.
 * @returns An identifier for each key.
 * @throws {ProtocolError} `RESTRICTED_IDENTIFICATION_REFUSED` - the chip does not do it for this terminal, with its `StatusError` as `cause`
 *   when there is one, or its answer is malformed.
 * @throws {RangeError} when no key is given, or keys of two protocols are.
 * @example
 * const { first } = yield* secured(session, askSectorIdentifiers(1, { first: sector }));
 */
export function* askSectorIdentifiers(
  keyId: number,
  sectors: { readonly first?: SectorKey; readonly second?: SectorKey },
): SyncExchange<SectorIdentifiers> {
  const { first, second } = sectors;
  const protocol = (first ?? second)?.protocol;
  if (protocol === undefined || (second !== undefined && second.protocol.oid !== protocol.oid)) {
    throw new RangeError("askSectorIdentifiers: one sector key or two of one protocol are needed");
  }
  yield* step(mseSetAtRestrictedIdentification(protocol, keyId), "MSE:Set AT");
  const answer = yield* step(generalAuthenticateSectors(first, second), "GENERAL AUTHENTICATE");
  const wanted = [...(first === undefined ? [] : [0x81]), ...(second === undefined ? [] : [0x83])];
  const objects = valuesByTag(answer, wanted, 0x7c);
  const { size } = [...HASHES, SHA1].find(({ name }) => name === protocol.hash) ?? SHA1;
  if (objects === undefined || wanted.some((tag) => objects.get(tag)?.length !== size)) {
    throw refused("GENERAL AUTHENTICATE");
  }
  const [one, other] = [objects.get(0x81), objects.get(0x83)];
  return { ...(one !== undefined && { first: one }), ...(other !== undefined && { second: other }) };
}

function* step(command: CommandApdu, name: string): SyncExchange<Uint8Array> {
  const { data, sw } = yield command;
  if (sw === SW.OK) return data;
  throw refused(name, statusError(command, sw, `${name} (restricted identification)`));
}

function refused(name: string, cause?: Error): ProtocolError {
  const message =
    "the chip gives no identifier: check that the terminal has authenticated and its certificate states these sector keys.";
  const options = cause === undefined ? {} : { cause };
  return new ProtocolError("RESTRICTED_IDENTIFICATION_REFUSED", "restricted identification", name, message, options);
}
