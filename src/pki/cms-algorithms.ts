import type { HashAlgorithm } from "../crypto/hash.js";
import { anyHashByOid } from "../crypto/legacy/sha1.js";
import type { AnyHashName } from "../crypto/primitives.js";
import type { SignerInfo } from "./cms.js";
import { hasNoParameters, rowOf } from "./verify-signature.js";

/** @internal The algorithms of one signer, as far as they are offered. */
export interface Algorithms {
  /** Object identifiers as stated. */
  readonly digest: string;
  readonly stated: string;
  readonly hash: HashAlgorithm<AnyHashName> | undefined;
  readonly row: ReturnType<typeof rowOf>;
  /** The one stated is that of a key or of an older draft. */
  readonly old: boolean;
}

/** id-ecPublicKey, ecdsa-with-Specified, and sha1WithRSASignature of OIW. rsaEncryption is due in CMS (RFC 3370 §3.2). */
const OLD: ReadonlySet<string> = new Set(["1.2.840.10045.2.1", "1.2.840.10045.4.3", "1.3.14.3.2.29"]);

/** @internal What a signer signed with. */
export function algorithmsOf({ digestAlgorithm, signatureAlgorithm }: SignerInfo): Algorithms {
  const digest = digestAlgorithm.algorithm;
  const stated = signatureAlgorithm.algorithm;
  const hash = hasNoParameters(digestAlgorithm) ? anyHashByOid(digest) : undefined;
  const row = rowOf(signatureAlgorithm, hash === undefined ? {} : { digest: hash.name });
  return { digest, stated, hash, row, old: OLD.has(stated) };
}
