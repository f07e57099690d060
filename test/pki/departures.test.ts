import { createPublicKey, X509Certificate } from "node:crypto";
import { readdirSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes, fromHex, toHex, utf8 } from "../../src/bytes/bytes.js";
import { MalformedError } from "../../src/errors.js";
import { parseCertificate, unknownCriticalExtensions } from "../../src/pki/certificate.js";
import { indexCertificate } from "../../src/pki/certificate-index.js";
import { ALL_DEPARTURES, DEPARTURES, type DepartureCode } from "../../src/pki/departures.js";
import { EXTENSION } from "../../src/pki/extensions.js";
import { parseMasterListContent } from "../../src/pki/master-list.js";
import { nameToString } from "../../src/pki/name.js";
import { allFromPem } from "../../src/pki/pem.js";
import { encodeTlv } from "../../src/tlv/ber.js";
import { thrownBy, vector } from "./support.js";

const folder = new URL("../vectors/pki/", import.meta.url);
const files = (readdirSync(folder, { recursive: true }) as string[])
  .filter((file) => /\.(cer|crt|der|pem)$/.test(file))
  .sort();
const read = (file: string) => {
  const bytes = vector(file);
  return bytes[0] === 0x2d ? (allFromPem(new TextDecoder().decode(bytes), "CERTIFICATE")[0] as Uint8Array) : bytes;
};
/** A malformed extension may pass as such, too. */
const allBut = (code: DepartureCode) =>
  ALL_DEPARTURES.filter((other) => other !== code && other !== "EXTENSION_MALFORMED");
const codesOf = (der: Uint8Array) =>
  parseCertificate(der, { tolerate: ALL_DEPARTURES }).departures.map(({ code }) => code);

describe("certificates met in the field", () => {
  it.each(files)("reads %s, with every departure named", (file) => {
    const der = read(file);
    const certificate = parseCertificate(der, { tolerate: ALL_DEPARTURES });
    const node = new X509Certificate(der);
    const key = createPublicKey({ key: Buffer.from(certificate.spkiRaw), format: "der", type: "spki" });
    expect(key.equals(node.publicKey)).toBe(true);
    expect(certificate.notBefore).toEqual(new Date(node.validFrom));
    expect(certificate.notAfter).toEqual(new Date(node.validTo));
    expect(certificate.basicConstraints?.ca ?? false).toBe(node.ca);
    if (certificate.departures.length === 0) expect(parseCertificate(der)).toEqual(certificate);
    else expect(thrownBy(() => parseCertificate(der))).toBeInstanceOf(MalformedError);
    for (const { offset, path } of certificate.departures) {
      expect(offset).toBeLessThan(der.length);
      expect(path).toMatch(/^Certificate/);
    }
    const index = indexCertificate(der);
    for (const field of ["issuerRaw", "subjectRaw", "spkiRaw", "serialNumber", "subjectKeyIdentifier"] as const) {
      expect(index[field], field).toEqual(certificate[field]);
    }
  });

  it.each([
    ["departures/al-serial-number.cer", "SERIAL_NUMBER", "Certificate"],
    ["departures/va-serial-number.cer", "SERIAL_NUMBER", "Certificate"],
    ["departures/ci-named-bits.cer", "NAMED_BITS", "Certificate.tbs.extensions.keyUsage"],
    ["departures/cn-named-bits.cer", "NAMED_BITS", "Certificate.tbs.extensions.keyUsage"],
    ["departures/cy-named-bits.cer", "NAMED_BITS", "Certificate.tbs.extensions.keyUsage"],
    ["departures/li-empty-sequence.cer", "EMPTY_SEQUENCE", "Certificate.tbs.extensions.subjectAltName"],
    ["departures/ua-boolean-not-ff.cer", "BOOLEAN_NOT_FF", "Certificate.tbs.extensions.basicConstraints.ca"],
    ["pkits/ValidGeneralizedTimenotBeforeDateTest4EE.crt", "TIME_CHOICE", "Certificate"],
  ] as const)("%s departs by %s, and is read when that alone is let pass", (file, code, path) => {
    const certificate = parseCertificate(read(file), { tolerate: [code] });
    expect(certificate.departures[0]).toMatchObject({ code, path });
    expect(new Set(certificate.departures.map((departure) => departure.code)).size).toBe(1);
    expect(() => parseCertificate(read(file), { tolerate: allBut(code) })).toThrow(MalformedError);
  });

  it("reads key usage and constraints as they are meant", () => {
    const { keyUsage } = parseCertificate(read("departures/cy-named-bits.cer"), { tolerate: ["NAMED_BITS"] });
    expect(keyUsage).toEqual(["keyCertSign", "cRLSign"]);
    const ua = parseCertificate(read("departures/ua-boolean-not-ff.cer"), { tolerate: ["BOOLEAN_NOT_FF"] });
    expect(ua.basicConstraints?.ca).toBe(true);
  });

  it("reads the certificates of a bare list, each with a serial number that is not positive", () => {
    const certificates = parseMasterListContent(vector("masterlist/bc-masterlist-content.data"));
    expect(certificates).toHaveLength(3);
    for (const der of certificates) expect(codesOf(der)).toEqual(["SERIAL_NUMBER"]);
  });
});

