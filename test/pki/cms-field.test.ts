import { readFileSync } from "node:fs";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { concatBytes, fromHex, toHex, utf8 } from "../../src/bytes/bytes.js";
import { MalformedError } from "../../src/errors.js";
import { berToDer } from "../../src/pki/ber.js";
import { parseCms } from "../../src/pki/cms.js";
import { signCms } from "../../src/pki/cms-sign.js";
import { verifySignedData } from "../../src/pki/cms-verify.js";
import { ALL_DEPARTURES } from "../../src/pki/departures.js";
import { lenienceOf } from "../../src/pki/lenient.js";
import { encodeTlv, parseTlv } from "../../src/tlv/ber.js";
import { type Chain, flipBit, issueChain, notPassed, TODAY, thrownBy } from "./support.js";

const LENIENT = { tolerate: ALL_DEPARTURES };
const json = (file: string) => JSON.parse(readFileSync(new URL(`../vectors/lds/${file}`, import.meta.url), "utf8"));
const bytes = (file: string) => new Uint8Array(readFileSync(new URL(`../vectors/lds/${file}`, import.meta.url)));
const inside = (file: Uint8Array) => parseTlv(file, 0x77).value;
const codes = (departures: readonly { readonly code: string }[]) => departures.map(({ code }) => code);

describe("security objects of published test sets", () => {
  it("verifies that of the BSI reference data set (RSA)", () => {
    const signedData = parseCms(inside(fromHex(json("sod-bsi-reference.json").sod)));
    const { findings, departures } = verifySignedData(signedData);
    expect(notPassed(findings)).toEqual({});
    expect(departures).toEqual([]);
  });

  it("verifies that of the BSI silver data set (explicit parameters, SHA-1), with a warning", () => {
    const { good, findings } = verifySignedData(parseCms(inside(bytes("bsi-silver/EF.SOD.bin"))));
    expect(good).toBe(true);
    expect(notPassed(findings)).toEqual({ algorithms: "warning" });
  });

  it.each([
    ["npa-ecdh/ef_cardsecurity.bin", {}, []],
    ["cardsecurity-jmrtd.bin", { contentType: "warning", messageDigest: "warning" }, ["SIGNED_ATTRIBUTES_MISSING"]],
  ])("verifies EF.CardSecurity of %s", (file, findings, departures) => {
    const verified = verifySignedData(parseCms(bytes(file)));
    expect(verified.good).toBe(true);
    expect(notPassed(verified.findings)).toEqual(findings);
    expect(codes(verified.departures)).toEqual(departures);
  });

  const negative = (index: number) =>
    inside(fromHex(json("sod-modified-pymrtd.json").vectors.find((one: { index: number }) => one.index === index).sod));

  it.each([
    [2, { signature: "failed" }],
    [8, { signature: "failed" }],
    [10, { contentType: "failed", signature: "failed" }],
    [12, { messageDigest: "failed" }],
    [14, { messageDigest: "failed" }],
    [16, { messageDigest: "failed" }],
  ])("finds what is wrong in number %i of pymrtd's negative set", (index, findings) => {
    const verified = verifySignedData(parseCms(negative(index), LENIENT));
    expect(verified.good).toBe(false);
    expect(notPassed(verified.findings)).toEqual(findings);
  });

  it("refuses another content than SignedData, and names a wrong version", () => {
    expect(() => parseCms(negative(4), LENIENT)).toThrow("1.2.840.113549.1.7.4 is not SignedData");
    expect(() => parseCms(negative(6))).toThrow(/version: is 2 where 3 is due/);
    const signedData = parseCms(negative(6), { tolerate: ["CMS_VERSION"] });
    expect(codes(signedData.departures)).toEqual(["CMS_VERSION"]);
    expect(verifySignedData(signedData).good).toBe(true);
  });
});

let chain: Chain;
let der: Uint8Array;
const content = utf8("an opaque content");
beforeAll(async () => {
  chain = await issueChain();
  const { signer, certificate } = chain;
  der = signCms({ content, contentType: "2.23.136.1.1.1", signer, certificate, at: TODAY, signingTime: TODAY });
});

/** Everything constructed with an open length, and octet strings in two pieces; certificates stay as they are. */
function toBer(object: Uint8Array, path: readonly number[] = []): Uint8Array {
  const node = parseTlv(object);
  const certificates = path.join() === "48,160,48,160";
  if (certificates) return object;
  if (node.tag === 0x04 && node.value.length > 1) {
    const half = node.value.length >> 1;
    const pieces = [node.value.subarray(0, half), node.value.subarray(half)].map((piece) => encodeTlv(0x04, piece));
    return concatBytes(Uint8Array.of(0x24, 0x80), ...pieces, Uint8Array.of(0, 0));
  }
  if (!node.constructed) return object;
  const parts = [...node.children].map(({ raw }) => toBer(raw, [...path, node.tag]));
  return concatBytes(Uint8Array.of(node.tag, 0x80), ...parts, Uint8Array.of(0, 0));
}

