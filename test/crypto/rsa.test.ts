import { constants, createPrivateKey, createPublicKey, privateEncrypt, sign, verify } from "node:crypto";
import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes, fromHex, toHex, utf8 } from "../../src/bytes/bytes.js";
import { fromBigInt, toBigInt } from "../../src/crypto/bigint.js";
import { HASHES, type HashName, hash as hashOf } from "../../src/crypto/hash.js";
import { importLegacyRsaPublicKey, verifyPkcs1WithoutNull } from "../../src/crypto/legacy/rsa.js";
import type { AnyHashName, Primitives, RsaPrivateNumbers, RsaScheme } from "../../src/crypto/primitives.js";
import { primitives as noble } from "../../src/crypto/primitives-noble.js";
import { primitives as node } from "../../src/crypto/primitives-node.js";
import {
  exportRsaPrivateNumbers,
  importRsaPrivateKey,
  importRsaPublicKey,
  RSA_PKCS1,
  rsaPss,
} from "../../src/crypto/rsa.js";
import { encodePkcs8 } from "../../src/pki/pkcs8.js";
import { encodeRsaSpki } from "../../src/pki/public-key.js";
import { rsaNumbers } from "./rsa-support.js";

const message = utf8("to be signed");
const ALL: readonly AnyHashName[] = ["SHA-1", "SHA-224", "SHA-256", "SHA-384", "SHA-512"];
const DIRECTIONS: readonly (readonly [string, Primitives, Primitives])[] = [
  ["node signs, noble verifies", node, noble],
  ["noble signs, node verifies", noble, node],
];

describe.each(DIRECTIONS)("%s", (_, signer, verifier) => {
  // 2049 bits: the block of PSS is a byte shorter than the modulus.
  test.each([2048, 2049, 2055, 3072])("%d bits, every hash function and scheme", (bits) => {
    const numbers = rsaNumbers(bits);
    const [key, publicKey] = [signer.rsaPrivateKey(numbers), verifier.rsaPublicKey(numbers)];
    for (const hash of ALL) {
      const schemes: RsaScheme[] = [0, 1, 20, 64].map((saltLength) => ({ scheme: "PSS", mgfHash: hash, saltLength }));
      for (const scheme of [RSA_PKCS1, ...schemes]) {
        const signature = key.sign(hash, message, scheme);
        expect(Object.getPrototypeOf(signature)).toBe(Uint8Array.prototype);
        expect(signature.length).toBe(numbers.modulus.length);
        expect(publicKey.verify(hash, message, signature, scheme), `${hash} ${JSON.stringify(scheme)}`).toBe(true);
        expect(publicKey.verify(hash, utf8("to be singed"), signature, scheme)).toBe(false);
        const wrong = Uint8Array.from(signature);
        wrong[100] = (wrong[100] as number) ^ 1;
        expect(publicKey.verify(hash, message, wrong, scheme)).toBe(false);
        if (scheme.scheme !== "PSS") continue;
        for (const saltLength of [scheme.saltLength + 1, 32].filter((length) => length !== scheme.saltLength)) {
          expect(publicKey.verify(hash, message, signature, { ...scheme, saltLength })).toBe(false);
        }
        const mgfHash = hash === "SHA-256" ? "SHA-1" : "SHA-256";
        expect(publicKey.verify(hash, message, signature, { ...scheme, mgfHash })).toBe(false);
      }
    }
  });

  test("PKCS#1 v1.5 has one signature, which both make; RSAVP1 gives its block back", () => {
    const numbers = rsaNumbers(2048);
    const signature = signer.rsaPrivateKey(numbers).sign("SHA-256", message, RSA_PKCS1);
    expect(toHex(verifier.rsaPrivateKey(numbers).sign("SHA-256", message, RSA_PKCS1))).toBe(toHex(signature));
    const block = `0001${"ff".repeat(202)}003031300d060960864801650304020105000420${toHex(hashOf("SHA-256", message))}`;
    for (const backend of [signer, verifier]) {
      expect(toHex(backend.rsaPublicKey(numbers).recover(signature))).toBe(block);
    }
  });

  test("malformed signatures are false, not an exception", () => {
    const numbers = rsaNumbers(2048);
    const { modulus } = numbers;
    const good = signer.rsaPrivateKey(numbers).sign("SHA-256", message, RSA_PKCS1);
    const bad = [
      new Uint8Array(0),
      good.subarray(1),
      Uint8Array.of(0, ...good),
      modulus,
      new Uint8Array(256).fill(0xff),
    ];
    bad.push(new Uint8Array(256), fromBigInt(1n, 256), fromBigInt(toBigInt(modulus) - 1n, 256));
    // The same number modulo n, written longer.
    bad.push(fromBigInt(toBigInt(good) + toBigInt(modulus), 257));
    const publicKey = verifier.rsaPublicKey(numbers);
    for (const signature of bad) {
      for (const scheme of [RSA_PKCS1, rsaPss("SHA-256"), { ...rsaPss("SHA-256"), mgfHash: "SHA-1" as const }]) {
        expect(publicKey.verify("SHA-256", message, signature, scheme)).toBe(false);
      }
    }
  });

  test("a modulus too short for hash and salt is false, and a RangeError when signing", () => {
    const numbers = rsaNumbers(1024);
    const scheme: RsaScheme = { scheme: "PSS", mgfHash: "SHA-512", saltLength: 63 };
    expect(() => signer.rsaPrivateKey(numbers).sign("SHA-512", message, scheme)).toThrow(RangeError);
    const signature = signer.rsaPrivateKey(numbers).sign("SHA-512", message, { ...scheme, saltLength: 62 });
    const publicKey = verifier.rsaPublicKey(numbers);
    expect(publicKey.verify("SHA-512", message, signature, { ...scheme, saltLength: 62 })).toBe(true);
    expect(publicKey.verify("SHA-512", message, signature, scheme)).toBe(false);
  });
});

