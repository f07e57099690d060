// A whole hierarchy issued by the package, as files: for each kind of key a CSCA, its signers, its revocation list with one of them in
// it, and the next CSCA with its link certificates.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  createCertificateRequest,
  encodePkcs8,
  generateEcPrivateKey,
  generateRsaPrivateKey,
  memorySigner,
  NAME,
  parseCertificate,
  toPem,
} from "cardwright/pki";
import {
  issueCrl,
  issueCsca,
  issueCscaLink,
  issueDeviationListSigner,
  issueDocumentSigner,
  issueHolderCertificate,
  issueMasterListSigner,
} from "cardwright/pki/issue";

const ec = (curve, algorithm) => ({ key: () => generateEcPrivateKey(curve), algorithm });
const rsa = (bits, algorithm) => ({ key: () => generateRsaPrivateKey(bits), algorithm });

/** Kinds of keys by name, each with the algorithm it prefers. */
export const KINDS = {
  "P-256 SHA-224": ec("P-256", "ECDSA-SHA224"),
  "P-256 SHA-256": ec("P-256", "ECDSA-SHA256"),
  "P-384": ec("P-384", "ECDSA-SHA384"),
  "P-521": ec("P-521", "ECDSA-SHA512"),
  brainpoolP256r1: ec("brainpoolP256r1", "ECDSA-SHA256"),
  brainpoolP320r1: ec("brainpoolP320r1", "ECDSA-SHA384"),
  brainpoolP384r1: ec("brainpoolP384r1", "ECDSA-SHA384"),
  brainpoolP512r1: ec("brainpoolP512r1", "ECDSA-SHA512"),
  "RSA-2048 PKCS#1 v1.5": rsa(2048, "RSA-SHA256"),
  "RSA-3072 PSS": rsa(3072, "RSASSA-PSS-SHA256"),
  "RSA-4096 PSS SHA-512": rsa(4096, "RSASSA-PSS-SHA512"),
};

const YEAR = 365 * 24 * 3600 * 1000;
const CRL = ["https://pki.utopia.example/csca.crl"];

/**
 * Issues the hierarchy of a kind into a folder; gives the paths of its PEM files by name.
 *
 * @param curveParameters `named` or `explicit`.
 */
export async function issueHierarchy(folder, { key, algorithm }, curveParameters) {
  mkdirSync(folder, { recursive: true });
  const now = new Date(Math.floor(Date.now() / 1000) * 1000);
  const at = (years) => new Date(now.getTime() + years * YEAR);
  const files = {};
  const write = (name, label, der) => {
    files[name] = join(folder, `${name}.pem`);
    writeFileSync(files[name], toPem(label, der));
    return der;
  };
  const make = () => {
    const own = key();
    return { own, signer: memorySigner(own, { curveParameters, algorithm }) };
  };
  const [csca, next, renamed, leaf, holder] = Array.from({ length: 5 }, make);
  const root = (commonName, { signer }, from) =>
    issueCsca({
      country: "UT",
      countryCode3: "UTO",
      organization: "Utopia",
      commonName,
      signer,
      notBefore: at(from),
      notAfter: at(from + 16),
      privateKeyUsage: { notBefore: at(from), notAfter: at(from + 4) },
      crlDistributionPoints: CRL,
      contact: "csca@utopia.example",
    });
  const oldRoot = write("csca", "CERTIFICATE", await root("Utopia CSCA", csca, -1));
  const newRoot = write("new-csca", "CERTIFICATE", await root("Utopia CSCA", next, 0));
  const newName = write("renamed-csca", "CERTIFICATE", await root("Utopia National CSCA", renamed, 0));
  const issuer = { certificate: oldRoot, signer: csca.signer };
  write("link", "CERTIFICATE", await issueCscaLink({ issuer, root: newRoot }));
  write("name-change-link", "CERTIFICATE", await issueCscaLink({ issuer, root: newName }));

  const subject = (commonName) => ({
    organization: "Utopia",
    commonName,
    publicKey: leaf.signer.publicKey,
    notBefore: now,
    notAfter: at(10),
    privateKeyUsage: { notBefore: now, notAfter: at(0.25) },
    crlDistributionPoints: CRL,
    contact: "ds@utopia.example",
  });
  const documentTypes = ["P", "I"];
  write("ds", "CERTIFICATE", await issueDocumentSigner({ ...subject("Signer 1"), issuer, documentTypes }));
  const revoked = await issueDocumentSigner({ ...subject("Signer 2"), issuer, documentTypes });
  write("revoked", "CERTIFICATE", revoked);
  write("master-list-signer", "CERTIFICATE", await issueMasterListSigner({ ...subject("Lists 1"), issuer }));
  write("deviation-list-signer", "CERTIFICATE", await issueDeviationListSigner({ ...subject("Lists 2"), issuer }));
  const byNew = { certificate: newRoot, signer: next.signer };
  write(
    "ds-of-new",
    "CERTIFICATE",
    await issueDocumentSigner({ ...subject("Signer 3"), issuer: byNew, documentTypes }),
  );
  const byRenamed = { certificate: newName, signer: renamed.signer };
  const ofRenamed = { ...subject("Signer 4"), issuer: byRenamed, documentTypes };
  write("ds-of-renamed", "CERTIFICATE", await issueDocumentSigner(ofRenamed));

  const name = [
    { oid: NAME.country, value: "UT" },
    { oid: NAME.commonName, value: "0012345679" },
  ];
  const request = createCertificateRequest({ signer: holder.signer, subject: name });
  write("request", "CERTIFICATE REQUEST", request);
  const holderOptions = { request, subject: name, notBefore: now, notAfter: at(7), crlDistributionPoints: CRL, issuer };
  const authentication = await issueHolderCertificate({ ...holderOptions, purpose: "authentication" });
  write("holder", "CERTIFICATE", authentication);

  const list = (by, certificates, previousNames) =>
    issueCrl({
      issuer: by,
      thisUpdate: now,
      nextUpdate: new Date(now.getTime() + 30 * 24 * 3600 * 1000),
      crlNumber: Uint8Array.of(7),
      revoked: certificates.map((der) => ({ serialNumber: parseCertificate(der).serialNumber, revocationDate: now })),
      ...(previousNames && { previousNames }),
    });
  write("crl", "X509 CRL", await list(issuer, [revoked]));
  write("new-crl", "X509 CRL", await list(byNew, [revoked]));
  write("renamed-crl", "X509 CRL", await list(byRenamed, [revoked], [oldRoot]));

  const pkcs8 = encodePkcs8(leaf.own);
  write("ds-key", "PRIVATE KEY", pkcs8);
  pkcs8.fill(0);
  return files;
}
