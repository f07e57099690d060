import { toHex } from "../../bytes/bytes.js";
import { MalformedError } from "../../errors.js";
import { type CvCertificate, parseCvCertificate } from "../../pki/cvc/certificate.js";
import { type CvcChainReport, verifyCvcChain } from "../../pki/cvc/chain.js";
import type { CvcTrustPoint } from "../../pki/cvc/checks.js";
import type { CvcDate } from "../../pki/cvc/date.js";
import { verifyCvcSignature } from "../../pki/cvc/verify.js";
import type { EvidenceFinding } from "../evidence/shared.js";
import { terminalAuthenticationMessage } from "./formulas.js";
import { terminalKeyOf, terminalRightsOf } from "./keys.js";

/** What terminal authentication leaves behind: who asked, and what the chip was given to check. It holds no secret. */
export interface TerminalAuthenticationEvidence {
  readonly version: 1 | 2;
  /** The certificates in the order in which they were sent, each whole (7F21). */
  readonly certificates: readonly Uint8Array[];
  /** ID.IC: after BAC the document number with its check digit. */
  readonly idIc: Uint8Array;
  /** r.IC, 8 bytes. */
  readonly challenge: Uint8Array;
  /** Comp(PK.IFD). */
  readonly compressedKey: Uint8Array;
  /** Data object 67 of version 2, when it was sent. */
  readonly auxiliaryData?: Uint8Array;
  readonly signature: Uint8Array;
}

/** What the evidence is judged against. */
export interface TerminalTrust {
  /** CVCA keys; self-signed CVCA certificates are such. */
  readonly trustPoints: readonly CvcTrustPoint[];
  /** Day for which the answer is to hold. */
  readonly currentDate: CvcDate;
}

/**
 * Judges a recorded terminal authentication again: chain and signature.
 *
 * Spec: ICAO 9303-11 §7.1.
 *
 * It proves that the terminal's key signed this challenge, to everybody; that the chip accepted it is the recorder's word.
 *
 * @param evidence - undefined when it was not done.
 * @param trust - Keys and the day of the reading; undefined when the verifier has none.
 * @returns One finding, `chip.terminalAuthentication`.
 */
export function verifyTerminalAuthenticationEvidence(
  evidence: TerminalAuthenticationEvidence | undefined,
  trust: TerminalTrust | undefined,
): EvidenceFinding {
  const about = { id: "chip.terminalAuthentication", path: "terminal", spec: "ICAO 9303-11 §7.1" } as const;
  if (evidence === undefined) {
    return { ...about, status: "notChecked", message: "The terminal did not authenticate itself." };
  }
  let certificates: readonly CvCertificate[];
  try {
    certificates = evidence.certificates.map(parseCvCertificate);
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    return { ...about, status: "failed", message: "A certificate of the terminal cannot be read." };
  }
  const values = {
    certificates: certificates.map(({ chr }) => chr).join(", "),
    challenge: toHex(evidence.challenge),
    compressedKey: toHex(evidence.compressedKey),
  };
  if (trust === undefined || trust.trustPoints.length === 0) {
    const message = "There is no CVCA key to check the terminal's certificates with.";
    return { ...about, status: "notChecked", message, evidence: values };
  }
  const report = verifyCvcChain({ ...trust, certificates, clock: true });
  const refused = report.certificates.find(({ accepted }) => !accepted);
  if (refused !== undefined) {
    const message = `The certificate of ${refused.certificate.chr} is refused: ${reasonOf(refused)}.`;
    return { ...about, status: "failed", message, evidence: values };
  }
  const key = terminalKeyOf(certificates, trust.trustPoints);
  if (report.authorization === undefined || key === undefined) {
    return { ...about, status: "failed", message: "The chain does not end with a terminal.", evidence: values };
  }
  const { idIc, challenge, compressedKey, auxiliaryData, signature } = evidence;
  const message = terminalAuthenticationMessage(idIc, challenge, compressedKey, auxiliaryData);
  const good = verifyCvcSignature(key, message, signature);
  if (good === undefined) {
    return { ...about, status: "notChecked", message: "The terminal's algorithm is not offered.", evidence: values };
  }
  const rights = terminalRightsOf(report.authorization.chat).join(", ");
  return {
    ...about,
    status: good ? "passed" : "failed",
    message: good
      ? `${report.authorization.chr} signed the chip's challenge. That the chip accepted it is the word of the recorder.`
      : "The terminal's signature is not over this run.",
    evidence: { ...values, rights },
  };
}

function reasonOf({ findings }: CvcChainReport["certificates"][number]): string {
  return findings.find(({ status }) => status === "failed" || status === "notChecked")?.detail ?? "no reason";
}
