import { describe, expect, it } from "vitest";
import { type WebCryptoSignerOptions, webCryptoSigner } from "../../src/adapters/webcrypto-signer.js";
import { publicKeyForm } from "../../src/pki/public-key.js";
import { signerConformance } from "../pki/signer-conformance.js";

const { subtle } = globalThis.crypto;

const RSA = { modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) };
const generate = (
  algorithm: EcKeyGenParams | RsaHashedKeyGenParams,
  usages: readonly KeyUsage[] = ["sign", "verify"],
) => subtle.generateKey(algorithm, false, usages) as Promise<CryptoKeyPair>;

const KEYS: Readonly<Record<string, EcKeyGenParams | RsaHashedKeyGenParams>> = {
  "P-256": { name: "ECDSA", namedCurve: "P-256" },
  "P-384": { name: "ECDSA", namedCurve: "P-384" },
  "P-521": { name: "ECDSA", namedCurve: "P-521" },
  "RSA-PSS SHA-256": { name: "RSA-PSS", hash: "SHA-256", ...RSA },
  "RSA-PSS SHA-512": { name: "RSA-PSS", hash: "SHA-512", ...RSA },
  "RSASSA-PKCS1-v1_5 SHA-384": { name: "RSASSA-PKCS1-v1_5", hash: "SHA-384", ...RSA },
};

for (const [name, algorithm] of Object.entries(KEYS)) {
  const pair = generate(algorithm);
  signerConformance(`webCryptoSigner, ${name}, not extractable`, async () => {
    expect((await pair).privateKey.extractable).toBe(false);
    return webCryptoSigner(subtle, await pair);
  });
}

describe("webCryptoSigner", () => {
  const ec = { name: "ECDSA", namedCurve: "P-256" };

  it("states the curve by all its parameters, or by its name when asked to", async () => {
    const pair = await generate(ec);
    const [explicit, named] = [
      await webCryptoSigner(subtle, pair),
      await webCryptoSigner(subtle, { ...pair, curveParameters: "named" }),
    ];
    expect(publicKeyForm(explicit.publicKey).curve).toBe("explicit");
    expect(publicKeyForm(named.publicKey).curve).toBe("named");
    expect(new Uint8Array(await subtle.exportKey("spki", pair.publicKey))).toEqual(named.publicKey);
  });

  it("takes the public key as bytes, and prefers the algorithm asked for", async () => {
    const { privateKey, publicKey } = await generate(ec);
    const spki = new Uint8Array(await subtle.exportKey("spki", publicKey));
    const options: WebCryptoSignerOptions = { privateKey, publicKey: spki, algorithm: "ECDSA-SHA512" };
    expect((await webCryptoSigner(subtle, options)).algorithms).toEqual([
      "ECDSA-SHA512",
      "ECDSA-SHA256",
      "ECDSA-SHA384",
    ]);
  });

  it.each<[string, () => Promise<WebCryptoSignerOptions>, object]>([
    [
      "a public key as the private one",
      async () => {
        const { publicKey } = await generate(ec);
        return { privateKey: publicKey, publicKey };
      },
      { name: "TypeError" },
    ],
    [
      "a private key as the public one",
      async () => {
        const { privateKey } = await generate(ec);
        return { privateKey, publicKey: privateKey };
      },
      { name: "TypeError" },
    ],
    [
      "a key that may not sign",
      async () => generate({ name: "ECDH", namedCurve: "P-256" }, ["deriveBits"]),
      { name: "TypeError" },
    ],
    [
      "keys on two curves",
      async () => {
        const [a, b] = [await generate(ec), await generate({ name: "ECDSA", namedCurve: "P-384" })];
        return { privateKey: a.privateKey, publicKey: b.publicKey };
      },
      { name: "TypeError" },
    ],
    [
      "a key for SHA-1",
      async () => generate({ name: "RSA-PSS", hash: "SHA-1", ...RSA }),
      { code: "ALGORITHM_UNSUPPORTED" },
    ],
    [
      "an algorithm that the key is not for",
      async () => ({ ...(await generate(ec)), algorithm: "ECDSA-SHA224" }),
      { name: "RangeError" },
    ],
  ])("refuses %s", async (_, options, error) => {
    await expect(webCryptoSigner(subtle, await options())).rejects.toMatchObject(error);
  });
});
