import { Utf8String } from "asn1js";
import fc from "fast-check";
import * as pkijs from "pkijs";
import { beforeAll, describe, expect, it } from "vitest";
import { fromHex } from "../../src/bytes/bytes.js";
import type { CurveName } from "../../src/crypto/primitives.js";
import { importRsaPrivateKey } from "../../src/crypto/rsa.js";
import { MalformedError } from "../../src/errors.js";
import { parseCertificate } from "../../src/pki/certificate.js";
import { issueCsca } from "../../src/pki/issue/csca.js";
import { type HolderCertificateOptions, issueHolderCertificate } from "../../src/pki/issue/holder.js";
import { NAME, type Name } from "../../src/pki/name.js";
import { createCertificateRequest, parseCertificateRequest, verifyCertificateRequest } from "../../src/pki/request.js";
import { memorySigner, type Signer, type SyncSigner } from "../../src/pki/signer.js";
import { verifyCertificateSignature } from "../../src/pki/verify-signature.js";
import { encodeTlv, parseTlv } from "../../src/tlv/ber.js";
import { rsaNumbers } from "../crypto/rsa-support.js";
import { CSCA_SUBJECT, date, newSigner, thrownBy } from "./support.js";

const SUBJECT: Name = [
  { oid: NAME.country, value: "UT" },
  { oid: NAME.surname, value: "احمدی" },
  { oid: NAME.givenName, value: "Sara" },
  { oid: NAME.commonName, value: "0012345679" },
];
/** KeyUsage with nonRepudiation. */
const EXTENSIONS = [{ oid: "2.5.29.15", critical: true, value: fromHex("03020640") }];
const signer = newSigner();
const DER = createCertificateRequest({ signer, subject: SUBJECT, extensions: EXTENSIONS });

const SIGNERS: readonly [string, () => SyncSigner][] = [
  ...(["P-256", "P-384", "P-521", "brainpoolP256r1"] as CurveName[]).map(
    (curve) => [curve, () => newSigner(curve)] as [string, () => SyncSigner],
  ),
  ["P-256, explicit parameters", () => newSigner("P-256", "explicit")],
  ["RSA-2048, PKCS#1 v1.5", () => memorySigner(importRsaPrivateKey(rsaNumbers(2048)), { algorithm: "RSA-SHA256" })],
  ["RSA-2048, PSS", () => memorySigner(importRsaPrivateKey(rsaNumbers(2048)))],
];

describe("createCertificateRequest", () => {
  it.each(SIGNERS)("makes a request that reads back and verifies: %s", (_, make) => {
    const own = make();
    const request = parseCertificateRequest(
      createCertificateRequest({ signer: own, subject: SUBJECT, extensions: EXTENSIONS }),
    );
    expect(request.subject).toEqual(SUBJECT);
    expect(request.spkiRaw).toEqual(own.publicKey);
    expect(request.extensions).toEqual(EXTENSIONS);
    expect(verifyCertificateRequest(request)).toBe(true);
  });

  it("asks for nothing when nothing is asked for, with the attributes there and empty", () => {
    const der = createCertificateRequest({ signer, subject: [] });
    const request = parseCertificateRequest(der);
    expect([request.attributes, request.extensions, request.subject]).toEqual([[], [], []]);
    expect([...parseTlv(request.infoRaw).children].at(-1)?.raw).toEqual(Uint8Array.of(0xa0, 0));
  });

  it("works over a signer that answers later: a chip, a security module", async () => {
    const chip: Signer = { ...signer, sign: async (message, algorithm) => signer.sign(message, algorithm) };
    const der = await createCertificateRequest({ signer: chip, subject: SUBJECT });
    expect(verifyCertificateRequest(parseCertificateRequest(der))).toBe(true);
  });

  it("refuses another key's signature, another length, and an algorithm that is not offered", () => {
    const bad = { ...signer, sign: newSigner().sign };
    expect(thrownBy(() => createCertificateRequest({ signer: bad, subject: [] }))).toMatchObject({
      code: "SIGNER_MISMATCH",
    });
    const short = { ...signer, sign: () => new Uint8Array(63).fill(1) };
    expect(() => createCertificateRequest({ signer: short, subject: [] })).toThrow(RangeError);
    expect(() => createCertificateRequest({ signer, subject: [], algorithm: "RSA-SHA256" })).toThrow(RangeError);
  });

  it("is taken by pkijs, with the same key, subject and extensions", async () => {
    const theirs = pkijs.CertificationRequest.fromBER(Uint8Array.from(DER).buffer);
    expect(await theirs.verify()).toBe(true);
    expect(theirs.subject.typesAndValues.map(({ value }) => value.valueBlock.value)).toEqual(
      SUBJECT.map(({ value }) => value),
    );
    const [attribute] = theirs.attributes ?? [];
    const extensions = new pkijs.Extensions({ schema: attribute?.values[0] }).extensions;
    expect(extensions.map(({ extnID, critical }) => [extnID, critical])).toEqual([["2.5.29.15", true]]);
  });
});

