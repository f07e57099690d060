// What other rooms take of terminal authentication beside its two roles.
export {
  type TerminalAuthenticationEvidence,
  type TerminalTrust,
  verifyTerminalAuthenticationEvidence,
} from "./evidence.js";
export { documentIdentifier, terminalAuthenticationMessage } from "./formulas.js";
export { certificateChainFor, terminalRightsOf } from "./keys.js";
export { type CertifiedSectors, certifiedSectors, chipTerminalTrust, trustReferences } from "./trust.js";
