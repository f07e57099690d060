import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MalformedError } from "../../src/errors.js";
import { allFromPem, fromPem, toPem } from "../../src/pki/pem.js";

const block = (body: string) => `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`;

describe("PEM", () => {
  it("gives the bytes back, in lines of at most 64 characters", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (der) => {
        const pem = toPem("PRIVATE KEY", der);
        expect(pem.split("\n").every((line) => line.length <= 64)).toBe(true);
        expect(fromPem(pem, "PRIVATE KEY")).toEqual(der);
      }),
    );
  });

  it("is what RFC 7468 shows", () => {
    expect(toPem("CMS", Uint8Array.of(1, 2, 3))).toBe("-----BEGIN CMS-----\nAQID\n-----END CMS-----\n");
  });

  it("takes the blocks of one label from a bundle with other text", () => {
    const pem = `subject: x\n${toPem("CERTIFICATE", Uint8Array.of(1))}${toPem("CMS", Uint8Array.of(2))}\r\n${block("Aw==\r\n")}`;
    expect(allFromPem(pem, "CERTIFICATE")).toEqual([Uint8Array.of(1), Uint8Array.of(3)]);
    expect(() => fromPem(pem, "CERTIFICATE")).toThrow("2 blocks CERTIFICATE where one is expected");
  });

  it.each([
    ["no block", ""],
    ["another alphabet", block("A-_=")],
    ["missing padding", block("Aw")],
    ["bits that are not zero behind the last byte", block("Ax==")],
    ["different labels", "-----BEGIN CERTIFICATE-----\nAw==\n-----END CMS-----\n"],
  ])("refuses %s", (_, pem) => {
    expect(() => fromPem(pem, "CERTIFICATE")).toThrow(MalformedError);
  });

  it("refuses a label that is none", () => {
    expect(() => toPem("A-----\nB", new Uint8Array(1))).toThrow(TypeError);
  });
});
