import { type CommandApdu, commandApdu } from "../../apdu/apdu.js";
import { concatBytes, EMPTY } from "../../bytes/bytes.js";
import type { CvCertificate } from "../../pki/cvc/certificate.js";
import { encodeTlv, parseTlv } from "../../tlv/ber.js";
import { ifWellFormed } from "../data-objects/shared.js";

/** A reference in ISO 8859-1. */
export function referenceBytes(reference: string): Uint8Array {
  return Uint8Array.from(reference, (character) => character.charCodeAt(0));
}

/** MSE:Set DST: names the key that the next certificate is checked with (ICAO 9303-11 §7.1.5.1). */
export function mseSetDst(reference: string): CommandApdu {
  return commandApdu(0x00, 0x22, 0x81, 0xb6, encodeTlv(0x83, referenceBytes(reference)));
}

/** PSO:Verify Certificate: body and signature without the 7F21 around them (ICAO 9303-11 §7.1.5.2). */
export function verifyCertificate({ bodyRaw, signature }: CvCertificate): CommandApdu {
  return commandApdu(0x00, 0x2a, 0x00, 0xbe, concatBytes(bodyRaw, encodeTlv(0x5f37, signature)));
}

/** What MSE:Set AT of version 2 says beside the reference. */
export interface AnnouncedKey {
  /** Content octets of the object identifier of the signature algorithm. */
  readonly algorithm: Uint8Array;
  /** Comp(PK.IFD). */
  readonly compressedKey: Uint8Array;
  /** Data object 67 with tag and length. */
  readonly auxiliaryData?: Uint8Array;
}

/** MSE:Set AT for terminal authentication (ICAO 9303-11 §7.1.5.3; TR-03110-3 B.3 for version 2). */
export function mseSetAtTerminal(reference: string, announced?: AnnouncedKey): CommandApdu {
  const holder = encodeTlv(0x83, referenceBytes(reference));
  const data =
    announced === undefined
      ? holder
      : concatBytes(
          encodeTlv(0x80, announced.algorithm),
          holder,
          announced.auxiliaryData ?? EMPTY,
          encodeTlv(0x91, announced.compressedKey),
        );
  return commandApdu(0x00, 0x22, 0x81, 0xa4, data);
}

/** One statement of a terminal that is signed with the challenge, e.g. a day of birth to compare with (TR-03110-3 A.6.5). */
export interface AuxiliaryDatum {
  /** Content octets of the object identifier. */
  readonly oid: Uint8Array;
  readonly data: Uint8Array;
}

/** Data object 67 of statements. */
export function encodeAuxiliaryData(statements: readonly AuxiliaryDatum[]): Uint8Array {
  return encodeTlv(
    0x67,
    ...statements.map(({ oid, data }) => encodeTlv(0x73, encodeTlv(0x06, oid), encodeTlv(0x53, data))),
  );
}

/** The statements of a data object 67; undefined when it is malformed. */
export function parseAuxiliaryData(bytes: Uint8Array): readonly AuxiliaryDatum[] | undefined {
  return ifWellFormed(() => {
    const statements: AuxiliaryDatum[] = [];
    for (const { tag, children } of parseTlv(bytes, 0x67).children) {
      const [oid, data, more] = [...children];
      if (tag !== 0x73 || oid?.tag !== 0x06 || data?.tag !== 0x53 || more !== undefined) return undefined;
      statements.push({ oid: oid.value.slice(), data: data.value.slice() });
    }
    return statements;
  });
}
