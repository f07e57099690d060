import { deriveBacKeys } from "../access/bac/shared.js";
import { openBac } from "../access/bac/terminal.js";
import { type PaceOffer, paceOffers } from "../access/pace/shared.js";
import { openPace } from "../access/pace/terminal.js";
import type { SyncExchange } from "../apdu/exchange.js";
import type { SecureSession } from "../apdu/session.js";
import { wipe } from "../bytes/bytes.js";
import type { RandomSource } from "../bytes/random.js";
import type { AccessProtocol } from "../card/access-rule.js";
import { ProtocolError } from "../errors.js";
import { type MrzKeyMaterial, mrzInformation } from "../lds/mrz.js";
import { parseSecurityInfos } from "../lds/security-infos.js";
import type { Protection } from "./read-size.js";

/** The card access number, printed on the front: opens a card by PACE. */
export interface CanKey {
  /** Six digits on most cards. */
  readonly can: string;
}

/** What opens a card: the printed document number and dates (BAC), or the card access number (PACE). */
export type AccessKey = MrzKeyMaterial | CanKey;

/** Whether a key is a card access number. */
export const isCan = (key: AccessKey): key is CanKey => "can" in key;

/** A card that was opened. */
export interface OpenDoor {
  readonly protocol: AccessProtocol;
  readonly session: SecureSession;
  readonly protection: Protection;
}

/**
 * Finds a mistake in an access key before a card hears of it.
 *
 * @throws {RangeError} when it cannot be one.
 */
export function checkAccessKey(key: AccessKey): void {
  if (!isCan(key)) mrzInformation(key);
  else if (!/^[0-9A-Za-z]{1,32}$/.test(key.can)) throw new RangeError("readCard: accessKey.can is not what a card has");
}

/** Opens the selected travel-document application by BAC. */
export function* openByBac(key: MrzKeyMaterial, random: RandomSource): SyncExchange<OpenDoor> {
  const keys = deriveBacKeys(mrzInformation(key));
  try {
    return { protocol: "BAC", session: yield* openBac(keys, { random }), protection: 8 };
  } finally {
    wipe(keys.kEnc, keys.kMac);
  }
}

/**
 * The best way to open a card by PACE that its EF.CardAccess offers.
 *
 * @throws {ProtocolError} `PACE_FAILED` when it offers none that is known here.
 */
export function bestPaceOffer(cardAccess: Uint8Array): PaceOffer {
  const [best] = paceOffers(parseSecurityInfos(cardAccess, { keepMalformed: true }).infos);
  if (best !== undefined) return best;
  throw new ProtocolError("PACE_FAILED", "PACE", "EF.CardAccess", "the card offers no PACE that is known here.");
}

/** Opens a card by PACE, before an application is selected. */
export function* openByPace(offer: PaceOffer, key: CanKey, random: RandomSource): SyncExchange<OpenDoor> {
  const { session } = yield* openPace(offer, { kind: "can", secret: key.can }, { random });
  return { protocol: "PACE", session, protection: offer.protocol.cipher.blockSize === 8 ? 8 : 16 };
}
