import type { RevocationPolicy } from "../pki/revocation.js";
import type { TrustStore } from "../pki/trust-store.js";
import type { DataFile } from "../tlv/file.js";

/** What passive authentication is to be done with. */
export interface PassiveSettings {
  readonly trust?: TrustStore | undefined;
  readonly at: Date;
  /** When the document was issued, by DG12. */
  readonly issued?: Date | undefined;
  /** Whether validity is judged at the date of issue, and not at `at`. */
  readonly validity?: ValidityDate | undefined;
  readonly revocation?: RevocationPolicy | undefined;
  readonly legacy?: "warn" | "fail" | undefined;
}

/** The date at which certificates have to be valid: that of the inspection, or, as an assumption, that of DG12. */
export type ValidityDate = "inspection" | "issue";

/** @internal A security object that is to be checked, and how its checks are named. */
export interface ObjectToCheck {
  readonly file: DataFile<Uint8Array>;
  readonly contentType: string;
  /** Behind the ids of checks, when a report has several objects: `.EF.SOD1`. */
  readonly suffix: string;
  /** Role of its signers; none for a travel document. */
  readonly role?: string;
}
