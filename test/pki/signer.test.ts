import { describe, expect, it } from "vitest";
import { primitives } from "#primitives";
import { generateEcPrivateKey } from "../../src/crypto/ecdsa.js";
import type { CurveName } from "../../src/crypto/primitives.js";
import { generateRsaPrivateKey, importRsaPrivateKey } from "../../src/crypto/rsa.js";
import { memorySigner, type Signer } from "../../src/pki/signer.js";
import { SIGNER_REQUIREMENTS } from "../../src/testing/signer-conformance.js";
import { rsaNumbers } from "../crypto/rsa-support.js";
import { signerConformance } from "./signer-conformance.js";

for (const curve of ["P-256", "P-384", "P-521", "brainpoolP256r1", "brainpoolP512r1"] as readonly CurveName[]) {
  const key = generateEcPrivateKey(curve);
  signerConformance(`memorySigner on ${curve}`, () => memorySigner(key));
}
signerConformance("memorySigner with RSA-2048", () => memorySigner(importRsaPrivateKey(rsaNumbers(2048))));

describe("SIGNER_REQUIREMENTS", () => {
  const good = memorySigner(generateEcPrivateKey("P-256"));
  const other = memorySigner(generateEcPrivateKey("P-256"));
  const flip = (bytes: Uint8Array) => bytes.map((byte, i) => (i === 40 ? byte ^ 1 : byte));
  const shared = new Uint8Array(64);
  const late = async () => new Promise<void>((resolve) => setTimeout(resolve, 1));
  const BAD: Readonly<Record<string, Partial<Signer>>> = {
    "another key's signatures": { sign: other.sign },
    "a flipped bit": { sign: (message, algorithm) => flip(good.sign(message, algorithm)) },
    "a signature too long": { sign: (message, algorithm) => Uint8Array.of(...good.sign(message, algorithm), 0) },
    "no algorithm": { algorithms: [] },
    "an algorithm twice": { algorithms: ["ECDSA-SHA256", "ECDSA-SHA256"] },
    "an algorithm of RSA": { algorithms: ["ECDSA-SHA256", "RSA-SHA256"] },
    "no public key": { publicKey: Uint8Array.of(0x30, 0) },
    "signing with whatever is asked": {
      algorithms: ["ECDSA-SHA384"],
      sign: (message) => good.sign(message, "ECDSA-SHA384"),
    },
    "reading the message late": {
      sign: async (message, algorithm) => {
        await late();
        return good.sign(message, algorithm);
      },
    },
    "wiping the message": {
      sign: (message, algorithm) => {
        const signature = good.sign(message, algorithm);
        message.fill(0);
        return signature;
      },
    },
    "the same memory each time": {
      sign: (message, algorithm) => {
        shared.set(good.sign(message, algorithm));
        return shared;
      },
    },
    "the whole buffer of a view": {
      sign: (message, algorithm) => good.sign(new Uint8Array(message.buffer), algorithm),
    },
  };

  it.each(Object.entries(BAD))("finds %s", async (_, fault) => {
    const bad = { publicKey: good.publicKey, algorithms: good.algorithms, sign: good.sign, ...fault } as Signer;
    const failures: string[] = [];
    for (const { name, run } of SIGNER_REQUIREMENTS) {
      await run(bad).catch(() => failures.push(name));
    }
    expect(failures.length).toBeGreaterThan(0);
  });
});

describe("generateRsaPrivateKey", () => {
  if (primitives.backend === "noble") {
    it("is refused where the platform makes no primes, saying what to do", () => {
      expect(() => generateRsaPrivateKey(2048)).toThrow(
        expect.objectContaining({ code: "ALGORITHM_UNSUPPORTED", message: expect.stringContaining("OpenSSL") }),
      );
    });
  } else {
    it("makes a key of that size that signs, and another one each time", () => {
      const [key, second] = [generateRsaPrivateKey(2048), generateRsaPrivateKey(2048)];
      expect(key.bits).toBe(2048);
      expect([...key.publicExponent]).toEqual([1, 0, 1]);
      expect(key.modulus).not.toEqual(second.modulus);
    });
    signerConformance("memorySigner with a new key for RSASSA-PSS alone", () =>
      memorySigner(generateRsaPrivateKey(3072, {})),
    );
  }

  it.each([1024, 2047, 2052, 8200, Number.NaN])("refuses %d bits", (bits) => {
    expect(() => generateRsaPrivateKey(bits)).toThrow(RangeError);
  });
});
