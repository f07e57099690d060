import { commandApdu } from "../../apdu/apdu.js";
import { equalBytes, toHex, wipe } from "../../bytes/bytes.js";
import { ProtocolError } from "../../errors.js";
import type { SecurityInfo } from "../../lds/security-info-content.js";
import { openTerminalSession } from "../../sm/terminal.js";
import type { EvidenceFinding } from "../evidence/shared.js";
import { type ChipAuthenticationMappingEvidence, verifyChipAuthenticationMapping } from "../pace/shared.js";
import { staticPublicKeyOf } from "../static-keys/shared.js";
import { chipAuthenticationParameters, chipAuthenticationToken } from "./formulas.js";
import { CHIP_AUTHENTICATION_PROTOCOLS, chipAuthenticationMappingKey, chipAuthenticationOffers } from "./offers.js";

/** What chip authentication leaves behind. It holds no secret unless that was asked for by `EXPOSE_SESSION_SECRETS`. */
export interface ChipAuthenticationEvidence {
  /** Object identifier of the protocol, dotted. */
  readonly protocol: string;
  readonly version: 1 | 2;
  readonly keyId?: number;
  /** Static public key of the chip that the terminal agreed with. */
  readonly publicKey: Uint8Array;
  /** Ephemeral public key of the terminal. */
  readonly ephemeralKey: Uint8Array;
  /** Nonce and token of version 2. */
  readonly nonce?: Uint8Array;
  readonly token?: Uint8Array;
  /** Whether the terminal saw the proof: the token, or the first answer under the new keys. */
  readonly confirmed: boolean;
  /** The first answer under the new keys, as it came, with the INS that it answers. */
  readonly firstAnswer?: { readonly ins: number; readonly data: Uint8Array; readonly sw: number };
  /** The terminal's ephemeral private key: with it, and only with it, others can recompute the proof. A secret. */
  readonly ephemeralPrivateKey?: Uint8Array;
}

const ABOUT = { id: "chip.chipAuthentication", path: "chip", spec: "ICAO 9303-11 §6.2" } as const;

/**
 * Judges a recorded chip authentication again.
 *
 * Spec: ICAO 9303-11 §6.2; TR-03110-2 §3.4 for version 2.
 *
 * Without the terminal's ephemeral private key nothing can be recomputed: the finding says what the recording terminal saw. With
 * it everything is; and since whoever holds it can make up such a run, it convinces only those who trust the recorder.
 *
 * @param evidence - undefined when it was not done.
 * @param infos - SecurityInfos of DG14 or EF.CardSecurity; that they are authentic is for passive authentication to say.
 * @returns One finding, `chip.chipAuthentication`.
 */
export function verifyChipAuthenticationEvidence(
  evidence: ChipAuthenticationEvidence | undefined,
  infos: readonly SecurityInfo[],
): EvidenceFinding {
  if (evidence === undefined) return { ...ABOUT, status: "notChecked", message: "Chip authentication was not done." };
  const { protocol: dotted, publicKey, ephemeralKey, keyId, ephemeralPrivateKey } = evidence;
  const values = {
    protocol: dotted,
    publicKey: toHex(publicKey),
    ephemeralKey: toHex(ephemeralKey),
    ...(keyId !== undefined && { keyId: String(keyId) }),
    recomputed: ephemeralPrivateKey === undefined ? "no" : "yes",
  };
  const answer = (status: EvidenceFinding["status"], message: string): EvidenceFinding => ({
    ...ABOUT,
    status,
    message,
    evidence: values,
  });
  const signed = infos.some((info) => {
    if (info.kind !== "chipAuthenticationPublicKeyInfo") return false;
    if (keyId !== undefined && info.keyId !== undefined && info.keyId !== keyId) return false;
    const key = staticPublicKeyOf(info.chipAuthenticationPublicKey);
    return key !== undefined && equalBytes(key.publicKey, publicKey);
  });
  if (!signed) return answer("failed", "The key that the chip proved is not in its signed files.");
  const offer = chipAuthenticationOffers(infos).find(
    (each) =>
      each.protocol.oid === dotted && each.version === evidence.version && equalBytes(each.publicKey, publicKey),
  );
  if (offer === undefined) return answer("failed", "The signed files do not offer the protocol that was run.");
  if (!evidence.confirmed) {
    return answer("notChecked", "No answer came under the new keys, so that nothing was proved.");
  }
  if (ephemeralPrivateKey === undefined) {
    return answer(
      "passed",
      "The chip proved to the terminal that it holds its signed key. It convinces only the terminal that recorded it.",
    );
  }
  return recompute(evidence, ephemeralPrivateKey, offer.group)
    ? answer(
        "passed",
        "The chip holds its signed key: the proof was recomputed with the terminal's private key. It convinces those who trust the terminal.",
      )
    : answer("failed", "The chip is not genuine: its proof does not fit its signed key.");
}

