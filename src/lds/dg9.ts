import { dataFile } from "../tlv/file.js";
import { features } from "./features.js";

/** DG9: structure features, with a format of the issuer's own. */
export const dg9 = dataFile({
  name: "EF.DG9",
  fid: 0x0109,
  sfi: 0x09,
  tag: 0x69,
  spec: "ICAO 9303-10 §4.7.9",
  content: features,
});