describe("OpenSSL", () => {
  const numbers = rsaNumbers(2048);
  const key = importRsaPrivateKey(numbers);
  const theirPrivate = createPrivateKey({ key: Buffer.from(encodePkcs8(key)), format: "der", type: "pkcs8" });
  const theirPublic = createPublicKey({ key: Buffer.from(encodeRsaSpki(key)), format: "der", type: "spki" });
  const publicKey = importRsaPublicKey(key);

  test.each(HASHES)("$name, both ways", ({ name, size }) => {
    expect(verify(name, message, theirPublic, key.sign(name, message, RSA_PKCS1))).toBe(true);
    expect(publicKey.verify(name, message, sign(name, message, theirPrivate), RSA_PKCS1)).toBe(true);
    const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: size };
    expect(verify(name, message, { key: theirPublic, ...pss }, key.sign(name, message, rsaPss(name)))).toBe(true);
    expect(publicKey.verify(name, message, sign(name, message, { key: theirPrivate, ...pss }), rsaPss(name))).toBe(
      true,
    );
  });

  test("a signature with SHA-1 is verified but never made", () => {
    expect(publicKey.verify("SHA-1", message, sign("SHA-1", message, theirPrivate), RSA_PKCS1)).toBe(true);
    expect(() => key.sign("SHA-1" as HashName, message, RSA_PKCS1)).toThrow(RangeError);
    expect(() => rsaPss("SHA-1" as HashName)).toThrow(RangeError);
  });

  test("blocks that are right only in part are refused", () => {
    const digest = hashOf("SHA-256", message);
    const info = concatBytes(fromHex("3031300d060960864801650304020105000420"), digest);
    const withoutNull = concatBytes(fromHex("302f300b0609608648016503040201"), fromHex("0420"), digest);
    const padded = (start: string, fill: number, end: Uint8Array, behind = new Uint8Array(0)) => {
      const filling = new Uint8Array(256 - start.length / 2 - 1 - end.length - behind.length).fill(fill);
      return concatBytes(fromHex(start), filling, Uint8Array.of(0), end, behind);
    };
    const signed = (block: Uint8Array) =>
      Uint8Array.from(privateEncrypt({ key: theirPrivate, padding: constants.RSA_NO_PADDING }, block));
    const good = signed(padded("0001", 0xff, info));
    expect(publicKey.verify("SHA-256", message, good, RSA_PKCS1)).toBe(true);
    expect(verifyPkcs1WithoutNull(publicKey, "SHA-256", message, good)).toBe(false);
    const forged = {
      "garbage behind a short padding (Bleichenbacher 2006)": concatBytes(
        padded("0001", 0xff, info, new Uint8Array(180).fill(7)),
      ),
      "another filling": padded("0001", 0xfe, info),
      "block type 2": padded("0002", 0xff, info),
      "block type 0": padded("0000", 0, info),
      "the right hash in the suffix alone": concatBytes(new Uint8Array(224).fill(1), digest),
      "a longer DigestInfo": padded("0001", 0xff, concatBytes(fromHex("3033"), info.subarray(2), fromHex("0500"))),
      "the identifier of another hash function": padded(
        "0001",
        0xff,
        concatBytes(fromHex("3031300d060960864801650304020205000420"), digest),
      ),
      "a bare hash": padded("0001", 0xff, digest),
    };
    for (const [name, block] of Object.entries(forged)) {
      expect(block.length, name).toBe(256);
      expect(publicKey.verify("SHA-256", message, signed(block), RSA_PKCS1), name).toBe(false);
      expect(verifyPkcs1WithoutNull(publicKey, "SHA-256", message, signed(block)), name).toBe(false);
    }
    const nullMissing = signed(padded("0001", 0xff, withoutNull));
    expect(publicKey.verify("SHA-256", message, nullMissing, RSA_PKCS1)).toBe(false);
    expect(verifyPkcs1WithoutNull(publicKey, "SHA-256", message, nullMissing)).toBe(true);
    expect(verifyPkcs1WithoutNull(publicKey, "SHA-256", utf8("another"), nullMissing)).toBe(false);
    const restricted = importRsaPublicKey(key, {});
    expect(verifyPkcs1WithoutNull(restricted, "SHA-256", message, nullMissing)).toBe(false);
  });

  test("recover refuses what is no representative", () => {
    expect(publicKey.recover(key.modulus)).toBeUndefined();
    expect(publicKey.recover(new Uint8Array(255))).toBeUndefined();
    expect(toBigInt(publicKey.recover(fromBigInt(2n, 256)) as Uint8Array)).toBe(2n ** 65_537n % toBigInt(key.modulus));
  });
});

