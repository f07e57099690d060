import type { Profile } from "../card/profile.js";
import { HASHES } from "../crypto/hash.js";
import { ldsSecurityObject } from "../lds/security-object.js";
import type { Certificate } from "../pki/certificate.js";
import {
  algorithmRow,
  type MaybePromise,
  type SignatureAlgorithmName,
  type Signer,
  type SyncSigner,
} from "../pki/signer.js";
import { encodeObject } from "../tlv/file.js";
import type { DataGroups } from "./data-groups.js";
import { SodWriter } from "./sod-writer.js";

/** Who signs security objects: a key in custody and its certificate. */
export interface DocumentSigner {
  readonly signer: Signer;
  /** DER, or parsed once when signing much. */
  readonly certificate: Uint8Array | Certificate;
  /** The signer's preferred algorithm unless told otherwise; it decides the hash of the data groups too. */
  readonly algorithm?: SignatureAlgorithmName;
}

/**
 * EF.SOD over data groups: their hashes as LDSSecurityObject, signed as CMS SignedData.
 *
 * Spec: ICAO 9303-10 §4.6.2; RFC 5652.
 *
 * @param at - When it is signed: must lie in the certificate's validity and the key's usage period.
 * @returns The whole file; at once when the signer answers at once.
 * @throws {CardwrightError} `SIGNER_EXPIRED`, `SIGNER_NOT_YET_VALID` or `SIGNER_MISMATCH`: nothing was signed.
 */
export function signSecurityObject(
  dataGroups: DataGroups,
  profile: Profile,
  documentSigner: DocumentSigner & { readonly signer: SyncSigner },
  at: Date,
): Uint8Array;
export function signSecurityObject(
  dataGroups: DataGroups,
  profile: Profile,
  documentSigner: DocumentSigner,
  at: Date,
): MaybePromise<Uint8Array>;
export function signSecurityObject(
  dataGroups: DataGroups,
  profile: Profile,
  documentSigner: DocumentSigner,
  at: Date,
): MaybePromise<Uint8Array> {
  const writer = sodWriter(
    profile,
    documentSigner,
    dataGroups.groups.map((group) => group.number),
  );
  const files = dataGroups.groups.map((group) => group.content);
  return writer.sign(writer.prepare(files, at));
}

/** Writers by certificate, so that a run of cards makes its templates once; they go with the certificate. */
const writers = new WeakMap<object, Map<string, { readonly signer: Signer; readonly writer: SodWriter }>>();

/**
 * The writer of security objects for a signer and a set of data groups, made at the first call and kept with the
 * certificate. For hot loops; `signSecurityObject` uses it too.
 */
export function sodWriter(profile: Profile, documentSigner: DocumentSigner, numbers: readonly number[]): SodWriter {
  const { signer, certificate } = documentSigner;
  const algorithm = documentSigner.algorithm ?? (signer.algorithms[0] as SignatureAlgorithmName);
  const { ldsVersion, unicodeVersion, securityObjectVersion } = profile.lds;
  const key = [algorithm, ldsVersion, unicodeVersion, securityObjectVersion, ...numbers].join();
  let known = writers.get(certificate);
  if (known === undefined) {
    known = new Map();
    writers.set(certificate, known);
  }
  const found = known.get(key);
  if (found !== undefined && found.signer === signer) return found.writer;
  const hashName = algorithmRow(algorithm).hash;
  const writer = new SodWriter(
    { signer, certificate, algorithm },
    hashName,
    (hashes) =>
      encodeObject(ldsSecurityObject, {
        version: securityObjectVersion,
        hashAlgorithm: { algorithm: HASHES.find((row) => row.name === hashName)?.oid as string },
        dataGroupHashValues: numbers.map((dataGroupNumber, i) => ({
          dataGroupNumber,
          dataGroupHashValue: hashes[i] as Uint8Array,
        })),
        ...(securityObjectVersion === 1 && { ldsVersionInfo: { ldsVersion, unicodeVersion } }),
      }),
    numbers.length,
  );
  known.set(key, { signer, writer });
  return writer;
}
