import { createECDH, createPublicKey, ECDH } from "node:crypto";
import { brainpoolP256r1, brainpoolP384r1, brainpoolP512r1 } from "@noble/curves/misc.js";
import { p256, p384, p521 } from "@noble/curves/nist.js";
import { describe, expect, test } from "vitest";
import { concatBytes, fromHex, toHex } from "../../src/bytes/bytes.js";
import { CURVES, curveByName, curveByOid, curveByParameterId, curveByParameters } from "../../src/crypto/curves.js";
import type { CurveName } from "../../src/crypto/primitives.js";
import { encodeSpki } from "../../src/pki/public-key.js";

const NOBLE = {
  "P-256": p256,
  "P-384": p384,
  "P-521": p521,
  brainpoolP256r1,
  brainpoolP384r1,
  brainpoolP512r1,
} as const;

const compressedBase = (row: (typeof CURVES)[number]) =>
  Uint8Array.from(ECDH.convertKey(fromHex(row.g), row.openssl, undefined, undefined, "compressed") as Buffer);

/** A row as explicit parameters. */
const explicit = (row: (typeof CURVES)[number]) => ({
  p: fromHex(row.p),
  a: fromHex(row.a),
  b: fromHex(row.b),
  g: fromHex(row.g),
  n: fromHex(row.n),
});

test("object identifiers", () => {
  expect(CURVES.map(({ name, oid }) => [name, oid])).toEqual([
    ["P-192", "1.2.840.10045.3.1.1"],
    ["P-224", "1.3.132.0.33"],
    ["P-256", "1.2.840.10045.3.1.7"],
    ["P-384", "1.3.132.0.34"],
    ["P-521", "1.3.132.0.35"],
    ["brainpoolP192r1", "1.3.36.3.3.2.8.1.1.3"],
    ["brainpoolP224r1", "1.3.36.3.3.2.8.1.1.5"],
    ["brainpoolP256r1", "1.3.36.3.3.2.8.1.1.7"],
    ["brainpoolP320r1", "1.3.36.3.3.2.8.1.1.9"],
    ["brainpoolP384r1", "1.3.36.3.3.2.8.1.1.11"],
    ["brainpoolP512r1", "1.3.36.3.3.2.8.1.1.13"],
  ]);
});

test("ICAO 9303-11 §9.5.1: the numbers of the standardized curves", () => {
  const names = Array.from({ length: 20 }, (_, number) => curveByParameterId(number)?.name);
  expect(names).toEqual([
    ...Array.from({ length: 8 }, () => undefined),
    ...["P-192", "brainpoolP192r1", "P-224", "brainpoolP224r1", "P-256", "brainpoolP256r1", "brainpoolP320r1"],
    ...["P-384", "brainpoolP384r1", "brainpoolP512r1", "P-521", undefined],
  ]);
});

