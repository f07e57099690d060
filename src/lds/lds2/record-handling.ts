import type { Value } from "../../tlv/codec.js";
import { dataObject } from "../../tlv/file.js";
import { octets, uint } from "../../tlv/leaves.js";
import { list } from "../../tlv/list.js";
import { req, reqOwn, struct } from "../../tlv/struct.js";

/** DO 51: short identifier (one byte) or identifier (two bytes) of a file. */
const fileReference = req(0x51, octets(1, 2));

/** Data field of SEARCH RECORD (table 17; appendices I and J). */
export const recordSearch = dataObject(
  "RecordSearch",
  0x7f76,
  struct({
    fileReference,
    configuration: req(
      0xa1,
      struct({
        /** 0x00 all records, 0x30 up to the first match. */
        parameter: req(0x80, uint(1, [0x00, 0x30])),
        window: req(
          0xb0,
          struct({
            /** First byte of a record that is searched, from 0. */
            offset: req(0x02, uint(1)),
            /** Number of bytes that are searched; 0 for all. */
            size: req(0x02, uint(1)),
          }),
        ),
      }),
    ),
    searchString: req(0xa3, struct({ template: req(0xb1, struct({ bytes: req(0x81, octets(1)) })) })),
  }),
);
/** Value of {@link recordSearch}. */
export interface RecordSearch extends Value<typeof recordSearch> {}

/** Answer of SEARCH RECORD with the status 9000 (table 15). */
export const recordSearchResult = dataObject(
  "RecordSearchResult",
  0x7f76,
  struct({
    fileReference,
    /** The numbers of the records that match follow as DO 02 each. */
    matches: reqOwn(list(0x02, uint(1), { min: 1, max: 254 })),
  }),
);
/** Value of {@link recordSearchResult}. */
export interface RecordSearchResult extends Value<typeof recordSearchResult> {}

/** Answer of FILE AND MEMORY MANAGEMENT that asks how many records a file has (appendix H.1). */
export const recordCount = dataObject(
  "RecordCount",
  0x7f78,
  struct({
    /** 0 to 254; also the number of the last record. */
    count: req(0x83, uint(1)),
  }),
);
/** Value of {@link recordCount}. */
export interface RecordCount extends Value<typeof recordCount> {}
