import { biometricHeaderWithSubtype, biometricTemplates } from "../biometric/cbeff.js";
import { singleFingerRecord } from "../biometric/finger.js";
import type { Value } from "../tlv/codec.js";
import { dataFile } from "../tlv/file.js";
import { octets } from "../tlv/leaves.js";
import { opt, req, struct } from "../tlv/struct.js";

/**
 * DG3: fingers, one image in each template; none when there were no prints to take. The standard sets no limit, here
 * twenty templates are the most. The `data` of a template is a record of ISO/IEC 19794-4 (`finger`) or a block of ISO/IEC
 * 39794-4 (`iso39794`), which `parseIso39794Finger` reads.
 */
export const dg3 = dataFile({
  name: "EF.DG3",
  fid: 0x0103,
  sfi: 0x03,
  tag: 0x63,
  spec: "ICAO 9303-10 §4.7.3",
  content: struct({
    /** Biometric information group template: its instances, or none. */
    instances: req(
      0x7f61,
      biometricTemplates("finger", biometricHeaderWithSubtype, singleFingerRecord, { min: 0, max: 20 }),
    ),
    /** Content of the issuer's choice, best random, so that an empty DG3 has a hash of its own (§4.7.3.2.2). */
    issuerContent: opt(0x53, octets()),
  }),
});
/** Value of {@link dg3}. */
export interface Dg3 extends Value<typeof dg3> {}
