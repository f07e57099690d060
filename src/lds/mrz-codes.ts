/** What a code of 9303-3 §5 outside ISO 3166-1 stands for. */
export interface SpecialCode {
  /** The entity as the standard names it. */
  readonly entity: string;
  /** Parts A to H of the section: where the code may stand. */
  readonly kind:
    | "state"
    | "British nationality"
    | "United Nations"
    | "organization"
    | "person without nationality"
    | "deprecated"
    | "specimen"
    | "ICAO";
}

/**
 * Codes of issuing States, organizations and nationalities that ISO 3166-1 does not have, as they stand in the MRZ
 * without fillers.
 *
 * Spec: ICAO 9303-3 §5, parts A to H.
 */
export const SPECIAL_CODES: Readonly<Record<string, SpecialCode>> = {
  D: { entity: "Germany", kind: "state" },
  RKS: { entity: "Kosovo", kind: "state" },
  GBD: { entity: "British Overseas Territories Citizen", kind: "British nationality" },
  GBN: { entity: "British National (Overseas)", kind: "British nationality" },
  GBO: { entity: "British Overseas Citizen", kind: "British nationality" },
  GBP: { entity: "British Protected Person", kind: "British nationality" },
  GBS: { entity: "British Subject", kind: "British nationality" },
  EUE: { entity: "European Union", kind: "organization" },
  UNO: { entity: "United Nations Organization or one of its officials", kind: "United Nations" },
  UNA: { entity: "United Nations specialized agency or one of its officials", kind: "United Nations" },
  UNK: { entity: "Resident of Kosovo with a travel document of UNMIK", kind: "United Nations" },
  XBA: { entity: "African Development Bank", kind: "organization" },
  XIM: { entity: "African Export-Import Bank", kind: "organization" },
  XCC: { entity: "Caribbean Community or one of its emissaries", kind: "organization" },
  XCE: { entity: "Council of Europe", kind: "organization" },
  XCO: { entity: "Common Market for Eastern and Southern Africa", kind: "organization" },
  XEC: { entity: "Economic Community of West African States", kind: "organization" },
  XPO: { entity: "International Criminal Police Organization", kind: "organization" },
  XES: { entity: "Organization of Eastern Caribbean States", kind: "organization" },
  XMP: { entity: "Parliamentary Assembly of the Mediterranean", kind: "organization" },
  XOM: { entity: "Sovereign Military Order of Malta or one of its emissaries", kind: "organization" },
  XDC: { entity: "Southern African Development Community", kind: "organization" },
  XXA: { entity: "Stateless person (1954 Convention)", kind: "person without nationality" },
  XXB: { entity: "Refugee (1951 Convention and 1967 Protocol)", kind: "person without nationality" },
  XXC: { entity: "Refugee, other than XXB", kind: "person without nationality" },
  XXX: { entity: "Person of unspecified nationality", kind: "person without nationality" },
  ANT: { entity: "Netherlands Antilles", kind: "deprecated" },
  NTZ: { entity: "Neutral Zone", kind: "deprecated" },
  UTO: { entity: "Utopia", kind: "specimen" },
  IAO: { entity: "International Civil Aviation Organization, signing master lists", kind: "ICAO" },
};
