import { describe, expect, test } from "vitest";
import { fromHex, toHex } from "../../src/bytes/bytes.js";
import { systemRandom } from "../../src/bytes/random.js";
import { CURVES } from "../../src/crypto/curves.js";
import { DH_GROUPS } from "../../src/crypto/dh-groups.js";
import {
  type AgreementGroup,
  dhAgreementGroup,
  EphemeralKey,
  ecAgreementGroup,
} from "../../src/crypto/key-agreement.js";

const ownGroup = (): AgreementGroup => {
  // A group by its numbers: 1024-bit modulus of the first standardized one, with another generator, so that it is none of the table.
  const [row] = DH_GROUPS;
  if (row === undefined) throw new Error("no group");
  const group = dhAgreementGroup({ p: fromHex(row.p), g: Uint8Array.of(2) });
  if (group === undefined) throw new Error("the numbers are no group");
  return group;
};
const GROUPS: readonly AgreementGroup[] = [
  ...CURVES.map(({ name }) => ecAgreementGroup(name)),
  ...DH_GROUPS.map(
    (row) => dhAgreementGroup({ p: fromHex(row.p), g: fromHex(row.g), q: fromHex(row.q) }) as AgreementGroup,
  ),
  ownGroup(),
];

describe.each(GROUPS.map((group) => [group.name, group] as const))("agreement in %s", (_name, group) => {
  test("both sides come to one secret, which is that of the power", () => {
    for (let run = 0; run < 2; run++) {
      const [a, b] = [group.randomScalar(systemRandom), group.randomScalar(systemRandom)];
      const [A, B] = [group.power(group.generator, a), group.power(group.generator, b)];
      const secret = toHex(group.agree(B, a));
      expect(toHex(group.agree(A, b))).toBe(secret);
      expect(toHex(group.secret(group.power(B, a)))).toBe(secret);
      expect(secret.length).toBe(2 * Math.ceil(group.bits / 8));
    }
  });

  test("an ephemeral key takes elements alone, and none after it was wiped", () => {
    const [one, other] = [new EphemeralKey(group), new EphemeralKey(group)];
    expect(toHex(one.agree(other.publicKey))).toBe(toHex(other.agree(one.publicKey)));
    expect(() => one.agree(new Uint8Array(other.publicKey.length))).toThrow(RangeError);
    one.wipe();
    expect(() => one.agree(other.publicKey)).toThrow(RangeError);
  });
});
