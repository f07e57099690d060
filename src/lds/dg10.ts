import { dataFile } from "../tlv/file.js";
import { features } from "./features.js";

/** DG10: substance features, with a format of the issuer's own. */
export const dg10 = dataFile({
  name: "EF.DG10",
  fid: 0x010a,
  sfi: 0x0a,
  tag: 0x6a,
  spec: "ICAO 9303-10 §4.7.10",
  content: features,
});
