/**
 * What one does with an untagged file beside writing and reading it: annotated dump, JSON form, reading with named tolerances.
 * EF.DIR and EF.ATR/INFO of ICAO 9303-10 §3.11, EF.CVCA of 9303-11 §K.2; the departures are those of `TOLERANCES`.
 * Leaves out files that have a tag of their own: `tlv/tools` serves them.
 * @module
 */
export { dumpUntagged, parseUntaggedTolerantly, untaggedFromJson, untaggedToJson } from "./untagged-forms.js";
