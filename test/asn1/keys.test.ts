import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import {
  ecParameters,
  ID_EC_PUBLIC_KEY,
  ID_PRIME_FIELD,
  ID_RSA_ENCRYPTION,
  primeP,
  rsaPublicKey,
  spkiObject,
} from "../../src/asn1/keys.js";
import { toHex } from "../../src/bytes/bytes.js";
import { encodeObject, parseObject } from "../../src/tlv/file.js";

test("explicit parameters as OpenSSL writes them, byte for byte", () => {
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1", paramEncoding: "explicit" });
  const der = Uint8Array.from(publicKey.export({ format: "der", type: "spki" }));
  const info = parseObject(spkiObject, der);
  expect(info.algorithm.algorithm).toBe(ID_EC_PUBLIC_KEY);
  const parameters = parseObject(ecParameters, info.algorithm.parameters as Uint8Array);
  expect(parameters.version).toBe(1);
  expect(parameters.fieldId.fieldType).toBe(ID_PRIME_FIELD);
  expect(toHex(parseObject(primeP, parameters.fieldId.parameters))).toBe(
    `00${"ffffffff00000001"}${"0".repeat(24)}${"f".repeat(24)}`,
  );
  // The seed of FIPS 186-4 D.1.2.3, behind the byte of unused bits.
  expect(toHex(parameters.curve.seed as Uint8Array)).toBe("00c49d360886e704936a6678e1139d26b7819f7e90");
  expect(toHex(parameters.cofactor as Uint8Array)).toBe("01");
  expect(toHex(encodeObject(ecParameters, parameters))).toBe(toHex(info.algorithm.parameters as Uint8Array));
  expect(toHex(encodeObject(spkiObject, info))).toBe(toHex(der));
});

test("an RSA key as OpenSSL writes it, byte for byte", () => {
  const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 1024, publicExponent: 3 });
  const info = parseObject(spkiObject, Uint8Array.from(publicKey.export({ format: "der", type: "spki" })));
  expect(info.algorithm.algorithm).toBe(ID_RSA_ENCRYPTION);
  const key = parseObject(rsaPublicKey, info.subjectPublicKey);
  expect(key.modulus).toHaveLength(129);
  expect(toHex(key.publicExponent)).toBe("03");
  expect(toHex(encodeObject(rsaPublicKey, key))).toBe(toHex(publicKey.export({ format: "der", type: "pkcs1" })));
});
