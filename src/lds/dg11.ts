import type { Value } from "../tlv/codec.js";
import { dataFile } from "../tlv/file.js";
import { octets } from "../tlv/leaves.js";
import { list } from "../tlv/list.js";
import { opt, struct } from "../tlv/struct.js";
import { listedBy } from "../tlv/tag-list.js";
import { digits, text } from "../tlv/text.js";

/**
 * A text element: 99 at most (table 72). The table counts bytes, from the days of one-byte characters; in UTF-8 that would
 * leave Persian 49 letters, so characters are counted here, as readers in the field do.
 */
const element = text(4 * 99, { characters: 99 });

/** DG11: additional personal details. The tag list 5C is made from the fields that are present. */
export const dg11 = dataFile({
  name: "EF.DG11",
  fid: 0x010b,
  sfi: 0x0b,
  tag: 0x6b,
  spec: "ICAO 9303-10 §4.7.11",
  content: struct(
    {
      /** Full name in national characters, never cut: primary `<<` secondary, components separated by `<`. */
      fullName: opt(0x5f0e, element),
      /** Other names, in the same form. */
      otherNames: opt(0xa0, list(0x5f0f, element, { count: 0x02, min: 1 })),
      /** Personal number, e.g. the national number. */
      personalNumber: opt(0x5f10, element),
      /** `YYYYMMDD`. */
      dateOfBirth: opt(0x5f2b, digits(8)),
      /** Parts separated by `<`. */
      placeOfBirth: opt(0x5f11, element),
      /** Permanent address, parts separated by `<`. */
      address: opt(0x5f42, element),
      /** Telephone number. */
      telephone: opt(0x5f12, element),
      /** Profession. */
      profession: opt(0x5f13, element),
      /** Title. */
      title: opt(0x5f14, element),
      /** Personal summary. */
      personalSummary: opt(0x5f15, element),
      /** Image of a proof of citizenship (JPEG). */
      proofOfCitizenship: opt(0x5f16, octets()),
      /** Numbers of other valid travel documents, separated by `<`. */
      otherTravelDocuments: opt(0x5f17, element),
      /** Custody information, 999 at most. */
      custody: opt(0x5f18, text(4 * 999, { characters: 999 })),
    },
    { list: listedBy(0x5c) },
  ),
});
/** Value of {@link dg11}. */
export interface Dg11 extends Value<typeof dg11> {}
