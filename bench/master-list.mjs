// A master list of hundreds of certificates: read and indexed by name and key identifier, against one SHA-256 over it.
import { hash } from "node:crypto";
import { issueCsca, issueMasterList, issueMasterListSigner } from "../dist/pki/issue.js";
import { generateEcPrivateKey, indexCertificate, memorySigner, parseMasterList } from "../dist/pki.js";
import { NOW } from "./fixtures.mjs";

/** As many as the German list of 2024 has, nearly. */
const CERTIFICATES = 500;
const day = (text) => new Date(`${text}T00:00:00Z`);
const common = {
  contact: "csca@utopia.example",
  crlDistributionPoints: ["https://pki.utopia.example/csca.crl"],
  notBefore: day("2025-01-01"),
  notAfter: day("2040-01-01"),
  privateKeyUsage: { notBefore: day("2025-01-01"), notAfter: day("2029-01-01") },
};

async function makeList() {
  const certificates = [];
  let authority;
  for (let i = 0; i < CERTIFICATES; i++) {
    const signer = memorySigner(generateEcPrivateKey(i % 2 === 0 ? "P-256" : "P-384"));
    const certificate = await issueCsca({
      ...common,
      country: "UT",
      countryCode3: "UTO",
      commonName: `Utopia CSCA ${i}`,
      organization: "Utopia Civil Registry",
      signer,
    });
    authority ??= { certificate, signer };
    certificates.push(certificate);
  }
  const signer = memorySigner(generateEcPrivateKey("P-256"));
  const certificate = await issueMasterListSigner({
    ...common,
    notAfter: day("2029-06-01"),
    commonName: "Utopia Master List Signer",
    organization: "Utopia Civil Registry",
    publicKey: signer.publicKey,
    issuer: authority,
  });
  return issueMasterList({ certificates, signer, certificate, csca: authority.certificate, at: NOW });
}

/** What a store looks anchors up by. */
function index(bytes) {
  const byName = new Map();
  for (const der of parseMasterList(bytes).certificates) {
    const entry = indexCertificate(der);
    const name = Buffer.from(entry.subjectRaw).toString("latin1");
    const known = byName.get(name);
    if (known === undefined) byName.set(name, [entry]);
    else known.push(entry);
  }
  return byName;
}

export async function masterListGroups() {
  const bytes = await makeList();
  if (index(bytes).size !== CERTIFICATES) throw new Error("the index has not every certificate");
  const own = "cardwright: parseMasterList, indexCertificate of each";
  const floor = "one SHA-256 over it";
  return [
    {
      id: "master-list",
      name: `index a master list of ${CERTIFICATES} certificates (${Math.round(bytes.length / 1000)} kB)`,
      base: floor,
      variants: [
        { label: floor, run: () => hash("sha256", bytes, "binary") },
        { label: own, run: () => index(bytes) },
      ],
      claims: [{ text: "master list indexed, against one SHA-256", of: own, against: floor, goal: 0.1 }],
    },
  ];
}