describe("4096 bits", () => {
  test.each([65_537, 3])("exponent %d", (exponent) => {
    const key = importRsaPrivateKey(rsaNumbers(4096, exponent));
    expect(key.bits).toBe(4096);
    const signature = key.sign("SHA-512", message, rsaPss("SHA-512"));
    expect(importRsaPublicKey(key).verify("SHA-512", message, signature, rsaPss("SHA-512"))).toBe(true);
  });
});

describe("keys restricted to RSASSA-PSS", () => {
  const numbers = rsaNumbers(2048);
  const parameters = { ...rsaPss("SHA-384"), hash: "SHA-384" } as const;

  test("sign and verify with their parameters and no others", () => {
    const key = importRsaPrivateKey(numbers, { parameters });
    const signature = key.sign("SHA-384", message, rsaPss("SHA-384"));
    const publicKey = importRsaPublicKey(key, { parameters });
    expect(publicKey.verify("SHA-384", message, signature, rsaPss("SHA-384"))).toBe(true);
    const longer = { ...rsaPss("SHA-384"), saltLength: 60 };
    expect(publicKey.verify("SHA-384", message, key.sign("SHA-384", message, longer), longer)).toBe(true);
    expect(() => key.sign("SHA-256", message, rsaPss("SHA-256"))).toThrow(RangeError);
    expect(() => key.sign("SHA-384", message, RSA_PKCS1)).toThrow(RangeError);
    expect(() => key.sign("SHA-384", message, { ...rsaPss("SHA-384"), saltLength: 47 })).toThrow(RangeError);
    const free = importRsaPrivateKey(numbers);
    for (const [hash, scheme] of [
      ["SHA-384", RSA_PKCS1],
      ["SHA-256", rsaPss("SHA-256")],
      ["SHA-384", { ...rsaPss("SHA-384"), saltLength: 47 }],
    ] as const) {
      const other = free.sign(hash, message, scheme);
      expect(importRsaPublicKey(key).verify(hash, message, other, scheme)).toBe(true);
      expect(publicKey.verify(hash, message, other, scheme)).toBe(false);
    }
  });

  test("without parameters take any of RSASSA-PSS", () => {
    const key = importRsaPrivateKey(numbers, {});
    const signature = key.sign("SHA-224", message, rsaPss("SHA-224"));
    expect(importRsaPublicKey(key, {}).verify("SHA-224", message, signature, rsaPss("SHA-224"))).toBe(true);
    expect(() => key.sign("SHA-224", message, RSA_PKCS1)).toThrow(RangeError);
  });
});

