import type { CardImage } from "../card/image.js";
import type { Profile } from "../card/profile.js";
import { type InstalledProtocol, statementsOf } from "../card/protocols.js";
import { efCardAccess } from "../lds/card-access.js";
import { efCardSecurity, ID_SECURITY_OBJECT } from "../lds/card-security.js";
import { efCvca } from "../lds/cvca.js";
import { encodeSecurityInfos } from "../lds/security-infos.js";
import { signCms } from "../pki/cms-sign.js";
import type { CvCertificate } from "../pki/cvc/certificate.js";
import type { MaybePromise } from "../pki/signer.js";
import type { CitizenRecord } from "../record/record.js";
import { encodeFile } from "../tlv/file.js";
import { buildCvca, type ChipData, chipDataOf, entriesOf, uniqueInfos } from "./chip-groups.js";
import { type BuildNote, encodeDataGroups } from "./data-groups.js";
import { buildCardImage } from "./image.js";
import { type DocumentSigner, signSecurityObject } from "./security-object.js";

/** What {@link issueImage} needs beside a record; protocols and keys of the chip for a profile with DG14 or DG15. */
export interface IssueOptions extends ChipData {
  readonly profile: Profile;
  readonly documentSigner: DocumentSigner;
  /**
   * What the chip speaks beside BAC, instead of `securityInfos` and `activeAuthenticationKey`: the files of the master file, DG14 and
   * DG15 follow from it, and which of the profile's optional secrets the chip is given.
   */
  readonly protocols?: readonly InstalledProtocol[];
  /**
   * The CVCA certificates that the chip is given to know terminals by (`CHIP_SECRETS.trustPoints`): EF.CVCA names those for inspection
   * systems, when the chip does terminal authentication of version 1. Left out, the file is empty until the chip writes it.
   */
  readonly trustPoints?: readonly CvCertificate[];
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
 * document and nothing else; EF.CardSecurity is signed by the document signer too. `issueNationalImage` makes one with the national identity application.
 *
 * @returns At once when the signer answers at once.
 * @throws {ImageError} `IMAGE_INVALID` with every problem of this record; other records are not touched.
 * @throws {RangeError} when one of `trustPoints` is no certificate of a CVCA, or `protocols` are none.
 * @throws {CardwrightError} `SIGNER_EXPIRED`, `SIGNER_NOT_YET_VALID`, `SIGNER_MISMATCH`: the run must stop.
 */
export function issueImage(record: CitizenRecord, options: IssueOptions): MaybePromise<IssuedImage> {
  const { profile, documentSigner, at, protocols = [], trustPoints } = options;
  const { cardAccess, cardSecurity, secrets } = statementsOf(protocols);
  const chipData = protocols.length === 0 ? options : chipDataOf(protocols);
  const dataGroups = encodeDataGroups(record, profile, chipData);
  const has = (name: string): boolean => profile.masterFile?.some((file) => file.name === name) === true;
  const access =
    has(efCardAccess.name) && protocols.length > 0 ? encodeFile(efCardAccess, entriesOf(cardAccess)) : undefined;
  const cvca = buildCvca(profile, protocols, trustPoints);
  const finish = (sod: Uint8Array, security: Uint8Array | undefined): IssuedImage => ({
    image: buildCardImage(
      profile,
      dataGroups,
      sod,
      {
        ...(access && { [efCardAccess.name]: access }),
        ...(cvca && { [efCvca.name]: cvca }),
        ...(security && { [efCardSecurity.name]: security }),
      },
      secrets,
    ),
    notes: dataGroups.notes,
  });
  const sod = signSecurityObject(dataGroups, profile, documentSigner, at);
  if (!has(efCardSecurity.name) || protocols.length === 0) {
    return sod instanceof Uint8Array ? finish(sod, undefined) : sod.then((file) => finish(file, undefined));
  }
  const sign = (): MaybePromise<Uint8Array> => {
    const content = encodeSecurityInfos(uniqueInfos(cardAccess, cardSecurity));
    return signCms({ ...documentSigner, content, contentType: ID_SECURITY_OBJECT, at });
  };
  // One signature after the other: when the first fails at once, none is left alone with its own failure.
  if (!(sod instanceof Uint8Array)) return sod.then(async (file) => finish(file, await sign()));
  const security = sign();
  return security instanceof Uint8Array ? finish(sod, security) : security.then((file) => finish(sod, file));
}
