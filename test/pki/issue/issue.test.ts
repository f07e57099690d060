import { fromBER } from "asn1js";
import * as pkijs from "pkijs";
import { describe, expect, it } from "vitest";
import { toHex } from "../../../src/bytes/bytes.js";
import { parseCertificate } from "../../../src/pki/certificate.js";
import { issueCsca } from "../../../src/pki/issue/csca.js";
import { issueDocumentSigner } from "../../../src/pki/issue/document-signer.js";
import { nameToString } from "../../../src/pki/name.js";
import type { Signer } from "../../../src/pki/signer.js";
import { verifyCertificateSignature } from "../../../src/pki/verify-signature.js";
import { CSCA_SUBJECT, date, issueChain, newSigner, SIGNER_SUBJECT } from "../support.js";

/** ICAO 9303-12 table 6: what may be there, what must, and whether it is critical. */
const PROFILE = {
  csca: {
    "2.5.29.35": false,
    "2.5.29.14": false,
    "2.5.29.15": true,
    "2.5.29.16": false,
    "2.5.29.17": false,
    "2.5.29.18": false,
    "2.5.29.19": true,
    "2.5.29.31": false,
  },
  documentSigner: {
    "2.5.29.35": false,
    "2.5.29.14": false,
    "2.5.29.15": true,
    "2.5.29.16": false,
    "2.5.29.17": false,
    "2.5.29.18": false,
    "2.5.29.31": false,
    "2.23.136.1.1.6.2": false,
  },
};
const profileOf = ({ extensions }: { extensions: readonly { oid: string; critical: boolean }[] }) =>
  Object.fromEntries(extensions.map(({ oid, critical }) => [oid, critical]));

const utopia = { emails: [], dnsNames: [], uris: [], directoryNames: [[{ oid: "2.5.4.7", value: "UTO" }]] };

describe.each([
  ["P-256", "named"],
  ["P-256", "explicit"],
  ["P-384", "named"],
  ["P-384", "explicit"],
] as const)("a chain on %s, %s parameters", (curve, form) => {
  it("fits ICAO 9303-12 tables 5 and 6", async () => {
    const { csca, certificate, cscaSigner, signer } = await issueChain(curve, form);
    expect(profileOf(csca)).toEqual(PROFILE.csca);
    expect(profileOf(certificate)).toEqual(PROFILE.documentSigner);

    expect(nameToString(csca.subject)).toBe("C=UT, O=Utopia, CN=Utopia CSCA");
    expect(nameToString(certificate.subject)).toBe("C=UT, O=Utopia, CN=Utopia Document Signer 01");
    expect(csca.issuerRaw).toEqual(csca.subjectRaw);
    expect(certificate.issuerRaw).toEqual(csca.subjectRaw);

    expect(csca.keyUsage).toEqual(["keyCertSign", "cRLSign"]);
    expect(certificate.keyUsage).toEqual(["digitalSignature"]);
    expect(csca.basicConstraints).toEqual({ ca: true, pathLength: 0 });
    expect(csca.privateKeyUsagePeriod).toEqual(CSCA_SUBJECT.privateKeyUsage);
    expect(certificate.privateKeyUsagePeriod).toEqual(SIGNER_SUBJECT.privateKeyUsage);
    expect(csca.subjectAltName).toEqual({ ...utopia, emails: ["csca@example.org"] });
    expect(csca.issuerAltName).toEqual(csca.subjectAltName);
    expect(certificate.subjectAltName).toEqual({ ...utopia, emails: ["ds@example.org"] });
    expect(certificate.issuerAltName).toEqual(csca.subjectAltName);
    expect(certificate.crlDistributionPoints).toEqual(["https://pki.example/utopia.crl"]);
    // a DER set: the shorter one first
    expect(certificate.documentTypeList).toEqual(["I", "AC"]);
    expect(csca.authorityKeyIdentifier).toEqual(csca.subjectKeyIdentifier);
    expect(certificate.authorityKeyIdentifier).toEqual(csca.subjectKeyIdentifier);

    for (const { serialNumber } of [csca, certificate]) {
      expect(serialNumber.length).toBeLessThanOrEqual(20);
      expect(serialNumber[0]).toBeGreaterThan(0);
      expect(serialNumber[0]).toBeLessThan(0x80);
    }
    expect(csca.spkiRaw).toEqual(cscaSigner.publicKey);
    expect(certificate.spkiRaw).toEqual(signer.publicKey);
    expect(certificate.signatureAlgorithm).not.toHaveProperty("parameters");
  });

  it("verifies, and under no other key", async () => {
    const { csca, certificate } = await issueChain(curve, form);
    expect(verifyCertificateSignature(csca, csca.spkiRaw)).toBe(true);
    expect(verifyCertificateSignature(certificate, csca.spkiRaw)).toBe(true);
    expect(verifyCertificateSignature(certificate, certificate.spkiRaw)).toBe(false);
  });

  it("is read by pkijs as we read it", async () => {
    const { csca, certificate } = await issueChain(curve, form);
    for (const ours of [csca, certificate]) {
      const theirs = new pkijs.Certificate({ schema: fromBER(Uint8Array.from(ours.raw).buffer).result });
      expect(toHex(new Uint8Array(theirs.serialNumber.valueBlock.valueHexView))).toBe(toHex(ours.serialNumber));
      expect(theirs.notAfter.value).toEqual(ours.notAfter);
      expect(theirs.extensions?.map(({ extnID }) => extnID)).toEqual(ours.extensions.map(({ oid }) => oid));
      expect(new Uint8Array(theirs.tbsView)).toEqual(ours.tbsRaw);
    }
    // pkijs knows named curves only
    if (form === "named") {
      const issuer = new pkijs.Certificate({ schema: fromBER(Uint8Array.from(csca.raw).buffer).result });
      const subject = new pkijs.Certificate({ schema: fromBER(Uint8Array.from(certificate.raw).buffer).result });
      expect(await subject.verify(issuer)).toBe(true);
    }
  });
});

