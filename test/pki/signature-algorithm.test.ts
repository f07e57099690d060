import { constants, sign as cryptoSign } from "node:crypto";
import { describe, expect, it } from "vitest";
import { fromHex, toHex, utf8 } from "../../src/bytes/bytes.js";
import { generateEcPrivateKey } from "../../src/crypto/ecdsa.js";
import { importRsaPrivateKey, rsaPss } from "../../src/crypto/rsa.js";
import { MalformedError } from "../../src/errors.js";
import { parseCertificate } from "../../src/pki/certificate.js";
import { encodeEcdsaSignature } from "../../src/pki/ecdsa-signature.js";
import { fromPem } from "../../src/pki/pem.js";
import { encodePssParameters, parsePssParameters } from "../../src/pki/pss-parameters.js";
import { encodeSpki, publicKeyFromSpki } from "../../src/pki/public-key.js";
import {
  algorithmRow,
  encodeSignatureValue,
  type SignatureAlgorithmName,
  signatureAlgorithmIdentifier,
} from "../../src/pki/signature-algorithm.js";
import { memorySigner } from "../../src/pki/signer.js";
import {
  examineSignature,
  rowOf,
  verifyCertificateSignature,
  verifySignature,
} from "../../src/pki/verify-signature.js";
import { pssKeyPair, rsaNumbers } from "../crypto/rsa-support.js";
import { vector } from "./support.js";

const PSS = "1.2.840.113549.1.1.10";
const message = utf8("message");
const certificate = (folder: string, file: string) =>
  parseCertificate(fromPem(new TextDecoder().decode(vector(`mock/${folder}/${file}.pem`)), "CERTIFICATE"));

describe("RSASSA-PSS-params", () => {
  // As certificates in the field have them: NULL beside the hash functions, and nothing.
  it.each([
    [
      "3034a00f300d06096086480165030402010500a11c301a06092a864886f70d010108300d06096086480165030402010500a203020120",
      { scheme: "PSS", hash: "SHA-256", mgfHash: "SHA-256", saltLength: 32 },
      true,
    ],
    [
      "3030a00d300b0609608648016503040203a11a301806092a864886f70d010108300b0609608648016503040203a203020140",
      { scheme: "PSS", hash: "SHA-512", mgfHash: "SHA-512", saltLength: 64 },
      false,
    ],
    [
      "302fa00f300d06096086480165030402010500a11c301a06092a864886f70d010108300d06096086480165030402010500",
      { scheme: "PSS", hash: "SHA-256", mgfHash: "SHA-256", saltLength: 20 },
      true,
    ],
    ["3000", { scheme: "PSS", hash: "SHA-1", mgfHash: "SHA-1", saltLength: 20 }, true],
    ["3005a303020101", { scheme: "PSS", hash: "SHA-1", mgfHash: "SHA-1", saltLength: 20 }, false],
  ] as const)("%s", (hex, parameters, same) => {
    expect(parsePssParameters(fromHex(hex))).toEqual(parameters);
    expect(toHex(encodePssParameters(parameters)) === hex).toBe(same);
  });

  it.each([
    ["another trailer", "3005a303020102"],
    ["another hash function", "300fa00d300b06096086480165030402 08".replace(" ", "")],
    ["another mask generation", "300fa10d300b0609608648016503040201"],
    ["MGF1 without a hash function", "300fa10d300b06092a864886f70d010108"],
  ])("%s is not offered", (_, hex) => {
    expect(parsePssParameters(fromHex(hex))).toBeUndefined();
    expect(rowOf({ algorithm: PSS, parameters: fromHex(hex) })).toBeUndefined();
  });

  it.each([
    ["a negative salt", "3005a2030201ff"],
    ["no SEQUENCE", "0500"],
    ["a field twice", "300aa203020114a203020114"],
    ["bytes behind", "300000"],
  ])("%s is malformed, and no signature is good with it", (_, hex) => {
    expect(() => parsePssParameters(fromHex(hex))).toThrow(MalformedError);
    const signer = memorySigner(importRsaPrivateKey(rsaNumbers(2048)));
    const algorithm = { algorithm: PSS, parameters: fromHex(hex) };
    expect(rowOf(algorithm)).toBeUndefined();
    expect(verifySignature(signer.publicKey, algorithm, message, new Uint8Array(256))).toBe(false);
  });
});

describe("signatureAlgorithmIdentifier", () => {
  it.each([
    ["ECDSA-SHA384", "1.2.840.10045.4.3.3", undefined],
    ["RSA-SHA256", "1.2.840.113549.1.1.11", "0500"],
    [
      "RSASSA-PSS-SHA256",
      PSS,
      "3034a00f300d06096086480165030402010500a11c301a06092a864886f70d010108300d06096086480165030402010500a203020120",
    ],
  ] as const)("%s", (name, oid, parameters) => {
    const identifier = signatureAlgorithmIdentifier(name);
    expect(identifier.algorithm).toBe(oid);
    expect(identifier.parameters && toHex(identifier.parameters)).toBe(parameters);
    expect(rowOf(identifier)).toBe(algorithmRow(name));
  });

  it("knows no algorithm for old documents, nor one that no signer has", () => {
    for (const name of ["ECDSA-SHA1", "RSA-SHA1", "RSASSA-PSS-SHA1", "ECDSA-PLAIN-SHA256", "toString"]) {
      expect(() => algorithmRow(name as SignatureAlgorithmName)).toThrow(RangeError);
    }
  });
});

