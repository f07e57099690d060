import { fromBER } from "asn1js";
import * as pkijs from "pkijs";
import { beforeAll, describe, expect, it } from "vitest";
import { toHex } from "../../../src/bytes/bytes.js";
import { generateEcPrivateKey } from "../../../src/crypto/ecdsa.js";
import type { CurveName } from "../../../src/crypto/primitives.js";
import { importRsaPrivateKey } from "../../../src/crypto/rsa.js";
import { type Certificate, parseCertificate } from "../../../src/pki/certificate.js";
import { ID_DEVIATION_LIST_SIGNER } from "../../../src/pki/deviation-list.js";
import { EXTENSION } from "../../../src/pki/extensions.js";
import { issueCsca } from "../../../src/pki/issue/csca.js";
import { issueCscaLink } from "../../../src/pki/issue/csca-link.js";
import { issueDocumentSigner } from "../../../src/pki/issue/document-signer.js";
import { issueDeviationListSigner, issueMasterListSigner } from "../../../src/pki/issue/list-signer.js";
import { ID_MASTER_LIST_SIGNER } from "../../../src/pki/master-list.js";
import { nameToString } from "../../../src/pki/name.js";
import { publicKeyForm } from "../../../src/pki/public-key.js";
import { memorySigner, type SignatureAlgorithmName, type SyncSigner } from "../../../src/pki/signer.js";
import { verifyCertificateSignature } from "../../../src/pki/verify-signature.js";
import { parseTlv } from "../../../src/tlv/ber.js";
import { rsaNumbers } from "../../crypto/rsa-support.js";
import { CSCA_SUBJECT, date, newSigner, SIGNER_SUBJECT } from "../support.js";

/** ICAO 9303-12 table 6, row by row: presence (m, o, x) and criticality (c, nc) in its columns. */
const TABLE6: Readonly<
  Record<string, readonly [root: string, link: string, documentSigner: string, listSigner: string]>
> = {
  "2.5.29.35 AuthorityKeyIdentifier": ["o nc", "m nc", "m nc", "m nc"],
  "2.5.29.14 SubjectKeyIdentifier": ["m nc", "m nc", "o nc", "o nc"],
  "2.5.29.15 KeyUsage": ["m c", "m c", "m c", "m c"],
  "2.5.29.16 PrivateKeyUsagePeriod": ["m nc", "m nc", "m nc", "o nc"],
  "2.5.29.32 CertificatePolicies": ["o nc", "o nc", "o nc", "o nc"],
  "2.5.29.33 PolicyMappings": ["x", "x", "x", "x"],
  "2.5.29.17 SubjectAltName": ["m nc", "m nc", "m nc", "m nc"],
  "2.5.29.18 IssuerAltName": ["m nc", "m nc", "m nc", "m nc"],
  "2.5.29.9 SubjectDirectoryAttributes": ["x", "x", "x", "x"],
  "2.5.29.19 BasicConstraints": ["m c", "m c", "x", "x"],
  "2.5.29.30 NameConstraints": ["x", "x", "x", "x"],
  "2.5.29.36 PolicyConstraints": ["x", "x", "x", "x"],
  "2.5.29.37 ExtKeyUsage": ["x", "x", "x", "m c"],
  "2.5.29.31 CRLDistributionPoints": ["m nc", "m nc", "m nc", "m nc"],
  "2.5.29.54 InhibitAnyPolicy": ["x", "x", "x", "x"],
  "2.5.29.46 FreshestCRL": ["x", "x", "x", "x"],
  "1.3.6.1.5.5.7.1.1 AuthorityInfoAccess": ["o nc", "o nc", "o nc", "o nc"],
  "1.3.6.1.5.5.7.1.11 SubjectInfoAccess": ["o nc", "o nc", "o nc", "o nc"],
  "2.23.136.1.1.6.1 NameChange": ["o nc", "o nc", "x", "x"],
  "2.23.136.1.1.6.2 DocumentType": ["x", "x", "m nc", "x"],
  "2.16.840.1.113730.1.1 NetscapeCertType": ["x", "x", "x", "x"],
};

type Kind = "root" | "link" | "nameChangeLink" | "documentSigner" | "masterListSigner" | "deviationListSigner";
const COLUMN: Readonly<Record<Kind, number>> = {
  root: 0,
  link: 1,
  nameChangeLink: 1,
  documentSigner: 2,
  masterListSigner: 3,
  deviationListSigner: 3,
};

interface World {
  readonly old: Certificate;
  readonly oldSigner: SyncSigner;
  readonly certificates: Readonly<Record<Kind, Certificate>>;
  readonly renamed: Certificate;
}

