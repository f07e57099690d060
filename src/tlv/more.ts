/**
 * The rarer pieces of the vocabulary of `tlv`: records without tags, bit fields, alternatives, tag lists, sets in DER order.
 * ISO/IEC 19794 (records), ICAO 9303-10 §4.7.11 (tag lists), ISO/IEC 8825-1 §11.6 (sets), ITU-T X.680 §29 (choices).
 * Apart from `tlv`, so that a page that only reads TLV does not load them.
 * @module
 */
export { type BitsValue, bits } from "./bits.js";
export { type Alternatives, any, type ChoiceValue, choice, rest } from "./choice.js";
export { constant } from "./constant.js";
export { derOrder } from "./der-order.js";
export { listOwn } from "./list.js";
export { oneOf } from "./one-of.js";
export {
  countOf,
  fixed,
  items,
  lengthOf,
  packed,
  type RecordField,
  type RecordRole,
  type RecordValue,
  record,
  recordLength,
  remainder,
  signature,
} from "./record.js";
export type { AnyRecordField } from "./record-fields.js";
export { optOwn, reqOwn } from "./struct.js";
export { listedBy, tagList } from "./tag-list.js";
export { type FileTemplate, fileTemplate } from "./template.js";
