import { efCardAccess } from "../../../lds/card-access.js";
import { efCardSecurity } from "../../../lds/card-security.js";
import type { DataGroupNumber } from "../../../lds/data-groups.js";
import { type AccessRule, after, allOf, always, anyOf, withPin, withRight } from "../../access-rule.js";
import type { ApplicationProfile, Profile } from "../../profile.js";
import { PROTOCOL_SECRET_SLOTS } from "../../secrets.js";
import type { TerminalRight } from "../../terminal-rights.js";
import { FILE_DGI, fileAt, installOf, ldsOf, PERSONALIZATION, travelDocument } from "../travel-document.js";
import {
  efCardInfo,
  efDates,
  efFingers,
  efHolder,
  efPersonalInfo1,
  efPersonalInfo2,
  efSod1,
  efSod2,
  NATIONAL_FILES,
} from "./files.js";

/** AID of the national identity application: in the unregistered range (first byte F0), "CWNID". */
export const NATIONAL_ID_AID: Uint8Array = Uint8Array.of(0xf0, 0x43, 0x57, 0x4e, 0x49, 0x44, 0x01);

/** Root of the profile's object identifiers: a UUID of its own, which needs no registration (ITU-T X.667). */
const ARC = "2.25.278620599524530977622446752433027265613";

/** Object identifiers of the profile: content types of the two security objects, and the roles of their signers. */
export const NATIONAL_ID_OIDS = {
  /** eContentType of EF.SOD1. */
  sod1: `${ARC}.1.1`,
  /** eContentType of EF.SOD2. */
  sod2: `${ARC}.1.2`,
  /** Extended key usage of a signer of EF.SOD1. */
  sod1Signer: `${ARC}.2.1`,
  /** Extended key usage of a signer of EF.SOD2. */
  sod2Signer: `${ARC}.2.2`,
} as const;

/** What the issuer of a card may choose. */
export interface NationalIdOptions {
  /** Opens the travel-document application to readers that know BAC only. Off unless told otherwise: BAC is weak. */
  readonly bac?: boolean;
}

const pace = after("PACE");
/** The holder with his PIN, or a terminal with this right; both inside the session of PACE. */
const pinOr = (right: TerminalRight): AccessRule => allOf(pace, anyOf(withPin("identity"), withRight(right)));

const DATA_GROUP_NUMBERS: readonly DataGroupNumber[] = [1, 2, 3, 7, 11, 12, 14, 15];

function document({ bac = false }: NationalIdOptions): ApplicationProfile {
  return travelDocument({
    install: install(0x01),
    dataGroups: DATA_GROUP_NUMBERS,
    read: bac ? anyOf(pace, after("BAC")) : pace,
    // Fingers: only for an inspection system that its state lets read them (ICAO 9303-11 §7.1). A record may have none.
    sensitive: { 3: allOf(pace, withRight("inspection.readDg3")) },
    optional: [3, 7],
    bac,
    terminals: true,
    secrets: PROTOCOL_SECRET_SLOTS,
  });
}

/** Modules of the one load file. */
const install = (module: number): ApplicationProfile["install"] =>
  installOf(
    Uint8Array.of(0xf0, 0x43, 0x57, 0x4e, 0x49, 0x44),
    Uint8Array.of(0xf0, 0x43, 0x57, 0x4e, 0x49, 0x44, 0x10, module),
  );

const readPersonal1 = pinOr("authentication.readDg4");
const readPersonal2 = pinOr("authentication.readDg17");
/** Place of residence; the chip takes both files of the pair in one command only. */
const renew = allOf(pace, withRight("authentication.writeDg17"));

const nationalIdentity: ApplicationProfile = {
  name: "National identity",
  aid: NATIONAL_ID_AID,
  install: install(0x02),
  files: [
    fileAt(efCardInfo, always),
    fileAt(efHolder, pace),
    fileAt(efPersonalInfo1, readPersonal1),
    fileAt(efPersonalInfo2, readPersonal2, renew),
    fileAt(efDates, pace),
    fileAt(efFingers, allOf(pace, withRight("authentication.readDg3"))),
    fileAt(efSod1, readPersonal1),
    fileAt(efSod2, readPersonal2, renew),
  ],
  secrets: [],
  fileDgi: FILE_DGI,
  declarations: NATIONAL_FILES,
  updateCounter: { file: efPersonalInfo2.name, field: "updateCounter" },
  functions: {
    // E8 { E2, 77 }: the address and what signs it
    renewal: {
      template: 0xe8,
      files: [efPersonalInfo2.name, efSod2.name],
      counter: { file: efPersonalInfo2.name, tags: [0xe2, 0xdf20] },
    },
    // Its first digits tell town and quarter.
    comparisons: {
      age: { file: efPersonalInfo1.name, tags: [0xe1, 0x5f2b] },
      validity: { file: efDates.name, tags: [0xe6, 0xb3, 0x5f24] },
      community: { file: efPersonalInfo2.name, tags: [0xe2, 0xdf22] },
    },
  },
  securityObjects: [
    {
      file: efSod1.name,
      contentType: NATIONAL_ID_OIDS.sod1,
      signerRole: NATIONAL_ID_OIDS.sod1Signer,
      hashes: [
        { number: 1, file: efCardInfo.name },
        { number: 2, file: efHolder.name },
        { number: 3, file: efPersonalInfo1.name },
        { number: 5, file: efDates.name },
        { number: 6, file: efFingers.name },
        { number: 7, file: efCardSecurity.name },
      ],
    },
    {
      file: efSod2.name,
      contentType: NATIONAL_ID_OIDS.sod2,
      signerRole: NATIONAL_ID_OIDS.sod2Signer,
      hashes: [
        { number: 2, file: efHolder.name },
        { number: 4, file: efPersonalInfo2.name },
      ],
    },
  ],
};

/**
 * The national smart card, with the issuer's choices: a travel document (ICAO 9303) and the national identity application,
 * whose address part can be renewed. The application for keys and certificates (ISO/IEC 7816-15) and the passwords and keys
 * of the protocols are not stated yet.
 *
 * It is shaped after what is publicly known of the Iranian card and claims no byte compatibility with it.
 */
export function nationalIdProfile(options: NationalIdOptions = {}): Profile {
  return {
    id: options.bac ? "nationalId+bac" : "nationalId",
    version: "1",
    lds: ldsOf("I", DATA_GROUP_NUMBERS),
    applications: [document(options), nationalIdentity],
    masterFile: [fileAt(efCardAccess, always), fileAt(efCardSecurity, pace)],
    capacity: 80_000,
    personalization: PERSONALIZATION,
  };
}

/** {@link nationalIdProfile} with nothing but PACE. */
export const nationalId: Profile = nationalIdProfile();