describe("parseCertificateRequest", () => {
  it("reads a request of pkijs", async () => {
    const theirs = new pkijs.CertificationRequest();
    const pair = await globalThis.crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-384" }, true, [
      "sign",
      "verify",
    ]);
    await theirs.subjectPublicKeyInfo.importKey(pair.publicKey);
    theirs.subject.typesAndValues.push(
      new pkijs.AttributeTypeAndValue({ type: "2.5.4.3", value: new Utf8String({ value: "سارا" }) }),
    );
    theirs.attributes = [];
    await theirs.sign(pair.privateKey, "SHA-384");
    const request = parseCertificateRequest(new Uint8Array(theirs.toSchema().toBER()));
    expect(verifyCertificateRequest(request)).toBe(true);
    expect(request.subject).toEqual([{ oid: NAME.commonName, value: "سارا" }]);
  });

  it("gives views of its input, and keeps it", () => {
    const request = parseCertificateRequest(DER);
    expect(request.raw).toBe(DER);
    for (const part of [request.infoRaw, request.spkiRaw, request.signature]) expect(part.buffer).toBe(DER.buffer);
  });

  it("finds every flipped bit: malformed, not offered, or a signature that is not good", () => {
    fc.assert(
      fc.property(fc.nat(DER.length * 8 - 1), (bit) => {
        const bytes = DER.slice();
        bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (0x80 >> (bit & 7));
        let good: boolean | undefined;
        try {
          good = verifyCertificateRequest(parseCertificateRequest(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedError);
        }
        expect(good).not.toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  it("throws nothing but MalformedError, for any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(DER.length), (noise, at) => {
        const bytes = DER.slice();
        bytes.set(noise.subarray(0, bytes.length - at), at);
        try {
          parseCertificateRequest(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedError);
        }
      }),
    );
  });

  const rebuild = (change: (parts: Uint8Array[]) => Uint8Array[]): Uint8Array => {
    const [info, ...others] = [...parseTlv(DER).children];
    const parts = change([...(info?.children ?? [])].map(({ raw }) => raw));
    return encodeTlv(0x30, encodeTlv(0x30, ...parts), ...others.map(({ raw }) => raw));
  };
  const attribute = (type: string, ...values: Uint8Array[]) =>
    encodeTlv(0x30, fromHex(type), encodeTlv(0x31, ...values));
  const REQUEST = "06092a864886f70d01090e";
  const usage = encodeTlv(0x30, encodeTlv(0x30, fromHex("0603551d0f"), fromHex("0404"), fromHex("")).slice(0));

  it.each<[string, Uint8Array]>([
    ["version 2", rebuild(([, ...parts]) => [Uint8Array.of(2, 1, 1), ...parts])],
    ["no attributes", rebuild((parts) => parts.slice(0, 3))],
    ["trailing bytes", Uint8Array.of(...DER, 0)],
    [
      "an attribute twice",
      rebuild((parts) => [
        ...parts.slice(0, 3),
        encodeTlv(0xa0, attribute("060355040a", Uint8Array.of(5, 0)), attribute("060355040a", Uint8Array.of(5, 0))),
      ]),
    ],
    [
      "extensions twice",
      rebuild((parts) => [
        ...parts.slice(0, 3),
        encodeTlv(0xa0, attribute(REQUEST, Uint8Array.of(0x30, 2, 0x30, 0), usage)),
      ]),
    ],
    [
      "an attribute without values",
      rebuild((parts) => [...parts.slice(0, 3), encodeTlv(0xa0, attribute("060355040a"))]),
    ],
    [
      "extensions that are none",
      rebuild((parts) => [...parts.slice(0, 3), encodeTlv(0xa0, attribute(REQUEST, Uint8Array.of(5, 0)))]),
    ],
  ])("refuses %s", (_, der) => {
    expect(thrownBy(() => parseCertificateRequest(der))).toBeInstanceOf(MalformedError);
  });
});

