import {
  type CardInfo,
  efCardInfo,
  efDates,
  efFingers,
  efHolder,
  efPersonalInfo1,
  efPersonalInfo2,
  FINGER_STATUS,
  type Fingers,
} from "../card/profiles/national-id/files.js";
import type { CitizenRecord, Finger } from "../record/record.js";
import { encodeTlv } from "../tlv/ber.js";
import { encodeFile } from "../tlv/file.js";
import type { BuildNote } from "./data-groups.js";
import { type BuildProblem, collect, ImageError } from "./problems.js";
import type { FilesByName } from "./security-objects.js";

/** What the files of the national identity application hold beside the citizen's record. */
export interface NationalFilesOptions {
  /** Generation of the card, profile and key versions. */
  readonly cardInfo: CardInfo;
  /** Of the chip in hand: 8 to 16 bytes. */
  readonly chipSerial: Uint8Array;
  /** 0 to 2³² − 1; greater with each renewal of the address. */
  readonly updateCounter: number;
  /** Time of this update, or of issue. */
  readonly at: Date;
  /**
   * The two fingers of match-on-card, when they do not follow from the record: those with minutiae first, enrolled; then
   * others, with status none.
   */
  readonly fingers?: Fingers;
}

/**
 * What a chip compares a finger with. No part of an image, for no file holds it: whoever loads the chip's match-on-card
 * application puts it there. EF.Fingers calls the finger enrolled.
 */
export interface FingerReference {
  /** 1 to 10, see `Finger`. */
  readonly position: number;
  /** Biometric data template 7F2E with minutiae of compact size (ISO/IEC 19794-2:2005 §8; ISO/IEC 7816-11). */
  readonly template: Uint8Array;
}

/** How many fingers a chip compares. */
const COMPARED = 2;

/** The fingers of EF.Fingers: the card has two entries, whatever the record has. */
function comparedFingers({ fingers = [] }: CitizenRecord): Fingers {
  const enrolled = fingers.filter(({ minutiae }) => minutiae !== undefined);
  const rest = fingers.filter(({ minutiae }) => minutiae === undefined);
  return Array.from({ length: COMPARED }, (_, i) => {
    const finger: Finger | undefined = [...enrolled, ...rest][i];
    const status = finger?.minutiae === undefined ? FINGER_STATUS.none : FINGER_STATUS.enrolled;
    return { position: finger?.position ?? 0, status };
  });
}

/** @internal The references of the fingers that EF.Fingers calls enrolled and of which the record has minutiae. */
export function fingerReferences(
  record: CitizenRecord,
  compared: Fingers = comparedFingers(record),
): readonly FingerReference[] {
  const enrolled = compared.filter(({ status }) => status === FINGER_STATUS.enrolled);
  return enrolled.flatMap(({ position }) => {
    const minutiae = record.fingers?.find((finger) => finger.position === position)?.minutiae;
    return minutiae === undefined ? [] : [{ position, template: encodeTlv(0x7f2e, encodeTlv(0x90, minutiae)) }];
  });
}

/** @internal Says so when the record has more minutiae than the chip compares. */
export function noteFingers(record: CitizenRecord, references: readonly FingerReference[]): readonly BuildNote[] {
  const loaded = references.map(({ position }) => position);
  const left = record.fingers?.filter(({ minutiae, position }) => minutiae !== undefined && !loaded.includes(position));
  if (left === undefined || left.length === 0) return [];
  const message = `the chip compares positions ${loaded.join(", ") || "none"}; not ${left.map(({ position }) => position).join(", ")}`;
  return [{ code: "FINGERS_NOT_COMPARED", path: efFingers.name, message }];
}

/** ISO/IEC 5218; a record has no "not applicable". */
const SEX = { unspecified: "0", male: "1", female: "2" } as const;

/** `YYYYMMDD` of an ISO date. */
const day = (date: string): string => date.replace(/-/g, "");
/** `YYYYMMDDhhmmss`, UTC. */
const second = (at: Date): string => at.toISOString().slice(0, 19).replace(/[-:T]/g, "");

/** Drops absent fields: a file leaves them out. */
function present<T extends object>(fields: { readonly [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

/**
 * EF.PersonalInfo2 of a record: what is renewed when the holder moves.
 *
 * @throws {ImageError} `IMAGE_INVALID` with every problem, e.g. a postal code or a counter that its field cannot hold.
 */
export function personalInfo2Of(
  record: CitizenRecord,
  options: Pick<NationalFilesOptions, "updateCounter" | "at">,
): Uint8Array {
  const problems: BuildProblem[] = [];
  const file = personalInfo2(problems, record, options);
  if (file === undefined || problems.length > 0) throw new ImageError(problems);
  return file;
}

function personalInfo2(
  problems: BuildProblem[],
  { address, householdId }: CitizenRecord,
  { updateCounter, at }: Pick<NationalFilesOptions, "updateCounter" | "at">,
): Uint8Array | undefined {
  if (Number.isNaN(at.getTime())) throw new RangeError("at is an invalid date");
  const { postalCode, province, county, city, district, street, alley, plate, floor, unit } = address;
  return collect(problems, efPersonalInfo2.name, () =>
    encodeFile(
      efPersonalInfo2,
      present({
        updateCounter,
        timeOfUpdate: second(at),
        postalCode,
        address: present({ province, county, city, district, street, alley, plate, floor, unit }),
        householdId,
      }),
    ),
  );
}

/**
 * The data files of the national identity application, all but the security objects, built from a record. Deterministic: the
 * same record and options give the same bytes.
 *
 * @returns Whole files by name; they share no memory with the arguments.
 * @throws {ImageError} `IMAGE_INVALID` with the first problem of every file that has one, all at once.
 */
export function nationalFilesOf(record: CitizenRecord, options: NationalFilesOptions): FilesByName {
  const problems: BuildProblem[] = [];
  const files = collectNationalFiles(problems, record, options);
  if (problems.length > 0) throw new ImageError(problems);
  return files;
}

/** @internal {@link nationalFilesOf}, with problems for the caller to report; files that have one are missing. */
export function collectNationalFiles(
  problems: BuildProblem[],
  record: CitizenRecord,
  options: NationalFilesOptions,
): FilesByName {
  const { cardInfo, chipSerial, fingers = comparedFingers(record) } = options;
  const { nationalNumber, latin, fatherName, birthCertificate } = record;
  return present<FilesByName>({
    [efCardInfo.name]: collect(problems, efCardInfo.name, () => encodeFile(efCardInfo, cardInfo)),
    [efHolder.name]: collect(problems, efHolder.name, () => encodeFile(efHolder, { chipSerial, nationalNumber })),
    [efPersonalInfo1.name]: collect(problems, efPersonalInfo1.name, () =>
      encodeFile(
        efPersonalInfo1,
        present({
          nationalNumber,
          givenNames: record.givenNames,
          familyName: record.familyName,
          latinGivenNames: latin?.given,
          latinFamilyName: latin?.family,
          fatherName,
          dateOfBirth: day(record.dateOfBirth),
          placeOfBirth: record.placeOfBirth,
          birthCertificateNumber: birthCertificate?.number,
          birthCertificateSeries: birthCertificate?.series,
          sex: SEX[record.sex],
        }),
      ),
    ),
    [efPersonalInfo2.name]: personalInfo2(problems, record, options),
    [efDates.name]: collect(problems, efDates.name, () =>
      encodeFile(efDates, { issue: { date: day(record.dateOfIssue) }, expiry: { date: day(record.dateOfExpiry) } }),
    ),
    [efFingers.name]: collect(problems, efFingers.name, () => encodeFile(efFingers, fingers)),
  });
}