function recompute(
  evidence: ChipAuthenticationEvidence,
  scalar: Uint8Array,
  group: Parameters<typeof chipAuthenticationToken>[2],
): boolean {
  const { publicKey, ephemeralKey, nonce, token, firstAnswer } = evidence;
  const protocol = CHIP_AUTHENTICATION_PROTOCOLS.find((row) => row.oid === evidence.protocol);
  if (protocol === undefined) return false;
  let secret: Uint8Array | undefined;
  try {
    if (!equalBytes(group.power(group.generator, scalar), ephemeralKey)) return false;
    secret = group.agree(publicKey, scalar);
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
  const parameters = chipAuthenticationParameters(protocol, secret, evidence.version === 2 ? nonce : undefined);
  wipe(secret);
  try {
    if (evidence.version === 2) {
      return token !== undefined && nonce !== undefined
        ? equalBytes(chipAuthenticationToken(protocol, parameters.ksMac, group, ephemeralKey), token)
        : false;
    }
    if (firstAnswer === undefined) return false;
    const session = openTerminalSession(parameters);
    try {
      // What was sent does not count: the MAC of an answer is over the counter and the answer alone.
      session.wrap(commandApdu(0x00, firstAnswer.ins, 0, 0));
      session.unwrap({ data: firstAnswer.data, sw: firstAnswer.sw });
      return true;
    } catch (error) {
      if (error instanceof ProtocolError) return false;
      throw error;
    } finally {
      session.close();
    }
  } finally {
    wipe(parameters.ksEnc, parameters.ksMac);
  }
}

/**
 * Judges PACE with chip authentication mapping again.
 *
 * Spec: ICAO 9303-11 §4.4.3.5.
 *
 * @param evidence - undefined when PACE ran with another mapping, or not at all.
 * @param infos - SecurityInfos of EF.CardSecurity or DG14; that they are authentic is for passive authentication to say.
 * @returns One finding, `chip.paceCam`.
 */
export function verifyChipAuthenticationMappingEvidence(
  evidence: ChipAuthenticationMappingEvidence | undefined,
  infos: readonly SecurityInfo[],
): EvidenceFinding {
  const about = { id: "chip.paceCam", path: "chip", spec: "ICAO 9303-11 §4.4.3.5" } as const;
  if (evidence === undefined) {
    return { ...about, status: "notChecked", message: "PACE was not done with chip authentication mapping." };
  }
  const { curve, keyId, mappingKey } = evidence;
  const values = { curve, keyId: String(keyId), mappingKey: toHex(mappingKey) };
  const key = chipAuthenticationMappingKey(infos, evidence);
  if (key === undefined) {
    return { ...about, status: "failed", message: "The signed files hold no key for this mapping.", evidence: values };
  }
  return verifyChipAuthenticationMapping(evidence, key)
    ? {
        ...about,
        status: "passed",
        message: "The chip holds its signed key. It convinces only the terminal that recorded it.",
        evidence: { ...values, publicKey: toHex(key) },
      }
    : {
        ...about,
        status: "failed",
        message: "The chip is not genuine: its proof does not fit its signed key.",
        evidence: values,
      };
}
