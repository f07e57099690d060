import { biometricHeader, biometricTemplates } from "../biometric/cbeff.js";
import { faceRecord } from "../biometric/face.js";
import type { Value } from "../tlv/codec.js";
import { dataFile } from "../tlv/file.js";
import { req, struct } from "../tlv/struct.js";

/**
 * DG2: the encoded face, in one to nine templates. The `data` of a template is a record of ISO/IEC 19794-5 (`face`) or a block
 * of ISO/IEC 39794-5 (`iso39794`), which `parseIso39794Face` reads.
 */
export const dg2 = dataFile({
  name: "EF.DG2",
  fid: 0x0102,
  sfi: 0x02,
  tag: 0x75,
  spec: "ICAO 9303-10 §4.7.2",
  content: struct({
    /** Biometric information group template: its instances, usually one. */
    instances: req(0x7f61, biometricTemplates("face", biometricHeader, faceRecord, { min: 1, max: 9 })),
  }),
});
/** Value of {@link dg2}. */
export interface Dg2 extends Value<typeof dg2> {}
