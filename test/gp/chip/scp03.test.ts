import { describe, expect, it } from "vitest";
import { commandApdu } from "../../../src/apdu/apdu.js";
import { fromHex } from "../../../src/bytes/bytes.js";
import { type Scp03ChipOptions, scp03Chip } from "../../../src/gp/chip/scp03.js";
import { deriveCardKeys, memoryScp03Keys } from "../../../src/gp/keys.js";
import { deriveSessionKeys, hostCryptogram, type Scp03SecurityLevel } from "../../../src/gp/shared.js";
import { externalAuthenticate, initializeUpdate } from "../../../src/gp/terminal/commands.js";
import { Scp03TerminalSession } from "../../../src/gp/terminal/session.js";
import { fixedRandom, KDD, loopback } from "../support.js";

const MASTER = fromHex("404142434445464748494a4b4c4d4e4f");
const CHIP: Scp03ChipOptions = {
  keySets: new Map([[0x31, deriveCardKeys(MASTER, KDD)]]),
  kdd: KDD,
  random: fixedRandom(3),
  i: 0x60,
};
const first = initializeUpdate(0, new Uint8Array(8));
const start = (command = first, options = CHIP) => scp03Chip(command, options).next(undefined as never);

describe("the chip", () => {
  it.each([
    ["another instruction", commandApdu(0x80, 0xca, 0, 0x66)],
    ["an interindustry class", { ...first, cla: 0x00 }],
    ["a secured class", { ...first, cla: 0x84 }],
  ])("leaves %s to others", (_, command) => {
    expect(start(command)).toEqual({ done: true, value: {} });
  });

  it.each([
    ["a challenge of another length", { ...first, data: new Uint8Array(16) }, 0x6700],
    ["an unknown key version", initializeUpdate(0x32, new Uint8Array(8)), 0x6a88],
    ["a key identifier", initializeUpdate(0, new Uint8Array(8), 1), 0x6a88],
  ])("refuses %s", (_, command, sw) => {
    expect(start(command)).toMatchObject({ done: true, value: { response: { sw } } });
  });

  it("refuses when it holds no key set, and when its counter is used up", () => {
    expect(start(first, { ...CHIP, keySets: new Map() })).toMatchObject({ value: { response: { sw: 0x6a88 } } });
    const pseudoRandom = { step: () => 0xff_ffff, aid: fromHex("A000000151000000") };
    expect(start(first, { ...CHIP, i: 0x70, pseudoRandom })).toMatchObject({ value: { response: { sw: 0x6985 } } });
  });

  it.each([
    ["another command", commandApdu(0x00, 0xa4, 0x04, 0x00)],
    ["an unsecured EXTERNAL AUTHENTICATE", commandApdu(0x80, 0x82, 0x33, 0x00, new Uint8Array(16))],
    ["a new INITIALIZE UPDATE", first],
  ])("gives up the protocol for %s, without counting it", (_, command) => {
    let failures = 0;
    const protocol = scp03Chip(first, { ...CHIP, onFailure: () => failures++ });
    expect(protocol.next(undefined as never).done).toBe(false);
    expect(protocol.next(command)).toEqual({ done: true, value: {} });
    expect(failures).toBe(0);
  });

  /** EXTERNAL AUTHENTICATE with a right C-MAC whatever the level and the cryptogram are. */
  function authenticate(level: number, change: (cryptogram: Uint8Array) => void, i = 0x60) {
    let failures = 0;
    const protocol = scp03Chip(first, { ...CHIP, i, onFailure: () => failures++ });
    const answer = protocol.next(undefined as never);
    if (answer.done) throw new Error("refused");
    const cardChallenge = answer.value.data.slice(13, 21);
    const keys = deriveSessionKeys(deriveCardKeys(MASTER, KDD), first.data, cardChallenge);
    const cryptogram = hostCryptogram(keys.sMac, first.data, cardChallenge);
    change(cryptogram);
    const session = new Scp03TerminalSession(keys, level as Scp03SecurityLevel);
    const { value } = protocol.next(session.authenticate(externalAuthenticate(level, cryptogram)));
    return { outcome: value, failures };
  }

  it("opens a session for the right host cryptogram and no other, although the C-MAC fits", () => {
    expect(authenticate(0x33, () => {})).toMatchObject({ outcome: { response: { sw: 0x9000 } }, failures: 0 });
    for (let bit = 0; bit < 64; bit++) {
      const wrong = authenticate(0x33, (bytes) => {
        bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (0x80 >> (bit & 7));
      });
      expect(wrong).toEqual({ outcome: { response: { data: new Uint8Array(0), sw: 0x6300 } }, failures: 1 });
    }
  });

  it.each([
    ["no protection", 0x00, 0x60],
    ["R-MAC alone", 0x10, 0x60],
    ["R-ENC that its i does not have", 0x33, 0x20],
    ["R-MAC that its i does not have", 0x11, 0x00],
  ])("refuses %s", (_, level, i) => {
    expect(authenticate(level, () => {}, i)).toEqual({
      outcome: { response: { data: new Uint8Array(0), sw: 0x6a86 } },
      failures: 0,
    });
  });

  it("steps its sequence counter once for each attempt and tells it", async () => {
    let counter = 0x0102;
    const pseudoRandom = { step: () => ++counter, aid: fromHex("A000000151000000") };
    const keys = memoryScp03Keys({ masters: { 49: MASTER } });
    for (const expected of [0x0103, 0x0104]) {
      const { value } = await loopback({ keys, securityLevel: 0x33 }, { ...CHIP, i: 0x70, pseudoRandom });
      expect(value?.sequenceCounter).toBe(expected);
    }
  });

  it("answers for the version asked and takes its first one by default", async () => {
    const keySets = new Map([0x31, 0x30].map((version) => [version, deriveCardKeys(MASTER, KDD)]));
    const keys = memoryScp03Keys({ masters: { 49: MASTER, 48: MASTER } });
    for (const [asked, expected] of [
      [0, 0x31],
      [0x30, 0x30],
    ] as const) {
      const { value } = await loopback({ keys, keyVersion: asked, securityLevel: 0x01 }, { ...CHIP, keySets });
      expect(value?.keyVersion).toBe(expected);
    }
  });

  it("needs what its i says", () => {
    expect(() => start(first, { ...CHIP, i: 0x70 })).toThrow(RangeError);
    expect(() => start(first, { ...CHIP, i: 0x61 })).toThrow(RangeError);
    expect(() => start(first, { ...CHIP, kdd: new Uint8Array(8) })).toThrow(RangeError);
  });
});
