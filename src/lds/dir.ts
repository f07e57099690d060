import type { Value } from "../tlv/codec.js";
import { octets } from "../tlv/leaves.js";
import { list } from "../tlv/list.js";
import { opt, req, struct } from "../tlv/struct.js";
import { text } from "../tlv/text.js";
import type { UntaggedFile } from "./untagged.js";

/** One application of a card (ISO/IEC 7816-4 §12.2.3, application template 61). */
export const applicationTemplate = struct({
  /** Application identifier, 1 to 16 bytes. */
  aid: req(0x4f, octets(1, 16)),
  /** Label for people. */
  label: opt(0x50, text(127)),
  /** Path of the application's DF; may be empty. */
  path: opt(0x51, octets(0, 127)),
  /** Discretionary data objects, as they stand. */
  discretionary: opt(0x73, octets()),
});
/** Value of `applicationTemplate`. */
export interface ApplicationTemplate extends Value<typeof applicationTemplate> {}

/**
 * EF.DIR: the applications on the card, in any order. Not signed; a copy is in the SecurityInfos of EF.CardSecurity
 * (`efDirInfo`) when there are more applications than the first.
 */
export const efDir: UntaggedFile<readonly ApplicationTemplate[]> = {
  name: "EF.DIR",
  fid: 0x2f00,
  sfi: 0x1e,
  spec: "ICAO 9303-10 §3.11.2",
  codec: list(0x61, applicationTemplate, { min: 1 }),
};
