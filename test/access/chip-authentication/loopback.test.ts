import { describe, expect, it } from "vitest";
import { beginsChipAuthentication } from "../../../src/access/chip-authentication/chip.js";
import { verifyChipAuthenticationEvidence } from "../../../src/access/chip-authentication/evidence.js";
import {
  CHIP_AUTHENTICATION_PROTOCOLS,
  type ChipAuthenticationOffer,
  chipAuthenticationMappingKey,
  chipAuthenticationOffers,
} from "../../../src/access/chip-authentication/offers.js";
import {
  type ChipAuthenticationOptions,
  openChipAuthentication,
} from "../../../src/access/chip-authentication/terminal.js";
import { EXPOSE_SESSION_SECRETS } from "../../../src/access/evidence/shared.js";
import { PACE_GROUPS } from "../../../src/access/pace/group.js";
import { commandApdu, encodeCommand, parseResponse } from "../../../src/apdu/apdu.js";
import { runSync } from "../../../src/apdu/exchange.js";
import { spkiObject } from "../../../src/asn1/keys.js";
import { EMPTY, fromHex, toHex } from "../../../src/bytes/bytes.js";
import { systemRandom } from "../../../src/bytes/random.js";
import { cryptoBackend } from "../../../src/crypto/backend.js";
import { DH_GROUPS } from "../../../src/crypto/dh-groups.js";
import {
  type AgreementGroup,
  dhAgreementGroup,
  EphemeralKey,
  ecAgreementGroup,
} from "../../../src/crypto/key-agreement.js";
import type { SecurityInfo } from "../../../src/lds/security-info-content.js";
import { encodeSecurityInfos, parseSecurityInfos } from "../../../src/lds/security-infos.js";
import { encodeSpki } from "../../../src/pki/public-key.js";
import { parseObject } from "../../../src/tlv/file.js";
import { code } from "../pace/support.js";
import { chipOf, chipWith } from "./support.js";

const ec = ecAgreementGroup;
const dh = (parameterId: number): AgreementGroup => {
  const { p, g, q } = DH_GROUPS.find((row) => row.parameterId === parameterId) as (typeof DH_GROUPS)[number];
  return dhAgreementGroup({ p: fromHex(p), g: fromHex(g), q: fromHex(q) }) as AgreementGroup;
};

/** The group by its numbers alone, as a document may state one that is in no table: here with another generator. */
const unnamed = (): AgreementGroup => {
  const { p, g, q } = DH_GROUPS[0] as (typeof DH_GROUPS)[number];
  const square = dh(0).power(fromHex(g), Uint8Array.of(2));
  return dhAgreementGroup({ p: fromHex(p), g: square, q: fromHex(q) }) as AgreementGroup;
};

const CASES: readonly (readonly [string, AgreementGroup, 1 | 2, number | undefined])[] = [
  ["id-CA-ECDH-3DES-CBC-CBC", ec("P-256"), 1, undefined],
  ["id-CA-ECDH-AES-CBC-CMAC-128", ec("brainpoolP256r1"), 1, 13],
  ["id-CA-ECDH-AES-CBC-CMAC-192", ec("P-384"), 1, undefined],
  ["id-CA-ECDH-AES-CBC-CMAC-256", ec("P-521"), 1, 300],
  ["id-CA-DH-3DES-CBC-CBC", dh(0), 1, 7],
  ["id-CA-DH-AES-CBC-CMAC-128", dh(2), 1, undefined],
  ["id-CA-DH-AES-CBC-CMAC-128", unnamed(), 1, undefined],
  ["id-CA-ECDH-AES-CBC-CMAC-128", ec("P-256"), 2, 2],
  ["id-CA-ECDH-3DES-CBC-CBC", ec("P-224"), 2, undefined],
  ["id-CA-DH-AES-CBC-CMAC-256", dh(1), 2, undefined],
];

/** Options and what terminal authentication would have announced. */
function prepared(offer: ChipAuthenticationOffer) {
  const ephemeral = new EphemeralKey(offer.group);
  return { ephemeral, announced: offer.version === 2 ? ephemeral.compressed.slice() : undefined };
}

