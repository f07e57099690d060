import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { fromHex } from "../../src/bytes/bytes.js";
import { signatureAlgorithmOf } from "../../src/crypto/algorithms.js";
import { cryptoBackend } from "../../src/crypto/backend.js";
import type { AnyHashName } from "../../src/crypto/primitives.js";
import { encodePssParameters } from "../../src/pki/pss-parameters.js";
import { publicKeyFromSpki } from "../../src/pki/public-key.js";
import { examineSignature, verifySignature } from "../../src/pki/verify-signature.js";
import { readVectors } from "../crypto/vectors.js";

interface Group {
  readonly publicKeyDer: string;
  readonly sha: string;
  readonly mgfSha?: string;
  readonly sLen?: number;
  readonly tests: readonly { tcId: number; comment: string; msg: string; sig: string; result: string }[];
}
interface File {
  readonly algorithm: string;
  readonly numberOfTests: number;
  readonly testGroups: readonly Group[];
}

const HASH_NAMES: readonly string[] = ["SHA-1", "SHA-224", "SHA-256", "SHA-384", "SHA-512"];
const FILES = readdirSync(new URL("../vectors/wycheproof", import.meta.url)).filter((file) =>
  /^(ecdsa|rsa)_.*\.json$/.test(file),
);

/**
 * Pure JavaScript takes 3 to 20 ms a signature over a curve, so that there only every fifth is tried; the other backend tries
 * them all, as both do for RSA.
 */
const every = (file: string): number => (cryptoBackend() === "noble" && file.startsWith("ecdsa") ? 5 : 1);

/** The algorithm as X.509 would state it; undefined when the hash function is none of ours (SHA-512/256). */
function algorithmOf(file: string, group: Group) {
  const { sha, mgfSha, sLen = 0 } = group;
  if (!HASH_NAMES.includes(sha) || (mgfSha !== undefined && !HASH_NAMES.includes(mgfSha))) return undefined;
  const hash = sha as AnyHashName;
  if (mgfSha !== undefined) {
    const parameters = encodePssParameters({ scheme: "PSS", hash, mgfHash: mgfSha as AnyHashName, saltLength: sLen });
    return { algorithm: "1.2.840.113549.1.1.10", parameters };
  }
  const family = file.startsWith("rsa") ? "RSA" : file.includes("p1363") ? "ECDSA-PLAIN" : "ECDSA";
  return { algorithm: signatureAlgorithmOf(family, hash).oid };
}

describe("Wycheproof", () => {
  test.each(FILES)("%s", (file) => {
    const { testGroups, numberOfTests } = readVectors<File>(`wycheproof/${file}`);
    let seen = 0;
    let tried = 0;
    for (const group of testGroups) {
      const algorithm = algorithmOf(file, group);
      const key = publicKeyFromSpki(fromHex(group.publicKeyDer));
      for (const { tcId, comment, msg, sig, result } of group.tests) {
        if (algorithm === undefined || seen++ % every(file) !== 0) continue;
        tried++;
        const [message, signature] = [fromHex(msg), fromHex(sig)];
        const good = verifySignature(key, algorithm, message, signature);
        expect(good, `case ${tcId}: ${comment}`).toBe(result === "valid");
        if (result === "valid" || !file.startsWith("rsa_signature")) continue;
        // "acceptable" is the missing NULL and nothing else.
        const { good: tolerated, departures } = examineSignature(key, algorithm, message, signature);
        expect(tolerated, `case ${tcId}: ${comment}`).toBe(result === "acceptable");
        expect(departures).toEqual(result === "acceptable" ? ["digestInfoWithoutNull"] : []);
      }
    }
    expect(testGroups.reduce((sum, { tests }) => sum + tests.length, 0)).toBe(numberOfTests);
    expect(tried).toBeGreaterThan(numberOfTests / 12);
  });
});
