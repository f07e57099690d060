import { FORMAT_FACE_19794_5, OWNER_ISO_SC37, TYPE_FACE } from "../biometric/cbeff.js";
import { buildFaceRecord } from "../biometric/face.js";
import { parseJpegHeader } from "../biometric/jpeg.js";
import type { Profile } from "../card/profile.js";
import { efCom } from "../lds/com.js";
import { type DataGroupNumber, dataGroupByNumber } from "../lds/data-groups.js";
import { dg1 } from "../lds/dg1.js";
import { dg2 } from "../lds/dg2.js";
import { dg11 } from "../lds/dg11.js";
import { dg12 } from "../lds/dg12.js";
import { encodeTd1 } from "../lds/mrz.js";
import { buildNameField } from "../lds/mrz-names.js";
import { mrzName } from "../lds/transliterate.js";
import type { CitizenRecord, PostalAddress } from "../record/record.js";
import { encodeFile } from "../tlv/file.js";
import { type BuildProblem, collect, ImageError } from "./problems.js";

/** What the builder did to the record's data on the way to the card, for the issuer to see. */
export interface BuildNote {
  readonly code: "NAME_TRUNCATED" | "NAME_TRANSLITERATED";
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
  const names = buildNameField(family.components, given.components, 30);
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
  return collect(problems, "EF.DG1", () =>
    encodeTd1({
      documentCode: profile.lds.documentCode,
      issuingState: record.issuingState,
      documentNumber: record.documentNumber,
      optionalData1: "",
      dateOfBirth: short(record.dateOfBirth),
      sex: SEX[record.sex],
      dateOfExpiry: short(record.dateOfExpiry),
      nationality: record.nationality,
      optionalData2: "",
      names: names.text,
    }),
  );
}

function faceOf(portrait: Uint8Array) {
  const { width, height, components } = parseJpegHeader(portrait);
  const colourSpace = components === 1 ? 3 : 1;
  return {
    header: {
      version: 0x0101,
      type: Uint8Array.of(TYPE_FACE),
      subtype: 0,
      formatOwner: OWNER_ISO_SC37,
      formatType: FORMAT_FACE_19794_5,
    },
    data: { face: buildFaceRecord({ image: portrait, width, height, imageDataType: 0, colourSpace }) },
  };
}

/**
 * The data groups that a profile asks for, built from a record. Deterministic: the same record gives the same bytes.
 *
 * @returns Encoded files and notes on what was cut or transliterated; shares no memory with the record.
 * @throws {ImageError} `IMAGE_INVALID` with every problem at once: a name without transliteration, a text that its field
 *   cannot hold, a portrait that is no JPEG, more data than the chip has room for.
 */
export function encodeDataGroups(record: CitizenRecord, profile: Profile): DataGroups {
  const problems: BuildProblem[] = [];
  const notes: BuildNote[] = [];
  const builders: Readonly<Partial<Record<number, () => Uint8Array | undefined>>> = {
    1: () => {
      const mrz = mrzOf(record, profile, problems, notes);
      return mrz === undefined ? undefined : collect(problems, dg1.name, () => encodeFile(dg1, { mrz }));
    },
    2: () => collect(problems, dg2.name, () => encodeFile(dg2, { instances: [faceOf(record.portrait)] })),
    11: () =>
      collect(problems, dg11.name, () =>
        encodeFile(dg11, {
          fullName: filled(record.familyName, record.givenNames),
          ...(record.latin && { otherNames: [filled(record.latin.family, record.latin.given)] }),
          personalNumber: record.nationalNumber,
          dateOfBirth: long(record.dateOfBirth),
          placeOfBirth: record.placeOfBirth,
          address: addressLine(record.address),
        }),
      ),
    12: () =>
      collect(problems, dg12.name, () =>
        encodeFile(dg12, { issuingAuthority: record.issuingAuthority, dateOfIssue: long(record.dateOfIssue) }),
      ),
  };
  const numbers = [...profile.lds.dataGroups].sort((a, b) => a - b);
  const groups: { number: DataGroupNumber; content: Uint8Array }[] = [];
  for (const number of numbers) {
    const build = builders[number];
    if (build === undefined) throw new RangeError(`encodeDataGroups: no builder for data group ${number}`);
    const content = build();
    if (content !== undefined) groups.push({ number, content });
  }
  const com = encodeFile(efCom, {
    ldsVersion: profile.lds.ldsVersion,
    unicodeVersion: profile.lds.unicodeVersion,
    tagList: numbers.map((number) => dataGroupByNumber(number)?.tag as number),
  });
  const total = groups.reduce((sum, group) => sum + group.content.length, com.length);
  if (total > profile.capacity) {
    problems.push({
      path: "card",
      message: `${total} bytes, the chip holds ${profile.capacity}: make the portrait (${record.portrait.length} bytes) smaller`,
    });
  }
  if (problems.length > 0) throw new ImageError(problems);
  return { documentNumber: record.documentNumber, com, groups, notes };
}