describe.each(CASES)("terminal and chip, %s", (name, group, version, keyId) => {
  const title = `${group.name}, version ${version}`;
  it(`agree on a session over ${title}`, () => {
    const { key, offer } = chipWith(name, group, version, keyId);
    const { ephemeral, announced } = prepared(offer);
    // a second key of the same kind, which must not be taken
    const other = chipWith(name, group, version, 99).key;
    const chip = chipOf(keyId === undefined ? [key] : [other, key], announced);
    const options: ChipAuthenticationOptions = { ephemeral, [EXPOSE_SESSION_SECRETS]: true };
    const { session, compressedKey, evidence } = runSync(chip.transmit, openChipAuthentication(offer, options));
    expect(evidence().confirmed).toBe(version === 2);
    const answer = parseResponse(chip.transmit(encodeCommand(session.wrap(commandApdu(0, 0xb0, 0, 0, EMPTY, 4)))));
    expect(session.unwrap(answer)).toEqual({ data: fromHex("b0"), sw: 0x9000 });
    expect(chip.outcome()?.compressedKey).toEqual(compressedKey);
    expect(evidence().confirmed).toBe(true);
    expect(JSON.stringify(ephemeral)).not.toContain(toHex(ephemeral.exportScalar()));
  });

  it(`tell a copy without the key apart over ${title}`, () => {
    const { offer } = chipWith(name, group, version, keyId);
    const { key } = chipWith(name, group, version, keyId);
    const { ephemeral, announced } = prepared(offer);
    const chip = chipOf([key], announced);
    const go = () => {
      const { session } = runSync(chip.transmit, openChipAuthentication(offer, { ephemeral }));
      const answer = chip.transmit(encodeCommand(session.wrap(commandApdu(0, 0xb0, 0, 0, EMPTY, 4))));
      return session.unwrap(parseResponse(answer));
    };
    expect(go).toThrow(code("CHIP_NOT_GENUINE"));
  });
});

// Every combination under the platform's backend, a sample under the portable one, which is slow.
const GROUPS =
  cryptoBackend() === "node" ? PACE_GROUPS : PACE_GROUPS.filter(({ bits }) => bits <= 192 || bits === 1024);

it.each([1, 2] as const)("every group and cipher, version %i", (version) => {
  for (const { name, keyAgreement } of CHIP_AUTHENTICATION_PROTOCOLS) {
    for (const group of GROUPS.filter((each) => each.keyAgreement === keyAgreement)) {
      const { key, offer } = chipWith(name, group, version);
      const { ephemeral, announced } = prepared(offer);
      const chip = chipOf([key], announced);
      const { session } = runSync(chip.transmit, openChipAuthentication(offer, { ephemeral }));
      const answer = parseResponse(chip.transmit(encodeCommand(session.wrap(commandApdu(0, 0xb0, 0, 0, EMPTY, 4)))));
      expect(session.unwrap(answer).sw, `${name} ${group.name}`).toBe(0x9000);
    }
  }
});

