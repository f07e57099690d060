import type { AccessProtocol } from "../card/access-rule.js";

/** What was read of a card: whole files by their names in the standard, e.g. `EF.DG1`, byte for byte. */
export interface CardFiles {
  readonly files: Readonly<Record<string, Uint8Array>>;
  readonly evidence: ReadingEvidence;
}

/** How the reading went: part of what a verdict rests on. Holds no key. */
export interface ReadingEvidence {
  /** The protocol that opened the card; `none` when its files could be read by anybody; `unknown` for files out of a folder. */
  readonly accessControl: AccessProtocol | "none" | "unknown";
  /** Files that EF.COM announces and the chip did not give, with the status word. */
  readonly notGiven: readonly { readonly name: string; readonly sw: number }[];
  /** Files that EF.COM announces and that were not asked for. */
  readonly notAsked: readonly string[];
  /** Files of the master file that were asked for and not given, with the status word; absent when all were, or none asked for. */
  readonly masterFileNotGiven?: readonly { readonly name: string; readonly sw: number }[];
  /** Where less was settled for than both sides seemed to know, in order; absent when nowhere. */
  readonly falls?: readonly ReadingFall[];
  /** How often the card was torn and the reading went on; absent when never. */
  readonly resumed?: number;
}

/** Something better that was given up during a reading, because the chip did not do it. */
export type ReadingFall =
  /** The chip does not take so long a read: `from` and `to` are bytes of a file in one command, `sw` is what it answered. */
  | { readonly kind: "readSize"; readonly from: number; readonly to: number; readonly sw: number }
  /** The chip does not know short file identifiers, which ICAO 9303-10 §3.6.3 makes mandatory: each file costs a SELECT. */
  | { readonly kind: "selectByFid"; readonly sw: number };
