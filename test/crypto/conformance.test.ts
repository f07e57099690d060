import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromHex, toHex } from "../../src/bytes/bytes.js";
import { CURVES } from "../../src/crypto/curves.js";
import type { AnyHashName, Primitives } from "../../src/crypto/primitives.js";
import { primitives as noble } from "../../src/crypto/primitives-noble.js";
import { primitives as node } from "../../src/crypto/primitives-node.js";

const HASHES: readonly AnyHashName[] = ["SHA-1", "SHA-224", "SHA-256", "SHA-384", "SHA-512"];
const DIRECTIONS: readonly (readonly [Primitives, Primitives])[] = [
  [node, noble],
  [noble, node],
];
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

/** What both backends answer; fails when they differ in bytes or in type. */
function agreed(of: (backend: Primitives) => Uint8Array): Uint8Array {
  const [ours, other] = [of(node), of(noble)];
  expect(toHex(ours)).toBe(toHex(other));
  for (const result of [ours, other]) expect(Object.getPrototypeOf(result)).toBe(Uint8Array.prototype);
  return ours;
}

test("the two backends are told apart by name", () => {
  expect([node.backend, noble.backend]).toEqual(["node", "noble"]);
});

describe("hash", () => {
  test.each(HASHES)("%s: both backends agree on any message", (name) => {
    const run = (data: Uint8Array) => {
      const before = toHex(data);
      agreed((backend) => backend.hash(name, data));
      expect(toHex(data)).toBe(before);
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (data) => run(data)));
    // Around the block sizes, and a view into the middle of a larger array.
    for (const length of [0, 1, 55, 56, 63, 64, 65, 111, 112, 127, 128, 129, 20_000])
      run(new Uint8Array(length).fill(0xa5));
    run(new Uint8Array(100).fill(7).subarray(3, 50));
  });
});

describe("AES-CBC", () => {
  test.each([16, 24, 32])("a key of %d bytes: both backends agree, and decryption reverses encryption", (keyLength) => {
    const blocks = fc.integer({ min: 0, max: 12 }).chain((count) => bytes(16 * count));
    fc.assert(
      fc.property(bytes(keyLength), bytes(16), blocks, (key, iv, data) => {
        const inputs = toHex(key) + toHex(iv) + toHex(data);
        const cryptogram = agreed((backend) => backend.aesCbcEncrypt(key, iv, data));
        expect(cryptogram.length).toBe(data.length);
        expect(toHex(agreed((backend) => backend.aesCbcDecrypt(key, iv, cryptogram)))).toBe(toHex(data));
        expect(toHex(key) + toHex(iv) + toHex(data)).toBe(inputs);
      }),
    );
  });

  test("views at odd addresses are taken as they are", () => {
    const memory = Uint8Array.from({ length: 99 }, (_, i) => i);
    agreed((backend) => backend.aesCbcEncrypt(memory.subarray(1, 17), memory.subarray(3, 19), memory.subarray(5, 69)));
    agreed((backend) => backend.aesCbcDecrypt(memory.subarray(1, 17), memory.subarray(3, 19), memory.subarray(5, 69)));
  });
});

