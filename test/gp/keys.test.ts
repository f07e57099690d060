import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../src/bytes/bytes.js";
import { aesKcv } from "../../src/crypto/aes.js";
import { encodeDgis } from "../../src/gp/dgi.js";
import { unwrapKey, unwrapSecret, wrapKey } from "../../src/gp/key-wrapping.js";
import { deriveCardKeys, memoryScp03Keys, Scp03StaticKeys, staticScp03Keys } from "../../src/gp/keys.js";
import { deriveSessionKeys } from "../../src/gp/shared.js";
import { encodeTlv } from "../../src/tlv/ber.js";
import { fixedRandom, KDD, vectors } from "./support.js";

const MASTER = fromHex("404142434445464748494a4b4c4d4e4f");
const challenges = { hostChallenge: fromHex("0011223344556677"), cardChallenge: fromHex("8899AABBCCDDEEFF") };

describe("card keys", () => {
  const { vectors: all } = vectors<{
    vectors: { template: string; master: string; kdd: string; kcv_enc_mac_dek: string[]; derived_keys: string[] }[];
  }>("gp/key-diversification-gppro.json");

  it.each(all.filter(({ template }) => template === "kdf3"))("$template of $master for $kdd", (v) => {
    const { enc, mac, dek } = deriveCardKeys(fromHex(v.master), fromHex(v.kdd));
    expect([enc, mac, dek].map(toHex)).toEqual(v.derived_keys);
    expect([enc, mac, dek].map((key) => toHex(aesKcv(key)).toUpperCase())).toEqual(v.kcv_enc_mac_dek);
  });

  it.each([16, 24, 32])("are as long as a master of %i bytes, and differ", (length) => {
    const { enc, mac, dek } = deriveCardKeys(fixedRandom(1)(length), KDD);
    expect([enc, mac, dek].map((key) => key.length)).toEqual([length, length, length]);
    expect(new Set([enc, mac, dek].map(toHex)).size).toBe(3);
  });

  it("refuses other lengths", () => {
    expect(() => deriveCardKeys(new Uint8Array(15), KDD)).toThrow(RangeError);
    expect(() => deriveCardKeys(MASTER, new Uint8Array(9))).toThrow(RangeError);
  });
});

it.each(vectors<{ vectors: { key: string; kcv: string }[] }>("gp/kcv-aes-pysim.json").vectors)(
  "shows $key as $kcv",
  ({ key, kcv }) => {
    const bytes = fromHex(key);
    expect(new Scp03StaticKeys(bytes, bytes, bytes).toJSON()).toEqual({ enc: kcv, mac: kcv, dek: kcv });
  },
);

it("wraps keys as kaoh/globalplatform does in STORE DATA", () => {
  const [v] = vectors<{
    vectors: {
      dek: string;
      key_length: number;
      key_version: string;
      key_ids: string[];
      keys: string[];
      expected: string;
    }[];
  }>("gp/store-data-keys-kaoh.json").vectors;
  if (v === undefined) throw new Error("no vector");
  const wrapped = v.keys.map((key) => wrapKey(fromHex(v.dek), fromHex(key)));
  const common = fromHex("800188 810110 830101 960101 97020003");
  const attributes = [
    encodeTlv(0xb7, common),
    ...wrapped.map(({ kcv }, at) => encodeTlv(0xb9, fromHex(`8201${v.key_ids[at]}`), encodeTlv(0x84, kcv))),
  ];
  const dgis = [
    { id: 0x00b9, value: fromHex(attributes.map(toHex).join("")) },
    ...wrapped.map(({ cryptogram }) => ({ id: 0x8113, value: cryptogram })),
  ];
  expect(toHex(encodeDgis(dgis))).toBe(v.expected);
  expect(wrapped.map((key) => toHex(unwrapKey(fromHex(v.dek), key) as Uint8Array))).toEqual(v.keys);
});

describe("wrapped keys", () => {
  it.each([16, 24, 32])("of %i bytes come back, and not under another DEK", (length) => {
    const key = fixedRandom(length)(length);
    const wrapped = wrapKey(MASTER, key);
    expect(wrapped).toMatchObject({ length, kcv: aesKcv(key) });
    expect(toHex(unwrapKey(MASTER, wrapped) as Uint8Array)).toBe(toHex(key));
    expect(unwrapKey(fixedRandom(9)(16), wrapped)).toBeUndefined();
    expect(unwrapKey(MASTER, { ...wrapped, length: length === 16 ? 24 : 16 })).toBeUndefined();
    expect(unwrapKey(MASTER, { ...wrapped, length: 17 })).toBeUndefined();
  });
});

