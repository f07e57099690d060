import type { Profile } from "../card/profile.js";
import { efCom } from "../lds/com.js";
import { type DataGroup, type DataGroupNumber, dataGroupByNumber } from "../lds/data-groups.js";
import { dg1 } from "../lds/dg1.js";
import { dg11 } from "../lds/dg11.js";
import { dg12 } from "../lds/dg12.js";
import { encodeMrz } from "../lds/mrz.js";
import { buildNameField } from "../lds/mrz-names.js";
import { mrzName } from "../lds/transliterate.js";
import type { CitizenRecord, PostalAddress } from "../record/record.js";
import { buildDg2, buildDg3, buildDg7 } from "./biometric-groups.js";
import { CardBuffer, type EncodeFile } from "./card-buffer.js";
import { buildDg14, buildDg15, type ChipData } from "./chip-groups.js";
import { type BuildProblem, type Built, checkCapacity, collect, ImageError } from "./problems.js";

/** What the builder did to the record's data on the way to the card, for the issuer to see. */
export interface BuildNote {
  readonly code: "NAME_TRUNCATED" | "NAME_TRANSLITERATED" | "GROUP_LEFT_OUT" | "FINGERS_NOT_COMPARED";
  readonly path: string;
  readonly message: string;
}

/** The data groups of one card, encoded. */
export interface DataGroups {
  readonly documentNumber: string;
  /** EF.COM, whole file. */
  readonly com: Uint8Array;
  /** Whole files in ascending order of their numbers. */
  readonly groups: readonly { readonly number: DataGroupNumber; readonly content: Uint8Array }[];
  readonly notes: readonly BuildNote[];
}

/** `YYMMDD` of an ISO date. */
const short = (date: string): string => date.replace(/-/g, "").slice(2);
/** `YYYYMMDD` of an ISO date. */
const long = (date: string): string => date.replace(/-/g, "");

/** Name in the form of DG11: components separated by `<`, primary and secondary by `<<` (9303-10 table 72). */
function filled(family: string, given: string): string {
  const components = (name: string) => name.trim().split(/\s+/u).filter(Boolean).join("<");
  return given.trim() === "" ? components(family) : `${components(family)}<<${components(given)}`;
}

const ADDRESS_PARTS: readonly (keyof PostalAddress)[] = [
  "province",
  "county",
  "city",
  "district",
  "street",
  "alley",
  "plate",
  "floor",
  "unit",
  "postalCode",
];

/** Address in one line, largest part first, parts separated by `<` (9303-10 §4.7.11). Missing parts are left out. */
function addressLine(address: PostalAddress): string {
  return ADDRESS_PARTS.map((part) => address[part] ?? "")
    .filter((part) => part !== "")
    .join("<");
}

const SEX = { female: "F", male: "M", unspecified: "<" } as const;

function mrzOf(
  record: CitizenRecord,
  profile: Profile,
  problems: BuildProblem[],
  notes: BuildNote[],
): string | undefined {
  // A national name in Latin letters is its own Latin form.
  const family = mrzName(record.latin?.family ?? record.familyName);
  const given = mrzName(record.latin?.given ?? record.givenNames);
  const unknown = [...family.unknown, ...given.unknown];
  if (unknown.length > 0) {
    const list = [...new Set(unknown)].map((character) => JSON.stringify(character)).join(", ");
    problems.push({
      path: "EF.DG1.names",
      message: `no transliteration for ${list}; give the Latin form in latin.family and latin.given`,
    });
    return undefined;
  }
  if (family.components.length === 0) {
    problems.push({ path: "EF.DG1.names", message: "the Latin family name has no letters" });
    return undefined;
  }
  const passport = profile.lds.mrz === "TD3";
  const names = buildNameField(family.components, given.components, passport ? 39 : 30);
  const changes = [...family.changes, ...given.changes];
  if (changes.length > 0) {
    const list = changes.map(({ from, to }) => `${from} → ${to}`).join(", ");
    notes.push({ code: "NAME_TRANSLITERATED", path: "EF.DG1.names", message: list });
  }
  if (names.truncated !== undefined) {
    const whole = `${family.components.join(" ")}, ${given.components.join(" ")}`;
    const cut = `${names.truncated.primary.join(" ")}, ${names.truncated.secondary.join(" ")}`;
    notes.push({ code: "NAME_TRUNCATED", path: "EF.DG1.names", message: `${whole} was cut to ${cut}` });
  }
  const elements = {
    documentCode: profile.lds.documentCode,
    issuingState: record.issuingState,
    documentNumber: record.documentNumber,
    dateOfBirth: short(record.dateOfBirth),
    sex: SEX[record.sex],
    dateOfExpiry: short(record.dateOfExpiry),
    nationality: record.nationality,
    names: names.text,
  };
  return collect(problems, "EF.DG1", () =>
    encodeMrz(
      passport
        ? { format: "TD3", ...elements, optionalData: "" }
        : { format: "TD1", ...elements, optionalData1: "", optionalData2: "" },
    ),
  );
}

/** What a data group is built from, and where problems and notes go. */
interface Job {
  readonly record: CitizenRecord;
  readonly profile: Profile;
  readonly chip: ChipData;
  readonly encode: EncodeFile;
  readonly problems: BuildProblem[];
  readonly notes: BuildNote[];
}

