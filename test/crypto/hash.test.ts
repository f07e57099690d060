import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { toHex, utf8 } from "../../src/bytes/bytes.js";
import { HASHES, type HashName, hash, hashByOid } from "../../src/crypto/hash.js";
import { anyHashByOid, hashAny, SHA1, sha1 } from "../../src/crypto/legacy/sha1.js";
import type { AnyHashName } from "../../src/crypto/primitives.js";

// FIPS 180-4, the examples of NIST for the message "abc".
const ABC: Readonly<Record<AnyHashName, string>> = {
  "SHA-1": "a9993e364706816aba3e25717850c26c9cd0d89d",
  "SHA-224": "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7",
  "SHA-256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  "SHA-384": "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
  "SHA-512":
    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
};

test.each(HASHES)("$name: published example, size and object identifier of the row", (row) => {
  const digest = hash(row.name, utf8("abc"));
  expect(toHex(digest)).toBe(ABC[row.name]);
  expect(digest.length).toBe(row.size);
  expect(hashByOid(row.oid)).toBe(row);
  expect(anyHashByOid(row.oid)).toBe(row);
  expect(toHex(hashAny(row.name, utf8("abc")))).toBe(ABC[row.name]);
});

test("20,000 bytes, as of a portrait", () => {
  const data = new Uint8Array(20_000).map((_, i) => i * 7);
  expect(toHex(hash("SHA-256", data))).toBe(createHash("sha256").update(data).digest("hex"));
});

test("SHA-1 is behind its fence and nowhere else", () => {
  expect(toHex(sha1(utf8("abc")))).toBe(ABC["SHA-1"]);
  expect(toHex(hashAny("SHA-1", utf8("abc")))).toBe(ABC["SHA-1"]);
  expect(sha1(utf8("")).length).toBe(SHA1.size);
  expect(anyHashByOid("1.3.14.3.2.26")).toBe(SHA1);
  expect(hashByOid("1.3.14.3.2.26")).toBeUndefined();
  expect(() => hash("SHA-1" as HashName, utf8("abc"))).toThrow(RangeError);
});

test("unknown names and identifiers", () => {
  expect(() => hash("MD5" as HashName, utf8("abc"))).toThrow(RangeError);
  expect(() => hashAny("toString" as AnyHashName, utf8("abc"))).toThrow(RangeError);
  expect(hashByOid("1.2.3")).toBeUndefined();
  expect(anyHashByOid("1.2.3")).toBeUndefined();
});
