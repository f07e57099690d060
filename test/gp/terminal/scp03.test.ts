import { afterEach, describe, expect, it, vi } from "vitest";
import { commandApdu, encodeCommand } from "../../../src/apdu/apdu.js";
import { concatBytes, fromHex } from "../../../src/bytes/bytes.js";
import { ProtocolError, StatusError } from "../../../src/errors.js";
import { deriveCardKeys, memoryScp03Keys, type Scp03Keys, type Scp03SessionKeys } from "../../../src/gp/keys.js";
import { openScp03, parseInitializeUpdate, scp03MaxData } from "../../../src/gp/terminal/scp03.js";
import { chipSide, drive, fixedRandom, KDD, loopback } from "../support.js";

const MASTER = fromHex("404142434445464748494a4b4c4d4e4f");
const CHIP = { keySets: new Map([[0x31, deriveCardKeys(MASTER, KDD)]]), kdd: KDD, random: fixedRandom(3), i: 0x60 };

/** A key service that remembers the keys it gave out. */
function spying(service: Scp03Keys) {
  const given: Scp03SessionKeys[] = [];
  const keys: Scp03Keys = {
    async deriveSession(request) {
      const session = await service.deriveSession(request);
      given.push(session);
      return session;
    },
    wrapSecret: (request) => service.wrapSecret(request),
    wrapKeySet: (request) => service.wrapKeySet(request),
  };
  return {
    keys,
    given,
    wiped: () => given.every((k) => [k.sEnc, k.sMac, k.sRmac].every((key) => key.every((b) => b === 0))),
  };
}

const right = () => spying(memoryScp03Keys({ masters: { 49: MASTER } }));
const options = (keys: Scp03Keys) => ({ keys, securityLevel: 0x33 as const, random: fixedRandom(4) });

afterEach(() => {
  vi.restoreAllMocks();
});

