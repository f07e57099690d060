import { expect, test } from "vitest";
import {
  SIGNATURE_ALGORITHMS,
  signatureAlgorithmByName,
  signatureAlgorithmByOid,
} from "../../src/crypto/algorithms.js";

test("the table of RFC 5758 and RFC 3279", () => {
  expect(SIGNATURE_ALGORITHMS.map((row) => [row.oid, row.name, row.hash, row.legacy])).toEqual([
    ["1.2.840.10045.4.3.1", "ECDSA-SHA224", "SHA-224", false],
    ["1.2.840.10045.4.3.2", "ECDSA-SHA256", "SHA-256", false],
    ["1.2.840.10045.4.3.3", "ECDSA-SHA384", "SHA-384", false],
    ["1.2.840.10045.4.3.4", "ECDSA-SHA512", "SHA-512", false],
    ["1.2.840.10045.4.1", "ECDSA-SHA1", "SHA-1", true],
  ]);
});

test.each(SIGNATURE_ALGORITHMS)("$name is found by object identifier and name", (row) => {
  expect(signatureAlgorithmByOid(row.oid)).toBe(row);
  expect(signatureAlgorithmByName(row.name)).toBe(row);
  // SHA-1 and the flag stand and fall together.
  expect(row.hash === "SHA-1").toBe(row.legacy);
});

test("unknown identifiers and names are undefined", () => {
  expect(signatureAlgorithmByOid("1.2.840.113549.1.1.4")).toBeUndefined();
  expect(signatureAlgorithmByName("ecdsa-sha256")).toBeUndefined();
});