/** A certificate of our own, put together so that single parts can be changed. */
const base = {
  version: "a003020102",
  serial: "020105",
  algorithm: "300a06082a8648ce3d040302",
  name: "300d310b3009060355040613025554",
  notBefore: "170d3236303130313030303030305a",
  notAfter: "170d3337303130313030303030305a",
  extensions: ["300f0603551d130101ff040530030101ff"],
  outer: "300a06082a8648ce3d040302",
};
function certificate(change: Partial<typeof base> = {}): Uint8Array {
  const parts = { ...base, ...change };
  const spki = vector("openssl-cms/p256-csca.cer");
  const key = indexCertificate(spki).spkiRaw;
  const tbs = encodeTlv(
    0x30,
    fromHex(parts.version),
    fromHex(parts.serial),
    fromHex(parts.algorithm),
    fromHex(parts.name),
    encodeTlv(0x30, fromHex(parts.notBefore), fromHex(parts.notAfter)),
    fromHex(parts.name),
    key,
    ...(parts.extensions.length === 0 ? [] : [encodeTlv(0xa3, encodeTlv(0x30, ...parts.extensions.map(fromHex)))]),
  );
  return encodeTlv(0x30, tbs, fromHex(parts.outer), fromHex("030200aa"));
}
const name = (tag: string, text: Uint8Array) =>
  toHex(
    encodeTlv(0x30, encodeTlv(0x31, encodeTlv(0x30, fromHex("0603550403"), encodeTlv(Number.parseInt(tag, 16), text)))),
  );
const extension = (oid: string, value: string, critical = "") =>
  toHex(encodeTlv(0x30, fromHex(oid), fromHex(critical), encodeTlv(0x04, fromHex(value))));
const USAGE = "0603551d10";

