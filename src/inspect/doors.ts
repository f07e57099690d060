import { deriveBacKeys } from "../access/bac/shared.js";
import { openBac } from "../access/bac/terminal.js";
import { type PaceOffer, paceOffers } from "../access/pace/shared.js";
import { openPace, type PaceResult } from "../access/pace/terminal.js";
import type { SyncExchange } from "../apdu/exchange.js";
import type { SecureSession } from "../apdu/session.js";
import { wipe } from "../bytes/bytes.js";
import type { RandomSource } from "../bytes/random.js";
import { MalformedError, ProtocolError, StatusError } from "../errors.js";
import { efCardAccess } from "../lds/card-access.js";
import { type MrzKeyMaterial, mrzInformation } from "../lds/mrz.js";
import type { SecurityInfo } from "../lds/security-info-content.js";
import { parseSecurityInfos } from "../lds/security-infos.js";
import type { FallPolicy, PaceFacts, ReadingFall } from "./card-files.js";
import type { MasterFileReading } from "./read-master-file.js";
import type { Protection } from "./read-size.js";

/** The card access number, printed on the front: opens a card by PACE. */
export interface CanKey {
  /** Six digits on most cards. */
  readonly can: string;
}

/** The holder's PIN: opens a card by PACE. A wrong one costs a try, and a suspended one asks for a session by CAN first. */
export interface PinKey {
  readonly pin: string;
}

/** What opens a card: the printed document number and dates (PACE, or BAC), the card access number or the holder's PIN (PACE). */
export type AccessKey = MrzKeyMaterial | CanKey | PinKey;

/** Whether a key is made of the document number and dates, which BAC needs. */
export const isMrzKey = (key: AccessKey): key is MrzKeyMaterial => !("can" in key || "pin" in key);

/** A card that was opened. */
export interface OpenDoor {
  readonly session: SecureSession;
  readonly protection: Protection;
  readonly facts?: PaceFacts;
  readonly pace?: PaceResult;
}

/** The door that is to be tried: PACE in one way, or BAC, with the fall that this is. */
export type DoorChoice =
  | { readonly protocol: "PACE"; readonly offer: PaceOffer }
  | { readonly protocol: "BAC"; readonly fall?: ReadingFall };

/**
 * Finds a mistake in an access key before a card hears of it.
 *
 * @throws {RangeError} when it cannot be one.
 */
export function checkAccessKey(key: AccessKey): void {
  if (isMrzKey(key)) mrzInformation(key);
  else if (!/^[0-9A-Za-z]{1,32}$/.test("can" in key ? key.can : key.pin)) {
    throw new RangeError(`readCard: accessKey.${"can" in key ? "can" : "pin"} is not what a card has`);
  }
}

/** Bytes of the cipher's block, which say how much of an answer is taken by protection. */
export const protectionOf = (blockSize: number): Protection => (blockSize === 8 ? 8 : 16);

/** Opens the selected travel-document application by BAC. */
export function* openByBac(key: MrzKeyMaterial, random: RandomSource): SyncExchange<OpenDoor> {
  const keys = deriveBacKeys(mrzInformation(key));
  try {
    return { session: yield* openBac(keys, { random }), protection: 8 };
  } finally {
    wipe(keys.kEnc, keys.kMac);
  }
}

/**
 * Opens a card by PACE, before an application is selected.
 *
 * @param chat - What the terminal says of itself, when it will authenticate.
 */
export function* openByPace(
  offer: PaceOffer,
  key: AccessKey,
  random: RandomSource,
  chat?: Uint8Array,
): SyncExchange<OpenDoor> {
  const password = passwordOf(key);
  const pace = yield* openPace(offer, password, { random, ...(chat && { chat }) });
  const { protocol, parameterId } = offer;
  return {
    session: pace.session,
    protection: protectionOf(protocol.cipher.blockSize),
    facts: {
      protocol: protocol.oid,
      name: protocol.name,
      ...(parameterId !== undefined && { parameterId }),
      password: password.kind,
    },
    pace,
  };
}

function passwordOf(key: AccessKey) {
  if (isMrzKey(key)) return { kind: "mrz", secret: mrzInformation(key) } as const;
  return "can" in key ? ({ kind: "can", secret: key.can } as const) : ({ kind: "pin", secret: key.pin } as const);
}

/** What the object identifiers of all protocols of PACE begin with; an entry that is malformed has one too. */
const ID_PACE = "0.4.0.127.0.7.2.2.4.";

const cannot = (message: string, cause?: Error): ProtocolError =>
  new ProtocolError("PACE_FAILED", "PACE", "EF.CardAccess", message, cause === undefined ? {} : { cause });

/**
 * Chooses the best door that both sides know.
 *
 * Spec: ICAO 9303-11 §4.2: PACE where EF.CardAccess offers it. BAC then is not a second choice, unless the caller allows it:
 * somebody in between could make any PACE fail, and BAC is weaker.
 *
 * @throws {ProtocolError} `PACE_FAILED` when no door is left.
 */
export function chooseDoor(key: AccessKey, root: MasterFileReading, allow: FallPolicy): DoorChoice {
  const toBac = (reason: "unknown" | "malformed", error: ProtocolError): DoorChoice => {
    if (!isMrzKey(key) || allow.paceToBac !== true) throw error;
    return { protocol: "BAC", fall: { kind: "paceToBac", reason } };
  };
  const bytes = root.files[efCardAccess.name];
  if (root.broken.includes(efCardAccess.name))
    return toBac("malformed", cannot("EF.CardAccess cannot be read to its end."));
  if (bytes === undefined) {
    if (isMrzKey(key)) return { protocol: "BAC" };
    throw cannot("the card has no EF.CardAccess: it does not know PACE, which a CAN or a PIN is for.");
  }
  let infos: readonly SecurityInfo[];
  try {
    infos = parseSecurityInfos(bytes, { keepMalformed: true }).infos;
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    return toBac("malformed", cannot("EF.CardAccess cannot be read.", error));
  }
  const [offer] = paceOffers(infos);
  if (offer !== undefined) return { protocol: "PACE", offer };
  if (isMrzKey(key) && !infos.some(({ protocol }) => protocol.startsWith(ID_PACE))) return { protocol: "BAC" };
  return toBac("unknown", cannot("the card offers no PACE that is known here."));
}

/**
 * The fall to PACE without the terminal's template, after the chip did not begin with it: a chip may know other types of terminals, or none.
 * undefined when it is something else that failed.
 */
export function fallFromTemplate(error: unknown, allow: FallPolicy): ReadingFall | undefined {
  const failed = error instanceof ProtocolError && error.code === "PACE_FAILED" && error.step === "MSE:Set AT";
  const cause = failed ? error.cause : undefined;
  if (!(cause instanceof StatusError) || allow.paceTemplate === false) return undefined;
  return { kind: "paceTemplate", sw: cause.sw };
}

/** The fall to BAC after PACE did not come about; undefined when it is not one to fall from. */
export function fallFromPace(error: unknown, key: AccessKey, allow: FallPolicy): ReadingFall | undefined {
  const failed = error instanceof ProtocolError && error.code === "PACE_FAILED";
  if (!failed || !isMrzKey(key) || allow.paceToBac !== true) return undefined;
  const { cause } = error;
  return { kind: "paceToBac", reason: "failed", ...(cause instanceof StatusError && { sw: cause.sw }) };
}
