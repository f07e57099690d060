import type { SubjectPublicKeyInfo } from "../asn1/types.js";
import type { Profile } from "../card/profile.js";
import { type InstalledProtocol, type ProtocolStatements, statementsOf } from "../card/protocols.js";
import { efCardAccess } from "../lds/card-access.js";
import { efCardSecurity, ID_SECURITY_OBJECT } from "../lds/card-security.js";
import { efCvca } from "../lds/cvca.js";
import type { SecurityInfoInput } from "../lds/security-info-content.js";
import { encodeSecurityInfos } from "../lds/security-infos.js";
import { parseCertificate } from "../pki/certificate.js";
import { checkSignerTime, signCms } from "../pki/cms-sign.js";
import type { CvCertificate } from "../pki/cvc/certificate.js";
import type { MaybePromise } from "../pki/signer.js";
import type { CitizenRecord } from "../record/record.js";
import { encodeFile } from "../tlv/file.js";
import { buildCvca, entriesOf, uniqueInfos } from "./chip-groups.js";
import { collectDataGroups, sizeOfGroups } from "./data-groups.js";
import { buildCardImage } from "./image.js";
import type { IssuedImage } from "./issue-image.js";
import {
  collectNationalFiles,
  type FingerReference,
  fingerReferences,
  type NationalFilesOptions,
  noteFingers,
} from "./national-files.js";
import { type BuildProblem, checkCapacity, collect, ImageError } from "./problems.js";
import { type DocumentSigner, signSecurityObject } from "./security-object.js";
import { checkSigners, type FilesByName, type SignersByRole, signSecurityObjects } from "./security-objects.js";

/** SecurityInfos of a card, by the file that states them. */
export interface NationalSecurityInfos {
  /** EF.CardAccess: what PACE needs. */
  readonly cardAccess: readonly SecurityInfoInput[];
  /** EF.CardSecurity: what it states beside those of EF.CardAccess, such as keys of chip authentication in the master file. */
  readonly cardSecurity: readonly SecurityInfoInput[];
  /** DG14: what it states beside those of EF.CardAccess. */
  readonly dg14: readonly SecurityInfoInput[];
}

/** What {@link issueNationalImage} needs beside a record. */
export interface NationalImageOptions extends NationalFilesOptions {
  readonly profile: Profile;
  /** Signs the travel document's EF.SOD, and EF.CardSecurity. */
  readonly documentSigner: DocumentSigner;
  /** Sign the other security objects, each under its role, e.g. `NATIONAL_ID_OIDS.sod1Signer`. */
  readonly signers: SignersByRole;
  /**
   * What the chip speaks. EF.CardAccess, EF.CardSecurity, DG14 and DG15 follow from it, and which of the profile's optional secrets
   * the chip is given.
   */
  readonly protocols?: readonly InstalledProtocol[];
  /** Beside `protocols`: as of `issueImage`. */
  readonly trustPoints?: readonly CvCertificate[];
  /** Instead of `protocols`: SecurityInfos as they are to stand in the files. */
  readonly securityInfos?: NationalSecurityInfos;
  /** Beside `securityInfos`: public key of active authentication, as DER of SubjectPublicKeyInfo or parsed. */
  readonly activeAuthenticationKey?: Uint8Array | SubjectPublicKeyInfo;
}

/** An image of a national card, and what has to be loaded into its chip beside it. */
export interface IssuedNationalImage extends IssuedImage {
  /** For the fingers that EF.Fingers calls enrolled. Biometric data: to be kept like the record. */
  readonly fingerReferences: readonly FingerReference[];
}

/**
 * From a record to the signed image of a whole national card: travel-document application, national identity application,
 * EF.CardAccess and EF.CardSecurity where the profile places them. The application for keys and certificates (ISO/IEC
 * 7816-15) is not part of it yet.
 *
 * EF.SOD and EF.CardSecurity are signed by the document signer, the other security objects by the signers of their roles.
 * EF.CardSecurity and DG14 state what EF.CardAccess states too, so that a reader can find it signed.
 *
 * Spec: ICAO 9303-10 §3.11, 9303-11 §9.2.11; BSI TR-03110-3 A.1.2.5 (EF.CardSecurity); the rest is the profile's.
 *
 * @param options.at - When it is signed, and the time of the first content of EF.PersonalInfo2.
 * @returns At once when all signers answer at once. Apart from signatures the same arguments give the same bytes.
 * @throws {ImageError} `IMAGE_INVALID` with the problems of all files at once: nothing was signed.
 * @throws {CardwrightError} `SIGNER_EXPIRED`, `SIGNER_NOT_YET_VALID`, `SIGNER_MISMATCH`: nothing was signed, and the run must
 *   stop. `IMAGE_INVALID` when the profile has a file of which nothing is known here, or the signed files are too large.
 * @throws {RangeError} for a role without signer, an invalid `at`, or when neither `protocols` nor `securityInfos` is given, or both are.
 * @example
 * const { image, notes } = await issueNationalImage(record, { ...options, profile, documentSigner, signers, at });
 */
