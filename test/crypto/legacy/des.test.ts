import { createCipheriv, createDecipheriv } from "node:crypto";
import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes, fromHex, toHex } from "../../../src/bytes/bytes.js";
import { retailMac, TdesKey, tdesCbcDecrypt, tdesCbcEncrypt } from "../../../src/crypto/legacy/des.js";
import { padIso } from "../../../src/crypto/padding.js";
import { readVectors } from "../vectors.js";

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const messages = fc.integer({ min: 0, max: 20 }).chain((blocks) => bytes(8 * blocks));
const ZERO_IV = new Uint8Array(8);

/** OpenSSL's 3DES, which takes 24 bytes only. */
function opensslEncrypt(key: Uint8Array, iv: Uint8Array, data: Uint8Array): string {
  const cipher = createCipheriv("des-ede3-cbc", key.length === 16 ? concatBytes(key, key.subarray(0, 8)) : key, iv);
  cipher.setAutoPadding(false);
  return cipher.update(data, undefined, "hex") + cipher.final("hex");
}

/** MAC algorithm 3 over whole blocks, put together from OpenSSL: DES as 3DES with one key thrice. */
function opensslMac(key: Uint8Array, padded: Uint8Array): string {
  const k1 = key.subarray(0, 8);
  const head = opensslEncrypt(concatBytes(k1, k1, k1), ZERO_IV, padded.subarray(0, -8));
  const chained = head === "" ? ZERO_IV : fromHex(head.slice(-16));
  return opensslEncrypt(key, chained, padded.subarray(-8));
}

describe("DES", () => {
  // Known answers for single DES (K ‖ K ‖ K): FIPS 81 table C1; the examples of Grabbe and of NIST SP 500-20 (weak key).
  test.each([
    ["0123456789abcdef", "4e6f772069732074", "3fa40e8a984d4815"],
    ["133457799bbcdff1", "0123456789abcdef", "85e813540f0ab405"],
    ["0101010101010101", "8000000000000000", "95f8a5e5dd31d900"],
  ])("known answer under %s", (key, plain, cipher) => {
    const triple = fromHex(key.repeat(3));
    expect(toHex(tdesCbcEncrypt(triple, ZERO_IV, fromHex(plain)))).toBe(cipher);
    expect(toHex(tdesCbcDecrypt(triple, ZERO_IV, fromHex(cipher)))).toBe(plain);
    expect(toHex(tdesCbcEncrypt(triple.subarray(8), ZERO_IV, fromHex(plain)))).toBe(cipher);
  });
});

describe("3DES-CBC", () => {
  type Vector = { key: string; iv: string; plain: string; cipher: string };
  const { vectors } = readVectors<{ vectors: Vector[] }>("crypto/des3-cbc-nfcpassportreader.json");
  test.each(vectors)("published example under $key", ({ key, iv, plain, cipher }) => {
    expect(toHex(tdesCbcEncrypt(fromHex(key), fromHex(iv), fromHex(plain)))).toBe(cipher.toLowerCase());
    expect(toHex(tdesCbcDecrypt(fromHex(key), fromHex(iv), fromHex(cipher)))).toBe(plain.toLowerCase());
  });

  test.each([16, 24])("keys of %d bytes: agrees with OpenSSL and comes back", (length) => {
    fc.assert(
      fc.property(bytes(length), bytes(8), messages, (key, iv, data) => {
        const inputs = toHex(key) + toHex(iv) + toHex(data);
        const cipher = tdesCbcEncrypt(key, iv, data);
        expect(toHex(cipher)).toBe(opensslEncrypt(key, iv, data));
        expect(toHex(tdesCbcDecrypt(key, iv, cipher))).toBe(toHex(data));
        expect(toHex(key) + toHex(iv) + toHex(data)).toBe(inputs);
      }),
      { numRuns: 300 },
    );
  });

  test("decryption agrees with OpenSSL over 8,000 bytes, and the parity bits of a key do not count", () => {
    const key = fromHex("0123456789abcdeffedcba9876543210f0e1d2c3b4a59687");
    const data = Uint8Array.from({ length: 8000 }, (_, i) => (i * i) >> 3);
    const decipher = createDecipheriv("des-ede3-cbc", key, ZERO_IV).setAutoPadding(false);
    const expected = decipher.update(data, undefined, "hex");
    expect(toHex(tdesCbcDecrypt(key, ZERO_IV, data))).toBe(expected);
    const otherParity = key.map((byte) => byte ^ 1);
    expect(toHex(tdesCbcDecrypt(otherParity, ZERO_IV, data))).toBe(expected);
  });
});