describe("private keys", () => {
  const numbers = rsaNumbers(2048);
  const changed = (name: keyof RsaPrivateNumbers, change: (value: bigint) => bigint): RsaPrivateNumbers => ({
    ...numbers,
    [name]: fromBigInt(change(toBigInt(numbers[name])), numbers[name].length),
  });

  test("numbers that do not fit together are refused", () => {
    const names = Object.keys(numbers) as (keyof RsaPrivateNumbers)[];
    expect(names).toHaveLength(8);
    for (const name of names) {
      expect(() => importRsaPrivateKey(changed(name, (value) => value ^ 2n)), name).toThrow(RangeError);
      expect(() => importRsaPrivateKey({ ...numbers, [name]: new Uint8Array(0) }), name).toThrow(RangeError);
    }
    const swapped = { ...numbers, prime1: numbers.prime2, prime2: numbers.prime1 };
    expect(() => importRsaPrivateKey(swapped)).toThrow(RangeError);
    expect(() => importRsaPrivateKey(rsaNumbers(1024))).toThrow("1024 bits");
  });

  test("primes that are none are found out by the check of the result", () => {
    // n = p·q with p composite: everything fits together by the formulas of the import, but the result is wrong.
    const [p, q] = [toBigInt(numbers.prime1), toBigInt(numbers.prime2)];
    const nines = p - (p % 9n);
    const composite = nines % 2n === 0n ? nines - 9n : nines;
    const e = 65_537n;
    const inverse = (value: bigint, modulus: bigint) => {
      let [a, b, x, y] = [modulus, value % modulus, 0n, 1n];
      while (b !== 0n) [a, b, x, y] = [b, a % b, y, x - (a / b) * y];
      return a === 1n ? ((x % modulus) + modulus) % modulus : undefined;
    };
    const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? a : gcd(b, a % b));
    const lambda = ((composite - 1n) * (q - 1n)) / gcd(composite - 1n, q - 1n);
    const [d, coefficient] = [inverse(e, lambda), inverse(q, composite)];
    if (d === undefined || coefficient === undefined) throw new Error("unlucky primes");
    const bytes = (value: bigint) => fromHex(value.toString(16).padStart(512, "0"));
    const fake: RsaPrivateNumbers = {
      modulus: bytes(composite * q),
      publicExponent: numbers.publicExponent,
      privateExponent: bytes(d),
      prime1: bytes(composite),
      prime2: bytes(q),
      exponent1: bytes(d % (composite - 1n)),
      exponent2: bytes(d % (q - 1n)),
      coefficient: bytes(coefficient),
    };
    expect(() => noble.rsaPrivateKey(fake).sign("SHA-256", message, RSA_PKCS1)).toThrow(RangeError);
  });

  test("never show a number that is secret", () => {
    const key = importRsaPrivateKey(numbers);
    const shown = [`${key}`, JSON.stringify(key), inspect(key), inspect({ key }, { depth: 9, showHidden: true })];
    const secrets = [numbers.privateExponent, numbers.prime1, numbers.prime2, numbers.exponent1].map((n) => toHex(n));
    for (const text of shown) {
      expect(text).toContain("2048");
      expect(text).toMatch(/[0-9a-f]{16}/);
      for (const secret of secrets) expect(text).not.toContain(secret.slice(10, 30));
    }
    for (const value of Object.values(key)) {
      if (value instanceof Uint8Array) expect(secrets).not.toContain(toHex(value));
    }
  });

  test("keep copies, give out copies, and cannot sign once wiped", () => {
    const own = Object.fromEntries(
      Object.entries(numbers).map(([name, value]) => [name, Uint8Array.of(0, ...value)]),
    ) as unknown as RsaPrivateNumbers;
    const key = importRsaPrivateKey(own);
    for (const number of Object.values(own) as Uint8Array[]) number.fill(0);
    for (const number of Object.values(exportRsaPrivateNumbers(key)) as Uint8Array[]) number.fill(0);
    expect(exportRsaPrivateNumbers(key)).toEqual(numbers);
    expect(importRsaPublicKey(key).verify("SHA-256", message, key.sign("SHA-256", message, RSA_PKCS1), RSA_PKCS1)).toBe(
      true,
    );
    key.wipe();
    expect(() => key.sign("SHA-256", message, RSA_PKCS1)).toThrow(TypeError);
    expect(() => exportRsaPrivateNumbers(key)).toThrow(TypeError);
    expect(toHex(key.modulus)).toBe(toHex(numbers.modulus));
  });

  test("refuse salts that are no length", () => {
    const key = importRsaPrivateKey(numbers);
    for (const saltLength of [-1, -2, 1.5, Number.NaN, 256, 2 ** 32]) {
      const scheme = { ...rsaPss("SHA-256"), saltLength };
      expect(() => key.sign("SHA-256", message, scheme)).toThrow(RangeError);
      expect(importRsaPublicKey(key).verify("SHA-256", message, new Uint8Array(256).fill(1), scheme)).toBe(false);
    }
    expect(() => key.sign("SHA-256", message, rsaPss("SHA-512"))).toThrow(RangeError);
  });
});

