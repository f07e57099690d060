import { createCipheriv } from "node:crypto";
import { inspect } from "node:util";
import { cmac as nobleCmac } from "@noble/ciphers/aes.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes, fromHex, toHex } from "../../src/bytes/bytes.js";
import {
  AesCmac,
  AesKey,
  aesCbcDecrypt,
  aesCbcEncrypt,
  aesCmac,
  aesEncryptBlock,
  aesKcv,
} from "../../src/crypto/aes.js";
import { readVectors } from "./vectors.js";

const keys = fc.constantFrom(16, 24, 32).chain((n) => fc.uint8Array({ minLength: n, maxLength: n }));

describe("AES-CBC and single blocks", () => {
  // FIPS 197, appendices C.1 to C.3.
  test.each([
    ["000102030405060708090a0b0c0d0e0f", "69c4e0d86a7b0430d8cdb78070b4c55a"],
    ["000102030405060708090a0b0c0d0e0f1011121314151617", "dda97ca4864cdfe06eaf70a0ec0d7191"],
    ["000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", "8ea2b7ca516745bfeafc49904b496089"],
  ])("FIPS 197 example under %s", (key, cipher) => {
    const block = fromHex("00112233445566778899aabbccddeeff");
    expect(toHex(aesEncryptBlock(fromHex(key), block))).toBe(cipher);
    expect(toHex(aesCbcDecrypt(fromHex(key), new Uint8Array(16), fromHex(cipher)))).toBe(toHex(block));
  });

  test("CBC: SP 800-38A F.2.1, and back", () => {
    const key = fromHex("2b7e151628aed2a6abf7158809cf4f3c");
    const iv = fromHex("000102030405060708090a0b0c0d0e0f");
    const plain = fromHex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51");
    const cipher = "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2";
    expect(toHex(aesCbcEncrypt(key, iv, plain))).toBe(cipher);
    expect(toHex(aesCbcDecrypt(key, iv, fromHex(cipher)))).toBe(toHex(plain));
  });

  test("wrong lengths are refused by name, without showing the key", () => {
    const [key, iv, data] = [new Uint8Array(16).fill(0xab), new Uint8Array(16), new Uint8Array(32)];
    for (const crypt of [aesCbcEncrypt, aesCbcDecrypt]) {
      for (const length of [0, 15, 17, 23, 33]) {
        expect(() => crypt(new Uint8Array(length).fill(0xab), iv, data)).toThrow(/^(?!.*abab).*AES key/);
      }
      expect(() => crypt(key, iv.subarray(1), data)).toThrow(RangeError);
      expect(() => crypt(key, iv, data.subarray(1))).toThrow(RangeError);
      expect(crypt(key, iv, new Uint8Array(0)).length).toBe(0);
    }
    expect(() => aesEncryptBlock(key, data)).toThrow(RangeError);
    expect(() => aesEncryptBlock(key.subarray(1), iv)).toThrow(RangeError);
  });
});

describe("AES-CMAC", () => {
  type Vector = { key: string; msg: string; mac: string };
  const { vectors } = readVectors<{ vectors: Vector[] }>("crypto/aes-cmac-rfc4493.json");
  test.each(vectors)("RFC 4493 and SP 800-38B: $mac", ({ key, msg, mac }) => {
    expect(toHex(aesCmac(fromHex(key), fromHex(msg)))).toBe(mac);
  });

  type Group = { keySize: number; tagSize: number; tests: (Vector & { tcId: number; tag: string; result: string })[] };
  const { testGroups, numberOfTests } = readVectors<{ testGroups: Group[]; numberOfTests: number }>(
    "wycheproof/aes_cmac_test.json",
  );
  test(`Wycheproof: ${numberOfTests} cases`, () => {
    let run = 0;
    for (const { keySize, tests } of testGroups) {
      for (const { tcId, key, msg, tag, result } of tests) {
        run++;
        if (![128, 192, 256].includes(keySize)) {
          expect(() => aesCmac(fromHex(key), fromHex(msg)), `case ${tcId}`).toThrow(RangeError);
        } else {
          expect(toHex(aesCmac(fromHex(key), fromHex(msg))) === tag, `case ${tcId}`).toBe(result === "valid");
        }
      }
    }
    expect(run).toBe(numberOfTests);
  });

  test("agrees with another implementation, however the message is cut into parts", () => {
    const parts = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 4 });
    fc.assert(
      fc.property(keys, parts, (key, cut) => {
        const message = concatBytes(...cut);
        const expected = toHex(nobleCmac(message, key));
        const cmac = new AesCmac(key);
        expect(toHex(cmac.mac(...cut))).toBe(expected);
        expect(toHex(cmac.mac(message))).toBe(expected);
        expect(toHex(aesCmac(key, message))).toBe(expected);
      }),
    );
  });

  test("keeps its own copy of the key, can be wiped, and prints as its key check value", () => {
    const key = new Uint8Array(16).fill(0xc7);
    const cmac = new AesCmac(key);
    const mac = toHex(cmac.mac(key));
    key.fill(0);
    expect(toHex(cmac.mac(new Uint8Array(16).fill(0xc7)))).toBe(mac);
    const kcv = `AesCmac(kcv ${toHex(aesKcv(new Uint8Array(16).fill(0xc7)))})`;
    const shown = [`${cmac}`, JSON.parse(JSON.stringify(cmac)), inspect(cmac, { depth: 9, showHidden: true })];
    expect(shown).toEqual([kcv, kcv, kcv]);
    cmac.wipe();
    expect(() => cmac.mac()).toThrow(TypeError);
    expect(`${cmac}`).toBe("AesCmac(wiped)");
  });
});

