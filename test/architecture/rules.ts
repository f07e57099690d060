/**
 * The import table of the house plan as data (docs/ARCHITECTURE.md, "Who may import whom"), in its order.
 *
 * A row holds for the files under its folder; the longest folder that fits a file is its room. A target is a folder or
 * a file without extension, `*` stands for one path segment. A room may always import itself, `errors` and `bytes`.
 * A target does not include folders below it that have a row of their own: `pki` is not `pki/issue`.
 */
export interface Row {
  readonly room: string;
  readonly may: readonly string[];
  /** Targets whose types alone may be imported. */
  readonly mayTypes?: readonly string[];
  /** npm packages, `@scope/*` for all of a scope. */
  readonly packages?: readonly string[];
}

export const TABLE: readonly Row[] = [
  { room: "errors", may: [] },
  { room: "bytes", may: [] },
  { room: "tlv", may: [] },
  { room: "asn1", may: ["tlv"] },
  { room: "apdu", may: ["tlv"] },
  { room: "biometric", may: ["tlv"] },
  { room: "crypto", may: [], packages: ["@noble/*"] },
  { room: "lds", may: ["tlv", "asn1", "biometric"] },
  { room: "pkcs15", may: ["tlv", "asn1", "biometric"] },
  { room: "record", may: [], packages: ["zod", "@internationalized/date"] },
  { room: "pki", may: ["tlv", "asn1", "crypto"] },
  { room: "pki/issue", may: ["pki", "tlv", "asn1", "crypto"], packages: ["asn1js", "pkijs"] },
  { room: "card", may: ["tlv", "asn1", "biometric", "lds", "pkcs15"], mayTypes: ["record"] },
  { room: "sm", may: ["tlv", "apdu", "crypto"] },
  { room: "access", may: ["tlv", "asn1", "apdu", "crypto", "lds", "sm", "access/*/shared"] },
  // certificates are read in chip and terminal authentication only
  {
    room: "access/chip-authentication",
    may: ["tlv", "asn1", "apdu", "crypto", "lds", "sm", "access/*/shared", "pki"],
  },
  {
    room: "access/terminal-authentication",
    may: ["tlv", "asn1", "apdu", "crypto", "lds", "sm", "access/*/shared", "pki"],
  },
  { room: "gp", may: ["tlv", "apdu", "crypto"] },
  {
    room: "perso",
    may: [
      "record",
      "lds",
      "biometric",
      "pkcs15",
      "pki",
      "card",
      "gp/terminal",
      "gp/keys",
      "apdu",
      "crypto",
      "asn1",
      "tlv",
    ],
  },
  {
    room: "inspect",
    may: [
      "card",
      "lds",
      "biometric",
      "pkcs15",
      "pki",
      "access/*/terminal",
      "access/*/shared",
      "sm/terminal",
      "apdu",
      "crypto",
      "tlv",
      "asn1",
    ],
  },
  {
    room: "report",
    may: ["inspect", "perso", "lds"],
    mayTypes: ["card"],
    packages: ["preact", "preact-render-to-string"],
  },
  {
    room: "chip",
    may: [
      "card",
      "tlv",
      "asn1",
      "apdu",
      "crypto",
      "lds",
      "pkcs15",
      "sm/chip",
      "gp/chip",
      "access/*/chip",
      "access/*/shared",
    ],
  },
  // the ports an adapter implements are types; the pools also run personalization
  { room: "adapters", may: [], mayTypes: ["apdu", "pki", "gp", "perso", "chip"] },
  { room: "adapters/pkcs11", may: ["crypto", "asn1", "tlv", "pki"], mayTypes: ["gp"] },
  { room: "adapters/webcrypto-signer", may: ["pki"] },
  { room: "adapters/worker-pool", may: ["perso"], mayTypes: ["apdu", "pki", "gp"] },
  { room: "adapters/queue", may: ["perso"], mayTypes: ["apdu", "pki", "gp"] },
  { room: "index", may: ["*/index", "*/*/index"] },
  { room: "testing", may: ["*/index", "*/*/index"], packages: ["fast-check"] },
  { room: "cli", may: ["*/index", "*/*/index", "*/tools", "adapters/*"], packages: ["commander", "cli-progress"] },
];

/** Rooms that everybody may import from. */
export const COMMON: readonly string[] = ["errors", "bytes"];

/** The rooms that import other rooms by their `index.ts`; nobody else imports one. */
export const INDEX_IMPORTERS: readonly string[] = ["index", "testing", "cli"];

/** Where the platform may be named: `node:` modules, `Buffer`, `process`, `console`, the clock, `Math.random`. */
export const PLATFORM_PLACES: readonly string[] = ["adapters", "cli", "crypto/primitives-node"];

/** The one room that asks for the crypto backend, and the backends, which nobody imports by path. */
export const PRIMITIVES_ROOM = "crypto";
export const BACKENDS: readonly string[] = ["crypto/primitives-node", "crypto/primitives-noble"];

/** Files are small; above this many lines one has two subjects. */
export const MAX_LINES = 400;

/** Files above {@link MAX_LINES} because they hold a table of a standard, each with the table. */
export const LONG_TABLES: Readonly<Record<string, string>> = {};
