import { createHash } from "node:crypto";
import { cmac as nobleCmac } from "@noble/ciphers/aes.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes, fromHex, toHex, uintToBytes } from "../../src/bytes/bytes.js";
import { type IcaoCipher, kdfCounterCmac, kdfIcao } from "../../src/crypto/kdf.js";
import { readVectors } from "./vectors.js";

describe("kdfIcao", () => {
  type Vector = { alg: IcaoCipher; seed: string; counter: 1 | 2 | 3; key: string };
  const { vectors } = readVectors<{ vectors: Vector[] }>("icao9303/kdf.json");
  test.each(vectors)("ICAO 9303-11 example: $alg, counter $counter", ({ alg, seed, counter, key }) => {
    expect(toHex(kdfIcao(fromHex(seed), counter, alg))).toBe(key.toLowerCase());
  });

  // No published value for the longer AES keys is at hand: OpenSSL's hash is the second opinion.
  test.each([
    ["AES-192", 24],
    ["AES-256", 32],
  ] as const)("%s: the first %d bytes of SHA-256(secret ‖ counter)", (cipher, length) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.constantFrom(1, 2, 3), (secret, counter) => {
        const digest = createHash("sha256")
          .update(secret)
          .update(Uint8Array.of(0, 0, 0, counter))
          .digest("hex");
        expect(toHex(kdfIcao(secret, counter, cipher))).toBe(digest.slice(0, 2 * length));
      }),
    );
  });

  test("3DES keys have odd parity and otherwise the bits of the AES-128 key", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.constantFrom(1, 2, 3), (secret, counter) => {
        const key = kdfIcao(secret, counter, "3DES");
        const raw = kdfIcao(secret, counter, "AES-128");
        for (const [i, byte] of key.entries()) {
          expect(byte.toString(2).replaceAll("0", "").length % 2).toBe(1);
          expect(byte & 0xfe).toBe((raw[i] as number) & 0xfe);
        }
      }),
    );
  });

  test("leaves the secret alone and refuses other counters and ciphers", () => {
    const secret = Uint8Array.of(1, 2, 3);
    kdfIcao(secret, 1, "AES-256");
    expect(toHex(secret)).toBe("010203");
    for (const counter of [0, 4, 1.5]) expect(() => kdfIcao(secret, counter as 1, "3DES")).toThrow(RangeError);
    for (const cipher of ["DES", "toString"]) expect(() => kdfIcao(secret, 1, cipher as "3DES")).toThrow(RangeError);
  });
});

describe("kdfCounterCmac", () => {
  type Cavp = { prf: string; ctr_location: string; rlen_bits: number; L: number } & Record<
    "ki" | "before" | "after" | "ko",
    string
  >;
  const cavp = readVectors<{ vectors: Cavp[] }>("crypto/sp800-108-counter-cmac.json").vectors;
  test.each(cavp)("NIST CAVP: $prf, $ctr_location, counter of $rlen_bits bits", (vector) => {
    // Every one of them asks for a single block, where a wider counter is the one-byte counter behind zeros.
    expect(vector.L).toBe(128);
    const before = concatBytes(fromHex(vector.before), new Uint8Array(vector.rlen_bits / 8 - 1));
    const result = kdfCounterCmac(fromHex(vector.ki), before, fromHex(vector.after), vector.L);
    expect(toHex(result)).toBe(vector.ko);
  });

  type Scp03 = { key: string; constant: string; context: string; out_bits: number; out: string };
  const scp03 = readVectors<{ vectors: Scp03[] }>("gp/scp03-kdf.json").vectors;
  test.each(scp03)("SCP03 layout: constant $constant, $out_bits bits", ({ key, constant, context, out_bits, out }) => {
    // Label (11 × 00 ‖ constant), separator 00, L in two bytes, counter, context.
    const before = concatBytes(new Uint8Array(11), fromHex(constant), Uint8Array.of(0), uintToBytes(out_bits, 2));
    expect(toHex(kdfCounterCmac(fromHex(key), before, fromHex(context), out_bits))).toBe(out.toLowerCase());
  });

  test("these vectors ask for one block and for two", () => {
    expect(new Set(scp03.map((vector) => vector.out_bits))).toEqual(new Set([128, 256]));
  });

  test("every length: the blocks one after another, cut", () => {
    const inputs = fc.tuple(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.uint8Array(), fc.uint8Array());
    fc.assert(
      fc.property(inputs, fc.integer({ min: 1, max: 70 }), ([key, before, after], length) => {
        const blocks = [1, 2, 3, 4, 5].map((i) => nobleCmac(concatBytes(before, Uint8Array.of(i), after), key));
        const expected = toHex(concatBytes(...blocks)).slice(0, 2 * length);
        expect(toHex(kdfCounterCmac(key, before, after, 8 * length))).toBe(expected);
      }),
    );
    expect(kdfCounterCmac(new Uint8Array(16), new Uint8Array(0), new Uint8Array(0), 32_640).length).toBe(4080);
  });

  test.each([0, 7, 12, -8, 32_648, Number.NaN])("%d bits are refused", (bits) => {
    const none = new Uint8Array(0);
    expect(() => kdfCounterCmac(new Uint8Array(16), none, none, bits)).toThrow(RangeError);
  });

  test("a key of another length is refused", () => {
    const none = new Uint8Array(0);
    expect(() => kdfCounterCmac(new Uint8Array(20), none, none, 128)).toThrow(RangeError);
  });
});
