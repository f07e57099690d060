import { describe, expect, it } from "vitest";
import { encodeCommand } from "../../src/apdu/apdu.js";
import {
  externalAuthenticate,
  getChallenge,
  parseReadBinaryOdd,
  readBinary,
  readBinaryBySfi,
  readBinaryOdd,
  selectApplication,
  selectFile,
} from "../../src/apdu/commands.js";
import { fromHex, toHex } from "../../src/bytes/bytes.js";
import { MalformedError } from "../../src/errors.js";

describe("commands of ISO 7816-4 and ICAO 9303-10", () => {
  it.each([
    ["select application", selectApplication(fromHex("A0000002471001")), "00a4040c07a0000002471001"],
    ["select EF.COM (9303-11 D.4)", selectFile(0x011e), "00a4020c02011e"],
    ["read 4 bytes (9303-11 D.4)", readBinary(0, 4), "00b0000004"],
    ["read 18 bytes at 4 (9303-11 D.4)", readBinary(4, 18), "00b0000412"],
    ["read at the last offset", readBinary(0x7fff, 256), "00b07fff00"],
    ["read extended", readBinary(0x0102, 65_536), "00b00102000000"],
    ["read by SFI", readBinaryBySfi(0x1e, 0, 256), "00b09e0000"],
    ["read odd at 0x8000", readBinaryOdd(0x8000, 11), "00b1000004540280000d"],
    ["read odd at 0x10000", readBinaryOdd(0x1_0000, 1), "00b1000005540301000003"],
    ["read odd, two-byte length in DO 53", readBinaryOdd(0x8000, 0x80), "00b10000045402800083"],
    ["read odd, most that is short", readBinaryOdd(0x8000, 253), "00b10000045402800000"],
    ["read odd, most of all", readBinaryOdd(0x8000, 65_532), "00b10000000004540280000000"],
    ["get challenge (9303-11 D.3)", getChallenge(8), "0084000008"],
    ["external authenticate", externalAuthenticate(0, 1, fromHex("0102"), 0), "00820001020102"],
  ])("%s", (_name, command, hex) => {
    expect(toHex(encodeCommand(command))).toBe(hex);
  });

  it("the answer to the odd READ BINARY is one data object 53", () => {
    expect(toHex(parseReadBinaryOdd(fromHex("5303010203")))).toBe("010203");
    expect(() => parseReadBinaryOdd(fromHex("5403010203"))).toThrow(MalformedError);
    expect(() => parseReadBinaryOdd(fromHex("530301020300"))).toThrow(MalformedError);
    expect(() => parseReadBinaryOdd(fromHex(""))).toThrow(MalformedError);
  });

  it.each([
    () => selectApplication(new Uint8Array(4)),
    () => selectApplication(new Uint8Array(17)),
    () => selectFile(0x1_0000),
    () => readBinary(0x8000, 1),
    () => readBinary(0, 0),
    () => readBinary(0, 65_537),
    () => readBinaryBySfi(0, 0, 1),
    () => readBinaryBySfi(31, 0, 1),
    () => readBinaryBySfi(1, 256, 1),
    () => readBinaryOdd(-1, 1),
    () => readBinaryOdd(0x100_0000, 1),
    () => readBinaryOdd(0, 65_533),
    () => getChallenge(0),
  ])("refuses what no command can carry (%#)", (build) => {
    expect(build).toThrow(RangeError);
  });
});
