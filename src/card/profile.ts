import type { DataGroupNumber } from "../lds/data-groups.js";
import type { AnyDataFile } from "../tlv/file.js";
import type { AccessRule } from "./access-rule.js";
import type { ApplicationFunctions } from "./functions.js";

/** One file of an application: where it lies, who may read it, and how it is written during personalization. */
export interface FileProfile {
  /** Name in the standard, e.g. `EF.DG1`. */
  readonly name: string;
  readonly fid: number;
  readonly sfi: number;
  readonly read: AccessRule;
  readonly update: AccessRule;
  /** DGI under which the application takes the content. */
  readonly dgi: number;
  /** A card may be without it, when its holder's record has nothing for it. */
  readonly optional?: boolean;
}

/**
 * A security object of an application that is no travel document: an LDSSecurityObject whose numbers are given a meaning by
 * `hashes`, signed under a content type of its own by signers of one role. So no signer's key can make another's object.
 */
export interface SecurityObjectProfile {
  /** Name of the file that holds it. */
  readonly file: string;
  /** eContentType. */
  readonly contentType: string;
  /** The one purpose in the critical extended key usage of the certificates of its signers. */
  readonly signerRole: string;
  /** The files it signs, each under its number, 1 to 16, ascending; at least two, and no other. */
  readonly hashes: readonly { readonly number: number; readonly file: string }[];
}

/** A secret that an application is given during personalization. */
export interface SecretSlot {
  /** Name by which scripts and key services call it. */
  readonly name: string;
  /** DGI under which the application takes it, encrypted under the DEK. */
  readonly dgi: number;
  /** A card has it only when a protocol that is installed on it needs it. */
  readonly optional?: boolean;
}

/** How an application comes onto the chip (GPCS 2.3.1 §11.5). */
export interface InstallProfile {
  /** Executable load file. */
  readonly loadFile: Uint8Array;
  /** Executable module. */
  readonly module: Uint8Array;
  /** One or three bytes. */
  readonly privileges: Uint8Array;
  /** Value of the install parameters C9. */
  readonly applicationParameters: Uint8Array;
}

/** One application of a card. */
export interface ApplicationProfile {
  readonly name: string;
  readonly aid: Uint8Array;
  readonly install: InstallProfile;
  readonly files: readonly FileProfile[];
  readonly secrets: readonly SecretSlot[];
  /** DGI that creates a file from its FCP. */
  readonly fileDgi: number;
  /** What signs the files; a travel document has its EF.SOD by the standard and states none. */
  readonly securityObjects?: readonly SecurityObjectProfile[];
  /** How its files are coded, when the profile declares them and not a standard. */
  readonly declarations?: readonly AnyDataFile[];
  /** Where the counter of updates stands: the field of a declared file. */
  readonly updateCounter?: { readonly file: string; readonly field: string };
  /** What the application does beside being read. */
  readonly functions?: ApplicationFunctions;
}

/**
 * How a chip departs from the standards, or what of them it leaves out: met in the field, and imitated by the virtual chip.
 * What is left out of it is as the standards have it.
 */
export interface ChipQuirks {
  /** A read over the end of a file: `6282` with the bytes that there are, or `6Cxx` without any, xx being their number. */
  readonly endOfFile?: "6282" | "6Cxx";
  /**
   * Most bytes of one READ BINARY; `otherwise` says whether a longer one is refused with 6700 or answered with fewer. Le 00, which
   * asks for all there is (ISO 7816-4 §5.2), is refused only with `leZeroToo`.
   */
  readonly mostRead?: { readonly bytes: number; readonly otherwise: "6700" | "fewer"; readonly leZeroToo?: true };
  /** Extended lengths are not known: such a command is answered 6700 in the clear, which ends a session. */
  readonly shortLengthsOnly?: boolean;
  /** Every SELECT with another P2 than 0C is refused with 6A86. */
  readonly selectWithoutAnswerOnly?: boolean;
  /** Short file identifiers are not known (9303-10 §3.6.3 has them mandatory): READ BINARY with one is answered 6A86. */
  readonly noShortIdentifiers?: boolean;
  /** In secure messaging a response without data does not move the send sequence counter. Against 9303-11 §9.8.2. */
  readonly counterMovesWithDataOnly?: boolean;
}

/** How a chip is written. */
export interface PersonalizationProfile {
  /** AID of the issuer security domain; empty selects what the chip holds for the default. */
  readonly issuerSecurityDomain: Uint8Array;
  /** SCP03 security level. */
  readonly securityLevel: 0x01 | 0x03 | 0x11 | 0x13 | 0x33;
  /** Most data bytes of one STORE DATA before it is protected; 1 to 239 leave room for padding and MAC in a short APDU. */
  readonly blockSize: number;
  /** Life-cycle states at the end: of the application (GPCS 2.3.1 §11.1.1), and of the card, stepped through in order. */
  readonly lifeCycle: { readonly application: number; readonly card: readonly number[] };
}

/**
 * A country, a card generation, a document type, as a value: no code names one. Another issuer copies a shipped
 * profile and changes fields.
 */
export interface Profile {
  readonly id: string;
  readonly version: string;
  readonly applications: readonly ApplicationProfile[];
  /** Files beside the applications, in the master file: stored by the issuer security domain itself. */
  readonly masterFile?: readonly FileProfile[];
  /** The travel-document application's data. A group whose file is optional is left out where there is nothing for it. */
  readonly lds: {
    readonly ldsVersion: string;
    readonly unicodeVersion: string;
    readonly documentCode: string;
    /** Format of the MRZ in EF.DG1; TD1 when left out. */
    readonly mrz?: "TD1" | "TD3";
    readonly dataGroups: readonly DataGroupNumber[];
    /** Version of the LDS security object: 1 carries the LDS version and is what 9303-10 asks for with LDS 1.8. */
    readonly securityObjectVersion: 0 | 1;
  };
  /** Most bytes of user data that fit the chip. */
  readonly capacity: number;
  readonly personalization: PersonalizationProfile;
  /** Departures of the chip; none when left out. */
  readonly quirks?: ChipQuirks;
}
