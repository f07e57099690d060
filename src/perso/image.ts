import type { CardFile, CardImage } from "../card/image.js";
import type { ApplicationProfile, FileProfile, Profile } from "../card/profile.js";
import { CardwrightError } from "../errors.js";
import { efCom } from "../lds/com.js";
import { dataGroupByNumber } from "../lds/data-groups.js";
import { efSod } from "../lds/security-object.js";
import type { DataGroups } from "./data-groups.js";

/**
 * Puts encoded files together to what one card will hold, with the places and access rules of the profile.
 *
 * @param sod - EF.SOD, whole file.
 * @throws {CardwrightError} `IMAGE_INVALID` when the profile has a file for which there is no content, or no place for
 *   one, or when all files together are more than the chip holds.
 */
export function buildCardImage(profile: Profile, dataGroups: DataGroups, sod: Uint8Array): CardImage {
  const contents = new Map<string, Uint8Array>([
    [efCom.name, dataGroups.com],
    [efSod.name, sod],
    ...dataGroups.groups.map((group) => [dataGroupByNumber(group.number)?.name as string, group.content] as const),
  ]);
  const place = (file: FileProfile): CardFile => {
    const content = contents.get(file.name);
    if (content === undefined) throw new CardwrightError("IMAGE_INVALID", `there is no content for ${file.name}`);
    contents.delete(file.name);
    const { name, fid, sfi, read, update } = file;
    return { name, fid, sfi, read, update, content };
  };
  const applications = profile.applications.map((application: ApplicationProfile) => ({
    name: application.name,
    aid: application.aid,
    files: application.files.map(place),
    secrets: application.secrets.map((slot) => slot.name),
  }));
  const total = applications.reduce((sum, { files }) => sum + files.reduce((n, file) => n + file.content.length, 0), 0);
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
  };
}
