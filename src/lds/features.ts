import { any } from "../tlv/choice.js";
import type { Value } from "../tlv/codec.js";
import { uint } from "../tlv/leaves.js";
import { listOwn } from "../tlv/list.js";
import { req, reqOwn, struct } from "../tlv/struct.js";

/**
 * Content of DG8, DG9 and DG10, which are yet to be defined: how many features there are, then data objects at the
 * issuer's discretion. What makes up one feature is not said, so the number is part of the value and is not compared.
 */
export const features = struct({
  /** Number of features, 1 to 9. */
  count: req(0x02, uint(1, [1, 2, 3, 4, 5, 6, 7, 8, 9])),
  /** The header templates and the data, as they stand. */
  objects: reqOwn(listOwn(any(), { min: 1 })),
});
/** Value of `features`. */
export interface Features extends Value<typeof features> {}
