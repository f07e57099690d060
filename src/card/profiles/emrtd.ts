import { EMPTY } from "../../bytes/bytes.js";
import { efCom } from "../../lds/com.js";
import { DATA_GROUPS, LDS1_AID } from "../../lds/data-groups.js";
import { efSod } from "../../lds/security-object.js";
import { after, never } from "../access-rule.js";
import type { FileProfile, Profile } from "../profile.js";

/** Data groups of this profile. */
const DATA_GROUP_NUMBERS = [1, 2, 11, 12] as const;

const file = (row: { name: string; fid: number; sfi: number }): FileProfile => ({
  name: row.name,
  fid: row.fid,
  sfi: row.sfi,
  read: after("BAC"),
  update: never,
  dgi: row.fid,
});

/**
 * An ICAO 9303 identity card (TD1) opened by BAC: EF.COM, DG1, DG2, DG11, DG12, EF.SOD. AIDs of load file and module,
 * DGI numbers and segmentation are those of the virtual chip; a real chip's maker gives its own.
 */
export const emrtd: Profile = {
  id: "emrtd",
  version: "1",
  lds: {
    ldsVersion: "0108",
    unicodeVersion: "040000",
    documentCode: "I",
    dataGroups: DATA_GROUP_NUMBERS,
    securityObjectVersion: 1,
  },
  applications: [
    {
      name: "eMRTD",
      aid: LDS1_AID,
      install: {
        loadFile: Uint8Array.of(0xf0, 0x43, 0x57, 0x4c, 0x44, 0x53),
        module: Uint8Array.of(0xf0, 0x43, 0x57, 0x4c, 0x44, 0x53, 0x01),
        privileges: Uint8Array.of(0x00),
        applicationParameters: EMPTY,
      },
      files: [
        file(efCom),
        ...DATA_GROUPS.filter((group) => (DATA_GROUP_NUMBERS as readonly number[]).includes(group.number)).map(file),
        file(efSod),
      ],
      secrets: [{ name: "documentBasicAccess", dgi: 0x8000 }],
      fileDgi: 0x0062,
    },
  ],
  capacity: 60_000,
  personalization: {
    issuerSecurityDomain: EMPTY,
    securityLevel: 0x33,
    blockSize: 231,
    lifeCycle: { application: 0x0f, card: [0x07, 0x0f] },
  },
};
