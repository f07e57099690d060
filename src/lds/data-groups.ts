import type { AnyDataFile } from "../tlv/file.js";
import { efAtrInfo } from "./atr-info.js";
import { efCardAccess } from "./card-access.js";
import { efCardSecurity } from "./card-security.js";
import { efCom } from "./com.js";
import { efCvca } from "./cvca.js";
import { dg1 } from "./dg1.js";
import { dg2 } from "./dg2.js";
import { dg3 } from "./dg3.js";
import { dg4 } from "./dg4.js";
import { dg5 } from "./dg5.js";
import { dg6 } from "./dg6.js";
import { dg7 } from "./dg7.js";
import { dg8 } from "./dg8.js";
import { dg9 } from "./dg9.js";
import { dg10 } from "./dg10.js";
import { dg11 } from "./dg11.js";
import { dg12 } from "./dg12.js";
import { dg13 } from "./dg13.js";
import { dg14 } from "./dg14.js";
import { dg15 } from "./dg15.js";
import { dg16 } from "./dg16.js";
import { efDir } from "./dir.js";
import { efSod } from "./security-object.js";
import type { AnyUntaggedFile } from "./untagged.js";

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

const DECLARED: Readonly<Partial<Record<number, AnyDataFile>>> = {
  1: dg1,
  2: dg2,
  3: dg3,
  4: dg4,
  5: dg5,
  6: dg6,
  7: dg7,
  8: dg8,
  9: dg9,
  10: dg10,
  11: dg11,
  12: dg12,
  13: dg13,
  14: dg14,
  15: dg15,
  16: dg16,
};
const TAGS = [0x61, 0x75, 0x63, 0x76, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f, 0x70] as const;

/** All sixteen data groups (ICAO 9303-10 table 38). */
export const DATA_GROUPS: readonly DataGroup[] = TAGS.map((tag, i) => {
  const number = (i + 1) as DataGroupNumber;
  const row = { number, name: `EF.DG${number}`, fid: 0x0100 + number, sfi: number, tag };
  const file = DECLARED[number];
  return file === undefined ? row : { ...row, file };
});

/** Declared files of the application, by name. */
export const LDS_FILES: readonly AnyDataFile[] = [
  efCom,
  dg1,
  dg2,
  dg3,
  dg4,
  dg5,
  dg6,
  dg7,
  dg8,
  dg9,
  dg10,
  dg11,
  dg12,
  dg13,
  dg14,
  dg15,
  dg16,
  efSod,
];

/** Declared files of the master file, by name. Their identifiers are used again in the application. */
export const MF_FILES: readonly AnyDataFile[] = [efCardAccess, efCardSecurity];

/** Declared files that have no tag around them: EF.DIR and EF.ATR/INFO of the master file, EF.CVCA of the application. */
export const UNTAGGED_FILES: readonly AnyUntaggedFile[] = [efDir, efAtrInfo, efCvca];

/** The data group with this number; undefined outside 1 to 16. */
export function dataGroupByNumber(number: number): DataGroup | undefined {
  return DATA_GROUPS[number - 1];
}

/** The data group with this tag; undefined for any other tag. */
export function dataGroupByTag(tag: number): DataGroup | undefined {
  return DATA_GROUPS.find((group) => group.tag === tag);
}
