/**
 * Who may read or write a file, as data: the profile states it, the chip evaluates it.
 * `protocol` asks for an open secure session of that protocol.
 */
export type AccessRule =
  | { readonly kind: "always" }
  | { readonly kind: "never" }
  | { readonly kind: "protocol"; readonly protocol: AccessProtocol }
  | { readonly kind: "anyOf"; readonly rules: readonly AccessRule[] }
  | { readonly kind: "allOf"; readonly rules: readonly AccessRule[] };

/** Protocols that a rule may ask for. */
export type AccessProtocol = "BAC";

/** Free to everybody. */
export const always: AccessRule = { kind: "always" };

/** Nobody, ever. */
export const never: AccessRule = { kind: "never" };

/** Inside a secure session of `protocol`. */
export const after = (protocol: AccessProtocol): AccessRule => ({ kind: "protocol", protocol });

/** At least one of `rules`; none at all is never. */
export const anyOf = (...rules: readonly AccessRule[]): AccessRule => ({ kind: "anyOf", rules });

/** Every one of `rules`; none at all is never too, so that a forgotten list opens nothing. */
export const allOf = (...rules: readonly AccessRule[]): AccessRule => ({ kind: "allOf", rules });

/** Whether a rule is met. @param sessions - Protocols whose secure session carries the command. */
export function isMet(rule: AccessRule, sessions: readonly AccessProtocol[]): boolean {
  switch (rule.kind) {
    case "always":
      return true;
    case "never":
      return false;
    case "protocol":
      return sessions.includes(rule.protocol);
    case "anyOf":
      return rule.rules.some((part) => isMet(part, sessions));
    case "allOf":
      return rule.rules.length > 0 && rule.rules.every((part) => isMet(part, sessions));
  }
}
