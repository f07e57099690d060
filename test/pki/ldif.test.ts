import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toHex, utf8 } from "../../src/bytes/bytes.js";
import { looksLikeLdif, parseLdif } from "../../src/pki/ldif.js";

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
/** RFC 2849: lines of at most 76 characters, continued with one space. */
const folded = (line: string) => line.replace(/(.{60})(?=.)/g, "$1\r\n ");

describe("parseLdif", () => {
  it("joins folded lines, decodes base64, and knows the entry of each value", () => {
    const bytes = Uint8Array.from({ length: 200 }, (_, i) => i);
    const text = [
      "version: 1",
      "# an export",
      "dn: o=ml,c=UT,dc=data,dc=download",
      folded(`CscaMasterListData:: ${base64(bytes)}`),
      "cn: Utopia",
      "",
      `dn:: ${base64(utf8("cn=ü,c=UT"))}`,
      folded(`userCertificate;binary:: ${base64(bytes.subarray(7))}`),
      `certificateRevocationList;binary:: ${base64(bytes.subarray(9))}`,
      `certificateRevocationList;binary:: ${base64(bytes.subarray(11))}`,
    ].join("\r\n");
    const { values, problems } = parseLdif(utf8(text));
    expect(problems).toEqual([]);
    expect(values.map(({ dn, attribute, value }) => [dn, attribute, toHex(value)])).toEqual([
      ["", "version", toHex(utf8("1"))],
      ["o=ml,c=UT,dc=data,dc=download", "cscamasterlistdata", toHex(bytes)],
      ["o=ml,c=UT,dc=data,dc=download", "cn", toHex(utf8("Utopia"))],
      ["cn=ü,c=UT", "usercertificate", toHex(bytes.subarray(7))],
      ["cn=ü,c=UT", "certificaterevocationlist", toHex(bytes.subarray(9))],
      ["cn=ü,c=UT", "certificaterevocationlist", toHex(bytes.subarray(11))],
    ]);
    expect(values[1]?.line).toBe(4);
  });

  it("goes on after a bad line, and says which one it was", () => {
    const { values, problems } = parseLdif(utf8("dn: a\nnonsense\nx:: %%%\ny:< file:///etc/passwd\nz: good\n"));
    expect(values).toMatchObject([{ dn: "a", attribute: "z", line: 5 }]);
    expect(problems.map(({ line, reason }) => [line, reason])).toEqual([
      [2, expect.stringContaining("no line of LDIF")],
      [3, "x: this is no base64"],
      [4, "y: references to other files are not followed"],
    ]);
  });

  it("reads back what was written, however it is folded", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 5 }), (all) => {
        const lines = all.map((bytes) => folded(`a;binary:: ${base64(bytes)}`));
        const { values, problems } = parseLdif(utf8(["dn: x", ...lines, ""].join("\n")));
        expect(problems).toEqual([]);
        expect(values.map(({ value }) => toHex(value))).toEqual(all.map((bytes) => toHex(bytes)));
      }),
    );
  });

  it("gives a value for any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(parseLdif(bytes).values.length).toBeLessThanOrEqual(400);
      }),
    );
  });

  it("is told from DER and PEM by its beginning", () => {
    expect(looksLikeLdif(utf8("\ufeffdn: x"))).toBe(true);
    expect(looksLikeLdif(utf8("# x"))).toBe(true);
    expect(looksLikeLdif(utf8("-----BEGIN"))).toBe(false);
    expect(looksLikeLdif(Uint8Array.of(0x30, 0x82))).toBe(false);
  });
});
