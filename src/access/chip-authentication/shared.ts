// What other rooms take of chip authentication beside its two roles.
export {
  type ChipAuthenticationEvidence,
  verifyChipAuthenticationEvidence,
  verifyChipAuthenticationMappingEvidence,
} from "./evidence.js";
export { chipAuthenticationParameters, chipAuthenticationToken } from "./formulas.js";
export {
  CHIP_AUTHENTICATION_PROTOCOLS,
  type ChipAuthenticationOffer,
  type ChipAuthenticationProtocol,
  chipAuthenticationMappingKey,
  chipAuthenticationOffers,
} from "./offers.js";
