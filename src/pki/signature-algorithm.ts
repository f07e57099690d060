import { ID_EC_PUBLIC_KEY, ID_RSA_ENCRYPTION, ID_RSASSA_PSS } from "../asn1/keys.js";
import { type AlgorithmIdentifier, NULL, OBJECT_IDENTIFIER, SEQUENCE } from "../asn1/types.js";
import {
  type ModernSignatureAlgorithm,
  SIGNATURE_ALGORITHMS,
  type SignatureAlgorithm,
  type SignatureFamily,
  signatureAlgorithmByOid,
  signatureAlgorithmOf,
} from "../crypto/algorithms.js";
import type { AnyHashName, RsaScheme } from "../crypto/primitives.js";
import { RSA_PKCS1, rsaPss } from "../crypto/rsa.js";
import { encodeEcdsaSignature } from "./ecdsa-signature.js";
import { encodePssParameters, hashNameIn, hasNoParameters, parsePssParameters } from "./pss-parameters.js";

/** Names of the algorithms that new signatures are made with: what the key is for, and the hash function. */
export type SignatureAlgorithmName =
  | "ECDSA-SHA224"
  | "ECDSA-SHA256"
  | "ECDSA-SHA384"
  | "ECDSA-SHA512"
  | "RSASSA-PSS-SHA224"
  | "RSASSA-PSS-SHA256"
  | "RSASSA-PSS-SHA384"
  | "RSASSA-PSS-SHA512"
  | "RSA-SHA224"
  | "RSA-SHA256"
  | "RSA-SHA384"
  | "RSA-SHA512";

/** ecdsa-with-Specified of X9.62: the hash function stands in the parameters. */
const ECDSA_WITH_SPECIFIED = "1.2.840.10045.4.3";

/** Signature algorithms that are those of the key, with the hash function elsewhere: old CMS. */
const KEY_ALGORITHMS: ReadonlyMap<string, SignatureFamily> = new Map([
  [ID_RSA_ENCRYPTION, "RSA"],
  [ID_EC_PUBLIC_KEY, "ECDSA"],
]);

/** @internal An algorithm of {@link SIGNATURE_ALGORITHMS}, and how an RSA signature is padded. */
export interface SignatureScheme {
  readonly row: SignatureAlgorithm;
  readonly rsa: RsaScheme;
}

/** @internal The names of the algorithms for new signatures of some families, in the order of the families. */
export function algorithmNames(...families: readonly SignatureFamily[]): readonly SignatureAlgorithmName[] {
  return families.flatMap((family) =>
    SIGNATURE_ALGORITHMS.filter((row) => row.family === family && !row.legacy).map(
      ({ name }) => name as SignatureAlgorithmName,
    ),
  );
}

const NAMES: readonly SignatureAlgorithmName[] = algorithmNames("ECDSA", "RSASSA-PSS", "RSA");
const BY_NAME: ReadonlyMap<string, ModernSignatureAlgorithm> = new Map(
  SIGNATURE_ALGORITHMS.flatMap((row) => (row.legacy || row.family === "ECDSA-PLAIN" ? [] : [[row.name, row] as const])),
);

/** The row of an algorithm for new signatures. */
export function algorithmRow(name: SignatureAlgorithmName): ModernSignatureAlgorithm {
  const row = BY_NAME.get(name);
  if (row !== undefined) return row;
  throw new RangeError(`${JSON.stringify(name)} is no algorithm for new signatures; take one of ${NAMES.join(", ")}`);
}

/**
 * AlgorithmIdentifier of an algorithm for new signatures, as certificates, CMS and certificate requests state it.
 *
 * Spec: RFC 5758 §3.2 (ECDSA: no parameters), RFC 4055 §5 (PKCS#1 v1.5: NULL) and §3.1 (RSASSA-PSS: hash function, MGF1 with
 * the same, salt as long as the digest).
 *
 * @throws {RangeError} for a name that is no algorithm for new signatures.
 * @example
 * signatureAlgorithmIdentifier("ECDSA-SHA256"); // { algorithm: "1.2.840.10045.4.3.2" }
 */
export function signatureAlgorithmIdentifier(name: SignatureAlgorithmName): AlgorithmIdentifier {
  const { oid, family, hash } = algorithmRow(name);
  if (family === "RSASSA-PSS") return { algorithm: oid, parameters: encodePssParameters({ ...rsaPss(hash), hash }) };
  return family === "RSA" ? { algorithm: oid, parameters: Uint8Array.of(NULL, 0) } : { algorithm: oid };
}

/**
 * A signature as X.509 and CMS carry it, from what `Signer.sign` gives: r‖s becomes DER of Ecdsa-Sig-Value, a signature of RSA
 * stays what it is.
 *
 * @throws {RangeError} for a name that is no algorithm for new signatures, and for an r‖s of odd length or with a zero.
 * @example
 * const signature = encodeSignatureValue("ECDSA-SHA256", signer.sign(message, "ECDSA-SHA256"));
 */
export function encodeSignatureValue(name: SignatureAlgorithmName, signature: Uint8Array): Uint8Array {
  return algorithmRow(name).family === "ECDSA" ? encodeEcdsaSignature(signature) : signature;
}

/**
 * @internal What an AlgorithmIdentifier beside a signature stands for.
 *
 * @param digest - Hash function that is stated apart (CMS: digestAlgorithm), for algorithms that do not name one.
 * @returns undefined when it is not offered.
 * @throws {MalformedError} when parameters that matter are malformed.
 */
export function signatureSchemeOf(algorithm: AlgorithmIdentifier, digest?: AnyHashName): SignatureScheme | undefined {
  const { algorithm: oid, parameters } = algorithm;
  if (oid === ID_RSASSA_PSS) {
    const pss = parameters === undefined ? undefined : parsePssParameters(parameters);
    return pss === undefined ? undefined : { row: signatureAlgorithmOf("RSASSA-PSS", pss.hash), rsa: pss };
  }
  if (oid === ECDSA_WITH_SPECIFIED) {
    const hash = parameters === undefined ? undefined : hashNameIn(parameters, parameters);
    return hash === undefined ? undefined : { row: signatureAlgorithmOf("ECDSA", hash), rsa: RSA_PKCS1 };
  }
  const family = KEY_ALGORITHMS.get(oid);
  if (family !== undefined) {
    // Some repeat the curve of the key here; what counts is the key's own.
    const tag = parameters?.[0];
    const repeatsCurve = family === "ECDSA" && (tag === OBJECT_IDENTIFIER || tag === SEQUENCE);
    if (digest === undefined || !(repeatsCurve || hasNoParameters(algorithm))) return undefined;
    return { row: signatureAlgorithmOf(family, digest), rsa: RSA_PKCS1 };
  }
  const row = hasNoParameters(algorithm) ? signatureAlgorithmByOid(oid) : undefined;
  return row === undefined ? undefined : { row, rsa: RSA_PKCS1 };
}
