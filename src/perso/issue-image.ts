import type { CardImage } from "../card/image.js";
import type { Profile } from "../card/profile.js";
import type { MaybePromise } from "../pki/signer.js";
import type { CitizenRecord } from "../record/record.js";
import type { ChipData } from "./chip-groups.js";
import { type BuildNote, encodeDataGroups } from "./data-groups.js";
import { buildCardImage } from "./image.js";
import { type DocumentSigner, signSecurityObject } from "./security-object.js";

/** What {@link issueImage} needs beside a record; protocols and keys of the chip for a profile with DG14 or DG15. */
export interface IssueOptions extends ChipData {
  readonly profile: Profile;
  readonly documentSigner: DocumentSigner;
  /** When it is signed. */
  readonly at: Date;
}

/** A card image and what was done to the record's data on the way. */
export interface IssuedImage {
  readonly image: CardImage;
  readonly notes: readonly BuildNote[];
}

/**
 * From a record to a signed card image: data groups, security object, image in one step. For a profile that is a travel
 * document and nothing else; `issueNationalImage` makes one with the national identity application.
 *
 * @returns At once when the signer answers at once.
 * @throws {ImageError} `IMAGE_INVALID` with every problem of this record; other records are not touched.
 * @throws {CardwrightError} `SIGNER_EXPIRED`, `SIGNER_NOT_YET_VALID`, `SIGNER_MISMATCH`: the run must stop.
 */
export function issueImage(record: CitizenRecord, options: IssueOptions): MaybePromise<IssuedImage> {
  const { profile, documentSigner, at } = options;
  const dataGroups = encodeDataGroups(record, profile, options);
  const finish = (sod: Uint8Array): IssuedImage => ({
    image: buildCardImage(profile, dataGroups, sod),
    notes: dataGroups.notes,
  });
  const sod = signSecurityObject(dataGroups, profile, documentSigner, at);
  return sod instanceof Uint8Array ? finish(sod) : sod.then(finish);
}
