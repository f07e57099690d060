import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CommandApdu, commandApdu, encodeCommand, type ResponseApdu } from "../../src/apdu/apdu.js";
import { concatBytes, EMPTY, equalBytes, fromHex } from "../../src/bytes/bytes.js";
import { AesCmac, aesCbcEncrypt, aesEncryptBlock } from "../../src/crypto/aes.js";
import { padIso } from "../../src/crypto/padding.js";
import { type ProtocolError, StatusError } from "../../src/errors.js";
import { isProtected, openChipSession, SmRefusal } from "../../src/sm/chip.js";
import type { SmParameters, SmSuiteName } from "../../src/sm/shared.js";
import { openTerminalSession } from "../../src/sm/terminal.js";
import { encodeTlv, parseTlvs } from "../../src/tlv/ber.js";

const SUITES: [SmSuiteName, number, number][] = [
  ["3DES", 16, 8],
  ["AES-128", 16, 16],
  ["AES-192", 24, 16],
  ["AES-256", 32, 16],
];

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const byte = fc.integer({ min: 0, max: 255 });
const parametersOf = ([suite, key, ssc]: [SmSuiteName, number, number]): fc.Arbitrary<SmParameters> =>
  fc.record({
    suite: fc.constant(suite),
    ksEnc: bytes(key),
    ksMac: bytes(key),
    // A counter just below an overflow of all its bytes, too
    ssc: fc.oneof(bytes(ssc), fc.constant(new Uint8Array(ssc).fill(0xff))),
  });
const anyParameters = fc.constantFrom(...SUITES).chain(parametersOf);
const anyData = fc.oneof(fc.constant(EMPTY), fc.uint8Array({ minLength: 1, maxLength: 40 }), bytes(300));
const anyCommand = fc
  .tuple(
    fc.constantFrom(0x00, 0x01, 0x03, 0x10, 0x80, 0x90),
    byte,
    byte,
    byte,
    anyData,
    fc.oneof(fc.constantFrom(0, 1, 255, 256, 257, 65_535, 65_536), fc.integer({ min: 0, max: 65_536 })),
  )
  .map((parts) => commandApdu(...parts));
const anyResponse = fc.record({ data: anyData, sw: fc.integer({ min: 0, max: 0xffff }) });

const smCode = (code: string) => expect.objectContaining({ code });
const refusal = (sw: number) => expect.objectContaining({ code: "SM_FAILED", sw });
const fixed: SmParameters = {
  suite: "AES-128",
  ksEnc: new Uint8Array(16).fill(1),
  ksMac: new Uint8Array(16).fill(2),
  ssc: new Uint8Array(16),
};

function flip(data: Uint8Array, bit: number): Uint8Array {
  const copy = data.slice();
  copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7));
  return copy;
}

/** DO 8E with the MAC that the first message of `fixed` must have over these bytes, header block included if any. */
function goodMac(...protectedParts: Uint8Array[]): Uint8Array {
  const ssc = Uint8Array.from({ length: 16 }, (_, i) => (i === 15 ? 1 : 0));
  const mac = new AesCmac(fixed.ksMac).mac(padIso(concatBytes(ssc, ...protectedParts), 16));
  return encodeTlv(0x8e, mac.slice(0, 8));
}

/** Bytes that the first message of `fixed` decrypts to `padded`. */
function encrypted(padded: Uint8Array): Uint8Array {
  const ssc = Uint8Array.from({ length: 16 }, (_, i) => (i === 15 ? 1 : 0));
  return aesCbcEncrypt(fixed.ksEnc, aesEncryptBlock(fixed.ksEnc, ssc), padded);
}

/** A data object whose content, decrypted, is `padded`. */
const do87Of = (padded: Uint8Array, indicator = 1) => encodeTlv(0x87, Uint8Array.of(indicator), encrypted(padded));

