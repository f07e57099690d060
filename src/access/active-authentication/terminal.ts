import { commandApdu } from "../../apdu/apdu.js";
import type { SyncExchange } from "../../apdu/exchange.js";
import { send } from "../../apdu/status.js";
import { type RandomSource, systemRandom } from "../../bytes/random.js";
import { type ActiveAuthenticationEvidence, activeAuthenticationKey, CHALLENGE_LENGTH, describeKey } from "./shared.js";

/** Options of {@link askActiveAuthentication}. */
export interface ActiveAuthenticationOptions {
  /** Challenge of a third party that is to be convinced, 8 bytes; drawn here when left out. */
  readonly challenge?: Uint8Array;
  /** Gives the challenge (8 bytes). */
  readonly random?: RandomSource;
}

/** DER of an ECDSA signature is up to 9 bytes longer than r‖s; what the chip gives besides is asked for as well. */
const SHORT = 256;

/**
 * Active authentication on the terminal's side: INTERNAL AUTHENTICATE. The answer is judged offline, by
 * `verifyActiveAuthentication`: nothing of it depends on the session.
 *
 * Spec: ICAO 9303-11 §6.1. The eMRTD application must be selected; inside a session when there is one.
 *
 * @param dg15 - The whole EF.DG15: it tells how long the answer is. Above 231 bytes under 3DES and 223 under AES the answer needs
 *   extended lengths.
 * @returns What was asked and answered.
 * @throws {RangeError} when a challenge is given that does not have 8 bytes.
 * @throws {StatusError} `UNEXPECTED_STATUS` - the chip does not sign: it could not be asked, which proves nothing.
 * @example
 * const exchange = askActiveAuthentication(efDg15, { challenge: fromHex("F173589974BF40C6") });
 * exchange.next().value.ins; // 0x88, INTERNAL AUTHENTICATE
 */
export function* askActiveAuthentication(
  dg15: Uint8Array,
  options: ActiveAuthenticationOptions = {},
): SyncExchange<ActiveAuthenticationEvidence> {
  const { random = systemRandom } = options;
  const challenge = (options.challenge ?? random(CHALLENGE_LENGTH)).slice();
  if (challenge.length !== CHALLENGE_LENGTH) {
    throw new RangeError(`askActiveAuthentication: the challenge has ${challenge.length} bytes, not 8`);
  }
  const key = activeAuthenticationKey(dg15);
  const { name, signatureBytes } = key === undefined ? { name: "unknown", signatureBytes: 0 } : describeKey(key);
  const command = commandApdu(0x00, 0x88, 0x00, 0x00, challenge, signatureBytes > SHORT ? 65_536 : SHORT);
  const { data } = yield* send(command, "INTERNAL AUTHENTICATE (active authentication)");
  return {
    challenge,
    response: data.slice(),
    algorithm: name,
    challengeBy: options.challenge === undefined ? "terminal" : "verifier",
  };
}
