/**
 * Tag-length-value data as cards and certificates use it: reading, writing, and the vocabulary to declare data files.
 * ISO/IEC 7816-4 §5.2 (BER-TLV), ISO/IEC 8825-1 (DER).
 * Strict only: indefinite and non-minimal lengths, trailing bytes and nesting above 64 levels are refused. Rarer pieces of the
 * vocabulary are in `tlv/more`; dump, JSON form and tolerant reading in `tlv/tools`.
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
export { octets, uint } from "./leaves.js";
export { type ListOptions, list, type SetOrder } from "./list.js";
export {
  type AnyField,
  type Field,
  type FieldValue,
  opt,
  req,
  type StructValue,
  struct,
  type TagListForm,
} from "./struct.js";
export { digits, text } from "./text.js";
