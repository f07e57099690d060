import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CommandApdu, commandApdu, type ResponseApdu } from "../../src/apdu/apdu.js";
import { concatBytes, EMPTY, toHex, uintToBytes } from "../../src/bytes/bytes.js";
import { aesCbcEncrypt, aesCmac, aesEncryptBlock } from "../../src/crypto/aes.js";
import { retailMac, tdesCbcEncrypt } from "../../src/crypto/legacy/des.js";
import { padIso } from "../../src/crypto/padding.js";
import { openChipSession } from "../../src/sm/chip.js";
import type { SmParameters, SmSuiteName } from "../../src/sm/shared.js";
import { openTerminalSession } from "../../src/sm/terminal.js";
import { encodeTlv } from "../../src/tlv/ber.js";

// A session keeps cipher objects and one array to work in. Here each message is made step by step from nothing, as ICAO 9303-11 §9.8
// says it, and must come out of the session alike, whatever was wrapped before it.

const SUITES: readonly (readonly [SmSuiteName, number, number])[] = [
  ["3DES", 16, 8],
  ["AES-128", 16, 16],
  ["AES-192", 24, 16],
  ["AES-256", 32, 16],
];

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const anyData = fc.oneof(
  fc.constant(EMPTY),
  fc.uint8Array({ minLength: 1, maxLength: 70 }),
  fc.integer({ min: 100, max: 1100 }).chain(bytes),
);
const anyCommand = fc
  .tuple(
    fc.constantFrom(0xb0, 0xb1, 0xd6, 0xd7),
    fc.nat(255),
    fc.nat(255),
    anyData,
    fc.constantFrom(0, 1, 256, 257, 65_536),
  )
  .map(([ins, p1, p2, data, ne]) => commandApdu(0, ins, p1, p2, data, ne));
const anyAnswer = fc.record({ data: anyData, sw: fc.constantFrom(0x9000, 0x6282, 0x63c2) });

interface Message {
  readonly parameters: SmParameters;
  readonly ssc: Uint8Array;
}

