import { concatBytes, EMPTY, wipe } from "../../bytes/bytes.js";
import { aesCmac } from "../../crypto/aes.js";
import { kdfIcao } from "../../crypto/kdf.js";
import type { AgreementGroup } from "../../crypto/key-agreement.js";
import { retailMac } from "../../crypto/legacy/des.js";
import type { SmParameters } from "../../sm/shared.js";
import { encodeTlv } from "../../tlv/ber.js";
import type { ChipAuthenticationProtocol } from "./offers.js";

/** Bytes of the nonce r of version 2. */
export const NONCE_LENGTH = 8;

/**
 * Session keys and counter: KS = KDF(K, 1 or 2), in version 2 KDF(K ‖ r, 1 or 2); SSC = 0.
 * Spec: ICAO 9303-11 §6.2.1, §9.7.1; TR-03110-3 A.2.3.2. Vectors: ca-ecdh-3des.json, ca-ecdh-aes128-nokeyid.json; for version 2
 * eac-worked-example-ecdh.json. The caller wipes the result.
 */
export function chipAuthenticationParameters(
  { suite }: ChipAuthenticationProtocol,
  secret: Uint8Array,
  nonce: Uint8Array = EMPTY,
): SmParameters {
  const input = concatBytes(secret, nonce);
  const ksEnc = kdfIcao(input, 1, suite);
  const ksMac = kdfIcao(input, 2, suite);
  wipe(input);
  return { suite, ksEnc, ksMac, ssc: new Uint8Array(suite === "3DES" ? 8 : 16) };
}

/**
 * Authentication token of version 2: MAC(KS.MAC, 7F49 { 06 protocol, 84 or 86 the terminal's ephemeral key }).
 * Spec: TR-03110-3 A.2.4.1 and D.3.4. Vector: eac-worked-example-ecdh.json (`ca_picc_token`); libeac agrees with every cipher in every
 * group (interop step libeac-ca).
 */
export function chipAuthenticationToken(
  { reference, suite }: ChipAuthenticationProtocol,
  ksMac: Uint8Array,
  group: AgreementGroup,
  ephemeralKey: Uint8Array,
): Uint8Array {
  const key = encodeTlv(0x7f49, encodeTlv(0x06, reference), encodeTlv(group.keyTag, ephemeralKey));
  return suite === "3DES" ? retailMac(ksMac, key) : aesCmac(ksMac, key).slice(0, 8);
}
