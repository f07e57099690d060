import type { CardFile, CardImage } from "../card/image.js";
import type { ApplicationProfile, FileProfile, Profile } from "../card/profile.js";
import { CardwrightError } from "../errors.js";
import { efCom } from "../lds/com.js";
import { dataGroupByNumber } from "../lds/data-groups.js";
import { efSod } from "../lds/security-object.js";
import type { DataGroups } from "./data-groups.js";
import type { FilesByName } from "./security-objects.js";

/**
 * Puts encoded files together to what one card will hold, with the places and access rules of the profile.
 *
 * @param sod - EF.SOD, whole file.
 * @param others - Files of further applications and of the master file, whole, by name.
 * @param secrets - Names of the secrets that the chip's protocols need, for the optional slots of the profile.
 * @returns What the profile has, but optional files without content.
 * @throws {CardwrightError} `IMAGE_INVALID` when the profile has a file for which there is no content, or no place for
 *   one, or when all files together are more than the chip holds.
 */
export function buildCardImage(
  profile: Profile,
  dataGroups: DataGroups,
  sod: Uint8Array,
  others: FilesByName = {},
  secrets: readonly string[] = [],
): CardImage {
  const contents = new Map<string, Uint8Array>([
    ...Object.entries(others),
    [efCom.name, dataGroups.com],
    [efSod.name, sod],
    ...dataGroups.groups.map((group) => [dataGroupByNumber(group.number)?.name as string, group.content] as const),
  ]);
  const place = (file: FileProfile): readonly CardFile[] => {
    const content = contents.get(file.name);
    if (content === undefined && file.optional === true) return [];
    if (content === undefined) throw new CardwrightError("IMAGE_INVALID", `there is no content for ${file.name}`);
    contents.delete(file.name);
    const { name, fid, sfi, read, update } = file;
    return [{ name, fid, sfi, read, update, content }];
  };
  const applications = profile.applications.map((application: ApplicationProfile) => ({
    name: application.name,
    aid: application.aid,
    files: application.files.flatMap(place),
    secrets: application.secrets
      .filter(({ name, optional }) => optional !== true || secrets.includes(name))
      .map(({ name }) => name),
    ...(application.functions && { functions: application.functions }),
  }));
  const stored = applications.flatMap(({ secrets: names }) => names);
  const homelessSecret = secrets.find((name) => !stored.includes(name));
  if (homelessSecret !== undefined) {
    throw new CardwrightError("IMAGE_INVALID", `profile ${profile.id} has no slot for the secret ${homelessSecret}`);
  }
  const masterFile = profile.masterFile?.flatMap(place);
  const placed = [...applications.flatMap(({ files }) => files), ...(masterFile ?? [])];
  const total = placed.reduce((sum, file) => sum + file.content.length, 0);
  if (total > profile.capacity) {
    throw new CardwrightError(
      "IMAGE_INVALID",
      `${total} bytes with the security object, the chip holds ${profile.capacity}: make the portrait smaller`,
    );
  }
  const homeless = [...contents.keys()];
  if (homeless.length > 0) {
    throw new CardwrightError("IMAGE_INVALID", `profile ${profile.id} has no place for ${homeless.join(", ")}`);
  }
  return {
    format: "cardwright.image.1",
    profile: { id: profile.id, version: profile.version },
    documentNumber: dataGroups.documentNumber,
    applications,
    ...(masterFile !== undefined && { masterFile }),
  };
}
