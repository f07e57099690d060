import { ALL_TOLERANCES, type ToleranceCode } from "../tlv/tolerances.js";

/** The answer to one check. `notChecked` is never as good as `passed`. */
export type CheckStatus = "passed" | "failed" | "warning" | "notChecked";

/** One check of a document. */
export interface Check {
  /** Stable name, e.g. `hash.EF.DG2`. */
  readonly id: string;
  readonly status: CheckStatus;
  /** The file or certificate it is about. */
  readonly path: string;
  /** Section of the standard. */
  readonly spec: string;
  /** One sentence for people; text from the card in it is to be escaped where it is shown. */
  readonly message: string;
  /** Values behind the answer: digests, dates, names. */
  readonly evidence?: Readonly<Record<string, string>>;
}

/**
 * What is to be thought of the data of a document.
 * - `passed`: every check that has to be made was made, and none failed;
 * - `failed`: at least one check failed;
 * - `incomplete`: none failed, but one that has to be made could not be.
 */
export type Verdict = "passed" | "failed" | "incomplete";

/** A certificate of the path, in words. */
export interface ReportedCertificate {
  readonly role: "documentSigner" | "csca";
  /** The security object that it is about. */
  readonly object: string;
  readonly subject: string;
  readonly issuer: string;
  /** Hex. */
  readonly serialNumber: string;
  /** ISO 8601. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** `P-256`, `RSA 3072`. */
  readonly key: string;
  readonly signatureAlgorithm: string;
  /** Hex. */
  readonly subjectKeyIdentifier?: string;
  /** Of the whole certificate, hex. */
  readonly sha256: string;
  /** Where it comes from: for an anchor every reason to trust it. */
  readonly origins: readonly string[];
}

/** The report on one document. Plain data: it goes through JSON unchanged. */
export interface ValidationReport {
  readonly format: "cardwright.validation.1";
  readonly verdict: Verdict;
  /** The verdict and its limits in words: what was shown, and what was not. */
  readonly summary: string;
  /** For which instant it holds, ISO 8601. */
  readonly at: string;
  /** Every check, made or not, in the order of the standard's procedure. */
  readonly checks: readonly Check[];
  /** The path of each security object: its signer, and the anchor that it leads to, as far as they are there. */
  readonly certificates: readonly ReportedCertificate[];
}

/** What a verdict does not say, in words for its summary. */
export function limitsOf(checks: readonly Check[]): string {
  const about = (pattern: RegExp) => checks.filter(({ id }) => pattern.test(id));
  const proved = about(/^chip\.(activeAuthentication|chipAuthentication|paceCam)$/).some(
    ({ status }) => status === "passed",
  );
  const revocation = about(/^path\.revocation/);
  const open = revocation.length === 0 || revocation.some(({ status }) => status === "notChecked");
  const old = revocation.some(({ status }) => status === "warning");
  const weaker = checks.some(({ id, status }) => id === "accessControl.downgrade" && status === "warning");
  const parts = [
    ...(weaker ? ["the chip was opened in a weaker way than it offers"] : []),
    ...(proved ? [] : ["whether the chip is genuine or a copy was not shown"]),
    ...(open ? ["revocation was not checked"] : old ? ["revocation was checked against an old list"] : []),
  ];
  const text = parts.join(", and ");
  return text === "" ? "" : `${text[0]?.toUpperCase()}${text.slice(1)}.`;
}

/** What a verdict tolerates unless told otherwise: a file under another file's tag is not what was asked for. */
const READING_TOLERANCES: readonly ToleranceCode[] = ALL_TOLERANCES.filter((code) => code !== "WRONG_FILE_TAG");

/** Collects checks in order. */
export class CheckList {
  /** Tolerances that a file may be read with; each one that was needed is a warning. */
  readonly tolerate: readonly ToleranceCode[];
  readonly checks: Check[] = [];
  readonly #required = new Set<string>();

  constructor(tolerate: readonly ToleranceCode[] = READING_TOLERANCES) {
    this.tolerate = tolerate;
  }

  /** Adds a check; a `required` one makes the verdict incomplete when it is `notChecked`. */
  add(check: Check, required = true): void {
    this.checks.push(check);
    if (required) this.#required.add(check.id);
  }

  verdict(): Verdict {
    if (this.checks.some((check) => check.status === "failed")) return "failed";
    return this.open().length > 0 ? "incomplete" : "passed";
  }

  /** Ids of the required checks that were not made. */
  open(): readonly string[] {
    const open = this.checks.filter((check) => check.status === "notChecked" && this.#required.has(check.id));
    return open.map((check) => check.id);
  }
}