describe("verifySignature", () => {
  it.each([
    "sha1_ecdsa_secp256r1",
    "sha256_ecdsa_brainpoolP256r1",
    "sha256_rsa_65537_4096",
    "sha256_rsapss_32_65537_3072",
    "sha384_ecdsa_secp384r1",
  ])("the certificates of %s, which a program that is not ours made", (folder) => {
    const [csca, signer] = [certificate(folder, "mock_csca"), certificate(folder, "mock_dsc")];
    expect(verifyCertificateSignature(signer, csca.spkiRaw)).toBe(true);
    expect(verifyCertificateSignature(signer, publicKeyFromSpki(csca.spkiRaw))).toBe(true);
    expect(verifyCertificateSignature(csca, csca.spkiRaw)).toBe(true);
    expect(verifyCertificateSignature(signer, signer.spkiRaw)).toBe(false);
  });

  it("a key of another kind makes no good signature", () => {
    const [rsa, ec] = [
      memorySigner(importRsaPrivateKey(rsaNumbers(2048))),
      memorySigner(generateEcPrivateKey("P-256")),
    ];
    const signature = rsa.sign(message, "RSA-SHA256");
    expect(verifySignature(ec.publicKey, signatureAlgorithmIdentifier("RSA-SHA256"), message, signature)).toBe(false);
    const der = encodeSignatureValue("ECDSA-SHA256", ec.sign(message, "ECDSA-SHA256"));
    expect(verifySignature(rsa.publicKey, signatureAlgorithmIdentifier("ECDSA-SHA256"), message, der)).toBe(false);
  });

  it("plain ECDSA is r‖s, and each form is refused as the other", () => {
    const key = generateEcPrivateKey("brainpoolP256r1");
    const spki = encodeSpki(key.curve, key.point);
    const plain = key.sign("SHA-256", message);
    const der = encodeEcdsaSignature(plain);
    const [plainOid, derOid] = ["0.4.0.127.0.7.1.1.4.1.3", "1.2.840.10045.4.3.2"];
    const results = [plainOid, derOid].map((algorithm) =>
      [plain, der].map((signature) => verifySignature(spki, { algorithm }, message, signature)),
    );
    expect(results).toEqual([
      [true, false],
      [false, true],
    ]);
  });

  it("old CMS: the algorithm of the key, with the hash function stated apart", () => {
    const key = generateEcPrivateKey("P-384");
    const spki = encodeSpki(key.curve, key.point, "named");
    const signature = encodeEcdsaSignature(key.sign("SHA-256", message));
    const ecKey = { algorithm: "1.2.840.10045.2.1" };
    expect(verifySignature(spki, ecKey, message, signature)).toBeUndefined();
    expect(verifySignature(spki, ecKey, message, signature, { digest: "SHA-256" })).toBe(true);
    expect(verifySignature(spki, ecKey, message, signature, { digest: "SHA-384" })).toBe(false);
    const withCurve = { ...ecKey, parameters: fromHex("06052b81040022") };
    expect(verifySignature(spki, withCurve, message, signature, { digest: "SHA-256" })).toBe(true);
    const specified = { algorithm: "1.2.840.10045.4.3", parameters: fromHex("300b0609608648016503040201") };
    expect(verifySignature(spki, specified, message, signature)).toBe(true);
    expect(rowOf(specified)?.name).toBe("ECDSA-SHA256");

    const rsa = memorySigner(importRsaPrivateKey(rsaNumbers(2048)));
    const rsaKey = { algorithm: "1.2.840.113549.1.1.1", parameters: fromHex("0500") };
    const rsaSignature = rsa.sign(message, "RSA-SHA256");
    expect(verifySignature(rsa.publicKey, rsaKey, message, rsaSignature)).toBeUndefined();
    expect(verifySignature(rsa.publicKey, rsaKey, message, rsaSignature, { digest: "SHA-256" })).toBe(true);
    expect(verifySignature(rsa.publicKey, rsaKey, message, rsaSignature, { digest: "SHA-1" })).toBe(false);
    // An algorithm that names its hash function does not look at the hint.
    const named = signatureAlgorithmIdentifier("RSA-SHA256");
    expect(verifySignature(rsa.publicKey, named, message, rsaSignature, { digest: "SHA-1" })).toBe(true);
  });

  it("OpenSSL's keys for RSASSA-PSS with another hash function in MGF1", () => {
    const { privateKey, publicKey } = pssKeyPair("sha512", "sha256", 32);
    const spki = Uint8Array.from(publicKey.export({ format: "der", type: "spki" }));
    const padding = constants.RSA_PKCS1_PSS_PADDING;
    const signature = cryptoSign("sha512", message, { key: privateKey, padding, saltLength: 32 });
    const parameters = (hash: "SHA-256" | "SHA-512", saltLength: number) =>
      encodePssParameters({ ...rsaPss("SHA-256"), hash, saltLength });
    expect(verifySignature(spki, { algorithm: PSS, parameters: parameters("SHA-512", 32) }, message, signature)).toBe(
      true,
    );
    expect(verifySignature(spki, { algorithm: PSS, parameters: parameters("SHA-512", 31) }, message, signature)).toBe(
      false,
    );
    expect(verifySignature(spki, { algorithm: PSS, parameters: parameters("SHA-256", 32) }, message, signature)).toBe(
      false,
    );
    expect(verifySignature(spki, { algorithm: PSS }, message, signature)).toBeUndefined();
  });

  it("what is not offered is not checked", () => {
    const { publicKey } = memorySigner(generateEcPrivateKey("P-256"));
    for (const algorithm of ["1.2.840.113549.1.1.4", "1.3.101.112"]) {
      expect(verifySignature(publicKey, { algorithm }, message, new Uint8Array(64))).toBeUndefined();
      expect(examineSignature(publicKey, { algorithm }, message, new Uint8Array(64))).toEqual({
        good: undefined,
        departures: [],
      });
    }
  });
});
