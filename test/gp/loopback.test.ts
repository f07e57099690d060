import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CommandApdu } from "../../src/apdu/apdu.js";
import { commandApdu, encodeCommand, parseCommand } from "../../src/apdu/apdu.js";
import type { ChipSecureSession, SecureSession } from "../../src/apdu/session.js";
import { concatBytes, EMPTY, toHex } from "../../src/bytes/bytes.js";
import { deriveCardKeys, memoryScp03Keys } from "../../src/gp/keys.js";
import { SCP03_LEVELS, type Scp03SecurityLevel } from "../../src/gp/shared.js";
import { fixedRandom, KDD, loopback } from "./support.js";

interface Pair {
  terminal: SecureSession;
  chip: ChipSecureSession;
}

async function open(bytes: number, securityLevel: Scp03SecurityLevel, counterOnlyWithData?: boolean): Promise<Pair> {
  const master = fixedRandom(bytes)(bytes);
  const quirks = counterOnlyWithData === undefined ? {} : { counterOnlyWithData };
  const { value, outcome, error } = await loopback(
    { keys: memoryScp03Keys({ masters: { 1: master } }), securityLevel, random: fixedRandom(1), quirks },
    { keySets: new Map([[1, deriveCardKeys(master, KDD)]]), kdd: KDD, random: fixedRandom(2), i: 0x60, quirks },
  );
  if (value === undefined || outcome?.session === undefined) throw error;
  return { terminal: value.session, chip: outcome.session };
}

/** Cases 1 to 4, sometimes with extended lengths, on any interindustry or proprietary class of the basic channel. */
const data = fc.oneof(
  fc.constant(EMPTY),
  fc.uint8Array({ maxLength: 40 }),
  fc.uint8Array({ minLength: 220, maxLength: 300 }),
  fc.integer({ min: 1000, max: 60_000 }).map((length) => fixedRandom(length)(length)),
);
const command: fc.Arbitrary<CommandApdu> = fc
  .tuple(fc.constantFrom(0x00, 0x80), fc.nat(255), fc.nat(255), fc.nat(255), data, fc.constantFrom(0, 1, 256, 65_536))
  .map((parts) => commandApdu(...parts));
const sw = fc.constantFrom(0x9000, 0x6282, 0x6310, 0x63c2, 0x6a82, 0x6985, 0x6100);
const dialog = fc.array(fc.record({ command, data, sw }), { minLength: 1, maxLength: 6 });

const SUITES = [16, 24, 32].flatMap((bytes) => SCP03_LEVELS.map((level) => ({ bits: bytes * 8, bytes, level })));

describe.each(SUITES)("AES-$bits, level $level", ({ bytes, level }) => {
  it("terminal and chip understand each other", async () => {
    await fc.assert(
      fc.asyncProperty(dialog, fc.boolean(), async (steps, counterOnlyWithData) => {
        const { terminal, chip } = await open(bytes, level, counterOnlyWithData);
        for (const step of steps) {
          const wrapped = terminal.wrap(step.command);
          const { data: plainData, ...plain } = chip.unwrap(parseCommand(encodeCommand(wrapped)));
          const { data: sentData, ...sent } = step.command;
          expect(plain).toEqual(sent);
          expect(toHex(plainData)).toBe(toHex(sentData));
          if ((level & 0x02) !== 0 && sentData.length > 8) {
            expect(toHex(wrapped.data)).not.toContain(toHex(sentData.subarray(0, 16)));
          }
          const failed = step.sw === 0x6a82 || step.sw === 0x6985 || step.sw === 0x6100;
          const responseData = failed ? EMPTY : step.data;
          const onTheWire = chip.wrap({ data: responseData, sw: step.sw });
          const answer = terminal.unwrap(onTheWire);
          expect(answer.sw).toBe(step.sw);
          expect(toHex(answer.data)).toBe(toHex(responseData));
          const macBytes = (level & 0x10) !== 0 && !failed ? 8 : 0;
          if ((level & 0x20) === 0) expect(onTheWire.data.length).toBe(responseData.length + macBytes);
        }
      }),
      { numRuns: 12 },
    );
  });

  it("a changed bit of a command is refused and ends the chip's session", async () => {
    await fc.assert(
      fc.asyncProperty(command, fc.oneof(fc.nat(31), fc.nat()), async (plain, anyBit) => {
        const { terminal, chip } = await open(bytes, level);
        const wrapped = terminal.wrap(plain);
        // Header and data; Le is not covered by the C-MAC (Amendment D §6.2.4).
        const bits = concatBytes(Uint8Array.of(wrapped.cla, wrapped.ins, wrapped.p1, wrapped.p2), wrapped.data);
        const bit = anyBit % (bits.length * 8);
        bits[bit >> 3] = (bits[bit >> 3] as number) ^ (0x80 >> (bit & 7));
        const [cla, ins, p1, p2] = bits as unknown as [number, number, number, number];
        const changed = commandApdu(cla, ins, p1, p2, bits.subarray(4), wrapped.ne);
        expect(() => chip.unwrap(changed)).toThrow(expect.objectContaining({ code: "SCP03_FAILED" }));
        expect(() => chip.unwrap(wrapped)).toThrow(expect.objectContaining({ code: "SCP03_CLOSED" }));
        expect(() => chip.wrap({ data: EMPTY, sw: 0x6982 })).toThrow(expect.objectContaining({ code: "SCP03_CLOSED" }));
      }),
      { numRuns: 15 },
    );
  });
});

