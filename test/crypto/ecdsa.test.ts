import { createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromHex, toHex, utf8 } from "../../src/bytes/bytes.js";
import { CURVES, curveByName } from "../../src/crypto/curves.js";
import {
  decompressEcPoint,
  exportEcScalar,
  generateEcPrivateKey,
  importEcPrivateKey,
  importEcPublicKey,
} from "../../src/crypto/ecdsa.js";
import { HASHES, type HashName } from "../../src/crypto/hash.js";
import { encodePkcs8 } from "../../src/pki/pkcs8.js";
import { encodeSpki } from "../../src/pki/public-key.js";
import { readVectors } from "./vectors.js";

// RFC 6979 A.2.5 to A.2.7: key pairs, and signatures with SHA-256 over "sample" and "test".
const RFC6979 = [
  {
    curve: "P-256",
    scalar: "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
    x: "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6",
    message: "sample",
    signature:
      "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716" +
      "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
  },
  {
    curve: "P-256",
    scalar: "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
    x: "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6",
    message: "test",
    signature:
      "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367" +
      "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083",
  },
] as const;

describe("known answers", () => {
  test.each(RFC6979)("RFC 6979 A.2.5, $curve, $message", ({ curve, scalar, x, message, signature }) => {
    const key = importEcPrivateKey(curve, fromHex(scalar));
    expect(toHex(key.point.subarray(1, 1 + x.length / 2))).toBe(x);
    const publicKey = importEcPublicKey(curve, key.point);
    expect(publicKey.verify("SHA-256", utf8(message), fromHex(signature))).toBe(true);
    expect(publicKey.verify("SHA-384", utf8(message), fromHex(signature))).toBe(false);
  });

  type Group = {
    publicKey: { uncompressed: string };
    sha: HashName;
    tests: { tcId: number; msg: string; sig: string; result: string }[];
  };
  const { testGroups, numberOfTests } = readVectors<{ testGroups: Group[]; numberOfTests: number }>(
    "wycheproof/ecdsa_secp256r1_sha256_test.json",
  );
  test(`Wycheproof: ${numberOfTests} signatures`, () => {
    let run = 0;
    for (const { publicKey, sha, tests } of testGroups) {
      const key = importEcPublicKey("P-256", fromHex(publicKey.uncompressed));
      for (const { tcId, msg, sig, result } of tests) {
        run++;
        const signature = plainSignature(fromHex(sig), 32);
        const good = signature !== undefined && key.verify(sha, fromHex(msg), signature);
        expect(good, `case ${tcId}`).toBe(result === "valid");
      }
    }
    expect(run).toBe(numberOfTests);
  });
});

describe.each(CURVES)("$name against OpenSSL", ({ name: curve }) => {
  const key = generateEcPrivateKey(curve);
  const pkcs8 = Buffer.from(encodePkcs8(key));
  const spki = Buffer.from(encodeSpki(curve, key.point, "named"));
  const theirPrivate = createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
  const theirPublic = createPublicKey({ key: spki, format: "der", type: "spki" });
  const message = utf8("to be signed");

  test.each(HASHES)("$name, both ways", ({ name: hash }) => {
    const ours = key.sign(hash, message);
    const dsaEncoding = "ieee-p1363";
    expect(verify(hash, message, { key: theirPublic, dsaEncoding }, ours)).toBe(true);
    const theirs = sign(hash, message, { key: theirPrivate, dsaEncoding });
    expect(importEcPublicKey(curve, key.point).verify(hash, message, theirs)).toBe(true);
    expect(importEcPublicKey(curve, key.point).verify(hash, utf8("to be singed"), theirs)).toBe(false);
  });

  test("a signature with SHA-1 is verified but never made", () => {
    const theirs = sign("SHA-1", message, { key: theirPrivate, dsaEncoding: "ieee-p1363" });
    expect(importEcPublicKey(curve, key.point).verify("SHA-1", message, theirs)).toBe(true);
    expect(() => key.sign("SHA-1" as HashName, message)).toThrow(RangeError);
  });
});