const NEXT = {
  ...CSCA_SUBJECT,
  notBefore: date("2028-06-01T00:00:00"),
  notAfter: date("2043-06-01T00:00:00"),
  privateKeyUsage: { notBefore: date("2028-06-01T00:00:00"), notAfter: date("2032-06-01T00:00:00") },
  contact: "new-csca@example.org",
};

/** One certificate of each kind, all by the old key but for the roots. */
async function issueAll(make: () => SyncSigner): Promise<World> {
  const [oldSigner, newKey, renamedKey, leaf] = [make(), make(), make(), make()] as [
    SyncSigner,
    SyncSigner,
    SyncSigner,
    SyncSigner,
  ];
  const der = await issueCsca({ ...CSCA_SUBJECT, signer: oldSigner });
  const issuer = { certificate: der, signer: oldSigner };
  const root = await issueCsca({ ...NEXT, signer: newKey });
  const renamed = await issueCsca({
    ...NEXT,
    commonName: "Utopia National CSCA",
    nameChange: true,
    signer: renamedKey,
  });
  const subject = { ...SIGNER_SUBJECT, publicKey: leaf.publicKey, issuer };
  const { privateKeyUsage: _, ...listSubject } = subject;
  return {
    old: parseCertificate(der),
    oldSigner,
    renamed: parseCertificate(renamed),
    certificates: {
      root: parseCertificate(root),
      link: parseCertificate(await issueCscaLink({ issuer, root })),
      nameChangeLink: parseCertificate(await issueCscaLink({ issuer, root: parseCertificate(renamed) })),
      documentSigner: parseCertificate(await issueDocumentSigner(subject)),
      masterListSigner: parseCertificate(await issueMasterListSigner(listSubject)),
      deviationListSigner: parseCertificate(await issueDeviationListSigner(subject)),
    },
  };
}

let world: World;
beforeAll(async () => {
  world = await issueAll(() => newSigner("P-256", "explicit"));
});

describe.each(Object.keys(COLUMN) as Kind[])("ICAO 9303-12, a %s", (kind) => {
  const get = () => world.certificates[kind];

  it.each(Object.entries(TABLE6))("table 6: %s", (row, columns) => {
    const [oid] = row.split(" ");
    const [presence, criticality] = (columns[COLUMN[kind]] as string).split(" ");
    const found = get().extensions.filter((extension) => extension.oid === oid);
    if (presence === "m") expect(found).toHaveLength(1);
    if (presence === "x") expect(found).toHaveLength(0);
    for (const { critical } of found) expect(critical).toBe(criticality === "c");
  });

  it("table 6: no extension that it does not name", () => {
    const named = Object.keys(TABLE6).map((row) => row.split(" ")[0]);
    expect(get().extensions.filter(({ oid }) => !named.includes(oid))).toEqual([]);
  });

  it("table 5: version 3, serial number, times, names, algorithms", () => {
    const certificate = get();
    expect([certificate.version, certificate.departures]).toEqual([3, []]);
    expect(certificate.serialNumber.length).toBeLessThanOrEqual(20);
    expect((certificate.serialNumber[0] as number) < 0x80).toBe(true);
    const [, , inner, , validity] = parseTlv(certificate.tbsRaw).children;
    expect(inner?.raw).toEqual([...parseTlv(certificate.raw).children][1]?.raw);
    for (const time of validity?.children ?? []) expect(new TextDecoder().decode(time.value)).toMatch(/^\d{12}Z$/);
    for (const name of [certificate.issuer, certificate.subject]) {
      expect(name.map(({ oid }) => oid)).toEqual(expect.arrayContaining(["2.5.4.6", "2.5.4.3"]));
      expect(name.find(({ oid }) => oid === "2.5.4.6")?.value).toBe("UT");
    }
    expect(toHex(certificate.subjectRaw)).toContain("060355040613025554"); // PrintableString "UT"
    expect([...parseTlv(certificate.tbsRaw).children].filter(({ tag }) => tag === 0x81 || tag === 0x82)).toEqual([]);
  });

  it("§7.1.1.2: the state as in the MRZ in both alternative names, and a contact", () => {
    for (const name of [get().subjectAltName, get().issuerAltName]) {
      expect(name?.directoryNames).toEqual([[{ oid: "2.5.4.7", value: "UTO" }]]);
      expect(name?.emails).toHaveLength(1);
    }
    expect(get().crlDistributionPoints).toEqual(["https://pki.example/utopia.crl"]);
  });

  it("verifies under the key that signed it", () => {
    const by = kind === "root" ? get() : world.old;
    expect(verifyCertificateSignature(get(), by.spkiRaw)).toBe(true);
    expect(get().authorityKeyIdentifier).toEqual(by.subjectKeyIdentifier);
    expect(get().issuerRaw).toEqual(by.subjectRaw);
  });
});