describe.each(SUITES)("secure messaging in loopback, %s", (...suite) => {
  it("chip opens what the terminal wraps and back, over several exchanges", () => {
    fc.assert(
      fc.property(
        parametersOf(suite),
        fc.array(fc.tuple(anyCommand, anyResponse), { minLength: 1, maxLength: 4 }),
        (parameters, exchanges) => {
          const terminal = openTerminalSession(parameters);
          const chip = openChipSession(parameters);
          for (const [command, response] of exchanges) {
            const wrapped = terminal.wrap(command);
            expect(isProtected(wrapped)).toBe(true);
            expect(wrapped.cla).toBe(command.cla | 0x0c);
            expect(wrapped.ne).toBe(command.ne > 256 || wrapped.data.length > 255 ? 65_536 : 256);
            expect(chip.unwrap(wrapped)).toEqual(command);
            const tags = [...parseTlvs(wrapped.data)].map((node) => node.tag);
            const dataTag = (command.ins & 1) === 1 ? 0x85 : 0x87;
            expect(tags).toEqual([
              ...(command.data.length > 0 ? [dataTag] : []),
              ...(command.ne > 0 ? [0x97] : []),
              0x8e,
            ]);
            const answer = chip.wrap(response);
            expect(answer.sw).toBe(response.sw);
            expect(terminal.unwrap(answer)).toEqual(response);
          }
        },
      ),
    );
  });

  it("hides equal data behind different bytes in every exchange, but for 3DES with its zero IV", () => {
    const parameters = { suite: suite[0], ksEnc: bytesOf(suite[1]), ksMac: bytesOf(suite[1]), ssc: bytesOf(suite[2]) };
    const session = openTerminalSession(parameters);
    const first = parseTlvs(session.wrap(commandApdu(0, 0xa4, 0, 0, fromHex("011E"))).data).first?.value as Uint8Array;
    const second = parseTlvs(session.wrap(commandApdu(0, 0xa4, 0, 0, fromHex("011E"))).data).first?.value as Uint8Array;
    expect(equalBytes(first, second)).toBe(suite[0] === "3DES");
  });

  it("refuses a replayed, skipped or reordered message", () => {
    const parameters = { suite: suite[0], ksEnc: bytesOf(suite[1]), ksMac: bytesOf(suite[1]), ssc: bytesOf(suite[2]) };
    const terminal = openTerminalSession(parameters);
    const one = terminal.wrap(commandApdu(0, 0xb0, 0, 0, EMPTY, 4));
    const chip = openChipSession(parameters);
    chip.unwrap(one);
    const answer = chip.wrap({ data: fromHex("01020304"), sw: 0x9000 });
    expect(() => chip.unwrap(one)).toThrow(refusal(0x6988));
    expect(terminal.unwrap(answer).data).toEqual(fromHex("01020304"));
    expect(() => terminal.unwrap(answer)).toThrow(smCode("SM_FAILED"));
  });
});

function bytesOf(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i + 1);
}

describe("any flipped bit ends the session", () => {
  it("of a protected command, at the chip", () => {
    fc.assert(
      fc.property(anyParameters, anyCommand, fc.nat(), (parameters, command, pick) => {
        const good = openTerminalSession(parameters).wrap(command);
        const bits = 32 + good.data.length * 8;
        const bit = pick % bits;
        const header = flip(Uint8Array.of(good.cla, good.ins, good.p1, good.p2), bit < 32 ? bit : 0);
        if (bit >= 32) header.set([good.cla, good.ins, good.p1, good.p2]);
        const [cla, ins, p1, p2] = header as unknown as [number, number, number, number];
        const bad = commandApdu(cla, ins, p1, p2, bit < 32 ? good.data : flip(good.data, bit - 32), good.ne);
        const chip = openChipSession(parameters);
        expect(() => chip.unwrap(bad)).toThrow(smCode("SM_FAILED"));
        expect(() => chip.unwrap(good)).toThrow(smCode("SM_CLOSED"));
        expect(() => chip.wrap({ data: EMPTY, sw: 0x9000 })).toThrow(smCode("SM_CLOSED"));
      }),
      { numRuns: 400 },
    );
  });

  it("of a protected response, at the terminal", () => {
    fc.assert(
      fc.property(anyParameters, anyCommand, anyResponse, fc.nat(), (parameters, command, response, pick) => {
        const terminal = openTerminalSession(parameters);
        const chip = openChipSession(parameters);
        chip.unwrap(terminal.wrap(command));
        const good = chip.wrap(response);
        const bit = pick % (good.data.length * 8 + 16);
        const bad: ResponseApdu =
          bit < 16 ? { data: good.data, sw: good.sw ^ (1 << bit) } : { data: flip(good.data, bit - 16), sw: good.sw };
        expect(() => terminal.unwrap(bad)).toThrow(smCode("SM_FAILED"));
        expect(() => terminal.unwrap(good)).toThrow(smCode("SM_CLOSED"));
        expect(() => terminal.wrap(command)).toThrow(smCode("SM_CLOSED"));
      }),
      { numRuns: 400 },
    );
  });

  it("of every bit of one exchange", () => {
    const command = openTerminalSession(fixed).wrap(commandApdu(0, 0xa4, 2, 12, fromHex("011E"), 4));
    for (let bit = 0; bit < command.data.length * 8; bit++) {
      const bad = { ...command, data: flip(command.data, bit) };
      expect(() => openChipSession(fixed).unwrap(bad)).toThrow(SmRefusal);
    }
    const response = openChipSession(fixed).wrap({ data: fromHex("60145F01"), sw: 0x9000 });
    for (let bit = 0; bit < response.data.length * 8; bit++) {
      const bad = { ...response, data: flip(response.data, bit) };
      expect(() => openTerminalSession(fixed).unwrap(bad)).toThrow(smCode("SM_FAILED"));
    }
  });
});

