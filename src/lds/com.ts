import type { Value } from "../tlv/codec.js";
import { dataFile } from "../tlv/file.js";
import { req, struct } from "../tlv/struct.js";
import { tagList } from "../tlv/tag-list.js";
import { digits } from "../tlv/text.js";

/** EF.COM: what the application holds. Unsigned; the security object has the last word. */
export const efCom = dataFile({
  name: "EF.COM",
  fid: 0x011e,
  sfi: 0x1e,
  tag: 0x60,
  spec: "ICAO 9303-10 §4.6.1",
  content: struct({
    /** LDS version as `aabb`, e.g. `0107` or `0108`. */
    ldsVersion: req(0x5f01, digits(4)),
    /** Unicode version as `aabbcc`, e.g. `040000`. */
    unicodeVersion: req(0x5f36, digits(6)),
    /** Tags of the data groups present. */
    tagList: req(0x5c, tagList()),
  }),
});
/** Value of {@link efCom}. */
export interface EfCom extends Value<typeof efCom> {}
