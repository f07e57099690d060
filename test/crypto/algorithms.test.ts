import { expect, test } from "vitest";
import {
  SIGNATURE_ALGORITHMS,
  signatureAlgorithmByName,
  signatureAlgorithmByOid,
  signatureAlgorithmOf,
} from "../../src/crypto/algorithms.js";

test("the tables of RFC 5758, RFC 3279, RFC 4055 and TR-03111", () => {
  expect(SIGNATURE_ALGORITHMS.map((row) => [row.oid, row.name, row.hash, row.legacy])).toEqual([
    ["1.2.840.10045.4.3.1", "ECDSA-SHA224", "SHA-224", false],
    ["1.2.840.10045.4.3.2", "ECDSA-SHA256", "SHA-256", false],
    ["1.2.840.10045.4.3.3", "ECDSA-SHA384", "SHA-384", false],
    ["1.2.840.10045.4.3.4", "ECDSA-SHA512", "SHA-512", false],
    ["1.2.840.10045.4.1", "ECDSA-SHA1", "SHA-1", true],
    ["0.4.0.127.0.7.1.1.4.1.2", "ECDSA-PLAIN-SHA224", "SHA-224", false],
    ["0.4.0.127.0.7.1.1.4.1.3", "ECDSA-PLAIN-SHA256", "SHA-256", false],
    ["0.4.0.127.0.7.1.1.4.1.4", "ECDSA-PLAIN-SHA384", "SHA-384", false],
    ["0.4.0.127.0.7.1.1.4.1.5", "ECDSA-PLAIN-SHA512", "SHA-512", false],
    ["0.4.0.127.0.7.1.1.4.1.1", "ECDSA-PLAIN-SHA1", "SHA-1", true],
    ["1.2.840.113549.1.1.14", "RSA-SHA224", "SHA-224", false],
    ["1.2.840.113549.1.1.11", "RSA-SHA256", "SHA-256", false],
    ["1.2.840.113549.1.1.12", "RSA-SHA384", "SHA-384", false],
    ["1.2.840.113549.1.1.13", "RSA-SHA512", "SHA-512", false],
    ["1.2.840.113549.1.1.5", "RSA-SHA1", "SHA-1", true],
    ["1.3.14.3.2.29", "RSA-SHA1", "SHA-1", true],
    ["1.2.840.113549.1.1.10", "RSASSA-PSS-SHA224", "SHA-224", false],
    ["1.2.840.113549.1.1.10", "RSASSA-PSS-SHA256", "SHA-256", false],
    ["1.2.840.113549.1.1.10", "RSASSA-PSS-SHA384", "SHA-384", false],
    ["1.2.840.113549.1.1.10", "RSASSA-PSS-SHA512", "SHA-512", false],
    ["1.2.840.113549.1.1.10", "RSASSA-PSS-SHA1", "SHA-1", true],
  ]);
});

test.each(SIGNATURE_ALGORITHMS)("$name is found by object identifier and name", (row) => {
  // The identifier of RSASSA-PSS does not tell the hash function, so that it stands for no row.
  expect(signatureAlgorithmByOid(row.oid)).toBe(row.family === "RSASSA-PSS" ? undefined : row);
  expect(signatureAlgorithmByName(row.name)).toMatchObject({ family: row.family, hash: row.hash });
  expect(signatureAlgorithmOf(row.family, row.hash).name).toBe(row.name);
  // SHA-1 and the flag stand and fall together.
  expect(row.hash === "SHA-1").toBe(row.legacy);
});

test("unknown identifiers and names are undefined", () => {
  expect(signatureAlgorithmByOid("1.2.840.113549.1.1.4")).toBeUndefined();
  expect(signatureAlgorithmByName("ecdsa-sha256")).toBeUndefined();
});
