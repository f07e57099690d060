import type { DataGroupNumber } from "../../lds/data-groups.js";
import { after } from "../access-rule.js";
import type { Profile } from "../profile.js";
import { ldsOf, PERSONALIZATION, travelDocument } from "./travel-document.js";

/** Data groups of this profile. */
const DATA_GROUPS: readonly DataGroupNumber[] = [1, 2, 11, 12];

/**
 * An ICAO 9303 identity card (TD1) opened by BAC: EF.COM, DG1, DG2, DG11, DG12, EF.SOD. AIDs of load file and module,
 * DGI numbers and segmentation are those of the virtual chip; a real chip's maker gives its own.
 */
export const emrtd: Profile = {
  id: "emrtd",
  version: "1",
  lds: ldsOf("I", DATA_GROUPS),
  applications: [travelDocument({ dataGroups: DATA_GROUPS, read: after("BAC"), bac: true })],
  capacity: 60_000,
  personalization: PERSONALIZATION,
};
