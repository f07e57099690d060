import { biometricHeader } from "../biometric/cbeff.js";
import { faceRecord } from "../biometric/face.js";
import type { Value } from "../tlv/codec.js";
import { dataFile } from "../tlv/file.js";
import { list } from "../tlv/list.js";
import { req, struct } from "../tlv/struct.js";

/** DG2: the encoded face, as ISO/IEC 19794-5 records in a CBEFF group template. */
export const dg2 = dataFile({
  name: "EF.DG2",
  fid: 0x0102,
  sfi: 0x02,
  tag: 0x75,
  spec: "ICAO 9303-10 §4.7.2",
  content: struct({
    /** Biometric information group template: its instances, usually one. */
    instances: req(
      0x7f61,
      list(
        0x7f60,
        struct({
          /** What the biometric data are. */
          header: req(0xa1, biometricHeader),
          /** The face record. */
          face: req(0x5f2e, faceRecord),
        }),
        { count: 0x02, min: 1, max: 9 },
      ),
    ),
  }),
});
/** Value of {@link dg2}. */
export interface Dg2 extends Value<typeof dg2> {}