describe("a departure", () => {
  it("is none in the certificate that the others are made of", () => {
    expect(parseCertificate(certificate()).departures).toEqual([]);
  });

  it.each<[string, DepartureCode, Uint8Array]>([
    ["version 1 written out", "DEFAULT_ENCODED", certificate({ version: "a003020100", extensions: [] })],
    ["extensions in version 1", "VERSION", certificate({ version: "" })],
    ["extensions in version 2", "VERSION", certificate({ version: "a003020101" })],
    ["a serial number with a needless zero", "INTEGER_FORM", certificate({ serial: "02020005" })],
    ["a serial number of 21 bytes", "SERIAL_NUMBER", certificate({ serial: `0215${"11".repeat(21)}` })],
    ["a negative serial number", "SERIAL_NUMBER", certificate({ serial: "0201fb" })],
    ["UTCTime without seconds", "TIME_FORM", certificate({ notBefore: "170b323630313031303030305a" })],
    ["UTCTime with an offset", "TIME_FORM", certificate({ notBefore: "1711323630313031303030303030" + "2b30333330" })],
    [
      "GeneralizedTime with a fraction",
      "TIME_FORM",
      certificate({ notAfter: `1811${toHex(utf8("20370101000000.5Z"))}` }),
    ],
    ["GeneralizedTime before 2050", "TIME_CHOICE", certificate({ notAfter: `180f${toHex(utf8("20370101000000Z"))}` })],
    ["@ in a PrintableString", "STRING_CHARACTERS", certificate({ name: name("13", utf8("a@b")) })],
    ["Latin-1 in a UTF8String", "STRING_CHARACTERS", certificate({ name: name("0c", Uint8Array.of(0xe9)) })],
    ["NULL outside alone", "ALGORITHM_PARAMETERS", certificate({ outer: "300c06082a8648ce3d0403020500" })],
    ["no extension", "EMPTY_SEQUENCE", encodedWithEmptyExtensions()],
    ["critical FALSE", "DEFAULT_ENCODED", certificate({ extensions: [extension("0603551d13", "3000", "010100")] })],
    ["cA FALSE", "DEFAULT_ENCODED", certificate({ extensions: [extension("0603551d13", "3003010100")] })],
    ["a known one twice", "EXTENSION_REPEATED", certificate({ extensions: [...base.extensions, ...base.extensions] })],
    [
      "a usage period that is none",
      "EXTENSION_MALFORMED",
      certificate({ extensions: [extension(USAGE, "3003800141")] }),
    ],
    ["bytes behind it", "TRAILING_BYTES", concatBytes(certificate(), Uint8Array.of(0, 0))],
    ["a long length", "NON_MINIMAL_LENGTH", longLength(certificate())],
    ["an open length", "INDEFINITE_LENGTH", openLength(certificate())],
  ])("%s: %s", (_, code, der) => {
    expect(thrownBy(() => parseCertificate(der))).toBeInstanceOf(MalformedError);
    expect(thrownBy(() => parseCertificate(der, { tolerate: allBut(code) }))).toBeInstanceOf(MalformedError);
    const read = parseCertificate(der, { tolerate: [code] });
    expect(read.departures.map((departure) => departure.code)).toContain(code);
    expect(new Set(read.departures.map((departure) => departure.code)).size).toBe(1);
    expect(read.raw).toEqual(der);
  });

  it("does not change what is read", () => {
    const times = parseCertificate(certificate({ notBefore: `1711${toHex(utf8("260101033000+0330"))}` }), {
      tolerate: ["TIME_FORM"],
    });
    expect(times.notBefore).toEqual(new Date("2026-01-01T00:00:00Z"));
    const latin = parseCertificate(certificate({ name: name("0c", Uint8Array.of(0xe9)) }), {
      tolerate: ALL_DEPARTURES,
    });
    expect(nameToString(latin.subject)).toBe("CN=é");
  });

  it("keeps the signed bytes as received when the rest has open lengths", () => {
    const der = openLength(certificate());
    expect(parseCertificate(der, { tolerate: ALL_DEPARTURES }).tbsRaw).toEqual(parseCertificate(certificate()).tbsRaw);
  });

  it.each([
    ["two different extensions of one kind", { extensions: [...base.extensions, extension("0603551d13", "3000")] }],
    ["another algorithm outside", { outer: "300a06082a8648ce3d040303" }],
    ["key usage that cannot be read", { extensions: [extension("0603551d0f", "0500")] }],
    ["purposes that cannot be read", { extensions: [extension("0603551d25", "0500")] }],
    ["constraints that cannot be read", { extensions: [extension("0603551d13", "0500")] }],
    ["a critical extension that cannot be read", { extensions: [extension(USAGE, "3003800141", "0101ff")] }],
    ["a time that is none", { notBefore: "170d3236313330313030303030305a" }],
    ["no serial number", { serial: "0200" }],
  ])("is never %s", (_, change) => {
    expect(() => parseCertificate(certificate(change), { tolerate: ALL_DEPARTURES })).toThrow(MalformedError);
  });

  it("has a code of its own and says where it was seen", () => {
    expect(new Set(ALL_DEPARTURES).size).toBe(DEPARTURES.length);
    for (const { code, reason, seen } of DEPARTURES) {
      expect(code).toMatch(/^[A-Z_0-9]+$/);
      expect(reason.length).toBeGreaterThan(20);
      expect(seen).not.toBe("");
    }
  });
});