describe("retail MAC", () => {
  type Vector = { key: string; msg: string; mac: string; pad_method2: boolean; source: string };
  const { vectors } = readVectors<{ vectors: Vector[] }>("crypto/iso9797-mac-alg3.json");
  test.each(vectors.filter((vector) => vector.pad_method2))("ICAO 9303-11 appendix D: $mac", ({ key, msg, mac }) => {
    expect(toHex(retailMac(fromHex(key), fromHex(msg)))).toBe(mac.toLowerCase());
  });

  // Published without padding, which retailMac always applies: it proves the composition used as second opinion below.
  test.each(vectors.filter((vector) => !vector.pad_method2))("the second opinion gives $mac", ({ key, msg, mac }) => {
    expect(opensslMac(fromHex(key), fromHex(msg))).toBe(mac.toLowerCase());
  });

  test("agrees with OpenSSL's DES for any key and message", () => {
    fc.assert(
      fc.property(bytes(16), fc.uint8Array({ maxLength: 100 }), (key, message) => {
        const before = toHex(message);
        expect(toHex(retailMac(key, message))).toBe(opensslMac(key, padIso(message, 8)));
        expect(toHex(message)).toBe(before);
      }),
      { numRuns: 300 },
    );
  });
});

describe("TdesKey", () => {
  test("one key object serves many calls in any order", () => {
    const raw = fromHex("7ca110454a1a6e570131d9619dc1376e");
    const key = new TdesKey(raw);
    const iv = fromHex("0102030405060708");
    const data = fromHex("00112233445566778899aabbccddeeff");
    for (let round = 0; round < 3; round++) {
      const cipher = key.encryptCbc(iv, data);
      expect(toHex(cipher)).toBe(opensslEncrypt(raw, iv, data));
      expect(toHex(key.retailMac(data.subarray(0, 5 + round)))).toBe(
        opensslMac(raw, padIso(data.subarray(0, 5 + round), 8)),
      );
      expect(toHex(key.decryptCbc(iv, cipher))).toBe(toHex(data));
    }
  });

  test("wrong lengths are refused", () => {
    for (const length of [0, 8, 15, 17, 32]) expect(() => new TdesKey(new Uint8Array(length))).toThrow(RangeError);
    const key = new TdesKey(new Uint8Array(16));
    expect(() => key.encryptCbc(new Uint8Array(16), new Uint8Array(8))).toThrow(RangeError);
    expect(() => key.decryptCbc(ZERO_IV, new Uint8Array(9))).toThrow(RangeError);
    expect(() => new TdesKey(new Uint8Array(24)).retailMac(ZERO_IV)).toThrow(RangeError);
    expect(() => retailMac(new Uint8Array(24), ZERO_IV)).toThrow(RangeError);
  });

  test("does not need the caller's key afterwards, prints as its key check value, and is of no use once wiped", () => {
    const raw = new Uint8Array(16).fill(0xc7);
    const key = new TdesKey(raw);
    const mac = toHex(key.retailMac(ZERO_IV));
    raw.fill(0);
    expect(toHex(key.retailMac(ZERO_IV))).toBe(mac);
    const kcv = opensslEncrypt(new Uint8Array(16).fill(0xc7), ZERO_IV, ZERO_IV).slice(0, 6);
    const shown = [`${key}`, JSON.parse(JSON.stringify(key)), inspect(key, { depth: 9, showHidden: true })];
    expect(shown).toEqual(Array(3).fill(`TdesKey(kcv ${kcv})`));
    key.wipe();
    expect(`${key}`).toBe("TdesKey(wiped)");
    expect(() => key.retailMac(ZERO_IV)).toThrow(TypeError);
    expect(() => key.encryptCbc(ZERO_IV, ZERO_IV)).toThrow(TypeError);
    expect(() => key.decryptCbc(ZERO_IV, ZERO_IV)).toThrow(TypeError);
  });
});