describe("issueHolderCertificate", () => {
  const authoritySigner = newSigner("P-384");
  let certificate: Uint8Array;
  beforeAll(async () => {
    certificate = await issueCsca({ ...CSCA_SUBJECT, commonName: "Utopia Citizens 1", signer: authoritySigner });
  });
  const options = (over: Partial<HolderCertificateOptions> = {}): HolderCertificateOptions => ({
    purpose: "authentication",
    request: DER,
    subject: SUBJECT,
    issuer: { certificate, signer: authoritySigner },
    notBefore: date("2026-02-01T00:00:00"),
    notAfter: date("2033-02-01T00:00:00"),
    crlDistributionPoints: ["https://pki.example/citizens.crl"],
    ...over,
  });
  const issue = async (over?: Partial<HolderCertificateOptions>) =>
    parseCertificate(await issueHolderCertificate(options(over)));

  it.each([
    ["authentication", ["digitalSignature"], ["1.3.6.1.5.5.7.3.2"]],
    ["signature", ["nonRepudiation"], undefined],
  ] as const)("gives a key one purpose: %s", async (purpose, usage, extended) => {
    const issued = await issue({ purpose, policies: ["1.2.3.4"], email: "sara@example.org" });
    expect(issued.keyUsage).toEqual(usage);
    expect(issued.extKeyUsage).toEqual(extended);
    expect(issued.basicConstraints).toEqual({ ca: false });
    expect(issued.certificatePolicies).toEqual(["1.2.3.4"]);
    expect(issued.subjectAltName?.emails).toEqual(["sara@example.org"]);
    expect(issued.spkiRaw).toEqual(signer.publicKey);
    expect(issued.subject).toEqual(SUBJECT);
    expect(issued.departures).toEqual([]);
    const authority = parseCertificate(certificate);
    expect(issued.authorityKeyIdentifier).toEqual(authority.subjectKeyIdentifier);
    expect(verifyCertificateSignature(issued, authority.spkiRaw)).toBe(true);
    const critical = issued.extensions.filter((extension) => extension.critical).map(({ oid }) => oid);
    expect(critical.sort()).toEqual(["2.5.29.15", "2.5.29.19"]);
  });

  it("takes nothing of the request but its key: name and extensions are the authority's", async () => {
    const request = createCertificateRequest({
      signer,
      subject: [{ oid: NAME.commonName, value: "somebody else" }],
      extensions: [{ oid: "2.5.29.19", critical: true, value: fromHex("30030101ff") }],
    });
    const issued = await issue({ request: parseCertificateRequest(request), purpose: "signature" });
    expect(issued.subject).toEqual(SUBJECT);
    expect(issued.basicConstraints?.ca).toBe(false);
  });

  it("refuses a request that the chip did not sign, saying what to do", async () => {
    const request = DER.slice();
    request[request.length - 1] = (request[request.length - 1] as number) ^ 1;
    await expect(issue({ request })).rejects.toMatchObject({
      code: "REQUEST_INVALID",
      message: expect.stringContaining("make a new one"),
    });
    const swapped = parseCertificateRequest(DER);
    const other = { ...swapped, spkiRaw: newSigner().publicKey };
    await expect(issue({ request: other })).rejects.toMatchObject({ code: "REQUEST_INVALID" });
  });

  it.each<[string, () => Partial<HolderCertificateOptions>, object]>([
    ["a purpose that is none", () => ({ purpose: "both" as never }), { name: "RangeError" }],
    ["a holder without name", () => ({ subject: [] }), { name: "RangeError" }],
    ["no distribution point", () => ({ crlDistributionPoints: [] }), { name: "RangeError" }],
    ["to outlive the authority", () => ({ notAfter: date("2041-01-01T00:00:00") }), { name: "RangeError" }],
    [
      "the authority's own key",
      () => ({ request: createCertificateRequest({ signer: authoritySigner, subject: [] }) }),
      { name: "RangeError" },
    ],
    [
      "another signer than the authority's",
      () => ({ issuer: { certificate, signer: newSigner() } }),
      { code: "SIGNER_MISMATCH" },
    ],
    ["an authority out of its time", () => ({ notBefore: date("2030-01-01T00:00:00") }), { code: "SIGNER_EXPIRED" }],
    [
      "an algorithm that is not offered",
      () => ({ request: { ...parseCertificateRequest(DER), signatureAlgorithm: { algorithm: "1.2.3" } } }),
      { code: "ALGORITHM_UNSUPPORTED" },
    ],
    ["bytes that are no request", () => ({ request: Uint8Array.of(0x30, 0) }), { name: "MalformedError" }],
  ])("refuses %s", async (_, over, error) => {
    await expect(issue(over())).rejects.toMatchObject(error);
  });
});
