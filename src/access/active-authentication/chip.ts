import type { CommandApdu, ResponseApdu } from "../../apdu/apdu.js";
import { SW } from "../../apdu/status.js";
import { EMPTY } from "../../bytes/bytes.js";
import { type RandomSource, systemRandom } from "../../bytes/random.js";
import type { EcPrivateKey } from "../../crypto/ecdsa.js";
import type { HashName } from "../../crypto/hash.js";
import type { AnyHashName } from "../../crypto/primitives.js";
import type { RsaPrivateKey } from "../../crypto/rsa.js";
import { rsaSignRepresentative } from "../../crypto/rsa-representative.js";
import { buildRepresentative } from "./iso9796.js";
import { CHALLENGE_LENGTH } from "./shared.js";

/** The key of active authentication as a chip holds it. */
export type ActiveAuthenticationChipKey =
  | { readonly key: RsaPrivateKey; readonly hash: AnyHashName }
  | { readonly key: EcPrivateKey; readonly hash: HashName };

/**
 * Active authentication on the chip's side: one command, one answer.
 *
 * Spec: ICAO 9303-11 §6.1; ISO/IEC 9796-2 B.6 for RSA, r‖s for ECDSA.
 *
 * @param held - Stays the caller's.
 * @param random - Gives M1 of an RSA signature.
 * @returns undefined when the command is not INTERNAL AUTHENTICATE and is to be handled otherwise.
 */
export function activeAuthenticationChip(
  command: CommandApdu,
  held: ActiveAuthenticationChipKey,
  random: RandomSource = systemRandom,
): ResponseApdu | undefined {
  const { cla, ins, p1, p2, data, ne } = command;
  if (cla !== 0 || ins !== 0x88) return undefined;
  if (p1 !== 0 || p2 !== 0) return { data: EMPTY, sw: SW.INCORRECT_P1_P2 };
  if (data.length !== CHALLENGE_LENGTH) return { data: EMPTY, sw: SW.WRONG_LENGTH };
  const signature = sign(held, data, random);
  if (ne < signature.length) return { data: EMPTY, sw: SW.WRONG_LENGTH };
  return { data: signature, sw: SW.OK };
}

function sign(held: ActiveAuthenticationChipKey, challenge: Uint8Array, random: RandomSource): Uint8Array {
  if (held.key.kind === "RSA") {
    return rsaSignRepresentative(held.key, buildRepresentative(held.key.bits, held.hash, challenge, random));
  }
  return held.key.sign(held.hash as HashName, challenge);
}
