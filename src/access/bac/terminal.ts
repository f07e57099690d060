import { externalAuthenticate, getChallenge } from "../../apdu/commands.js";
import type { SyncExchange } from "../../apdu/exchange.js";
import type { SecureSession } from "../../apdu/session.js";
import { SW, send, statusError } from "../../apdu/status.js";
import { concatBytes, equalBytes, wipe } from "../../bytes/bytes.js";
import { type RandomSource, systemRandom } from "../../bytes/random.js";
import { ProtocolError } from "../../errors.js";
import type { SmParameters } from "../../sm/shared.js";
import { openTerminalSession } from "../../sm/terminal.js";
import {
  type BacKeys,
  CRYPTOGRAM_LENGTH,
  KEYING_LENGTH,
  NONCE_LENGTH,
  openCryptogram,
  sealCryptogram,
  sessionParameters,
} from "./shared.js";

/** Status words with which chips refuse a cryptogram; 63Cx comes on top. */
const REFUSALS: readonly number[] = [
  SW.NO_INFORMATION,
  SW.SECURITY_STATUS_NOT_SATISFIED,
  SW.AUTHENTICATION_METHOD_BLOCKED,
  SW.CONDITIONS_NOT_SATISFIED,
  SW.SM_OBJECTS_INCORRECT,
  SW.WRONG_DATA,
];

/**
 * Basic Access Control on the terminal's side: proves knowledge of the printed data and opens 3DES secure messaging.
 *
 * Spec: ICAO 9303-11 §4.3; worked example: appendix D.3. The eMRTD application must be selected.
 *
 * @param keys - From {@link deriveBacKeys}. They stay the caller's to wipe; all that is derived is wiped here.
 * @param options.random - Gives RND.IFD (8 bytes), then K.IFD (16 bytes).
 * @returns The open session; whoever receives it closes it.
 * @throws {ProtocolError} `BAC_REFUSED` - the chip does not accept the keys, with its `StatusError` as `cause`;
 *   `BAC_CHIP_NOT_GENUINE` - what the chip sends does not prove that it knows the keys.
 * @throws {StatusError} `UNEXPECTED_STATUS` - the chip does not do BAC here (no application selected, another state).
 * @example
 * const exchange = openBac(deriveBacKeys("L898902C<369080619406236"));
 * exchange.next().value.ins; // 0x84, GET CHALLENGE
 */
export function* openBac(keys: BacKeys, options: { random?: RandomSource } = {}): SyncExchange<SecureSession> {
  const random = options.random ?? systemRandom;
  let kIfd: Uint8Array | undefined;
  let s: Uint8Array | undefined;
  let r: Uint8Array | undefined;
  let parameters: SmParameters | undefined;
  try {
    // 1) IFD asks for RND.IC
    const challenge = yield* send(getChallenge(NONCE_LENGTH), "GET CHALLENGE (BAC)");
    const rndIc = challenge.data;
    if (rndIc.length !== NONCE_LENGTH) throw notGenuine("GET CHALLENGE");

    // 2) S = RND.IFD ‖ RND.IC ‖ K.IFD, encrypted and authenticated
    const rndIfd = random(NONCE_LENGTH);
    kIfd = random(KEYING_LENGTH);
    s = concatBytes(rndIfd, rndIc, kIfd);
    const command = externalAuthenticate(0x00, 0x00, sealCryptogram(keys, s), CRYPTOGRAM_LENGTH);
    const answer = yield command;
    if (answer.sw !== SW.OK) {
      const cause = statusError(command, answer.sw, "EXTERNAL AUTHENTICATE (BAC)");
      throw REFUSALS.includes(answer.sw) || answer.sw >> 4 === 0x63c ? refused(cause) : cause;
    }

    // 4) IFD checks M_IC, and that R = RND.IC ‖ RND.IFD ‖ K.IC repeats both nonces
    r = openCryptogram(keys, answer.data);
    if (r === undefined || !equalBytes(r.subarray(0, 16), concatBytes(rndIc, rndIfd))) {
      throw notGenuine("EXTERNAL AUTHENTICATE");
    }
    parameters = sessionParameters(rndIc, rndIfd, kIfd, r.subarray(16));
    return openTerminalSession(parameters);
  } finally {
    wipe(kIfd, s, r, parameters?.ksEnc, parameters?.ksMac);
  }
}

function refused(cause: Error): ProtocolError {
  const message =
    "the chip does not accept the access key: check document number, date of birth and date of expiry against the card.";
  return new ProtocolError("BAC_REFUSED", "BAC", "EXTERNAL AUTHENTICATE", message, { cause });
}

function notGenuine(step: string): ProtocolError {
  const message = "the chip does not prove that it knows the access key: it may be a forgery; do not go on with it.";
  return new ProtocolError("BAC_CHIP_NOT_GENUINE", "BAC", step, message);
}