describe("public keys", () => {
  const { modulus, publicExponent } = rsaNumbers(2048);

  test("below 2048 bits are behind the fence, below 1024 and above 8192 nowhere", () => {
    const short = rsaNumbers(1024);
    expect(() => importRsaPublicKey(short)).toThrow(RangeError);
    const legacy = importLegacyRsaPublicKey(short);
    expect(legacy.bits).toBe(1024);
    const signature = node.rsaPrivateKey(short).sign("SHA-1", message, RSA_PKCS1);
    expect(legacy.verify("SHA-1", message, signature, RSA_PKCS1)).toBe(true);
    for (const bits of [1023, 8193]) {
      const odd = fromBigInt(2n ** BigInt(bits - 1) + 1n, Math.ceil(bits / 8));
      expect(() => importLegacyRsaPublicKey({ modulus: odd, publicExponent })).toThrow(RangeError);
    }
  });

  test("even numbers, and exponents of 0, 1 and 2^64 + 1", () => {
    const even = Uint8Array.from(modulus);
    even[255] = (even[255] as number) & 0xfe;
    expect(() => importRsaPublicKey({ modulus: even, publicExponent })).toThrow(RangeError);
    for (const exponent of ["", "00", "01", "02", "010000", "010000000000000001"]) {
      expect(() => importRsaPublicKey({ modulus, publicExponent: fromHex(exponent) })).toThrow(RangeError);
    }
    for (const exponent of ["03", "0003", "ffffffffffffffff"]) {
      expect(importRsaPublicKey({ modulus, publicExponent: fromHex(exponent) }).bits).toBe(2048);
    }
  });
});

test("no flipped bit of a signature is good", () => {
  const key = importRsaPrivateKey(rsaNumbers(2048));
  const publicKey = importRsaPublicKey(key);
  const schemes = [RSA_PKCS1, rsaPss("SHA-256")] as const;
  const signatures = schemes.map((scheme) => key.sign("SHA-256", message, scheme));
  fc.assert(
    fc.property(fc.nat(2047), fc.nat(1), (bit, which) => {
      const wrong = Uint8Array.from(signatures[which] as Uint8Array);
      wrong[bit >> 3] = (wrong[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(publicKey.verify("SHA-256", message, wrong, schemes[which] as RsaScheme)).toBe(false);
    }),
    { numRuns: 200 },
  );
});