const BUILDERS: Readonly<Partial<Record<DataGroupNumber, (job: Job) => Built>>> = {
  1: ({ record, profile, encode, problems, notes }) => {
    const mrz = mrzOf(record, profile, problems, notes);
    return mrz === undefined ? undefined : collect(problems, dg1.name, () => encode(dg1, { mrz }));
  },
  2: ({ problems, encode, record }) => buildDg2(problems, encode, record),
  3: ({ problems, encode, record }) => buildDg3(problems, encode, record),
  7: ({ problems, encode, record }) => buildDg7(problems, encode, record),
  11: ({ problems, encode, record }) =>
    collect(problems, dg11.name, () =>
      encode(dg11, {
        fullName: filled(record.familyName, record.givenNames),
        ...(record.latin && { otherNames: [filled(record.latin.family, record.latin.given)] }),
        personalNumber: record.nationalNumber,
        dateOfBirth: long(record.dateOfBirth),
        placeOfBirth: record.placeOfBirth,
        address: addressLine(record.address),
      }),
    ),
  12: ({ problems, encode, record }) =>
    collect(problems, dg12.name, () =>
      encode(dg12, { issuingAuthority: record.issuingAuthority, dateOfIssue: long(record.dateOfIssue) }),
    ),
  14: ({ problems, chip }) => buildDg14(problems, chip),
  15: ({ problems, chip }) => buildDg15(problems, chip),
};

/** Data groups that do not come from the record: without them the call is wrong, not the record. */
const FROM_CALLER: Readonly<Partial<Record<DataGroupNumber, keyof ChipData>>> = {
  14: "securityInfos",
  15: "activeAuthenticationKey",
};

function isOptional(profile: Profile, name: string): boolean {
  return profile.applications.some(({ files }) => files.some((file) => file.name === name && file.optional === true));
}

/** @internal {@link encodeDataGroups}, with problems for the caller to report. */
export function collectDataGroups(
  problems: BuildProblem[],
  record: CitizenRecord,
  profile: Profile,
  chip: ChipData,
): DataGroups {
  const notes: BuildNote[] = [];
  const buffer = new CardBuffer();
  const { encode } = buffer;
  const job = { record, profile, chip, encode, problems, notes };
  const groups: { number: DataGroupNumber; content: Uint8Array }[] = [];
  const tagList: number[] = [];
  for (const number of [...profile.lds.dataGroups].sort((a, b) => a - b)) {
    const { name, tag } = dataGroupByNumber(number) as DataGroup;
    const build = BUILDERS[number];
    if (build === undefined) throw new RangeError(`encodeDataGroups: no builder for data group ${number}`);
    const content = build(job);
    if (content !== undefined && !(content instanceof Uint8Array)) {
      const argument = FROM_CALLER[number];
      if (isOptional(profile, name)) notes.push({ code: "GROUP_LEFT_OUT", path: name, message: content.nothing });
      else if (argument === undefined)
        problems.push({ path: name, message: `${content.nothing}; the profile needs it` });
      else throw new RangeError(`encodeDataGroups: profile ${profile.id} has ${name}, so ${argument} must be given`);
      continue;
    }
    tagList.push(tag);
    if (content !== undefined) groups.push({ number, content });
  }
  const { ldsVersion, unicodeVersion } = profile.lds;
  const written = [encode(efCom, { ldsVersion, unicodeVersion, tagList }), ...groups.map(({ content }) => content)];
  const [com, ...contents] = buffer.finish(written) as [Uint8Array, ...Uint8Array[]];
  return {
    documentNumber: record.documentNumber,
    com,
    groups: groups.map(({ number }, i) => ({ number, content: contents[i] as Uint8Array })),
    notes,
  };
}

/** @internal Bytes of EF.COM and all data groups. */
export function sizeOfGroups({ com, groups }: DataGroups): number {
  return groups.reduce((sum, group) => sum + group.content.length, com.length);
}

/**
 * The data groups that a profile asks for, built from a record. Deterministic: the same record gives the same bytes.
 *
 * DG1, DG2, DG3, DG7, DG11, DG12 come from the record, DG14 and DG15 from `chip`. A group whose file the profile calls
 * optional is left out when there is nothing for it, and a note says so; EF.COM lists what is there. Headers of images are
 * read, and held against the sizes that the record states; nothing decodes pixels.
 *
 * Spec: ICAO 9303-10 §4.6.1 and §4.7; 9303-11 §9.2.11 (DG14).
 *
 * @param chip - Protocols and keys of the chip, for DG14 and DG15.
 * @returns Encoded files and notes on what was cut, transliterated or left out; shares no memory with the record. The files of a card are views of one array.
 * @throws {ImageError} `IMAGE_INVALID` with every problem at once: a name without transliteration, a text that its field
 *   cannot hold, an image of another format or size than is stated, more data than the chip has room for.
 * @throws {RangeError} when the profile has a data group that nobody builds, or DG14 or DG15 and `chip` has nothing for it.
 */
export function encodeDataGroups(record: CitizenRecord, profile: Profile, chip: ChipData = {}): DataGroups {
  const problems: BuildProblem[] = [];
  const groups = collectDataGroups(problems, record, profile, chip);
  checkCapacity(problems, profile.capacity, sizeOfGroups(groups), record);
  if (problems.length > 0) throw new ImageError(problems);
  return groups;
}
