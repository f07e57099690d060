import { equalBytes, utf8, wipe } from "../../bytes/bytes.js";
import { kdfIcao } from "../../crypto/kdf.js";
import { sha1 } from "../../crypto/legacy/sha1.js";
import { ecMultiply } from "../../crypto/points.js";
import type { CurveName } from "../../crypto/primitives.js";
import type { SmParameters } from "../../sm/shared.js";
import { encodeTlv } from "../../tlv/ber.js";
import type { PaceCipher } from "./cipher.js";
import type { PaceGroup } from "./group.js";

// what rooms outside need beside the formulas: they import this file alone
export {
  comparePaceInfos,
  PACE_PROTOCOLS,
  type PaceMapping,
  type PaceOffer,
  type PaceProtocol,
  paceOffers,
} from "./parameters.js";

/** The passwords of PACE: printed on the card (MRZ, CAN), or known to its holder (PIN, PUK). */
export type PacePasswordKind = "mrz" | "can" | "pin" | "puk";

/** A password. `mrz` holds the MRZ information as `mrzInformation` of `lds` makes it; the others what is printed or known. */
export interface PacePassword {
  readonly kind: PacePasswordKind;
  readonly secret: string;
}

/** Reference of each password in MSE:Set AT (ICAO 9303-11 §4.4.4.1, TR-03110-3 B.1.1). */
export const PASSWORD_REFERENCES: Readonly<Record<PacePasswordKind, number>> = { mrz: 1, can: 2, pin: 3, puk: 4 };

/** The kind of a reference, or undefined. */
export function passwordKindOf(reference: number): PacePasswordKind | undefined {
  return (Object.keys(PASSWORD_REFERENCES) as PacePasswordKind[]).find(
    (kind) => PASSWORD_REFERENCES[kind] === reference,
  );
}

/** Printable ASCII, which is the same in ISO 8859-1; longer than any password in use is refused as a mistake. */
const PASSWORD = /^[\x20-\x7e]{1,64}$/;

/**
 * The bytes of a password as they enter the key derivation.
 *
 * @throws {TypeError} when it is empty, longer than 64 characters or not of ASCII; the message does not repeat it.
 */
export function passwordBytes(password: PacePassword): Uint8Array {
  if (!Object.hasOwn(PASSWORD_REFERENCES, password.kind)) {
    throw new TypeError("PACE: a password is of kind mrz, can, pin or puk");
  }
  if (typeof password.secret !== "string" || !PASSWORD.test(password.secret)) {
    throw new TypeError(`PACE: the ${password.kind} has 1 to 64 characters of ASCII`);
  }
  return utf8(password.secret);
}

/**
 * The key that encrypts the nonce, from a password: Kπ = KDF(f(π), 3).
 *
 * Spec: ICAO 9303-11 §9.7.3: f is SHA-1 for the MRZ information and nothing for the others. Vectors: kdf.json,
 * pace-gm-ecdh-example-G1.json (MRZ), eac-worked-example-ecdh.json (PIN).
 *
 * @returns A new key; the caller wipes it.
 */
export function derivePaceKey(kind: PacePasswordKind, password: Uint8Array, cipher: PaceCipher): Uint8Array {
  if (kind !== "mrz") return kdfIcao(password, 3, cipher.suite);
  const k = sha1(password);
  const key = kdfIcao(k, 3, cipher.suite);
  wipe(k);
  return key;
}

/**
 * Session keys and counter: KS.Enc = KDF(K, 1), KS.MAC = KDF(K, 2), SSC = 0.
 * Spec: ICAO 9303-11 §9.7.1, §9.8.6.3, §9.8.7.3. Vectors: App. G.1, G.2, H.1, H.2, I.1. The caller wipes the result.
 */
export function paceSessionParameters(secret: Uint8Array, cipher: PaceCipher): SmParameters {
  return {
    suite: cipher.suite,
    ksEnc: kdfIcao(secret, 1, cipher.suite),
    ksMac: kdfIcao(secret, 2, cipher.suite),
    ssc: new Uint8Array(cipher.blockSize),
  };
}

/**
 * Authentication token over the *other* side's ephemeral public key: MAC(KS.MAC, 7F49 { 06 protocol, 84 or 86 key }).
 * Spec: ICAO 9303-11 §4.4.3.4. Vectors: App. G.1, G.2, H.1, H.2, I.1 (both tokens).
 *
 * @param protocol - Content octets of the object identifier in MSE:Set AT.
 */
export function authenticationToken(
  cipher: PaceCipher,
  ksMac: Uint8Array,
  protocol: Uint8Array,
  group: PaceGroup,
  publicKey: Uint8Array,
): Uint8Array {
  return cipher.mac(ksMac, encodeTlv(0x7f49, encodeTlv(0x06, protocol), encodeTlv(group.keyTag, publicKey)));
}

/**
 * What a chip is known by after PACE: Comp(PK.IC), the x-coordinate of its ephemeral public key, or SHA-1 of the number. It
 * goes into what terminal authentication signs.
 * Spec: ICAO 9303-11 §7.1.2, TR-03110-3 A.2.2.3. Vector for curves: eac-worked-example-ecdh.json (`id_picc`). In DH
 * groups it is `compressPublicKey`, on which libeac's terminal agrees (interop step libeac-ca).
 */
export function compressedKey(group: PaceGroup, publicKey: Uint8Array): Uint8Array {
  return group.keyAgreement === "ECDH" ? group.secret(publicKey) : sha1(publicKey);
}

/** What PACE with chip authentication mapping leaves behind: enough to check it again, and no session key. */
export interface ChipAuthenticationMappingEvidence {
  readonly curve: CurveName;
  /** Number of the domain parameters, which is the key's identifier too. */
  readonly keyId: number;
  /** The chip's public key of the mapping, 04‖x‖y. */
  readonly mappingKey: Uint8Array;
  /** CA.IC: as long as the order of the curve. */
  readonly chipAuthenticationData: Uint8Array;
}

/**
 * Whether the chip of a PACE run holds the private key to a static public key: CA.IC · PK.IC = PK.Map,IC.
 *
 * Spec: ICAO 9303-11 §4.4.3.5.2; worked example: appendix I.1 (pace-cam-ecdh-example-I1.json).
 *
 * It says nothing about whose key that is: take it from an EF.CardSecurity or DG14 whose signature is good. It convinces
 * who ran the protocol; anybody can make such evidence about any key afterwards.
 *
 * @param publicKey - Static key of the chip, 04‖x‖y on the same curve.
 * @returns false also when a value has another form.
 */
export function verifyChipAuthenticationMapping(
  evidence: ChipAuthenticationMappingEvidence,
  publicKey: Uint8Array,
): boolean {
  const { curve, chipAuthenticationData, mappingKey } = evidence;
  try {
    return equalBytes(ecMultiply(curve, chipAuthenticationData, publicKey), mappingKey);
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
