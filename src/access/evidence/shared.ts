/** Names of the checks about recorded proofs, as a verdict has them. */
export type EvidenceId =
  | "chip.activeAuthentication"
  | "chip.chipAuthentication"
  | "chip.paceCam"
  | "chip.terminalAuthentication";

/** What a recorded proof was found to be; plain data, as one line of a verdict. */
export interface EvidenceFinding {
  /** Stable name of the check. */
  readonly id: EvidenceId;
  /** `notChecked`: there is no proof, or it cannot be recomputed here; never as good as `passed`. */
  readonly status: "passed" | "failed" | "warning" | "notChecked";
  /** What it is about: `chip` or `terminal`. */
  readonly path: string;
  /** Section of the standard. */
  readonly spec: string;
  /** One sentence for people, with whom the proof convinces. */
  readonly message: string;
  /** Values behind the answer. */
  readonly evidence?: Readonly<Record<string, string>>;
}

/**
 * The loud switch: an option by this name lets evidence carry a secret of the session that it belongs to, so that others can
 * recompute the proof. Who holds such evidence can read everything of that session. Being a symbol, it cannot come out of JSON.
 */
export const EXPOSE_SESSION_SECRETS: unique symbol = Symbol("cardwright.exposeSessionSecrets");
