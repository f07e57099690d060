import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { oid } from "../../src/asn1/oid.js";
import { OBJECT_IDENTIFIER } from "../../src/asn1/types.js";
import { fromHex, toHex } from "../../src/bytes/bytes.js";
import { arbitraryOf } from "../../src/testing/arbitrary.js";
import { dataObject, encodeObject, parseObject } from "../../src/tlv/file.js";
import { holdsStrictly, malformed } from "../property/strict.js";

const OID = dataObject("OID", OBJECT_IDENTIFIER, oid());

describe("OBJECT IDENTIFIER", () => {
  // X.690 §8.19.5 and RFC 5912, RFC 4055, ICAO 9303-10 §4.6.2.3, BSI TR-03110-3: encodings as printed in certificates.
  it.each([
    ["2.999.3", "0603883703"],
    ["1.2.840.113549.1.7.2", "06092a864886f70d010702"],
    ["2.16.840.1.101.3.4.2.1", "0609608648016503040201"],
    ["2.23.136.1.1.1", "0606678108010101"],
    ["0.4.0.127.0.7.2.2.4.2.2", "060a04007f00070202040202"],
    ["0.0", "060100"],
    ["0.39", "060127"],
    ["1.0", "060128"],
    ["1.39", "06014f"],
    ["2.0", "060150"],
    ["2.47", "06017f"],
    ["2.48", "06028100"],
    ["2.5.29.15", "0603551d0f"],
    // ITU-T X.667 §7: the UUID f81d4fae-7dec-11d0-a765-00a0c91e6bf6
    ["2.25.329800735698586629295641978511506172918", "06146983f09da7ebcfdee0c7a1a7b2c0948cc8f9d776"],
  ])("%s", (text, hex) => {
    expect(toHex(encodeObject(OID, text))).toBe(hex);
    expect(parseObject(OID, fromHex(hex))).toBe(text);
  });

  it("reads what it wrote, to the largest arcs", () => {
    fc.assert(
      fc.property(arbitraryOf(OID), (text) => {
        expect(parseObject(OID, encodeObject(OID, text))).toBe(text);
      }),
    );
    const largest = `2.${Number.MAX_SAFE_INTEGER - 80}.${Number.MAX_SAFE_INTEGER}`;
    expect(parseObject(OID, encodeObject(OID, largest))).toBe(largest);
    const uuid = 2n ** 128n - 1n;
    for (const text of [`2.${uuid - 80n}`, `2.25.${uuid}.1`, `2.${2n ** 53n - 80n}`, `1.2.${2n ** 53n}.${uuid}`]) {
      expect(parseObject(OID, encodeObject(OID, text))).toBe(text);
    }
    for (const text of [
      `2.${uuid - 79n}`,
      `2.25.${uuid + 1n}`,
      `1.${uuid}`,
      `${uuid}.1`,
      "2.025",
      "2.-1",
      "2.1e3",
      "1.40",
    ]) {
      expect(() => encodeObject(OID, text)).toThrow("is no object identifier");
    }
  });

  it.each([
    ["nothing", "0600", "BAD_LENGTH", 2],
    ["an arc with a leading zero group", "06032a8001", "BAD_VALUE", 3],
    ["a first arc with a leading zero group", "06028001", "BAD_VALUE", 2],
    ["a cut last arc", "06022a86", "TRUNCATED", 4],
    ["an arc too large", `06142a84${"80".repeat(17)}00`, "BAD_VALUE", 21],
    ["a first arc too large", `061384${"80".repeat(17)}00`, "BAD_VALUE", 20],
  ])("is refused: %s", (_what, hex, code, offset) => {
    expect(malformed(() => parseObject(OID, fromHex(hex)))).toMatchObject({ code, path: "OID", offset });
  });

  it("is one text for one encoding, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 12 }), (content) => {
        holdsStrictly(OID, Uint8Array.of(OBJECT_IDENTIFIER, content.length, ...content));
      }),
      { numRuns: 2000 },
    );
  });
});
