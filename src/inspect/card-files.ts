import type { AccessProtocol } from "../card/access-rule.js";

/** What was read of a card: whole files by their names in the standard, e.g. `EF.DG1`, byte for byte. */
export interface CardFiles {
  readonly files: Readonly<Record<string, Uint8Array>>;
  readonly evidence: ReadingEvidence;
}

/** How the reading went: part of what a verdict rests on. Holds no key. */
export interface ReadingEvidence {
  /** The protocol that opened the card; `none` when its files could be read by anybody. */
  readonly accessControl: AccessProtocol | "none";
  /** Files that EF.COM announces and the chip did not give, with the status word. */
  readonly notGiven: readonly { readonly name: string; readonly sw: number }[];
  /** Files that EF.COM announces and that were not asked for. */
  readonly notAsked: readonly string[];
}
