import { toHex } from "../bytes/bytes.js";
import type { Certificate } from "../pki/certificate.js";
import { keyOfCertificate } from "../pki/certificate-key.js";
import { nameToString } from "../pki/name.js";
import { fingerprintOf } from "../pki/trust-store.js";
import { rowOf } from "../pki/verify-signature.js";
import type { PassiveResult } from "./passive.js";
import { provenanceOf } from "./path.js";
import type { ReportedCertificate } from "./report.js";

/** The certificates of a path for a report, the signer's first. */
export function reportedCertificates({ signer, csca, anchor }: PassiveResult, object: string): ReportedCertificate[] {
  return [
    ...(signer === undefined ? [] : [reported(signer, "documentSigner", object, [`came with ${object}`])]),
    ...(csca === undefined ? [] : [reported(csca, "csca", object, anchor === undefined ? [] : provenanceOf(anchor))]),
  ];
}

function reported(
  certificate: Certificate,
  role: ReportedCertificate["role"],
  object: string,
  origins: readonly string[],
): ReportedCertificate {
  const { signatureAlgorithm, subjectKeyIdentifier } = certificate;
  const key = keyOfCertificate(certificate);
  return {
    role,
    object,
    subject: nameToString(certificate.subject),
    issuer: nameToString(certificate.issuer),
    serialNumber: toHex(certificate.serialNumber),
    notBefore: certificate.notBefore.toISOString(),
    notAfter: certificate.notAfter.toISOString(),
    key: key instanceof Uint8Array ? "not supported" : key.kind === "RSA" ? `RSA ${key.modulus.length * 8}` : key.curve,
    signatureAlgorithm: rowOf(signatureAlgorithm)?.name ?? signatureAlgorithm.algorithm,
    ...(subjectKeyIdentifier !== undefined && { subjectKeyIdentifier: toHex(subjectKeyIdentifier) }),
    sha256: fingerprintOf(certificate),
    origins: [...origins],
  };
}