describe.each(CURVES)("private keys on $name", (row) => {
  const { name: curve, bytes: size, n } = row;
  const order = fromHex(n);

  test("scalars from 1 to n - 1 of the right length, and no others", () => {
    const last = Uint8Array.from(order);
    last[size - 1] = (last[size - 1] as number) - 1;
    const one = new Uint8Array(size);
    one[size - 1] = 1;
    expect(toHex(importEcPrivateKey(curve, one).point)).toBe(row.g);
    expect(toHex(exportEcScalar(importEcPrivateKey(curve, last)))).toBe(toHex(last));
    const bad = [
      new Uint8Array(size),
      order,
      new Uint8Array(size).fill(0xff),
      one.subarray(1),
      Uint8Array.of(0, ...one),
    ];
    for (const scalar of bad) expect(() => importEcPrivateKey(curve, scalar)).toThrow(RangeError);
  });

  test("are drawn by rejection: out of range is drawn again, never reduced", () => {
    const good = new Uint8Array(size).fill(0x5a);
    good[0] = 0;
    const draws = [new Uint8Array(size), Uint8Array.from(order), new Uint8Array(size).fill(0xff), good];
    let asked = 0;
    const key = generateEcPrivateKey(curve, (length) => {
      expect(length).toBe(size);
      return draws[asked++] as Uint8Array;
    });
    expect(asked).toBe(4);
    expect(toHex(exportEcScalar(key))).toBe(toHex(good));
    // The array of the random source is not wiped under its owner's hands.
    expect(toHex(draws[3] as Uint8Array)).toBe(toHex(good));
  });

  test("a broken random source is an error, not an endless loop", () => {
    expect(() => generateEcPrivateKey(curve, (length) => new Uint8Array(length))).toThrow(RangeError);
    expect(() => generateEcPrivateKey(curve, (length) => new Uint8Array(length - 1).fill(1))).toThrow(RangeError);
  });

  test("never show the scalar", () => {
    const scalar = new Uint8Array(size).fill(0xc7);
    scalar[0] = 0;
    const key = importEcPrivateKey(curve, scalar);
    const shown = [`${key}`, JSON.stringify(key), inspect(key), inspect({ key }, { depth: 9, showHidden: true })];
    for (const text of shown) {
      expect(text).toContain(curve);
      expect(text).toMatch(/[0-9a-f]{16}/);
      expect(text).not.toMatch(/c7c7|199, ?199/i);
    }
    const own = Object.entries(key).flat(3).concat(Reflect.ownKeys(key));
    expect(own.some((value) => value instanceof Uint8Array && toHex(value).includes("c7c7"))).toBe(false);
  });

  test("keep a copy of the scalar, give out copies, and cannot sign once wiped", () => {
    const scalar = new Uint8Array(size).fill(0x21);
    scalar[0] = 0;
    const key = importEcPrivateKey(curve, scalar);
    scalar.fill(0);
    exportEcScalar(key).fill(0);
    expect(toHex(exportEcScalar(key)).endsWith("2121")).toBe(true);
    const message = Uint8Array.of(1);
    expect(importEcPublicKey(curve, key.point).verify("SHA-256", message, key.sign("SHA-256", message))).toBe(true);
    key.wipe();
    expect(() => key.sign("SHA-256", message)).toThrow(TypeError);
    expect(() => exportEcScalar(key)).toThrow(TypeError);
  });
});

