import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PACE_GROUPS } from "../../../src/access/pace/group.js";
import { isCombination, PACE_PROTOCOLS, type PaceOffer } from "../../../src/access/pace/parameters.js";
import { verifyChipAuthenticationMapping } from "../../../src/access/pace/shared.js";
import { openPace } from "../../../src/access/pace/terminal.js";
import { readBinary } from "../../../src/apdu/commands.js";
import { runSync } from "../../../src/apdu/exchange.js";
import { secured } from "../../../src/apdu/session.js";
import { send } from "../../../src/apdu/status.js";
import { toHex, utf8 } from "../../../src/bytes/bytes.js";
import type { RandomSource } from "../../../src/bytes/random.js";
import { cryptoBackend } from "../../../src/crypto/backend.js";
import { hash } from "../../../src/crypto/hash.js";
import { CAN, canOfChip, chipOf, code, offerOf } from "./support.js";

/** Bytes that follow from a seed. */
function seeded(seed: string): RandomSource {
  let count = 0;
  return (length) => {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at += 32) {
      bytes.set(hash("SHA-256", utf8(`${seed} ${count++}`)).subarray(0, length - at), at);
    }
    return bytes;
  };
}

const COMBINATIONS: PaceOffer[] = PACE_PROTOCOLS.flatMap((protocol) =>
  PACE_GROUPS.filter((group) => isCombination(protocol, group)).map((group) => ({
    protocol,
    group,
    parameterId: group.parameterId,
    ambiguous: false,
  })),
);

/** Under noble every group and every cipher of every mapping, but not all together: its curves are slow. */
const SAMPLED =
  cryptoBackend() === "node"
    ? COMBINATIONS
    : COMBINATIONS.filter(
        ({ group }, i) => i % 4 === 0 || group.name === "brainpoolP256r1" || group.name === "MODP 1024/160",
      );

const label = ({ protocol, group }: PaceOffer): string => `${protocol.name} ${group.name}`;

function loop(offer: PaceOffer) {
  const { group } = offer;
  const cam = offer.protocol.mapping === "CAM";
  const staticKey = cam ? group.randomScalar(seeded("static")) : undefined;
  const chip = chipOf(
    {
      offers: [offer],
      passwords: [canOfChip()],
      ...(staticKey && { chipAuthenticationKeys: new Map([[group.parameterId, staticKey]]) }),
    },
    { random: seeded(`chip ${label(offer)}`) },
  );
  const result = runSync(chip.transmit, openPace(offer, CAN, { random: seeded(`terminal ${label(offer)}`) }));
  const answer = runSync(chip.transmit, secured(result.session, send(readBinary(0, 8), "READ BINARY")));
  return { chip, result, answer, publicKey: staticKey && group.power(group.generator, staticKey) };
}

describe("PACE, terminal and chip", () => {
  it("there are all the combinations of the standard", () => {
    // 8 protocols × 3 groups; 8 × 11 curves without P-224 for 4 of them; 3 × 11
    expect(COMBINATIONS.length).toBe(8 * 3 + 8 * 11 - 4 + 3 * 11);
    expect(new Set(SAMPLED.map(({ group }) => group.name)).size).toBe(14);
    expect(new Set(SAMPLED.map(({ protocol }) => protocol.name)).size).toBe(PACE_PROTOCOLS.length);
  });

  it.each(SAMPLED.map((offer) => [label(offer), offer] as const))("%s", (_name, offer) => {
    const { chip, result, answer, publicKey } = loop(offer);
    expect(answer.data).toEqual(Uint8Array.of(0xb0));
    expect(chip.outcome().password).toBe("can");
    expect(toHex(result.idIc)).toBe(toHex(chip.outcome().idIc as Uint8Array));
    expect(result.chipAuthentication === undefined).toBe(publicKey === undefined);
    if (result.chipAuthentication && publicKey) {
      expect(verifyChipAuthenticationMapping(result.chipAuthentication, publicKey)).toBe(true);
    }
  });

  it("a static key that is another one's is told from the chip's", () => {
    const offer = offerOf("id-PACE-ECDH-CAM-AES-CBC-CMAC-128", 12);
    const { group } = offer;
    const key = group.randomScalar(seeded("mine"));
    const other = group.power(group.generator, group.randomScalar(seeded("other")));
    const chip = () =>
      chipOf({ offers: [offer], passwords: [canOfChip()], chipAuthenticationKeys: new Map([[12, key]]) }).transmit;
    const own = group.power(group.generator, key);
    const options = (chipAuthenticationKey: Uint8Array) => ({ chipAuthenticationKey });
    expect(runSync(chip(), openPace(offer, CAN, options(own))).chipAuthentication).toBeDefined();
    expect(() => runSync(chip(), openPace(offer, CAN, options(other)))).toThrow(code("PACE_CHIP_NOT_GENUINE"));
  });

  it("another password never opens", () => {
    const offer = offerOf("id-PACE-ECDH-GM-AES-CBC-CMAC-128", 12);
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9]{6}$/), (secret) => {
        fc.pre(secret !== CAN.secret);
        const chip = chipOf({ offers: [offer], passwords: [canOfChip()] });
        expect(() => runSync(chip.transmit, openPace(offer, { kind: "can", secret }))).toThrow(code("PACE_FAILED"));
        expect(chip.outcome().session).toBeUndefined();
      }),
      { numRuns: 10 },
    );
  });

  it.each(["", "x".repeat(65), "٤٢", "12\n"])("a password %j is a mistake, and is not repeated", (secret) => {
    const offer = offerOf("id-PACE-ECDH-GM-AES-CBC-CMAC-128", 12);
    expect(() => openPace(offer, { kind: "pin", secret }).next()).toThrow(TypeError);
    expect(() => openPace(offer, { kind: "pin", secret }).next()).toThrow(/^PACE: the pin has 1 to 64 characters/);
  });

  it("a random source that is broken is an error, not an endless loop", () => {
    const offer = offerOf("id-PACE-DH-GM-AES-CBC-CMAC-128", 0);
    const chip = chipOf({ offers: [offer], passwords: [canOfChip()] });
    const random = (length: number) => new Uint8Array(length).fill(0xff);
    expect(() => runSync(chip.transmit, openPace(offer, CAN, { random }))).toThrow(RangeError);
  });
});
