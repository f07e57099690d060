import type { CardImage } from "../card/image.js";
import type { Profile } from "../card/profile.js";
import type { MaybePromise } from "../pki/signer.js";
import type { CitizenRecord } from "../record/record.js";
import { type BuildNote, encodeDataGroups } from "./data-groups.js";
import { buildCardImage } from "./image.js";
import { type DocumentSigner, signSecurityObject } from "./security-object.js";

/** A card image and what was done to the record's data on the way. */
export interface IssuedImage {
  readonly image: CardImage;
  readonly notes: readonly BuildNote[];
}

/**
 * From a record to a signed card image: data groups, security object, image in one step.
 *
 * @param options.at - When it is signed.
 * @returns At once when the signer answers at once.
 * @throws {ImageError} `IMAGE_INVALID` with every problem of this record; other records are not touched.
 * @throws {CardwrightError} `SIGNER_EXPIRED`, `SIGNER_NOT_YET_VALID`, `SIGNER_MISMATCH`: the run must stop.
 */
export function issueImage(
  record: CitizenRecord,
  options: { readonly profile: Profile; readonly documentSigner: DocumentSigner; readonly at: Date },
): MaybePromise<IssuedImage> {
  const { profile, documentSigner, at } = options;
  const dataGroups = encodeDataGroups(record, profile);
  const finish = (sod: Uint8Array): IssuedImage => ({
    image: buildCardImage(profile, dataGroups, sod),
    notes: dataGroups.notes,
  });
  const sod = signSecurityObject(dataGroups, profile, documentSigner, at);
  return sod instanceof Uint8Array ? finish(sod) : sod.then(finish);
}
