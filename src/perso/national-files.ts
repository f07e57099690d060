import {
  type CardInfo,
  efCardInfo,
  efDates,
  efFingers,
  efHolder,
  efPersonalInfo1,
  efPersonalInfo2,
  type Fingers,
} from "../card/profiles/national-id/files.js";
import type { CitizenRecord } from "../record/record.js";
import { encodeFile } from "../tlv/file.js";
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
  /** The two fingers of match-on-card. */
  readonly fingers: Fingers;
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
 * @throws {ImageError} `IMAGE_INVALID` with every problem of every file at once.
 */
export function nationalFilesOf(record: CitizenRecord, options: NationalFilesOptions): FilesByName {
  const { cardInfo, chipSerial, fingers } = options;
  const { nationalNumber, latin, fatherName, birthCertificate } = record;
  const problems: BuildProblem[] = [];
  const files = {
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
  };
  if (problems.length > 0) throw new ImageError(problems);
  return files as FilesByName;
}
