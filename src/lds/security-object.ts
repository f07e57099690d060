import { algorithmIdentifier, INTEGER, OCTET_STRING, PRINTABLE_STRING, SEQUENCE, smallInteger } from "../asn1/types.js";
import { any } from "../tlv/choice.js";
import type { Value } from "../tlv/codec.js";
import { dataFile, dataObject } from "../tlv/file.js";
import { octets } from "../tlv/leaves.js";
import { list } from "../tlv/list.js";
import { opt, req, struct } from "../tlv/struct.js";
import { text } from "../tlv/text.js";

/** eContentType of an LDS security object. */
export const ID_LDS_SECURITY_OBJECT = "2.23.136.1.1.1";

/** LDSSecurityObject: the hashes of all data groups. Version 0 is LDS 1.7, version 1 carries `ldsVersionInfo`. */
export const ldsSecurityObject = dataObject(
  "LDSSecurityObject",
  SEQUENCE,
  struct({
    /** 0 or 1. */
    version: req(INTEGER, smallInteger(1)),
    hashAlgorithm: req(SEQUENCE, algorithmIdentifier),
    /** Hash over the whole content of each data group's file, in ascending order of the numbers. */
    dataGroupHashValues: req(
      SEQUENCE,
      list(
        SEQUENCE,
        struct({
          /** 1 to 16. */
          dataGroupNumber: req(INTEGER, smallInteger(16)),
          dataGroupHashValue: req(OCTET_STRING, octets(1, 64)),
        }),
        { min: 2, max: 16 },
      ),
    ),
    /** Version 1 only, and needed there. */
    ldsVersionInfo: opt(
      SEQUENCE,
      struct({
        /** `aabb`, e.g. `0108`. */
        ldsVersion: req(PRINTABLE_STRING, text(4, { min: 4, charset: "printable" })),
        /** `aabbcc`, e.g. `040000`. */
        unicodeVersion: req(PRINTABLE_STRING, text(6, { min: 6, charset: "printable" })),
      }),
    ),
  }),
);
/** Value of {@link ldsSecurityObject} (ICAO 9303-10 §4.6.2.3). */
export interface LdsSecurityObject extends Value<typeof ldsSecurityObject> {}

/** EF.SOD: a CMS SignedData over an {@link ldsSecurityObject}; opaque here, made and checked in `pki`. */
export const efSod = dataFile({
  name: "EF.SOD",
  fid: 0x011d,
  sfi: 0x1d,
  tag: 0x77,
  spec: "ICAO 9303-10 §4.6.2",
  /** The ContentInfo, tag and length included. */
  content: any(),
});