describe.each(CURVES)("$name", (row) => {
  test("has the constants of OpenSSL, by its name and by its object identifier", () => {
    const ecdh = createECDH(row.openssl);
    ecdh.setPrivateKey(fromHex(`${"00".repeat(row.bytes - 1)}01`));
    expect(ecdh.getPublicKey("hex")).toBe(row.g);
    // OpenSSL reads explicit parameters that are those of a curve it knows as that curve.
    const explicitKey = createPublicKey({
      key: encodeSpki(row.name, fromHex(row.g)) as Buffer,
      format: "der",
      type: "spki",
    });
    const named = createPublicKey({
      key: encodeSpki(row.name, fromHex(row.g), "named") as Buffer,
      format: "der",
      type: "spki",
    });
    expect(named.asymmetricKeyDetails?.namedCurve).toBe(row.openssl);
    expect(explicitKey.asymmetricKeyDetails?.namedCurve).toBe(row.openssl);
  });

  test("the base point is on the curve and has the stated order", () => {
    const [p, a, b, n] = [row.p, row.a, row.b, row.n].map((hex) => BigInt(`0x${hex}`)) as [
      bigint,
      bigint,
      bigint,
      bigint,
    ];
    const [x, y] = [row.g.slice(2, 2 + 2 * row.bytes), row.g.slice(2 + 2 * row.bytes)].map((hex) =>
      BigInt(`0x${hex}`),
    ) as [bigint, bigint];
    expect((y * y - (x * x * x + a * x + b)) % p).toBe(0n);
    // (n - 1)·G = -G, by OpenSSL
    const ecdh = createECDH(row.openssl);
    ecdh.setPrivateKey(fromHex((n - 1n).toString(16).padStart(2 * row.bytes, "0")));
    expect(ecdh.getPublicKey("hex").slice(2, 2 + 2 * row.bytes)).toBe(row.g.slice(2, 2 + 2 * row.bytes));
  });

  test("states its lengths", () => {
    expect(BigInt(`0x${row.p}`).toString(2).length).toBe(row.bits);
    expect(BigInt(`0x${row.n}`).toString(2).length).toBe(row.bits);
    expect(row.bytes).toBe(Math.ceil(row.bits / 8));
    for (const number of [row.p, row.a, row.b, row.n])
      expect(number).toMatch(new RegExp(`^[0-9a-f]{${2 * row.bytes}}$`));
    expect(row.g.length).toBe(2 + 4 * row.bytes);
  });

  test("is found by name, object identifier and explicit parameters", () => {
    expect(curveByName(row.name)).toBe(row);
    expect(curveByOid(row.oid)).toBe(row);
    expect(curveByParameters(explicit(row))).toBe(row);
    const compressed = compressedBase(row);
    expect(curveByParameters({ ...explicit(row), g: compressed })).toBe(row);
    // INTEGERs of DER carry a leading zero where the highest bit is set, and none where it is not needed.
    const padded = concatBytes(new Uint8Array(1), fromHex(row.p));
    const trimmed = fromHex(row.b.replace(/^(00)+/, ""));
    expect(curveByParameters({ ...explicit(row), p: padded, b: trimmed })).toBe(row);
  });

  test.each(["p", "a", "b", "g", "n"] as const)("a changed %s is another curve", (name) => {
    const changed = explicit(row);
    const last = changed[name].length - 1;
    changed[name][last] = (changed[name][last] as number) ^ 2;
    expect(curveByParameters(changed)).toBeUndefined();
    expect(curveByParameters({ ...explicit(row), [name]: new Uint8Array(0) })).toBeUndefined();
  });

  test("the other point of the same x, and a shortened one, are not the base point", () => {
    const compressed = toHex(explicit(row).g.subarray(1, 1 + row.bytes));
    const right = toHex(compressedBase(row).subarray(0, 1));
    const g = fromHex((right === "02" ? "03" : "02") + compressed);
    expect(curveByParameters({ ...explicit(row), g })).toBeUndefined();
    expect(curveByParameters({ ...explicit(row), g: explicit(row).g.subarray(0, 1 + row.bytes) })).toBeUndefined();
  });
});

test.each(Object.entries(NOBLE))("%s has the constants of noble", (name, { Point }) => {
  const row = curveByName(name as CurveName);
  const curve = Point.CURVE();
  const number = (hex: string) => BigInt(`0x${hex}`);
  expect([row.p, row.a, row.b, row.n].map(number)).toEqual([curve.p, curve.a, curve.b, curve.n]);
  expect(row.g).toBe(Point.BASE.toHex(false));
  expect(BigInt(row.h)).toBe(curve.h);
});

test("no two curves share a prime, by which explicit parameters are looked up", () => {
  expect(new Set(CURVES.map(({ p }) => BigInt(`0x${p}`))).size).toBe(CURVES.length);
});

test("unknown names and identifiers", () => {
  expect(curveByOid("1.3.132.0.10")).toBeUndefined();
  expect(() => curveByName("secp256k1" as CurveName)).toThrow(RangeError);
});
