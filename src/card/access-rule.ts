import type { TerminalRight } from "./terminal-rights.js";

/**
 * Who may read or write a file, as data: the profile states it, the chip evaluates it.
 * `protocol` asks for an open secure session of that protocol, `password` for a PIN shown in it (by PACE or by VERIFY),
 * `terminal` for a right that terminal authentication has proved.
 */
export type AccessRule =
  | { readonly kind: "always" }
  | { readonly kind: "never" }
  | { readonly kind: "protocol"; readonly protocol: AccessProtocol }
  | { readonly kind: "password"; readonly pin: PinName }
  | { readonly kind: "terminal"; readonly right: TerminalRight }
  | { readonly kind: "anyOf"; readonly rules: readonly AccessRule[] }
  | { readonly kind: "allOf"; readonly rules: readonly AccessRule[] };

/** Protocols that a rule may ask for. */
export const ACCESS_PROTOCOLS = ["BAC", "PACE"] as const;
/** See {@link ACCESS_PROTOCOLS}. */
export type AccessProtocol = (typeof ACCESS_PROTOCOLS)[number];

/** PINs that a rule may ask for. */
export const PIN_NAMES = ["identity", "signature"] as const;
/** See {@link PIN_NAMES}. */
export type PinName = (typeof PIN_NAMES)[number];

/** What the other side has shown in the session, beside its protocol. What is left out was not shown. */
export interface Shown {
  readonly pins?: readonly PinName[];
  /** Effective rights after terminal authentication: those of every certificate of the chain together. */
  readonly rights?: readonly TerminalRight[];
}

/** Free to everybody. */
export const always: AccessRule = { kind: "always" };

/** Nobody, ever. */
export const never: AccessRule = { kind: "never" };

/** Inside a secure session of `protocol`. */
export const after = (protocol: AccessProtocol): AccessRule => ({ kind: "protocol", protocol });

/** With this PIN. */
export const withPin = (pin: PinName): AccessRule => ({ kind: "password", pin });

/** For a terminal with this right. */
export const withRight = (right: TerminalRight): AccessRule => ({ kind: "terminal", right });

/** At least one of `rules`; none at all is never. */
export const anyOf = (...rules: readonly AccessRule[]): AccessRule => ({ kind: "anyOf", rules });

/** Every one of `rules`; none at all is never too, so that a forgotten list opens nothing. */
export const allOf = (...rules: readonly AccessRule[]): AccessRule => ({ kind: "allOf", rules });

/**
 * Whether a rule is met. A rule of a kind that is not known, as data from elsewhere may hold one, is not.
 *
 * @param sessions - Protocols whose secure session carries the command.
 * @param shown - Nothing when left out.
 */
export function isMet(rule: AccessRule, sessions: readonly AccessProtocol[], shown: Shown = {}): boolean {
  switch (rule.kind) {
    case "always":
      return true;
    case "never":
      return false;
    case "protocol":
      return sessions.includes(rule.protocol);
    case "password":
      return shown.pins?.includes(rule.pin) === true;
    case "terminal":
      return shown.rights?.includes(rule.right) === true;
    case "anyOf":
      return rule.rules.some((part) => isMet(part, sessions, shown));
    case "allOf":
      return rule.rules.length > 0 && rule.rules.every((part) => isMet(part, sessions, shown));
    default:
      return unknownRule(rule);
  }
}

/** Takes `never`, so that the compiler asks for every kind above. */
function unknownRule(_rule: never): false {
  return false;
}
