/**
 * Tag-length-value data as cards and certificates use it: reading, writing, and the vocabulary to declare data files.
 * ISO/IEC 7816-4 §5.2 (BER-TLV), ISO/IEC 8825-1 (DER).
 * Strict only: indefinite and non-minimal lengths, trailing bytes and nesting above 64 levels are refused.
 * @module
 */
export {
  type Cursor,
  encodeTlv,
  formatTag,
  isConstructed,
  lengthSize,
  MAX_DEPTH,
  parseTlv,
  parseTlvs,
  TlvNode,
  TlvNodes,
  tagSize,
} from "./ber.js";
export { type BitsValue, bits } from "./bits.js";
export { type Alternatives, any, type ChoiceValue, choice, rest } from "./choice.js";
export {
  type AnyCodec,
  type Charset,
  Codec,
  type FieldShape,
  type Flat,
  type RecordFieldShape,
  type Shape,
  type Value,
} from "./codec.js";
export { dumpTlv } from "./dump.js";
export {
  type AnyDataFile,
  type DataFile,
  type DataObject,
  dataFile,
  dataObject,
  encodeFile,
  encodeFileInto,
  encodeObject,
  mapped,
  parseFile,
  parseObject,
  sizeOfFile,
} from "./file.js";
export { fileFromJson, fileToJson, type JsonValue } from "./json.js";
export { constant, octets, uint } from "./leaves.js";
export { type ListOptions, list, listOwn } from "./list.js";
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
export {
  type AnyField,
  type Field,
  type FieldValue,
  opt,
  optOwn,
  req,
  reqOwn,
  type StructValue,
  struct,
  tagList,
} from "./struct.js";
export { digits, oneOf, text } from "./text.js";
export { ALL_TOLERANCES, TOLERANCES, type ToleranceCode, type Tolerated } from "./tolerances.js";
export { parseFileTolerantly, type TolerantResult } from "./tolerant.js";
