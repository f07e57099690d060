import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { staticPublicKeyOf } from "../../../src/access/static-keys/shared.js";
import { SEQUENCE, subjectPublicKeyInfo } from "../../../src/asn1/types.js";
import { fromHex, toHex } from "../../../src/bytes/bytes.js";
import { EphemeralKey } from "../../../src/crypto/key-agreement.js";
import { MalformedError } from "../../../src/errors.js";
import { dataObject, parseObject } from "../../../src/tlv/file.js";
import { values } from "../pace/support.js";

interface Case {
  readonly tcId: number;
  readonly comment: string;
  readonly public: string;
  readonly private: string;
  readonly shared: string;
  readonly result: "valid" | "acceptable" | "invalid";
}
const FILE = new URL("../../vectors/wycheproof/ecdh_brainpoolP256r1_test.json", import.meta.url);
const { testGroups } = JSON.parse(readFileSync(FILE, "utf8")) as { testGroups: { tests: Case[] }[] };
const CASES = testGroups.flatMap(({ tests }) => tests);
const spki = dataObject("SubjectPublicKeyInfo", SEQUENCE, subjectPublicKeyInfo);
const BYTES = 32;

/** Scalars of the vectors are INTEGERs: with a zero in front, or short. */
const scalarOf = (hex: string) => fromHex(hex.padStart(2 * BYTES, "0").slice(-2 * BYTES));

/** The secret of a chip's key in any form with a terminal's private key, or why there is none. */
function secretOf(one: Case): string {
  let key: ReturnType<typeof staticPublicKeyOf>;
  try {
    key = staticPublicKeyOf(parseObject(spki, fromHex(one.public)));
  } catch (error) {
    if (error instanceof MalformedError) return "malformed";
    throw error;
  }
  if (key === undefined) return "no key";
  if (key.group.name !== "brainpoolP256r1") return "another group";
  return toHex(new EphemeralKey(key.group, values(scalarOf(one.private))).agree(key.publicKey));
}

describe("the key of a chip and the secret with it, against Wycheproof's vectors of ECDH on brainpoolP256r1", () => {
  it("agrees in every valid case", () => {
    const valid = CASES.filter(({ result }) => result === "valid");
    expect(valid).toHaveLength(517);
    for (const one of valid) expect(secretOf(one), `${one.tcId}: ${one.comment}`).toBe(one.shared);
  });

  it("gives no secret on this curve in any invalid case", () => {
    const invalid = CASES.filter(({ result }) => result === "invalid");
    expect(invalid).toHaveLength(57);
    for (const one of invalid) {
      // the cofactor is optional in ECParameters (X9.62), and cards in the field leave it out
      if (one.comment === "no cofactor") expect(secretOf(one)).toBe(one.shared);
      else expect(["malformed", "no key", "another group"], `${one.tcId}: ${one.comment}`).toContain(secretOf(one));
    }
  });

  it("refuses what is acceptable at most, or comes to its secret", () => {
    for (const one of CASES.filter(({ result }) => result === "acceptable")) {
      expect(["malformed", "no key", one.shared], `${one.tcId}: ${one.comment}`).toContain(secretOf(one));
    }
  });
});
