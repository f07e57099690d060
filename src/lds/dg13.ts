import { rest } from "../tlv/choice.js";
import { dataFile } from "../tlv/file.js";

/** DG13: optional details at the discretion of the issuer. Its content as it stands, whatever its form. */
export const dg13 = dataFile({
  name: "EF.DG13",
  fid: 0x010d,
  sfi: 0x0d,
  tag: 0x6d,
  spec: "ICAO 9303-10 §4.7.13",
  content: rest(),
});
