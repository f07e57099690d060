import type { Value } from "../tlv/codec.js";
import { dataFile } from "../tlv/file.js";
import { octets } from "../tlv/leaves.js";
import { list } from "../tlv/list.js";

/** DG5: the portrait as it is printed on the document, as JPEG or JPEG 2000 images. One to nine of them (table 60). */
export const dg5 = dataFile({
  name: "EF.DG5",
  fid: 0x0105,
  sfi: 0x05,
  tag: 0x65,
  spec: "ICAO 9303-10 §4.7.5",
  /** Each displayed portrait; the count comes first in the file. */
  content: list(0x5f40, octets(1), { count: 0x02, min: 1, max: 9 }),
});
/** Value of {@link dg5}: the images. */
export type Dg5 = Value<typeof dg5>;