describe("AES under a key that is kept", () => {
  const message = fc.integer({ min: 1, max: 12 }).chain((count) => bytes(16 * count));
  const copy = (data: Uint8Array) => Uint8Array.from(data);
  const zero = new Uint8Array(16);

  test.each([16, 24, 32])("a key of %d bytes: each message as if it were the first, on both backends", (keyLength) => {
    fc.assert(
      fc.property(
        bytes(keyLength),
        bytes(16),
        fc.array(message, { minLength: 1, maxLength: 6 }),
        (key, iv, messages) => {
          for (const backend of [node, noble]) {
            const own = copy(key);
            const encryption = backend.aesEncryption(own);
            const decryption = backend.aesDecryption(own);
            const another = backend.aesEncryption(own);
            own.fill(0);
            for (const data of messages) {
              const expected = toHex(backend.aesCbcEncrypt(key, zero, data));
              expect(toHex(copy(encryption.encrypt(copy(data))))).toBe(expected);
              // The first block given apart: what stands in its place does not count.
              const rest = copy(data);
              rest.fill(0xee, 0, 16);
              expect(toHex(copy(encryption.encrypt(rest, data.slice(0, 16))))).toBe(expected);
              const plain = decryption.decrypt(iv, data);
              expect(toHex(plain)).toBe(toHex(backend.aesCbcDecrypt(key, iv, data)));
              expect(Object.getPrototypeOf(plain)).toBe(Uint8Array.prototype);
            }
            // Another object under the same key knows nothing of all that.
            const [first] = messages as [Uint8Array];
            expect(toHex(copy(another.encrypt(copy(first))))).toBe(toHex(backend.aesCbcEncrypt(key, zero, first)));
            expect(decryption.decrypt(iv, new Uint8Array(0)).length).toBe(0);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  test("after close the key is gone", () => {
    const key = new Uint8Array(16).fill(7);
    const encryption = node.aesEncryption(key);
    const decryption = node.aesDecryption(key);
    encryption.encrypt(new Uint8Array(32));
    decryption.decrypt(zero, new Uint8Array(32));
    encryption.close();
    decryption.close();
    expect(() => encryption.encrypt(new Uint8Array(16))).toThrow();
    expect(() => decryption.decrypt(zero, new Uint8Array(16))).toThrow();
    // noble takes the key anew each time, so after close it is the key of zeros.
    const wiped = noble.aesEncryption(key);
    wiped.close();
    expect(toHex(wiped.encrypt(new Uint8Array(16)))).toBe(toHex(noble.aesCbcEncrypt(zero, zero, zero)));
  });
});

describe.each(CURVES)("ECDSA over $name", (row) => {
  const { name: curve, bytes: size } = row;
  // A scalar below 2^(bits - 8), so always in range; 0 is as good as impossible, and made 1.
  const scalars = bytes(size).map((scalar) => {
    scalar[0] = 0;
    scalar[1] = (scalar[1] as number) & (size === 66 ? 0 : 0xff);
    scalar[size - 1] = (scalar[size - 1] as number) | 1;
    return scalar;
  });

  test("both backends multiply alike", () => {
    const one = new Uint8Array(size);
    one[size - 1] = 1;
    expect(toHex(agreed((backend) => backend.ecPublicPoint(curve, one)))).toBe(row.g);
    const last = fromHex(row.n);
    last[size - 1] = (last[size - 1] as number) - 1;
    // (n - 1)·G = -G: the same x.
    expect(toHex(agreed((backend) => backend.ecPublicPoint(curve, last))).slice(0, 2 + 2 * size)).toBe(
      row.g.slice(0, 2 + 2 * size),
    );
    fc.assert(
      fc.property(scalars, (scalar) => {
        const point = agreed((backend) => backend.ecPublicPoint(curve, scalar));
        expect(point.length).toBe(1 + 2 * size);
        // the short way for the generator and the long one for any point
        expect(toHex(agreed((backend) => backend.ecMultiply(curve, scalar, fromHex(row.g))))).toBe(toHex(point));
        const product = agreed((backend) => backend.ecMultiply(curve, scalar, point));
        const x = agreed((backend) => backend.ecSharedX(curve, scalar, point));
        expect(toHex(x)).toBe(toHex(product.slice(1, 1 + size)));
      }),
      { numRuns: 10 },
    );
  });

  test.each(HASHES)("signatures with %s of one backend are good for the other", (hash) => {
    fc.assert(
      fc.property(scalars, fc.uint8Array({ maxLength: 200 }), fc.nat(), (scalar, message, at) => {
        const point = node.ecPublicPoint(curve, scalar);
        for (const [signer, verifier] of DIRECTIONS) {
          const signature = signer.ecPrivateKey(curve, scalar).sign(hash, message);
          expect(signature.length).toBe(2 * size);
          expect(Object.getPrototypeOf(signature)).toBe(Uint8Array.prototype);
          const key = verifier.ecPublicKey(curve, point);
          expect(key.verify(hash, message, signature)).toBe(true);
          expect(key.verify(hash, Uint8Array.of(...message, 0), signature)).toBe(false);
          const wrong = Uint8Array.from(signature);
          wrong[at % wrong.length] = (wrong[at % wrong.length] as number) ^ 1;
          expect(key.verify(hash, message, wrong)).toBe(false);
        }
      }),
      { numRuns: 3 },
    );
  });

  test("both halves of the range of s are accepted and produced", () => {
    const scalar = new Uint8Array(size).fill(1);
    scalar[0] = 0;
    const point = node.ecPublicPoint(curve, scalar);
    const n = BigInt(`0x${row.n}`);
    for (const [signer, verifier] of DIRECTIONS) {
      const signing = signer.ecPrivateKey(curve, scalar);
      const verifying = verifier.ecPublicKey(curve, point);
      const seen = new Set<boolean>();
      for (let i = 0; i < 40; i++) {
        const message = Uint8Array.of(i);
        const signature = signing.sign("SHA-256", message);
        const s = BigInt(`0x${toHex(signature.subarray(size))}`);
        seen.add(s > n / 2n);
        // n - s is the other signature that belongs to the same r.
        const mirrored = fromHex(toHex(signature.subarray(0, size)) + (n - s).toString(16).padStart(2 * size, "0"));
        if (i < 4) expect(verifying.verify("SHA-256", message, mirrored)).toBe(true);
        if (seen.size === 2 && i >= 4) break;
      }
      expect(seen.size).toBe(2);
    }
  });

  test("both backends decompress alike", () => {
    fc.assert(
      fc.property(scalars, (scalar) => {
        const point = node.ecPublicPoint(curve, scalar);
        const compressed = Uint8Array.of(2 + ((point[2 * size] as number) & 1), ...point.subarray(1, 1 + size));
        expect(toHex(agreed((backend) => backend.ecDecompress(curve, compressed)))).toBe(toHex(point));
      }),
      { numRuns: 3 },
    );
  });

  test("malformed signatures are false, not an exception", () => {
    const point = fromHex(row.g);
    const zeros = "00".repeat(size);
    const one = `${"00".repeat(size - 1)}01`;
    const bad = ["", "00", zeros + zeros, zeros + one, one + zeros, row.n + one, one + row.n, "ff".repeat(2 * size)];
    bad.push(one.repeat(2).slice(2), `${one}${one}00`);
    for (const backend of [node, noble]) {
      const key = backend.ecPublicKey(curve, point);
      for (const signature of bad) expect(key.verify("SHA-256", Uint8Array.of(1), fromHex(signature))).toBe(false);
    }
  });

  test("a point beside the curve is a RangeError", () => {
    const beside = fromHex(row.g);
    beside[2 * size] = (beside[2 * size] as number) ^ 1;
    const tooLarge = Uint8Array.of(4, ...fromHex(row.p), ...fromHex(row.g).subarray(1 + size));
    for (const backend of [node, noble]) {
      expect(() => backend.ecPublicKey(curve, beside)).toThrow(RangeError);
      expect(() => backend.ecPublicKey(curve, tooLarge)).toThrow(RangeError);
    }
  });

  test("a public key keeps its own copy of the point", () => {
    const scalar = new Uint8Array(size).fill(1);
    scalar[0] = 0;
    for (const backend of [node, noble]) {
      const point = backend.ecPublicPoint(curve, scalar);
      const key = backend.ecPublicKey(curve, point);
      point.fill(0);
      const message = Uint8Array.of(1, 2, 3);
      expect(key.verify("SHA-384", message, backend.ecPrivateKey(curve, scalar).sign("SHA-384", message))).toBe(true);
    }
  });
});
