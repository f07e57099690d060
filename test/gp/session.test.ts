import * as fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { CommandApdu } from "../../src/apdu/apdu.js";
import { commandApdu } from "../../src/apdu/apdu.js";
import { concatBytes, fromHex, toHex, uintToBytes } from "../../src/bytes/bytes.js";
import { AesCmac, AesKey, aesCbcDecrypt, aesCbcEncrypt, aesCmac, aesEncryptBlock } from "../../src/crypto/aes.js";
import { padIso } from "../../src/crypto/padding.js";
import { Scp03ChipSession } from "../../src/gp/chip/session.js";
import { Scp03SessionKeySet } from "../../src/gp/key-types.js";
import { SCP03_LEVELS, type Scp03SecurityLevel, stepCounter } from "../../src/gp/shared.js";
import { Scp03TerminalSession } from "../../src/gp/terminal/session.js";
import { fixedRandom } from "./support.js";

const random = fixedRandom(5);
const RAW = { sEnc: random(16), sMac: random(16), sRmac: random(16) };

const keys = () => new Scp03SessionKeySet(RAW.sEnc.slice(), RAW.sMac.slice(), RAW.sRmac.slice());

/** Both ends right after EXTERNAL AUTHENTICATE, whose C-MAC is `chaining`. */
function ends(level: Scp03SecurityLevel) {
  const given = { terminal: keys(), chip: keys() };
  const terminal = new Scp03TerminalSession(given.terminal, level);
  const { data } = terminal.authenticate(commandApdu(0x80, 0x82, level, 0, new Uint8Array(8)));
  const chaining = aesCmac(
    RAW.sMac,
    concatBytes(new Uint8Array(16), fromHex("8482"), Uint8Array.of(level, 0, 16), data.subarray(0, 8)),
  );
  const chip = new Scp03ChipSession(given.chip, level, { chaining, channel: 0 });
  return { terminal, chip, chaining, given };
}

const wiped = (set: Scp03SessionKeySet) => [set.sEnc, set.sMac, set.sRmac].every((key) => key.every((b) => b === 0));
const store = (data: Uint8Array): CommandApdu => commandApdu(0x80, 0xe2, 0, 0, data);