describe("AES-CMAC of whole blocks where they stand", () => {
  const blocks = fc.integer({ min: 1, max: 9 }).chain((n) => fc.uint8Array({ minLength: 16 * n, maxLength: 16 * n }));

  test("ends with the MAC of the same bytes copied, with the first block in its place or apart", () => {
    fc.assert(
      fc.property(keys, fc.array(blocks, { minLength: 1, maxLength: 4 }), (key, messages) => {
        const cmac = new AesCmac(key);
        for (const message of messages) {
          const expected = toHex(nobleCmac(message, key));
          expect(toHex(Uint8Array.from(cmac.macBlocks(Uint8Array.from(message))).slice(-16))).toBe(expected);
          const rest = Uint8Array.from(message).fill(0x11, 0, 16);
          expect(toHex(Uint8Array.from(cmac.macBlocks(rest, message.slice(0, 16))).slice(-16))).toBe(expected);
          expect(toHex(cmac.mac(message))).toBe(expected);
        }
      }),
    );
  });

  test("refuses parts of blocks, no block, a first block of another length, and a wiped key", () => {
    const cmac = new AesCmac(new Uint8Array(16));
    for (const length of [0, 15, 17]) expect(() => cmac.macBlocks(new Uint8Array(length))).toThrow(RangeError);
    expect(() => cmac.macBlocks(new Uint8Array(16), new Uint8Array(15))).toThrow(RangeError);
    cmac.wipe();
    expect(() => cmac.macBlocks(new Uint8Array(16))).toThrow(TypeError);
  });
});

describe("AesKey", () => {
  const messages = fc.array(
    fc.integer({ min: 1, max: 9 }).chain((n) => fc.uint8Array({ minLength: 16 * n, maxLength: 16 * n })),
    { minLength: 1, maxLength: 5 },
  );
  const blockOf = fc.uint8Array({ minLength: 16, maxLength: 16 });

  test("does for message after message what the functions do for one", () => {
    fc.assert(
      fc.property(keys, blockOf, messages, (key, counter, all) => {
        const aes = new AesKey(key);
        const iv = aesEncryptBlock(key, counter);
        for (const message of all) {
          expect(toHex(aes.encryptBlock(counter))).toBe(toHex(iv));
          const inPlace = Uint8Array.from(message);
          aes.encryptInPlace(inPlace);
          expect(toHex(inPlace)).toBe(toHex(aesCbcEncrypt(key, new Uint8Array(16), message)));
          const behind = concatBytes(new Uint8Array(16).fill(0x77), message);
          aes.encryptInPlace(behind, counter);
          expect(toHex(behind)).toBe(toHex(concatBytes(iv, aesCbcEncrypt(key, iv, message))));
          expect(toHex(aes.decryptCbc(iv, behind.slice(16)))).toBe(toHex(message));
        }
      }),
    );
  });

  test("refuses wrong lengths, prints as its key check value, and is of no use when wiped", () => {
    expect(() => new AesKey(new Uint8Array(15))).toThrow(RangeError);
    const secret = new Uint8Array(16).fill(0xc7);
    const aes = new AesKey(secret);
    expect(() => aes.encryptBlock(new Uint8Array(32))).toThrow(RangeError);
    expect(() => aes.encryptInPlace(new Uint8Array(0))).toThrow(RangeError);
    expect(() => aes.encryptInPlace(new Uint8Array(17))).toThrow(RangeError);
    expect(() => aes.encryptInPlace(new Uint8Array(16), new Uint8Array(1))).toThrow(RangeError);
    expect(() => aes.decryptCbc(new Uint8Array(1), new Uint8Array(16))).toThrow(RangeError);
    expect(() => aes.decryptCbc(new Uint8Array(16), new Uint8Array(17))).toThrow(RangeError);
    const kcv = `AesKey(kcv ${toHex(aesKcv(secret))})`;
    const shown = [`${aes}`, JSON.parse(JSON.stringify(aes)), inspect(aes, { depth: 9, showHidden: true })];
    expect(shown).toEqual([kcv, kcv, kcv]);
    aes.wipe();
    aes.wipe();
    expect(() => aes.encryptBlock(new Uint8Array(16))).toThrow(TypeError);
    expect(() => aes.encryptInPlace(new Uint8Array(16))).toThrow(TypeError);
    expect(() => aes.decryptCbc(new Uint8Array(16), new Uint8Array(16))).toThrow(TypeError);
    expect(`${aes}`).toBe("AesKey(wiped)");
  });
});

describe("key check value", () => {
  const { vectors } = readVectors<{ vectors: { key: string; kcv: string }[] }>("gp/kcv-aes-pysim.json");
  test.each(vectors)("of $key", ({ key, kcv }) => {
    expect(toHex(aesKcv(fromHex(key)))).toBe(kcv.toLowerCase());
  });

  test("of any key: AES of one block of 01s, by OpenSSL", () => {
    fc.assert(
      fc.property(keys, (key) => {
        const cipher = createCipheriv(`aes-${8 * key.length}-ecb`, key, null);
        expect(toHex(aesKcv(key))).toBe(cipher.update(new Uint8Array(16).fill(1)).subarray(0, 3).toString("hex"));
      }),
    );
  });
});
