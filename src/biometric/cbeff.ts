import type { Value } from "../tlv/codec.js";
import { octets, uint } from "../tlv/leaves.js";
import { opt, req, struct } from "../tlv/struct.js";

/** Format owner of ISO/IEC JTC 1/SC 37. */
export const OWNER_ISO_SC37 = 0x0101;
/** Format type of an ISO/IEC 19794-5 face record. */
export const FORMAT_FACE_19794_5 = 0x0008;
/** Biometric type: facial features. */
export const TYPE_FACE = 0x02;

/** Biometric header template (ICAO 9303-10 §4.7.2.1; ISO/IEC 7816-11). */
export const biometricHeader = struct({
  /** Version of the patron header: 0101. */
  version: opt(0x80, uint(2)),
  /** 02 face, 08 finger, 10 iris. */
  type: opt(0x81, octets(1, 3)),
  /** Subtype, e.g. which finger. */
  subtype: opt(0x82, uint(1)),
  /** `YYYYMMDDhhmmss` in BCD. */
  created: opt(0x83, octets(7, 7)),
  /** From and to, `YYYYMMDD` each, in BCD. */
  validity: opt(0x85, octets(8, 8)),
  /** Product identifier of the creator. */
  creator: opt(0x86, octets(2, 4)),
  /** Owner of the format: 0101 is ISO/IEC JTC 1/SC 37. */
  formatOwner: req(0x87, uint(2)),
  /** Format type: 0008 is ISO/IEC 19794-5. */
  formatType: req(0x88, uint(2)),
});
/** Value of {@link biometricHeader}. */
export interface BiometricHeader extends Value<typeof biometricHeader> {}