describe("the terminal", () => {
  const good = openChipSession(fixed).wrap({ data: fromHex("AA"), sw: 0x9000 });
  const [do87, do99, do8e] = [...parseTlvs(good.data)].map((node) => node.raw.slice()) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];

  it.each<[string, Uint8Array]>([
    ["nothing", EMPTY],
    ["plain data", fromHex("60145F01")],
    ["no DO 99", concatBytes(do87, do8e)],
    ["no DO 8E", concatBytes(do87, do99)],
    ["no DO 87 that the MAC covers", concatBytes(do99, do8e)],
    ["DO 87 twice", concatBytes(do87, do87, do99, do8e)],
    ["DO 99 twice", concatBytes(do87, do99, do99, do8e)],
    ["DO 8E twice", concatBytes(do87, do99, do8e, do8e)],
    ["another order", concatBytes(do99, do87, do8e)],
    ["DO 8E first", concatBytes(do8e, do87, do99)],
    ["an unknown object", concatBytes(do87, do99, encodeTlv(0x80, fromHex("00")), do8e)],
    ["an object behind DO 8E", concatBytes(good.data, encodeTlv(0x80, fromHex("00")))],
    ["a byte behind DO 8E", concatBytes(good.data, Uint8Array.of(0))],
    ["DO 85 in answer to an even INS", concatBytes(encodeTlv(0x85, do87.subarray(3)), do99, do8e)],
    ["a short MAC", concatBytes(do87, do99, encodeTlv(0x8e, do8e.subarray(2, 6)))],
    ["a MAC of 16 bytes", concatBytes(do87, do99, encodeTlv(0x8e, new Uint8Array(16)))],
  ])("refuses %s, with one and the same message", (_name, data) => {
    const session = openTerminalSession(fixed);
    const error = caught(() => session.unwrap({ data, sw: 0x9000 }));
    expect(error).toMatchObject({ code: "SM_FAILED", protocol: "secure messaging", step: "response" });
    const badMac = concatBytes(do87, do99, encodeTlv(0x8e, new Uint8Array(8)));
    const mac = caught(() => openTerminalSession(fixed).unwrap({ data: badMac, sw: 0x9000 }));
    expect((error as Error).message).toBe((mac as Error).message);
    expect(() => session.unwrap(good)).toThrow(smCode("SM_CLOSED"));
  });

  const ok = encodeTlv(0x99, fromHex("9000"));
  const block = padIso(fromHex("AA"), 16);

  it("believes a forged response that has all that is needed, so that the next test can fail", () => {
    const objects = concatBytes(do87Of(block), ok);
    const response = { data: concatBytes(objects, goodMac(objects)), sw: 0x9000 };
    expect(openTerminalSession(fixed).unwrap(response)).toEqual({ data: fromHex("AA"), sw: 0x9000 });
  });

  it.each<[string, Uint8Array]>([
    ["no DO 99", do87Of(block)],
    ["nothing at all", EMPTY],
    ["a status word in DO 99 that is not the outer one", concatBytes(do87Of(block), encodeTlv(0x99, fromHex("6282")))],
    ["a DO 99 of three bytes", encodeTlv(0x99, fromHex("009000"))],
    ["a DO 99 of one byte", encodeTlv(0x99, fromHex("90"))],
    ["an empty DO 99", encodeTlv(0x99)],
    ["another order", concatBytes(ok, do87Of(block))],
    ["DO 99 twice", concatBytes(ok, ok)],
    ["an unknown object", concatBytes(do87Of(block), encodeTlv(0x80, EMPTY), ok)],
    ["plain data in DO 81", concatBytes(encodeTlv(0x81, fromHex("AA")), ok)],
    ["DO 85 in answer to an even INS", concatBytes(encodeTlv(0x85, encrypted(block)), ok)],
    ["another padding indicator", concatBytes(do87Of(block, 2), ok)],
    ["no padding", concatBytes(do87Of(new Uint8Array(16).fill(0xaa)), ok)],
    ["nothing but zeros for padding", concatBytes(do87Of(new Uint8Array(16)), ok)],
    ["more padding than one block", concatBytes(do87Of(concatBytes(block, new Uint8Array(16))), ok)],
    ["half a block", concatBytes(encodeTlv(0x87, Uint8Array.of(1), new Uint8Array(8)), ok)],
    ["no block", concatBytes(encodeTlv(0x87, Uint8Array.of(1)), ok)],
    ["an empty DO 87", concatBytes(encodeTlv(0x87), ok)],
  ])("refuses, under a good MAC, %s", (_name, objects) => {
    const session = openTerminalSession(fixed);
    const response = { data: concatBytes(objects, goodMac(objects)), sw: 0x9000 };
    expect(() => session.unwrap(response)).toThrow(smCode("SM_FAILED"));
    expect(() => session.unwrap(good)).toThrow(smCode("SM_CLOSED"));
  });

  it.each([0x6987, 0x6988, 0x6982, 0x6700])("never takes a naked %i for data, and shows it as the cause", (sw) => {
    const session = openTerminalSession(fixed);
    session.wrap(commandApdu(0, 0xb0, 0, 0, EMPTY, 4));
    const error = caught(() => session.unwrap({ data: EMPTY, sw })) as ProtocolError;
    expect(error.code).toBe("SM_FAILED");
    expect(error.cause).toBeInstanceOf(StatusError);
    expect(error.cause).toMatchObject({ sw, header: "0CB00000" });
    expect(() => session.wrap(commandApdu(0, 0xb0, 0, 0, EMPTY, 4))).toThrow(smCode("SM_CLOSED"));
  });

  it("accepts a protected error status", () => {
    const error = { data: EMPTY, sw: 0x6a82 };
    expect(openTerminalSession(fixed).unwrap(openChipSession(fixed).wrap(error))).toEqual(error);
  });

  it("refuses what does not fit and goes on afterwards, the counter untouched", () => {
    const terminal = openTerminalSession(fixed);
    const chip = openChipSession(fixed);
    const most = commandApdu(0, 0xd6, 0, 0, new Uint8Array(65_503), 65_536);
    expect(() => terminal.wrap({ ...most, data: new Uint8Array(65_535) })).toThrow(RangeError);
    expect(() => terminal.wrap({ ...most, data: new Uint8Array(65_504) })).toThrow(RangeError);
    expect(() => terminal.wrap({ ...most, cla: 0x0c })).toThrow(RangeError);
    expect(() => terminal.wrap({ ...most, cla: 0x84 })).toThrow(RangeError);
    expect(() => terminal.wrap({ ...most, cla: 0x40 })).toThrow(RangeError);
    expect(() => terminal.wrap({ ...most, ne: 65_537 })).toThrow(RangeError);
    const wrapped = terminal.wrap(most);
    expect(encodeCommand(wrapped).length).toBeLessThanOrEqual(65_544);
    expect(chip.unwrap(wrapped).data.length).toBe(65_503);
    expect(() => chip.wrap({ data: new Uint8Array(65_530), sw: 0x9000 })).toThrow(RangeError);
    const answer = chip.wrap({ data: new Uint8Array(65_500), sw: 0x9000 });
    expect(terminal.unwrap(answer).data.length).toBe(65_500);
  });
});