describe("issueCsca", () => {
  const options = { ...CSCA_SUBJECT, signer: newSigner() };

  it("writes years from 2050 as GeneralizedTime, without fractions of a second", async () => {
    const notAfter = new Date("2051-02-03T04:05:06.789Z");
    const der = await issueCsca({ ...options, notAfter });
    expect(parseCertificate(der).notAfter).toEqual(date("2051-02-03T04:05:06"));
    expect(toHex(der)).toContain(`180f${toHex(new TextEncoder().encode("20510203040506Z"))}`);
    expect(toHex(der)).toContain(`170d${toHex(new TextEncoder().encode("250101000000Z"))}`);
  });

  it("writes the country as PrintableString and other text as UTF8String where it must be", async () => {
    const der = toHex(await issueCsca({ ...options, organization: "اوتوپیا" }));
    expect(der).toContain("0603550406" + "13025554");
    expect(der).toContain(`060355040a0c0e${toHex(new TextEncoder().encode("اوتوپیا"))}`);
  });

  it("takes serial number and randomness from the caller", async () => {
    const serialNumber = Uint8Array.of(0x00, 0x80);
    expect(parseCertificate(await issueCsca({ ...options, serialNumber })).serialNumber).toEqual(serialNumber);
    const drawn = await issueCsca({ ...options, random: (length) => new Uint8Array(length).fill(0xff) });
    expect(toHex(parseCertificate(drawn).serialNumber)).toBe(`7f${"ff".repeat(15)}`);
  });

  it.each([
    ["a country in lower case", { country: "ut" }],
    ["a three-letter country", { country: "UTO" }],
    ["a code that no MRZ has", { countryCode3: "uto" }],
    ["an empty common name", { commonName: "" }],
    ["no distribution point", { crlDistributionPoints: [] }],
    ["a negative serial number", { serialNumber: Uint8Array.of(0x80) }],
    ["a serial number of zero", { serialNumber: Uint8Array.of(0) }],
    ["a serial number of 21 bytes", { serialNumber: new Uint8Array(21).fill(1) }],
    ["a serial number with needless zeros", { serialNumber: Uint8Array.of(0, 1) }],
    ["a validity that ends before it begins", { notAfter: date("2024-01-01T00:00:00") }],
    [
      "a key usage period that outlives the certificate",
      { privateKeyUsage: { notBefore: CSCA_SUBJECT.notBefore, notAfter: date("2041-01-01T00:00:00") } },
    ],
    ["an invalid date", { notAfter: new Date(Number.NaN) }],
  ])("refuses %s", async (_, change) => {
    await expect(issueCsca({ ...options, ...change })).rejects.toThrow(RangeError);
  });

  it("refuses a signer that signs with another key than it states", async () => {
    const other = newSigner();
    const signer: Signer = { ...options.signer, sign: (message, name) => other.sign(message, name) };
    await expect(issueCsca({ ...options, signer })).rejects.toMatchObject({ code: "SIGNER_MISMATCH" });
  });

  it("waits for a signer that answers later", async () => {
    const signer: Signer = { ...options.signer, sign: async (message, name) => options.signer.sign(message, name) };
    expect(parseCertificate(await issueCsca({ ...options, signer })).spkiRaw).toEqual(signer.publicKey);
  });
});

describe("issueDocumentSigner", () => {
  const setUp = async () => {
    const cscaSigner = newSigner();
    const certificate = await issueCsca({ ...CSCA_SUBJECT, signer: cscaSigner });
    return { ...SIGNER_SUBJECT, publicKey: newSigner().publicKey, issuer: { certificate, signer: cscaSigner } };
  };

  it("refuses the wrong key of the CSCA, and a CSCA whose period has ended", async () => {
    const options = await setUp();
    await expect(
      issueDocumentSigner({ ...options, issuer: { ...options.issuer, signer: newSigner() } }),
    ).rejects.toMatchObject({ code: "SIGNER_MISMATCH" });
    const late = date("2029-01-01T00:00:01");
    const privateKeyUsage = { notBefore: late, notAfter: date("2029-03-01T00:00:00") };
    await expect(issueDocumentSigner({ ...options, notBefore: late, privateKeyUsage })).rejects.toMatchObject({
      code: "SIGNER_EXPIRED",
    });
  });

  it("refuses to outlive the CSCA, no document type, and a document signer as issuer", async () => {
    const options = await setUp();
    await expect(issueDocumentSigner({ ...options, notAfter: date("2041-01-01T00:00:00") })).rejects.toThrow(
      RangeError,
    );
    await expect(issueDocumentSigner({ ...options, documentTypes: [] })).rejects.toThrow(RangeError);
    const signer = newSigner();
    const certificate = await issueDocumentSigner({ ...options, publicKey: signer.publicKey });
    await expect(issueDocumentSigner({ ...options, issuer: { certificate, signer } })).rejects.toThrow(
      "not that of a certification authority",
    );
  });

  it("refuses a document type that no MRZ has", async () => {
    await expect(issueDocumentSigner({ ...(await setUp()), documentTypes: ["IDX"] })).rejects.toMatchObject({
      code: "VALUE_NOT_ENCODABLE",
    });
  });
});
