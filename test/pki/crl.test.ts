import { readdirSync } from "node:fs";
import fc from "fast-check";
import * as pkijs from "pkijs";
import { beforeAll, describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../src/bytes/bytes.js";
import { MalformedError } from "../../src/errors.js";
import { parseCertificate } from "../../src/pki/certificate.js";
import { parseCrl, verifyCrl } from "../../src/pki/crl.js";
import { ALL_DEPARTURES } from "../../src/pki/departures.js";
import { issueCrl } from "../../src/pki/issue/crl.js";
import { nameToString } from "../../src/pki/name.js";
import { encodeTlv, parseTlv } from "../../src/tlv/ber.js";
import { type Chain, date, flipBit, issueChain, newSigner, TODAY, vector } from "./support.js";

const LENIENT = { tolerate: ALL_DEPARTURES };
const files = readdirSync(new URL("../vectors/pki/pkits/", import.meta.url)).filter((file) => file.endsWith(".crl"));
const pkits = (file: string) => vector(`pkits/${file}`);
const certificate = (file: string) => parseCertificate(pkits(file), LENIENT);

describe("NIST PKITS", () => {
  it.each(files)("reads %s as pkijs does", (file) => {
    const der = pkits(file);
    const crl = parseCrl(der, LENIENT);
    const other = pkijs.CertificateRevocationList.fromBER(Uint8Array.from(der));
    expect(crl.thisUpdate).toEqual(other.thisUpdate.value);
    expect(crl.nextUpdate).toEqual(other.nextUpdate?.value);
    const serials = (other.revokedCertificates ?? []).map((entry) =>
      toHex(new Uint8Array(entry.userCertificate.valueBlock.valueHexView)),
    );
    expect([...crl.revoked].map(({ serialNumber }) => toHex(serialNumber))).toEqual(serials);
    expect(crl.revoked.size).toBe(serials.length);
    expect([...crl.revoked].map(({ revocationDate }) => revocationDate)).toEqual(
      (other.revokedCertificates ?? []).map((entry) => entry.revocationDate.value),
    );
    expect(crl).toMatchObject({ version: 2, raw: der });
    expect(crl.authorityKeyIdentifier).toHaveLength(20);
    expect(crl.crlNumber).toBeDefined();
  });

  it("finds a revoked certificate and its reason, and no other", () => {
    const crl = parseCrl(pkits("GoodCACRL.crl"));
    const revoked = certificate("InvalidRevokedEETest3EE.crt");
    expect(nameToString(crl.issuer)).toBe("C=US, O=Test Certificates, CN=Good CA");
    expect(crl.issuerRaw).toEqual(revoked.issuerRaw);
    expect(crl.revoked.find(revoked.serialNumber)?.reason).toBe("keyCompromise");
    expect(crl.revoked.find(certificate("ValidCertificatePathTest1EE.crt").serialNumber)).toBeUndefined();
    const ca = parseCrl(pkits("TrustAnchorRootCRL.crl"));
    expect(verifyCrl(ca, certificate("TrustAnchorRootCertificate.crt").spkiRaw)).toBe(true);
  });

  it.each([
    ["GoodCACRL.crl", "GoodCACert.crt", true],
    ["RevokedsubCACRL.crl", "RevokedsubCACert.crt", true],
    ["GoodCACRL.crl", "RevokedsubCACert.crt", false],
    ["BadCRLSignatureCACRL.crl", "BadCRLSignatureCACert.crt", false],
    ["BadCRLIssuerNameCACRL.crl", "BadCRLIssuerNameCACert.crt", true],
  ])("the signature of %s with the key of %s is %s", (list, issuer, verdict) => {
    expect(verifyCrl(parseCrl(pkits(list)), certificate(issuer).spkiRaw)).toBe(verdict);
  });

  it("names critical extensions of entries that are not understood", () => {
    expect(parseCrl(pkits("UnknownCRLEntryExtensionCACRL.crl")).unknownCritical).toEqual(["2.16.840.1.101.2.1.12.2"]);
    expect(parseCrl(pkits("GoodCACRL.crl")).unknownCritical).toEqual([]);
  });

  it("finds negative serial numbers", () => {
    const crl = parseCrl(pkits("NegativeSerialNumberCACRL.crl"), LENIENT);
    expect([...crl.revoked].map(({ serialNumber }) => toHex(serialNumber))).toEqual(["ff"]);
    expect(crl.revoked.find(fromHex("ff"))).toBeDefined();
    expect(crl.revoked.find(fromHex("00ff"))).toBeUndefined();
  });
});

let chain: Chain;
beforeAll(async () => {
  chain = await issueChain();
});
const options = () => ({
  issuer: { certificate: chain.csca, signer: chain.cscaSigner },
  thisUpdate: TODAY,
  nextUpdate: new Date(TODAY.getTime() + 30 * 86_400_000),
  crlNumber: Uint8Array.of(7),
  revoked: [
    { serialNumber: chain.certificate.serialNumber, revocationDate: date("2026-05-30T10:00:00") },
    { serialNumber: Uint8Array.of(0x00, 0x80), revocationDate: date("2026-05-31T10:00:00") },
  ],
});

describe("issueCrl", () => {
  it("makes a list after the profile, which pkijs reads and verifies", async () => {
    const der = await issueCrl(options());
    const crl = parseCrl(der);
    expect(crl).toMatchObject({
      version: 2,
      departures: [],
      thisUpdate: TODAY,
      nextUpdate: options().nextUpdate,
      crlNumber: Uint8Array.of(7),
      authorityKeyIdentifier: chain.csca.subjectKeyIdentifier,
      issuerRaw: chain.csca.subjectRaw,
    });
    expect(crl.extensions.map(({ oid, critical }) => [oid, critical])).toEqual([
      ["2.5.29.35", false],
      ["2.5.29.20", false],
    ]);
    expect([...crl.revoked]).toEqual(options().revoked.map((entry) => ({ ...entry, extensions: [] })));
    expect(crl.revoked.find(chain.certificate.serialNumber)?.revocationDate).toEqual(date("2026-05-30T10:00:00"));
    expect(verifyCrl(crl, chain.csca.spkiRaw)).toBe(true);
    expect(verifyCrl(crl, chain.certificate.spkiRaw)).toBe(false);
    const other = pkijs.CertificateRevocationList.fromBER(Uint8Array.from(der));
    expect(await other.verify({ issuerCertificate: pkijs.Certificate.fromBER(Uint8Array.from(chain.csca.raw)) })).toBe(
      true,
    );
  });

  it("leaves the list of entries out when nothing is revoked", async () => {
    const crl = parseCrl(await issueCrl({ ...options(), revoked: [] }));
    expect([...crl.revoked]).toEqual([]);
    expect(crl.revoked.size).toBe(0);
    expect(crl.revoked.find(Uint8Array.of(1))).toBeUndefined();
  });

  it.each([
    ["a day too late", { nextUpdate: new Date(TODAY.getTime() + 91 * 86_400_000) }],
    ["no time at all", { nextUpdate: TODAY }],
    ["a negative number", { crlNumber: Uint8Array.of(0x80) }],
    [
      "a serial number with a needless zero",
      { revoked: [{ serialNumber: Uint8Array.of(0, 1), revocationDate: TODAY }] },
    ],
    ["a certificate twice", { revoked: Array(2).fill({ serialNumber: Uint8Array.of(1), revocationDate: TODAY }) }],
    ["an algorithm that the signer does not offer", { algorithm: "RSA-SHA256" as const }],
  ])("refuses %s", async (_, change) => {
    await expect(issueCrl({ ...options(), ...change })).rejects.toThrow(RangeError);
  });

  it("refuses an issuer that may not sign lists, another key, and a time outside the certificate", async () => {
    const issuer = { certificate: chain.certificate, signer: chain.signer };
    await expect(issueCrl({ ...options(), issuer })).rejects.toThrow(/cRLSign/);
    const stranger = { certificate: chain.csca.raw, signer: newSigner() };
    await expect(issueCrl({ ...options(), issuer: stranger })).rejects.toMatchObject({ code: "SIGNER_MISMATCH" });
    const early = { thisUpdate: date("2024-12-31T00:00:00"), nextUpdate: date("2025-01-10T00:00:00") };
    await expect(issueCrl({ ...options(), ...early })).rejects.toMatchObject({ code: "SIGNER_NOT_YET_VALID" });
  });
});

describe("parseCrl", () => {
  /** The list with its TBSCertList taken apart. */
  const remade = async (change: (children: Uint8Array[]) => Uint8Array[]) => {
    const [tbs, ...rest] = [...parseTlv(await issueCrl(options())).children].map(({ raw }) => raw) as [Uint8Array];
    return encodeTlv(0x30, encodeTlv(0x30, ...change([...parseTlv(tbs).children].map(({ raw }) => raw))), ...rest);
  };

  it("reads version 1 without extensions, and names a version that does not fit", async () => {
    const old = await remade((parts) => parts.slice(1, -1));
    expect(parseCrl(old)).toMatchObject({ version: 1, extensions: [], departures: [] });
    const wrong = await remade((parts) => parts.slice(1));
    expect(() => parseCrl(wrong)).toThrow(/tbs.version: is not 1/);
    expect(parseCrl(wrong, LENIENT).departures.map(({ code }) => code)).toEqual(["VERSION"]);
  });

  it("names a list of entries that is empty", async () => {
    const empty = await remade((parts) => parts.map((part, i) => (i === 5 ? Uint8Array.of(0x30, 0) : part)));
    expect(() => parseCrl(empty)).toThrow(/revokedCertificates: is empty/);
    expect(parseCrl(empty, LENIENT).departures.map(({ code }) => code)).toEqual(["EMPTY_SEQUENCE"]);
  });

  it("tells critical extensions of partial lists", async () => {
    const point = encodeTlv(0x30, fromHex("0603551d1c"), fromHex("0101ff"), fromHex("04023000"));
    const partial = await remade((parts) => [...parts.slice(0, -1), encodeTlv(0xa0, encodeTlv(0x30, point))]);
    expect(parseCrl(partial).unknownCritical).toEqual(["2.5.29.28"]);
  });

  it("says where an entry is wrong", async () => {
    const bad = await remade((parts) =>
      parts.map((part, i) => (i === 5 ? fromHex("3007300502010105 00".replace(" ", "")) : part)),
    );
    expect(() => parseCrl(bad, LENIENT)).toThrow(/revokedCertificates\[0\]/);
  });

  it("gives a value or MalformedError for mutated lists (law 7)", () => {
    const sources = files.map(pkits);
    fc.assert(
      fc.property(fc.constantFrom(...sources), fc.nat(), fc.nat(), (source, first, second) => {
        const changed = flipBit(flipBit(source, first % (source.length * 8)), second % (source.length * 8));
        for (const how of [{}, LENIENT]) {
          const crl = thrownOrRead(() => parseCrl(changed, how));
          // what was read can be gone through
          if (crl !== undefined) expect([...crl.revoked]).toHaveLength(crl.revoked.size);
        }
      }),
      { numRuns: 1500 },
    );
  });
});

function thrownOrRead<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}