describe("the chip", () => {
  const good = openTerminalSession(fixed).wrap(commandApdu(0, 0xa4, 2, 12, fromHex("011E"), 4));
  const [do87, do97, do8e] = [...parseTlvs(good.data)].map((node) => node.raw.slice()) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  const with_ = (data: Uint8Array): CommandApdu => ({ ...good, data });

  it.each<[string, CommandApdu, number]>([
    ["a plain command", commandApdu(0, 0xb0, 0, 0, EMPTY, 4), 0x6987],
    ["a protected one with a plain CLA", { ...good, cla: 0 }, 0x6987],
    ["half of the CLA bits", { ...good, cla: 0x04 }, 0x6987],
    ["no data objects", with_(EMPTY), 0x6987],
    ["no DO 8E", with_(concatBytes(do87, do97)), 0x6987],
    ["bytes that are no data objects", with_(fromHex("8E09")), 0x6988],
    ["another order", with_(concatBytes(do97, do87, do8e)), 0x6988],
    ["DO 8E first", with_(concatBytes(do8e, do87, do97)), 0x6988],
    ["DO 87 twice", with_(concatBytes(do87, do87, do97, do8e)), 0x6988],
    ["no DO 97 that the MAC covers", with_(concatBytes(do87, do8e)), 0x6988],
    ["an unknown object", with_(concatBytes(do87, do97, encodeTlv(0x99, fromHex("9000")), do8e)), 0x6988],
    ["an object behind DO 8E", with_(concatBytes(good.data, encodeTlv(0x80, EMPTY))), 0x6988],
    ["DO 85 with an even INS", with_(concatBytes(encodeTlv(0x85, do87.subarray(3)), do97, do8e)), 0x6988],
    ["a short MAC", with_(concatBytes(do87, do97, encodeTlv(0x8e, do8e.subarray(2, 6)))), 0x6988],
  ])("refuses %s", (_name, command, sw) => {
    const chip = openChipSession(fixed);
    expect(() => chip.unwrap(command)).toThrow(refusal(sw));
    expect(() => chip.unwrap(good)).toThrow(smCode("SM_CLOSED"));
  });
});

