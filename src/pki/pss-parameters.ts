import { type AlgorithmIdentifier, algorithmIdentifier, INTEGER, NULL, SEQUENCE, smallInteger } from "../asn1/types.js";
import { toHex } from "../bytes/bytes.js";
import { HASHES } from "../crypto/hash.js";
import { anyHashByOid, SHA1 } from "../crypto/legacy/sha1.js";
import type { AnyHashName, RsaPss } from "../crypto/primitives.js";
import { dataObject, encodeObject } from "../tlv/file.js";
import { opt, req, struct } from "../tlv/struct.js";
import { parsePart, tagged } from "./der.js";

/** RSASSA-PSS with the hash function of the message. */
export interface PssParameters extends RsaPss {
  readonly hash: AnyHashName;
}

/**
 * Parameters read lately, by their bytes: one issuer states the same in every document. Emptied when full, so that a caller
 * with countless parameters costs time, not memory.
 */
const known = new Map<string, PssParameters>();
const MOST_KNOWN = 64;

const ID_MGF1 = "1.2.840.113549.1.1.8";
const NULL_PARAMETERS = Uint8Array.of(NULL, 0);

/** RSASSA-PSS-params (RFC 4055 §3.1). A default that is written out is accepted, as every program does. */
const pssParameters = dataObject(
  "RSASSA-PSS-params",
  SEQUENCE,
  struct({
    hashAlgorithm: opt(0xa0, struct({ value: req(SEQUENCE, algorithmIdentifier) })),
    maskGenAlgorithm: opt(0xa1, struct({ value: req(SEQUENCE, algorithmIdentifier) })),
    saltLength: opt(0xa2, tagged(INTEGER, smallInteger(0xffff))),
    trailerField: opt(0xa3, tagged(INTEGER, smallInteger(0xffff))),
  }),
);
const hashIdentifier = dataObject("HashAlgorithm", SEQUENCE, algorithmIdentifier);

/** Whether the parameters of an algorithm without parameters are absent or NULL, as RFC 5754 §2 wants accepted. */
export function hasNoParameters({ parameters }: AlgorithmIdentifier): boolean {
  return parameters === undefined || (parameters.length === 2 && parameters[0] === NULL && parameters[1] === 0);
}

/** @internal The hash function of an AlgorithmIdentifier, SHA-1 included; undefined when it is not offered. */
export function hashNameOf(algorithm: AlgorithmIdentifier): AnyHashName | undefined {
  return hasNoParameters(algorithm) ? anyHashByOid(algorithm.algorithm)?.name : undefined;
}

/** @internal The hash function of an AlgorithmIdentifier that stands on its own in `bytes`, a view of `input`. */
export function hashNameIn(bytes: Uint8Array, input: Uint8Array): AnyHashName | undefined {
  return hashNameOf(parsePart(hashIdentifier, bytes, input, "parameters"));
}

/**
 * @internal RSASSA-PSS-params; `input` is what `bytes` is a view of.
 *
 * Spec: RFC 4055 §3.1: SHA-1, MGF1 with SHA-1, 20 bytes and trailer 1 where a field is missing.
 *
 * @returns undefined for a hash function, mask generation or trailer that is not offered.
 * @throws {MalformedError} when the bytes are no such structure.
 */
export function parsePssParameters(bytes: Uint8Array, input: Uint8Array = bytes): PssParameters | undefined {
  const id = toHex(bytes);
  const before = known.get(id);
  if (before !== undefined) return before;
  const parsed = parsePart(pssParameters, bytes, input, "parameters");
  const { hashAlgorithm, maskGenAlgorithm, saltLength = SHA1.size, trailerField = 1 } = parsed;
  const hash = hashAlgorithm === undefined ? SHA1.name : hashNameOf(hashAlgorithm.value);
  const mgfHash = maskGenAlgorithm === undefined ? SHA1.name : mgfHashOf(maskGenAlgorithm.value, input);
  if (hash === undefined || mgfHash === undefined || trailerField !== 1) return undefined;
  if (known.size >= MOST_KNOWN) known.clear();
  const parameters: PssParameters = { scheme: "PSS", hash, mgfHash, saltLength };
  known.set(id, parameters);
  return parameters;
}

function mgfHashOf({ algorithm, parameters }: AlgorithmIdentifier, input: Uint8Array): AnyHashName | undefined {
  return algorithm === ID_MGF1 && parameters !== undefined ? hashNameIn(parameters, input) : undefined;
}

/** @internal DER of RSASSA-PSS-params; hash functions with NULL parameters, as RFC 4055 §2.1 and §6 write them. */
export function encodePssParameters({ hash, mgfHash, saltLength }: PssParameters): Uint8Array {
  const mgf: AlgorithmIdentifier = {
    algorithm: ID_MGF1,
    parameters: encodeObject(hashIdentifier, hashAlgorithmOf(mgfHash)),
  };
  // DER leaves defaults out.
  return encodeObject(pssParameters, {
    ...(hash !== SHA1.name && { hashAlgorithm: { value: hashAlgorithmOf(hash) } }),
    ...(mgfHash !== SHA1.name && { maskGenAlgorithm: { value: mgf } }),
    ...(saltLength !== SHA1.size && { saltLength }),
  });
}

function hashAlgorithmOf(name: AnyHashName): AlgorithmIdentifier {
  const row = name === SHA1.name ? SHA1 : HASHES.find((candidate) => candidate.name === name);
  if (row === undefined) throw new RangeError(`${JSON.stringify(name)} is no hash function of this package`);
  return { algorithm: row.oid, parameters: NULL_PARAMETERS };
}