describe("an attacker between terminal and chip", () => {
  const flip = (bytes: Uint8Array, at: number): Uint8Array => {
    const copy = bytes.slice();
    copy[at] = (copy[at] as number) ^ 1;
    return copy;
  };

  /** Runs it up to the first answer in the session, with message `count` changed by `change`. */
  function between(version: 1 | 2, name: string, where: "command" | "response", at: number, byte: number) {
    const { key, offer } = chipWith(name, ec("P-256"), version);
    const { ephemeral, announced } = prepared(offer);
    const chip = chipOf([key], announced);
    let count = 0;
    let length = 0;
    const transmit = (command: Uint8Array): Uint8Array => {
      const here = count++ === at;
      if (here && where === "command") length = command.length;
      const answer = chip.transmit(here && where === "command" ? flip(command, byte) : command);
      if (here && where === "response") length = answer.length;
      return here && where === "response" ? flip(answer, byte) : answer;
    };
    let error: unknown;
    try {
      const { session } = runSync(transmit, openChipAuthentication(offer, { ephemeral }));
      session.unwrap(parseResponse(transmit(encodeCommand(session.wrap(commandApdu(0, 0xb0, 0, 0, EMPTY, 4))))));
    } catch (caught) {
      error = caught;
    }
    return { error, length };
  }
  const ONE_OF = ["CHIP_AUTHENTICATION_REFUSED", "CHIP_NOT_GENUINE"];

  it.each([
    [1, "id-CA-ECDH-3DES-CBC-CBC", 2],
    [1, "id-CA-ECDH-AES-CBC-CMAC-128", 3],
    [2, "id-CA-ECDH-AES-CBC-CMAC-128", 2],
  ] as const)("version %i, %s: no byte of an answer can be changed", (version, name, messages) => {
    for (let at = 0; at < messages; at++) {
      const { length } = between(version, name, "response", at, 0);
      for (let byte = 0; byte < length; byte++) {
        const { error } = between(version, name, "response", at, byte);
        // version 1: nothing hangs on the empty answer to GENERAL AUTHENTICATE but its form
        expect(ONE_OF, `answer ${at}, byte ${byte}`).toContain((error as { code?: string } | undefined)?.code);
      }
    }
  });

  it.each([
    [1, "id-CA-ECDH-3DES-CBC-CBC", 0],
    [1, "id-CA-ECDH-AES-CBC-CMAC-128", 1],
    [2, "id-CA-ECDH-AES-CBC-CMAC-128", 1],
  ] as const)("version %i, %s: no byte of the ephemeral key can be changed", (version, name, at) => {
    const { length } = between(version, name, "command", at, 0);
    // header, Lc and Le are the transport's: from the first data object on
    for (let byte = 5; byte < length - 1; byte += 3) {
      const { error } = between(version, name, "command", at, byte);
      expect(ONE_OF, `byte ${byte}`).toContain((error as { code?: string } | undefined)?.code);
    }
  });
});

describe("the chip", () => {
  const { key, offer } = chipWith("id-CA-ECDH-AES-CBC-CMAC-128", ec("P-256"), 1, 5);
  const setAt = (data: string) => commandApdu(0, 0x22, 0x41, 0xa4, fromHex(data));
  const reference = toHex(offer.protocol.reference);
  const sw = (chip: ReturnType<typeof chipOf>, command: ReturnType<typeof commandApdu>) =>
    parseResponse(chip.transmit(encodeCommand(command))).sw;

  it("says which commands begin it", () => {
    expect(beginsChipAuthentication(setAt(`800a${reference}`))).toBe(true);
    expect(beginsChipAuthentication(setAt("800a04007f00070202050203"))).toBe(false); // restricted identification
    expect(beginsChipAuthentication(setAt("80"))).toBe(false);
    expect(beginsChipAuthentication(commandApdu(0, 0x22, 0x81, 0xa4))).toBe(false);
  });

  it("refuses other keys, protocols and forms, and goes on", () => {
    const chip = chipOf([key, { ...key, keyId: 6 }]);
    expect(sw(chip, setAt(`800a${reference}`))).toBe(0x6a88); // which of the two?
    expect(sw(chip, setAt(`800a${reference}840107`))).toBe(0x6a88);
    expect(sw(chip, setAt(`800a${reference.slice(0, -2)}04840105`))).toBe(0x6a80);
    expect(sw(chip, setAt(`800a${reference}840105`))).toBe(0x9000);
    expect(sw(chip, commandApdu(0, 0x86, 0, 0, fromHex("7c00")))).toBe(0x6a80);
    expect(sw(chip, commandApdu(0, 0x22, 0x41, 0xa6, fromHex("910104")))).toBe(0x6a81); // no 3DES here
    expect(chip.outcome()?.session).toBeUndefined();
  });

  it.each([
    ["of no point", "04".padEnd(130, "1")],
    ["of infinity", "00"],
    ["too short", "04"],
  ])("refuses an ephemeral key %s", (_name, point) => {
    const chip = chipOf([key]);
    sw(chip, setAt(`800a${reference}`));
    const length = (point.length / 2).toString(16).padStart(2, "0");
    const inner = `80${length}${point}`;
    const data = `7c${(inner.length / 2).toString(16).padStart(2, "0")}${inner}`;
    expect(sw(chip, commandApdu(0, 0x86, 0, 0, fromHex(data)))).toBe(0x6a80);
  });

  it("of version 2 does it for the announced key alone, and for none without", () => {
    const two = chipWith("id-CA-ECDH-AES-CBC-CMAC-128", ec("P-256"), 2);
    expect(() => runSync(chipOf([two.key]).transmit, openChipAuthentication(two.offer))).toThrow(
      code("CHIP_AUTHENTICATION_REFUSED"),
    );
    const other = chipOf([two.key], new EphemeralKey(two.offer.group).compressed);
    expect(() => runSync(other.transmit, openChipAuthentication(two.offer))).toThrow(
      code("CHIP_AUTHENTICATION_REFUSED"),
    );
  });
});

