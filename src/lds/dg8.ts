import { dataFile } from "../tlv/file.js";
import { features } from "./features.js";

/** DG8: data features, with a format of the issuer's own. */
export const dg8 = dataFile({
  name: "EF.DG8",
  fid: 0x0108,
  sfi: 0x08,
  tag: 0x68,
  spec: "ICAO 9303-10 §4.7.8",
  content: features,
});