describe("the in-memory key service", () => {
  const pin = fromHex("313233343536");
  const aesKey = fixedRandom(5)(24);
  const service = memoryScp03Keys({
    masters: { 49: MASTER, 50: fixedRandom(2)(32) },
    transportKeys: { 255: new Scp03StaticKeys(MASTER, MASTER, MASTER) },
    secrets: (name) => (name === "pin" ? pin : name === "key" ? { aesKey } : undefined),
  });

  it("derives session keys from card keys", async () => {
    const keys = await service.deriveSession({ kdd: KDD, keyVersion: 0x32, ...challenges });
    const expected = deriveSessionKeys(
      deriveCardKeys(fixedRandom(2)(32), KDD),
      challenges.hostChallenge,
      challenges.cardChallenge,
    );
    expect([keys.sEnc, keys.sMac, keys.sRmac].map(toHex)).toEqual(
      [expected.sEnc, expected.sMac, expected.sRmac].map(toHex),
    );
    expect(keys.sEnc.length).toBe(32);
  });

  it("keeps transport keys usable after an operation", async () => {
    const request = { kdd: KDD, keyVersion: 0xff, ...challenges };
    const first = await service.deriveSession(request);
    const second = await service.deriveSession(request);
    expect(toHex(first.sMac)).toBe(toHex(second.sMac));
  });

  it("wraps secrets under the DEK of the card, with a check value for AES keys only", async () => {
    const { dek } = deriveCardKeys(MASTER, KDD);
    const wrappedPin = await service.wrapSecret({ name: "pin", kdd: KDD, keyVersion: 0x31 });
    expect(wrappedPin.kcv).toBeUndefined();
    expect(toHex(unwrapSecret(dek, wrappedPin.cryptogram) as Uint8Array)).toBe(toHex(pin));
    const wrappedKey = await service.wrapSecret({ name: "key", kdd: KDD, keyVersion: 0x31 });
    expect(wrappedKey.kcv).toEqual(aesKcv(aesKey));
    expect(toHex(unwrapSecret(dek, wrappedKey.cryptogram) as Uint8Array)).toBe(toHex(aesKey));
    const other = await service.wrapSecret({ name: "pin", kdd: new Uint8Array(10), keyVersion: 0x31 });
    expect(toHex(other.cryptogram)).not.toBe(toHex(wrappedPin.cryptogram));
    expect(unwrapSecret(dek, new Uint8Array(15))).toBeUndefined();
    expect(unwrapSecret(dek, new Uint8Array(0))).toBeUndefined();
  });

  it("wraps a new key set under the present DEK", async () => {
    const { dek } = deriveCardKeys(MASTER, KDD);
    const set = await service.wrapKeySet({ kdd: KDD, keyVersion: 0x31, newKeyVersion: 0x32 });
    const fresh = deriveCardKeys(fixedRandom(2)(32), KDD);
    expect(set.keyVersion).toBe(0x32);
    expect(set.keys.map((key) => toHex(unwrapKey(dek, key) as Uint8Array))).toEqual(
      [fresh.enc, fresh.mac, fresh.dek].map(toHex),
    );
  });

  it("says what it does not have", () => {
    const unknown = expect.objectContaining({ code: "KEY_VERSION_UNKNOWN" });
    expect(() => service.deriveSession({ kdd: KDD, keyVersion: 0x33, ...challenges })).toThrow(unknown);
    expect(() => service.wrapSecret({ name: "pin", kdd: KDD, keyVersion: 0x33 })).toThrow(unknown);
    expect(() => service.wrapKeySet({ kdd: KDD, keyVersion: 0x31, newKeyVersion: 0x33 })).toThrow(unknown);
    expect(() => service.wrapSecret({ name: "puk", kdd: KDD, keyVersion: 0x31 })).toThrow(
      expect.objectContaining({ code: "SECRET_UNKNOWN" }),
    );
  });

  it("refuses a version in both tables and keys of a wrong length", () => {
    const keys = new Scp03StaticKeys(MASTER, MASTER, MASTER);
    expect(() => memoryScp03Keys({ masters: { 1: MASTER }, transportKeys: { 1: keys } })).toThrow(RangeError);
    expect(() => memoryScp03Keys({ masters: { 1: new Uint8Array(20) } })).toThrow(RangeError);
    expect(() => memoryScp03Keys({ masters: { 256: MASTER } })).toThrow(RangeError);
    expect(() => new Scp03StaticKeys(MASTER, MASTER, new Uint8Array(24))).toThrow(RangeError);
  });

  it("has copied its keys", async () => {
    const master = MASTER.slice();
    const copy = memoryScp03Keys({ masters: { 49: master } });
    master.fill(0);
    const request = { kdd: KDD, keyVersion: 0x31, ...challenges };
    expect(toHex((await copy.deriveSession(request)).sEnc)).toBe(toHex((await service.deriveSession(request)).sEnc));
  });
});

describe("what holds keys", () => {
  const session = deriveSessionKeys({ enc: MASTER, mac: MASTER }, challenges.hostChallenge, challenges.cardChallenge);
  const holders = {
    service: memoryScp03Keys({ masters: { 49: MASTER } }),
    transport: staticScp03Keys({ version: 0x30, enc: MASTER, mac: MASTER, dek: MASTER }),
    keys: new Scp03StaticKeys(MASTER, MASTER, MASTER),
    session,
  };

  it.each(Object.entries(holders))("%s prints as key check values", (name, holder) => {
    const secrets = [MASTER, session.sEnc, session.sMac, session.sRmac];
    const printed = [String(holder), JSON.stringify(holder), inspect(holder, { depth: 9, showHidden: true })];
    for (const text of printed) {
      expect(text).toContain(name === "session" ? toHex(aesKcv(session.sEnc)).toUpperCase() : "504A77");
      for (const secret of secrets) {
        expect(text.toLowerCase()).not.toContain(toHex(secret).slice(0, 12));
        expect(text).not.toContain(Array.from(secret.subarray(0, 4)).join(", "));
      }
    }
  });
});