describe("extensions", () => {
  it("reads policies and a change of name", () => {
    const read = parseCertificate(
      certificate({
        extensions: [extension("0603551d20", "3006300406022a03"), extension("060767810801010601", "0500")],
      }),
    );
    expect(read.certificatePolicies).toEqual(["1.2.3"]);
    expect(read.nameChange).toBe(true);
  });

  it("tells critical ones that are not understood", () => {
    const unknown = extension("06022a03", "0500", "0101ff");
    expect(unknownCriticalExtensions(parseCertificate(certificate({ extensions: [unknown] })))).toEqual(["1.2.3"]);
    expect(unknownCriticalExtensions(parseCertificate(certificate()))).toEqual([]);
    expect(Object.values(EXTENSION)).toHaveLength(12);
  });

  it("reads names in BMPString, UniversalString and T61String", () => {
    const nameOf = (tag: string, hex: string) =>
      nameToString(parseCertificate(certificate({ name: name(tag, fromHex(hex)) })).subject);
    expect(nameOf("1e", "0627")).toBe("CN=ا");
    expect(nameOf("1c", "0001f600")).toBe("CN=😀");
    expect(nameOf("1c", "00110000")).toBe("CN=\ufffd");
    expect(nameOf("14", "e9")).toBe("CN=é");
    expect(nameOf("1e", "06")).toBe("CN=\\#1e0106");
  });
});

describe("law 7: a mutated certificate", () => {
  const sources = ["departures/ua-boolean-not-ff.cer", "csca/DE_ROOT_CA_CSCA07.cer", "sod-certs/fi-dsc.der"].map(read);
  it("is read or refused with MalformedError, and what reads is strict or names a departure", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...sources),
        fc.array(
          fc.tuple(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.integer({ min: 0, max: 255 })),
          {
            minLength: 1,
            maxLength: 4,
          },
        ),
        (source, changes) => {
          const der = Uint8Array.from(source);
          for (const [where, byte] of changes) der[Math.floor(where * der.length)] = byte;
          let strict = true;
          try {
            parseCertificate(der);
          } catch (error) {
            if (!(error instanceof MalformedError)) throw error;
            strict = false;
          }
          try {
            const { departures } = parseCertificate(der, { tolerate: ALL_DEPARTURES });
            expect(departures.length === 0).toBe(strict);
          } catch (error) {
            if (!(error instanceof MalformedError)) throw error;
            expect(strict).toBe(false);
          }
          try {
            indexCertificate(der);
          } catch (error) {
            if (!(error instanceof MalformedError)) throw error;
          }
        },
      ),
      { numRuns: 3000 },
    );
  });
});

const inside = (der: Uint8Array) => der.subarray(der[1] === 0x82 ? 4 : der[1] === 0x81 ? 3 : 2);

/** The length of the certificate in four bytes. */
function longLength(der: Uint8Array): Uint8Array {
  const value = inside(der);
  return concatBytes(Uint8Array.of(0x30, 0x84, 0, 0, value.length >> 8, value.length & 0xff), value);
}

function openLength(der: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(0x30, 0x80), inside(der), Uint8Array.of(0, 0));
}

function encodedWithEmptyExtensions(): Uint8Array {
  const whole = certificate({ extensions: [] });
  const { tbsRaw, raw } = parseCertificate(whole);
  const tbs = encodeTlv(0x30, inside(tbsRaw), fromHex("a3023000"));
  return encodeTlv(0x30, tbs, raw.subarray(tbsRaw.byteOffset - raw.byteOffset + tbsRaw.length));
}
