import { rest } from "../tlv/choice.js";
import { dataFile } from "../tlv/file.js";

/** DG6: reserved for future use. Its content as it stands. */
export const dg6 = dataFile({
  name: "EF.DG6",
  fid: 0x0106,
  sfi: 0x06,
  tag: 0x66,
  spec: "ICAO 9303-10 §4.7.6",
  content: rest(),
});