describe("offers", () => {
  const point = (curve: "P-256" | "brainpoolP256r1") =>
    ec(curve).power(ec(curve).generator, ec(curve).randomScalar(systemRandom));
  const spki = (curve: "P-256" | "brainpoolP256r1", own: Uint8Array) => parseObject(spkiObject, encodeSpki(curve, own));
  const CA = "0.4.0.127.0.7.2.2.3.2.";
  const keyInfo = (own: Uint8Array, curve: "P-256" | "brainpoolP256r1", keyId?: number) =>
    ({
      kind: "chipAuthenticationPublicKeyInfo",
      protocol: "0.4.0.127.0.7.2.2.1.2",
      chipAuthenticationPublicKey: spki(curve, own),
      ...(keyId !== undefined && { keyId }),
    }) as const;
  const caInfo = (last: number, version: number, keyId?: number) =>
    ({
      kind: "chipAuthenticationInfo",
      protocol: `${CA}${last}`,
      version,
      ...(keyId !== undefined && { keyId }),
    }) as const;
  const read = (...infos: Parameters<typeof encodeSecurityInfos>[0]): readonly SecurityInfo[] =>
    parseSecurityInfos(encodeSecurityInfos(infos)).infos;
  const [one, two] = [point("P-256"), point("brainpoolP256r1")];

  it("go with the key of their identifier, the longest cipher first", () => {
    const infos = read(
      caInfo(1, 1, 12),
      caInfo(2, 1, 13),
      caInfo(4, 1, 12),
      keyInfo(one, "P-256", 12),
      keyInfo(two, "brainpoolP256r1", 13),
    );
    const offers = chipAuthenticationOffers(infos);
    expect(offers.map(({ protocol, keyId, ambiguous }) => [protocol.suite, keyId, ambiguous])).toEqual([
      ["AES-256", 12, true],
      ["AES-128", 13, true],
      ["3DES", 12, true],
    ]);
    expect(offers.map(({ publicKey }) => toHex(publicKey))).toEqual([one, two, one].map(toHex));
    const mapping = (curve: "P-256" | "brainpoolP256r1", keyId: number) =>
      chipAuthenticationMappingKey(infos, { curve, keyId });
    expect(mapping("brainpoolP256r1", 13)).toEqual(two);
    expect(mapping("P-256", 13)).toEqual(one); // the only one on that curve
  });

  it("of two keys on one curve the identifier decides which the mapping means", () => {
    const third = point("P-256");
    const infos = read(keyInfo(one, "P-256", 12), keyInfo(third, "P-256", 1));
    expect(chipAuthenticationMappingKey(infos, { curve: "P-256", keyId: 12 })).toEqual(one);
    expect(chipAuthenticationMappingKey(infos, { curve: "P-256", keyId: 3 })).toBeUndefined();
  });

  it("mean 3DES where nothing is stated, and nothing where a version is not known", () => {
    expect(chipAuthenticationOffers(read(keyInfo(one, "P-256")))).toMatchObject([
      { protocol: { suite: "3DES" }, version: 1, inferred: true, ambiguous: false },
    ]);
    expect(chipAuthenticationOffers(read(keyInfo(one, "P-256"), caInfo(2, 3)))).toEqual([]);
    expect(chipAuthenticationOffers(read(keyInfo(one, "P-256", 4), caInfo(2, 1, 5)))).toEqual([]);
    expect(chipAuthenticationOffers(read(keyInfo(one, "P-256", 4), caInfo(2, 1)))).toMatchObject([{ keyId: 4 }]);
  });

  it("are what evidence is judged against", () => {
    const infos = read(keyInfo(one, "P-256"), caInfo(2, 1));
    const evidence = {
      protocol: `${CA}2`,
      version: 1,
      publicKey: one,
      ephemeralKey: two,
      confirmed: true,
    } as const;
    expect(verifyChipAuthenticationEvidence(undefined, infos).status).toBe("notChecked");
    expect(verifyChipAuthenticationEvidence(evidence, infos)).toMatchObject({ status: "passed" });
    expect(verifyChipAuthenticationEvidence({ ...evidence, confirmed: false }, infos).status).toBe("notChecked");
    expect(verifyChipAuthenticationEvidence({ ...evidence, publicKey: point("P-256") }, infos).status).toBe("failed");
    expect(verifyChipAuthenticationEvidence({ ...evidence, protocol: `${CA}1` }, infos).status).toBe("failed");
    for (const ephemeralPrivateKey of [new Uint8Array(32), new Uint8Array(1), new Uint8Array(32).fill(1)]) {
      expect(verifyChipAuthenticationEvidence({ ...evidence, ephemeralPrivateKey }, infos).status).toBe("failed");
    }
  });
});

