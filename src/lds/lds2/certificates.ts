import type { Value } from "../../tlv/codec.js";
import { octets } from "../../tlv/leaves.js";
import { fixed, record, remainder } from "../../tlv/record.js";
import { req, struct } from "../../tlv/struct.js";
import { text } from "../../tlv/text.js";
import type { UntaggedFile } from "../untagged.js";

/** A record of EF.Certificates (table 83), the same in all three applications of LDS2. */
export const certificateRecord = struct({
  /** What SEARCH RECORD finds a certificate by. */
  serialNumber: req(
    0x5f3a,
    record({
      /** Two letters, as in the certificate's issuer. */
      country: fixed(2, text(2, { min: 2, charset: "printable" })),
      /** Content of the INTEGER in the certificate, 1 to 20 bytes. */
      serial: remainder(octets(1, 20)),
    }),
  ),
  /** DER of the X.509 certificate. */
  certificate: req(0x72, octets(1, 900)),
});
/** Value of {@link certificateRecord}. */
export interface CertificateRecord extends Value<typeof certificateRecord> {}

/** EF.Certificates: the signers of the records, never changed; at most 254, and 64 among the additional biometrics. */
export const efCertificates: UntaggedFile<CertificateRecord> = {
  name: "EF.Certificates",
  fid: 0x011a,
  sfi: 0x1a,
  spec: "ICAO 9303-10 §5.1.2",
  codec: certificateRecord,
};
