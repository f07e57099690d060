import { readdirSync, readFileSync } from "node:fs";
import { fromHex } from "../../../src/bytes/bytes.js";
import { generateEcPrivateKey } from "../../../src/crypto/ecdsa.js";
import type { CurveName } from "../../../src/crypto/primitives.js";
import { type CvCertificate, parseCvCertificate } from "../../../src/pki/cvc/certificate.js";
import {
  type CvcCertificateFindings,
  type CvcChain,
  type CvcCheck,
  verifyCvcChain,
} from "../../../src/pki/cvc/chain.js";
import { buildChat, type CvcRole } from "../../../src/pki/cvc/chat.js";
import {
  type CvCertificateOptions,
  type CvcHolder,
  type CvcIssuer,
  createCvca,
  issueCvCertificate,
  preferredAlgorithm,
} from "../../../src/pki/cvc/issue.js";
import { cvcPublicKeyFromSpki } from "../../../src/pki/cvc/public-key.js";
import type { TerminalTypeName } from "../../../src/pki/cvc/terminal-types.js";
import type { FindingStatus } from "../../../src/pki/finding.js";
import { memorySigner, type SyncSigner } from "../../../src/pki/signer.js";
import { notPassed } from "../support.js";

const FOLDER = new URL("../../vectors/tr03110/", import.meta.url);

/** The bytes of a file under test/vectors/tr03110/cvc. */
export const vector = (file: string): Uint8Array => new Uint8Array(readFileSync(new URL(`cvc/${file}`, FOLDER)));

/** The files under test/vectors/tr03110/cvc whose names fit. */
export const vectorsLike = (pattern: RegExp): string[] =>
  readdirSync(new URL("cvc/", FOLDER), { recursive: true, encoding: "utf8" })
    .filter((file) => pattern.test(file))
    .sort();

export const certificateOf = (file: string): CvCertificate => parseCvCertificate(vector(file));

/** Certificates of BSI's worked example for EAC. */
export function workedExample(): Record<"cvca_cert" | "dv_cert" | "ta_cert", Uint8Array> {
  const { cvca_cert, dv_cert, ta_cert } = JSON.parse(
    readFileSync(new URL("eac-worked-example-ecdh.json", FOLDER), "utf8"),
  ) as Record<string, string>;
  return {
    cvca_cert: fromHex(cvca_cert as string),
    dv_cert: fromHex(dv_cert as string),
    ta_cert: fromHex(ta_cert as string),
  };
}

export interface Party {
  readonly certificate: CvCertificate;
  readonly signer: SyncSigner;
}

/** Rights that every party of {@link newChain} has, by terminal type. */
export const RIGHTS: Readonly<Record<TerminalTypeName, readonly string[]>> = {
  IS: ["readDg3", "readDg4"],
  AT: ["ageVerification", "readDg4", "writeDg17"],
  ST: ["generateElectronicSignature"],
};

export const chatOf = (role: CvcRole, type: TerminalTypeName = "IS", rights = RIGHTS[type]) =>
  buildChat({ terminalType: type, role, rights });

export async function newCvca(overrides: Partial<CvcHolder> = {}, curve: CurveName = "P-256"): Promise<Party> {
  const signer = memorySigner(generateEcPrivateKey(curve));
  const certificate = await createCvca({
    signer,
    chr: "UTCVCA00001",
    chat: chatOf("cvca"),
    effectiveDate: "2027-01-01",
    expirationDate: "2029-12-31",
    ...overrides,
  });
  return { certificate, signer };
}

/** A holder under an issuer: a DV unless told otherwise. */
export async function newHolder(
  issuer: CvcIssuer,
  overrides: Partial<CvCertificateOptions> = {},
  curve: CurveName = "P-256",
): Promise<Party> {
  const signer = memorySigner(generateEcPrivateKey(curve));
  const certificate = await issueCvCertificate({
    issuer,
    publicKey: cvcPublicKeyFromSpki(signer.publicKey, preferredAlgorithm(signer)),
    chr: "UTDV00001",
    chat: chatOf("dvDomestic"),
    effectiveDate: "2027-02-01",
    expirationDate: "2027-04-30",
    ...overrides,
  });
  return { certificate, signer };
}

/** A terminal under a DV. */
export const newTerminal = (
  issuer: CvcIssuer,
  overrides: Partial<CvCertificateOptions> = {},
  curve: CurveName = "P-256",
): Promise<Party> =>
  newHolder(
    issuer,
    {
      chr: "UTTERM00001",
      chat: chatOf("terminal"),
      effectiveDate: "2027-03-01",
      expirationDate: "2027-03-31",
      ...overrides,
    },
    curve,
  );

/** Status by check, of the certificates that have one that is not `passed`. */
export function notPassedOf(
  certificates: readonly CvcCertificateFindings[],
): Partial<Record<CvcCheck, FindingStatus>>[] {
  return certificates.map(({ findings }) => notPassed(findings));
}

/** The checks of the last certificate that are not `passed`. */
export const lastOf = (chain: CvcChain): Partial<Record<CvcCheck, FindingStatus>> =>
  notPassedOf(verifyCvcChain(chain).certificates).at(-1) ?? {};
