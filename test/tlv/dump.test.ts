import { describe, expect, it } from "vitest";
import { fromHex, utf8 } from "../../src/bytes/bytes.js";
import { efCom } from "../../src/lds/com.js";
import { dg11 } from "../../src/lds/dg11.js";
import { encodeTlv } from "../../src/tlv/ber.js";
import { dumpTlv } from "../../src/tlv/dump.js";
import { encodeFile } from "../../src/tlv/file.js";
import { readVector } from "../property/strict.js";

const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

describe("dumpTlv", () => {
  it("shows offset, tag, length, name and value", () => {
    expect(dumpTlv(readVector("lds/bsi-silver/EF.COM.bin"), efCom)).toBe(
      [
        "     0  60 [22] EF.COM",
        '     2    5F01 [4] ldsVersion  "0107"',
        '     9    5F36 [6] unicodeVersion  "040000"',
        "    18    5C [4] tagList  6175636e",
      ].join("\n"),
    );
  });

  it("leaves Persian text readable, in lists too", () => {
    const lines = dumpTlv(encodeFile(dg11, { fullName: "رضایی<<علی", otherNames: ["مریم"] }), dg11).split("\n");
    expect(lines[2]).toContain('5F0E [18] fullName  "رضایی<<علی"');
    expect(lines.some((line) => line.includes("A0 [14] otherNames"))).toBe(true);
    expect(lines.at(-1)).toContain('5F0F [8]  "مریم"');
  });

  it("escapes what could steer a terminal or reorder a line", () => {
    const nasty = "a\u001b[31m\n\u202eb\u2028\ufeff\u0085\u2066";
    for (const title of [nasty, `\ufeff${nasty}`]) {
      const lines = dumpTlv(encodeFile(dg11, { title }), dg11).split("\n");
      expect(lines).toHaveLength(3);
      for (const line of lines) expect(line).not.toMatch(CONTROL);
      expect(lines[2]).toContain("\\u{202e}b\\u{2028}\\u{feff}\\u{85}\\u{2066}");
      expect(lines[2]?.includes('"\\u{feff}a')).toBe(title !== nasty);
    }
  });

  it("shows text that is no UTF-8 as hex, and long bytes cut", () => {
    const bad = encodeTlv(0x6b, encodeTlv(0x5c, fromHex("5f14")), encodeTlv(0x5f14, fromHex("ff41")));
    expect(dumpTlv(bad, dg11)).toContain("5F14 [2] title  ff41");
    expect(dumpTlv(encodeTlv(0x04, new Uint8Array(25)))).toBe(`     0  04 [25]  ${"00".repeat(24)}… (25 bytes)`);
  });

  it("shows unknown tags and no file", () => {
    expect(dumpTlv(fromHex("60055F01024142"))).toBe("     0  60 [5]\n     2    5F01 [2]  4142");
    expect(dumpTlv(encodeTlv(0x60, encodeTlv(0x99, utf8("A"))), efCom)).toContain("99 [1]  41");
    expect(dumpTlv(new Uint8Array(0))).toBe("");
  });

  it("marks the fault of a malformed input, after all that stands before it", () => {
    const whole = readVector("lds/bsi-silver/EF.COM.bin");
    const lines = dumpTlv(whole.slice(0, 12), efCom).split("\n");
    expect(lines).toEqual(["     1  >>> TRUNCATED: the length says 22 bytes, 10 are left"]);
    const inner = fromHex("600A5F0104303130375F369A");
    expect(dumpTlv(inner, efCom).split("\n")).toEqual([
      "     0  60 [10] EF.COM",
      '     2    5F01 [4] ldsVersion  "0107"',
      "    11  >>> BAD_LENGTH: a length of 26 bytes is not supported",
    ]);
  });

  it("stops at 64 levels", () => {
    let deep: Uint8Array = new Uint8Array(0);
    for (let i = 0; i < 100; i++) deep = encodeTlv(0x30, deep);
    const lines = dumpTlv(deep).split("\n");
    expect(lines).toHaveLength(65);
    expect(lines.at(-1)).toContain(">>> NESTED_TOO_DEEP");
  });

  it("never throws, whatever a file is cut or changed to", () => {
    const file = encodeFile(dg11, { fullName: "رضایی<<علی", otherNames: ["A"], title: "x" });
    for (let i = 0; i < file.length; i++) {
      for (const bytes of [file.slice(0, i), file.with(i, 0xff), file.with(i, 0x1f), file.with(i, 0x80)]) {
        for (const line of dumpTlv(bytes, dg11).split("\n")) expect(line).not.toMatch(CONTROL);
      }
    }
  });
});
