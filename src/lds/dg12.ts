import type { Value } from "../tlv/codec.js";
import { dataFile } from "../tlv/file.js";
import { octets } from "../tlv/leaves.js";
import { list } from "../tlv/list.js";
import { opt, struct } from "../tlv/struct.js";
import { listedBy } from "../tlv/tag-list.js";
import { digits, text } from "../tlv/text.js";

/**
 * A text element: 99 at most (table 74). The table counts bytes, from the days of one-byte characters; in UTF-8 that would
 * leave Persian 49 letters, so characters are counted here, as readers in the field do.
 */
const element = text(4 * 99, { characters: 99 });

/** DG12: additional document details. The tag list 5C is made from the fields that are present. */
export const dg12 = dataFile({
  name: "EF.DG12",
  fid: 0x010c,
  sfi: 0x0c,
  tag: 0x6c,
  spec: "ICAO 9303-10 §4.7.12",
  content: struct(
    {
      /** Issuing authority. */
      issuingAuthority: opt(0x5f19, element),
      /** `YYYYMMDD`. */
      dateOfIssue: opt(0x5f26, digits(8)),
      /** Other persons included in the document. */
      otherPersons: opt(0xa0, list(0x5f1a, element, { count: 0x02, min: 1 })),
      /** Endorsements and observations. */
      endorsements: opt(0x5f1b, element),
      /** Tax and exit requirements. */
      taxOrExit: opt(0x5f1c, element),
      /** Image of the front of the document (JPEG). */
      frontImage: opt(0x5f1d, octets()),
      /** Image of the rear of the document (JPEG). */
      rearImage: opt(0x5f1e, octets()),
      /** `YYYYMMDDhhmmss`. */
      personalizationTime: opt(0x5f55, digits(14)),
      /** Serial number of the personalization system. */
      personalizationSystem: opt(0x5f56, element),
    },
    { list: listedBy(0x5c) },
  ),
});
/** Value of {@link dg12}. */
export interface Dg12 extends Value<typeof dg12> {}