describe("what the columns of table 6 say beyond presence", () => {
  it("authorities sign certificates and lists, path length 0; signers sign data", () => {
    const { root, link, nameChangeLink, documentSigner, masterListSigner, deviationListSigner } = world.certificates;
    for (const authority of [root, link, nameChangeLink]) {
      expect(authority.keyUsage).toEqual(["keyCertSign", "cRLSign"]);
      expect(authority.basicConstraints).toEqual({ ca: true, pathLength: 0 });
    }
    for (const signer of [documentSigner, masterListSigner, deviationListSigner]) {
      expect(signer.keyUsage).toEqual(["digitalSignature"]);
    }
    expect(masterListSigner.extKeyUsage).toEqual([ID_MASTER_LIST_SIGNER]);
    expect(deviationListSigner.extKeyUsage).toEqual([ID_DEVIATION_LIST_SIGNER]);
    expect(masterListSigner.privateKeyUsagePeriod).toBeUndefined();
    expect(deviationListSigner.privateKeyUsagePeriod).toEqual(SIGNER_SUBJECT.privateKeyUsage);
  });

  it("a link holds the new key and what belongs to it, by the old key and what belongs to that", () => {
    const { root, link } = world.certificates;
    expect(link.spkiRaw).toEqual(root.spkiRaw);
    expect(link.subjectKeyIdentifier).toEqual(root.subjectKeyIdentifier);
    expect(link.subjectRaw).toEqual(link.issuerRaw);
    expect(link.privateKeyUsagePeriod).toEqual(root.privateKeyUsagePeriod);
    expect([link.notBefore, link.notAfter]).toEqual([root.notBefore, root.notAfter]);
    expect(link.subjectAltName?.emails).toEqual(["new-csca@example.org"]);
    expect(link.issuerAltName?.emails).toEqual(["csca@example.org"]);
    expect(link.serialNumber).not.toEqual(root.serialNumber);
    expect(link.nameChange).toBeUndefined();
    expect(root.issuerAltName).toEqual(root.subjectAltName);
  });

  it("a link to a new name holds both names, and says so (§7.1.1.5)", () => {
    const { nameChangeLink } = world.certificates;
    expect(nameToString(nameChangeLink.issuer)).toBe("C=UT, O=Utopia, CN=Utopia CSCA");
    expect(nameToString(nameChangeLink.subject)).toBe("C=UT, O=Utopia, CN=Utopia National CSCA");
    expect(nameChangeLink.nameChange).toBe(true);
    expect(nameChangeLink.extensions.find(({ oid }) => oid === EXTENSION.nameChange)?.value).toEqual(
      Uint8Array.of(5, 0),
    );
    expect(world.renamed.nameChange).toBe(true);
    expect(world.renamed.issuerRaw).toEqual(world.renamed.subjectRaw);
  });

  it("a state that its code does not tell is named by a second attribute, in signers too", async () => {
    const signer = newSigner();
    const csca = await issueCsca({ ...CSCA_SUBJECT, countryCode3: "CHN", stateCode: "HKG", signer });
    const issuer = { certificate: csca, signer };
    const leaf = await issueDocumentSigner({ ...SIGNER_SUBJECT, publicKey: newSigner().publicKey, issuer });
    const state = [
      [
        { oid: "2.5.4.7", value: "CHN" },
        { oid: "2.5.4.8", value: "HKG" },
      ],
    ];
    for (const der of [csca, leaf]) expect(parseCertificate(der).subjectAltName?.directoryNames).toEqual(state);
  });
});

const CURVES: readonly CurveName[] = [
  ...(["P-256", "P-384", "P-521", "brainpoolP256r1", "brainpoolP320r1", "brainpoolP384r1", "brainpoolP512r1"] as const),
];
const EC: readonly [string, () => SyncSigner][] = CURVES.flatMap((curve) => [
  [`${curve}, explicit parameters`, () => memorySigner(generateEcPrivateKey(curve))],
  [`${curve}, named`, () => memorySigner(generateEcPrivateKey(curve), { curveParameters: "named" })],
]);
const HASHED: readonly [string, () => SyncSigner][] = (["224", "256", "384", "512"] as const).map((bits) => {
  const algorithm: SignatureAlgorithmName = `ECDSA-SHA${bits}`;
  return [algorithm, () => memorySigner(generateEcPrivateKey("P-256"), { algorithm })];
});

describe.each([...EC, ...HASHED])("a chain of %s", (_, make) => {
  it("is issued, with the key as the signer states it and the algorithm it prefers", async () => {
    const signer = make();
    const leaf = make();
    const csca = parseCertificate(await issueCsca({ ...CSCA_SUBJECT, signer }));
    const issuer = { certificate: csca, signer };
    const der = await issueDocumentSigner({ ...SIGNER_SUBJECT, publicKey: leaf.publicKey, issuer });
    const certificate = parseCertificate(der);
    expect(publicKeyForm(certificate.spkiRaw)).toEqual(publicKeyForm(leaf.publicKey));
    expect(verifyCertificateSignature(certificate, csca.spkiRaw)).toBe(true);
    expect(certificate.signatureAlgorithm).not.toHaveProperty("parameters");
  });
});

