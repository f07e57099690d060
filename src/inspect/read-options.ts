import type { EXPOSE_SESSION_SECRETS } from "../access/evidence/shared.js";
import type { RandomSource } from "../bytes/random.js";
import type { CvCertificate } from "../pki/cvc/certificate.js";
import type { Signer } from "../pki/signer.js";
import type { FallPolicy } from "./card-files.js";
import type { AccessKey } from "./doors.js";
import type { ReaderMemory } from "./reader-memory.js";
import type { ReadingMemory } from "./reading-memory.js";
import type { ValidateCardOptions } from "./validate-card.js";

/** Progress of a reading. */
export interface ReadProgress {
  readonly file: string;
  /** Bytes of this file. */
  readonly done: number;
  readonly total: number;
}

/** Whose signature of EF.CardSecurity is trusted, and for when. */
export type CardSecurityTrust = Pick<ValidateCardOptions, "trust" | "at" | "revocation" | "legacy">;

/** Who the terminal is, for files that are for authorized terminals only. */
export interface ReadingTerminal {
  /** Links, DV and terminal, in any order: those that lead from what the chip trusts to the terminal are found among them. */
  readonly certificates: readonly CvCertificate[];
  /** Holds the private key to the terminal's certificate. */
  readonly signer: Signer;
  /**
   * Version 2 of chip authentication only goes on when EF.CardSecurity, which holds the chip's key, is signed by somebody trusted; the
   * verdict looks at the signature in any case.
   */
  readonly passiveAuthentication?: CardSecurityTrust;
}

/** A proof that a chip can be asked for. */
export type AskedProof = "chipAuthentication" | "activeAuthentication";

/** What to read and how. */
export interface ReadCardOptions {
  /**
   * Opens the card: the printed document number and dates, by PACE when EF.CardAccess offers it and else by BAC, or the card
   * access number, by PACE.
   */
  readonly accessKey?: AccessKey;
  /**
   * Numbers of the data groups wanted; all that EF.COM announces when left out. EF.COM and EF.SOD are always read, and EF.DG14 and
   * EF.DG15 for the proofs.
   */
  readonly dataGroups?: readonly number[];
  /** Reads the files beside the applications too: EF.ATR/INFO, EF.DIR, EF.CardAccess, EF.CardSecurity. Off when left out. */
  readonly masterFile?: boolean;
  /** What the chip is asked to prove: all that its files offer when left out, nothing when empty. */
  readonly proofs?: readonly AskedProof[];
  /** Challenge of active authentication, 8 bytes, chosen by whom the answer is to convince; drawn here when left out. */
  readonly challenge?: Uint8Array;
  /**
   * Authenticates itself to the chip: by version 2, with PACE before and chip authentication after it, where EF.CardAccess offers that, else
   * by version 1 after chip authentication. Signing may take time: the exchange is asynchronous then.
   */
  readonly terminal?: ReadingTerminal;
  /** Which falls are allowed: all but `paceToBac` when left out. One that is not allowed ends the reading. */
  readonly allow?: FallPolicy;
  /**
   * Longest response in bytes, status word included, that reader and chip can both do; 258, short lengths only, when left
   * out. EF.ATR/INFO, when it is read, may say less. A chip that refuses longer ones is read with short ones from then on.
   */
  readonly maxResponse?: number;
  /** Where the reading goes on that was torn with this memory before. Another card is read from its beginning. */
  readonly resume?: ReadingMemory;
  /** What cards before this one, or the reader, turned out not to carry. */
  readonly reader?: ReaderMemory;
  readonly random?: RandomSource;
  /** Called after each step. */
  readonly onProgress?: (progress: ReadProgress) => void;
  /** Puts the terminal's ephemeral private key of chip authentication into the evidence: who has that can read the session. */
  readonly [EXPOSE_SESSION_SECRETS]?: true;
}
