import { EMPTY } from "../../bytes/bytes.js";
import { efCom } from "../../lds/com.js";
import { efCvca } from "../../lds/cvca.js";
import { type DataGroupNumber, dataGroupByNumber, LDS1_AID } from "../../lds/data-groups.js";
import { efSod } from "../../lds/security-object.js";
import { type AccessRule, never } from "../access-rule.js";
import { DOCUMENT_BASIC_ACCESS } from "../image.js";
import type { ApplicationProfile, FileProfile, PersonalizationProfile, Profile, SecretSlot } from "../profile.js";

/** What a file is called, and where it lies. */
export type FilePlace = Pick<FileProfile, "name" | "fid" | "sfi">;

/** A file that is written once, under its identifier for a DGI, as the virtual chip takes it. */
export const fileAt = ({ name, fid, sfi }: FilePlace, read: AccessRule, update: AccessRule = never): FileProfile => ({
  name,
  fid,
  sfi,
  read,
  update,
  dgi: fid,
});

/** DGI under which the applications of the virtual chip create a file. */
export const FILE_DGI = 0x0062;

/** Load file and module of an application, as the virtual chip has them; a real chip's maker gives its own. */
export const installOf = (loadFile: Uint8Array, module: Uint8Array): ApplicationProfile["install"] => ({
  loadFile,
  module,
  privileges: Uint8Array.of(0x00),
  applicationParameters: EMPTY,
});

/** Load file of travel documents on the virtual chip, and its module. */
export const TRAVEL_DOCUMENT_INSTALL: ApplicationProfile["install"] = installOf(
  Uint8Array.of(0xf0, 0x43, 0x57, 0x4c, 0x44, 0x53),
  Uint8Array.of(0xf0, 0x43, 0x57, 0x4c, 0x44, 0x53, 0x01),
);

/** How the virtual chip is written: under full SCP03, and locked behind. */
export const PERSONALIZATION: PersonalizationProfile = {
  issuerSecurityDomain: EMPTY,
  securityLevel: 0x33,
  blockSize: 231,
  lifeCycle: { application: 0x0f, card: [0x07, 0x0f] },
};

/** What tells one travel-document application from another. */
export interface TravelDocument {
  readonly install?: ApplicationProfile["install"];
  readonly dataGroups: readonly DataGroupNumber[];
  /** Who may read EF.COM, EF.SOD and all data groups that `sensitive` does not name. */
  readonly read: AccessRule;
  readonly sensitive?: Readonly<Partial<Record<DataGroupNumber, AccessRule>>>;
  /** Data groups that a card may be without. */
  readonly optional?: readonly DataGroupNumber[];
  /** Opened by BAC, so that the chip needs its secret. */
  readonly bac: boolean;
  /** Whether terminal authentication of version 1 may be installed, which EF.CVCA is for. */
  readonly terminals?: boolean;
  readonly secrets?: readonly SecretSlot[];
}

/** The travel-document application (ICAO 9303-10): EF.COM, the data groups, EF.SOD. */
export function travelDocument(document: TravelDocument): ApplicationProfile {
  const { install = TRAVEL_DOCUMENT_INSTALL, dataGroups, read, sensitive = {}, optional = [] } = document;
  const group = (number: DataGroupNumber): FileProfile => ({
    ...fileAt(dataGroupByNumber(number) as FilePlace, sensitive[number] ?? read),
    ...(optional.includes(number) && { optional: true }),
  });
  // Written by the chip itself from then on (9303-11 K.2), and only where there is something to tell.
  const cvca = document.terminals === true ? [{ ...fileAt(efCvca, read), optional: true }] : [];
  return {
    name: "eMRTD",
    aid: LDS1_AID,
    install,
    files: [fileAt(efCom, read), ...dataGroups.map(group), fileAt(efSod, read), ...cvca],
    secrets: [...(document.bac ? [{ name: DOCUMENT_BASIC_ACCESS, dgi: 0x8000 }] : []), ...(document.secrets ?? [])],
    fileDgi: FILE_DGI,
  };
}

/** The versions that all travel documents of this package state. */
export function ldsOf(documentCode: string, dataGroups: readonly DataGroupNumber[]): Profile["lds"] {
  return { ldsVersion: "0108", unicodeVersion: "040000", documentCode, dataGroups, securityObjectVersion: 1 };
}
