import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { commandApdu, encodeCommand, encodeResponse, parseCommand, parseResponse } from "../../src/apdu/apdu.js";
import { equalBytes, fromHex, toHex } from "../../src/bytes/bytes.js";
import { MalformedError } from "../../src/errors.js";

interface Row {
  case: string;
  cla?: string;
  ins?: string;
  p1?: string;
  p2?: string;
  le?: number;
  data?: string;
  expected: string;
}
const file = new URL("../vectors/apdu/command-apdu.json", import.meta.url);
const { vectors } = JSON.parse(readFileSync(file, "utf8")) as { vectors: Row[] };

const byte = fc.integer({ min: 0, max: 255 });
const anyCommand = fc
  .tuple(
    byte,
    byte,
    byte,
    byte,
    fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(new Uint8Array(255), new Uint8Array(65_535))),
    fc.oneof(fc.integer({ min: 0, max: 65_536 }), fc.constantFrom(0, 1, 255, 256, 257, 65_535, 65_536)),
  )
  .map((parts) => commandApdu(...parts));

describe("command APDU", () => {
  it.each(vectors)("case $case: $expected", (row) => {
    const command = commandApdu(0x00, 0x10, 0x20, 0x30, fromHex(row.data ?? ""), row.le ?? 0);
    expect(toHex(encodeCommand(command))).toBe(row.expected.toLowerCase());
    expect(parseCommand(fromHex(row.expected))).toEqual(command);
  });

  it("parses back what it encodes, short or extended", () => {
    fc.assert(
      fc.property(anyCommand, fc.boolean(), (command, extended) => {
        const { data, ...rest } = parseCommand(encodeCommand(command, { extended }));
        const { data: expectedData, ...expected } = command;
        expect(equalBytes(data, expectedData)).toBe(true); // toEqual takes long for 64 KB
        expect(rest).toEqual(expected);
      }),
    );
  });

  it("is short exactly when both lengths allow it", () => {
    expect(encodeCommand(commandApdu(0, 1, 2, 3, new Uint8Array(255), 256)).length).toBe(261);
    expect(encodeCommand(commandApdu(0, 1, 2, 3, new Uint8Array(256))).length).toBe(4 + 3 + 256);
    expect(toHex(encodeCommand(commandApdu(0, 1, 2, 3, Uint8Array.of(9), 257)))).toBe("00010203000001090101");
    expect(toHex(encodeCommand(commandApdu(0, 1, 2, 3, Uint8Array.of(9), 256), { extended: true }))).toBe(
      "00010203000001090100",
    );
  });

  it.each([
    "",
    "000102",
    "000102030201",
    "0001020302010203 04",
    "00010203 0000",
    "00010203 000000 01",
    "00010203 000002 01",
    "00010203 000001 0101",
  ])("refuses %s", (hex) => {
    expect(() => parseCommand(fromHex(hex))).toThrow(MalformedError);
  });

  it("throws nothing but MalformedError on any bytes, and reads no byte twice", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        try {
          const command = parseCommand(bytes);
          const extended = bytes.length >= 7 && bytes[4] === 0;
          expect(toHex(encodeCommand(command, { extended }))).toBe(toHex(bytes));
        } catch (error) {
          if (!(error instanceof MalformedError)) throw error;
        }
      }),
    );
  });

  it("refuses numbers that no command can carry", () => {
    expect(() => encodeCommand(commandApdu(256, 0, 0, 0))).toThrow(RangeError);
    expect(() => encodeCommand(commandApdu(0, -1, 0, 0))).toThrow(RangeError);
    expect(() => encodeCommand(commandApdu(0, 0, 0, 0, new Uint8Array(65_536)))).toThrow(RangeError);
    expect(() => encodeCommand(commandApdu(0, 0, 0, 0, new Uint8Array(0), 65_537))).toThrow(RangeError);
    expect(() => encodeCommand(commandApdu(0, 0, 0, 0, new Uint8Array(0), 1.5))).toThrow(RangeError);
  });
});

describe("response APDU", () => {
  it("round-trips", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 0, max: 0xffff }), (data, sw) => {
        expect(parseResponse(encodeResponse({ data, sw }))).toEqual({ data, sw });
      }),
    );
  });

  it("tells a torn card from a malformed reply", () => {
    expect(() => parseResponse(new Uint8Array(0))).toThrow(expect.objectContaining({ code: "CARD_TORN" }));
    expect(() => parseResponse(Uint8Array.of(0x90))).toThrow(expect.objectContaining({ code: "REPLY_MALFORMED" }));
  });
});
