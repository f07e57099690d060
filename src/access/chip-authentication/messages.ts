import { type CommandApdu, commandApdu } from "../../apdu/apdu.js";
import { concatBytes, EMPTY, uintToBytes } from "../../bytes/bytes.js";
import { encodeTlv } from "../../tlv/ber.js";
import type { ChipAuthenticationOffer } from "./offers.js";

function keyReference({ ambiguous, keyId }: ChipAuthenticationOffer): Uint8Array {
  if (!ambiguous || keyId === undefined) return EMPTY;
  const length = keyId > 0xffffff ? 4 : keyId > 0xffff ? 3 : keyId > 0xff ? 2 : 1;
  return encodeTlv(0x84, uintToBytes(keyId, length));
}

/** MSE:Set KAT: the whole protocol in one command, for 3DES (ICAO 9303-11 §6.2.4.1). */
export function mseSetKat(offer: ChipAuthenticationOffer, ephemeralKey: Uint8Array): CommandApdu {
  return commandApdu(0x00, 0x22, 0x41, 0xa6, concatBytes(encodeTlv(0x91, ephemeralKey), keyReference(offer)));
}

/** MSE:Set AT for chip authentication (ICAO 9303-11 §6.2.4.2). The key is named when there are several. */
export function mseSetAtChipAuthentication(offer: ChipAuthenticationOffer): CommandApdu {
  const data = concatBytes(encodeTlv(0x80, offer.protocol.reference), keyReference(offer));
  return commandApdu(0x00, 0x22, 0x41, 0xa4, data);
}

/** GENERAL AUTHENTICATE with the terminal's ephemeral key (ICAO 9303-11 §6.2.4.2). */
export function generalAuthenticateWith(ephemeralKey: Uint8Array): CommandApdu {
  return commandApdu(0x00, 0x86, 0x00, 0x00, encodeTlv(0x7c, encodeTlv(0x80, ephemeralKey)), 256);
}
