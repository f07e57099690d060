import type { AnyHashName } from "../../crypto/primitives.js";

/** One algorithm of terminal authentication, which is also what CV certificates are signed with. */
export interface CvcAlgorithm {
  /** In the public key object, dotted. */
  readonly oid: string;
  /** Name in the standard. */
  readonly name: string;
  readonly family: "ECDSA" | "RSA-v1.5" | "RSA-PSS";
  readonly hash: AnyHashName;
  /** Name that signers have for it. */
  readonly signature: string;
}

const ID_TA = "0.4.0.127.0.7.2.2.2";

/**
 * The algorithms of CV certificates, as data.
 *
 * Spec: TR-03110-3 A.1.1.3; ICAO 9303-11 tables 7 and 8 leave out PKCS#1 v1.5 and SHA-1.
 */
export const CVC_ALGORITHMS: readonly CvcAlgorithm[] = [
  { oid: `${ID_TA}.1.1`, name: "id-TA-RSA-v1-5-SHA-1", family: "RSA-v1.5", hash: "SHA-1", signature: "RSA-SHA1" },
  { oid: `${ID_TA}.1.2`, name: "id-TA-RSA-v1-5-SHA-256", family: "RSA-v1.5", hash: "SHA-256", signature: "RSA-SHA256" },
  { oid: `${ID_TA}.1.3`, name: "id-TA-RSA-PSS-SHA-1", family: "RSA-PSS", hash: "SHA-1", signature: "RSASSA-PSS-SHA1" },
  {
    oid: `${ID_TA}.1.4`,
    name: "id-TA-RSA-PSS-SHA-256",
    family: "RSA-PSS",
    hash: "SHA-256",
    signature: "RSASSA-PSS-SHA256",
  },
  { oid: `${ID_TA}.1.5`, name: "id-TA-RSA-v1-5-SHA-512", family: "RSA-v1.5", hash: "SHA-512", signature: "RSA-SHA512" },
  {
    oid: `${ID_TA}.1.6`,
    name: "id-TA-RSA-PSS-SHA-512",
    family: "RSA-PSS",
    hash: "SHA-512",
    signature: "RSASSA-PSS-SHA512",
  },
  { oid: `${ID_TA}.2.1`, name: "id-TA-ECDSA-SHA-1", family: "ECDSA", hash: "SHA-1", signature: "ECDSA-SHA1" },
  { oid: `${ID_TA}.2.2`, name: "id-TA-ECDSA-SHA-224", family: "ECDSA", hash: "SHA-224", signature: "ECDSA-SHA224" },
  { oid: `${ID_TA}.2.3`, name: "id-TA-ECDSA-SHA-256", family: "ECDSA", hash: "SHA-256", signature: "ECDSA-SHA256" },
  { oid: `${ID_TA}.2.4`, name: "id-TA-ECDSA-SHA-384", family: "ECDSA", hash: "SHA-384", signature: "ECDSA-SHA384" },
  { oid: `${ID_TA}.2.5`, name: "id-TA-ECDSA-SHA-512", family: "ECDSA", hash: "SHA-512", signature: "ECDSA-SHA512" },
];

/** The row of an object identifier (dotted); undefined when it is no algorithm of terminal authentication. */
export function cvcAlgorithmByOid(oid: string): CvcAlgorithm | undefined {
  return CVC_ALGORITHMS.find((row) => row.oid === oid);
}
