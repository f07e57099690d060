import { readFileSync } from "node:fs";
import { generateEcPrivateKey } from "../../src/crypto/ecdsa.js";
import type { CurveName } from "../../src/crypto/primitives.js";
import { type Certificate, parseCertificate } from "../../src/pki/certificate.js";
import type { Finding, FindingStatus } from "../../src/pki/finding.js";
import { issueCsca } from "../../src/pki/issue/csca.js";
import { issueDocumentSigner } from "../../src/pki/issue/document-signer.js";
import type { CurveParametersForm } from "../../src/pki/public-key.js";
import { memorySigner, type SyncSigner } from "../../src/pki/signer.js";

/** The bytes of a file under test/vectors/pki. */
export function vector(file: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`../vectors/pki/${file}`, import.meta.url)));
}

export const date = (text: string): Date => new Date(`${text}Z`);

/** A day on which every certificate of {@link issueChain} is valid and every key may sign. */
export const TODAY = date("2026-06-01T12:00:00");

export const CSCA_SUBJECT = {
  country: "UT",
  countryCode3: "UTO",
  organization: "Utopia",
  commonName: "Utopia CSCA",
  notBefore: date("2025-01-01T00:00:00"),
  notAfter: date("2040-01-01T00:00:00"),
  privateKeyUsage: { notBefore: date("2025-01-01T00:00:00"), notAfter: date("2029-01-01T00:00:00") },
  crlDistributionPoints: ["https://pki.example/utopia.crl"],
  contact: "csca@example.org",
} as const;

export const SIGNER_SUBJECT = {
  organization: "Utopia",
  commonName: "Utopia Document Signer 01",
  notBefore: date("2026-01-01T00:00:00"),
  notAfter: date("2037-01-01T00:00:00"),
  privateKeyUsage: { notBefore: date("2026-01-01T00:00:00"), notAfter: date("2026-12-31T23:59:59") },
  crlDistributionPoints: ["https://pki.example/utopia.crl"],
  contact: "ds@example.org",
  documentTypes: ["I", "AC"],
} as const;

export interface Chain {
  readonly cscaSigner: SyncSigner;
  readonly csca: Certificate;
  readonly signer: SyncSigner;
  readonly certificate: Certificate;
}

/** A signer with a new key. */
export function newSigner(curve: CurveName = "P-256", curveParameters: CurveParametersForm = "named"): SyncSigner {
  return memorySigner(generateEcPrivateKey(curve), { curveParameters });
}

/** A CSCA and a Document Signer of one curve. */
export async function issueChain(curve: CurveName = "P-256", form: CurveParametersForm = "named"): Promise<Chain> {
  const cscaSigner = newSigner(curve, form);
  const signer = newSigner(curve, form);
  const csca = await issueCsca({ ...CSCA_SUBJECT, signer: cscaSigner });
  const certificate = await issueDocumentSigner({
    ...SIGNER_SUBJECT,
    publicKey: signer.publicKey,
    issuer: { certificate: csca, signer: cscaSigner },
  });
  return { cscaSigner, csca: parseCertificate(csca), signer, certificate: parseCertificate(certificate) };
}

/** The findings that are not `passed`, by their ids. */
export function notPassed<Id extends string>(findings: readonly Finding<Id>[]): Partial<Record<Id, FindingStatus>> {
  const rows = findings.filter(({ status }) => status !== "passed").map(({ id, status }) => [id, status] as const);
  return Object.fromEntries(rows) as Partial<Record<Id, FindingStatus>>;
}

/** The checks of a path that need what nobody gave: a date of issue, revocation lists. */
export const OPEN = { privateKeyUsage: "notChecked", revocation: "notChecked", cscaRevocation: "notChecked" } as const;

/** A copy with one bit flipped. */
export function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[bit >> 3] = (copy[bit >> 3] as number) ^ (0x80 >> (bit & 7));
  return copy;
}

/** The bit numbers of a part of `whole`, which must be a view of it. */
export function bitsOf(part: Uint8Array, whole: Uint8Array): number[] {
  return Array.from({ length: part.length * 8 }, (_, bit) => (part.byteOffset - whole.byteOffset) * 8 + bit);
}

/** What `run` throws. */
export function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}