describe("ephemeral keys and groups", () => {
  it("are refused when they do not belong together", () => {
    const { offer } = chipWith("id-CA-ECDH-AES-CBC-CMAC-128", ec("P-256"));
    const ephemeral = new EphemeralKey(ec("P-384"));
    expect(() => openChipAuthentication(offer, { ephemeral }).next()).toThrow(RangeError);
    expect(() => openChipAuthentication(offer, { command: "KAT" }).next()).toThrow(RangeError);
    expect(() => ephemeral.agree(offer.publicKey)).toThrow(RangeError);
    ephemeral.wipe();
    expect(() => ephemeral.agree(ec("P-384").generator)).toThrow(RangeError);
    expect(String(ephemeral)).toMatch(/^EphemeralKey\(P-384, [0-9a-f]{16}\)$/);
  });

  it("modulo a prime must be groups", () => {
    const { p, g, q } = DH_GROUPS[1] as (typeof DH_GROUPS)[number];
    const numbers = { p: fromHex(p), g: fromHex(g) };
    expect(dhAgreementGroup(numbers)?.name).toBe("MODP 2048/224");
    expect(dhAgreementGroup({ ...numbers, p: numbers.p.subarray(0, 100) })).toBeUndefined();
    expect(dhAgreementGroup({ ...numbers, p: Uint8Array.from([...numbers.p.subarray(0, 255), 4]) })).toBeUndefined();
    expect(dhAgreementGroup({ p: numbers.p, g: Uint8Array.of(1) })).toBeUndefined();
    expect(dhAgreementGroup({ p: numbers.p, g: Uint8Array.of(2), q: fromHex("0101") })).toBeUndefined();
    const group = dhAgreementGroup({ p: numbers.p, g: Uint8Array.of(2) }) as AgreementGroup;
    const [a, b] = [new EphemeralKey(group), new EphemeralKey(group)];
    expect(a.agree(b.publicKey)).toEqual(b.agree(a.publicKey));
    expect(a.compressed.length).toBe(20);
    expect(q.length).toBe(56);
    const known = dh(1);
    // p - 1 has order 2
    const last = numbers.p.slice();
    last[255] = (last[255] as number) - 1;
    for (const value of [EMPTY, Uint8Array.of(0, 2), Uint8Array.of(1), last, numbers.p]) {
      expect(known.isElement(value)).toBe(false);
      expect(group.isElement(value)).toBe(false);
    }
  });
});