describe.each(CURVES)("public keys on $name", (row) => {
  const { name: curve, bytes: size } = row;
  const g = fromHex(row.g);

  test("compressed and hybrid points, infinity and points beside the curve are refused", () => {
    const odd = (g[2 * size] as number) & 1;
    const hybrid = Uint8Array.from(g);
    hybrid[0] = 6 + odd;
    const bad = [
      Uint8Array.of(0),
      new Uint8Array(0),
      new Uint8Array(g.length),
      hybrid,
      Uint8Array.of(...g, 0),
      g.subarray(1),
    ];
    bad.push(Uint8Array.of(2 + odd, ...g.subarray(1, 1 + size)), Uint8Array.of(4, ...new Uint8Array(2 * size)));
    for (const point of bad) expect(() => importEcPublicKey(curve, point)).toThrow(RangeError);
    fc.assert(
      fc.property(fc.integer({ min: 8, max: 16 * size + 7 }), (bit) => {
        const beside = Uint8Array.from(g);
        beside[bit >> 3] = (beside[bit >> 3] as number) ^ (1 << (bit & 7));
        expect(() => importEcPublicKey(curve, beside)).toThrow(RangeError);
      }),
      { numRuns: 25 },
    );
  });

  test("a compressed point is decompressed, and what is none is refused", () => {
    const key = generateEcPrivateKey(curve);
    const x = key.point.subarray(1, 1 + size);
    const odd = (key.point[2 * size] as number) & 1;
    expect(toHex(decompressEcPoint(curve, Uint8Array.of(2 + odd, ...x)))).toBe(toHex(key.point));
    const mirrored = decompressEcPoint(curve, Uint8Array.of(3 - odd, ...x));
    expect(toHex(mirrored.subarray(1, 1 + size))).toBe(toHex(x));
    expect((mirrored[2 * size] as number) & 1).toBe(1 - odd);
    const bad = [new Uint8Array(0), key.point, Uint8Array.of(2, ...x, 0), Uint8Array.of(5, ...x)];
    bad.push(Uint8Array.of(2, ...fromHex(row.p)), Uint8Array.of(2, ...x.subarray(1)));
    for (const point of bad) expect(() => decompressEcPoint(curve, point)).toThrow(RangeError);
    // About half of all x belong to no point; forty alike would be a chance of 1 in 2^39.
    const refused = Array.from({ length: 40 }, (_, i) => {
      const other = Uint8Array.from(x);
      other[size - 1] = i;
      try {
        decompressEcPoint(curve, Uint8Array.of(2, ...other));
        return false;
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
        return true;
      }
    });
    expect(new Set(refused).size).toBe(2);
  });

  test("keep their own copy of the point", () => {
    const point = Uint8Array.from(g);
    const key = importEcPublicKey(curve, point);
    point.fill(0);
    expect(toHex(key.point)).toBe(row.g);
  });
});

test("unknown curves are refused", () => {
  const curve = "secp256k1" as "P-256";
  const scalar = new Uint8Array(32).fill(1);
  expect(() => importEcPrivateKey(curve, scalar)).toThrow(RangeError);
  expect(() => generateEcPrivateKey(curve)).toThrow(RangeError);
  expect(() => importEcPublicKey(curve, fromHex(curveByName("P-256").g))).toThrow(RangeError);
});

/** r‖s of a strictly DER-encoded SEQUENCE { r INTEGER, s INTEGER } of positive numbers, or undefined. */
function plainSignature(der: Uint8Array, size: number): Uint8Array | undefined {
  if (der[0] !== 0x30 || der[1] !== der.length - 2 || der.length > 0x81) return undefined;
  const plain = new Uint8Array(2 * size);
  let at = 2;
  for (let i = 0; i < 2; i++) {
    const length = der[at + 1] ?? 0;
    const number = der.subarray(at + 2, at + 2 + length);
    const [first = 0x80, second = 0] = number;
    const minimal = first !== 0 || length === 1 || second >= 0x80;
    if (der[at] !== 0x02 || length === 0 || number.length !== length || first >= 0x80 || !minimal) return undefined;
    const value = first === 0 ? number.subarray(1) : number;
    if (value.length > size) return undefined;
    plain.set(value, (i + 1) * size - value.length);
    at += 2 + length;
  }
  return at === der.length ? plain : undefined;
}
