import type { Profile } from "../card/profile.js";
import { HASHES, type HashName, hash } from "../crypto/hash.js";
import { efSod, ID_LDS_SECURITY_OBJECT, ldsSecurityObject } from "../lds/security-object.js";
import type { Certificate } from "../pki/certificate.js";
import { signCms } from "../pki/cms-sign.js";
import type { MaybePromise, SignatureAlgorithmName, Signer, SyncSigner } from "../pki/signer.js";
import { encodeFile, encodeObject } from "../tlv/file.js";
import type { DataGroups } from "./data-groups.js";

/** Who signs security objects: a key in custody and its certificate. */
export interface DocumentSigner {
  readonly signer: Signer;
  /** DER, or parsed once when signing much. */
  readonly certificate: Uint8Array | Certificate;
  /** The signer's preferred algorithm unless told otherwise; it decides the hash of the data groups too. */
  readonly algorithm?: SignatureAlgorithmName;
}

/** Hash function of the data groups for each signature algorithm. */
const HASH_OF: Readonly<Record<SignatureAlgorithmName, HashName>> = {
  "ECDSA-SHA256": "SHA-256",
  "ECDSA-SHA384": "SHA-384",
  "ECDSA-SHA512": "SHA-512",
};

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
  const { signer, certificate } = documentSigner;
  const algorithm = documentSigner.algorithm ?? (signer.algorithms[0] as SignatureAlgorithmName);
  const hashName = HASH_OF[algorithm];
  const { ldsVersion, unicodeVersion, securityObjectVersion } = profile.lds;
  const content = encodeObject(ldsSecurityObject, {
    version: securityObjectVersion,
    hashAlgorithm: { algorithm: HASHES.find((row) => row.name === hashName)?.oid as string },
    dataGroupHashValues: dataGroups.groups.map((group) => ({
      dataGroupNumber: group.number,
      dataGroupHashValue: hash(hashName, group.content),
    })),
    ...(securityObjectVersion === 1 && { ldsVersionInfo: { ldsVersion, unicodeVersion } }),
  });
  const wrap = (signedData: Uint8Array): Uint8Array => encodeFile(efSod, signedData);
  const signed = signCms({ content, contentType: ID_LDS_SECURITY_OBJECT, signer, certificate, algorithm, at });
  return signed instanceof Uint8Array ? wrap(signed) : signed.then(wrap);
}