describe("the chip, under a good MAC", () => {
  const header = fromHex("0CA4020C");
  const block = padIso(fromHex("011E"), 16);
  const forged = (objects: Uint8Array) => {
    const blocks = objects.length === 0 ? [header] : [padIso(header, 16), objects];
    return commandApdu(0x0c, 0xa4, 0x02, 0x0c, concatBytes(objects, goodMac(...blocks)), 256);
  };

  it.each<[string, Uint8Array, CommandApdu]>([
    ["header alone", EMPTY, commandApdu(0, 0xa4, 2, 12)],
    ["data", do87Of(block), commandApdu(0, 0xa4, 2, 12, fromHex("011E"))],
    ["Le in two bytes", encodeTlv(0x97, fromHex("0004")), commandApdu(0, 0xa4, 2, 12, EMPTY, 4)],
    ["Le 0000", encodeTlv(0x97, fromHex("0000")), commandApdu(0, 0xa4, 2, 12, EMPTY, 65_536)],
    ["Le 00", encodeTlv(0x97, fromHex("00")), commandApdu(0, 0xa4, 2, 12, EMPTY, 256)],
  ])("accepts %s", (_name, objects, plain) => {
    expect(openChipSession(fixed).unwrap(forged(objects))).toEqual(plain);
  });

  it.each<[string, Uint8Array]>([
    ["an empty Le", encodeTlv(0x97)],
    ["an Le of three bytes", encodeTlv(0x97, fromHex("000004"))],
    ["another order", concatBytes(encodeTlv(0x97, fromHex("04")), do87Of(block))],
    ["Le twice", concatBytes(encodeTlv(0x97, fromHex("04")), encodeTlv(0x97, fromHex("04")))],
    ["an unknown object", encodeTlv(0x99, fromHex("9000"))],
    ["DO 85 with an even INS", encodeTlv(0x85, encrypted(block))],
    ["another padding indicator", do87Of(block, 0)],
    ["no padding", do87Of(new Uint8Array(16).fill(0xaa))],
    ["half a block", encodeTlv(0x87, Uint8Array.of(1), new Uint8Array(8))],
  ])("refuses %s", (_name, objects) => {
    const chip = openChipSession(fixed);
    expect(() => chip.unwrap(forged(objects))).toThrow(refusal(0x6988));
    expect(() => chip.unwrap(forged(EMPTY))).toThrow(smCode("SM_CLOSED"));
  });
});

describe("opening and closing", () => {
  it.each([openTerminalSession, openChipSession])("checks lengths, and can be closed twice (%#)", (open) => {
    expect(() => open({ ...fixed, ksEnc: new Uint8Array(24) })).toThrow(RangeError);
    expect(() => open({ ...fixed, ksMac: new Uint8Array(8) })).toThrow(RangeError);
    expect(() => open({ ...fixed, ssc: new Uint8Array(8) })).toThrow(RangeError);
    expect(() => open({ ...fixed, suite: "3DES" })).toThrow(RangeError);
    const session = open(fixed);
    session.close();
    session.close();
    expect(() => session.wrap({ ...commandApdu(0, 0xb0, 0, 0), sw: 0x9000 })).toThrow(smCode("SM_CLOSED"));
  });

  it("keeps its own copies: the caller may wipe what it gave", () => {
    const mine = { ...fixed, ksEnc: fixed.ksEnc.slice(), ksMac: fixed.ksMac.slice(), ssc: fixed.ssc.slice() };
    const terminal = openTerminalSession(mine);
    mine.ksEnc.fill(0);
    mine.ksMac.fill(0);
    mine.ssc.fill(9);
    const command = commandApdu(0, 0xa4, 2, 12, fromHex("011E"));
    expect(openChipSession(fixed).unwrap(terminal.wrap(command))).toEqual(command);
  });

  it("shows no key when it is printed", () => {
    expect(JSON.stringify([openTerminalSession(fixed), openChipSession(fixed)])).toBe("[{},{}]");
  });
});

function caught(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}
