import type { Value } from "../tlv/codec.js";
import { dataFile } from "../tlv/file.js";
import { octets } from "../tlv/leaves.js";
import { list } from "../tlv/list.js";

/** DG7: the signature or usual mark as it is displayed, as JPEG or JPEG 2000 images. One to nine of them (table 64). */
export const dg7 = dataFile({
  name: "EF.DG7",
  fid: 0x0107,
  sfi: 0x07,
  tag: 0x67,
  spec: "ICAO 9303-10 §4.7.7",
  /** Each displayed signature or mark; the count comes first in the file. */
  content: list(0x5f43, octets(1), { count: 0x02, min: 1, max: 9 }),
});
/** Value of {@link dg7}: the images. */
export type Dg7 = Value<typeof dg7>;