/** What a view's array holds beside it. */
function beside(view: Uint8Array): Uint8Array {
  const all = new Uint8Array(view.buffer);
  return concatBytes(all.subarray(0, view.byteOffset), all.subarray(view.byteOffset + view.length));
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("a session that keeps its cipher objects", () => {
  const exchanges = fc.array(
    fc.record({ data: fc.uint8Array({ maxLength: 300 }), answer: fc.uint8Array({ maxLength: 70 }) }),
    { minLength: 1, maxLength: 6 },
  );

  it("gives what new ones give for each message, both ways", () => {
    fc.assert(
      fc.property(exchanges, (messages) => {
        const { terminal, chip, chaining } = ends(0x33);
        let chain = chaining;
        for (const [index, { data, answer }] of messages.entries()) {
          const counter = uintToBytes(index + 1, 16);
          const icv = aesEncryptBlock(RAW.sEnc, counter);
          const body = data.length === 0 ? data : aesCbcEncrypt(RAW.sEnc, icv, padIso(data, 16));
          const lc = body.length + 8;
          const head = lc > 255 ? [0x84, 0xe2, 0, 0, 0, lc >> 8, lc & 0xff] : [0x84, 0xe2, 0, 0, lc];
          chain = aesCmac(RAW.sMac, concatBytes(chain, Uint8Array.from(head), body));
          const command = terminal.wrap(store(data));
          expect(toHex(command.data)).toBe(toHex(concatBytes(body, chain.subarray(0, 8))));
          expect(toHex(chip.unwrap(command).data)).toBe(toHex(data));

          counter[0] = 0x80;
          const back = aesEncryptBlock(RAW.sEnc, counter);
          const sealed = answer.length === 0 ? answer : aesCbcEncrypt(RAW.sEnc, back, padIso(answer, 16));
          const mac = aesCmac(RAW.sRmac, concatBytes(chain, sealed, fromHex("9000"))).subarray(0, 8);
          const response = chip.wrap({ data: answer, sw: 0x9000 });
          expect(toHex(response.data)).toBe(toHex(concatBytes(sealed, mac)));
          expect(toHex(terminal.unwrap(response).data)).toBe(toHex(answer));
        }
      }),
    );
  });

  it.each(SCP03_LEVELS)("at level %i leaves what it is given alone, and hands on no memory that says more", (level) => {
    const { terminal, chip } = ends(level);
    for (const length of [0, 1, 15, 16, 200, 255]) {
      const data = random(length);
      const before = toHex(data);
      const command = terminal.wrap(store(data));
      const plain = chip.unwrap(command).data;
      const response = chip.wrap({ data, sw: 0x9000 });
      expect(toHex(terminal.unwrap(response).data)).toBe(before);
      expect(toHex(plain)).toBe(before);
      expect(toHex(data)).toBe(before);
      expect(beside(command.data).every((b) => b === 0)).toBe(true);
      expect(response.data === data || beside(response.data).every((b) => b === 0)).toBe(true);
      expect(command.data.buffer).not.toBe(data.buffer);
    }
  });

  it("goes on beyond 255 commands", () => {
    const { terminal, chip } = ends(0x33);
    const data = random(20);
    for (let i = 1; i < 300; i++) {
      const command = terminal.wrap(store(data));
      const icv = aesEncryptBlock(RAW.sEnc, uintToBytes(i, 16));
      expect(toHex(aesCbcDecrypt(RAW.sEnc, icv, command.data.subarray(0, 32)))).toBe(toHex(padIso(data, 16)));
      expect(toHex(chip.unwrap(command).data)).toBe(toHex(data));
    }
  });

  it.each(SCP03_LEVELS)("at level %i lets go of them at its end, whichever it is", (level) => {
    const ciphers = (level & 0x02) === 0 ? 0 : 1;
    const endings: ((pair: ReturnType<typeof ends>) => void)[] = [
      ({ terminal, chip }) => {
        terminal.close();
        chip.close();
        terminal.close();
      },
      ({ terminal, chip }) => {
        const command = terminal.wrap(store(random(9)));
        command.data[0] = (command.data[0] as number) ^ 1;
        expect(() => chip.unwrap(command)).toThrow(expect.objectContaining({ code: "SCP03_FAILED" }));
        if ((level & 0x10) === 0) terminal.close();
        else {
          const fault = { data: new Uint8Array(8), sw: 0x9000 };
          expect(() => terminal.unwrap(fault)).toThrow(expect.objectContaining({ code: "SCP03_FAILED" }));
        }
      },
    ];
    for (const end of endings) {
      const pair = ends(level);
      const freed = { keys: new Set<unknown>(), macs: new Set<unknown>() };
      const [wipeKey, wipeMac] = [AesKey.prototype.wipe, AesCmac.prototype.wipe];
      vi.spyOn(AesKey.prototype, "wipe").mockImplementation(function (this: AesKey) {
        freed.keys.add(this);
        wipeKey.call(this);
      });
      vi.spyOn(AesCmac.prototype, "wipe").mockImplementation(function (this: AesCmac) {
        freed.macs.add(this);
        wipeMac.call(this);
      });
      expect(wiped(pair.given.terminal) || wiped(pair.given.chip)).toBe(false);
      end(pair);
      vi.restoreAllMocks();
      expect([freed.keys.size, freed.macs.size]).toEqual([2 * ciphers, 4]);
      expect(wiped(pair.given.terminal) && wiped(pair.given.chip)).toBe(true);
      expect(() => pair.terminal.wrap(store(random(9)))).toThrow(expect.objectContaining({ code: "SCP03_CLOSED" }));
    }
  });

  it.each([0x03, 0x33] as const)("at level %i refuses a right C-MAC over data that are no cryptogram", (level) => {
    for (const body of [
      random(15),
      aesCbcEncrypt(RAW.sEnc, aesEncryptBlock(RAW.sEnc, uintToBytes(1, 16)), new Uint8Array(16)),
    ]) {
      const { chip, chaining, given } = ends(level);
      const head = Uint8Array.of(0x84, 0xe2, 0, 0, body.length + 8);
      const mac = aesCmac(RAW.sMac, concatBytes(chaining, head, body)).subarray(0, 8);
      const command = commandApdu(0x84, 0xe2, 0, 0, concatBytes(body, mac));
      expect(() => chip.unwrap(command)).toThrow(expect.objectContaining({ code: "SCP03_FAILED" }));
      expect(wiped(given.chip)).toBe(true);
    }
  });
});

it("the counter carries from byte to byte", () => {
  for (const value of [0, 1, 0xff, 0xffff, 0x01ff, 0xff_ffff]) {
    const counter = uintToBytes(value, 16);
    stepCounter(counter);
    expect(toHex(counter)).toBe(toHex(uintToBytes(value + 1, 16)));
  }
});