describe("BER", () => {
  it("with open lengths and strings in pieces verifies over the octets inside", () => {
    const ber = toBer(der);
    expect(ber.length).toBeGreaterThan(der.length);
    expect(thrownBy(() => parseCms(ber))).toBeInstanceOf(MalformedError);
    const signedData = parseCms(ber, LENIENT);
    expect(signedData.raw).toBe(ber);
    expect(codes(signedData.departures)).toEqual(["INDEFINITE_LENGTH", "CONSTRUCTED_STRING"]);
    expect(signedData.eContent).toEqual(content);
    expect(signedData.certificates).toEqual([chain.certificate.raw]);
    expect(notPassed(verifySignedData(signedData).findings)).toEqual({});
  });

  it("comes back to the DER it was made of, and leaves DER alone", () => {
    const lenience = lenienceOf(LENIENT) as NonNullable<ReturnType<typeof lenienceOf>>;
    expect(toHex(berToDer(toBer(der), lenience)?.der as Uint8Array)).toBe(toHex(der));
    expect(berToDer(der, lenience)).toBeUndefined();
  });

  it("is refused unless each of its forms is let pass", () => {
    const ber = toBer(der);
    for (const code of ["INDEFINITE_LENGTH", "CONSTRUCTED_STRING"] as const) {
      const tolerate = ALL_DEPARTURES.filter((other) => other !== code);
      expect(thrownBy(() => parseCms(ber, { tolerate }))).toBeInstanceOf(MalformedError);
    }
  });

  it.each([
    ["an open length without an end", "30800201"],
    ["an open length of a primitive object", "0480"],
    ["a piece of another type", "24800c01410000"],
    ["a length beyond the input", "3085ffffffffff"],
    ["nothing", ""],
    ["a tag without an end", "3f8080808001"],
    ["nesting without bound", "3080".repeat(100_000)],
    ["strings in strings without bound", "2480".repeat(100_000)],
  ])("refuses %s", (_, hex) => {
    expect(thrownBy(() => parseCms(fromHex(hex), LENIENT))).toBeInstanceOf(MalformedError);
  });

  it("names bytes behind the message", () => {
    const signedData = parseCms(concatBytes(der, Uint8Array.of(0, 0)), { tolerate: ["TRAILING_BYTES"] });
    expect(signedData.departures).toEqual([{ code: "TRAILING_BYTES", path: "ContentInfo", offset: der.length }]);
    const ber = parseCms(concatBytes(toBer(der), Uint8Array.of(0xff)), LENIENT);
    expect(codes(ber.departures)).toContain("TRAILING_BYTES");
    expect(() =>
      parseCms(concatBytes(toBer(der), Uint8Array.of(0xff)), { tolerate: ["INDEFINITE_LENGTH", "CONSTRUCTED_STRING"] }),
    ).toThrow(MalformedError);
  });

  it("takes time in proportion to its size", () => {
    const wide = (count: number) =>
      concatBytes(
        fromHex("3080"),
        new Uint8Array(2 * count).fill(0x05).map((byte, i) => (i % 2 ? 0 : byte)),
        fromHex("0000"),
      );
    const lenience = () => lenienceOf(LENIENT) as NonNullable<ReturnType<typeof lenienceOf>>;
    expect(berToDer(wide(500_000), lenience())?.der.length).toBe(1_000_000 + 5);
  });
});

describe("law 7: a mutated message", () => {
  it("has findings or is refused with MalformedError, strictly and leniently, as DER and as BER", () => {
    fc.assert(
      fc.property(fc.boolean(), fc.nat(), fc.nat(), (asBer, first, second) => {
        const source = asBer ? toBer(der) : der;
        const changed = flipBit(flipBit(source, first % (source.length * 8)), second % (source.length * 8));
        for (const options of [{}, LENIENT]) {
          try {
            verifySignedData(parseCms(changed, options));
          } catch (error) {
            if (!(error instanceof MalformedError)) throw error;
          }
        }
      }),
      { numRuns: 400 },
    );
  });

  it("never verifies when a signed byte was changed, however lenient the reader", () => {
    const { eContent, signerInfos } = parseCms(der);
    const attributes = signerInfos[0]?.signedAttrsRaw as Uint8Array;
    const ber = toBer(der);
    const places = [
      [der, eContent.byteOffset - der.byteOffset, eContent.length],
      [der, toHex(der).indexOf(toHex(attributes.subarray(1))) / 2, attributes.length - 1],
      [ber, toHex(ber).indexOf(toHex(content.subarray(0, 8))) / 2, 8],
    ] as const;
    for (const [source, from, length] of places) {
      expect(from).toBeGreaterThan(0);
      for (let at = from; at < from + length; at++) {
        const changed = flipBit(source, 8 * at + (at % 8));
        try {
          expect(verifySignedData(parseCms(changed, LENIENT)).good, `byte ${at}`).toBe(false);
        } catch (error) {
          if (!(error instanceof MalformedError)) throw error;
        }
      }
    }
  });
});
