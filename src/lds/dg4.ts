import { biometricHeaderWithSubtype, biometricTemplates } from "../biometric/cbeff.js";
import { irisRecord } from "../biometric/iris.js";
import type { Value } from "../tlv/codec.js";
import { dataFile } from "../tlv/file.js";
import { octets } from "../tlv/leaves.js";
import { opt, req, struct } from "../tlv/struct.js";

/**
 * DG4: irises, each in a template of its own; none when there were no images to take. The `data` of a template is a record
 * of ISO/IEC 19794-6:2005 (`iris`) or a block of ISO/IEC 39794-6 (`iso39794`), which is kept as it stands.
 */
export const dg4 = dataFile({
  name: "EF.DG4",
  fid: 0x0104,
  sfi: 0x04,
  tag: 0x76,
  spec: "ICAO 9303-10 §4.7.4",
  content: struct({
    /** Biometric information group template: its instances, or none. */
    instances: req(0x7f61, biometricTemplates("iris", biometricHeaderWithSubtype, irisRecord, { min: 0, max: 9 })),
    /** Content of the issuer's choice, best random, so that an empty DG4 has a hash of its own (§4.7.4.2.2). */
    issuerContent: opt(0x53, octets()),
  }),
});
/** Value of {@link dg4}. */
export interface Dg4 extends Value<typeof dg4> {}
