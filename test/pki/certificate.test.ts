import { X509Certificate } from "node:crypto";
import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { toHex } from "../../src/bytes/bytes.js";
import { MalformedError } from "../../src/errors.js";
import { isSelfIssued, parseCertificate } from "../../src/pki/certificate.js";
import { localityOf } from "../../src/pki/extensions.js";
import { attributeOf, commonNameOf, countryOf, NAME, nameToString } from "../../src/pki/name.js";
import { fromPem } from "../../src/pki/pem.js";
import { verifyCertificateSignature } from "../../src/pki/verify-signature.js";
import { flipBit, issueChain, vector } from "./support.js";

const files = (readdirSync(new URL("../vectors/pki/", import.meta.url), { recursive: true }) as string[])
  .filter((file) => /^(csca|dsc|mock|openssl-cms)\/.*\.(cer|pem)$/.test(file))
  .sort();
const read = (file: string) => {
  const bytes = vector(file);
  return file.endsWith(".pem") ? fromPem(new TextDecoder().decode(bytes), "CERTIFICATE") : bytes;
};

describe("parseCertificate", () => {
  it("has real certificates to read", () => {
    expect(files.length).toBeGreaterThanOrEqual(18);
  });

  it.each(files)("reads %s as Node does", (file) => {
    const der = read(file);
    const certificate = parseCertificate(der);
    const node = new X509Certificate(der);
    expect(toHex(certificate.serialNumber).replace(/^(00)+/, "")).toBe(node.serialNumber.toLowerCase());
    expect(certificate.notBefore).toEqual(new Date(node.validFrom));
    expect(certificate.notAfter).toEqual(new Date(node.validTo));
    expect(certificate.basicConstraints?.ca ?? false).toBe(node.ca);
    expect(toHex(certificate.spkiRaw)).toBe(node.publicKey.export({ format: "der", type: "spki" }).toString("hex"));
    const lines = node.subject.split("\n");
    expect(lines).toContain(`C=${countryOf(certificate.subject)}`);
    expect(lines).toContain(`CN=${commonNameOf(certificate.subject)}`);
    expect(certificate.raw).toEqual(der);
  });

  it.each([
    ["mock/sha1_ecdsa_secp256r1", true],
    ["mock/sha384_ecdsa_secp384r1", true],
    ["mock/sha256_ecdsa_brainpoolP256r1", true],
    ["mock/sha256_rsa_65537_4096", true],
    ["mock/sha256_rsapss_32_65537_3072", true],
  ])("the signature on the signer of %s is %s", (folder, verdict) => {
    const csca = parseCertificate(read(`${folder}/mock_csca.pem`));
    const signer = parseCertificate(read(`${folder}/mock_dsc.pem`));
    expect(verifyCertificateSignature(signer, csca.spkiRaw)).toBe(verdict);
    expect(verifyCertificateSignature(csca, csca.spkiRaw)).toBe(verdict);
    if (verdict) expect(verifyCertificateSignature(signer, signer.spkiRaw)).toBe(false);
  });

  it("reads the extensions of the German CSCA", () => {
    const csca = parseCertificate(read("csca/DE_ROOT_CA_CSCA07.cer"));
    expect(nameToString(csca.subject)).toBe("C=DE, O=bund, OU=bsi, CN=csca-germany");
    expect(isSelfIssued(csca)).toBe(true);
    expect(csca.keyUsage).toEqual(["keyCertSign", "cRLSign"]);
    expect(csca.basicConstraints).toEqual({ ca: true, pathLength: 0 });
    expect(localityOf(csca.subjectAltName)).toBe("D");
    expect(csca.crlDistributionPoints?.length).toBeGreaterThan(0);
    expect(csca.subjectKeyIdentifier).toEqual(csca.authorityKeyIdentifier);
    expect(csca.privateKeyUsagePeriod?.notBefore).toEqual(csca.notBefore);
    expect(csca.extensions.filter(({ critical }) => critical).map(({ oid }) => oid)).toEqual([
      "2.5.29.15",
      "2.5.29.19",
    ]);
  });

  it("tells a link certificate by its key identifiers", () => {
    const link = parseCertificate(read("csca/2016-01_CSCA_LINK.cer"));
    expect(attributeOf(link.subject, NAME.organizationalUnit)).toBe("DITJEN IMIGRASI");
    expect(link.authorityKeyIdentifier).not.toEqual(link.subjectKeyIdentifier);
  });
});

describe("a certificate with one bit flipped", () => {
  it("is refused or no longer verifies, and nothing else is ever thrown", async () => {
    const { csca, certificate } = await issueChain();
    const der = certificate.raw;
    // every bit of the names, dates and extensions would be some thousands of verifications; one bit of each byte here
    for (let byte = 0; byte < der.length; byte++) {
      const bytes = flipBit(der, 8 * byte + (byte % 8));
      try {
        expect(verifyCertificateSignature(parseCertificate(bytes), csca.spkiRaw), `byte ${byte}`).not.toBe(true);
      } catch (error) {
        if (!(error instanceof MalformedError)) throw error;
      }
    }
  });
});

describe("strictness", () => {
  const hexOf = (file: string) => toHex(read(file));
  const parse = (hex: string) => parseCertificate(Uint8Array.from(Buffer.from(hex, "hex")));
  const csca = hexOf("openssl-cms/p256-csca.cer");

  it.each([
    ["version 1 written out", "a003020102", "a003020100", "Certificate.tbs.version"],
    [
      "another algorithm outside",
      /2a8648ce3d040302(?!.*2a8648ce3d040302)/,
      "2a8648ce3d040303",
      "Certificate.signatureAlgorithm",
    ],
    ["a BOOLEAN that is not FF", "0101ff", "010101", "extensions[0].critical"],
    ["a critical FALSE", "0101ff", "010100", "Certificate.tbs.extensions[0]"],
    ["a time without digits", /170d[0-9a-f]{2}/, "170d41", "validity.notBefore"],
    ["key usage with needless bits", "03020106", "03020006", "keyUsage"],
    ["an extension twice", "0603551d0f", "0603551d13", "occurs twice"],
  ])("refuses %s", (_, from, to, path) => {
    const changed = csca.replace(from, to);
    expect(changed).not.toBe(csca);
    expect(() => parse(changed)).toThrow(MalformedError);
    expect(() => parse(changed)).toThrow(path);
  });

  it("refuses bytes behind the certificate, half a certificate, and none", () => {
    for (const hex of [`${csca}00`, csca.slice(0, 400), ""]) expect(() => parse(hex)).toThrow(MalformedError);
  });

  it("gives the offset of an extension's fault in the whole input", () => {
    const at = csca.indexOf("03020106") / 2;
    expect(() => parse(csca.replace("03020106", "03020006"))).toThrow(`(at byte ${at + 2})`);
  });
});

describe("nameToString", () => {
  it("escapes what would read as another attribute", () => {
    const name = [
      { oid: NAME.organization, value: 'A, "B"+C' },
      { oid: "1.2.3", value: "#x" },
    ];
    expect(nameToString(name)).toBe('O=A\\, \\"B\\"\\+C, 1.2.3=\\#x');
  });
});
