import type { ApplicationProfile, SecurityObjectProfile } from "../card/profile.js";
import { HASHES } from "../crypto/hash.js";
import { CardwrightError } from "../errors.js";
import { ldsSecurityObject } from "../lds/security-object.js";
import { type Certificate, parseCertificate } from "../pki/certificate.js";
import { checkSignerTime } from "../pki/cms-sign.js";
import { EXTENSION } from "../pki/extensions.js";
import { algorithmRow, type MaybePromise, type SignatureAlgorithmName, type SyncSigner } from "../pki/signer.js";
import { encodeObject } from "../tlv/file.js";
import type { DocumentSigner } from "./security-object.js";
import { SodWriter } from "./sod-writer.js";

/** Whole files by name. */
export type FilesByName = Readonly<Record<string, Uint8Array>>;

/** The signers of an application's security objects, each under its role: the `signerRole` of the profile. */
export type SignersByRole = Readonly<Record<string, DocumentSigner>>;

/**
 * Signs the security objects of an application: hashes of the files that its profile lists, as LDSSecurityObject, in CMS
 * SignedData with the profile's content type, by the signer of the role.
 *
 * Spec: ICAO 9303-10 §4.6.2 in form; content types, roles and numbers are the profile's.
 *
 * @param files - Every file that is hashed, files of the master file among them.
 * @param signers - One for each security object that is to be signed.
 * @param at - When they are signed.
 * @param only - Names of the security objects to sign, e.g. to renew one; all when left out.
 * @returns The security objects, whole files by name; at once when all signers answer at once.
 * @throws {CardwrightError} `IMAGE_INVALID` - a file is not there; `SIGNER_MISMATCH` - a certificate is not for that role
 *   alone, or for another key; `SIGNER_EXPIRED`, `SIGNER_NOT_YET_VALID`. Nothing was signed then.
 * @throws {RangeError} for a role without signer, a profile without security objects, or an unknown name in `only`.
 */
export function signSecurityObjects(
  files: FilesByName,
  application: ApplicationProfile,
  signers: Readonly<Record<string, DocumentSigner & { readonly signer: SyncSigner }>>,
  at: Date,
  only?: readonly string[],
): FilesByName;
export function signSecurityObjects(
  files: FilesByName,
  application: ApplicationProfile,
  signers: SignersByRole,
  at: Date,
  only?: readonly string[],
): MaybePromise<FilesByName>;
export function signSecurityObjects(
  files: FilesByName,
  application: ApplicationProfile,
  signers: SignersByRole,
  at: Date,
  only?: readonly string[],
): MaybePromise<FilesByName> {
  const prepared = wanted(application, only).map((object) => {
    const writer = writerOf(object, signerOf(object, signers));
    return { name: object.file, writer, prepared: writer.prepare(hashedFiles(object, files), at) };
  });
  const signed = prepared.map((each) => each.writer.sign(each.prepared));
  const named = (contents: readonly Uint8Array[]): FilesByName =>
    Object.fromEntries(contents.map((content, i) => [prepared[i]?.name as string, content]));
  const ready = signed.filter((content) => content instanceof Uint8Array);
  return ready.length === signed.length ? named(ready) : Promise.all(signed).then(named);
}

/**
 * @internal Refuses signers that would be refused after others have signed already; errors as {@link signSecurityObjects}.
 */
export function checkSigners(application: ApplicationProfile, signers: SignersByRole, at: Date): void {
  for (const object of wanted(application, undefined)) {
    const documentSigner = signerOf(object, signers);
    const { certificate } = documentSigner;
    writerOf(object, documentSigner);
    checkSignerTime(certificate instanceof Uint8Array ? parseCertificate(certificate) : certificate, at);
  }
}

function signerOf({ file, signerRole }: SecurityObjectProfile, signers: SignersByRole): DocumentSigner {
  const documentSigner = Object.hasOwn(signers, signerRole) ? signers[signerRole] : undefined;
  if (documentSigner === undefined) {
    throw new RangeError(`signSecurityObjects: no signer for ${file}, role ${signerRole}`);
  }
  return documentSigner;
}

function wanted(
  application: ApplicationProfile,
  only: readonly string[] | undefined,
): readonly SecurityObjectProfile[] {
  const objects = application.securityObjects ?? [];
  const unknown = only?.find((name) => !objects.some((object) => object.file === name));
  if (objects.length === 0 || unknown !== undefined) {
    throw new RangeError(
      `signSecurityObjects: ${application.name} has no security object${unknown ? ` ${unknown}` : "s"}`,
    );
  }
  return objects.filter((object) => only === undefined || only.includes(object.file));
}

function hashedFiles({ file, hashes }: SecurityObjectProfile, files: FilesByName): readonly Uint8Array[] {
  return hashes.map((row) => {
    const content = Object.hasOwn(files, row.file) ? files[row.file] : undefined;
    if (content === undefined) {
      throw new CardwrightError("IMAGE_INVALID", `${file} signs ${row.file}, and there is no content for it`);
    }
    return content;
  });
}

/** Writers by certificate, so that a run of cards makes its templates once; they go with the certificate. */
const writers = new WeakMap<
  object,
  Map<SecurityObjectProfile, { readonly signer: unknown; readonly writer: SodWriter }>
>();

function writerOf(object: SecurityObjectProfile, documentSigner: DocumentSigner): SodWriter {
  const { signer, certificate } = documentSigner;
  const known = writers.get(certificate) ?? new Map<SecurityObjectProfile, { signer: unknown; writer: SodWriter }>();
  writers.set(certificate, known);
  const algorithm = documentSigner.algorithm ?? (signer.algorithms[0] as SignatureAlgorithmName);
  const found = known.get(object);
  if (found !== undefined && found.signer === signer && documentSigner.algorithm === undefined) return found.writer;
  const parsed = certificate instanceof Uint8Array ? parseCertificate(certificate) : certificate;
  checkRole(parsed, object);
  const hashName = algorithmRow(algorithm).hash;
  const hashAlgorithm = { algorithm: HASHES.find((row) => row.name === hashName)?.oid as string };
  const writer = new SodWriter(
    { signer, certificate: parsed, algorithm },
    hashName,
    (hashes) =>
      encodeObject(ldsSecurityObject, {
        version: 0,
        hashAlgorithm,
        dataGroupHashValues: object.hashes.map(({ number }, i) => ({
          dataGroupNumber: number,
          dataGroupHashValue: hashes[i] as Uint8Array,
        })),
      }),
    object.hashes.length,
    object.contentType,
  );
  if (documentSigner.algorithm === undefined) known.set(object, { signer, writer });
  return writer;
}

/** A card signed in another role than its readers ask for would be refused everywhere, so it is not made. */
function checkRole(certificate: Certificate, { file, signerRole }: SecurityObjectProfile): void {
  const critical = certificate.extensions.some(({ oid, critical: is }) => oid === EXTENSION.extKeyUsage && is);
  if (critical && certificate.extKeyUsage?.join() === signerRole) return;
  throw new CardwrightError(
    "SIGNER_MISMATCH",
    `the certificate is not for signers of ${file}: its extended key usage must be ${signerRole} alone, and critical`,
  );
}