describe("opening a channel", () => {
  it("sends two commands and leaves the session keys with the session", async () => {
    const service = right();
    const { sent, value, outcome } = await loopback(options(service.keys), CHIP);
    expect(sent).toHaveLength(2);
    expect(value).toMatchObject({ kdd: KDD, keyVersion: 0x31, securityLevel: 0x33 });
    expect(value?.sequenceCounter).toBeUndefined();
    expect(outcome).toMatchObject({ securityLevel: 0x33, keyVersion: 0x31 });
    expect(service.wiped()).toBe(false);
    value?.session.close();
    expect(service.wiped()).toBe(true);
    expect(() => value?.session.wrap(commandApdu(0x80, 0xca, 0, 0x66))).toThrow(
      expect.objectContaining({ code: "SCP03_CLOSED" }),
    );
    expect(() => value?.session.unwrap({ data: new Uint8Array(0), sw: 0x6985 })).toThrow(
      expect.objectContaining({ code: "SCP03_CLOSED" }),
    );
  });

  it("never sends EXTERNAL AUTHENTICATE when the card cryptogram is wrong", async () => {
    const service = spying(memoryScp03Keys({ masters: { 49: fixedRandom(8)(16) } }));
    const onFailure = vi.fn();
    const { sent, error } = await loopback(options(service.keys), { ...CHIP, onFailure });
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatch(/^80500000/);
    expect(onFailure).not.toHaveBeenCalled();
    expect(error).toBeInstanceOf(ProtocolError);
    expect(error).toMatchObject({ code: "SCP03_CARD_CRYPTOGRAM", protocol: "SCP03" });
    expect((error as Error).message).toMatch(/key version 31.*00010203040506070809.*not try again by itself/s);
    expect(service.given).toHaveLength(1);
    expect(service.wiped()).toBe(true);
  });

  it("notices every changed bit of challenge and cryptogram", async () => {
    const service = right();
    for (let bit = 13 * 8; bit < 29 * 8; bit++) {
      const chip = chipSide({ ...CHIP, random: fixedRandom(3) });
      const { sent, error } = await drive(openScp03(options(service.keys)), (command) => {
        const { data, sw } = chip.answer(command);
        const changed = concatBytes(data);
        changed[bit >> 3] = (changed[bit >> 3] as number) ^ (0x80 >> (bit & 7));
        return { data: changed, sw };
      });
      expect(sent).toHaveLength(1);
      expect(error).toMatchObject({ code: "SCP03_CARD_CRYPTOGRAM" });
    }
    expect(service.wiped()).toBe(true);
  });

  it("passes on that the key service does not know the version, and sends nothing more", async () => {
    const keys = memoryScp03Keys({ masters: { 48: MASTER } });
    const { sent, error } = await loopback(options(keys), CHIP);
    expect(sent).toHaveLength(1);
    expect(error).toMatchObject({ code: "KEY_VERSION_UNKNOWN" });
  });

  it.each([
    ["R-MAC", 0x00, 0x11],
    ["R-ENC", 0x20, 0x33],
  ] as const)("refuses a chip without %s before the key service is asked", async (_, i, securityLevel) => {
    const service = right();
    const { sent, error } = await loopback({ ...options(service.keys), securityLevel }, { ...CHIP, i });
    expect(sent).toHaveLength(1);
    expect(error).toMatchObject({ code: "SCP03_UNSUPPORTED" });
    expect(service.given).toHaveLength(0);
  });

  it.each([
    ["SCP02", 11, 0x02],
    ["S16", 12, 0x61],
  ])("refuses %s", async (_, at, value) => {
    const service = right();
    const chip = chipSide(CHIP);
    const { sent, error } = await drive(openScp03(options(service.keys)), (command) => {
      const { data, sw } = chip.answer(command);
      data[at] = value;
      return { data, sw };
    });
    expect(sent).toHaveLength(1);
    expect(error).toMatchObject({ code: "SCP03_UNSUPPORTED" });
    expect(service.given).toHaveLength(0);
  });

  it("refuses another key version than the one asked for", async () => {
    const chip = chipSide(CHIP);
    const { sent, error } = await drive(openScp03({ ...options(right().keys), keyVersion: 0x31 }), (command) => {
      const { data, sw } = chip.answer(command);
      data[10] = 0x32;
      return { data, sw };
    });
    expect(sent).toHaveLength(1);
    expect(error).toMatchObject({ code: "SCP03_UNSUPPORTED" });
  });

  it("says which step the chip refused", async () => {
    const service = right();
    const unknown = await loopback({ ...options(service.keys), keyVersion: 0x44 }, CHIP);
    expect(unknown.sent).toHaveLength(1);
    expect(unknown.error).toMatchObject({ code: "SCP03_REFUSED", step: "INITIALIZE UPDATE" });
    expect((unknown.error as Error).cause).toBeInstanceOf(StatusError);

    const chip = chipSide(CHIP);
    const refused = await drive(openScp03(options(service.keys)), (command, at) =>
      at === 0 ? chip.answer(command) : { data: new Uint8Array(0), sw: 0x6300 },
    );
    expect(refused.sent).toHaveLength(2);
    expect(refused.error).toMatchObject({ code: "SCP03_REFUSED", step: "EXTERNAL AUTHENTICATE" });
    expect(service.given).toHaveLength(1);
    expect(service.wiped()).toBe(true);
  });

  it("wipes the session keys when it is given up at EXTERNAL AUTHENTICATE", async () => {
    const service = right();
    const chip = chipSide(CHIP);
    const exchange = openScp03(options(service.keys));
    const first = await exchange.next();
    if (first.done) throw new Error("no command");
    await exchange.next(chip.answer(first.value));
    expect(service.wiped()).toBe(false);
    await exchange.return(undefined as never);
    expect(service.given).toHaveLength(1);
    expect(service.wiped()).toBe(true);
  });

  it("refuses a level that protects nothing", async () => {
    const { sent, error } = await loopback({ ...options(right().keys), securityLevel: 0x00 as never }, CHIP);
    expect(sent).toHaveLength(0);
    expect(error).toBeInstanceOf(RangeError);
  });
});

it.each([28, 30, 32])("an INITIALIZE UPDATE answer of %i bytes is malformed without sequence counter", (length) => {
  const data = new Uint8Array(length);
  data[11] = 0x03;
  expect(() => parseInitializeUpdate(data)).toThrow(expect.objectContaining({ code: "BAD_LENGTH" }));
});

it("the longest command data fits, one byte more does not", async () => {
  for (const securityLevel of [0x01, 0x03, 0x13, 0x33] as const) {
    for (const maxCommand of [261, 1000, 2058]) {
      const { value } = await loopback({ ...options(right().keys), securityLevel }, CHIP);
      const most = scp03MaxData(securityLevel, maxCommand);
      const size = (length: number) => {
        const command = commandApdu(0x80, 0xe2, 0, 0, new Uint8Array(length), 256);
        const bytes = value?.session.wrap(command);
        return bytes === undefined ? 0 : encodeCommand(bytes).length;
      };
      expect(size(most)).toBeLessThanOrEqual(maxCommand);
      expect(size(most + 1)).toBeGreaterThan(maxCommand);
    }
  }
  const { value } = await loopback(options(right().keys), CHIP);
  expect(() => value?.session.wrap(commandApdu(0x80, 0xe2, 0, 0, new Uint8Array(65_528)))).toThrow(RangeError);
});
