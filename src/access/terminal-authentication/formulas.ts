import { concatBytes, EMPTY, utf8 } from "../../bytes/bytes.js";

/** Bytes of the chip's challenge. */
export const CHALLENGE_LENGTH = 8;

/**
 * What the terminal signs: ID.IC ‖ r.IC ‖ Comp(PK.IFD) ‖ A.IFD.
 * Spec: ICAO 9303-11 §7.1.2; TR-03110-3 A.6.4 for auxiliary data (data object 67 with tag and length). Vector:
 * eac-worked-example-ecdh.json (`ta_pcd_signature`); libeac agrees on both versions, with auxiliary data (interop step libeac-ta).
 *
 * @param idIc - After PACE Comp of the chip's ephemeral key, after BAC {@link documentIdentifier}.
 * @param compressedKey - Of the terminal's ephemeral key of chip authentication.
 */
export function terminalAuthenticationMessage(
  idIc: Uint8Array,
  challenge: Uint8Array,
  compressedKey: Uint8Array,
  auxiliaryData: Uint8Array = EMPTY,
): Uint8Array {
  return concatBytes(idIc, challenge, compressedKey, auxiliaryData);
}

/** Birth and expiry, each with its check digit. */
const DATES = 14;

/**
 * ID.IC after BAC: the document number with its check digit, as it stands in the MRZ.
 *
 * Spec: ICAO 9303-11 §7.1.2. No vector is published: the rule is text.
 *
 * @param mrzInformation - As for `deriveBacKeys`.
 */
export function documentIdentifier(mrzInformation: string): Uint8Array {
  return utf8(mrzInformation.slice(0, -DATES));
}