/** The counter as it was at the start plus `steps`. */
function counterAfter(start: Uint8Array, steps: number): Uint8Array {
  const size = 8n * BigInt(start.length);
  const value = (BigInt(`0x${toHex(start)}`) + BigInt(steps)) & ((1n << size) - 1n);
  const hex = value.toString(16).padStart(2 * start.length, "0");
  return Uint8Array.from({ length: start.length }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}

function dataObject({ parameters: { suite, ksEnc }, ssc }: Message, ins: number, data: Uint8Array): Uint8Array {
  if (data.length === 0) return EMPTY;
  const padded = padIso(data, ssc.length);
  const encrypted =
    suite === "3DES"
      ? tdesCbcEncrypt(ksEnc, new Uint8Array(8), padded)
      : aesCbcEncrypt(ksEnc, aesEncryptBlock(ksEnc, ssc), padded);
  return ins % 2 === 1 ? encodeTlv(0x85, encrypted) : encodeTlv(0x87, Uint8Array.of(1), encrypted);
}

function macObject({ parameters: { suite, ksMac }, ssc }: Message, ...parts: Uint8Array[]): Uint8Array {
  const message = concatBytes(ssc, ...parts);
  return encodeTlv(
    0x8e,
    suite === "3DES" ? retailMac(ksMac, message) : aesCmac(ksMac, padIso(message, 16)).subarray(0, 8),
  );
}

function protectedCommand(message: Message, { ins, p1, p2, data, ne }: CommandApdu): Uint8Array {
  const header = Uint8Array.of(0x0c, ins, p1, p2);
  const le = ne === 0 ? EMPTY : encodeTlv(0x97, ne > 256 ? uintToBytes(ne & 0xffff, 2) : Uint8Array.of(ne & 0xff));
  const objects = concatBytes(dataObject(message, ins, data), le);
  const macHeader = objects.length === 0 ? header : padIso(header, message.ssc.length);
  return concatBytes(objects, macObject(message, macHeader, objects));
}

function protectedAnswer(message: Message, ins: number, { data, sw }: ResponseApdu): Uint8Array {
  const objects = concatBytes(dataObject(message, ins, data), encodeTlv(0x99, uintToBytes(sw, 2)));
  return concatBytes(objects, macObject(message, objects));
}

describe.each(SUITES)("a session of %s", (suite, keyLength, blockSize) => {
  const anyParameters = fc.record({
    suite: fc.constant(suite),
    ksEnc: bytes(keyLength),
    ksMac: bytes(keyLength),
    ssc: fc.oneof(bytes(blockSize), fc.constant(new Uint8Array(blockSize).fill(0xff))),
  });

  test("gives what each message alone gives, whatever came before it", () => {
    fc.assert(
      fc.property(
        anyParameters,
        fc.array(fc.tuple(anyCommand, anyAnswer), { minLength: 1, maxLength: 8 }),
        (parameters, exchanges) => {
          const terminal = openTerminalSession(parameters);
          const chip = openChipSession(parameters);
          const made: { readonly bytes: Uint8Array; readonly hex: string }[] = [];
          const keep = (data: Uint8Array): string => {
            const hex = toHex(data);
            made.push({ bytes: data, hex });
            return hex;
          };
          for (const [i, [command, answer]] of exchanges.entries()) {
            const before = toHex(command.data);
            const wrapped = terminal.wrap(command);
            const sent = { parameters, ssc: counterAfter(parameters.ssc, 2 * i + 1) };
            expect(keep(wrapped.data)).toBe(toHex(protectedCommand(sent, command)));
            const received = chip.unwrap(wrapped);
            expect(keep(received.data)).toBe(before);
            const wrappedAnswer = chip.wrap(answer);
            const back = { parameters, ssc: counterAfter(parameters.ssc, 2 * i + 2) };
            expect(keep(wrappedAnswer.data)).toBe(toHex(protectedAnswer(back, command.ins, answer)));
            expect(keep(terminal.unwrap(wrappedAnswer).data)).toBe(toHex(answer.data));
            expect(toHex(command.data)).toBe(before);
          }
          terminal.close();
          chip.close();
          // Later messages and the end leave alone what was handed out, and that is plain bytes whatever the backend works with.
          for (const { bytes: data, hex } of made) {
            expect(toHex(data)).toBe(hex);
            expect(Object.getPrototypeOf(data)).toBe(Uint8Array.prototype);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test("shares nothing with another session under the same keys", () => {
    fc.assert(
      fc.property(anyParameters, fc.array(anyCommand, { minLength: 2, maxLength: 5 }), (parameters, commands) => {
        const wrappedBy = (sessions: readonly ReturnType<typeof openTerminalSession>[]) =>
          commands.map((command) => sessions.map((session) => toHex(session.wrap(command).data)));
        const other = openTerminalSession(parameters);
        const [first, second] = [openTerminalSession(parameters), openTerminalSession(parameters)];
        const alone = wrappedBy([other]);
        other.close();
        expect(wrappedBy([first, second])).toEqual(alone.map(([hex]) => [hex, hex]));
      }),
      { numRuns: 30 },
    );
  });

  test("takes memory that is a part of something larger, and gives back no more than the message", () => {
    fc.assert(
      fc.property(anyParameters, fc.integer({ min: 1, max: 300 }), (parameters, length) => {
        const data = new Uint8Array(length + 7).fill(0x5a).subarray(3, 3 + length);
        const terminal = openTerminalSession(parameters);
        const { data: wrapped } = terminal.wrap(commandApdu(0, 0xd6, 0, 0, data));
        // Whoever looks behind the view finds no chaining value of the MAC.
        const behind = new Uint8Array(wrapped.buffer, wrapped.byteOffset + wrapped.length);
        expect(behind.every((byte) => byte === 0)).toBe(true);
        expect(openChipSession(parameters).unwrap(commandApdu(0x0c, 0xd6, 0, 0, wrapped)).data).toEqual(
          Uint8Array.from(data),
        );
      }),
      { numRuns: 40 },
    );
  });
});