describe.each(SUITES.filter(({ level }) => (level & 0x10) !== 0))("AES-$bits, level $level", ({ bytes, level }) => {
  it("a changed bit of a response is refused and ends the terminal's session", async () => {
    await fc.assert(
      fc.asyncProperty(data, fc.nat(), fc.constantFrom(0x9000, 0x6282, 0x63c1), async (plain, anyBit, status) => {
        const { terminal, chip } = await open(bytes, level);
        chip.unwrap(terminal.wrap(commandApdu(0x80, 0xca, 0x00, 0x66, EMPTY, 256)));
        const wrapped = chip.wrap({ data: plain, sw: status });
        const bits = concatBytes(wrapped.data, Uint8Array.of(status >> 8, status & 0xff));
        const bit = anyBit % (bits.length * 8);
        bits[bit >> 3] = (bits[bit >> 3] as number) ^ (0x80 >> (bit & 7));
        const changed = {
          data: bits.subarray(0, -2),
          sw: ((bits[bits.length - 2] as number) << 8) | (bits[bits.length - 1] as number),
        };
        expect(() => terminal.unwrap(changed)).toThrow(expect.objectContaining({ code: "SCP03_FAILED" }));
        expect(() => terminal.unwrap(wrapped)).toThrow(expect.objectContaining({ code: "SCP03_CLOSED" }));
        expect(() => terminal.wrap(commandApdu(0x80, 0xca, 0, 0))).toThrow(
          expect.objectContaining({ code: "SCP03_CLOSED" }),
        );
      }),
      { numRuns: 15 },
    );
  });

  it("refuses a response without R-MAC, cut short, replayed, or an error with data", async () => {
    const failures = [
      (wrapped: Uint8Array) => ({ data: wrapped.subarray(0, -8), sw: 0x9000 }),
      (wrapped: Uint8Array) => ({ data: wrapped.subarray(0, 7), sw: 0x9000 }),
      () => ({ data: EMPTY, sw: 0x9000 }),
      () => ({ data: EMPTY, sw: 0x6300 }),
      (wrapped: Uint8Array) => ({ data: wrapped, sw: 0x6a80 }),
    ];
    const get = commandApdu(0x80, 0xca, 0x00, 0x66, EMPTY, 256);
    for (const change of failures) {
      const { terminal, chip } = await open(bytes, level);
      chip.unwrap(terminal.wrap(get));
      const wrapped = chip.wrap({ data: fixedRandom(6)(20), sw: 0x9000 });
      expect(() => terminal.unwrap(change(wrapped.data))).toThrow(expect.objectContaining({ code: "SCP03_FAILED" }));
    }
    const { terminal, chip } = await open(bytes, level);
    chip.unwrap(terminal.wrap(get));
    const first = chip.wrap({ data: fixedRandom(6)(20), sw: 0x9000 });
    terminal.unwrap(first);
    chip.unwrap(terminal.wrap(get));
    expect(() => terminal.unwrap(first)).toThrow(expect.objectContaining({ code: "SCP03_FAILED" }));
  });
});

describe("a session", () => {
  const get = commandApdu(0x80, 0xca, 0x00, 0x66, EMPTY, 256);

  it("goes on after a plain error status", async () => {
    const { terminal, chip } = await open(16, 0x33);
    chip.unwrap(terminal.wrap(get));
    expect(terminal.unwrap(chip.wrap({ data: fixedRandom(1)(9), sw: 0x6a88 }))).toEqual({ data: EMPTY, sw: 0x6a88 });
    chip.unwrap(terminal.wrap(get));
    const answer = terminal.unwrap(chip.wrap({ data: fixedRandom(1)(9), sw: 0x9000 }));
    expect(toHex(answer.data)).toBe(toHex(fixedRandom(1)(9)));
  });

  it("does not encrypt an empty response", async () => {
    const { terminal, chip } = await open(16, 0x33);
    chip.unwrap(terminal.wrap(get));
    const wrapped = chip.wrap({ data: EMPTY, sw: 0x9000 });
    expect(wrapped.data.length).toBe(8);
    expect(terminal.unwrap(wrapped)).toEqual({ data: EMPTY, sw: 0x9000 });
  });

  it("refuses a command that is replayed, plain, or on another logical channel", async () => {
    const attempts: ((wrapped: CommandApdu) => CommandApdu)[] = [
      (wrapped) => wrapped,
      () => get,
      (wrapped) => ({ ...wrapped, cla: wrapped.cla | 0x01 }),
      () => commandApdu(0x84, 0xca, 0, 0x66, new Uint8Array(7)),
    ];
    for (const attempt of attempts) {
      const { terminal, chip } = await open(16, 0x01);
      const first = terminal.wrap(get);
      chip.unwrap(first);
      const second = attempt === attempts[0] ? first : terminal.wrap(get);
      expect(() => chip.unwrap(attempt(second))).toThrow(expect.objectContaining({ code: "SCP03_FAILED" }));
    }
  });

  it("fails when only one side has the counter quirk and a command without data was sent", async () => {
    const { terminal } = await open(16, 0x03, true);
    const { chip } = await open(16, 0x03, false);
    chip.unwrap(terminal.wrap(get));
    const store = commandApdu(0x80, 0xe2, 0, 0, fixedRandom(1)(32));
    // The C-MAC fits, so the chip decrypts, with another ICV: the first block comes out wrong.
    expect(toHex(chip.unwrap(terminal.wrap(store)).data)).not.toBe(toHex(store.data));
  });
});