export function issueNationalImage(
  record: CitizenRecord,
  options: NationalImageOptions,
): MaybePromise<IssuedNationalImage> {
  const { profile, documentSigner, signers, at } = options;
  const { cardAccess, cardSecurity, dg14, activeAuthenticationKey, secrets } = statements(options);
  const inMasterFile = (name: string) => profile.masterFile?.some((file) => file.name === name) === true;
  const problems: BuildProblem[] = [];
  const both = (own: readonly SecurityInfoInput[]) => [...cardAccess, ...own];
  const groups = collectDataGroups(problems, record, profile, {
    securityInfos: both(dg14),
    ...(activeAuthenticationKey !== undefined && { activeAuthenticationKey }),
  });
  const access = inMasterFile(efCardAccess.name)
    ? collect(problems, efCardAccess.name, () => encodeFile(efCardAccess, entriesOf(cardAccess)))
    : undefined;
  const security = inMasterFile(efCardSecurity.name)
    ? collect(problems, efCardSecurity.name, () => encodeSecurityInfos(uniqueInfos(both(cardSecurity))))
    : undefined;
  const cvca = buildCvca(profile, options.protocols ?? [], options.trustPoints);
  const files: FilesByName = {
    ...collectNationalFiles(problems, record, options),
    ...(access !== undefined && { [efCardAccess.name]: access }),
    ...(cvca !== undefined && { [efCvca.name]: cvca }),
  };
  const total = Object.values(files).reduce((sum, file) => sum + file.length, sizeOfGroups(groups));
  checkCapacity(problems, profile.capacity, total + (security?.length ?? 0), record);
  if (problems.length > 0) throw new ImageError(problems);

  const applications = profile.applications.filter(({ securityObjects }) => securityObjects !== undefined);
  const { certificate } = documentSigner;
  checkSignerTime(certificate instanceof Uint8Array ? parseCertificate(certificate) : certificate, at);
  for (const application of applications) checkSigners(application, signers, at);

  const references = fingerReferences(record, options.fingers);
  const contentType = ID_SECURITY_OBJECT;
  const signCardSecurity = (): MaybePromise<FilesByName> =>
    security === undefined
      ? {}
      : map(signCms({ ...documentSigner, content: security, contentType, at }), (file) => ({
          [efCardSecurity.name]: file,
        }));
  const sodFile = map(signSecurityObject(groups, profile, documentSigner, at), (sod) => ({ sod }));
  // While one signature is on its way, another that fails at once must not leave it alone with its own failure.
  const later = sodFile instanceof Promise;
  const first = [sodFile, later ? Promise.resolve().then(signCardSecurity) : signCardSecurity()];
  return map(join(first), ({ sod, ...signed }) => {
    const hashed = { ...files, ...signed };
    const objects = applications.map((application) => signSecurityObjects(hashed, application, signers, at));
    return map(join(objects), (signedObjects) => ({
      image: buildCardImage(profile, groups, sod as Uint8Array, { ...hashed, ...signedObjects }, secrets),
      notes: [...groups.notes, ...noteFingers(record, references)],
      fingerReferences: references,
    }));
  });
}

function statements(options: NationalImageOptions): ProtocolStatements {
  const { protocols, securityInfos, activeAuthenticationKey } = options;
  if ((protocols === undefined) === (securityInfos === undefined)) {
    throw new RangeError("issueNationalImage: either protocols or securityInfos");
  }
  if (protocols !== undefined) return statementsOf(protocols);
  const { cardAccess, cardSecurity, dg14 } = securityInfos as NationalSecurityInfos;
  return { cardAccess, cardSecurity, dg14, secrets: [], ...(activeAuthenticationKey && { activeAuthenticationKey }) };
}

/** Goes on at once when the value is there. */
function map<T, U>(value: MaybePromise<T>, next: (value: T) => MaybePromise<U>): MaybePromise<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** All files together; at once when all are there. */
function join(parts: readonly MaybePromise<FilesByName>[]): MaybePromise<FilesByName> {
  const all = (ready: readonly FilesByName[]): FilesByName => Object.assign({}, ...ready);
  return parts.some((part) => part instanceof Promise) ? Promise.all(parts).then(all) : all(parts as FilesByName[]);
}
