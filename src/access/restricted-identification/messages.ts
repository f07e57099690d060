import { type CommandApdu, commandApdu } from "../../apdu/apdu.js";
import { concatBytes, EMPTY, uintToBytes } from "../../bytes/bytes.js";
import { encodeTlv } from "../../tlv/ber.js";
import { encodeSectorKey, type RestrictedIdentificationProtocol, type SectorKey } from "./shared.js";

/** MSE:Set AT for restricted identification (TR-03110-3 B.4.1). */
export function mseSetAtRestrictedIdentification(
  { reference }: RestrictedIdentificationProtocol,
  keyId: number,
): CommandApdu {
  const data = concatBytes(encodeTlv(0x80, reference), encodeTlv(0x84, uintToBytes(keyId, keyId > 0xff ? 2 : 1)));
  return commandApdu(0x00, 0x22, 0x41, 0xa4, data);
}

/** GENERAL AUTHENTICATE with one sector key or two (TR-03110-3 B.4.2). */
export function generalAuthenticateSectors(first: SectorKey | undefined, second: SectorKey | undefined): CommandApdu {
  const objects = [
    first === undefined ? EMPTY : encodeTlv(0xa0, encodeSectorKey(first)),
    second === undefined ? EMPTY : encodeTlv(0xa2, encodeSectorKey(second)),
  ];
  return commandApdu(0x00, 0x86, 0x00, 0x00, encodeTlv(0x7c, ...objects), 256);
}
