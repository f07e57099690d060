import { createECDH } from "node:crypto";
import { p256, p384, p521 } from "@noble/curves/nist.js";
import { describe, expect, test } from "vitest";
import { concatBytes, fromHex, toHex } from "../../src/bytes/bytes.js";
import { CURVES, curveByName, curveByOid, curveByParameters } from "../../src/crypto/curves.js";
import type { CurveName } from "../../src/crypto/primitives.js";

const NOBLE = { "P-256": p256, "P-384": p384, "P-521": p521 } as const;

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
    ["P-256", "1.2.840.10045.3.1.7"],
    ["P-384", "1.3.132.0.34"],
    ["P-521", "1.3.132.0.35"],
  ]);
});

describe.each(CURVES)("$name", (row) => {
  test("has the constants of noble and the generator of OpenSSL", () => {
    const { Point } = NOBLE[row.name];
    const curve = Point.CURVE();
    const number = (hex: string) => BigInt(`0x${hex}`);
    expect([row.p, row.a, row.b, row.n].map(number)).toEqual([curve.p, curve.a, curve.b, curve.n]);
    expect(row.g).toBe(Point.BASE.toHex(false));
    expect(BigInt(row.h)).toBe(curve.h);
    const ecdh = createECDH(row.openssl);
    ecdh.setPrivateKey(fromHex(`${"00".repeat(row.bytes - 1)}01`));
    expect(ecdh.getPublicKey("hex")).toBe(row.g);
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
    const compressed = fromHex(NOBLE[row.name].Point.BASE.toHex(true));
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
    const right = NOBLE[row.name].Point.BASE.toHex(true).slice(0, 2);
    const g = fromHex((right === "02" ? "03" : "02") + compressed);
    expect(curveByParameters({ ...explicit(row), g })).toBeUndefined();
    expect(curveByParameters({ ...explicit(row), g: explicit(row).g.subarray(0, 1 + row.bytes) })).toBeUndefined();
  });
});

test("unknown names and identifiers", () => {
  expect(curveByOid("1.3.132.0.10")).toBeUndefined();
  expect(() => curveByName("secp256k1" as CurveName)).toThrow(RangeError);
});
