import { TrustClosure } from "./trust-closure.js";
import { FoundInputs } from "./trust-inputs.js";
import type { TrustStore } from "./trust-store.js";

export type {
  AnchorOrigin,
  AnchorSource,
  KnownCrl,
  KnownSigner,
  TrustAnchor,
  TrustStore,
  UnusedInput,
} from "./trust-store.js";
export { findIssuers, fingerprintOf, type Issuers } from "./trust-store.js";

/** What a trust store is made of. */
export interface TrustInputs {
  /** Certificates that you vouch for: each DER of one, or PEM text (as bytes) with one or more. */
  readonly cscas?: readonly Uint8Array[];
  /** Words for where `cscas` come from, for reports. */
  readonly source?: string;
  /**
   * Files of any kind that is known, told by their content: certificates (DER, PEM), master lists, revocation lists, exports of the
   * ICAO PKD (LDIF). You vouch for certificates that are files of their own, and for nothing that a list or an export holds.
   */
  readonly files?: readonly { readonly name: string; readonly bytes: Uint8Array }[];
  /** SHA-256 (hex) of certificates that you vouch for wherever they are found: a CSCA, or the signer of a master list. */
  readonly pins?: readonly string[];
  /** When signers of master lists have to be valid; left out, a list counts whatever has expired since it was made. */
  readonly at?: Date;
}

/**
 * A trust store of everything in the inputs that deserves trust.
 *
 * Spec: ICAO 9303-12 §3.1, §6.1.1, §7.1 and §9 (the CSCA certificate as trust anchor; link certificates; master lists).
 *
 * - A root that is given, and what is pinned, is an anchor.
 * - A link certificate makes a new anchor out of an old one, whose key signed it. It is no element of a path.
 * - A master list counts once its signature is good and its signer is pinned or leads to an anchor, with the role of such a signer
 *   and unless it is revoked. Its certificates are read when they are needed.
 * - A certificate that came with a document is never an anchor, and a certificate of a signer is kept for documents that have none.
 *
 * Everything is gone through until nothing more comes to be trusted, so the order of the inputs does not matter. What could not be
 * used is in `unused` with the reason; one bad item never stops the rest. Inputs are copied.
 *
 * @throws {TypeError} for inputs that are no bytes. @throws {RangeError} for a pin that is no SHA-256 in hex, or an invalid date.
 * @example
 * const store = buildTrustStore({ cscas: [cscaDer], source: "utopia.cer" });
 * store.anchors[0]?.origins; // [{ how: "pinned", source: "utopia.cer" }]
 */
export function buildTrustStore(inputs: TrustInputs): TrustStore {
  const { cscas = [], source, files = [], pins = [], at } = inputs;
  for (const pin of pins) {
    if (!/^[0-9A-Fa-f]{64}$/.test(pin))
      throw new RangeError("buildTrustStore: a pin is a SHA-256 value, 64 hex digits");
  }
  if (at !== undefined && Number.isNaN(at.getTime())) throw new RangeError("buildTrustStore: at is an invalid date");
  const found = new FoundInputs();
  const given = [...cscas.map((bytes, index) => ({ name: source ?? `certificate ${index + 1}`, bytes })), ...files];
  for (const { name, bytes } of given) {
    if (!(bytes instanceof Uint8Array)) throw new TypeError(`buildTrustStore: ${name}: expected a Uint8Array`);
    found.addFile(Uint8Array.from(bytes), name);
  }
  const lowerCase = new Set(pins.map((pin) => pin.toLowerCase()));
  return new TrustClosure(found, lowerCase, at).store();
}
