import type { Value } from "../tlv/codec.js";
import { dataFile } from "../tlv/file.js";
import { req, struct } from "../tlv/struct.js";
import { text } from "../tlv/text.js";

/** DG1: the machine-readable zone. */
export const dg1 = dataFile({
  name: "EF.DG1",
  fid: 0x0101,
  sfi: 0x01,
  tag: 0x61,
  spec: "ICAO 9303-10 §4.7.1",
  content: struct({
    /** All lines without breaks: 90 characters (TD1), 72 (TD2) or 88 (TD3). */
    mrz: req(0x5f1f, text(90, { min: 72, charset: "mrz", sizes: [72, 88, 90] })),
  }),
});
/** Value of {@link dg1}. */
export interface Dg1 extends Value<typeof dg1> {}