describe.each([
  [2048, "RSA-SHA256"],
  [2048, "RSASSA-PSS-SHA224"],
  [3072, "RSASSA-PSS-SHA256"],
  [3072, "RSA-SHA384"],
  [4096, "RSASSA-PSS-SHA512"],
] as const)("a chain of RSA-%d, %s", (bits, algorithm) => {
  const make = () => memorySigner(importRsaPrivateKey(rsaNumbers(bits)), { algorithm });

  it("states the algorithm with its parameters, twice the same, and is read by pkijs", async () => {
    const signer = make();
    const csca = parseCertificate(await issueCsca({ ...CSCA_SUBJECT, signer }));
    const leaf = newSigner();
    const issuer = { certificate: csca, signer };
    const certificate = parseCertificate(
      await issueDocumentSigner({ ...SIGNER_SUBJECT, publicKey: leaf.publicKey, issuer }),
    );
    expect(verifyCertificateSignature(certificate, csca.spkiRaw)).toBe(true);
    const { parameters } = certificate.signatureAlgorithm;
    if (algorithm.startsWith("RSA-")) expect(parameters).toEqual(Uint8Array.of(5, 0));
    else expect(parameters?.[0]).toBe(0x30);
    const [issuerOfPkijs, subject] = [csca, certificate].map(
      ({ raw }) => new pkijs.Certificate({ schema: fromBER(Uint8Array.from(raw).buffer).result }),
    ) as [pkijs.Certificate, pkijs.Certificate];
    // pkijs has no SHA-224
    if (!algorithm.endsWith("224")) expect(await subject.verify(issuerOfPkijs)).toBe(true);
  });
});

describe("issueCscaLink refuses", () => {
  const issue = (over: object) =>
    issueCscaLink({
      issuer: { certificate: world.old, signer: world.oldSigner },
      root: world.certificates.root,
      ...over,
    });

  it.each<[string, () => Promise<object>, object]>([
    ["a root that is a link", async () => ({ root: world.certificates.link }), { name: "RangeError" }],
    ["a root that is a signer", async () => ({ root: world.certificates.documentSigner }), { name: "RangeError" }],
    [
      "the old key",
      async () => ({ root: world.old }),
      { name: "RangeError", message: expect.stringContaining("old key") },
    ],
    [
      "another country",
      async () => ({ root: await issueCsca({ ...NEXT, country: "XX", signer: newSigner() }) }),
      { name: "RangeError" },
    ],
    [
      "a root that its key did not sign",
      async () => {
        const raw = world.certificates.root.raw.slice();
        raw[raw.length - 1] = (raw[raw.length - 1] as number) ^ 1;
        return { root: raw };
      },
      { name: "RangeError", message: expect.stringContaining("its own key") },
    ],
    [
      "another signer",
      async () => ({ issuer: { certificate: world.old, signer: newSigner() } }),
      { code: "SIGNER_MISMATCH" },
    ],
    [
      "a time at which the old key may sign no more",
      async () => ({ notBefore: date("2029-01-02T00:00:00") }),
      { code: "SIGNER_EXPIRED" },
    ],
    ["to outlive the new root", async () => ({ notAfter: date("2044-01-01T00:00:00") }), { name: "RangeError" }],
  ])("%s", async (_, over, error) => {
    await expect(issue(await over())).rejects.toMatchObject(error);
  });
});

describe("issueCsca and the signers refuse", () => {
  it.each([["ftp://pki.example/x.crl"], ["pki.example/x.crl"], [""]])("the distribution point %j", async (uri) => {
    const options = { ...CSCA_SUBJECT, crlDistributionPoints: [uri], signer: newSigner() };
    await expect(issueCsca(options)).rejects.toThrow(RangeError);
  });

  it("a state code that is none", async () => {
    await expect(issueCsca({ ...CSCA_SUBJECT, stateCode: "hk", signer: newSigner() })).rejects.toThrow(RangeError);
  });

  it("an issuer that is no authority, and a signer that would outlive it", async () => {
    const { old, oldSigner, certificates } = world;
    const options = { ...SIGNER_SUBJECT, publicKey: newSigner().publicKey };
    const signer = newSigner();
    const leaf = { certificate: certificates.documentSigner, signer };
    await expect(issueMasterListSigner({ ...options, issuer: leaf })).rejects.toThrow(RangeError);
    const issuer = { certificate: old, signer: oldSigner };
    const late = { ...options, issuer, notAfter: date("2041-01-01T00:00:00") };
    await expect(issueDeviationListSigner(late)).rejects.toThrow(RangeError);
  });
});
