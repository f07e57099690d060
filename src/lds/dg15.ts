import { SEQUENCE, subjectPublicKeyInfo } from "../asn1/types.js";
import type { Value } from "../tlv/codec.js";
import { dataFile } from "../tlv/file.js";
import { req, struct } from "../tlv/struct.js";

/** DG15: the public key of active authentication. */
export const dg15 = dataFile({
  name: "EF.DG15",
  fid: 0x010f,
  sfi: 0x0f,
  tag: 0x6f,
  spec: "ICAO 9303-10 §4.7.15",
  content: struct({
    /** See `publicKeyOf` for modulus, exponent, curve and point. */
    publicKeyInfo: req(SEQUENCE, subjectPublicKeyInfo),
  }),
});
/** Value of {@link dg15}. */
export interface Dg15 extends Value<typeof dg15> {}
