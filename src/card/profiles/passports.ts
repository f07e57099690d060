import { EMPTY } from "../../bytes/bytes.js";
import { efCardAccess } from "../../lds/card-access.js";
import { efCardSecurity } from "../../lds/card-security.js";
import { efCom } from "../../lds/com.js";
import { type DataGroupNumber, dataGroupByNumber, LDS1_AID } from "../../lds/data-groups.js";
import { efSod } from "../../lds/security-object.js";
import { type AccessRule, after, allOf, always, anyOf, never, withRight } from "../access-rule.js";
import { DOCUMENT_BASIC_ACCESS } from "../image.js";
import type { ChipQuirks, FileProfile, Profile } from "../profile.js";
import { PROTOCOL_SECRET_SLOTS } from "../secrets.js";

type Place = Pick<FileProfile, "name" | "fid" | "sfi">;

const file = ({ name, fid, sfi }: Place, read: AccessRule): FileProfile => ({
  name,
  fid,
  sfi,
  read,
  update: never,
  dgi: fid,
});

/** What tells one passport from another. */
interface Passport {
  readonly id: string;
  readonly dataGroups: readonly DataGroupNumber[];
  /** Who may read EF.COM, EF.SOD and all data groups that `sensitive` does not name. */
  readonly read: AccessRule;
  readonly sensitive?: Readonly<Partial<Record<DataGroupNumber, AccessRule>>>;
  /** Opened by BAC, so that the chip needs its secret. */
  readonly bac: boolean;
  readonly masterFile?: readonly FileProfile[];
  readonly quirks?: ChipQuirks;
}

/** A passport booklet (TD3) whose load file, module and DGI numbers are those of the virtual chip. */
function passport({ id, dataGroups, read, sensitive = {}, bac, masterFile, quirks }: Passport): Profile {
  const group = (number: DataGroupNumber): FileProfile =>
    file(dataGroupByNumber(number) as Place, sensitive[number] ?? read);
  return {
    id,
    version: "1",
    lds: {
      ldsVersion: "0108",
      unicodeVersion: "040000",
      documentCode: "P",
      mrz: "TD3",
      dataGroups,
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
        files: [file(efCom, read), ...dataGroups.map(group), file(efSod, read)],
        secrets: [
          ...(bac ? [{ name: DOCUMENT_BASIC_ACCESS, dgi: 0x8000 }] : []),
          ...(masterFile === undefined ? [] : PROTOCOL_SECRET_SLOTS),
        ],
        fileDgi: 0x0062,
      },
    ],
    ...(masterFile && { masterFile }),
    capacity: 60_000,
    personalization: {
      issuerSecurityDomain: EMPTY,
      securityLevel: 0x33,
      blockSize: 231,
      lifeCycle: { application: 0x0f, card: [0x07, 0x0f] },
    },
    ...(quirks && { quirks }),
  };
}

/** A plain ICAO passport of the first years: TD3, EF.DG1 and EF.DG2, Basic Access Control alone, short lengths only. */
export const icaoPassport: Profile = passport({
  id: "icaoPassport",
  dataGroups: [1, 2],
  read: after("BAC"),
  bac: true,
  quirks: { shortLengthsOnly: true },
});

/**
 * A passport that PACE alone opens, with chip authentication mapping: its static key is in EF.CardSecurity, which like EF.DG14
 * is read behind PACE (ICAO 9303-11 §4.4.3.4). The issuer gives EF.CardAccess, EF.CardSecurity and the SecurityInfos of EF.DG14.
 */
export const paceCamPassport: Profile = passport({
  id: "paceCamPassport",
  dataGroups: [1, 2, 14],
  read: after("PACE"),
  bac: false,
  masterFile: [file(efCardAccess, always), file(efCardSecurity, after("PACE"))],
});

const opened = anyOf(after("PACE"), after("BAC"));

/**
 * A passport with extended access control: opened by PACE, or by BAC at terminals that know no other; the fingers in EF.DG3 are
 * for an inspection system with the right to them (ICAO 9303-11 §7.1). The issuer gives EF.CardAccess and the SecurityInfos of EF.DG14.
 */
export const eacPassport: Profile = passport({
  id: "eacPassport",
  dataGroups: [1, 2, 3, 14],
  read: opened,
  sensitive: { 3: allOf(opened, withRight("inspection.readDg3")) },
  bac: true,
  masterFile: [file(efCardAccess, always)],
});
