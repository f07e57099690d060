import type { ActiveAuthenticationEvidence } from "../access/active-authentication/shared.js";
import type { ChipAuthenticationEvidence } from "../access/chip-authentication/shared.js";
import type { ChipAuthenticationMappingEvidence } from "../access/pace/shared.js";
import type { TerminalAuthenticationEvidence } from "../access/terminal-authentication/shared.js";
import type { AccessProtocol } from "../card/access-rule.js";

/** What was read of a card: whole files by their names in the standard, e.g. `EF.DG1`, byte for byte. */
export interface CardFiles {
  readonly files: Readonly<Record<string, Uint8Array>>;
  readonly evidence: ReadingEvidence;
}

/** How the reading went: part of what a verdict rests on. It holds no key, unless `EXPOSE_SESSION_SECRETS` asked for one. */
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
  /** By what PACE opened the card; absent when it did not. */
  readonly pace?: PaceFacts;
  /** What chip and terminal proved to each other, to be judged again by `validateCard`; absent when nothing. */
  readonly proofs?: ReadingProofs;
}

/** By what PACE opened a card. */
export interface PaceFacts {
  /** Object identifier, dotted. */
  readonly protocol: string;
  /** Name in the standard. */
  readonly name: string;
  /** Number of the domain parameters. */
  readonly parameterId?: number;
  readonly password: "mrz" | "can" | "pin";
}

/** What was proved during a reading. What was asked for and not given is among the falls. */
export interface ReadingProofs {
  /** Convinces everybody who has the signed EF.DG15, if the challenge was theirs. */
  readonly activeAuthentication?: ActiveAuthenticationEvidence;
  /** Convinces the terminal that recorded it, and who trusts it. */
  readonly chipAuthentication?: ChipAuthenticationEvidence;
  /** PACE with chip authentication mapping: the same. */
  readonly paceCam?: ChipAuthenticationMappingEvidence;
  /** Who the terminal was. */
  readonly terminalAuthentication?: TerminalAuthenticationEvidence;
}

/** Something better that was given up during a reading, because the chip did not do it. */
export type ReadingFall =
  /**
   * The chip does not take so long a read: `from` and `to` are bytes of a file in one command, `sw` is what it answered; absent when
   * the card was torn there more than once, or when it was `remembered` from a card before.
   */
  | {
      readonly kind: "readSize";
      readonly from: number;
      readonly to: number;
      readonly sw?: number;
      readonly remembered?: true;
    }
  /** The chip does not know short file identifiers, which ICAO 9303-10 §3.6.3 makes mandatory: each file costs a SELECT. */
  | { readonly kind: "selectByFid"; readonly sw: number }
  /**
   * EF.CardAccess offers PACE, and the card was opened by BAC all the same: PACE did not come about (`failed`), or all that is
   * offered is unknown here (`unknown`), or the file cannot be read (`malformed`). Not allowed unless the caller says so.
   */
  | { readonly kind: "paceToBac"; readonly reason: "failed" | "unknown" | "malformed"; readonly sw?: number }
  /**
   * The chip offers chip authentication and it was not done: the chip `refused`, or what it sent proves that it does not hold
   * the key (`notGenuine`), or all that is offered is `unknown` here. Version 2, which is named, may fall to version 1: EF.CardSecurity
   * was not given or has no key of what EF.CardAccess offers (`noKey`), or its signature is not one of those that the caller
   * trusts (`notAuthentic`).
   */
  | {
      readonly kind: "chipAuthentication";
      readonly reason: "refused" | "notGenuine" | "unknown" | "noKey" | "notAuthentic";
      readonly version?: 2;
      readonly sw?: number;
    }
  /** There is an EF.DG15, and the chip did not sign. */
  | { readonly kind: "activeAuthentication"; readonly reason: "refused"; readonly sw?: number }
  /**
   * The chip does not take the terminal's template (CHAT) in PACE, which went on without. It costs nothing but that the chip then does not
   * name its trust points in PACE.
   */
  | { readonly kind: "paceTemplate"; readonly sw: number }
  /**
   * The caller has a terminal's key, and it has no rights on the chip: the chip `refused` it; none of the terminal's certificates leads
   * from what the chip trusts to it (`noChain`, with the references that the chip named); or there was no chip
   * authentication (`noChipAuthentication`), to whose key the rights are bound.
   */
  | {
      readonly kind: "terminalAuthentication";
      readonly reason: "refused" | "noChain" | "noChipAuthentication";
      readonly trustPoints?: readonly string[];
      readonly sw?: number;
    };

/** Which falls a reading may take; one that is not allowed ends it with the error behind it. */
export type FallPolicy = Readonly<Partial<Record<ReadingFall["kind"], boolean>>>;
