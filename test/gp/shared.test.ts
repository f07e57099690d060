import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../src/bytes/bytes.js";
import { AesCmac, aesKcv } from "../../src/crypto/aes.js";
import {
  channelOf,
  commandMac,
  isSecureCla,
  levelSupported,
  plainCla,
  scp03Derive,
  secureCla,
} from "../../src/gp/shared.js";
import { vectors } from "./support.js";

interface KdfVectors {
  vectors: { key: string; constant: string; context: string; out_bits: number; out: string }[];
}

describe("SCP03 key derivation", () => {
  it.each(vectors<KdfVectors>("gp/scp03-kdf.json").vectors)("$constant, $out_bits bits, of $key", (v) => {
    const out = scp03Derive(fromHex(v.key), Number.parseInt(v.constant, 16), fromHex(v.context), v.out_bits);
    expect(toHex(out)).toBe(v.out.toLowerCase());
  });

  it("gives the key check values that GlobalPlatformPro gives", () => {
    const { static_key, scp03 } = vectors<{
      static_key: string;
      scp03: { context: string; kcv: Record<"enc" | "mac" | "dek_static" | "rmac", string> };
    }>("gp/session-keys-gppro.json");
    const key = fromHex(static_key);
    const kcv = (constant: number) => toHex(aesKcv(scp03Derive(key, constant, fromHex(scp03.context), 128)));
    expect(kcv(0x04)).toBe(scp03.kcv.enc.toLowerCase());
    expect(kcv(0x06)).toBe(scp03.kcv.mac.toLowerCase());
    expect(kcv(0x07)).toBe(scp03.kcv.rmac.toLowerCase());
    expect(toHex(aesKcv(key))).toBe(scp03.kcv.dek_static.toLowerCase());
  });
});

describe("class bytes", () => {
  it.each([
    [0x80, 0x84, 0],
    [0x83, 0x87, 3],
    [0xc0, 0xe0, 4],
    [0xcf, 0xef, 19],
    [0x00, 0x04, 0],
  ])("%i is secured as %i on channel %i", (plain, secure, channel) => {
    expect(secureCla(plain)).toBe(secure);
    expect(plainCla(secure)).toBe(plain);
    expect([isSecureCla(plain), isSecureCla(secure)]).toEqual([false, true]);
    expect([channelOf(plain), channelOf(secure)]).toEqual([channel, channel]);
  });

  it("does not take ISO secure messaging for GlobalPlatform's", () => {
    expect(isSecureCla(0x8c)).toBe(false);
    expect(isSecureCla(0x88)).toBe(false);
  });
});

it("knows which levels a chip's i allows", () => {
  const allowed = (i: number) => [0x01, 0x03, 0x11, 0x13, 0x33].filter((level) => levelSupported(i, level));
  expect(allowed(0x00)).toEqual([0x01, 0x03]);
  expect(allowed(0x10)).toEqual([0x01, 0x03]);
  expect(allowed(0x20)).toEqual([0x01, 0x03, 0x11, 0x13]);
  expect(allowed(0x40)).toEqual([0x01, 0x03]);
  expect(allowed(0x70)).toEqual([0x01, 0x03, 0x11, 0x13, 0x33]);
});

describe("C-MAC with extended lengths", () => {
  const sMac = new AesCmac(fromHex("000102030405060708090a0b0c0d0e0f"));
  const chaining = fromHex("101112131415161718191a1b1c1d1e1f");

  // openssl mac -macopt cipher:AES-128-CBC -macopt hexkey:0001…0f -in <chaining, header, Lc in three bytes, data> CMAC
  it.each([
    ["a long Lc", 0xe2, 0x88, 0x00, 300, 0, "94d489e2e96eb6043dfc549e28860ca9"],
    ["a long Le", 0xca, 0x00, 0x66, 2, 65_536, "05d3862ac7a2c4c9e3bab20c9ccb3fc6"],
  ])("for %s is what OpenSSL calculates", (_, ins, p1, p2, length, ne, expected) => {
    const data = new Uint8Array(length).fill(0xa5);
    expect(toHex(commandMac(sMac, chaining, { cla: 0x84, ins, p1, p2, ne }, data))).toBe(expected);
    expect(toHex(commandMac(sMac, chaining, { cla: 0x86, ins, p1, p2, ne }, data))).toBe(expected);
  });
});
