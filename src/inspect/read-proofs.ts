import { askActiveAuthentication } from "../access/active-authentication/terminal.js";
import { type ChipAuthenticationOffer, chipAuthenticationOffers } from "../access/chip-authentication/shared.js";
import { openChipAuthentication } from "../access/chip-authentication/terminal.js";
import { EXPOSE_SESSION_SECRETS } from "../access/evidence/shared.js";
import type { SyncExchange } from "../apdu/exchange.js";
import { SW } from "../apdu/status.js";
import { MalformedError, ProtocolError, StatusError } from "../errors.js";
import { dataGroupByNumber } from "../lds/data-groups.js";
import { parseDg14SecurityInfos } from "../lds/security-infos.js";
import { protectionOf } from "./doors.js";
import type { AskedProof } from "./read-options.js";
import { announces, type DataGroup, nakedStatus, type Reading, takeGroup, within } from "./reading.js";

const DG14 = dataGroupByNumber(14) as DataGroup;
const DG15 = dataGroupByNumber(15) as DataGroup;

const asks = ({ options }: Reading, proof: AskedProof): boolean => options.proofs?.includes(proof) ?? true;

/**
 * Chip authentication, when the chip offers it and has not shown its key in PACE already; the new session takes the place of
 * the one before.
 *
 * Spec: ICAO 9303-11 §4.2 step 7, §6.2. EF.DG14 is read before its signature is checked: what was proved counts once it is.
 */
export function* authenticateChip(reading: Reading): SyncExchange<void> {
  const { proofs, options, state, falls, random, session } = reading;
  if (!asks(reading, "chipAuthentication") || !announces(reading, DG14)) return;
  const file = yield* within(reading, takeGroup(reading, DG14));
  // Version 2 may have been done in the master file.
  if (file === undefined || proofs.paceCam !== undefined || reading.opening !== undefined) return;
  if (state.chipAuthenticationFall !== undefined) {
    falls.push(state.chipAuthenticationFall);
    return;
  }
  const offer = firstOffer(file);
  if (offer === "none") return;
  if (offer === "unknown") {
    const error = new ProtocolError(
      "CHIP_AUTHENTICATION_REFUSED",
      "chip authentication",
      "EF.DG14",
      "the chip offers no chip authentication that is known here.",
    );
    if (reading.allow.chipAuthentication === false) throw error;
    falls.push({ kind: "chipAuthentication", reason: "unknown" });
    return;
  }
  const exposing = options[EXPOSE_SESSION_SECRETS] === true ? ({ [EXPOSE_SESSION_SECRETS]: true } as const) : {};
  reading.step = "chipAuthentication";
  try {
    const opening = yield* within(reading, openChipAuthentication(offer, { random, ...exposing }));
    session?.close();
    reading.opening = opening;
    reading.session = opening.session;
    reading.protection = protectionOf(offer.protocol.suite === "3DES" ? 8 : 16);
  } catch (error) {
    const refused = error instanceof ProtocolError && error.code === "CHIP_AUTHENTICATION_REFUSED";
    if (!refused || reading.allow.chipAuthentication === false) throw error;
    const { cause } = error;
    falls.push({
      kind: "chipAuthentication",
      reason: "refused",
      ...(cause instanceof StatusError && { sw: cause.sw }),
    });
  }
  reading.step = undefined;
}

/** The best protocol of version 1: version 2 comes after terminal authentication, in other applications. */
function firstOffer(file: Uint8Array): ChipAuthenticationOffer | "unknown" | "none" {
  try {
    const { infos } = parseDg14SecurityInfos(file, { keepMalformed: true });
    const first = chipAuthenticationOffers(infos).find(({ version }) => version === 1);
    return first ?? (infos.some(({ kind }) => kind.startsWith("chipAuthentication")) ? "unknown" : "none");
  } catch (error) {
    if (error instanceof MalformedError) return "none"; // the verdict has a check for its form
    throw error;
  }
}

/** What one try leaves to the next about the chip's key. */
export interface Doubt {
  /** What the chip sent did not prove that it holds its key; a fault on the way looks the same once. */
  doubted?: true;
}

/** With which a chip says that it cannot read what it is sent, as a copy with a key of its own cannot. */
const UNREADABLE: readonly number[] = [SW.SM_OBJECTS_MISSING, SW.SM_OBJECTS_INCORRECT];

/**
 * Whether the reading is to begin again: once more with chip authentication, when what came does not prove the key and may be a
 * fault; then without it, because the chip does not do it, or is none that has the key. What is read then is judged with that.
 *
 * @throws {ProtocolError} `CHIP_AUTHENTICATION_REFUSED` when the chip gave no answer under its key, and `allow` forbids to go on without.
 */
export function fellFromChipAuthentication(error: unknown, { step, state, allow }: Reading, doubt: Doubt): boolean {
  if (state.chipAuthenticationFall !== undefined) return false;
  const ofKey = error instanceof ProtocolError && error.code === "CHIP_NOT_GENUINE";
  const sw = nakedStatus(error);
  // Another word in the clear is a chip, or a reader, that could not go on: it says nothing of the key.
  const notGenuine = ofKey && (sw === undefined || UNREADABLE.includes(sw));
  const refused = sw !== undefined && (ofKey || step === "chipAuthentication");
  if (!notGenuine && !refused) return false;
  if (notGenuine && doubt.doubted === undefined) {
    doubt.doubted = true;
    return true;
  }
  if (allow.chipAuthentication === false) {
    if (!ofKey || notGenuine) return false;
    const message = "the chip ended the session before it proved its key: present it again.";
    throw new ProtocolError("CHIP_AUTHENTICATION_REFUSED", "chip authentication", "first answer", message, {
      cause: error,
    });
  }
  const reason = notGenuine ? "notGenuine" : "refused";
  state.chipAuthenticationFall = { kind: "chipAuthentication", reason, ...(sw !== undefined && { sw }) };
  return true;
}

/**
 * Active authentication, last of all: a chip that ends the session over it has given everything else.
 *
 * Spec: ICAO 9303-11 §6.1.
 */
export function* askToSign(reading: Reading): SyncExchange<void> {
  const { options, random, allow, falls, state } = reading;
  // Where only short lengths work, the chip may still answer in pieces, as many do with keys of 2048 bits.
  const { maxResponse, most } = state.size;
  const protection = maxResponse > 258 && most > 256 ? reading.protection : 0;
  if (!asks(reading, "activeAuthentication") || !announces(reading, DG15)) return;
  const file = yield* within(reading, takeGroup(reading, DG15));
  if (file === undefined) return;
  const challenge = options.challenge === undefined ? {} : { challenge: options.challenge };
  try {
    const activeAuthentication = yield* within(
      reading,
      askActiveAuthentication(file, { random, protection, ...challenge }),
    );
    reading.proofs = { ...reading.proofs, activeAuthentication };
  } catch (error) {
    const sw = error instanceof StatusError ? error.sw : nakedStatus(error);
    if (sw === undefined || allow.activeAuthentication === false) throw error;
    falls.push({ kind: "activeAuthentication", reason: "refused", sw });
  }
}
