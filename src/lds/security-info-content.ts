import type { MalformedError } from "../errors.js";
import type {
  ActiveAuthenticationInfo,
  CardInfo,
  ChipAuthenticationDomainParameterInfo,
  ChipAuthenticationInfo,
  ChipAuthenticationPublicKeyInfo,
  EfDirInfo,
  EidSecurityInfo,
  PaceDomainParameterInfo,
  PaceInfo,
  PasswordInfo,
  PsInfo,
  PsPublicKeyInfo,
  RestrictedIdentificationDomainParameterInfo,
  RestrictedIdentificationInfo,
  TerminalAuthenticationInfo,
} from "./security-info-kinds.js";

/** PrivilegedTerminalInfo: SecurityInfos for privileged terminals only (TR-03110-3 A.1.1.9). */
export interface PrivilegedTerminalInfo {
  /** Dotted. */
  readonly protocol: string;
  readonly privilegedTerminalInfos: SecurityInfos;
}

/** What a SecurityInfo says, told apart by `kind`. */
export type SecurityInfoContent =
  | ({ readonly kind: "paceInfo" } & PaceInfo)
  | ({ readonly kind: "paceDomainParameterInfo" } & PaceDomainParameterInfo)
  | ({ readonly kind: "chipAuthenticationInfo" } & ChipAuthenticationInfo)
  | ({ readonly kind: "chipAuthenticationDomainParameterInfo" } & ChipAuthenticationDomainParameterInfo)
  | ({ readonly kind: "chipAuthenticationPublicKeyInfo" } & ChipAuthenticationPublicKeyInfo)
  | ({ readonly kind: "terminalAuthenticationInfo" } & TerminalAuthenticationInfo)
  | ({ readonly kind: "activeAuthenticationInfo" } & ActiveAuthenticationInfo)
  | ({ readonly kind: "restrictedIdentificationInfo" } & RestrictedIdentificationInfo)
  | ({ readonly kind: "restrictedIdentificationDomainParameterInfo" } & RestrictedIdentificationDomainParameterInfo)
  | ({ readonly kind: "privilegedTerminalInfo" } & PrivilegedTerminalInfo)
  | ({ readonly kind: "cardInfo" } & CardInfo)
  | ({ readonly kind: "eidSecurityInfo" } & EidSecurityInfo)
  | ({ readonly kind: "efDirInfo" } & EfDirInfo)
  | ({ readonly kind: "psaInfo" | "psmInfo" | "pscInfo" } & PsInfo)
  | ({ readonly kind: "psPublicKeyInfo" } & PsPublicKeyInfo)
  | ({ readonly kind: "passwordInfo" } & PasswordInfo);

/** A SecurityInfo of a protocol that is not known here: nothing but its bytes. */
export interface UnknownSecurityInfo {
  readonly kind: "unknown";
  /** Dotted. */
  readonly protocol: string;
  /** The whole SEQUENCE. */
  readonly raw: Uint8Array;
}

/** A SecurityInfo of a known protocol in a form that is not its own; kept when that is asked for. */
export interface MalformedSecurityInfo {
  readonly kind: "malformed";
  /** Dotted. */
  readonly protocol: string;
  /** The whole SEQUENCE. */
  readonly raw: Uint8Array;
  /** What a strict reading says of it; `offset` counts from the start of the input, `path` from this SecurityInfo. */
  readonly problem: Pick<MalformedError, "code" | "path" | "offset" | "detail">;
}

/** A SecurityInfo as it was read; `raw` is the whole SEQUENCE as received, a view of the input. */
export type SecurityInfo =
  | (SecurityInfoContent & { readonly raw: Uint8Array })
  | UnknownSecurityInfo
  | MalformedSecurityInfo;

/** What {@link encodeSecurityInfos} takes: fields, or bytes where nothing else is known. */
export type SecurityInfoInput =
  | Exclude<SecurityInfoContent, { readonly kind: "privilegedTerminalInfo" }>
  | {
      readonly kind: "privilegedTerminalInfo";
      readonly protocol: string;
      readonly privilegedTerminalInfos: { readonly infos: readonly SecurityInfoInput[] };
    }
  | UnknownSecurityInfo
  | MalformedSecurityInfo;

/** Options of {@link parseSecurityInfos}. */
export interface SecurityInfosOptions {
  /** Keeps what is malformed as `kind: "malformed"`, so that the others can be used; otherwise it is refused. */
  readonly keepMalformed?: boolean;
}

/** The SecurityInfos of a file. */
export interface SecurityInfos {
  /** In the order of the file. */
  readonly infos: readonly SecurityInfo[];
  /** Whether that is the order of a DER SET OF. Many issuers do not sort, so this is no reason to refuse a card. */
  readonly sorted: boolean;
}
