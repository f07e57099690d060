import type { AnyDataFile } from "../tlv/file.js";
import { efCom } from "./com.js";
import { dg1 } from "./dg1.js";
import { dg2 } from "./dg2.js";
import { dg11 } from "./dg11.js";
import { dg12 } from "./dg12.js";
import { efSod } from "./security-object.js";

/** Application identifier of the LDS1 eMRTD application (ICAO 9303-10 §3.10). */
export const LDS1_AID: Uint8Array = Uint8Array.of(0xa0, 0, 0, 2, 0x47, 0x10, 0x01);

/** The number of a data group, 1 to 16. */
export type DataGroupNumber = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15 | 16;

/** Where a data group lies: number, name, FID, SFI and tag; `file` when its content is declared here. */
export interface DataGroup {
  readonly number: DataGroupNumber;
  readonly name: string;
  readonly fid: number;
  readonly sfi: number;
  readonly tag: number;
  readonly file?: AnyDataFile;
}

const DECLARED: Readonly<Partial<Record<number, AnyDataFile>>> = { 1: dg1, 2: dg2, 11: dg11, 12: dg12 };
const TAGS = [0x61, 0x75, 0x63, 0x76, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f, 0x70] as const;

/** All sixteen data groups (ICAO 9303-10 table 38). */
export const DATA_GROUPS: readonly DataGroup[] = TAGS.map((tag, i) => {
  const number = (i + 1) as DataGroupNumber;
  const row = { number, name: `EF.DG${number}`, fid: 0x0100 + number, sfi: number, tag };
  const file = DECLARED[number];
  return file === undefined ? row : { ...row, file };
});

/** Declared files of the application, by name. */
export const LDS_FILES: readonly AnyDataFile[] = [efCom, dg1, dg2, dg11, dg12, efSod];

/** The data group with this number; undefined outside 1 to 16. */
export function dataGroupByNumber(number: number): DataGroup | undefined {
  return DATA_GROUPS[number - 1];
}

/** The data group with this tag; undefined for any other tag. */
export function dataGroupByTag(tag: number): DataGroup | undefined {
  return DATA_GROUPS.find((group) => group.tag === tag);
}
