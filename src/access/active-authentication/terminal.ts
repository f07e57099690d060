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
  /**
   * Block of the cipher of the session that the exchange runs in, in bytes: 8 for 3DES, 16 for AES, 0 in the clear; 8 when left out.
   * It tells how long an answer fits a short Le with its protection around.
   */
  readonly protection?: 0 | 8 | 16;
}

/** DER of an ECDSA signature is up to 9 bytes longer than r‖s; what the chip gives besides is asked for as well. */
const SHORT = 256;

/**
 * Most signature bytes that fit 256 bytes of answer: with protection DO 87 (tag, length of two bytes, padding indicator, whole blocks
 * with a byte of padding), DO 99 and DO 8E.
 */
const MOST_IN_SHORT = { 0: SHORT, 8: 231, 16: 223 } as const;

/**
 * Active authentication on the terminal's side: INTERNAL AUTHENTICATE. The answer is judged offline, by
 * `verifyActiveAuthentication`: nothing of it depends on the session.
 *
 * Spec: ICAO 9303-11 §6.1. The eMRTD application must be selected; inside a session when there is one.
 *
 * @param dg15 - The whole EF.DG15: it tells how long the answer is. Above 231 bytes under 3DES, 223 under AES (`options.protection`)
 *   and 256 in the clear it is asked for with extended lengths.
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
  const { random = systemRandom, protection = 8 } = options;
  const challenge = (options.challenge ?? random(CHALLENGE_LENGTH)).slice();
  if (challenge.length !== CHALLENGE_LENGTH) {
    throw new RangeError(`askActiveAuthentication: the challenge has ${challenge.length} bytes, not 8`);
  }
  const key = activeAuthenticationKey(dg15);
  const { name, signatureBytes } = key === undefined ? { name: "unknown", signatureBytes: 0 } : describeKey(key);
  const command = commandApdu(
    0x00,
    0x88,
    0x00,
    0x00,
    challenge,
    signatureBytes > MOST_IN_SHORT[protection] ? 65_536 : SHORT,
  );
  const { data } = yield* send(command, "INTERNAL AUTHENTICATE (active authentication)");
  return {
    challenge,
    response: data.slice(),
    algorithm: name,
    challengeBy: options.challenge === undefined ? "terminal" : "verifier",
  };
}
