/** Short name of a terminal type: inspection system, authentication terminal, signature terminal. */
export type TerminalTypeName = "IS" | "AT" | "ST";

/** One terminal type. */
export interface TerminalType {
  readonly name: TerminalTypeName;
  /** In the authorization template, dotted. */
  readonly oid: string;
  /** Length of the relative authorization. */
  readonly bytes: number;
  /** Name of each bit below the role's two, bit 0 (the last one) first; reserved bits are `rfu` and their number. */
  readonly rights: readonly string[];
}

const numbered = (prefix: string, from: number, to: number): string[] =>
  Array.from({ length: Math.abs(to - from) + 1 }, (_, i) => `${prefix}${from < to ? from + i : from - i}`);

/**
 * The terminal types and their rights, as data.
 *
 * Spec: TR-03110-3 C (roles, object identifiers, inspection systems, signature terminals); TR-03110-4 §2.2.3
 * (authentication terminals; DG22 and pseudonymous signatures in newer versions, reserved before). 9303-10 table 95 knows the
 * rights of DG3 and DG4 only.
 */
export const TERMINAL_TYPES: readonly TerminalType[] = [
  {
    name: "IS",
    oid: "0.4.0.127.0.7.3.1.2.1",
    bytes: 1,
    rights: ["readDg3", "readDg4", "rfu2", "rfu3", "rfu4", "readEid"],
  },
  {
    name: "AT",
    oid: "0.4.0.127.0.7.3.1.2.2",
    bytes: 5,
    rights: [
      "ageVerification",
      "communityIdVerification",
      "restrictedIdentification",
      "privilegedTerminal",
      "canAllowed",
      "pinManagement",
      "installCertificate",
      "installQualifiedCertificate",
      ...numbered("readDg", 1, 22), // bits 8 to 29
      "pseudonymousSignature",
      "rfu31",
      ...numbered("writeDg", 22, 17), // bits 32 to 37
    ],
  },
  {
    name: "ST",
    oid: "0.4.0.127.0.7.3.1.2.3",
    bytes: 1,
    rights: [
      "generateElectronicSignature",
      "generateQualifiedElectronicSignature",
      ...numbered("rfu", 2, 5), // reserved
    ],
  },
];
